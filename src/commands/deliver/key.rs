//! What an idempotency key lets be done.

use super::order::{Done, Order};
use crate::commands::error::DeliveryError;
use crate::commands::report::Result;
use crate::commands::{Context, session};
use crate::graph::{self, Doubt, Trail, Verdict};
use crate::outbox::{Begun, Key, KeyState, Keys, State};

/// What an idempotency key lets be done.
pub(super) enum Taken {
    /// The message may be sent.
    Free(Key),
    /// There is nothing more to do.
    Done(Done),
}

/// Takes a key, which is asked for in the mailbox where a message may have been sent under it.
pub(super) fn take(
    text: &str,
    keys: &Keys<'_>,
    order: &Order<'_>,
    context: &Context<'_>,
) -> Result<Taken> {
    keys.prune(context.settings.file()?.outbox.key_age())?;
    let account = order.letter.account;
    let (mut key, known) = match keys.begin(account, text)? {
        Begun::Free(key) => return Ok(Taken::Free(key)),
        Begun::Sent(at) => return Ok(Taken::Done(Done::Duplicate(at))),
        Begun::Held => return Err(DeliveryError::KeyHeld.into()),
        Begun::Kept(id, State::Doubtful) => return Err(DeliveryError::KeptDoubtful(id).into()),
        Begun::Kept(id, _) => {
            return Ok(Taken::Done(Done::Kept {
                id,
                not_before: None,
                why: None,
                hint: None,
            }));
        }
        Begun::Perhaps(key, known) => (key, known),
    };
    let at = context.seams.now();
    let verdict = match &known {
        KeyState::Sending {
            begun,
            message_id,
            draft,
        } => {
            let draft = draft.as_ref().and_then(|draft| draft.parse().ok());
            let doubt = Doubt {
                trail: message_id.as_deref().map(|message_id| Trail {
                    message_id,
                    recipients: order.letter.submission.recipients(),
                    begun: *begun,
                }),
                draft: draft.as_ref(),
            };
            session::with_graph(order.account, context, |graph| {
                graph::settle(graph, order.letter.sender, doubt)
            })?
        }
        KeyState::Kept { .. } | KeyState::Sent => Verdict::Unclear,
    };
    match verdict {
        Verdict::Sent => {
            key.note(KeyState::Sent)?;
            Ok(Taken::Done(Done::Duplicate(at)))
        }
        Verdict::Unsent => Ok(Taken::Free(key)),
        Verdict::Unseen | Verdict::Unclear => Err(DeliveryError::KeyInDoubt.into()),
    }
}
