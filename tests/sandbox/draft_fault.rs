//! What goes wrong with drafts and uploads, on every route of theirs.

use std::io::{ErrorKind, Read as _};
use std::time::Duration;

use graphmail::sandbox::{Options, Sandbox};
use serde_json::Value;

use super::upload::{Url, session};
use super::{IMMUTABLE, JSON, announce, hello, outcome, pattern, start};
use crate::support::loopback::{self, Response};
use crate::support::process::until;

const FILE: &str =
    r##"{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a", "contentBytes": "aGk="}"##;
const SIZE: usize = 2_100_000;

/// The routes as faults name them, and the status that each answers with where nothing goes wrong.
const ROUTES: [(&str, u16); 11] = [
    ("POST /me/messages", 201),
    ("GET /me/messages/*", 200),
    ("PATCH /me/messages/*", 200),
    ("GET /me/mailFolders/drafts/messages", 200),
    ("POST /me/messages/*/attachments", 201),
    ("POST /me/messages/*/attachments/createUploadSession", 201),
    ("GET /upload/*", 200),
    ("PUT /upload/*", 201),
    ("DELETE /upload/*", 204),
    ("POST /me/messages/*/send", 202),
    ("DELETE /me/messages/*", 204),
];

/// Something to ask of a route: method, root, path, headers and body.
struct Call {
    method: String,
    root: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Call {
    /// A right request to the route, in a sandbox of its own draft and upload.
    fn to(route: &str, sandbox: &Sandbox, id: &str, url: &Url) -> Self {
        let (method, path) = route.split_once(' ').expect("a route");
        let text = |(name, value): (&'static str, &str)| (name, value.to_owned());
        let bearer = format!("Bearer {}", sandbox.ready_token());
        let item =
            r#"{"AttachmentItem": {"attachmentType": "file", "name": "b", "size": 2100000}}"#;
        let (root, path, headers, body) = if path.starts_with("/upload") {
            let (root, path) = url.parts();
            let range = format!("bytes 0-{}/{SIZE}", SIZE - 1);
            let mut headers = vec![text(("Content-Type", "application/octet-stream"))];
            headers.push(("Content-Range", range));
            let body = if method == "PUT" {
                pattern(SIZE)
            } else {
                Vec::new()
            };
            (root, path, headers, body)
        } else {
            let headers = vec![("Authorization", bearer), text(JSON), text(IMMUTABLE)];
            let body = match path {
                "/me/messages" => hello().to_string(),
                "/me/messages/*/attachments" => FILE.to_owned(),
                "/me/messages/*/attachments/createUploadSession" => item.to_owned(),
                _ if method == "PATCH" => "{}".to_owned(),
                _ => String::new(),
            };
            let path = format!("/v1.0{}", path.replace('*', id));
            (sandbox.graph_url(), path, headers, body.into_bytes())
        };
        Self {
            method: method.to_owned(),
            root,
            path,
            headers,
            body,
        }
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.headers.iter();
        headers
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    fn answer(&self) -> std::io::Result<Response> {
        loopback::request(
            &self.root,
            &self.method,
            &self.path,
            &self.headers(),
            &self.body,
        )
    }
}

/// What the mailbox holds: drafts, attachments in the first, uploads on their way, accepted messages.
fn holds(sandbox: &Sandbox, url: &Url) -> (usize, usize, bool, usize) {
    // Asked first: when this is answered, what came before it has had its effect.
    let upload = url.request("GET", &[], b"").expect("an answer").status == 200;
    let drafts = sandbox.drafts();
    let attachments = drafts.first().map_or(0, |draft| draft.attachments.len());
    (drafts.len(), attachments, upload, sandbox.accepted().len())
}

/// What each route leaves in the mailbox, where it takes effect.
fn after(route: &str) -> (usize, usize, bool, usize) {
    match route {
        "POST /me/messages" => (2, 0, true, 0),
        "POST /me/messages/*/attachments" => (1, 1, true, 0),
        "PUT /upload/*" => (1, 1, false, 0),
        "DELETE /upload/*" => (1, 0, false, 0),
        "POST /me/messages/*/send" => (0, 0, false, 1),
        "DELETE /me/messages/*" => (0, 0, false, 0),
        _ => BEFORE,
    }
}

const BEFORE: (usize, usize, bool, usize) = (1, 0, true, 0);

#[test]
fn every_fault_happens_on_every_route_before_or_after_its_effect() {
    for (route, status) in ROUTES {
        for (action, expected, effective) in [
            (
                "429,retry-after=2",
                Ok((429, "ApplicationThrottled")),
                false,
            ),
            ("503", Ok((503, "ErrorServerBusy")), false),
            ("504,process=yes", Ok((504, "UnknownError")), true),
            (
                "404,code=ErrorItemNotFound",
                Ok((404, "ErrorItemNotFound")),
                false,
            ),
            ("502,body=garbage", Ok((502, "")), false),
            ("garbage,process=yes", Ok((200, "")), true),
            ("reset-before", Err(ErrorKind::ConnectionReset), false),
            ("reset-after", Err(ErrorKind::ConnectionReset), true),
        ] {
            let (sandbox, _) = start(Options::default());
            let (id, url) = session(&sandbox, SIZE);
            let fault = format!("{route}={action}");
            sandbox.add_fault(fault.parse().unwrap_or_else(|error| panic!("{error}")));
            let call = Call::to(route, &sandbox, &id, &url);
            let answer = call.answer();
            let found = answer.as_ref().map(outcome).map_err(std::io::Error::kind);
            let expected = expected.map(|(status, code)| (status, code.to_owned()));
            assert_eq!(found, expected, "{fault}");
            let now = if effective { after(route) } else { BEFORE };
            assert_eq!(holds(&sandbox, &url), now, "{fault}");
            if !effective {
                assert_eq!(call.answer().expect("an answer").status, status, "{fault}");
                assert_eq!(holds(&sandbox, &url), after(route), "{fault}");
            }
            assert_eq!(sandbox.complaints(), [""; 0], "{fault}");
        }
    }
}

#[test]
fn a_stall_never_answers_on_any_route() {
    for (route, _) in ROUTES {
        for (action, now) in [("stall-before", BEFORE), ("stall-after", after(route))] {
            let (sandbox, _) = start(Options::default());
            let (id, url) = session(&sandbox, SIZE);
            let fault = format!("{route}={action}");
            sandbox.add_fault(fault.parse().unwrap_or_else(|error| panic!("{error}")));
            let call = Call::to(route, &sandbox, &id, &url);
            let seen = sandbox.exchanges().len();
            let mut stream = loopback::send(
                &call.root,
                &call.method,
                &call.path,
                &call.headers(),
                &call.body,
            )
            .expect("a connection");
            until("a request", || sandbox.exchanges().len() != seen);
            // What comes after it is answered, and still nothing came of the stalled one.
            assert_eq!(holds(&sandbox, &url), now, "{fault}");
            let pause = Some(Duration::from_millis(1));
            stream.set_read_timeout(pause).expect("a time-out");
            let silence = stream.read(&mut [0]).expect_err("no answer").kind();
            assert!(
                matches!(silence, ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{fault}"
            );
        }
    }
}

#[test]
fn a_fault_waits_for_its_range_and_knows_one_message_from_another() {
    let (sandbox, _) = start(Options::default());
    let (id, url) = session(&sandbox, SIZE);
    sandbox.add_fault(
        "PUT /upload/*=503,after=1,times=2"
            .parse()
            .expect("a fault"),
    );
    let file = pattern(SIZE);
    assert_eq!(url.put(&file, 0, 99).status, 200);
    assert_eq!(url.put(&file, 100, 199).status, 503);
    assert_eq!(url.put(&file, 100, 199).status, 503);
    assert_eq!(url.put(&file, 100, 199).status, 200);
    // An action begins at the first equals sign.
    let named = id.replace('=', "%3D");
    let other: Value = announce(&sandbox, &id, "b", SIZE).json();
    sandbox.add_fault(
        format!("GET /me/messages/{named}=500")
            .parse()
            .expect("a fault"),
    );
    assert_eq!(Url::of(&other).put(&file, 0, SIZE - 1).status, 201);
    assert_eq!(
        sandbox.complaints(),
        [format!(
            "the fault 'GET /me/messages/{named}=500' happened 0 of 1 times"
        )]
    );
}
