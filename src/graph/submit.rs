//! Sends a message in one request or as a draft, or creates a draft only.

use super::error::{Remains, Staged, Step};
use super::lookup::{self, DraftState};
use super::send_mail::send_mail;
use super::staging::{Parts, Staging};
use super::{Draft, DraftId, Error, Graph, Journal, Progress, Receipt, Sender, draft};
use crate::http::RequestOutcome;
use crate::submission::Submission;

/// Sends the message. Success means that Graph has accepted it, not that it is delivered.
///
/// # Errors
/// An [`Error`]. Its [outcome](Error::request_outcome) says whether the message may have been sent, and its
/// [`staged`](Error::staged) what is left of it in the mailbox.
pub fn submit(
    graph: &mut Graph<'_>,
    sender: &Sender,
    submission: &Submission,
    progress: &mut dyn Progress,
    journal: &mut dyn Journal,
) -> Result<Receipt, Error> {
    match submission {
        Submission::Direct { format, body, .. } => {
            // Failures before the request happen here, before the send is recorded.
            drop(graph.tokens.bearer()?);
            graph.link.transport.prepare(graph.link.timeout);
            if progress.interrupted() {
                return Err(Error::Interrupted);
            }
            journal.sending().map_err(Error::Journal)?;
            progress.sending();
            send_mail(graph, sender, *format, body).map_err(|error| match error.request_outcome() {
                // If the run could have continued without the interruption, the cause is the interruption.
                RequestOutcome::Later(_) if progress.interrupted() => Error::Interrupted,
                _ => error,
            })
        }
        Submission::Staged {
            draft,
            uploads,
            message_id,
            recipients,
        } => {
            let parts = Parts {
                draft,
                uploads,
                message_id: message_id.as_deref(),
                recipients,
            };
            Staging::begin(graph, sender, parts, progress, journal).send()
        }
    }
}

/// Creates a draft as [`submit`] does, and does not send it.
///
/// # Errors
/// As for [`submit`]; nothing was sent.
pub fn create_draft(
    graph: &mut Graph<'_>,
    sender: &Sender,
    parts: Parts<'_>,
    progress: &mut dyn Progress,
) -> Result<Draft, Error> {
    Staging::begin(graph, sender, parts, progress, &mut ()).stage()
}

/// Sends an existing draft. On an error, the draft stays in Drafts.
///
/// # Errors
/// An [`Error`] whose [outcome](Error::request_outcome) says whether the message may have been sent.
pub fn send_draft(graph: &mut Graph<'_>, sender: &Sender, id: &DraftId) -> Result<Receipt, Error> {
    let cause = match draft::dispatch(graph, sender, id) {
        Err(error) if error.is_doubtful() => error,
        Err(Error::Answered(answer)) if answer.is_gone() => {
            let id = id.clone();
            return Err(Error::NoDraft { id, answer });
        }
        other => return other,
    };
    match lookup::watch(graph, sender, id) {
        DraftState::Sent => Ok(Receipt::settled(&cause)),
        DraftState::Unsent | DraftState::Gone | DraftState::Unclear(_) => Err(Staged {
            step: Step::Send,
            cause,
            remains: Remains::Draft(id.clone()),
        }
        .into()),
    }
}
