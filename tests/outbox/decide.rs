//! What follows an attempt: every outcome times every queue mode times with and without a key.

use std::fmt::Write as _;
use std::io;

use graphmail::delivery::{Error, Outcome, decide};
use graphmail::graph::{self, Receipt};
use graphmail::outbox::Queue;

use crate::support::expected;

fn outcomes() -> Vec<(&'static str, Outcome)> {
    let at: jiff::Timestamp = "2026-11-20T11:00:00Z".parse().unwrap();
    let refused = || Error::Graph(graph::Error::Contents(io::Error::other("refused")));
    let interrupted = || Error::Graph(graph::Error::Interrupted);
    let exhausted =
        |until, by_service| Outcome::Deferred(until, Error::Exhausted { until, by_service });
    let receipt = Receipt {
        request_id: None,
        client_request_id: String::new(),
        settled: false,
    };
    vec![
        ("accepted", Outcome::Accepted(receipt)),
        ("deferred", Outcome::Deferred(None, refused())),
        ("deferred until", Outcome::Deferred(Some(at), refused())),
        ("no turn", exhausted(None, false)),
        ("turn later", exhausted(Some(at), false)),
        ("throttled", exhausted(Some(at), true)),
        ("interrupted", Outcome::Deferred(None, interrupted())),
        ("rejected", Outcome::Rejected(refused())),
        ("unknown", Outcome::Unknown(refused())),
    ]
}

#[test]
fn outcomes_times_queue_modes_times_keys() {
    let mut table = String::new();
    for (name, outcome) in outcomes() {
        let _ = writeln!(table, "{name}");
        for queue in [Queue::Never, Queue::OnFailure, Queue::Always] {
            for has_key in [false, true] {
                let next = decide(&outcome, queue, has_key);
                let _ = writeln!(
                    table,
                    "  {:9}  {:6}  {:?}, key: {:?}{}",
                    format!("{queue:?}"),
                    if has_key { "key" } else { "no key" },
                    next.message,
                    next.key,
                    if next.warn_only { ", warn only" } else { "" },
                );
            }
        }
    }
    expected::compare("outbox/decide.txt", table);
}
