//! `login --browser` with the real program: the page is printed, a browser goes there and comes back.
#![cfg(unix)]

use rustix::process::Signal;
use serde_json::Value;

use crate::account::LOOKUP;
use crate::support::browser::follow;
use crate::support::process::{Bounded as _, Process};
use crate::support::program::{Place, text};

/// Begins a sign-in, and the URL that it prints.
fn begin(place: &Place) -> (Process, String) {
    let mut child = place
        .unsigned("login --browser --no-open --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example")
        .start();
    let mut line = String::new();
    while !line.starts_with("http://") {
        line = child.error_line();
    }
    (child, line)
}

#[test]
fn a_sign_in_a_send_and_a_refresh() {
    let place = Place::new();
    let (child, url) = begin(&place);
    let page = follow(&url);
    assert!(page.text().contains("You can close this tab."), "{page:?}");
    let output = child.output();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    let signed_in =
        "graphmail: account default is signed in as you@sandbox.example (token store: file)\n";
    assert!(said.ends_with(&format!("{signed_in}{LOOKUP}")), "{said}");

    let send = || {
        let output = place.unsigned("send -t a@example.org -s S --body B").run();
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
        let (child, _) = begin(&place);
        child.signal(kind);
        let output = child.output();
        assert_eq!(output.status.code(), Some(status));
        let said = text(&output.stderr);
        assert!(
            said.ends_with("graphmail: error: the sign-in was interrupted\n"),
            "{said}"
        );
        assert!(!place.home().join(".config").exists(), "nothing is written");
    }
}
