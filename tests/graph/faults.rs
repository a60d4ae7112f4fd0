//! Each fault in each step of a message that travels as a draft, and the end that it comes to.

use std::fmt::Write as _;
use std::time::Duration;

use graphmail::graph::{Error, Receipt, Remains};
use graphmail::http::RequestOutcome;
use graphmail::sandbox::Options;
use graphmail::submission::Submission;

use super::staged::{LARGE, World, bytes, message, upload};
use crate::support::expected;

/// A step: name, method, route, what the path has in it, and how many pass before the one that fails.
type Step = (&'static str, &'static str, &'static str, &'static str, u32);

const STEPS: [Step; 7] = [
    ("create", "POST", "/messages", "/messages", 0),
    (
        "attach",
        "POST",
        "/messages/*/attachments",
        "/attachments",
        0,
    ),
    (
        "session",
        "POST",
        "/messages/*/attachments/createUploadSession",
        "/createUploadSession",
        0,
    ),
    ("range 1", "PUT", "/upload/*", "/upload/", 0),
    ("range 2", "PUT", "/upload/*", "/upload/", 1),
    ("range 3", "PUT", "/upload/*", "/upload/", 2),
    ("send", "POST", "/messages/*/send", "/send", 0),
];

/// Every kind, but for answers that are not true: a refusal of what took effect all the same (401, 404,
/// 429), a 201 or 202 of what did not.
const FAULTS: [&str; 41] = [
    "400,code=BadRequest",
    "401",
    "401,times=99",
    "403,code=ErrorAccessDenied",
    "404,code=ErrorItemNotFound",
    "404,code=ErrorItemNotFound,times=99",
    "404,code=ResourceNotFound",
    "408",
    "408,process=yes",
    "409",
    "409,code=ErrorIrresolvableConflict",
    "410",
    "413",
    "416",
    "429",
    "429,retry-after=2",
    "429,retry-after=3600",
    "500",
    "500,process=yes",
    "500,process=yes,body=garbage",
    "500,body=empty",
    "500,times=99",
    "502",
    "503",
    "503,process=yes",
    "503,retry-after=3",
    "503,times=99",
    "504,process=yes",
    "507,code=ErrorQuotaExceeded",
    "302",
    "200",
    "200,process=yes",
    "201,process=yes",
    "204",
    "204,process=yes",
    "garbage",
    "garbage,process=yes",
    "reset-before",
    "reset-after",
    "reset-before,times=99",
    "reset-after,times=99",
];

const STALLS: [&str; 2] = ["stall-before", "stall-after"];

const SMALL: u64 = 1000;

fn large() -> Submission {
    message(vec![upload("small.bin", SMALL), upload("large.bin", LARGE)])
}

#[test]
fn every_fault_in_every_step_comes_to_a_known_end() {
    let submission = large();
    let table: String = std::thread::scope(|scope| {
        let submission = &submission;
        let rows = STEPS.map(|step| scope.spawn(move || rows(submission, step)));
        rows.map(|rows| rows.join().expect("a step")).concat()
    });
    compare("faults.txt", &table);
}

/// A line for each fault in that step.
fn rows(submission: &Submission, (step, method, route, path, after): Step) -> String {
    let mut table = String::new();
    for fault in FAULTS.into_iter().chain(STALLS) {
        let mut world = World::new(Options::default());
        let text = format!("{method} {}={fault},after={after}", full(route));
        world.sandbox.add_fault(text.parse().expect("a fault"));
        if STALLS.contains(&fault) {
            world.hurry(method, path, after);
        }
        let sent = world.send(submission, &mut ());
        let end = end(&world, &sent, &text);
        writeln!(table, "{step:8} {fault:36} {end}").expect("room");
    }
    table
}

/// Faults that meet in one run.
#[test]
fn faults_that_meet_come_to_a_known_end() {
    let submission = large();
    let mut table = String::new();
    for faults in [
        // What cannot be cleaned up is named.
        &[
            "POST /messages/*/send=403,code=ErrorSendAsDenied",
            "DELETE /messages/*=403,times=99",
        ][..],
        &[
            "PUT /upload/*=507",
            "DELETE /messages/*=reset-before,times=99",
        ],
        &[
            "POST /messages/*/attachments=reset-after",
            "DELETE /messages/*=503,times=99",
        ],
        &[
            "POST /messages/*/attachments=reset-after",
            "DELETE /messages/*=reset-after",
        ],
        &[
            "POST /messages=reset-after",
            "GET /mailFolders/*/messages=403",
        ],
        &["POST /messages=reset-after,times=3"],
        &["POST /messages=reset-after", "DELETE /messages/*=403"],
        // Nobody can tell.
        &[
            "POST /messages/*/send=reset-after",
            "GET /messages/*=403,times=99",
        ],
        &[
            "POST /messages/*/send=reset-before",
            "GET /messages/*=403,times=99",
        ],
        &[
            "POST /messages/*/send=reset-after",
            "GET /messages/*=garbage,times=99",
        ],
        &[
            "POST /messages/*/send=reset-before",
            "DELETE /messages/*=403",
        ],
        &[
            "POST /messages/*/send=reset-before",
            "GET /mailFolders/*/messages=403",
        ],
        // The mailbox is slow to tell.
        &[
            "POST /messages/*/send=reset-after",
            "GET /messages/*=503,times=2",
        ],
        // An attempt was refused, and was not.
        &["POST /messages/*/send=429,retry-after=1,process=yes"],
        &[
            "POST /messages/*/send=503,retry-after=1,process=yes",
            "GET /mailFolders/*/messages=500,times=2",
        ],
        &[
            "POST /messages/*/send=503,retry-after=1,process=yes",
            "GET /mailFolders/*/messages=403",
        ],
        // Sessions.
        &["PUT /upload/*=404,after=1,times=2"],
        &["PUT /upload/*=410,after=1,times=3"],
        &["PUT /upload/*=reset-after", "GET /upload/*=404"],
        &["PUT /upload/*=reset-after", "GET /upload/*=garbage"],
        &[
            "PUT /upload/*=reset-after,times=3",
            "GET /upload/*=500,times=2",
        ],
        &[
            "PUT /upload/*=reset-after,after=2",
            "GET /upload/*=500,times=99",
        ],
        &["PUT /upload/*=200,process=yes,body=garbage,times=3"],
    ] {
        let world = World::new(Options::default());
        for fault in faults {
            let fault = full(fault);
            world.sandbox.add_fault(fault.parse().expect("a fault"));
        }
        let text = faults.join(" + ");
        let sent = world.send(&submission, &mut ());
        let end = end(&world, &sent, &text);
        writeln!(table, "{text}\n    {end}").expect("room");
    }
    compare("faults-that-meet.txt", &table);
}

