//! The real program, many at once and killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use graphmail::cloud::Cloud;
use graphmail::outbox::{Entry, EntryId, Outbox, State};
use graphmail::seams::{Seams as _, System};
use graphmail::submission::{Format, Submission};
use serde_json::json;

use crate::support::process::{Bounded as _, Process, rounds};
use crate::support::program::{Place, text};

/// A place whose rate holds nobody up.
fn place() -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.home().join(".config/graphmail")).unwrap();
    drop(place.file(
        ".config/graphmail/config.toml",
        "[outbox]\nper_minute = 60000\nconcurrency = 16\n",
    ));
    place
}

fn root(place: &Place) -> PathBuf {
    place.home().join(".local/state/graphmail/outbox")
}

/// Keeps so many messages, each with a subject of its own, without sending them.
fn keep(place: &Place, count: usize) {
    let root = root(place);
    let outbox = Outbox::open(&root, &System).unwrap();
    let cloud = Cloud::national("global").unwrap();
    let cloud = cloud.with_graph(&place.sandbox().graph_url()).unwrap();
    for number in 0..count {
        let subject = number.to_string();
        let message_id = format!("<{number}@example.org>");
        let body = json!({"message": {
            "subject": subject,
            "body": {"contentType": "text", "content": "B"},
            "toRecipients": [{"emailAddress": {"address": "a@example.org"}}],
            "internetMessageId": message_id,
        }});
        let submission = Submission::Direct {
            format: Format::Json,
            body: body.to_string().into(),
            message_id: Some(message_id),
            recipients: vec!["a@example.org".to_owned()],
        };
        let place = (None, cloud.graph());
        let entry = Entry {
            subject,
            ..Entry::new("environment", place, &submission, System.now())
        };
        let id = EntryId::new(&System);
        drop(outbox.put(id, entry, &submission, State::New).unwrap());
    }
}

/// How often each subject arrived.
fn arrived(place: &Place) -> BTreeMap<String, usize> {
    let mut arrived = BTreeMap::new();
    for message in place.sandbox().accepted() {
        let subject = message.resource["subject"].as_str().unwrap().to_owned();
        *arrived.entry(subject).or_default() += 1;
    }
    arrived
}

/// The subjects of what is kept, with their states.
fn kept(place: &Place) -> BTreeMap<String, State> {
    let root = root(place);
    let outbox = Outbox::open(&root, &System).unwrap();
    let listed = outbox.list().unwrap().into_iter();
    listed
        .map(|listed| (listed.entry.unwrap().subject, listed.state))
        .collect()
}

fn flush_all(messages: usize, processes: usize) {
    let place = place();
    keep(&place, messages);
    let children: Vec<Process> = (0..processes)
        .map(|_| place.command("outbox flush").start())
        .collect();
    for child in children {
        let output = child.output();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    }
    let expected: BTreeMap<_, _> = (0..messages)
        .map(|number| (number.to_string(), 1))
        .collect();
    assert_eq!(arrived(&place), expected);
    assert_eq!(kept(&place), BTreeMap::new());
    assert_eq!(place.sandbox().complaints(), [""; 0]);
}

#[test]
fn many_flush_at_once_and_each_message_goes_once() {
    flush_all(100, 8);
}

#[test]
#[ignore = "a thousand messages take their time: .ci/run"]
fn a_thousand_messages_and_sixteen_processes() {
    flush_all(1000, 16);
}

#[test]
fn a_message_in_the_hands_of_a_process_is_left_alone() {
    let place = place();
    keep(&place, 1);
    place.fault("POST /me/sendMail=stall-before");
    let child = place.command("outbox flush").start();
    place.wait_for_requests(1);
    assert_eq!(kept(&place)["0"], State::Busy);
    let output = place.run("outbox flush");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let id = std::fs::read_dir(root(&place).join("busy")).unwrap().next();
    let id = id.unwrap().unwrap().path();
    let id = id.file_stem().unwrap().to_str().unwrap();
    let output = place.run(&format!("outbox drop {id}"));
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(75),
            &*format!("graphmail: error: another process is sending {id}\n")
        )
    );
    drop(child.kill());
    assert_eq!(kept(&place)["0"], State::Doubtful);
    let output = place.run("outbox flush");
    assert_eq!(output.status.code(), Some(76), "{output:?}");
    assert_eq!(arrived(&place), BTreeMap::new());
}

