//! What Entra has given out: device codes, authorization codes, refresh tokens and access tokens.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::seams::Seams;

/// How long a device code lives (Entra: device authorization grant).
pub(super) const DEVICE_CODE_LIFETIME: Duration = Duration::from_secs(900);

/// How long an authorization code lives (Entra: "OAuth 2.0 authorization code flow").
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(600);

/// On whose behalf a token acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// The signed-in user.
    User,
    /// The application itself.
    Application,
}

/// What an access token allows.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) actor: Actor,
    pub(super) permissions: Vec<String>,
    /// The end of its life; none for the ready token.
    expires: Option<Timestamp>,
    /// The claims that Graph demands and the token was not asked for with.
    lacks: Option<String>,
}

impl Access {
    /// Whether it allows this.
    pub(super) fn holds(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| held == permission)
    }
}

/// What a person agreed to, for one application.
#[derive(Debug, Clone)]
pub(super) struct Consent {
    pub(super) client_id: String,
    /// The scopes as they were asked for.
    pub(super) scopes: Vec<String>,
}

/// A device code that waits for its person.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) consent: Consent,
    pub(super) polls_left: u32,
    pub(super) expires: Timestamp,
}

/// An authorization code, good once.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) consent: Consent,
    pub(super) redirect_uri: String,
    /// The digest of the verifier, as it came.
    pub(super) challenge: String,
    pub(super) expires: Timestamp,
    pub(super) redeemed: bool,
}

/// Why an access token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invalid {
    Unknown,
    Expired,
    /// Graph demands these claims.
    Lacks(String),
}

/// Everything that was given out and is remembered.
#[derive(Default)]
pub(super) struct Grants {
    pub(super) device: HashMap<String, Pending>,
    pub(super) codes: HashMap<String, Code>,
    refresh: HashMap<String, Consent>,
    access: HashMap<String, Access>,
    revoked: Vec<String>,
    /// The claims without which no new access token does.
    demanded: Option<String>,
    /// The ids of the assertions that were taken.
    pub(super) assertions: HashSet<String>,
}

impl Grants {
    /// Remembers a new access token.
    pub(super) fn add_access(
        &mut self,
        seams: &dyn Seams,
        actor: Actor,
        permissions: Vec<String>,
        lifetime: Option<Duration>,
    ) -> String {
        let token = match actor {
            Actor::User => random(seams),
            Actor::Application => readable(seams, &permissions),
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

    /// Remembers a new refresh token; the ones before it stay good.
    pub(super) fn add_refresh(&mut self, seams: &dyn Seams, consent: Consent) -> String {
        let token = random(seams);
        self.refresh.insert(token.clone(), consent);
        token
    }

    /// What the access token allows at that moment.
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

    /// From now on no access token does that was not asked for with `claims`.
    pub(super) fn demand(&mut self, claims: &str) {
        self.demanded = Some(claims.to_owned());
        for access in self.access.values_mut() {
            access.lacks = Some(claims.to_owned());
        }
    }

    /// Whether exactly these claims are demanded.
    pub(super) fn demands(&self, claims: &str) -> bool {
        self.demanded.as_deref() == Some(claims)
    }

    /// The access token was asked for with the claims that are demanded: it does, and so does any
    /// after it.
    pub(super) fn meet(&mut self, token: &str) {
        self.demanded = None;
        if let Some(access) = self.access.get_mut(token) {
            access.lacks = None;
        }
    }

    /// What the refresh token stands for.
    pub(super) fn refresh(&self, token: &str) -> Option<&Consent> {
        self.refresh.get(token)
    }

    /// Whether the refresh token was good once.
    pub(super) fn is_revoked(&self, token: &str) -> bool {
        self.revoked.iter().any(|revoked| revoked == token)
    }

    /// Ends the life of every access token given out so far.
    pub(super) fn expire_access(&mut self) {
        for access in self.access.values_mut() {
            access.expires = Some(Timestamp::MIN);
        }
    }

    /// Revokes every refresh token given out so far.
    pub(super) fn revoke_refresh(&mut self) {
        self.revoked
            .extend(self.refresh.drain().map(|(token, _)| token));
    }
}

/// A token that looks as an application's does, a JWT with its roles (Entra: "Access token claims
/// reference"); Graph knows it word for word, and reads nothing in it.
fn readable(seams: &dyn Seams, permissions: &[String]) -> String {
    let is_role = |permission: &&String| !permission.ends_with(".Shared");
    let roles: Vec<_> = permissions.iter().filter(is_role).collect();
    let header = json!({"typ": "JWT", "alg": "RS256"});
    let mut claims = json!({"idtyp": "app"});
    // Without any, the claim is not there.
    if let (false, Some(claims)) = (roles.is_empty(), claims.as_object_mut()) {
        claims.insert("roles".to_owned(), json!(roles));
    }
    let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.{}", encode(header), encode(claims), random(seams))
}

/// An opaque string that nobody guesses.
pub(super) fn random(seams: &dyn Seams) -> String {
    let mut bytes = [0; 33];
    seams.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The moment that much later.
pub(super) fn later(now: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| now.checked_add(pause).ok())
        .unwrap_or(Timestamp::MAX)
}
