//! `[smtpd]` and `[log]`: the host's mail service.

use std::collections::BTreeMap;
use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;

/// The table `[smtpd]` of a configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct SmtpdEntry {
    /// The networks whose clients need no password: `192.168.1.0/24`.
    #[serde(default)]
    pub allow: Vec<IpNet>,
    /// The users who log in, by name.
    #[serde(default)]
    pub users: BTreeMap<String, SmtpUser>,
    /// The file of the certificate chain for TLS, in PEM.
    pub certificate: Option<PathBuf>,
    /// The file of its private key, in PEM.
    pub key: Option<PathBuf>,
    /// The most messages per minute of one client on the network, or of one user.
    pub per_minute: Option<NonZeroU16>,
    /// The most connections at the same time.
    pub connections: Option<NonZeroUsize>,
}

/// A user of `[smtpd.users]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct SmtpUser {
    /// The Argon2id hash of the password, as `smtpd --hash-password` prints it.
    pub password: String,
    /// The senders that the user may use; empty means all.
    #[serde(default)]
    pub from: Vec<String>,
    /// The most messages per minute of this user.
    pub per_minute: Option<NonZeroU16>,
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
