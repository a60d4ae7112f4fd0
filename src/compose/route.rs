//! The route of a message: one request, or a draft with its attachments, and the requests that takes.

use bytes::Bytes;

use crate::submission::{Format, Upload};

/// How a message travels: in one `sendMail` request, or as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What the request, or the draft, is written in.
    pub format: Format,
    /// The bytes of the request, or of the request that creates the draft: exact.
    pub size: u64,
    /// Why this format, and why not one request.
    pub reasons: Vec<String>,
    /// The Graph permissions that it needs.
    pub permissions: Vec<&'static str>,
    /// How many recipients the message names.
    pub recipients: usize,
    /// The rest of the draft route; `None` for one `sendMail` request.
    pub staged: Option<Staged>,
}

/// A draft, to which the attachments are added one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// A ready message without what is attached, if it is split. A composed message, and a ready one that
    /// is whole, has none.
    pub draft: Option<Bytes>,
    /// What is attached, and how.
    pub uploads: Vec<Upload>,
    /// The requests, in order.
    pub calls: Vec<Call>,
    /// What the route changes.
    pub notes: Vec<String>,
}

impl Plan {
    /// How many requests it takes if all goes well.
    #[must_use]
    pub fn requests(&self) -> u64 {
        let count = |staged: &Staged| staged.calls.iter().map(|call| call.count).sum();
        self.staged.as_ref().map_or(1, count)
    }

    /// The bytes of the message in all requests, as they are encoded there.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let calls = self.staged.iter().flat_map(|staged| &staged.calls);
        let sum = calls.fold(0, |sum: u64, call| sum.saturating_add(call.bytes));
        if self.staged.is_some() {
            sum
        } else {
            self.size
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
