//! Numbers of the configuration, whose errors name the values that are allowed.

use std::num::{NonZeroU16, NonZeroUsize};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Why a number is no [`count`].
pub(super) const NO_COUNT: &str = "it must be a number of at least 1";

/// A number from 1 to 65535.
pub(super) fn small<'de, D: Deserializer<'de>>(value: D) -> Result<Option<NonZeroU16>, D::Error> {
    let number = NonZeroU16::deserialize(value).map(Some);
    number.map_err(|_| D::Error::custom("it must be a number from 1 to 65535"))
}

/// A number of at least 1.
pub(super) fn count<'de, D: Deserializer<'de>>(value: D) -> Result<Option<NonZeroUsize>, D::Error> {
    let number = NonZeroUsize::deserialize(value).map(Some);
    number.map_err(|_| D::Error::custom(NO_COUNT))
}
