//! Ctrl-C while a large message is on its way, with the real binary.
#![cfg(unix)]

use std::fs::File;
use std::process::Output;

use rustix::process::Signal;

use crate::support::process::{Bounded as _, Process};
use crate::support::program::{Place, text};

#[test]
fn the_draft_goes_and_nothing_is_sent() {
    ends("send");
}

#[test]
fn a_draft_that_is_being_created_goes() {
    ends("draft create");
}

#[test]
fn a_hangup_and_a_termination_end_it_in_order() {
    for (signal, status) in [(Signal::HUP, 129), (Signal::TERM, 143)] {
        let (place, child) = begun("send", &[WAITS], 4);
        child.signal(signal);
        nothing_is_left(&place, child, status);
    }
}

#[test]
fn a_hangup_that_is_ignored_stays_so() {
    let place = Place::new();
    drop(place.file("big", &"x".repeat(9_000_000)));
    place.fault("PUT /upload/*=503,retry-after=1,after=1");
    let mut shell = place.command("");
    let script = "trap '' HUP; exec \"$0\" send -t a@example.org --attach big";
    let program = shell.get_program().to_owned();
    let variables: Vec<_> = shell
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()))
        .collect();
    shell = place.bare("/bin/sh");
    let child = shell
        .args(["-c", script])
        .arg(program)
        .envs(variables)
        .start();
    place.wait_for_requests(4);
    child.signal(Signal::HUP);
    let output = child.output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(place.sandbox().accepted().len(), 1);
}

#[test]
fn no_wait_outlives_it() {
    for (stalled, requests) in [
        ("POST /me/messages=429,retry-after=600", 1),
        (
            "POST /me/messages/*/attachments/createUploadSession=429,retry-after=600",
            2,
        ),
        (WAITS, 4),
        ("POST /me/messages/*/send=429,retry-after=600", 6),
    ] {
        let (place, child) = begun("send", &[stalled], requests);
        child.signal(Signal::INT);
        nothing_is_left(&place, child, 130);
        assert!(
            place.sandbox().exchanges().len() <= requests + 1,
            "{stalled}"
        );
    }
}

#[test]
fn what_is_undone_anyway_is_not_waited_for() {
    for (stalled, requests) in [
        (
            "POST /me/messages/*/attachments/createUploadSession=stall-before",
            2,
        ),
        ("PUT /upload/*=stall-before,after=1", 4),
    ] {
        let (place, child) = begun("send", &[stalled], requests);
        child.signal(Signal::TERM);
        nothing_is_left(&place, child, 143);
    }
}

#[test]
fn small_mail_ends_in_order_too() {
    let (place, child) = small("POST /me/sendMail=429,retry-after=600", "");
    child.signal(Signal::TERM);
    nothing_is_left(&place, child, 143);

    let (place, child) = small("POST /me/sendMail=429,retry-after=600", "--queue always");
    child.signal(Signal::TERM);
    let output = ended(child, 143);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let hint = object["error"]["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("graphmail outbox flush; or: graphmail outbox drop "),
        "{hint}"
    );
    let listed = place.run("outbox list");
    let kept = text(&listed.stdout);
    assert!(kept.contains(" new "), "{kept}");

    let (place, mut child) = small("POST /me/sendMail=stall-after", "");
    for said in [
        "stopping after the current request; Ctrl-C again stops at once",
        "stopped; the message may have been sent",
    ] {
        child.signal(Signal::INT);
        assert_eq!(child.error_line(), format!("graphmail: {said}"));
    }
    assert_eq!(child.status().code(), Some(76));
    assert_eq!(place.sandbox().accepted().len(), 1);
}

/// A caller of sendmail that reads a failure sends the message again, which the outbox has already.
#[test]
fn sendmail_ends_with_success_as_its_message_is_queued() {
    for signal in [Signal::HUP, Signal::INT, Signal::TERM] {
        let place = Place::new();
        place.fault("POST /me/sendMail=429,retry-after=600");
        let message = place.file("message", "From: you@sandbox.example\nSubject: S\n\nB\n");
        let child = place
            .command("sendmail a@example.org")
            .env("GRAPHMAIL_MAX_WAIT", "1h")
            .stdin(File::open(message).unwrap())
            .start();
        place.wait_for_requests(1);
        child.signal(signal);
        let output = child.output();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(place.sandbox().accepted().is_empty());
        assert!(text(&place.run("outbox list").stdout).contains(" new "));
    }
}

