//! A run is ended at each of its steps, as by a power cut, and the next run continues.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::support::expected;

use super::{MERGE, accepted, world};

fn cut_everywhere(line: &str) -> String {
    let mut table = String::new();
    for step in 1.. {
        let world = world();
        drop(world.file("large.bin", vec![b'x'; 3_200_000]));
        world.steps.end_at(step);
        let run = catch_unwind(AssertUnwindSafe(|| world.run(line)));
        let reached = world.steps.reached_so_far();
        world.steps.end_at(0);
        if run.is_ok() {
            return table;
        }
        let before = accepted(&world).len();
        let next = world.run(&format!("--json {line}"));
        let result = next.json();
        let counts = ["sent", "sent_before", "doubtful"].map(|name| result[name].as_u64().unwrap());
        let [sent, sent_before, doubtful] = counts;
        let _ = writeln!(
            table,
            "{step:2} {}: accepted {before}; next run: exit {}, sent {sent}, sent before {sent_before}, \
             doubtful {doubtful}, drafts {}",
            reached.last().unwrap(),
            next.status,
            world.sandbox().drafts().len(),
        );
        let mut all = accepted(&world);
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count, "{table}doubled");
        assert_eq!(sent + sent_before + doubtful, 3, "{table}lost");
        assert!(count as u64 + doubtful >= 3, "{table}lost");
    }
    table
}

#[test]
fn a_merge() {
    expected::compare("merge/crash.txt", cut_everywhere(MERGE));
}

#[test]
fn a_merge_of_large_messages() {
    let line = format!("{MERGE} --attach HOME/large.bin");
    expected::compare("merge/crash-large.txt", cut_everywhere(&line));
}
