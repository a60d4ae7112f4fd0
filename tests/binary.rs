//! The real program as a process: exit statuses, closed pipes, signals, several at once.
#![cfg(unix)]

use std::fs::File;
use std::io::Write as _;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::process::Bounded as _;
use crate::support::program::{PROGRAM, Place, text};

const SEND: &str = "send -t a@example.org -s S --body B";

#[test]
fn each_class_has_its_status() {
    let rows = [
        (0, SEND, ""),
        (0, "--version", ""),
        (0, "--help", ""),
        (64, "", ""),
        (64, "send --nonsense", ""),
        (65, "send", ""),
        (66, "send -t a@example.org --attach absent", ""),
        (67, SEND, "404,code=ErrorInvalidUser"),
        (69, SEND, "403,code=ErrorMessageSubmissionBlocked"),
        (70, SEND, "415,code=RequestBodyRead"),
        (74, "send -t a@example.org --log-file absent/log", ""),
        (
            75,
            "send -t a@example.org --max-wait 0",
            "429,retry-after=1",
        ),
        (76, SEND, "500"),
        (77, SEND, "403,code=ErrorSendAsDenied"),
        (78, "send -t a@example.org --account absent", ""),
    ];
    for (status, line, fault) in rows {
        let place = Place::new();
        if !fault.is_empty() {
            place.fault(&format!("POST /me/sendMail={fault}"));
        }
        let output = place.run(line);
        assert_eq!(output.status.code(), Some(status), "{line}: {output:?}");
        assert_eq!(place.sandbox().complaints(), [""; 0]);
        let spoken = output.stderr.is_empty() == (status == 0);
        assert!(spoken, "{line}: {output:?}");
    }
}

#[test]
fn version_and_help() {
    let place = Place::new();
    let version = concat!("graphmail ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(text(&place.run("--version").stdout), version);
    let output = place.run("send --help");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(text(&output.stdout).contains("--attach <PATH>"));
    let output = place.run("");
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains("Usage: graphmail"));
}

/// What cannot be read whole cannot be kept: a retry would send a part of a message.
#[test]
fn a_message_that_cannot_be_read() {
    let place = Place::new();
    let mut command = place.command("sendmail a@example.org");
    let output = command.stdin(File::open("/").unwrap()).run();
    assert_eq!(output.status.code(), Some(66), "{output:?}");
    assert_eq!(
        text(&output.stderr),
        "graphmail: error: the message was neither sent nor kept: standard input cannot be read: Is a directory (os error 21)\n"
    );
}

/// A standard output whose reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    for line in [
        "man",
        "--help",
        "completions bash",
        "send -t a@example.org --json",
        "send -t a@example.org --dry-run=eml --from b@example.org",
    ] {
        let place = Place::new();
        let output = place.command(line).stdout(closed()).run();
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(0), ""),
            "{line}"
        );
    }
    // Nor is anything lost with standard error.
    let place = Place::new();
    let status = place
        .command(&format!("{SEND} -vv"))
        .stderr(closed())
        .run()
        .status;
    assert_eq!(status.code(), Some(0));
    assert_eq!(place.sandbox().accepted().len(), 1);
    let status = place.command("send").stderr(closed()).run().status;
    assert_eq!(status.code(), Some(65));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_of_unless_the_message_is_gone() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let place = Place::new();
    for line in ["man", "--help", "--version", "send --help"] {
        let output = place.command(line).stdout(full()).run();
        assert_eq!(output.status.code(), Some(74), "{line}");
        assert_eq!(
            text(&output.stderr),
            "graphmail: error: writing to standard output: No space left on device (os error 28)\n"
        );
    }
    let output = place
        .command(&format!("{SEND} --json"))
        .stdout(full())
        .run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(place.sandbox().accepted().len(), 1);
}

#[test]
fn standard_input_is_read_once_and_only_where_it_is_asked_for() {
    let place = Place::new();
    let mut child = place
        .command("send -t a@example.org --body-file -")
        .stdin(Stdio::piped())
        .start();
    child.stdin().write_all(b"piped\n").unwrap();
    assert_eq!(child.status().code(), Some(0));
    // A terminal or a pipe that nobody writes to holds up nothing.
    let (reader, _writer) = std::io::pipe().unwrap();
    let status = place.command(SEND).stdin(reader).run().status;
    assert_eq!(status.code(), Some(0));
    let bodies: Vec<_> = place
        .sandbox()
        .accepted()
        .iter()
        .map(|message| message.resource["body"]["content"].clone())
        .collect();
    assert_eq!(bodies, ["piped\n", "B"]);
}

#[test]
fn an_interrupt_ends_a_token_request_that_stalls() {
    for (status, kind) in [(130, Signal::INT), (143, Signal::TERM), (129, Signal::HUP)] {
        let place = Place::new();
        place.fault("POST /token=stall-before");
        let mut command = place.command(&format!("{SEND} --mailbox reports@contoso.com"));
        command
            .env_remove("GRAPHMAIL_ACCESS_TOKEN")
            .env("AZURE_TENANT_ID", "contoso.com")
            .env("AZURE_CLIENT_ID", "app")
            .env("AZURE_CLIENT_SECRET", "secret");
        let child = command.start();
        place.wait_for_requests(1);
        child.signal(kind);
        assert_eq!(child.status().code(), Some(status));
        assert_eq!(place.sandbox().exchanges().len(), 1);
    }
}

