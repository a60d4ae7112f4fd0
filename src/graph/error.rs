//! Why an operation was not done, or may not have been.

use std::fmt;
use std::io;

use super::{Answer, DraftId};
use crate::auth;
use crate::exit::Class;
use crate::http::{Failure, Fate};

/// Why an operation was not done, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no token to ask with.
    #[error(transparent)]
    NoToken(#[from] auth::Error),
    /// Graph did not answer the last attempt.
    #[error("{failure}")]
    NoAnswer {
        /// What happened instead.
        failure: Failure,
        /// What became of the request.
        fate: Fate,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// Graph's answer to the last attempt was not that it is done.
    #[error("{0}")]
    Answered(Box<Answer>),
    /// What answered said that it is done, and not what Graph says with it.
    #[error("HTTP {status} without {what}")]
    Incomplete {
        /// The HTTP status.
        status: u16,
        /// What should have come.
        what: &'static str,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// The answer leads on over plain http, or by another scheme, where it must be https.
    #[error("the answer gives {what} at {place}, which is not https")]
    Insecure {
        /// What it gives.
        what: &'static str,
        /// Scheme and host: an upload address is itself a secret.
        place: String,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// The next page of a list is said to be elsewhere. The token goes to Graph and nowhere else.
    #[error("the answer's next page is at {place}, which is not Graph's own root")]
    ForeignPage {
        /// Scheme, host and port; or that it is no URL.
        place: String,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// A list that does not come to an end.
    #[error("the list has more than {0} pages")]
    TooManyPages(usize),
    /// The contents of an attachment cannot be read.
    #[error("{0}")]
    Contents(io::Error),
    /// Each upload session of an attachment ended before its time.
    #[error("the upload session was lost again and again: {0}")]
    SessionLost(Box<Error>),
    /// A cloud that may not have upload sessions refuses one.
    #[error("the cloud {cloud:?} may not take attachments of 3 MB and more: {answer}")]
    NoSessions {
        /// The cloud's name.
        cloud: String,
        /// Graph's answer.
        answer: Box<Answer>,
    },
    /// The draft that was to be sent is not there.
    #[error("there is no draft {id}")]
    NoDraft {
        /// The id that was given.
        id: DraftId,
        /// Graph's answer.
        answer: Box<Answer>,
    },
    /// A message that was sent or received where a draft was meant.
    #[error("{0} is no draft: it was sent or received, and stays")]
    NotDraft(DraftId),
    /// That the message is about to be sent could not be noted, so it was not.
    #[error("noting it in the outbox: {0}")]
    Journal(io::Error),
    /// Somebody stopped it; nothing was sent.
    #[error("interrupted")]
    Interrupted,
    /// A message that travels as a draft did not get through.
    #[error("{0}")]
    Staged(Box<Staged>),
}

/// Where a message that travels as a draft stopped. Its text is step, cause and what is left:
/// `uploading "a.pdf": HTTP 507 ErrorQuotaExceeded: …; the draft AAMk… is left in Drafts`.
#[derive(Debug)]
pub struct Staged {
    /// What was attempted.
    pub step: Step,
    /// Why it was not done.
    pub cause: Error,
    /// What the mailbox has of it.
    pub remains: Remains,
}

/// The steps of a message that travels as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `POST …/messages`
    Create,
    /// `POST …/attachments`, of the attachment of that name.
    Attach(String),
    /// `POST …/attachments/createUploadSession`, for the attachment of that name.
    Session(String),
    /// The ranges of the attachment of that name.
    Upload(String),
    /// `POST …/send`
    Send,
}

/// What a message that did not get through leaves in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remains {
    /// No draft.
    Nothing,
    /// This draft, unless it was sent.
    Draft(DraftId),
    /// A draft, perhaps: whether it was created is in doubt, and it cannot be looked for.
    Perhaps,
}

impl Error {
    /// How a run ends that stops at this.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::NoToken(error) => error.class(),
            Self::NoAnswer { failure, fate, .. } => match (fate, failure) {
                (Fate::Unknown, _) => Class::Unknown,
                (Fate::Later(_), _) => Class::Later,
                (_, Failure::NotConfigured(_)) => Class::Config,
                (Fate::Done | Fate::Refused, _) => Class::Bug,
            },
            Self::Answered(answer) => answer.class(),
            // As a redirect: no Graph, but a wrong root or a network's own sign-in page.
            Self::Incomplete { .. }
            | Self::Insecure { .. }
            | Self::ForeignPage { .. }
            | Self::TooManyPages(_) => Class::Config,
            Self::Contents(_) | Self::NoDraft { .. } => Class::Input,
            Self::Journal(_) => Class::Outbox,
            Self::SessionLost(_) | Self::Interrupted => Class::Later,
            Self::NoSessions { .. } | Self::NotDraft(_) => Class::Message,
            Self::Staged(staged) => staged.class(),
        }
    }

    /// What became of the request, or of the message that travels as a draft.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match self {
            Self::NoToken(auth::Error::Unavailable { until, .. }) => Fate::Later(*until),
            Self::NoToken(error) if error.class() == Class::Later => Fate::Later(None),
            Self::NoAnswer { fate, .. } => *fate,
            Self::Answered(answer) => answer.fate,
            Self::SessionLost(_) | Self::Interrupted => Fate::Later(None),
            Self::Journal(_)
            | Self::NoToken(_)
            | Self::Incomplete { .. }
            | Self::Insecure { .. }
            | Self::ForeignPage { .. }
            | Self::TooManyPages(_)
            | Self::Contents(_)
            | Self::NoDraft { .. }
            | Self::NotDraft(_)
            | Self::NoSessions { .. } => Fate::Refused,
            Self::Staged(staged) => staged.fate(),
        }
    }

    /// Graph's answer, if it gave one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer)
            | Self::NoDraft { answer, .. }
            | Self::NoSessions { answer, .. } => Some(answer),
            Self::SessionLost(cause) => cause.answer(),
            Self::Staged(staged) => staged.cause.answer(),
            _ => None,
        }
    }

    /// Graph's number for the request, if it answered with one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.answer()?.request_id.as_deref()
    }

    /// The `client-request-id` of the last attempt, if there was one.
    #[must_use]
    pub fn client_request_id(&self) -> Option<&str> {
        match self {
            Self::NoAnswer {
                client_request_id, ..
            }
            | Self::Incomplete {
                client_request_id, ..
            }
            | Self::Insecure {
                client_request_id, ..
            }
            | Self::ForeignPage {
                client_request_id, ..
            } => Some(client_request_id.as_str()),
            Self::SessionLost(cause) => cause.client_request_id(),
            Self::Staged(staged) => staged.cause.client_request_id(),
            _ => Some(self.answer()?.client_request_id.as_str()),
        }
    }

    /// Where a message that travels as a draft stopped, if this is about one.
    #[must_use]
    pub fn staged(&self) -> Option<&Staged> {
        match self {
            Self::Staged(staged) => Some(staged),
            _ => None,
        }
    }

    /// Whether somebody stopped it.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        match self {
            Self::Staged(staged) => staged.cause.is_interruption(),
            Self::NoToken(error) => error.is_interruption(),
            _ => matches!(self, Self::Interrupted),
        }
    }

    /// Whether Graph says that the message is not there, see [`Answer::is_gone`].
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.answer().is_some_and(Answer::is_gone)
    }

    /// Whether Graph does not find what was asked for, whatever it calls that. Of what it has told of
    /// before, that is gone.
    pub(super) fn is_missing(&self) -> bool {
        let missing = |answer: &Answer| matches!(answer.status, 404 | 410) && !answer.is_no_id();
        matches!(self, Self::Answered(answer) if missing(answer))
    }

    /// Whether Graph refuses for want of a permission, or of access to that mailbox.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        let code = self.answer().and_then(|answer| answer.code.as_deref());
        code == Some("ErrorAccessDenied")
    }

    /// Whether the request may have been done all the same.
    pub(super) fn is_doubtful(&self) -> bool {
        self.fate() == Fate::Unknown || matches!(self, Self::Incomplete { .. })
    }

    /// The same with another fate, where what was asked since has settled it.
    pub(super) fn settled(mut self, settled: Fate) -> Self {
        match &mut self {
            Self::NoAnswer { fate, .. } => *fate = settled,
            Self::Answered(answer) => answer.fate = settled,
            _ => {}
        }
        self
    }
}

