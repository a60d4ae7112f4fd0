//! Graph's operations, a file each, over one primitive.
//!
//! ```text
//! submit         a message to its end
//! ├─ send_mail   one request, one message
//! └─ staging     a draft step by step, and what doubt about each step comes to
//!    ├─ draft    create, attach, send, delete, list
//!    ├─ upload   an attachment in ranges, to an address of its own
//!    ├─ settle   whether a message was sent, by asking the mailbox
//!    └─ lookup   what the mailbox says where no answer told
//! call           the primitive: a request under the account's token
//! ```

mod answer;
mod call;
mod draft;
mod draft_id;
mod error;
mod lookup;
mod progress;
mod send_mail;
mod sender;
mod settle;
mod staging;
mod submit;
mod upload;

pub use answer::Answer;
pub use draft::{Draft, delete as delete_draft, delete_checked, list as list_drafts, look};
pub use draft_id::{DraftId, InvalidDraftId};
pub use error::{Error, Remains, Staged, Step};
pub use lookup::SentSearch;
pub use progress::{Journal, Progress};
pub use sender::Sender;
pub use settle::{UncertainSend, Verdict, settle, sweep};
pub use staging::Parts;
pub use submit::{create_draft, send_draft, submit};

use crate::auth::Tokens;
use crate::cloud::Cloud;
use crate::http::Link;

/// Graph, as one account sees it.
pub struct Graph<'a> {
    /// Where it is.
    pub cloud: &'a Cloud,
    /// What carries the requests.
    pub link: Link<'a>,
    /// The account's tokens.
    pub tokens: Tokens<'a>,
}

/// What Graph's acceptance leaves: the two numbers under which its support finds the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Graph's own, from the header `request-id`.
    pub request_id: Option<String>,
    /// Ours, a UUID.
    pub client_request_id: String,
    /// Whether the answer was lost, and the mailbox showed that the message was sent.
    pub settled: bool,
}

impl Receipt {
    /// The receipt of a request whose answer was lost.
    fn settled(lost: &Error) -> Self {
        Self {
            request_id: lost.request_id().map(str::to_owned),
            client_request_id: lost.client_request_id().unwrap_or_default().to_owned(),
            settled: true,
        }
    }
}
