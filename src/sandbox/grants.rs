//! The device codes, authorization codes, refresh tokens and access tokens that Entra has issued.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::seams::Seams;

/// The lifetime of a device code (Entra: device authorization grant).
pub(super) const DEVICE_CODE_LIFETIME: Duration = Duration::from_secs(900);

/// The lifetime of an authorization code (Entra: "OAuth 2.0 authorization code flow").
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(600);

/// Whether a token acts for a user or for the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// The signed-in user.
    User,
    /// The application itself.
    Application,
}

/// The permissions of an access token.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) actor: Actor,
    pub(super) permissions: Vec<String>,
    /// Its expiry; `None` for the ready token.
    expires: Option<Timestamp>,
    /// The claims that Graph requires and that the token was not requested with.
    lacks: Option<String>,
}

impl Access {
    /// Whether it has this permission.
    pub(super) fn allows(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| held == permission)
    }
}

/// A user's consent for one application.
#[derive(Debug, Clone)]
pub(super) struct Consent {
    pub(super) client_id: String,
    /// The scopes, as requested.
    pub(super) scopes: Vec<String>,
}

/// A device code that was not used yet.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) consent: Consent,
    pub(super) polls_left: u32,
    pub(super) expires: Timestamp,
}

/// An authorization code; it can be used once.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) consent: Consent,
    pub(super) redirect_uri: String,
    /// The code challenge, as received.
    pub(super) challenge: String,
    pub(super) expires: Timestamp,
    pub(super) redeemed: bool,
}

/// Why an access token is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invalid {
    Unknown,
    Expired,
    /// Graph requires these claims.
    Lacks(String),
}

/// Everything that was issued.
#[derive(Default)]
pub(super) struct Grants {
    pub(super) device: HashMap<String, Pending>,
    pub(super) codes: HashMap<String, Code>,
    refresh: HashMap<String, Consent>,
    access: HashMap<String, Access>,
    revoked: Vec<String>,
    /// The claims that a new access token needs.
    demanded: Option<String>,
    /// The ids of the assertions that were used.
    pub(super) assertions: HashSet<String>,
}

impl Grants {
    /// Issues an access token.
    pub(super) fn add_access(
        &mut self,
        seams: &dyn Seams,
        actor: Actor,
        permissions: Vec<String>,
        lifetime: Option<Duration>,
    ) -> String {
        let token = match actor {
            Actor::User => random(seams),
            Actor::Application => application_token(seams, &permissions),
        };
        let access = Access {
            actor,
            permissions,
            expires: lifetime.map(|lifetime| later(seams.now(), lifetime)),
            lacks: self.demanded.clone(),
        };
        self.access.insert(token.clone(), access);
        token
    }

    /// Issues a refresh token; earlier ones stay valid.
    pub(super) fn add_refresh(&mut self, seams: &dyn Seams, consent: Consent) -> String {
        let token = random(seams);
        self.refresh.insert(token.clone(), consent);
        token
    }

    /// The permissions of the access token at this time.
    pub(super) fn access(&self, token: &str, now: Timestamp) -> Result<&Access, Invalid> {
        let access = self.access.get(token).ok_or(Invalid::Unknown)?;
        match access.expires {
            Some(expires) if expires <= now => Err(Invalid::Expired),
            _ => match &access.lacks {
                Some(claims) => Err(Invalid::Lacks(claims.clone())),
                None => Ok(access),
            },
        }
    }

    /// From now on, an access token must have been requested with `claims`.
    pub(super) fn require_claims(&mut self, claims: &str) {
        self.demanded = Some(claims.to_owned());
        for access in self.access.values_mut() {
            access.lacks = Some(claims.to_owned());
        }
    }

    /// Whether exactly these claims are required.
    pub(super) fn requires(&self, claims: &str) -> bool {
        self.demanded.as_deref() == Some(claims)
    }

    /// The access token was requested with the required claims. It is accepted, and so are all later
    /// tokens.
    pub(super) fn accept_claims(&mut self, token: &str) {
        self.demanded = None;
        if let Some(access) = self.access.get_mut(token) {
            access.lacks = None;
        }
    }

    /// The consent that the refresh token belongs to.
    pub(super) fn refresh(&self, token: &str) -> Option<&Consent> {
        self.refresh.get(token)
    }

    /// Whether the refresh token was valid earlier.
    pub(super) fn is_revoked(&self, token: &str) -> bool {
        self.revoked.iter().any(|revoked| revoked == token)
    }

    /// Expires all access tokens that were issued so far.
    pub(super) fn expire_access(&mut self) {
        for access in self.access.values_mut() {
            access.expires = Some(Timestamp::MIN);
        }
    }

    /// Revokes all refresh tokens that were issued so far.
    pub(super) fn revoke_refresh(&mut self) {
        self.revoked
            .extend(self.refresh.drain().map(|(token, _)| token));
    }
}

/// An application's token in its usual form, a JWT with roles (Entra: "Access token claims
/// reference"). Graph compares it as text and reads nothing in it.
fn application_token(seams: &dyn Seams, permissions: &[String]) -> String {
    let is_role = |permission: &&String| !permission.ends_with(".Shared");
    let roles: Vec<_> = permissions.iter().filter(is_role).collect();
    let header = json!({"typ": "JWT", "alg": "RS256"});
    let mut claims = json!({"idtyp": "app"});
    // Without roles, the claim is absent.
    if let (false, Some(claims)) = (roles.is_empty(), claims.as_object_mut()) {
        claims.insert("roles".to_owned(), json!(roles));
    }
    let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.{}", encode(header), encode(claims), random(seams))
}

/// A random opaque string.
pub(super) fn random(seams: &dyn Seams) -> String {
    let mut bytes = [0; 33];
    seams.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `now` plus `pause`.
pub(super) fn later(now: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| now.checked_add(pause).ok())
        .unwrap_or(Timestamp::MAX)
}
