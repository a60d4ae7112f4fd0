//! Finds out from the mailbox whether several messages were sent. They share one clock.

use super::lookup::{Folder, LOOKS};
use super::settle::{UncertainSend, Verdict, discard_unsent, settle};
use super::{Graph, Sender, draft};

/// What one look shows.
enum Look {
    Settled(Verdict),
    /// It is still a draft, and may leave.
    Draft,
    /// It may still become visible.
    Open,
}

/// As [`settle`] for each message; the waits, half a minute in total, are those of all. Before the first wait,
/// `waits` is called with the number of messages that it is for. `settled` is called once for each message, with its
/// place; without a verdict, the message is still in Drafts, and the time was too short to see whether it leaves.
pub fn settle_all(
    graph: &mut Graph<'_>,
    sender: &Sender,
    uncertain: &[UncertainSend<'_>],
    waits: &mut dyn FnMut(usize),
    settled: &mut dyn FnMut(usize, Option<Verdict>),
) {
    let places = uncertain.iter().enumerate();
    let mut open: Vec<_> = places.map(|(at, one)| (at, *one, false)).collect();
    for (round, pause) in LOOKS.into_iter().enumerate() {
        if open.is_empty() {
            return;
        }
        if round == 1 {
            waits(open.len());
        }
        if !graph
            .link
            .wait(pause, "the messages are not in Sent Items yet")
        {
            break;
        }
        let is_last = round + 1 == LOOKS.len();
        open.retain_mut(
            |(at, one, is_draft)| match look(graph, sender, *one, is_last) {
                Look::Settled(verdict) => {
                    settled(*at, Some(verdict));
                    false
                }
                undecided => {
                    *is_draft = matches!(undecided, Look::Draft);
                    true
                }
            },
        );
    }
    for (at, _, is_draft) in open {
        settled(at, (!is_draft).then_some(Verdict::Unclear(None)));
    }
}

fn look(
    graph: &mut Graph<'_>,
    sender: &Sender,
    uncertain: UncertainSend<'_>,
    is_last: bool,
) -> Look {
    let Some(id) = uncertain.draft else {
        return Look::Settled(settle(graph, sender, uncertain));
    };
    match draft::is_draft(graph, sender, id) {
        Ok(false) => return Look::Settled(Verdict::Sent),
        Ok(true) if is_last => {
            let verdict = discard_unsent(graph, sender, id, uncertain.search);
            return Look::Settled(verdict);
        }
        Ok(true) => return Look::Draft,
        Err(error) if error.is_gone() => {}
        Err(error) if is_last || error.is_denied() || error.is_held() => {
            return Look::Settled(Verdict::Unclear(Some(error)));
        }
        Err(_) => return Look::Open,
    }
    let Some(search) = uncertain.search else {
        return Look::Settled(Verdict::Unclear(None));
    };
    match search.find_in(Folder::SentItems, graph, sender) {
        Ok(found) if !found.is_empty() => Look::Settled(Verdict::Sent),
        Ok(_) if is_last => Look::Settled(Verdict::Unseen),
        Err(error) if is_last || error.is_denied() || error.is_held() => {
            Look::Settled(Verdict::Unclear(Some(error)))
        }
        Ok(_) | Err(_) => Look::Open,
    }
}