#[test]
fn many_processes_refresh_once_and_all_send() {
    const PROCESSES: usize = 4;
    let place = Place::new();
    let output = place
        .unsigned("login --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example")
        .run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let tokens = place
        .home()
        .join(".local/state/graphmail/tokens/default.json");
    let mut record: Value = serde_json::from_slice(&std::fs::read(&tokens).unwrap()).unwrap();
    record["access"]["expires_at"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&tokens, record.to_string()).unwrap();
    place.sandbox().expire_access_tokens();
    let before = place.sandbox().exchanges().len();

    let lock = place
        .home()
        .join(".local/state/graphmail/locks/default.lock");
    let lock = File::open(lock).unwrap();
    lock.lock().unwrap();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| place.unsigned(SEND).start())
        .collect();
    lock.unlock().unwrap();
    for child in children {
        let output = child.output();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    }
    let exchanges = place.sandbox().exchanges().split_off(before);
    let tokens = exchanges
        .iter()
        .filter(|exchange| exchange.path.ends_with("/token"))
        .count();
    assert_eq!((tokens, exchanges.len()), (1, 1 + PROCESSES));
    assert_eq!(place.sandbox().accepted().len(), PROCESSES);
    assert_eq!(place.sandbox().complaints(), [""; 0]);
}

#[test]
fn no_keyring_on_this_host_ends_with_77_and_the_remedy() {
    let place = Place::new();
    let mut command =
        place.unsigned("login --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example");
    let output = command
        .env_remove("GRAPHMAIL_TOKEN_STORE")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .run();
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    let stderr = text(&output.stderr);
    assert!(
        stderr.ends_with(": add --token-store file to this command\n"),
        "{stderr}"
    );
    assert_eq!(place.sandbox().exchanges().len(), 0);
}

#[test]
fn a_token_or_a_secret_is_never_in_the_arguments_of_a_process() {
    let place = Place::new();
    place.fault("POST /me/sendMail=stall-before");
    let child = place.command(SEND).start();
    place.wait_for_requests(1);
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id()));
    drop(child.kill());
    if let Ok(arguments) = arguments {
        let arguments = String::from_utf8_lossy(&arguments).into_owned();
        assert!(arguments.starts_with(PROGRAM));
        assert!(!arguments.contains(&place.sandbox().ready_token()));
    }
}

/// The program with a limit of open files, which `-S` leaves to be raised.
fn limited(place: &Place, limit: &str, line: &str) -> std::process::Output {
    let program = place.command(line);
    let mut shell = place.bare("/bin/bash");
    shell.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\"")]);
    shell.arg(program.get_program()).args(program.get_args());
    let variables = program.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    shell.run()
}

/// With too few files to open, nothing begins: nothing is sent twice, lost or queued.
#[test]
fn too_few_open_files_are_an_error_before_anything_begins() {
    let place = Place::new();
    place.file("a", "x");
    let attached = "--attach a ".repeat(100);
    let lines = [
        format!("{SEND} {attached}"),
        format!("{SEND} --queue always"),
        "outbox flush".to_owned(),
        "draft list".to_owned(),
        "status".to_owned(),
    ];
    let mut sent = 0;
    // The loader of the program needs one beside the three standard streams.
    for limit in (4..35).chain([64, 1024]) {
        for line in &lines {
            let output = limited(&place, &format!("-n {limit}"), line);
            let error = format!(
                "graphmail: error: graphmail needs 32 free file descriptors; the limit of this process is {limit}\n\
                 hint: ulimit -n 64\n"
            );
            let refused = (Some(74), error.as_str());
            let found = (output.status.code(), text(&output.stderr));
            let expected = if limit < 35 { refused } else { (Some(0), "") };
            assert_eq!(found, expected, "{limit} {line}");
            sent += usize::from(line.starts_with("send") && found.0 == Some(0));
            assert_eq!(place.sandbox().accepted().len(), sent, "{limit} {line}");
        }
    }
    assert_eq!(sent, 4);
    // The parent process has left 45 files open. The limit that the hint names is enough.
    let inherited = "; for at in $(seq 10 54); do eval \"exec $at</dev/null\"; done";
    let output = limited(&place, &format!("-n 64{inherited}"), SEND);
    let error = "graphmail: error: graphmail needs 32 free file descriptors; the limit of this process is 64\n\
                 hint: ulimit -n 128\n";
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(74), error)
    );
    let output = limited(&place, &format!("-n 128{inherited}"), SEND);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let output = limited(&place, "-S -n 8", SEND);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

/// `TZ` names a zone, its file, or a POSIX rule. A local time in an unknown zone is an error.
#[test]
fn a_local_time_is_in_the_zone_of_tz() {
    let place = Place::new();
    let utc = |zone: &str, time: &str| {
        let line = format!("send -t a@example.org --at '{time}' --dry-run=json");
        let output = place.command(&line).env("TZ", zone).run();
        if !output.status.success() {
            return text(&output.stderr).to_owned();
        }
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let time = json.pointer("/message/singleValueExtendedProperties/0/value");
        time.and_then(Value::as_str).unwrap().to_owned()
    };
    let winter = "2027-01-05 07:00";
    for (zone, hour) in [
        ("CET-1CEST", "06"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "06"),
        (":EST5EDT", "12"),
        ("<+03>-3", "04"),
        ("Europe/Berlin", "06"),
        (":UTC", "07"),
        ("", "07"),
    ] {
        assert_eq!(
            utc(zone, winter),
            format!("2027-01-05T{hour}:00:00Z"),
            "{zone}"
        );
    }
    for zone in ["Mars/Phobos", "XYZ", "/absent"] {
        assert_eq!(
            utc(zone, winter),
            "graphmail: error: --at: \"2027-01-05 07:00\" is a local time, but TZ names no known time zone: correct TZ, or write 2026-01-31T09:00:00Z\n"
        );
        assert_eq!(utc(zone, "2027-01-05T07:00:00Z"), "2027-01-05T07:00:00Z");
    }
}
