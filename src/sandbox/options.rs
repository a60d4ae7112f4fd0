//! What a sandbox is told before it starts, and why it may not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::certificate::Certificate;
use super::fault::Fault;
use crate::exit::Class;

/// How a sandbox behaves. There is no `Debug`: a client secret may be in it.
#[derive(Clone)]
pub struct Options {
    /// The TCP port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The addresses that exist and may be sent from; the first is the signed-in user's. Without
    /// any, every address exists and the user is `you@sandbox.example`.
    pub mailboxes: Vec<String>,
    /// The Graph permissions that consent grants, without their resource: `Mail.Send`.
    pub permissions: Vec<String>,
    /// How often a device code is answered `authorization_pending` before it is approved.
    pub polls_before_approval: u32,
    /// What the device code answer says to wait between two polls, in seconds.
    pub device_interval: u32,
    /// The only client secret that is right; without one, any is.
    pub client_secret: Option<String>,
    /// The client, object and resource ids of the host's user-assigned identities; without any,
    /// each id is one.
    pub user_assigned_identities: Vec<String>,
    /// The folder that gets the keys of Azure Arc's challenges; without one, no Arc agent is here.
    pub arc_keys: Option<PathBuf>,
    /// The certificates that every application is registered with.
    pub certificates: Vec<Certificate>,
    /// The only token of another issuer that every application is registered with.
    pub federated_token: Option<String>,
    /// What goes wrong, in the order in which it is asked for.
    pub faults: Vec<Fault>,
    /// Where each accepted message is written, as `NNNN.json` and `NNNN.eml`.
    pub folder: Option<PathBuf>,
    /// Serves TLS in place of plain HTTP.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// How long an access token is good for; the ready one does not expire by itself.
    pub access_token_lifetime: Duration,
    /// The largest message that a mailbox sends, as it would arrive, in bytes; 35 MB without a word
    /// of the administrator's (Graph: "attachment: createUploadSession").
    pub message_limit: u64,
    /// How long an upload session is good for, from its creation on.
    pub upload_session_lifetime: Duration,
    /// How long the copy of a sent message is on its way to Sent Items, where nobody finds it.
    pub sent_items_delay: Duration,
}

/// The permissions of an [`Options::default`]: whatever sending and drafts need, also for other mailboxes.
const PERMISSIONS: [&str; 5] = [
    "Mail.Send",
    "Mail.Send.Shared",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "User.Read",
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
            sent_items_delay: Duration::ZERO,
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or loopback cannot be listened on.
    #[error("cannot listen on 127.0.0.1:{port}: {reason}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The folder for captured messages cannot be made or read.
    #[error("cannot use the folder {}: {reason}", .folder.display())]
    Folder {
        /// The folder that was asked for.
        folder: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The system gives no thread or no event queue.
    #[error("cannot start the server: {0}")]
    Server(std::io::Error),
}

impl Error {
    /// What a run that fails this way ends with.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Listen { .. } | Self::Folder { .. } | Self::Server(_) => Class::Io,
        }
    }
}
