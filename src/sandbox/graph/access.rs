//! Permissions: who may do what in which mailbox.

use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;

use serde_json::Value;

use super::tenant::Tenant;
use crate::sandbox::grants::{Access, Actor, Invalid};
use crate::sandbox::reply::Refusal;
use crate::sandbox::route::Route;

/// The permissions that allow to read messages: those that show all of one come first.
pub(super) const READS: [&str; 4] = [
    "Mail.ReadWrite",
    "Mail.Read",
    "Mail.ReadBasic",
    "Mail.ReadBasic.All",
];

/// How many of [`READS`] show all of a message.
const FULL: usize = 2;

/// Those that show all of a message.
pub(super) fn full() -> &'static [&'static str] {
    READS.split_at(FULL).0
}

/// What the others do not show (Microsoft Graph permissions reference: "Mail.ReadBasic").
const BEYOND_BASIC: [&str; 5] = [
    "body",
    "bodyPreview",
    "uniqueBody",
    "attachments",
    "extensions",
];

/// What the caller's permission shows of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    Everything,
    Basic,
}

impl Shows {
    /// The properties of `message` that are shown.
    pub(super) fn part_of(self, mut message: Value) -> Value {
        if let (Self::Basic, Some(properties)) = (self, message.as_object_mut()) {
            properties.retain(|name, _| !BEYOND_BASIC.contains(&name.as_str()));
        }
        message
    }
}

impl Tenant<'_> {
    /// What the caller's permission shows of the messages of the mailbox in `route`. Refuses a `$select` of
    /// anything else.
    pub(super) fn shows(&self, route: &Route, request: &Request<Bytes>) -> Result<Shows, Refusal> {
        if self
            .mailbox(route.mailbox.as_deref(), full(), request)
            .is_ok()
        {
            return Ok(Shows::Everything);
        }
        let query = request.uri().query().unwrap_or_default();
        let mut options = url::form_urlencoded::parse(query.as_bytes());
        let mut selected = options;
        if options.any(|(name, _)| name == "$expand") {
            return Err(access_denied());
        }
        let selected = selected.find(|(name, _)| name == "$select");
        let is_hidden = |name: &str| BEYOND_BASIC.contains(&name.trim());
        match selected {
            Some((_, names)) if names.split(',').any(is_hidden) => Err(access_denied()),
            _ => Ok(Shows::Basic),
        }
    }

    /// The permissions of the request's bearer token.
    pub(super) fn access(&self, request: &Request<Bytes>) -> Result<&Access, Refusal> {
        let refuse = |message| Refusal::new(401, "InvalidAuthenticationToken", message);
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .ok_or_else(|| refuse("Access token is empty."))?;
        let token = header
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| refuse("Access token is empty."))?;
        self.grants
            .access(token, self.seams.now())
            .map_err(|invalid| match invalid {
                Invalid::Unknown => refuse("Access token validation failure. Invalid token."),
                Invalid::Expired => refuse("Lifetime validation failed, the token is expired."),
                Invalid::Lacks(claims) => Refusal::insufficient_claims(&claims),
            })
    }

    /// The address of the mailbox in the route, if the caller has one of these permissions. For another
    /// user's mailbox, the `.Shared` form of the permission is needed.
    pub(super) fn mailbox(
        &self,
        id: Option<&str>,
        permissions: &[&str],
        request: &Request<Bytes>,
    ) -> Result<String, Refusal> {
        let access = self.access(request)?;
        let mailbox = match id {
            None => {
                signed_in(access)?;
                self.directory.user().to_owned()
            }
            Some(id) => self.directory.mailbox(id).ok_or_else(|| {
                Refusal::new(
                    404,
                    "ErrorInvalidUser",
                    format!("The requested user '{id}' is invalid."),
                )
            })?,
        };
        let own = mailbox == self.directory.user() || access.actor == Actor::Application;
        let suffix = if own { "" } else { ".Shared" };
        let held = |permission: &&str| access.allows(&format!("{permission}{suffix}"));
        if permissions.iter().any(held) {
            return Ok(mailbox);
        }
        Err(access_denied())
    }

    /// Refuses a From address that the mailbox may not send as.
    pub(super) fn may_send_as(&self, address: &str) -> Result<(), Refusal> {
        if self.directory.exists(address) {
            return Ok(());
        }
        Err(send_as_denied())
    }
}

pub(super) fn send_as_denied() -> Refusal {
    Refusal::new(
        403,
        "ErrorSendAsDenied",
        "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
    )
}

/// Refuses an application's token on a route that needs a user.
pub(super) fn signed_in(access: &Access) -> Result<(), Refusal> {
    match access.actor {
        Actor::User => Ok(()),
        Actor::Application => Err(Refusal::new(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        )),
    }
}

pub(super) fn permitted(access: &Access, permission: &str) -> Result<(), Refusal> {
    if access.allows(permission) {
        return Ok(());
    }
    Err(access_denied())
}

fn access_denied() -> Refusal {
    Refusal::new(
        403,
        "ErrorAccessDenied",
        "Access is denied. Check credentials and try again.",
    )
}
