//! What may be repeated, end to end: through the real client, for every row of the table, the
//! requests that the service saw, how often it took the message, the waits, the words, the status.

use std::fmt::Write as _;
use std::net::TcpListener;

use graphmail::sandbox::Options;

use crate::support::expected;
use crate::support::host::{Run, World};

const SEND: &str = "send -t a@example.org -s S --body B --message-id '<mine@example.org>'";

/// The faults of `sendMail`, one after the other, and further flags.
const ROWS: &[(&[&str], &str)] = &[
    // 202, with or without Retry-After.
    (&[], ""),
    (&["202,process=yes"], ""),
    (&["202,retry-after=5,process=yes"], ""),
    // Another 2xx.
    (&["200,process=yes"], ""),
    (&["201"], ""),
    (&["204,process=yes"], ""),
    (&["garbage"], ""),
    (&["garbage,process=yes"], ""),
    // Refused before work began: 429, 503 with Retry-After.
    (&["429,retry-after=7"], ""),
    (&["429"], ""),
    (&["429,retry-after=0"], ""),
    (&["429,retry-after=30,times=2"], ""),
    (&["503,retry-after=2"], ""),
    (&["429,retry-after=7", "503,retry-after=2"], ""),
    (&["429,retry-after=120"], ""),
    (&["429,retry-after=120"], "--max-wait 2m"),
    (&["429,retry-after=30,times=3"], ""),
    (&["429,retry-after=1"], "--max-wait 0"),
    (&["503,retry-after=61"], ""),
    (&["429,times=20"], "--max-wait 1h"),
    // In doubt.
    (&["408"], ""),
    (&["500"], ""),
    (&["500,process=yes"], ""),
    (&["502"], ""),
    (&["503"], ""),
    (&["504,process=yes"], ""),
    (&["504,retry-after=1"], ""),
    (&["599"], ""),
    (&["reset-before"], ""),
    (&["reset-after"], ""),
    (&["stall-before"], "--timeout 100ms"),
    (&["stall-after"], "--timeout 100ms"),
    (&["429,retry-after=3", "reset-after"], ""),
    // A redirect.
    (&["301"], ""),
    (&["307"], ""),
    (&["308"], ""),
    // Another refusal.
    (&["400"], ""),
    (&["400,code=ErrorInvalidRecipients"], ""),
    (&["401"], ""),
    (&["402"], ""),
    (&["403,code=ErrorSendAsDenied"], ""),
    (&["403,code=ErrorAccessDenied"], ""),
    (&["403,code=ErrorMessageSubmissionBlocked"], ""),
    (&["403,code=ErrorQuotaExceeded"], ""),
    (&["404,code=ErrorInvalidUser"], ""),
    (&["404,code=MailboxNotEnabledForRESTAPI"], ""),
    (&["413,body=empty"], ""),
    (&["415"], ""),
    (&["400,body=garbage"], ""),
    (&["418"], ""),
    (&["501"], ""),
    (&["507"], ""),
];

#[test]
fn every_row_sends_what_it_allows_and_no_more() {
    let mut table = String::new();
    for (faults, flags) in ROWS {
        let world = World::ready();
        for fault in *faults {
            world.fault(&format!("POST /me/sendMail={fault}"));
        }
        let run = world.run(&format!("{SEND} {flags}"));
        let faults = match faults {
            [] => "no fault".to_owned(),
            faults => faults.join(" + "),
        };
        let _ = writeln!(table, "{}", format!("{faults} {flags}").trim_end());
        table += &told(&world, &run);
    }
    expected::compare("outcomes/send.txt", table);
}

