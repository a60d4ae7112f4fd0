//! The real program, as many processes, and as a job of GitHub Actions.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use graphmail::sandbox::{Certificate, Options};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{TOKEN, TOKENS};
use crate::support::process::{Bounded as _, Process};
use crate::support::program::{Place, text};

const LOGIN: &str = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com";

fn place() -> Place {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates");
    let pem = std::fs::read_to_string(folder.join("reports.pem")).unwrap();
    let place = Place::with(Options {
        certificates: Certificate::all(pem.as_bytes()).unwrap(),
        federated_token: Some("FEDERATED.TOKEN.X".to_owned()),
        ..Options::default()
    });
    let path = place.file("reports.pem", &pem);
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    place
}

/// How often a token was asked for.
fn token_requests(place: &Place) -> usize {
    let exchanges = place.sandbox().exchanges();
    let path = TOKEN.split(' ').nth(1).unwrap();
    exchanges.iter().filter(|one| one.path == path).count()
}

#[test]
fn ten_processes_at_once_make_one_token_request() {
    ten_at_once("--certificate reports.pem");
}

#[test]
fn ten_processes_at_once_use_a_refresh_token_once() {
    ten_at_once("--device-code");
}

/// Signs in with that credential, lets the token end, and sends with ten processes.
fn ten_at_once(credential: &str) {
    let place = place();
    let login = place
        .unsigned(&format!("{LOGIN} {credential} --token-store file"))
        .run();
    assert_eq!(login.status.code(), Some(0), "{}", text(&login.stderr));
    let kept = place.home().join(TOKENS);
    let mut record: Value = serde_json::from_slice(&std::fs::read(&kept).unwrap()).unwrap();
    let end: jiff::Timestamp = record["access"]["expires_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let past = end - SignedDuration::from_hours(2);
    record["access"]["expires_at"] = json!(past.to_string());
    std::fs::write(&kept, record.to_string()).unwrap();

    let children: Vec<Process> = (0..10)
        .map(|number| {
            let line = format!("send -t a@example.org -s {number}");
            let mut command = place.unsigned(&line);
            command.start()
        })
        .collect();
    for child in children {
        let output = child.output();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    }
    assert_eq!(token_requests(&place), 2, "the login's and one for all ten");
    let mut subjects: Vec<_> = place
        .sandbox()
        .accepted()
        .iter()
        .map(|message| message.subject.clone())
        .collect();
    subjects.sort();
    let wanted: Vec<_> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(subjects, wanted);
    assert_eq!(place.sandbox().complaints(), [""; 0]);
}

#[test]
fn a_job_of_github_signs_in_over_the_network() {
    let place = place();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://{}/idtoken?api-version=2.0",
        listener.local_addr().unwrap()
    );
    let github = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head: Vec<String> = BufReader::new(&stream)
            .lines()
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        let body = r#"{"value":"FEDERATED.TOKEN.X"}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).unwrap();
        head
    });
    let output = place
        .unsigned(&format!("{LOGIN} --github-actions -vv"))
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", url)
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "TOPSECRET")
        .run();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("TOPSECRET"));
    let head = github.join().unwrap();
    assert_eq!(
        head[0],
        "GET /idtoken?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange HTTP/1.1"
    );
    let bearer = head.iter().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("authorization: ")
            .map(str::to_owned)
    });
    assert_eq!(bearer.as_deref(), Some("bearer topsecret"));
    let sent = place.unsigned("send -t a@example.org").run();
    assert_eq!((sent.status.code(), text(&sent.stderr)), (Some(0), ""));
}
