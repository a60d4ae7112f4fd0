//! Folders: what is found in them, by whom and when.

use std::time::Duration;

use graphmail::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use super::{
    IMMUTABLE, JSON, ask, create, expected, hello, outcome, post, rows, send, send_draft, start,
};
use crate::support::loopback::Response;

fn list(sandbox: &Sandbox, folder: &str, query: &str) -> Response {
    let path = format!("/v1.0/me/mailFolders/{folder}/messages{query}");
    ask(sandbox, "GET", &path, &[IMMUTABLE], b"")
}

/// The subjects of the messages in the folder.
fn subjects(sandbox: &Sandbox, folder: &str, query: &str) -> Vec<String> {
    let answer = list(sandbox, folder, query).json();
    let messages = answer["value"].as_array().expect("messages").clone();
    let subject = |message: &Value| message["subject"].as_str().expect("a subject").to_owned();
    messages.iter().map(subject).collect()
}

fn named(subject: &str) -> Value {
    let mut message = hello();
    message["subject"] = json!(subject);
    message["internetMessageId"] = json!(format!("<{subject}@example.org>"));
    message
}

#[test]
fn every_answer_to_a_query_has_its_code() {
    let (sandbox, _) = start(Options::default());
    for line in rows(include_str!("../data/sandbox/queries.txt")) {
        let (answer, query) = line.split_once('|').expect("a query");
        let found = list(&sandbox, "sentitems", query.trim());
        assert_eq!(outcome(&found), expected(answer), "{line}");
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn a_sent_message_is_found_by_its_message_id() {
    let (sandbox, _) = start(Options::default());
    let draft = create(&sandbox, &named("draft"));
    assert_eq!(send(&sandbox, &named("direct")).status, 202);
    let unsaved = json!({"message": named("unsaved"), "saveToSentItems": false}).to_string();
    let path = "/v1.0/me/sendMail";
    assert_eq!(post(&sandbox, path, JSON.1, unsaved.as_bytes()).status, 202);
    let find = |subject: &str| {
        let query = format!(
            "?$filter=internetMessageId%20eq%20'%3C{subject}@example.org%3E'&$select=id&$top=1"
        );
        list(&sandbox, "SentItems", &query).json()["value"].clone()
    };
    assert_eq!(find("draft"), json!([]));
    assert_eq!(find("direct").as_array().map(Vec::len), Some(1));
    assert_eq!(find("unsaved"), json!([]));
    assert_eq!(subjects(&sandbox, "drafts", ""), ["draft"]);
    assert_eq!(send_draft(&sandbox, &draft).status, 202);
    assert_eq!(find("draft")[0]["id"], json!(draft));
    assert_eq!(subjects(&sandbox, "drafts", ""), [""; 0]);
    assert_eq!(subjects(&sandbox, "sentitems", ""), ["direct", "draft"]);
}

#[test]
fn a_copy_takes_its_time_to_sent_items() {
    let (sandbox, clock) = start(Options {
        sent_items_delay: Duration::from_secs(5),
        ..Options::default()
    });
    let draft = create(&sandbox, &named("draft"));
    assert_eq!(send_draft(&sandbox, &draft).status, 202);
    assert_eq!(send(&sandbox, &named("direct")).status, 202);
    let path = format!("/v1.0/me/messages/{draft}");
    for (passed, status, count) in [(0, 404, 0), (4, 404, 0), (1, 200, 2)] {
        clock.advance(Duration::from_secs(passed));
        assert_eq!(subjects(&sandbox, "sentitems", "").len(), count);
        assert_eq!(subjects(&sandbox, "drafts", "").len(), 0);
        assert_eq!(ask(&sandbox, "GET", &path, &[], b"").status, status);
    }
}

#[test]
fn drafts_come_in_pages_the_newest_first() {
    let (sandbox, clock) = start(Options::default());
    for number in 0..23 {
        create(&sandbox, &named(&format!("n{number}")));
        clock.advance(Duration::from_secs(1));
    }
    let mut found = Vec::new();
    let mut query = "?$select=subject".to_owned();
    loop {
        let page = list(&sandbox, "drafts", &query).json();
        let messages = page["value"].as_array().expect("messages");
        assert!(messages.len() <= 10);
        found.extend(
            messages
                .iter()
                .map(|message| message["subject"].as_str().expect("a subject").to_owned()),
        );
        let Some(next) = page["@odata.nextLink"].as_str() else {
            break;
        };
        let start = format!(
            "{}/v1.0/me/mailFolders/drafts/messages",
            sandbox.graph_url()
        );
        next.strip_prefix(&start)
            .expect("the same folder")
            .clone_into(&mut query);
    }
    let expected: Vec<_> = (0..23).rev().map(|number| format!("n{number}")).collect();
    assert_eq!(found, expected);
    assert_eq!(subjects(&sandbox, "drafts", "?$top=50").len(), 23);
    let oldest = subjects(&sandbox, "drafts", "?$orderby=createdDateTime&$top=2");
    assert_eq!(oldest, ["n0", "n1"]);
    let newest = subjects(
        &sandbox,
        "drafts",
        "?$orderby=lastModifiedDateTime%20desc&$top=1",
    );
    assert_eq!(newest, ["n22"]);
}

#[test]
fn a_selection_has_its_id() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &named("one"));
    let page = list(&sandbox, "drafts", "?$select=subject").json();
    let message = page["value"][0].as_object().expect("a message");
    let names: Vec<_> = message.keys().map(String::as_str).collect();
    assert_eq!(names, ["@odata.etag", "id", "subject"]);
    assert_eq!(message["id"], json!(id));
}

#[test]
fn a_deleted_draft_is_in_deleted_items_until_it_is_deleted_there() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &named("one"));
    let path = format!("/v1.0/me/messages/{id}");
    for (status, in_drafts, in_deleted) in [(204, 0, 1), (204, 0, 0), (404, 0, 0)] {
        assert_eq!(ask(&sandbox, "DELETE", &path, &[], b"").status, status);
        assert_eq!(subjects(&sandbox, "drafts", "").len(), in_drafts);
        assert_eq!(subjects(&sandbox, "deleteditems", "").len(), in_deleted);
        assert_eq!(sandbox.drafts().len(), 0);
    }
}

/// `Mail.ReadBasic` shows what a search for a message needs, and nothing that the message says.
#[test]
fn the_least_permission_shows_no_body() {
    let permissions = ["Mail.Send", "Mail.ReadBasic"].map(str::to_owned);
    let (sandbox, _) = start(Options {
        permissions: permissions.into(),
        ..Options::default()
    });
    assert_eq!(send(&sandbox, &named("direct")).status, 202);
    let found = list(&sandbox, "sentitems", "").json()["value"][0].clone();
    let shown = |name: &str| found.get(name).is_some();
    assert!(shown("toRecipients") && shown("internetMessageId"));
    assert!(!shown("body") && !shown("bodyPreview"));
    let search = "?$filter=internetMessageId%20eq%20'%3Cdirect@example.org%3E'\
                  &$select=id,createdDateTime,toRecipients,ccRecipients,bccRecipients";
    let found = list(&sandbox, "sentitems", search).json()["value"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let denied = (403, "ErrorAccessDenied".to_owned());
    for hidden in ["body", "id,bodyPreview"] {
        let answer = list(&sandbox, "sentitems", &format!("?$select={hidden}"));
        assert_eq!(outcome(&answer), denied, "{hidden}");
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}
