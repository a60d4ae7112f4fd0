//! `[smtpd]` and `[log]`: the host's mail service.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use argon2::password_hash::PasswordHash;
use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::number;
use crate::message::SenderPattern;
use crate::secret::Secret;

/// The table `[smtpd]` of a configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct SmtpdEntry {
    /// The networks whose clients need no password: `192.168.1.0/24`.
    #[serde(default, deserialize_with = "networks")]
    pub allow: Vec<IpNet>,
    /// The users who log in, by name.
    #[serde(default)]
    pub users: BTreeMap<String, SmtpUser>,
    /// The file of the certificate chain for TLS, in PEM.
    pub certificate: Option<PathBuf>,
    /// The file of its private key, in PEM.
    pub key: Option<PathBuf>,
    /// The most messages per minute of one client on the network.
    #[serde(default, deserialize_with = "number::small")]
    pub per_minute: Option<NonZeroU16>,
    /// The most connections at the same time.
    #[serde(default, deserialize_with = "number::small")]
    pub connections: Option<NonZeroU16>,
}

/// A user of `[smtpd.users]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct SmtpUser {
    /// The Argon2id hash of the password, as `smtpd --hash-password` prints it.
    #[serde(deserialize_with = "password")]
    pub password: Secret,
    /// The senders that the user may use; empty means all.
    #[serde(default, deserialize_with = "senders")]
    pub from: Vec<SenderPattern>,
    /// The most messages per minute of this user.
    #[serde(default, deserialize_with = "number::small")]
    pub per_minute: Option<NonZeroU16>,
}

/// Networks, or single addresses. Not all of the Internet: the service would be an open relay.
fn networks<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: String| {
        let one = text.parse::<IpAddr>().map(IpNet::from);
        match one.or_else(|_| text.parse::<IpNet>()) {
            Ok(network) if network.prefix_len() == 0 => Err(D::Error::custom(format!(
                "{text:?} is every address, and everyone could send mail"
            ))),
            Ok(network) => Ok(network),
            Err(_) => Err(D::Error::custom(format!(
                "{text:?} is not a network such as 192.168.1.0/24"
            ))),
        }
    };
    Vec::<String>::deserialize(value)?
        .into_iter()
        .map(network)
        .collect()
}

/// A hash in the PHC string format with all parts that a check needs. An error does not contain it.
fn password<'de, D: Deserializer<'de>>(value: D) -> Result<Secret, D::Error> {
    let text = String::deserialize(value)?;
    let is_usable = PasswordHash::new(&text).is_ok_and(|hash| {
        hash.algorithm == argon2::ARGON2ID_IDENT
            && hash.salt.is_some()
            && hash.hash.is_some()
            && argon2::Params::try_from(&hash).is_ok()
    });
    match is_usable {
        true => Ok(Secret::new(text)),
        false => Err(D::Error::custom(
            "it is not an Argon2id hash, as 'graphmail smtpd --hash-password' prints it",
        )),
    }
}

/// Senders: addresses, or whole domains.
pub(super) fn senders<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<SenderPattern>, D::Error> {
    let sender = |text: String| SenderPattern::parse(&text).map_err(D::Error::custom);
    Vec::<String>::deserialize(value)?
        .into_iter()
        .map(sender)
        .collect()
}

impl SmtpdEntry {
    /// Merges `self` over `below`, key by key.
    pub(super) fn over(self, mut below: Self) -> Self {
        below.users.extend(self.users);
        Self {
            allow: if self.allow.is_empty() {
                below.allow
            } else {
                self.allow
            },
            users: below.users,
            certificate: self.certificate.or(below.certificate),
            key: self.key.or(below.key),
            per_minute: self.per_minute.or(below.per_minute),
            connections: self.connections.or(below.connections),
        }
    }
}

/// The table `[log]` of a configuration file.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LogEntry {
    /// Whether to write a line for each message to the mail facility of syslog.
    pub syslog: Option<bool>,
}

impl LogEntry {
    /// Merges `self` over `below`, key by key.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            syslog: self.syslog.or(below.syslog),
        }
    }
}
