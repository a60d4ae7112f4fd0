//! `kill -9` in the middle: at most one draft is left, which `draft list` shows.

use std::os::unix::process::ExitStatusExt as _;

use crate::support::files;
use crate::support::process::{Bounded as _, until};
use crate::support::program::{Place, text};

/// A small attachment, then one of three ranges.
const SEND: &str = "send -t a@example.org -s Killed --attach small --attach large";

/// Kills the program where that request gets no answer, when the sandbox has seen so many; the place.
#[track_caller]
fn killed(stalled: &str, requests: usize) -> Place {
    let place = Place::new();
    drop(files::write(&place.home().join("small"), 1000));
    drop(files::write(&place.home().join("large"), 9_000_000));
    place.fault(stalled);
    let child = place.command(SEND).start();
    let last = |place: &Place| place.sandbox().exchanges().len() == requests;
    until(stalled, || {
        assert!(child.runs(), "{stalled}: it ended by itself");
        last(&place) && settled(&place, stalled)
    });
    let output = child.kill();
    assert_eq!(output.status.signal(), Some(9), "{stalled}: {output:?}");
    assert_eq!(place.sandbox().exchanges().len(), requests, "{stalled}");
    place
}

/// Whether the request that stalls has had its effect, if it is to have one.
fn settled(place: &Place, stalled: &str) -> bool {
    match stalled {
        "POST /me/messages=stall-after" => !place.sandbox().drafts().is_empty(),
        "POST /me/messages/*/send=stall-after" => !place.sandbox().accepted().is_empty(),
        _ => true,
    }
}

fn listed(place: &Place) -> Vec<String> {
    let output = place.run("draft list");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn one_draft_is_left_listed_and_deleted() {
    for (stalled, requests) in [
        ("POST /me/messages=stall-after", 1),
        ("POST /me/messages/*/attachments=stall-before", 2),
        ("POST /me/messages/*/attachments=stall-after", 2),
        (
            "POST /me/messages/*/attachments/createUploadSession=stall-before",
            3,
        ),
        ("PUT /upload/*=stall-before", 4),
        ("PUT /upload/*=stall-before,after=1", 5),
        ("PUT /upload/*=stall-after,after=1", 5),
        ("PUT /upload/*=stall-after,after=2", 6),
        ("POST /me/messages/*/send=stall-before", 7),
    ] {
        let place = killed(stalled, requests);
        let drafts = listed(&place);
        let [draft] = drafts.as_slice() else {
            panic!("{stalled}: {drafts:?}");
        };
        assert!(draft.ends_with("  a@example.org  Killed"), "{draft}");
        let id = draft.split(' ').next().unwrap();
        let output = place.run(&format!("draft delete {id}"));
        assert_eq!(output.status.code(), Some(0), "{stalled}: {output:?}");
        assert_eq!(listed(&place), [""; 0], "{stalled}");
        assert!(place.sandbox().accepted().is_empty(), "{stalled}");
        assert_eq!(place.sandbox().complaints(), [""; 0], "{stalled}");
        nothing_stays(&place);
    }
}

#[test]
fn none_is_left_before_the_first_and_after_the_last() {
    for (stalled, requests, sent) in [
        ("POST /me/messages=stall-before", 1, 0),
        ("POST /me/messages/*/send=stall-after", 7, 1),
    ] {
        let place = killed(stalled, requests);
        assert_eq!(listed(&place), [""; 0], "{stalled}");
        assert_eq!(place.sandbox().accepted().len(), sent, "{stalled}");
        nothing_stays(&place);
    }
}

/// Of the killed program there is no file but what it may still send today.
fn nothing_stays(place: &Place) {
    let entries = std::fs::read_dir(place.home()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".local", "large", "small"]);
    let state = place.home().join(".local/state/graphmail");
    let entries = std::fs::read_dir(state).unwrap();
    let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["rate"]);
}
