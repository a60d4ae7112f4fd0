//! The claims in a token that is a JSON Web Token (Entra: "Access token claims reference").
//!
//! An access token is opaque to a client, so its claims are only a hint. No signature is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

use crate::text;

/// The claims that graphmail reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The delegated permissions, separated by spaces; only a user's token has them.
    pub scp: Option<String>,
    /// The application permissions.
    #[serde(default)]
    pub roles: Vec<String>,
    /// `app` or `user`, if the registration asks for this claim.
    idtyp: Option<String>,
    /// The expiry, in seconds since 1970.
    exp: Option<i64>,
    /// The client id of the application: in tokens of version 1.0, which Graph's are.
    appid: Option<String>,
    /// The same in tokens of version 2.0.
    azp: Option<String>,
    tid: Option<String>,
    upn: Option<String>,
    preferred_username: Option<String>,
}

impl Claims {
    /// The claims in `token`; `None` if it is not a JSON Web Token.
    #[must_use]
    pub fn of_token(token: &str) -> Option<Self> {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&claims).ok()
    }

    /// Whether an access token with these claims acts for the application itself.
    #[must_use]
    pub fn is_of_application(&self) -> bool {
        match self.idtyp.as_deref() {
            Some(kind) => kind.eq_ignore_ascii_case("app"),
            None => self.scp.is_none(),
        }
    }

    /// The client id of the application that got the token, without hidden characters.
    #[must_use]
    pub fn client_id(&self) -> Option<String> {
        let id = self.appid.as_deref().or(self.azp.as_deref());
        id.map(text::field)
    }

    /// The id of the tenant, without hidden characters.
    #[must_use]
    pub fn tenant(&self) -> Option<String> {
        self.tid.as_deref().map(text::field)
    }

    /// When the token expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.exp?).ok()
    }

    /// The name with which the user signed in, usually the address of the mailbox. Administrators choose
    /// it, so hidden characters are replaced.
    #[must_use]
    pub fn username(&self) -> Option<String> {
        let name = self.upn.as_deref().or(self.preferred_username.as_deref());
        name.map(text::field).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{Claims, URL_SAFE_NO_PAD};

    #[test]
    fn a_token_tells_its_user_or_its_application() {
        for (claims, application, username) in [
            (
                r#"{"scp":"Mail.Send","upn":"j@x.org","preferred_username":"k@x.org"}"#,
                false,
                Some("j@x.org"),
            ),
            (
                r#"{"scp":"Mail.Send","preferred_username":"k@x.org"}"#,
                false,
                Some("k@x.org"),
            ),
            (
                r#"{"scp":null,"idtyp":"user","upn":"j\u0000@x.org"}"#,
                false,
                Some("j\u{fffd}@x.org"),
            ),
            (r#"{"idtyp":"app","roles":["Mail.Send"]}"#, true, None),
            (r#"{"roles":["Mail.Send"]}"#, true, None),
            ("{}", true, None),
        ] {
            let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
            let read = Claims::of_token(&token).expect("claims");
            let expected = (application, username.map(ToOwned::to_owned));
            assert_eq!(
                (read.is_of_application(), read.username()),
                expected,
                "{claims}"
            );
        }
        for opaque in ["", "opaque", "a.b.c", "e30.W10.x"] {
            assert_eq!(Claims::of_token(opaque), None);
        }
    }
}
