//! Graph operations, one file each. All of them make requests through `call`.
//!
//! ```text
//! submit         sends a message
//! ├─ send_mail   in one request
//! └─ staging     as a draft, step by step; finds out what became of requests without an answer
//!    ├─ draft    create, attach, send, delete, list
//!    ├─ upload   an attachment in ranges, through an upload session
//!    ├─ settle   finds out from the mailbox whether a message was sent
//!    └─ lookup   searches Drafts and Sent Items
//! reports        non-delivery reports in the inbox
//! call           one request with the account's access token
//! ```

mod answer;
mod call;
mod draft;
mod draft_id;
mod error;
mod lookup;
mod progress;
mod reports;
mod send_mail;
mod sender;
mod settle;
mod settle_all;
mod staging;
mod submit;
mod upload;

pub use answer::{Answer, class_of, codes};
pub use draft::{
    Draft, check_readable, delete as delete_draft, delete_checked, list as list_drafts,
};
pub use draft_id::{DraftId, InvalidDraftId};
pub use error::{Error, Remains, Staged, Step};
pub use lookup::{SentCopy, SentSearch};
pub use progress::{Journal, Progress};
pub use reports::Reports;
pub use sender::Sender;
pub use settle::{UncertainSend, Verdict, settle, sweep};
pub use settle_all::settle_all;
pub use staging::Parts;
pub use submit::{create_draft, send_draft, submit};

use crate::auth::Tokens;
use crate::cloud::Cloud;
use crate::http::Link;

/// Access to Graph for one account.
pub struct Graph<'a> {
    /// The cloud, with the URL of Graph.
    pub cloud: &'a Cloud,
    /// The HTTP transport.
    pub link: Link<'a>,
    /// The account's tokens.
    pub tokens: Tokens<'a>,
}

/// The ids of an accepted request. Microsoft support finds the request by them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Graph's id, from the header `request-id`.
    pub request_id: Option<String>,
    /// The id that graphmail chose, a UUID.
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
