//! An access token with its expiry, and how secrets are written into a store.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// An access token counts as expired this long before its expiry: a large message on a slow line is
/// still in transfer when the service checks the token, and clocks differ by minutes.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// An access token and its expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The token.
    #[serde(with = "exposed")]
    pub token: Secret,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Access {
    /// A token whose expiry only Graph knows.
    #[must_use]
    pub const fn lasting(token: Secret) -> Self {
        Self {
            token,
            expires_at: Timestamp::MAX,
        }
    }

    /// Whether the token is valid for some minutes more.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) > MARGIN
    }
}

/// Writes a secret into a store's record.
mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::secret::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

/// Writes a secret, if there is one, into a store's record.
pub(super) mod exposed_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::secret::Secret;

    pub(in crate::auth::store) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::expose).serialize(to)
    }

    pub(in crate::auth::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Secret>, D::Error> {
        Option::<String>::deserialize(from).map(|text| text.map(Secret::new))
    }
}