impl From<Answer> for Error {
    fn from(answer: Answer) -> Self {
        Self::Answered(Box::new(answer))
    }
}

impl From<Staged> for Error {
    fn from(staged: Staged) -> Self {
        Self::Staged(Box::new(staged))
    }
}

impl Staged {
    /// The Graph permission that is missing, where that is why.
    #[must_use]
    pub fn missing_permission(&self) -> Option<&'static str> {
        let permission = match self.step {
            Step::Create | Step::Attach(_) | Step::Session(_) => "Mail.ReadWrite",
            // The address is the right to write there.
            Step::Upload(_) => return None,
            Step::Send => "Mail.Send",
        };
        self.cause.is_denied().then_some(permission)
    }

    fn class(&self) -> Class {
        match self.fate() {
            Fate::Unknown => Class::Unknown,
            Fate::Later(_) => Class::Later,
            Fate::Done | Fate::Refused => self.cause.class(),
        }
    }

    /// What became of the message: until the last step it is a draft, whatever its own request did.
    pub(super) fn fate(&self) -> Fate {
        match self.cause.fate() {
            Fate::Unknown if self.step != Step::Send => Fate::Later(None),
            // The next run makes another draft.
            Fate::Refused if self.draft_is_gone() => Fate::Later(None),
            fate => fate,
        }
    }

    /// Whether the draft was there and is not any more: somebody deleted it.
    fn draft_is_gone(&self) -> bool {
        match self.step {
            Step::Attach(_) | Step::Session(_) | Step::Send => self.cause.is_missing(),
            // What is missing then is the mailbox, or the session.
            Step::Create | Step::Upload(_) => false,
        }
    }
}

impl fmt::Display for Staged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.step, self.cause)?;
        match &self.remains {
            Remains::Nothing if self.draft_is_gone() => {
                formatter.write_str("; the draft is not there any more")
            }
            Remains::Nothing => Ok(()),
            Remains::Draft(id) if self.fate() == Fate::Unknown => {
                write!(formatter, "; the draft is {id}")
            }
            Remains::Draft(id) => write!(formatter, "; the draft {id} is left in Drafts"),
            Remains::Perhaps => formatter.write_str("; a draft may be left in Drafts"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => formatter.write_str("creating the draft"),
            Self::Attach(name) => write!(formatter, "attaching {name:?}"),
            Self::Session(name) => write!(formatter, "opening an upload session for {name:?}"),
            Self::Upload(name) => write!(formatter, "uploading {name:?}"),
            Self::Send => formatter.write_str("sending the draft"),
        }
    }
}