#[test]
fn no_more_send_at_once_than_may() {
    let place = place();
    drop(place.file(
        ".config/graphmail/config.toml",
        "[outbox]\nconcurrency = 1\n",
    ));
    place.fault("POST /me/sendMail=stall-before");
    let child = place.command("send -t a@example.org").start();
    place.wait_for_requests(1);
    let output = place.run("send -t a@example.org --max-wait 0");
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(75),
            "graphmail: error: the message was not sent: the send limit of this host for the mailbox is reached for now\n\
             hint: it is safe to run it again\n"
        )
    );
    drop(child.kill());
    let output = place.run("send -t a@example.org --max-wait 0");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_key_that_another_process_sends_under_is_held() {
    let place = place();
    let line = "send -t a@example.org --body B --idempotency-key k";
    place.fault("POST /me/sendMail=stall-before");
    let child = place.command(line).start();
    place.wait_for_requests(1);
    let output = place.run(line);
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(75),
            "graphmail: error: the message was not sent: another process is sending one with this idempotency key\n\
             hint: it is safe to run it again\n"
        )
    );
    drop(child.kill());
    assert_eq!(place.run(line).status.code(), Some(76));
}

/// What becomes of messages whose processes are killed.
#[derive(Debug, Default)]
struct Killed {
    rounds: usize,
    /// Processes that ended before they were killed.
    ended: usize,
    /// Messages that were in the outbox or sent when their process was killed.
    begun: usize,
    sent_once: usize,
    doubtful: usize,
}

/// Kills sends and flushes at random moments. Every message that was once in the outbox is sent once in the
/// end, or is doubtful and reported.
fn kill(rounds: usize, lines: &[&str]) -> Killed {
    let place = place();
    drop(place.file("large.bin", &"x".repeat(3_200_000)));
    let mut killed = Killed::default();
    let mut seen = BTreeSet::new();
    // A busy host takes longer for each step: the moments are spread over two whole runs.
    let mut spans = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let born = Instant::now();
        let line = line.replace("ROUND", &format!("whole-{number}"));
        drop(place.run(&line));
        spans.push(born.elapsed() * 2);
    }
    for round in 0..rounds {
        let kind = round % lines.len();
        let line = lines[kind].replace("ROUND", &round.to_string());
        let child = place.command(&line).start();
        let mut chance = [0; 2];
        System.random(&mut chance);
        let life = spans[kind] * u32::from(u16::from_le_bytes(chance)) / u32::from(u16::MAX);
        let born = Instant::now();
        while born.elapsed() < life && child.runs() {
            std::thread::yield_now();
        }
        killed.ended += usize::from(!child.runs());
        drop(child.kill());
        seen.extend(kept(&place).into_keys());
        seen.extend(arrived(&place).into_keys());
    }
    // A flush finds out, in its time, which drafts were not sent. Another one sends them.
    let output = (0..10)
        .map(|_| place.run("outbox flush --all"))
        .find(|_| kept(&place).values().all(|state| *state == State::Doubtful));
    let output = output.expect("every message is sent or doubtful after some flushes");
    let (arrived, kept) = (arrived(&place), kept(&place));
    let doubled: Vec<_> = arrived.iter().filter(|(_, count)| **count > 1).collect();
    assert_eq!(doubled, [], "seed: none, the moments are left to chance");
    let lost: Vec<_> = seen
        .iter()
        .filter(|subject| !arrived.contains_key(*subject) && !kept.contains_key(*subject))
        .collect();
    assert_eq!(lost, [""; 0]);
    let doubtful = kept.values().filter(|state| **state == State::Doubtful);
    assert_eq!(doubtful.count(), kept.len(), "{kept:?}: {output:?}");
    let both = kept.keys().filter(|subject| arrived.contains_key(*subject));
    assert_eq!(both.collect::<Vec<_>>(), [""; 0], "what arrived is settled");
    let expected = if kept.is_empty() { 0 } else { 76 };
    assert_eq!(output.status.code(), Some(expected), "{output:?}");
    assert_eq!(text(&output.stderr).lines().count(), kept.len());
    assert_eq!(place.sandbox().complaints(), [""; 0]);
    killed.rounds = rounds;
    killed.begun = seen.len();
    killed.sent_once = arrived.len();
    killed.doubtful = kept.len();
    killed
}

const SEND: &str =
    "send -t a@example.org -s ROUND --message-id '<ROUND@example.org>' --queue always";

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_doubled() {
    let killed = kill(200, &[SEND, SEND, SEND, "outbox flush"]);
    assert!(
        killed.sent_once > 10 && killed.begun > 50,
        "the moments are too early: {killed:?}"
    );
}

#[test]
#[ignore = "a thousand processes take their time: .ci/run"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn a_thousand_killed_processes() {
    let large = format!("{SEND} --attach large.bin");
    let flush = "outbox flush";
    // Few are large: whether a draft was sent is only known after some seconds.
    let mut lines = [SEND, SEND, SEND, flush].repeat(10);
    if let Some(line) = lines.first_mut() {
        *line = &large;
    }
    let rounds = rounds();
    let killed = kill(rounds, &lines);
    println!("{killed:?}");
    let is_random = killed.sent_once > rounds / 10 && killed.begun > rounds / 5;
    assert!(is_random, "{killed:?}");
}
