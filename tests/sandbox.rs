//! The sandbox, over a plain socket: what it takes, what it refuses, and in which words.

mod assertion;
mod authorize;
mod broken;
mod draft;
mod draft_fault;
mod entra;
mod fault;
mod graph;
mod list;
mod mime;
mod page;
mod platform;
mod tls;
mod upload;

use std::sync::Arc;

use graphmail::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::support::expected;
use crate::support::loopback::{self, Response};
use crate::support::seams::Fixed;

/// A sandbox and the clock that it lives by.
fn start(options: Options) -> (Sandbox, Arc<Fixed>) {
    let seams = Arc::new(Fixed::at("2026-01-31T09:00:00Z"));
    let clock: Arc<Fixed> = Arc::clone(&seams);
    let sandbox = Sandbox::start(options, clock).expect("a sandbox");
    (sandbox, seams)
}

/// Asks Graph, with the ready token.
fn ask(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let bearer = format!("Bearer {}", sandbox.ready_token());
    let headers = [&[("Authorization", bearer.as_str())], headers].concat();
    loopback::request(&sandbox.graph_url(), method, path, &headers, body).expect("an answer")
}

/// By which Graph is asked for ids that stay.
const IMMUTABLE: (&str, &str) = ("Prefer", "IdType=\"ImmutableId\"");
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Creates a draft in the user's mailbox; its immutable id.
fn create(sandbox: &Sandbox, message: &Value) -> String {
    let body = message.to_string();
    let answer = ask(
        sandbox,
        "POST",
        "/v1.0/me/messages",
        &[JSON, IMMUTABLE],
        body.as_bytes(),
    );
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// Sends the draft.
fn send_draft(sandbox: &Sandbox, id: &str) -> Response {
    ask(
        sandbox,
        "POST",
        &format!("/v1.0/me/messages/{id}/send"),
        &[],
        b"",
    )
}

/// Announces an upload of `size` bytes into the draft.
fn announce(sandbox: &Sandbox, id: &str, name: &str, size: usize) -> Response {
    let item = json!({"AttachmentItem": {"attachmentType": "file", "name": name, "size": size}});
    let path = format!("/v1.0/me/messages/{id}/attachments/createUploadSession");
    ask(sandbox, "POST", &path, &[JSON], item.to_string().as_bytes())
}

/// Bytes that no two places of a file have alike.
fn pattern(size: usize) -> Vec<u8> {
    let numbers = (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes());
    numbers.take(size).collect()
}

/// Posts a form to Entra.
fn form(sandbox: &Sandbox, path: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    loopback::request(
        &sandbox.login_url(),
        "POST",
        path,
        &headers,
        body.as_bytes(),
    )
    .expect("an answer")
}

/// Posts to Graph with the ready token.
fn post(sandbox: &Sandbox, path: &str, content_type: &str, body: &[u8]) -> Response {
    let bearer = format!("Bearer {}", sandbox.ready_token());
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", content_type),
        ("client-request-id", "11111111-2222-3333-4444-555555555555"),
    ];
    loopback::request(&sandbox.graph_url(), "POST", path, &headers, body).expect("an answer")
}

/// Sends a message as JSON from `/me`.
fn send(sandbox: &Sandbox, message: &Value) -> Response {
    let body = json!({ "message": message }).to_string();
    post(
        sandbox,
        "/v1.0/me/sendMail",
        "application/json",
        body.as_bytes(),
    )
}

/// Fetches a page of captured messages: with the token before `path`.
fn get_page(sandbox: &Sandbox, path: &str) -> Response {
    get(sandbox, &format!("{}{path}", base(sandbox)))
}

/// The path that has the page's token, without a slash at its end.
fn base(sandbox: &Sandbox) -> String {
    let url = sandbox.page_url();
    let path = url.strip_prefix(&sandbox.graph_url());
    path.expect("a page of the sandbox")
        .trim_end_matches('/')
        .to_owned()
}

/// Fetches what is at `path`.
fn get(sandbox: &Sandbox, path: &str) -> Response {
    loopback::request(&sandbox.graph_url(), "GET", path, &[], b"").expect("an answer")
}

/// The status and, of a Graph error, its code.
fn outcome(response: &Response) -> (u16, String) {
    let code = serde_json::from_slice::<Value>(&response.body)
        .ok()
        .and_then(|body| Some(body.pointer("/error/code")?.as_str()?.to_owned()));
    (response.status, code.unwrap_or_default())
}

/// The lines of a table, without its comments.
fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

/// An outcome as a table writes it: `400 BadRequest`, or `202 -` without a code.
fn expected(text: &str) -> (u16, String) {
    let (status, code) = text.trim().split_once(' ').expect("a status and a code");
    let code = code.replace('-', "");
    (status.parse().expect("a status"), code)
}

/// A message that Graph takes, to change in one place.
fn hello() -> Value {
    json!({
        "subject": "Hello",
        "body": {"contentType": "Text", "content": "Hi"},
        "toRecipients": [{"emailAddress": {"address": "a@example.org"}}],
    })
}

/// Compares `actual` with the whole of `tests/data/sandbox/{name}`.
#[track_caller]
fn compare(name: &str, actual: &[u8]) {
    expected::compare(&format!("sandbox/{name}"), actual);
}
