//! Every request of each route × every fault × every way to send: what the caller is told, what was sent, and
//! what a later flush makes of it.

use std::fmt::Write as _;

use super::{later, states};
use crate::support::expected;
use crate::support::host::World;

/// How a request can fail. The mailbox is well again for the next request.
const FAULTS: &[&str] = &[
    "200,process=yes",
    "garbage",
    "307",
    "400",
    "401",
    "403,code=ErrorAccessDenied",
    "404",
    "408",
    "409",
    "413,body=empty",
    "423",
    "425",
    "429",
    "429,retry-after=600",
    "451",
    "500",
    "500,process=yes",
    "501",
    "502",
    "503",
    "503,retry-after=600",
    "504",
    "504,process=yes",
    "507",
    "509",
    "599",
    "reset-before",
    "reset-after",
    "stall-before",
    "stall-after",
];

/// The faults of the requests before a draft is sent: one of each kind of [`FAULTS`].
const EARLY_FAULTS: &[&str] = &[
    "200,process=yes",
    "garbage",
    "400",
    "401",
    "404",
    "429",
    "429,retry-after=600",
    "500,process=yes",
    "504",
    "507",
    "reset-before",
    "reset-after",
    "stall-after",
];

/// How a message is sent in one request. The message is standard input, except of `flush`.
const WAYS: &[(&str, &str)] = &[
    ("never", "send --mime - --queue never"),
    ("key", "send --mime - --queue never --idempotency-key k"),
    ("on-failure", "send --mime - --queue on-failure"),
    ("always", "send --mime - --queue always"),
    ("sendmail", "sendmail a@example.org"),
    ("-bs", "sendmail -bs"),
    ("flush", "outbox flush"),
];

/// How a message is sent as a draft. The other ways differ only in what follows an attempt, which
/// `decide.txt` enumerates; each run takes a large part of a second.
const DRAFT_WAYS: &[(&str, &str)] = &[
    (
        "on-failure",
        "send -t a@example.org -a HOME/large.bin -a HOME/small.bin --queue on-failure",
    ),
    ("flush", "outbox flush"),
];

/// The requests of a test with their faults, its ways, and the message on standard input.
struct Routes<'a> {
    requests: &'a [(&'a str, &'a [&'a str])],
    ways: &'a [(&'a str, &'a str)],
    message: &'a str,
}

/// What became of the runs.
#[derive(Debug, Default)]
struct Count {
    runs: usize,
    sent_once: usize,
    not_sent_and_reported: usize,
    doubtful_and_reported: usize,
}

/// One run: what is shown of it.
fn row(fault: &str, way: &str, line: &str, message: &str, count: &mut Count) -> String {
    let mut world = World::ready();
    // Only what waits in vain needs a short time limit: a busy host is slow to answer.
    if fault.contains("stall") {
        world.set("GRAPHMAIL_TIMEOUT", "400ms");
    }
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    drop(world.file("small.bin", "x"));
    if way == "flush" {
        let keep = match message {
            "" => {
                world.fault("POST /me/messages=429,retry-after=600");
                "send -t a@example.org -a HOME/large.bin -a HOME/small.bin --queue always"
            }
            _ => "sendmail -odq a@example.org",
        };
        let kept = world.run_with(keep, message);
        assert_eq!(kept.status, 0, "{kept:?}");
        later(&world, 11);
    }
    world.fault(fault);
    let stdin = match way {
        "flush" => String::new(),
        "-bs" => format!("HELO x\nMAIL FROM:<>\nRCPT TO:<a@example.org>\nDATA\n{message}.\nQUIT\n"),
        _ => message.to_owned(),
    };
    let run = world.run_with(line, stdin);
    let status = match way {
        "-bs" => {
            let reply = run.stdout.lines().rev().nth(1).unwrap_or_default();
            reply.get(..3).unwrap_or_default().to_owned()
        }
        _ => run.status.to_string(),
    };
    let (sent, kept) = (world.sandbox().accepted().len(), states(&world));
    later(&world, 11);
    drop(world.run("outbox flush"));
    let (later, left) = (world.sandbox().accepted().len(), states(&world));
    // Asked with a token that was refused once.
    drop(world.complaints());

    let shown = format!("{status} sent {sent} {kept:?}, then sent {later} {left:?}");
    let case = format!("{fault} by {way}: {shown}: {run:?}");
    assert!(later <= 1, "sent twice: {case}");
    assert_ne!(status, "70", "{case}");
    let is_kept = |state: &str| kept.iter().any(|kept| kept == state);
    match status.as_str() {
        // Nobody else has the message.
        _ if way == "flush" => assert!(later == 1 || !left.is_empty(), "lost: {case}"),
        "250" if is_kept("doubtful") => {}
        "0" | "250" => assert!(sent == 1 || is_kept("new"), "lost: {case}"),
        // The caller sends it again.
        "75" | "451" | "73" => assert!(later == 0 && kept.is_empty(), "two: {case}"),
        "76" => {}
        "554" if is_kept("doubtful") => {}
        _ => assert!(sent == 0 && !is_kept("new"), "{case}"),
    }
    assert!(!left.iter().any(|state| state == "busy"), "{case}");
    count.runs += 1;
    count.sent_once += usize::from(later == 1);
    let is_doubtful = later == 0 && (status == "76" || is_kept("doubtful"));
    count.doubtful_and_reported += usize::from(is_doubtful);
    count.not_sent_and_reported += usize::from(later == 0 && !is_doubtful);
    shown
}

/// Compares all runs with the expected table.
fn compare(file: &str, routes: &Routes<'_>) {
    let mut table = String::new();
    let mut count = Count::default();
    for (request, faults) in routes.requests {
        for fault in *faults {
            let _ = writeln!(table, "{request}={fault}");
            for (way, line) in routes.ways {
                let fault = format!("{request}={fault}");
                let row = row(&fault, way, line, routes.message, &mut count);
                let _ = writeln!(table, "  {way:10} {row}");
            }
        }
    }
    let _ = writeln!(table, "{count:?}");
    expected::compare(file, table);
}

#[test]
fn each_fault_of_one_request_by_each_way() {
    let routes = Routes {
        requests: &[("POST /me/sendMail", FAULTS)],
        ways: WAYS,
        message: "From: you@sandbox.example\nTo: a@example.org\nMessage-ID: <mine@example.org>\n\nB\n",
    };
    compare("outbox/routes.txt", &routes);
}

#[test]
#[ignore = "many large messages: .ci/run"]
fn each_fault_of_each_request_of_a_draft_by_each_way() {
    let routes = Routes {
        requests: &[
            ("POST /me/messages", EARLY_FAULTS),
            ("POST /me/messages/*/attachments", EARLY_FAULTS),
            (
                "POST /me/messages/*/attachments/createUploadSession",
                EARLY_FAULTS,
            ),
            ("PUT /upload/*", EARLY_FAULTS),
            ("POST /me/messages/*/send", FAULTS),
        ],
        ways: DRAFT_WAYS,
        message: "",
    };
    compare("outbox/routes-draft.txt", &routes);
}
