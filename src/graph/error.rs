//! Why an operation failed, or may have failed.

use std::fmt;
use std::io;

use super::{Answer, DraftId};
use crate::auth;
use crate::exit::Class;
use crate::http::{Failure, RequestOutcome};

/// Why an operation failed, or may have failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no access token.
    #[error(transparent)]
    NoToken(#[from] auth::Error),
    /// Graph did not answer the last attempt.
    #[error("{failure}")]
    NoAnswer {
        /// Why there was no answer.
        failure: Failure,
        /// What became of the request.
        request_outcome: RequestOutcome,
        /// The `client-request-id` of the last attempt; empty if the mailbox was throttled before the first.
        client_request_id: String,
    },
    /// Graph answered the last attempt with an error.
    #[error("{0}")]
    Answered(Box<Answer>),
    /// The answer reports success but lacks what Graph documents.
    #[error("HTTP {status} without {what}")]
    Incomplete {
        /// The HTTP status.
        status: u16,
        /// What is missing.
        what: &'static str,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// The answer gives a URL that is not https.
    #[error("the answer gives {what} at {place}, which is not https")]
    Insecure {
        /// What the URL is for.
        what: &'static str,
        /// Scheme and host. The rest of an upload URL is a secret.
        place: String,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// The next page of a list is on another host. The access token is sent to Graph only.
    #[error("the answer's next page is at {place}, which is not Graph's own root")]
    ForeignPage {
        /// Scheme, host and port, or that it is not a URL.
        place: String,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
    },
    /// A list with too many pages.
    #[error("the list has more than {0} pages")]
    TooManyPages(usize),
    /// The contents of an attachment cannot be read.
    #[error("{0}")]
    Contents(io::Error),
    /// Every upload session of an attachment ended too early.
    #[error("all upload sessions ended too early: {0}")]
    SessionLost(Box<Error>),
    /// A cloud that may not have upload sessions refuses one.
    #[error("the cloud {cloud:?} may not take attachments of 3 MB and more: {answer}")]
    NoSessions {
        /// The cloud's name.
        cloud: String,
        /// Graph's answer.
        answer: Box<Answer>,
    },
    /// The draft does not exist.
    #[error("there is no draft {id}")]
    NoDraft {
        /// The id that was given.
        id: DraftId,
        /// Graph's answer.
        answer: Box<Answer>,
    },
    /// The message is not a draft: it was sent or received.
    #[error("{0} is not a draft: it was sent or received, and is not deleted")]
    NotDraft(DraftId),
    /// The step could not be recorded, so nothing was sent.
    #[error("cannot write to the outbox: {0}")]
    Journal(io::Error),
    /// The run was interrupted; nothing was sent.
    #[error("interrupted")]
    Interrupted,
    /// A message that is sent as a draft failed at some step.
    #[error("{0}")]
    Staged(Box<Staged>),
}

/// At which step a message that is sent as a draft failed. Its text is step, cause and remains:
/// `uploading "a.pdf": HTTP 507 ErrorQuotaExceeded: …; the draft AAMk… is left in Drafts`.
#[derive(Debug)]
pub struct Staged {
    /// The step.
    pub step: Step,
    /// Why it failed.
    pub cause: Error,
    /// What is left in the mailbox.
    pub remains: Remains,
}

/// The steps of a message that is sent as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `POST …/messages`
    Create,
    /// `POST …/attachments`, for the attachment of that name.
    Attach(String),
    /// `POST …/attachments/createUploadSession`, for the attachment of that name.
    Session(String),
    /// The ranges of the attachment of that name.
    Upload(String),
    /// `POST …/send`
    Send,
}

/// What a failed message leaves in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remains {
    /// No draft.
    Nothing,
    /// This draft, unless it was sent.
    Draft(DraftId),
    /// Perhaps a draft: the answer to its creation was lost, and graphmail cannot search for it.
    Perhaps,
}

impl Error {
    /// The exit class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::NoToken(error) => error.class(),
            Self::NoAnswer {
                failure,
                request_outcome,
                ..
            } => match (request_outcome, failure) {
                (RequestOutcome::Unknown, _) => Class::Unknown,
                (RequestOutcome::Later(_), _) => Class::Later,
                (_, Failure::NotConfigured(_)) => Class::Config,
                (RequestOutcome::Done | RequestOutcome::Refused, _) => Class::Bug,
            },
            Self::Answered(answer) => answer.class(),
            // As for a redirect: the URL is wrong, or a network's sign-in page answered.
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

