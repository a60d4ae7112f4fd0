//! Numbers of the configuration, whose errors name the values that are allowed.

use std::num::{NonZeroU16, NonZeroUsize};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The error of a wrong `recipient_limit`.
pub(super) const NO_RECIPIENTS: &str = "it must be a number from 1 to 1000";

/// The most recipients that Exchange Online can allow (`RecipientLimits`).
const MOST_RECIPIENTS: usize = 1000;

/// A number from 1 to 65535.
pub(super) fn small<'de, D: Deserializer<'de>>(value: D) -> Result<Option<NonZeroU16>, D::Error> {
    let number = NonZeroU16::deserialize(value).map(Some);
    number.map_err(|_| D::Error::custom("it must be a number from 1 to 65535"))
}

/// A number of recipients that Exchange Online can allow.
pub(super) fn recipients_of(number: NonZeroUsize) -> Option<NonZeroUsize> {
    (number.get() <= MOST_RECIPIENTS).then_some(number)
}

/// A limit of recipients.
pub(super) fn recipients<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<NonZeroUsize>, D::Error> {
    let number = NonZeroUsize::deserialize(value).ok();
    let number = number.and_then(recipients_of);
    number
        .map(Some)
        .ok_or_else(|| D::Error::custom(NO_RECIPIENTS))
}
