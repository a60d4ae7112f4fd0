//! `login --browser` with the real program: the page is printed, a browser goes there and comes back.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::browser::follow;
use crate::support::program::{Place, text};

/// Begins a sign-in; the URL that it prints, and what else it will say.
fn begin(place: &Place) -> (Child, String, BufReader<ChildStderr>) {
    let mut child = place
        .unsigned("login --browser --no-open --client-id id --tenant t.example")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("http://") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "no URL was shown");
    }
    (child, line.trim_end().to_owned(), stderr)
}

#[test]
fn a_sign_in_a_send_and_a_refresh() {
    let place = Place::new();
    let (mut child, url, mut stderr) = begin(&place);
    let page = follow(&url);
    assert!(page.text().contains("You can close this tab."), "{page:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let signed_in =
        "graphmail: account default is signed in as you@sandbox.example (token store: file)\n";
    assert!(rest.ends_with(signed_in), "{rest}");

    let send = || {
        let output = place
            .unsigned("send -t a@example.org -s S --body B")
            .output()
            .unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    };
    send();
    let tokens = place
        .home()
        .join(".local/state/graphmail/tokens/default.json");
    let mut record: Value = serde_json::from_slice(&std::fs::read(&tokens).unwrap()).unwrap();
    assert_eq!(record["origin"], "browser");
    record["access"]["expires_at"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&tokens, record.to_string()).unwrap();
    place.sandbox().expire_access_tokens();
    send();
    let asked: Vec<_> = place
        .sandbox()
        .exchanges()
        .iter()
        .map(|exchange| {
            let path = exchange.path.split('?').next().unwrap();
            path.rsplit('/').next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        asked,
        ["authorize", "token", "sendMail", "token", "sendMail"]
    );
    assert_eq!(place.sandbox().accepted().len(), 2);
    assert_eq!(place.sandbox().complaints(), [""; 0]);
}

#[test]
fn ctrl_c_ends_the_wait() {
    for (kind, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let place = Place::new();
        let (mut child, _, mut stderr) = begin(&place);
        kill_process(Pid::from_child(&child), kind).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(status));
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert!(
            rest.ends_with("graphmail: error: the sign-in was interrupted\n"),
            "{rest}"
        );
        assert!(!place.home().join(".config").exists(), "nothing is written");
    }
}