#[test]
fn without_patience_doubt_stays_doubt() {
    for fault in ["reset-before", "reset-after"] {
        let mut world = World::new(Options::default());
        world.max_wait = Duration::ZERO;
        let text = format!("POST /users/*/messages/*/send={fault}");
        world.sandbox.add_fault(text.parse().expect("a fault"));
        let sent = world.send(&large(), &mut ());
        let shown = match fault {
            "reset-before" => "unknown",
            _ => "sent: the mailbox tells",
        };
        assert!(end(&world, &sent, &text).starts_with(shown), "{fault}");
    }
}

/// The routes of `/me` are here those of the application's mailbox.
fn full(fault: &str) -> String {
    fault
        .replace("/messages/*", "/MESSAGE")
        .replace("/mailFolders/*/messages", "/FOLDER")
        .replace("/messages", "/users/*/messages")
        .replace("/MESSAGE", "/users/*/messages/*")
        .replace("/FOLDER", "/users/*/mailFolders/*/messages")
}

/// The end, in words, after it was compared with what the sandbox has.
fn end(world: &World, sent: &Result<Receipt, Error>, fault: &str) -> String {
    let (accepted, drafts) = (world.sandbox.accepted(), world.sandbox.drafts());
    assert_eq!(world.complaints(), Vec::<String>::new(), "{fault}");
    for accepted in &accepted {
        let contents: Vec<_> = accepted
            .attachments
            .iter()
            .map(|it| {
                (
                    it.name.as_str(),
                    it.contents.to_vec().expect("contents").into(),
                )
            })
            .collect();
        let wanted = [("small.bin", bytes(SMALL)), ("large.bin", bytes(LARGE))];
        assert!(contents == wanted, "{fault}: other attachments");
    }
    let requests = world.sandbox.exchanges().len();
    let (words, wanted, left) = match sent {
        Ok(receipt) if receipt.settled => ("sent: the mailbox tells".to_owned(), Some(1), None),
        Ok(_) => ("sent".to_owned(), Some(1), None),
        Err(error) => {
            let staged = error.staged().expect("a step");
            let left = match &staged.remains {
                Remains::Draft(id) => Some(id.as_str()),
                Remains::Nothing | Remains::Perhaps => None,
            };
            let (words, wanted) = match error.request_outcome() {
                RequestOutcome::Unknown => ("unknown", None),
                _ => ("not sent", Some(0)),
            };
            let mut text = error.to_string();
            if let Some(id) = left {
                assert!(text.contains(id), "{fault}: {text}");
                text = text.replace(id, "ID");
            }
            let host = world.sandbox.graph_url().replace("http://", "");
            let text = text.replace(&host, "HOST");
            let words = format!(
                "{words} ({}): {}",
                error.class().name(),
                without_port(&text)
            );
            (words, wanted, left)
        }
    };
    assert!(accepted.len() <= 1, "{fault}: sent twice");
    if let Some(wanted) = wanted {
        assert_eq!(accepted.len(), wanted, "{fault}: {words}");
    } else {
        assert!(left.is_some(), "{fault}: no draft is named: {words}");
    }
    let perhaps = matches!(sent, Err(error) if error.staged().is_some_and(|it| it.remains == Remains::Perhaps));
    let known = drafts.iter().all(|draft| left == Some(&draft.immutable_id));
    assert!(known || perhaps, "{fault}: a draft is left: {words}");
    let waits = world
        .clock
        .sleeps()
        .iter()
        .fold(0.0, |sum, wait| sum + wait);
    format!("{words} [{requests} requests, {waits:.0} s]")
}

/// The upload origin has a port that nobody knows beforehand.
fn without_port(text: &str) -> String {
    let mut shown = text.to_owned();
    while let Some(at) = shown.find("127.0.0.1:") {
        let digits = shown[at + 10..]
            .chars()
            .take_while(char::is_ascii_digit)
            .count();
        shown.replace_range(at..at + 10 + digits, "UPLOAD");
    }
    shown
}

/// Compares with the whole of `tests/data/graph/{name}`.
#[track_caller]
pub(super) fn compare(name: &str, found: &str) {
    expected::compare(&format!("graph/{name}"), found);
}
