//! The route of a message: one request, or a draft with its attachments, and the requests for it.

use bytes::Bytes;

use crate::submission::{Format, Upload};

/// How a message is sent: in one `sendMail` request, or as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The format of the request, or of the draft.
    pub format: Format,
    /// The exact size in bytes of the request, or of the request that creates the draft.
    pub size: u64,
    /// The reasons for the format and the route.
    pub reasons: Vec<String>,
    /// The Graph permissions that the requests need.
    pub permissions: Vec<&'static str>,
    /// The number of recipients in the message.
    pub recipients: usize,
    /// The rest of the draft route; `None` for one `sendMail` request.
    pub staged: Option<Staged>,
}

/// A draft, to which the attachments are added one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// A split ready message without its attachments. `None` for a composed message, and for a ready
    /// message that is not split.
    pub draft: Option<Bytes>,
    /// The attachments, and how each is uploaded.
    pub uploads: Vec<Upload>,
    /// The requests, in order.
    pub calls: Vec<Call>,
    /// Notes for the user on the effects of the route.
    pub notes: Vec<String>,
}

impl Plan {
    /// The number of requests, without retries.
    #[must_use]
    pub fn requests(&self) -> u64 {
        let count = |staged: &Staged| staged.calls.iter().map(|call| call.count).sum();
        self.staged.as_ref().map_or(1, count)
    }

    /// The encoded size in bytes of the message in all requests.
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

/// One or more requests of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the mailbox, or `upload session`, whose URL Graph returns.
    pub what: &'static str,
    /// The name of the attachment, if it is about one.
    pub name: Option<String>,
    /// The number of requests.
    pub count: u64,
    /// The encoded size in bytes of the message in all of them.
    pub bytes: u64,
}
