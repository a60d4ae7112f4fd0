//! Doubt about a message, settled by asking the mailbox.

use jiff::Timestamp;

use super::lookup::{self, Folder, Sight, Trail};
use super::{DraftId, Graph, Sender, draft};

/// A message that may have been sent.
#[derive(Debug, Clone, Copy)]
pub struct Doubt<'a> {
    /// Its Message-ID, with angle brackets, where it is known.
    pub message_id: Option<&'a str>,
    /// When its first attempt began, by this host's clock.
    pub begun: Timestamp,
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
pub fn settle(graph: &mut Graph<'_>, sender: &Sender, doubt: Doubt<'_>) -> Verdict {
    let trail = doubt.message_id.map(|message_id| Trail {
        message_id,
        begun: doubt.begun,
    });
    if let Some(id) = doubt.draft {
        return settle_draft(graph, sender, id, trail);
    }
    match trail.and_then(|trail| trail.find_in(Folder::SentItems, graph, sender)) {
        Some(found) if !found.is_empty() => Verdict::Sent,
        Some(_) => Verdict::Unseen,
        None => Verdict::Unclear,
    }
}

/// Deletes the drafts of that Message-ID that were made since `begun`, by a run that ended before it
/// could note their ids; those that could not be deleted. Nothing where the mailbox cannot be asked.
pub fn sweep(
    graph: &mut Graph<'_>,
    sender: &Sender,
    message_id: &str,
    begun: Timestamp,
) -> Option<Vec<DraftId>> {
    let trail = Trail { message_id, begun };
    let mut found = trail.find_in(Folder::Drafts, graph, sender)?;
    found.retain(|id| draft::delete(graph, sender, id).is_err());
    Some(found)
}

/// What became of a draft that may have been sent; one that was not is deleted, which no later send
/// survives.
pub(super) fn settle_draft(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    trail: Option<Trail<'_>>,
) -> Verdict {
    match lookup::watch(graph, sender, id) {
        Sight::Sent => return Verdict::Sent,
        Sight::Unclear => return Verdict::Unclear,
        Sight::Unsent => {}
    }
    let Ok(deleted) = draft::delete(graph, sender, id) else {
        return Verdict::Unclear;
    };
    // It may have left between the last look and the deletion. What then lies in Deleted Items
    // is its copy, and no draft.
    let left = matches!(draft::is_draft(graph, sender, id), Ok(false));
    match trail.and_then(|trail| trail.find_in(Folder::SentItems, graph, sender)) {
        Some(found) if !found.is_empty() => Verdict::Sent,
        Some(_) if deleted && !left => Verdict::Unsent,
        Some(_) => Verdict::Unseen,
        None => Verdict::Unclear,
    }
}
