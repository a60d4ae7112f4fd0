//! Upload sessions: ranges in order at an address that knows no bearer, and every refusal.

use std::io::Read as _;
use std::time::Duration;

use graphmail::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use super::{announce, ask, create, expected, hello, outcome, pattern, rows, send_draft, start};
use crate::support::loopback::{self, Response};

/// Twelve times 320 KiB.
const RANGE: usize = 3_932_160;

/// An upload URL, cut where its host ends.
pub(super) struct Url {
    root: String,
    path: String,
}

impl Url {
    pub(super) fn of(answer: &Value) -> Self {
        let url = answer["uploadUrl"].as_str().expect("a URL");
        let at = "http://".len();
        let end = at + url[at..].find('/').expect("a path");
        Self {
            root: url[..end].to_owned(),
            path: url[end..].to_owned(),
        }
    }

    /// Its root and its path.
    pub(super) fn parts(&self) -> (String, String) {
        (self.root.clone(), self.path.clone())
    }

    pub(super) fn request(
        &self,
        method: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Response> {
        loopback::request(&self.root, method, &self.path, headers, body)
    }

    pub(super) fn put(&self, file: &[u8], first: usize, last: usize) -> Response {
        let range = format!("bytes {first}-{last}/{}", file.len());
        let headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Range", range.as_str()),
        ];
        let answer = self.request("PUT", &headers, &file[first..=last]);
        answer.expect("an answer")
    }

    fn get(&self) -> Response {
        self.request("GET", &[], b"").expect("an answer")
    }
}

/// A draft with an upload of `size` bytes on its way: its id and the URL.
pub(super) fn session(sandbox: &Sandbox, size: usize) -> (String, Url) {
    let id = create(sandbox, &hello());
    let answer = announce(sandbox, &id, "a.bin", size);
    assert_eq!(answer.status, 201, "{answer:?}");
    (id, Url::of(&answer.json()))
}

/// Uploads the whole file; the last answer.
fn upload(url: &Url, file: &[u8]) -> Response {
    let mut first = 0;
    loop {
        let last = (first + RANGE).min(file.len()) - 1;
        let answer = url.put(file, first, last);
        if last + 1 == file.len() {
            return answer;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        first = last + 1;
    }
}

#[test]
fn ranges_become_an_attachment() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &hello());
    let file = pattern(4 * 2_097_152 + 5);
    let item = json!({"AttachmentItem": {
        "attachmentType": "file", "name": "a.png", "size": file.len(),
        "contentType": "image/png", "isInline": true, "contentId": "logo",
    }});
    let path = format!("/v1.0/me/messages/{id}/attachments/createUploadSession");
    let body = item.to_string();
    let answer = ask(&sandbox, "POST", &path, &[super::JSON], body.as_bytes());
    let created = answer.json();
    let url = Url::of(&created);
    assert_ne!(url.root, sandbox.graph_url());
    assert_eq!(
        created,
        json!({
            "@odata.context": format!("{}/v1.0/$metadata#microsoft.graph.uploadSession", sandbox.graph_url()),
            "uploadUrl": created["uploadUrl"],
            "expirationDateTime": "2026-01-31T10:00:00Z",
            "nextExpectedRanges": ["0-"],
        })
    );
    let expires = "2026-01-31T10:00:00Z";
    let bare = |next: &str| json!({"ExpirationDateTime": expires, "nextExpectedRanges": [next]});
    let open = |next: &str| json!({"expirationDateTime": expires, "nextExpectedRanges": [next]});
    assert_eq!(url.get().json(), open("0-"));
    assert_eq!(url.put(&file, 0, 2_097_151).json(), bare("2097152"));
    assert_eq!(url.get().json(), bare("2097152"));
    assert_eq!(
        url.put(&file, 2_097_152, 4_194_303).json(),
        open("4194304-")
    );
    assert_eq!(url.put(&file, 4_194_304, 8_388_607).json(), bare("8388608"));
    assert_eq!(sandbox.drafts()[0].attachments.len(), 0);
    let last = url.put(&file, 8_388_608, 8_388_612);
    assert_eq!((last.status, last.body.len()), (201, 0));
    let attached = sandbox.drafts()[0].attachments[0].clone();
    let end = format!("/Attachments('{}')", attached.id);
    assert!(last.header("location").ends_with(&end), "{last:?}");
    assert_eq!(
        (
            attached.name.as_str(),
            attached.content_type.as_str(),
            attached.content_id.as_deref(),
            attached.inline
        ),
        ("a.png", "image/png", Some("logo"), true)
    );
    assert!(attached.contents.to_vec().expect("contents") == file);
    let gone = (404, "ErrorItemNotFound".to_owned());
    assert_eq!(outcome(&url.get()), gone);
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn what_was_uploaded_goes_and_is_not_kept_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sandbox, _) = start(Options {
        folder: Some(folder.path().to_owned()),
        ..Options::default()
    });
    let file = pattern(10_000_000);
    let (id, url) = session(&sandbox, file.len());
    assert_eq!(upload(&url, &file).status, 201);
    assert_eq!(send_draft(&sandbox, &id).status, 202);
    let accepted = sandbox.accepted().pop().expect("a message");
    assert!(accepted.attachments[0].contents.to_vec().expect("contents") == file);
    let described = &accepted.resource["attachments"][0];
    assert_eq!(described["size"], json!(file.len()));
    assert_eq!(described.get("contentBytes"), None);
    let eml = std::fs::read(folder.path().join("0001.eml")).expect("a message");
    assert!(accepted.eml == eml.as_slice());
    let parsed = mail_parser::MessageParser::default()
        .parse(&eml)
        .expect("a message");
    assert!(parsed.attachment(0).expect("an attachment").contents() == file);
    let mut read = Vec::new();
    accepted.attachments[0]
        .contents
        .reader()
        .take(9)
        .read_to_end(&mut read)
        .expect("contents");
    assert_eq!(read, file[..9]);
    let exchanges = sandbox.exchanges();
    let kept: Vec<_> = exchanges
        .iter()
        .filter(|exchange| exchange.method == "PUT")
        .map(|exchange| (exchange.body.len(), exchange.length, exchange.status))
        .collect();
    let range = RANGE as u64;
    assert_eq!(
        kept,
        [
            (0, range, Some(200)),
            (0, range, Some(200)),
            (0, 10_000_000 - 2 * range, Some(201))
        ]
    );
    let page = super::get_page(&sandbox, "/messages/1/attachments/0");
    assert!(page.body == file);
}