    /// What became of the request, or of the message that is sent as a draft.
    #[must_use]
    pub fn request_outcome(&self) -> RequestOutcome {
        match self {
            Self::NoToken(auth::Error::Unavailable { until, .. }) => RequestOutcome::Later(*until),
            Self::NoToken(error) if error.class() == Class::Later => RequestOutcome::Later(None),
            Self::NoAnswer {
                request_outcome, ..
            } => *request_outcome,
            Self::Answered(answer) => answer.request_outcome,
            Self::SessionLost(_) | Self::Interrupted => RequestOutcome::Later(None),
            Self::Journal(_)
            | Self::NoToken(_)
            | Self::Incomplete { .. }
            | Self::Insecure { .. }
            | Self::ForeignPage { .. }
            | Self::TooManyPages(_)
            | Self::Contents(_)
            | Self::NoDraft { .. }
            | Self::NotDraft(_)
            | Self::NoSessions { .. } => RequestOutcome::Refused,
            Self::Staged(staged) => staged.request_outcome(),
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

    /// Graph's id of the request, if Graph answered with one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.answer()?.request_id.as_deref()
    }

    /// The `client-request-id` of the last attempt, if there was one.
    #[must_use]
    pub fn client_request_id(&self) -> Option<&str> {
        match self {
            // Without an attempt there is no id.
            Self::NoAnswer {
                client_request_id, ..
            } => Some(client_request_id.as_str()).filter(|id| !id.is_empty()),
            Self::Incomplete {
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

    /// At which step a message that is sent as a draft failed, if it was sent as one.
    #[must_use]
    pub fn staged(&self) -> Option<&Staged> {
        match self {
            Self::Staged(staged) => Some(staged),
            _ => None,
        }
    }

    /// Whether the run was interrupted.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        match self {
            Self::Staged(staged) => staged.cause.is_interruption(),
            Self::NoToken(error) => error.is_interruption(),
            _ => matches!(self, Self::Interrupted),
        }
    }

    /// Whether nothing was sent because a step could not be recorded.
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        match self {
            Self::Staged(staged) => staged.cause.is_unrecorded(),
            _ => matches!(self, Self::Journal(_)),
        }
    }

    /// Whether Graph asked for a longer wait than the run may wait.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.request_outcome(), RequestOutcome::Later(Some(_)))
    }

    /// Whether Graph says that the message does not exist, see [`Answer::is_gone`].
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.answer().is_some_and(Answer::is_gone)
    }

    /// Whether Graph does not find the resource, whatever code it uses. For an id that Graph returned
    /// earlier, this means that the resource was deleted.
    pub(super) fn is_missing(&self) -> bool {
        let missing = |answer: &Answer| matches!(answer.status, 404 | 410) && !answer.is_no_id();
        matches!(self, Self::Answered(answer) if missing(answer))
    }

    /// Whether a permission, or access to the mailbox, is missing.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        let code = self.answer().and_then(|answer| answer.code.as_deref());
        code == Some("ErrorAccessDenied")
    }

    /// Whether the fault is of the account, its mailbox or its tenant, and not of this message: when an
    /// administrator has removed it, the same message can be sent. Graph's codes about users are about the
    /// mailbox in the URL: recipients are not looked up before a message is accepted.
    #[must_use]
    pub fn is_of_account(&self) -> bool {
        let answer = self.answer();
        let code = answer.and_then(|answer| answer.code.as_deref());
        match self.class() {
            Class::SignIn | Class::Config | Class::Outbox | Class::Recipient => true,
            Class::Refused => {
                code != Some("ErrorMessageBlocked")
                    && answer.is_none_or(|answer| answer.status != 451)
            }
            _ => false,
        }
    }

    /// Whether the request may have succeeded despite the error.
    pub(super) fn is_doubtful(&self) -> bool {
        self.request_outcome() == RequestOutcome::Unknown || matches!(self, Self::Incomplete { .. })
    }

    /// The error with the outcome that a later request found out.
    pub(super) fn settled(mut self, settled: RequestOutcome) -> Self {
        match &mut self {
            Self::NoAnswer {
                request_outcome, ..
            } => *request_outcome = settled,
            Self::Answered(answer) => answer.request_outcome = settled,
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
    /// The missing Graph permission, if that is the cause.
    #[must_use]
    pub fn missing_permission(&self) -> Option<&'static str> {
        let permission = match self.step {
            Step::Create | Step::Attach(_) | Step::Session(_) => "Mail.ReadWrite",
            // Uploads need no permission: the URL is the authorization.
            Step::Upload(_) => return None,
            Step::Send => "Mail.Send",
        };
        self.cause.is_denied().then_some(permission)
    }

    fn class(&self) -> Class {
        match self.request_outcome() {
            RequestOutcome::Unknown => Class::Unknown,
            RequestOutcome::Later(_) => Class::Later,
            RequestOutcome::Done | RequestOutcome::Refused => self.cause.class(),
        }
    }

    /// What became of the message. Before the last step it is a draft, whatever became of the request.
    pub(super) fn request_outcome(&self) -> RequestOutcome {
        match self.cause.request_outcome() {
            RequestOutcome::Unknown if self.step != Step::Send => RequestOutcome::Later(None),
            // The next run creates another draft.
            RequestOutcome::Refused if self.draft_is_gone() => RequestOutcome::Later(None),
            request_outcome => request_outcome,
        }
    }

    /// Whether another program deleted the draft meanwhile.
    fn draft_is_gone(&self) -> bool {
        match self.step {
            Step::Attach(_) | Step::Session(_) | Step::Send => self.cause.is_missing(),
            // In these steps, the mailbox or the session is missing.
            Step::Create | Step::Upload(_) => false,
        }
    }
}

impl fmt::Display for Staged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.step, self.cause)?;
        match &self.remains {
            Remains::Nothing if self.draft_is_gone() => {
                formatter.write_str("; the draft no longer exists")
            }
            Remains::Nothing => Ok(()),
            Remains::Draft(id) if self.request_outcome() == RequestOutcome::Unknown => {
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
