//! Whether a message was sent, found out by asking the mailbox.

use super::lookup::{self, DraftState, Folder, SentSearch};
use super::{DraftId, Graph, Sender, draft};

/// A message that may have been sent.
#[derive(Debug, Clone, Copy)]
pub struct UncertainSend<'a> {
    /// What it is found by, where it has a Message-ID that is known.
    pub search: Option<SentSearch<'a>>,
    /// The draft that it went as.
    pub draft: Option<&'a DraftId>,
}

/// What the mailbox says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was sent.
    Sent,
    /// It was not sent, and cannot be any more.
    Unsent,
    /// The mailbox was asked, and nothing of it is in Sent Items, which proves nothing.
    Unseen,
    /// The mailbox could not be asked.
    Unclear,
}

/// Asks the mailbox what became of the message. A draft that is there still is deleted; of a message
/// that went in one request only its sending can be seen: that its copy is missing proves nothing.
pub fn settle(graph: &mut Graph<'_>, sender: &Sender, uncertain: UncertainSend<'_>) -> Verdict {
    if let Some(id) = uncertain.draft {
        return settle_draft(graph, sender, id, uncertain.search);
    }
    match uncertain
        .search
        .and_then(|search| search.find_in(Folder::SentItems, graph, sender))
    {
        Some(found) if !found.is_empty() => Verdict::Sent,
        Some(_) => Verdict::Unseen,
        None => Verdict::Unclear,
    }
}

/// Deletes the drafts of a run that ended before it could note their ids; those that could not be
/// deleted. Nothing where the mailbox cannot be asked.
pub fn sweep(
    graph: &mut Graph<'_>,
    sender: &Sender,
    search: SentSearch<'_>,
) -> Option<Vec<DraftId>> {
    let mut found = search.find_in(Folder::Drafts, graph, sender)?;
    found.retain(|id| draft::delete(graph, sender, id).is_err());
    Some(found)
}

/// What became of a draft that may have been sent; one that was not is deleted, which no later send
/// survives.
pub(super) fn settle_draft(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    search: Option<SentSearch<'_>>,
) -> Verdict {
    match lookup::watch(graph, sender, id) {
        DraftState::Sent => return Verdict::Sent,
        DraftState::Unclear => return Verdict::Unclear,
        DraftState::Unsent => {}
    }
    let Ok(deleted) = draft::delete(graph, sender, id) else {
        return Verdict::Unclear;
    };
    // It may have left between the last look and the deletion. What then lies in Deleted Items
    // is its copy, and no draft.
    let left = matches!(draft::is_draft(graph, sender, id), Ok(false));
    match search.and_then(|search| search.find_in(Folder::SentItems, graph, sender)) {
        Some(found) if !found.is_empty() => Verdict::Sent,
        Some(_) if deleted && !left => Verdict::Unsent,
        Some(_) => Verdict::Unseen,
        None => Verdict::Unclear,
    }
}