#[test]
fn every_refusal_of_a_range_has_its_code_and_is_complained_of() {
    let (sandbox, _) = start(Options {
        message_limit: u64::MAX,
        ..Options::default()
    });
    let file = pattern(9_000_000);
    let (_, url) = session(&sandbox, file.len());
    assert_eq!(url.put(&file, 0, 999_999).status, 200);
    let mut complaints = Vec::new();
    for line in rows(include_str!("../data/sandbox/ranges.txt")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [answer, range, length, content_type, complaint] = cells[..] else {
            panic!("{line}");
        };
        let mut headers = vec![("Content-Range", range), ("Content-Type", content_type)];
        headers.retain(|(_, value)| !value.is_empty());
        let length: usize = length.parse().expect("a number");
        let found = url
            .request("PUT", &headers, &file[..length])
            .expect("an answer");
        assert_eq!(outcome(&found), expected(answer), "{line}");
        let path = url.path.split('?').next().expect("a path");
        complaints.push(format!("PUT {path}: {complaint}"));
        assert_eq!(sandbox.complaints(), complaints, "{line}");
    }
    let standing = url.get().json();
    assert_eq!(standing["nextExpectedRanges"], json!(["1000000"]));
}

#[test]
fn a_range_says_how_long_it_is() {
    let (sandbox, _) = start(Options::default());
    let (_, url) = session(&sandbox, 3_000_000);
    let request = format!(
        "PUT {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n\
         Content-Range: bytes 0-1/3000000\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        url.path
    );
    let answer = loopback::raw(&url.root, request.as_bytes()).expect("an answer");
    assert_eq!(outcome(&answer), (411, "ErrorInvalidArgument".to_owned()));
    assert!(sandbox.complaints()[0].ends_with("a range has no Content-Length"));
}

