//! What a send says: nothing, a line, one object; and what it leaves in the log file.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use graphmail::http::client::Client;
use graphmail::{Host, Terminal};
use serde_json::json;

use super::known;
use crate::support::expected;
use crate::support::host::World;

#[test]
fn success_says_a_line_to_a_person_and_nothing_to_a_script() {
    let mut world = World::ready();
    world.run("send -t a@example.org").is_silent();
    world.terminal = Terminal {
        stdin: true,
        stderr: true,
        ..Terminal::default()
    };
    let run = world.run("send -t a@example.org -s S");
    assert_eq!(run.stderr, "graphmail: accepted for 1 recipient\n");
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    let run = world.run("send -t a@example.org -t b@example.org -s S");
    assert_eq!(run.stderr, "graphmail: accepted for 2 recipients\n");
    world.run("send -t a@example.org --quiet").is_silent();
}

#[test]
fn success_in_json_is_one_object() {
    let mut world = World::ready();
    world.terminal.stderr = true;
    let run = world.run("send -t a@example.org --json -f me@example.org");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(
        run.json(),
        json!({
            "ok": true,
            "status": "accepted",
            "transport": "json",
            "recipients": 1,
            "request_id": "99999999-9999-4999-8999-999999999999",
            "client_request_id": "02020202-0202-4202-8202-020202020202",
            "message_id": "<00000000-0000-4000-8000-000000000000@example.org>",
        })
    );
    let exchanges = world.sandbox().exchanges();
    assert_eq!(
        exchanges[0].header("client-request-id"),
        Some("02020202-0202-4202-8202-020202020202")
    );
}

#[test]
fn failure_is_one_line_a_hint_and_one_object() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=90,times=2");
    let run = world.run("send -t a@example.org");
    run.failed(
        75,
        "graphmail: error: the message was not sent: HTTP 429 ApplicationThrottled: The sandbox was told to answer this. (request-id 99999999-9999-4999-8999-999999999999, client-request-id 02020202-0202-4202-8202-020202020202)\n\
         hint: it is safe to run it again after 2026-11-20T10:01:30Z, or with a --max-wait that lasts until then\n",
    );
    // Until then nobody on this host asks again.
    world.clock.advance(std::time::Duration::from_secs(90));
    let run = world.run("send -t a@example.org --json");
    assert_eq!(
        run.json(),
        json!({"ok": false, "error": {
            "class": "later",
            "exit": 75,
            "message": "the message was not sent: HTTP 429 ApplicationThrottled: The sandbox was told to answer this. (request-id 99999999-9999-4999-8999-999999999999, client-request-id 05050505-0505-4505-8505-050505050505)",
            "hint": "it is safe to run it again after 2026-11-20T10:03:00Z, or with a --max-wait that lasts until then",
            "graph_code": "ApplicationThrottled",
            "request_id": "99999999-9999-4999-8999-999999999999",
            "client_request_id": "05050505-0505-4505-8505-050505050505",
            "retry_after": 90,
        }})
    );
}

#[test]
fn verbosity_shows_the_exchange_without_token_or_body() {
    let world = known();
    world.fault("POST /me/sendMail=503,retry-after=3");
    let run = world.run("send -t a@example.org -s Secret --body Body -v");
    expected::compare("send/verbose-1.txt", run.stderr);
    world.fault("POST /me/sendMail=503,retry-after=3");
    let run = world.run("send -t a@example.org -s Secret --body Body -vv");
    expected::compare("send/verbose-2.txt", run.stderr);
}

#[test]
fn the_log_file_has_a_line_for_each_send() {
    let world = known();
    let line = "send -t a@example.org -s Secret --body Body --log-file HOME/log";
    world.run(line).is_silent();
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    assert_eq!(world.run(line).status, 65);
    world.fault("POST /me/sendMail=reset-after");
    assert_eq!(world.run(line).status, 76);
    drop(world.file("big", vec![b'x'; 9_000_000]));
    world.run(&format!("{line} --attach HOME/big")).is_silent();
    let dry = world.run("send -t a@example.org --dry-run --log-file HOME/log");
    assert_eq!(dry.status, 0);
    expected::compare("send/log.txt", world.read("log"));
    let mode = std::fs::metadata(world.home().join("log"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A standard output on a full disk.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_accepted_message_is_a_success_whatever_becomes_of_the_report() {
    let world = World::ready();
    let mut stderr = Vec::new();
    let host = Host {
        stdin: &mut io::empty(),
        stdout: &mut Full,
        stderr: &mut stderr,
        terminal: Terminal::default(),
        environment: world.environment.clone(),
        seams: Arc::<crate::support::seams::Fixed>::clone(&world.clock),
        transport: &Client::new(&world.environment),
        keyring: &world.keyring,
    };
    let words = ["graphmail", "send", "-t", "a@example.org", "--json"];
    let status = graphmail::run(words.map(Into::into), host).number();
    assert_eq!(world.sandbox().accepted().len(), 1);
    assert_eq!(
        String::from_utf8(stderr).unwrap(),
        "graphmail: warning: the message was accepted, but the report cannot be written: writing to standard output: no storage space\n"
    );
    assert_eq!(status, 0, "a script that sees a failure sends again");
}
