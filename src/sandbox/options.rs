//! The options of a sandbox, and why it does not start.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::certificate::Certificate;
use super::fault::Fault;
use crate::exit::Class;

/// The options of a sandbox. There is no `Debug`, because a client secret may be in it.
#[derive(Clone)]
pub struct Options {
    /// The TCP port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// The addresses that exist and may be sent from. The first is the signed-in user's. If there are
    /// none, every address exists and the user is `you@sandbox.example`.
    pub mailboxes: Vec<String>,
    /// The Graph permissions that the user grants, without the resource: `Mail.Send`.
    pub permissions: Vec<String>,
    /// How many polls are answered with `authorization_pending` before the sign-in is approved.
    pub polls_before_approval: u32,
    /// The seconds between two polls, as in the device code answer.
    pub device_interval: u32,
    /// The only valid client secret; `None` if every secret is valid.
    pub client_secret: Option<String>,
    /// The client, object and resource ids of the host's user-assigned identities. If there are none, every
    /// id is valid.
    pub user_assigned_identities: Vec<String>,
    /// The folder for the keys of Azure Arc's challenges; `None` if there is no Arc agent.
    pub arc_keys: Option<PathBuf>,
    /// The certificates in every application's registration.
    pub certificates: Vec<Certificate>,
    /// The only token of another issuer that every application accepts.
    pub federated_token: Option<String>,
    /// The scripted faults, in order.
    pub faults: Vec<Fault>,
    /// The folder to which each accepted message is written, as `NNNN.json` and `NNNN.eml`.
    pub folder: Option<PathBuf>,
    /// Serves TLS instead of plain HTTP.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The lifetime of an access token. It does not apply to the ready token.
    pub access_token_lifetime: Duration,
    /// The largest message that a mailbox may send, as it would arrive, in bytes. The default of Exchange is
    /// 35 MB (Graph: "attachment: createUploadSession").
    pub message_limit: u64,
    /// The lifetime of an upload session.
    pub upload_session_lifetime: Duration,
    /// Patterns of addresses, with `*` for any text, to which nothing is delivered: the sender gets a
    /// non-delivery report.
    pub bounce: Vec<String>,
    /// How long the copy of a sent message takes to appear in Sent Items.
    pub sent_items_delay: Duration,
}

/// The permissions of [`Options::default`]: for sending, drafts and searches, also for other mailboxes.
const PERMISSIONS: [&str; 7] = [
    "Mail.Send",
    "Mail.Send.Shared",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "User.Read",
    "Mail.ReadBasic",
    "Mail.ReadBasic.Shared",
];

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            mailboxes: Vec::new(),
            permissions: PERMISSIONS.map(str::to_owned).to_vec(),
            polls_before_approval: 0,
            device_interval: 1,
            client_secret: None,
            user_assigned_identities: Vec::new(),
            arc_keys: None,
            certificates: Vec::new(),
            federated_token: None,
            faults: Vec::new(),
            folder: None,
            tls: None,
            access_token_lifetime: Duration::from_secs(3600),
            message_limit: 35 * 1024 * 1024,
            upload_session_lifetime: Duration::from_secs(3600),
            bounce: Vec::new(),
            sent_items_delay: Duration::ZERO,
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is in use, or loopback is not available.
    #[error("cannot listen on 127.0.0.1:{port}: {reason}")]
    Listen {
        /// The port.
        port: u16,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The folder for captured messages cannot be created or read.
    #[error("cannot use the folder {}: {reason}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The system provides no thread or no event queue.
    #[error("cannot start the server: {0}")]
    Server(std::io::Error),
}

impl Error {
    /// The exit class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Listen { .. } | Self::Folder { .. } | Self::Server(_) => Class::Io,
        }
    }
}
