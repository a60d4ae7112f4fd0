//! What an idempotency key allows.

use super::{Delivered, Route, Undelivered};
use crate::graph::{self, SentSearch, UncertainSend, Verdict};
use crate::outbox::{Begun, Entry, Key, KeyState, Keys, State};

/// Takes the key `text` of a new message, or says what became of the message that has it. If that may have
/// been sent, the mailbox is asked.
pub(super) fn take(
    text: &str,
    keys: &Keys<'_>,
    entry: &Entry,
    route: &mut Route<'_, '_>,
) -> Result<Result<Key, Delivered>, Undelivered> {
    let (mut key, known) = match keys.begin(&entry.account, text)? {
        Begun::Free(key) => return Ok(Ok(key)),
        Begun::Sent(at) => return Ok(Err(Delivered::Duplicate(at))),
        Begun::Held => return Err(Undelivered::KeyHeld),
        Begun::Kept(id, State::Doubtful) => return Err(Undelivered::KeptDoubtful(id)),
        Begun::Kept(id, _) => {
            return Ok(Err(Delivered::Kept {
                id,
                not_before: None,
                error: None,
            }));
        }
        Begun::Perhaps(key, known) => (key, known),
    };
    let at = route.graph.link.seams.now();
    match ask(&known, entry, route) {
        Verdict::Sent => {
            key.note(KeyState::Sent)?;
            Ok(Err(Delivered::Duplicate(at)))
        }
        Verdict::Unsent => Ok(Ok(key)),
        Verdict::Unseen | Verdict::Unclear => Err(Undelivered::KeyInDoubt),
    }
}

/// Asks the mailbox whether the message was sent that was tried under a key.
fn ask(known: &KeyState, entry: &Entry, route: &mut Route<'_, '_>) -> Verdict {
    let KeyState::Sending {
        begun,
        message_id,
        draft,
    } = known
    else {
        return Verdict::Unclear;
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