#[test]
fn a_bearer_is_refused_whatever_is_asked() {
    let (sandbox, _) = start(Options::default());
    let (_, url) = session(&sandbox, 3_000_000);
    let bearer = format!("Bearer {}", sandbox.ready_token());
    for (number, method) in ["PUT", "GET", "DELETE"].into_iter().enumerate() {
        let answer = url
            .request(method, &[("Authorization", &bearer)], b"")
            .expect("an answer");
        assert_eq!(
            outcome(&answer),
            (401, "InvalidAudienceForResource".to_owned())
        );
        let complaint = sandbox.complaints()[number].clone();
        assert!(complaint.starts_with(method), "{complaint}");
        assert!(
            complaint.ends_with(": Authorization is not for an upload URL"),
            "{complaint}"
        );
        assert!(!complaint.contains("authtoken"), "{complaint}");
    }
    assert_eq!(url.get().status, 200);
}

#[test]
fn a_url_is_taken_as_it_was_given_and_nowhere_else() {
    let (sandbox, _) = start(Options::default());
    let (_, url) = session(&sandbox, 3_000_000);
    let changed = |root: &str, path: String| {
        let answer = loopback::request(root, "GET", &path, &[], b"").expect("an answer");
        outcome(&answer)
    };
    let (bare, _) = url.path.split_once('?').expect("a query");
    let invalid = (401, "InvalidAuthenticationToken".to_owned());
    assert_eq!(changed(&url.root, bare.to_owned()), invalid);
    assert_eq!(changed(&url.root, format!("{}x", url.path)), invalid);
    let missing = (404, "ErrorItemNotFound".to_owned());
    assert_eq!(
        changed(&url.root, "/upload/x?authtoken=y".to_owned()),
        missing
    );
    let nothing = (404, String::new());
    assert_eq!(changed(&sandbox.graph_url(), url.path.clone()), nothing);
    assert_eq!(changed(&url.root, "/".to_owned()), nothing);
    assert_eq!(changed(&url.root, "/v1.0/me".to_owned()), nothing);
    let answer = url.request("POST", &[], b"").expect("an answer");
    assert_eq!(outcome(&answer), (405, "ErrorInvalidRequest".to_owned()));
    assert_eq!(
        sandbox.complaints(),
        [
            format!("GET {bare}: the upload URL was changed"),
            format!("GET {bare}: the upload URL was changed"),
            format!("GET {bare}: there is no such route"),
            "GET /: there is no such route".to_owned(),
            "GET /v1.0/me: there is no such route".to_owned(),
            format!("POST {bare}: the route does not have this method"),
        ]
    );
}

#[test]
fn a_session_ends_by_time_by_deletion_and_with_its_draft() {
    let (sandbox, clock) = start(Options {
        upload_session_lifetime: Duration::from_secs(60),
        ..Options::default()
    });
    let file = pattern(3_000_000);
    let gone = (404, "ErrorItemNotFound".to_owned());
    let (_, url) = session(&sandbox, file.len());
    clock.advance(Duration::from_secs(59));
    assert_eq!(url.put(&file, 0, 9).status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        outcome(&url.put(&file, 10, 19)),
        gone,
        "no range makes it longer"
    );
    let (_, url) = session(&sandbox, file.len());
    let answer = url.request("DELETE", &[], b"").expect("an answer");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(outcome(&url.get()), gone);
    let (_, url) = session(&sandbox, file.len());
    sandbox.expire_upload_sessions();
    assert_eq!(outcome(&url.get()), gone);
    let (id, url) = session(&sandbox, file.len());
    let path = format!("/v1.0/me/messages/{id}");
    assert_eq!(ask(&sandbox, "DELETE", &path, &[], b"").status, 204);
    assert_eq!(outcome(&url.put(&file, 0, 2_999_999)), gone);
    let (id, url) = session(&sandbox, file.len());
    assert_eq!(send_draft(&sandbox, &id).status, 202);
    assert_eq!(outcome(&url.get()), gone);
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn two_sessions_of_one_draft_do_not_mix() {
    let (sandbox, _) = start(Options::default());
    let (id, first) = session(&sandbox, 2_500_000);
    let second = Url::of(&announce(&sandbox, &id, "b.bin", 2_600_000).json());
    let (one, other) = (pattern(2_500_000), pattern(2_600_000));
    assert_eq!(first.put(&one, 0, 99).status, 200);
    assert_eq!(upload(&second, &other).status, 201);
    assert_eq!(first.put(&one, 100, 2_499_999).status, 201);
    let attached = sandbox.drafts()[0].attachments.clone();
    let names: Vec<_> = attached.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["b.bin", "a.bin"]);
    assert!(attached[1].contents.to_vec().expect("contents") == one);
}
