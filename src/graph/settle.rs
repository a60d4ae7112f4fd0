//! Finds out from the mailbox whether a message was sent.

use super::lookup::{self, DraftState, Folder, SentSearch};
use super::{DraftId, Error, Graph, Sender, draft};

/// A message that may have been sent.
#[derive(Debug, Clone, Copy)]
pub struct UncertainSend<'a> {
    /// How to find it, if its Message-ID is known.
    pub search: Option<SentSearch<'a>>,
    /// The draft, if it was sent as one.
    pub draft: Option<&'a DraftId>,
}

/// The answer of the mailbox.
#[derive(Debug)]
pub enum Verdict {
    /// It was sent.
    Sent,
    /// It was not sent, and cannot be sent any more.
    Unsent,
    /// It is not in Sent Items, which proves nothing.
    Unseen,
    /// The mailbox did not answer, with this error if it was asked.
    Unclear(Option<Error>),
}

/// Asks the mailbox what became of the message. A draft that is still there is deleted. For a message
/// that was sent in one request, the mailbox can only prove that it was sent: a missing copy proves
/// nothing.
pub fn settle(graph: &mut Graph<'_>, sender: &Sender, uncertain: UncertainSend<'_>) -> Verdict {
    if let Some(id) = uncertain.draft {
        return settle_draft(graph, sender, id, uncertain.search);
    }
    let Some(search) = uncertain.search else {
        return Verdict::Unclear(None);
    };
    match search.find_in(Folder::SentItems, graph, sender) {
        Ok(found) if !found.is_empty() => Verdict::Sent,
        Ok(_) => Verdict::Unseen,
        Err(error) => Verdict::Unclear(Some(error)),
    }
}

/// Deletes the drafts of a run that ended before it could record their ids. Returns the drafts that
/// could not be deleted; `None` if the mailbox does not answer.
pub fn sweep(
    graph: &mut Graph<'_>,
    sender: &Sender,
    search: SentSearch<'_>,
) -> Option<Vec<DraftId>> {
    let mut found = search.find_in(Folder::Drafts, graph, sender).ok()?;
    found.retain(|id| draft::delete(graph, sender, id).is_err());
    Some(found)
}

/// What became of a draft that may have been sent. If it was not sent, it is deleted, so that it
/// cannot be sent later.
pub(super) fn settle_draft(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    search: Option<SentSearch<'_>>,
) -> Verdict {
    match lookup::watch(graph, sender, id) {
        DraftState::Sent => return Verdict::Sent,
        DraftState::Unclear(error) => return Verdict::Unclear(error),
        DraftState::Gone => {
            let sent = |search: SentSearch<'_>| search.await_in(Folder::SentItems, graph, sender);
            return match search.map(sent) {
                Some(Ok(found)) if !found.is_empty() => Verdict::Sent,
                Some(Ok(_)) => Verdict::Unseen,
                Some(Err(error)) => Verdict::Unclear(error),
                None => Verdict::Unclear(None),
            };
        }
        DraftState::Unsent => {}
    }
    discard_unsent(graph, sender, id, search)
}

/// Deletes a draft that was not sent, so that it cannot be sent later.
pub(super) fn discard_unsent(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    search: Option<SentSearch<'_>>,
) -> Verdict {
    let deleted = match draft::delete(graph, sender, id) {
        Ok(deleted) => deleted,
        Err(error) => return Verdict::Unclear(Some(error)),
    };
    // The draft may have been sent between the last look and the deletion. Then the message in
    // Deleted Items is its copy and is not a draft.
    let left = matches!(draft::is_draft(graph, sender, id), Ok(false));
    match search.map(|search| search.find_in(Folder::SentItems, graph, sender)) {
        Some(Ok(found)) if !found.is_empty() => Verdict::Sent,
        Some(Ok(_)) if deleted && !left => Verdict::Unsent,
        Some(Ok(_)) => Verdict::Unseen,
        Some(Err(error)) => Verdict::Unclear(Some(error)),
        None => Verdict::Unclear(None),
    }
}
