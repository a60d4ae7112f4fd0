//! A merge that is killed at any moment, while the service fails at random.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use graphmail::seams::{Seams as _, System};

use crate::support::process::{Bounded as _, rounds, until};
use crate::support::program::Place;

/// What became of the rows.
#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    /// Runs that the kill has ended.
    killed: usize,
    faults: usize,
    sent_once: usize,
    doubtful: usize,
    /// Doubtful rows that were sent.
    doubtful_sent: usize,
}

fn chance(below: usize) -> usize {
    let mut bytes = [0; 8];
    System.random(&mut bytes);
    usize::from_le_bytes(bytes) % below
}

/// A fault of the next requests: refused, lost or never answered, taken or not.
fn fault(place: &Place) {
    let all = [
        "429,retry-after=1",
        "503,retry-after=1",
        "503",
        "504,process=yes",
        "504",
        "reset-before",
        "reset-after",
        "stall-before",
        "stall-after",
    ];
    let action = all[chance(all.len())];
    place.fault(&format!("POST /me/sendMail={action},after={}", chance(8)));
}

fn merge(rows: usize, kills: usize) -> Figures {
    let place = Place::new();
    place.configure("[outbox]\nper_minute = 60000\n");
    let mut people = "email,number\n".to_owned();
    for row in 1..=rows {
        let _ = writeln!(people, "p{row}@example.org,{row}");
    }
    drop(place.file("people.csv", &people));
    // Waits for the service are waits of this test.
    let line = "--timeout 1 --max-wait 2 merge --data people.csv -t '{{ email }}' -s '{{ number }}' --body B \
                --journal journal --report report.csv --yes";
    let mut figures = Figures::default();
    for kill in 0..kills {
        // A run may end before it is killed: all its rows are done, or the mailbox is throttled.
        let process = place.command(line).start();
        let enough = place.sandbox().accepted().len() + 1 + chance(2 * rows / kills);
        for _ in 0..3 {
            fault(&place);
            figures.faults += 1;
        }
        until("messages are sent", || {
            place.sandbox().accepted().len() >= enough || !process.runs()
        });
        let (last, rest) = (Instant::now(), Duration::from_micros(chance(20_000) as u64));
        while last.elapsed() < rest {
            std::thread::yield_now();
        }
        figures.runs += 1;
        let ended = process.kill();
        figures.killed += usize::from(ended.status.code().is_none());
        assert!(
            ended
                .status
                .code()
                .is_none_or(|code| matches!(code, 0 | 75 | 76)),
            "{kill}: {ended:?}"
        );
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    // The faults that are left may end some more runs.
    let doubtful = loop {
        figures.runs += 1;
        let ended = place.run(line);
        let report = std::fs::read_to_string(place.home().join("report.csv")).unwrap();
        let states: BTreeMap<String, String> = report
            .lines()
            .skip(1)
            .map(|line| {
                let mut fields = line.split(',');
                let (row, status) = (fields.next().unwrap(), fields.nth(1).unwrap());
                (row.to_owned(), status.to_owned())
            })
            .collect();
        match ended.status.code() {
            Some(0 | 76) if states.len() == rows && !states.values().any(|it| it == "unsent") => {
                break states;
            }
            Some(75 | 76) => assert!(figures.runs < kills + 100, "{ended:?}"),
            code => panic!("{code:?} {ended:?}"),
        }
    };
    for message in place.sandbox().accepted() {
        *counts.entry(message.subject).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for row in 1..=rows {
        let is_sent = counts.contains_key(&row.to_string());
        match doubtful[&row.to_string()].as_str() {
            "doubtful" => {
                figures.doubtful += 1;
                figures.doubtful_sent += usize::from(is_sent);
            }
            status => {
                assert!(
                    is_sent && matches!(status, "sent" | "sent-before"),
                    "row {row} {status} {is_sent}"
                );
                figures.sent_once += 1;
            }
        }
    }
    assert_eq!(figures.sent_once + figures.doubtful, rows, "{figures:?}");
    figures
}

#[test]
fn every_row_is_sent_once_or_doubtful() {
    let figures = merge(60, 3);
    assert!(figures.sent_once > 0, "{figures:?}");
}

/// `GRAPHMAIL_ROUNDS` rows, a thousand by default, and a kill for each fifty.
#[test]
#[ignore = "a thousand rows and twenty kills take their time: .ci/run"]
fn a_thousand_rows_and_twenty_kills() {
    let rows = rounds();
    let figures = merge(rows, rows.div_ceil(50));
    #[expect(clippy::print_stderr, reason = "the figures of the run")]
    {
        eprintln!("{rows} rows: {figures:?}");
    }
}
