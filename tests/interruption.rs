//! Ctrl-C while a large message is on its way, with the real binary.
#![cfg(unix)]

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::program::{Place, text};

#[test]
fn the_draft_goes_and_nothing_is_sent() {
    ends("send");
}

#[test]
fn a_draft_that_is_being_created_goes() {
    ends("draft create");
}

#[track_caller]
fn ends(verb: &str) {
    let place = Place::new();
    drop(place.file("big", &"x".repeat(9_000_000)));
    // The second range waits to be told that it is to come again, by when Ctrl-C has been pressed.
    place.fault("PUT /upload/*=503,retry-after=1,after=1");
    let child = place
        .command(&format!("{verb} -t a@example.org --attach big --json"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Create, session, two ranges.
    place.wait_for_requests(4);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["error"]["exit"], 130);
    assert!(place.sandbox().accepted().is_empty());
    assert!(place.sandbox().drafts().is_empty(), "no draft is left");
}
