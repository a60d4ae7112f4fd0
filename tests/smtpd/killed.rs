//! A service that is killed at any moment, under load.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use graphmail::seams::{Seams as _, System};

use super::{Service, arrived};
use crate::support::process::{rounds, until};
use crate::support::program::Place;

/// The clients of each round.
const CLIENTS: usize = 4;

/// A service is killed after this many messages at most.
const MESSAGES: u8 = 12;

/// The longest time from its last message to its end: it may be in any step of the next ones.
const REST: Duration = Duration::from_millis(20);

/// What becomes of messages whose service is killed.
#[derive(Debug, Default)]
struct Killed {
    rounds: usize,
    /// Messages that the service answered with 250.
    answered: usize,
    sent_once: usize,
    doubtful: usize,
    /// Messages that were sent, although the service was killed before it answered.
    sent_unanswered: usize,
}

/// Sends messages until the service is gone. `answered` gets the subjects of those that it has answered.
fn talk(address: &str, name: &str, answered: &Mutex<BTreeSet<String>>) -> io::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(address)?);
    let mut reply = |text: &str| -> io::Result<bool> {
        stream.get_mut().write_all(text.as_bytes())?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        Ok(line.starts_with('2') || line.starts_with('3'))
    };
    reply("")?;
    for number in 0.. {
        let subject = format!("{name}-{number}");
        let lines = [
            "MAIL FROM:<you@sandbox.example>\r\n",
            "RCPT TO:<a@example.org>\r\n",
            "DATA\r\n",
            &format!("Subject: {subject}\r\n\r\nB\r\n.\r\n"),
        ];
        for line in lines {
            if !reply(line)? {
                return Ok(());
            }
        }
        answered.lock().unwrap().insert(subject);
    }
    Ok(())
}

fn states(place: &Place) -> BTreeMap<String, String> {
    let listed = place.run("outbox list --json");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let entries = listed["entries"].as_array().unwrap().iter();
    let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    entries
        .map(|entry| (word(&entry["subject"]), word(&entry["state"])))
        .collect()
}

fn kill(rounds: usize) -> Killed {
    let place = Place::new();
    place.configure("[outbox]\nper_minute = 60000\nconcurrency = 16\n");
    let answered = Mutex::new(BTreeSet::new());
    for round in 0..rounds {
        let service = Service::start(&place, "");
        let mut chance = [0; 2];
        System.random(&mut chance);
        let enough = answered.lock().unwrap().len() + usize::from(chance[0] % MESSAGES);
        let rest = REST * u32::from(chance[1]) / u32::from(u8::MAX);
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (address, answered) = (service.address.clone(), &answered);
                scope.spawn(move || talk(&address, &format!("{round}-{client}"), answered));
            }
            until("messages are answered", || {
                answered.lock().unwrap().len() >= enough
            });
            let last = Instant::now();
            while last.elapsed() < rest {
                std::thread::yield_now();
            }
            drop(service.process.kill());
        });
    }
    let service = Service::start(&place, "");
    until("what is due is sent", || {
        let waits = |state: &String| state != "doubtful";
        !states(&place).values().any(waits)
    });
    drop(service.terminate());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for subject in arrived(&place) {
        *counts.entry(subject).or_default() += 1;
    }
    let doubled: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    let (states, answered) = (states(&place), answered.into_inner().unwrap());
    let lost = |subject: &&String| !counts.contains_key(*subject) && !states.contains_key(*subject);
    let lost: Vec<_> = answered.iter().filter(lost).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let sent = answered
        .iter()
        .filter(|subject| counts.contains_key(*subject))
        .count();
    Killed {
        rounds,
        answered: answered.len(),
        sent_once: sent,
        doubtful: answered.len() - sent,
        sent_unanswered: counts.len() - sent,
    }
}

#[test]
fn what_was_answered_is_sent_once_or_doubtful() {
    check(&kill(8));
}

fn check(killed: &Killed) {
    assert!(killed.answered > killed.rounds, "{killed:?}");
    assert_eq!(
        killed.sent_once + killed.doubtful,
        killed.answered,
        "{killed:?}"
    );
    assert!(
        killed.sent_unanswered <= killed.rounds * CLIENTS,
        "{killed:?}"
    );
}

#[test]
#[ignore = "a thousand services take their time: .ci/run"]
fn a_thousand_services_killed_at_any_moment() {
    let killed = kill(rounds());
    #[expect(clippy::print_stderr, reason = "the figures of the run")]
    {
        eprintln!("{killed:?}");
    }
    check(&killed);
}