/// What the service saw, and what the user was told.
fn told(world: &World, run: &Run) -> String {
    assert_eq!(run.stdout, "");
    let statuses: Vec<_> = world
        .requests()
        .iter()
        .map(|request| request.rsplit(' ').next().unwrap().to_owned())
        .collect();
    let mut text = format!(
        "  answers {}; accepted {}; exit {}\n",
        statuses.join(" "),
        world.sandbox().accepted().len(),
        run.status,
    );
    if !run.waits.is_empty() {
        let _ = writeln!(text, "  waits {:.3?}", run.waits);
    }
    let port = world.sandbox().graph_url();
    let host = port.strip_prefix("http://").unwrap();
    for line in run.stderr.lines() {
        let line = line
            .replace(host, "HOST")
            .replace(
                " (request 99999999-9999-4999-8999-999999999999)",
                " (request R)",
            )
            .replace(": The sandbox was told to answer this.", ": …");
        // The numbers are looked at elsewhere.
        let line = line.split(" (request-id ").next().unwrap();
        let line = line.split(" (client-request-id ").next().unwrap();
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Each attempt has a number of its own, and nothing else differs.
#[test]
fn a_repeat_is_the_same_request_under_a_new_number() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=1,times=2");
    world.run(SEND).is_silent();
    let exchanges = world.sandbox().exchanges();
    let mut numbers: Vec<_> = exchanges
        .iter()
        .map(|exchange| exchange.header("client-request-id").unwrap())
        .collect();
    assert_eq!(numbers.len(), 3);
    numbers.dedup();
    assert_eq!(numbers.len(), 3);
    let rest = |index: usize| {
        let mut exchange: graphmail::sandbox::Exchange = exchanges[index].clone();
        exchange
            .headers
            .retain(|(name, _)| name != "client-request-id");
        (exchange.path, exchange.headers, exchange.body)
    };
    assert!(rest(0) == rest(1) && rest(1) == rest(2));
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut world = World::alone();
    world.set("GRAPHMAIL_GRAPH_URL", &format!("http://{port}"));
    world.set("GRAPHMAIL_ACCESS_TOKEN", "token");
    let client = graphmail::http::client::Client::new(&world.environment);
    let words = ["graphmail", "send", "-t", "a@example.org"].map(Into::into);
    let run = world.run_over(&client, &words, b"");
    // The Message-ID takes one draw, and each attempt one for its number and one for the wait after it.
    let number = run.waits.len() * 2 + 2;
    let number = uuid::Builder::from_random_bytes([u8::try_from(number).unwrap(); 16]).into_uuid();
    run.failed(
        75,
        &format!(
            "graphmail: error: the message was not sent: connecting to {port}: connection refused (client-request-id {number})\n\
             hint: it is safe to run it again\n"
        ),
    );
    let bounds = [
        (0.5, 1.0),
        (1.0, 2.0),
        (2.0, 4.0),
        (4.0, 8.0),
        (8.0, 16.0),
        (15.0, 30.0),
    ];
    assert!(run.waits.len() >= 5, "{:?}", run.waits);
    for (wait, (low, high)) in run.waits.iter().zip(bounds) {
        assert!((low..=high).contains(wait), "{:?}", run.waits);
    }
    assert!(run.waits.iter().sum::<f64>() <= 60.0, "{:?}", run.waits);
}

/// A world that is signed in by device code, with its requests so far left out of the count.
fn signed_in() -> (World, usize) {
    let world = World::with(Options::default());
    let run =
        world.run("login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com");
    assert_eq!(run.status, 0, "{run:?}");
    let before = world.requests().len();
    (world, before)
}

#[test]
fn a_refused_token_is_renewed_once_and_the_message_sent_once() {
    let (world, before) = signed_in();
    world.sandbox().expire_access_tokens();
    world.run(SEND).is_silent();
    assert_eq!(
        world.requests()[before..],
        [
            "POST /v1.0/me/sendMail 401",
            "POST /contoso.com/oauth2/v2.0/token 200",
            "POST /v1.0/me/sendMail 202",
        ]
    );
    assert_eq!(world.sandbox().accepted().len(), 1);
}

#[test]
fn a_token_that_is_refused_twice_is_not_renewed_again() {
    let (world, before) = signed_in();
    world.fault("POST /me/sendMail=401,times=2");
    world.run(SEND).failed(
        77,
        "graphmail: error: the message was not sent: HTTP 401 InvalidAuthenticationToken: The sandbox was told to answer this. (request-id 99999999-9999-4999-8999-999999999999, client-request-id 05050505-0505-4505-8505-050505050505)\n\
         hint: the token is not for this cloud, or is no longer valid: graphmail login\n",
    );
    assert_eq!(
        world.requests()[before..],
        [
            "POST /v1.0/me/sendMail 401",
            "POST /contoso.com/oauth2/v2.0/token 200",
            "POST /v1.0/me/sendMail 401",
        ]
    );
    assert_eq!(world.sandbox().accepted().len(), 0);
}

#[test]
fn a_token_command_is_asked_once_more_and_a_ready_token_never() {
    let world = World::with(Options::default());
    drop(world.file("token", world.sandbox().ready_token()));
    let counter = "echo asked >> HOME/asked; cat HOME/token"
        .replace("HOME", &world.home().display().to_string());
    world.configure(&format!(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"{counter}\"\n"
    ));
    world.run(SEND).is_silent();
    assert_eq!(world.read("asked"), "asked\n");
    world.fault("POST /me/sendMail=401");
    let run = world.run(SEND);
    assert_eq!(run.status, 77, "the command gave the refused token again");
    assert_eq!(world.read("asked"), "asked\nasked\nasked\n");

    let world = World::ready();
    world.sandbox().expire_access_tokens();
    assert_eq!(world.run(SEND).status, 77);
    assert_eq!(world.requests(), ["POST /v1.0/me/sendMail 401"]);
}

#[test]
fn the_wait_is_told_to_whoever_watches() {
    let mut world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=7,times=3");
    world.terminal.stderr = true;
    assert_eq!(
        world.run(SEND).stderr,
        "graphmail: HTTP status 429; trying again in 7 s\n".repeat(3)
            + "graphmail: accepted for 1 recipient\n"
    );
    world.fault("POST /me/sendMail=429,retry-after=7");
    world.run(&format!("{SEND} --quiet")).is_silent();
}

#[test]
fn a_fault_that_did_not_happen_is_told_of() {
    let mut world = World::ready();
    world.fault("POST /users/*/sendMail=500");
    world.run(SEND).is_silent();
    assert_eq!(
        world.complaints(),
        ["the fault 'POST /users/*/sendMail=500' happened 0 of 1 times"]
    );
}