#[test]
fn a_flush_ends_with_the_signals_status() {
    for (signal, status) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let place = Place::new();
        place.fault("POST /me/sendMail=429,retry-after=600,times=2");
        let kept = place.run("send -t a@example.org -s S --queue always --max-wait 0");
        assert_eq!(kept.status.code(), Some(0), "{}", text(&kept.stderr));
        let child = place.command("outbox flush --now --max-wait 1h").start();
        place.wait_for_requests(2);
        child.signal(signal);
        ended(child, status);
        let listed = place.run("outbox list");
        assert!(
            text(&listed.stdout).contains(" new "),
            "{}",
            text(&listed.stdout)
        );
    }
}

#[test]
fn what_may_have_been_sent_is_looked_for_once_more() {
    // Graph has not taken it: the draft is there at each look.
    let (place, child) = begun("send", &["POST /me/messages/*/send=500"], 9);
    child.signal(Signal::INT);
    let output = child.output();
    assert_eq!(output.status.code(), Some(76), "{}", text(&output.stderr));
    assert_eq!(place.sandbox().drafts().len(), 1, "it is left as it is");
    assert!(place.sandbox().accepted().is_empty());
}

#[test]
fn what_was_sent_before_it_could_stop_is_told_of() {
    let place = Place::new();
    drop(place.file("big", &"x".repeat(9_000_000)));
    // Graph has taken it and does not say so; at the first look for the draft it asks to wait.
    place.fault("POST /me/messages/*/send=500,process=yes");
    place.fault("GET /me/messages/*=503,retry-after=600");
    let child = place
        .command("send --max-wait 1h -t a@example.org --attach big")
        .start();
    place.wait_for_requests(7);
    child.signal(Signal::INT);
    let output = child.output();
    assert_eq!(
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr)
        ),
        (
            Some(0),
            "",
            "graphmail: stopping after the current request; Ctrl-C again stops at once\n\
             graphmail: too late to stop: the message was sent\n"
        )
    );
    assert_eq!(place.sandbox().accepted().len(), 1);
}

#[test]
fn the_second_ends_it_at_once_and_says_what_may_be_left() {
    for (faults, requests, seen, status, left) in [
        (
            [WAITS, "DELETE /me/messages/*=stall-before"].as_slice(),
            4,
            5,
            130,
            "the draft ID is left in Drafts",
        ),
        (
            &["POST /me/messages/*/send=stall-before"],
            6,
            6,
            76,
            "the message may have been sent; the draft is ID",
        ),
    ] {
        let (place, mut child) = begun("send", faults, requests);
        child.signal(Signal::INT);
        assert_eq!(
            child.error_line(),
            "graphmail: stopping after the current request; Ctrl-C again stops at once"
        );
        place.wait_for_requests(seen);
        child.signal(Signal::INT);
        let said = child.error_line();
        let id = said
            .split(' ')
            .find(|word| word.starts_with("AAMk"))
            .unwrap();
        let left = left.replace("ID", id);
        assert_eq!(said, format!("graphmail: stopped; {left}"));
        assert_eq!(child.status().code(), Some(status), "{faults:?}");
        let drafts = place.sandbox().drafts();
        let ids: Vec<_> = drafts.iter().map(|draft| &draft.immutable_id).collect();
        assert_eq!(ids, [id], "that is the draft");
    }
}

/// The second range waits to be told that it is to come again, by when Ctrl-C has been pressed.
const WAITS: &str = "PUT /upload/*=503,retry-after=600,after=1";

fn ends(verb: &str) {
    let (place, child) = begun(verb, &[WAITS], 4);
    child.signal(Signal::INT);
    nothing_is_left(&place, child, 130);
}

/// The program on its way with an attachment of three ranges, when the sandbox has seen so many
/// requests: one to create the draft, one for the session, the ranges, one to send it.
fn begun(verb: &str, faults: &[&str], requests: usize) -> (Place, Process) {
    let place = Place::new();
    drop(place.file("big", &"x".repeat(9_000_000)));
    for fault in faults {
        place.fault(fault);
    }
    let child = place
        .command(&format!(
            "{verb} --max-wait 1h -t a@example.org --attach big --json"
        ))
        .start();
    place.wait_for_requests(requests);
    (place, child)
}

/// The program on its way with a message that fits one request, when the sandbox has seen that.
fn small(fault: &str, options: &str) -> (Place, Process) {
    let place = Place::new();
    place.fault(fault);
    let line = format!("send --max-wait 1h -t a@example.org -s S --json {options}");
    let mut command = place.command(&line);
    let child = command.start();
    place.wait_for_requests(1);
    (place, child)
}

/// The output of the program, which ends with this status.
#[track_caller]
fn ended(child: Process, status: i32) -> Output {
    let output = child.output();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{}",
        text(&output.stderr)
    );
    output
}

#[track_caller]
fn nothing_is_left(place: &Place, child: Process, status: i32) {
    let output = ended(child, status);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["error"]["exit"], status);
    assert!(place.sandbox().accepted().is_empty());
    assert!(place.sandbox().drafts().is_empty(), "no draft is left");
}
