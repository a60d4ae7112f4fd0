//! Checks the idempotency key of a new message.

use super::{Delivered, Route, Undelivered, Warning};
use crate::graph::{self, SentSearch, UncertainSend, Verdict};
use crate::outbox::{Entry, Key, KeyLookup, KeyState, Keys, State};

/// Takes the key `text` for a new message. If a message with the key exists, returns what became of it. If
/// that message may have been sent, the mailbox is searched for it.
pub(super) fn take<'k>(
    text: &str,
    keys: &Keys<'k>,
    entry: &Entry,
    route: &mut Route<'_, '_>,
) -> Result<Result<Key<'k>, Delivered>, Undelivered> {
    let (mut key, known) = match keys.look_up(&entry.account, text)? {
        KeyLookup::Free(key) => {
            let damaged = key.damaged_journal().map(Warning::DamagedJournal);
            route.warnings.extend(damaged);
            return Ok(Ok(key));
        }
        KeyLookup::Sent(at) => return Ok(Err(Delivered::Duplicate(at))),
        KeyLookup::Held => return Err(Undelivered::KeyHeld),
        KeyLookup::Kept(id, State::Doubtful) => return Err(Undelivered::KeptDoubtful(id)),
        KeyLookup::Kept(id, _) => {
            return Ok(Err(Delivered::Kept {
                id,
                not_before: None,
                error: None,
            }));
        }
        KeyLookup::Uncertain(key, known) => (key, known),
    };
    let at = route.graph.link.seams.now();
    match search(&known, entry, route) {
        Verdict::Sent => {
            key.set_state(KeyState::Sent)?;
            Ok(Err(Delivered::Duplicate(at)))
        }
        Verdict::Unsent => Ok(Ok(key)),
        Verdict::Unseen | Verdict::Unclear(_) => Err(Undelivered::KeyInDoubt),
    }
}

/// Searches the mailbox for the message that was tried with the key.
fn search(known: &KeyState, entry: &Entry, route: &mut Route<'_, '_>) -> Verdict {
    let KeyState::Sending {
        begun,
        message_id,
        draft,
    } = known
    else {
        return Verdict::Unclear(None);
    };
    let draft = draft.as_ref().and_then(|draft| draft.parse().ok());
    let uncertain = UncertainSend {
        search: message_id.as_deref().map(|message_id| SentSearch {
            message_id,
            recipients: &entry.to,
            begun: *begun,
        }),
        draft: draft.as_ref(),
    };
    graph::settle(route.graph, route.sender, uncertain)
}
