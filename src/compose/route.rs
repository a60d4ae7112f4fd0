//! The way of a message: one request, or a draft with its attachments, and the requests that takes.

use bytes::Bytes;

use crate::submission::{Format, Upload};

/// How a message travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// In one `sendMail` request.
    Direct {
        /// What the request is written in.
        format: Format,
        /// The request's bytes: exact.
        size: u64,
        /// Why this format.
        reasons: Vec<String>,
        /// The Graph permissions that it takes.
        permissions: Vec<&'static str>,
        /// How many recipients the message names.
        recipients: usize,
    },
    /// As a draft, to which the attachments are brought one by one before it is sent.
    Staged {
        /// What the draft is written in.
        format: Format,
        /// The bytes of the request that makes the draft: exact.
        size: u64,
        /// A ready message without what is attached, if it is split. A composed message, and a ready
        /// one that is whole, has none.
        draft: Option<Bytes>,
        /// What is attached, and how.
        uploads: Vec<Upload>,
        /// The requests, in order.
        calls: Vec<Call>,
        /// Why this format, and why not in one request.
        reasons: Vec<String>,
        /// What the route changes.
        notes: Vec<String>,
        /// The Graph permissions that it takes.
        permissions: Vec<&'static str>,
        /// How many recipients the message names.
        recipients: usize,
        /// The bytes of all calls.
        total: u64,
    },
}

impl Plan {
    /// What the request, or the draft, is written in.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self {
            Self::Direct { format, .. } | Self::Staged { format, .. } => *format,
        }
    }

    /// How many requests it takes where all goes well.
    #[must_use]
    pub fn requests(&self) -> u64 {
        match self {
            Self::Direct { .. } => 1,
            Self::Staged { calls, .. } => calls.iter().map(|call| call.count).sum(),
        }
    }

    /// Why this way.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Direct { reasons, .. } | Self::Staged { reasons, .. } => reasons,
        }
    }

    /// The Graph permissions that it takes.
    #[must_use]
    pub fn permissions(&self) -> &[&'static str] {
        match self {
            Self::Direct { permissions, .. } | Self::Staged { permissions, .. } => permissions,
        }
    }
}

/// Requests of one kind, in the order in which they are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the mailbox, or `upload session`, whose URL the service gives.
    pub what: &'static str,
    /// The attachment that it is about.
    pub name: Option<String>,
    /// How many requests.
    pub count: u64,
    /// The bytes of the message in all of them, as they are encoded there.
    pub bytes: u64,
}
