//! `sendMail` with JSON: what is taken, as whole files, and every refusal with its code.

use graphmail::sandbox::{Options, Sandbox, Transport};
use serde_json::{Value, json};

use super::{compare, expected, form, hello, outcome, post, rows, send, start};
use crate::support::loopback;

/// Sends `body` and compares what is captured with `{name}.json` and `{name}.eml`.
fn captured(name: &str, body: &Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let (sandbox, _) = start(Options {
        folder: Some(folder.path().to_owned()),
        ..Options::default()
    });
    let body = body.to_string();
    let path = "/v1.0/me/sendMail";
    let answer = post(&sandbox, path, "application/json", body.as_bytes());
    assert_eq!((answer.status, answer.body.len()), (202, 0), "{answer:?}");
    for extension in ["json", "eml"] {
        let file = folder.path().join(format!("0001.{extension}"));
        let actual = std::fs::read(file).expect("a captured message");
        compare(&format!("{name}.{extension}"), &actual);
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}

fn to(address: &str) -> Value {
    json!([{"emailAddress": {"address": address}}])
}

/// Changes one property of [`hello`].
fn with(name: &str, value: Value) -> Value {
    let mut message = hello();
    message[name] = value;
    message
}

#[test]
fn the_published_example_with_cc_is_captured() {
    captured(
        "published-simple",
        &json!({
            "message": {
                "subject": "Meet for lunch?",
                "body": {"contentType": "Text", "content": "The new cafeteria is open."},
                "toRecipients": to("frannis@contoso.com"),
                "ccRecipients": to("danas@contoso.com"),
            },
            "saveToSentItems": "false",
        }),
    );
}

#[test]
fn the_published_example_with_custom_headers_is_captured() {
    captured(
        "published-headers",
        &json!({
            "message": {
                "subject": "9/9/2018: concert",
                "body": {"contentType": "HTML", "content": "The group represents Nevada."},
                "toRecipients": to("AlexW@contoso.com"),
                "internetMessageHeaders": [
                    {"name": "x-custom-header-group-name", "value": "Nevada"},
                    {"name": "x-custom-header-group-id", "value": "NV001"},
                ],
            },
        }),
    );
}

#[test]
fn the_published_example_with_an_attachment_is_captured() {
    captured(
        "published-attachment",
        &json!({
            "message": {
                "subject": "Meet for lunch?",
                "body": {"contentType": "Text", "content": "The new cafeteria is open."},
                "toRecipients": to("meganb@contoso.com"),
                "attachments": [{
                    "@odata.type": "#microsoft.graph.fileAttachment",
                    "name": "attachment.txt",
                    "contentType": "text/plain",
                    "contentBytes": "SGVsbG8gV29ybGQh",
                }],
            },
        }),
    );
}

#[test]
fn the_published_flagged_example_is_captured_once_it_has_its_wrapper() {
    let message = json!({
        "subject": "Meet for lunch?",
        "body": {"contentType": "Text", "content": "The new cafeteria is open."},
        "toRecipients": to("frannis@contoso.com"),
        "flag": {
            "flagStatus": "flagged",
            "startDateTime": {"dateTime": "2026-02-01T09:00:00", "timeZone": "UTC"},
            "dueDateTime": {"dateTime": "2026-02-02T09:00:00.0000000", "timeZone": "UTC"},
        },
    });
    captured("published-flag", &json!({"message": message}));
    let (sandbox, _) = start(Options::default());
    let path = "/v1.0/me/sendMail";
    let answer = post(
        &sandbox,
        path,
        "application/json",
        message.to_string().as_bytes(),
    );
    assert_eq!(outcome(&answer), (400, "RequestBodyRead".to_owned()));
}

#[test]
fn a_message_with_everything_is_captured() {
    captured(
        "everything",
        &json!({
            "message": {
                "@odata.type": "#microsoft.graph.message",
                "subject": "=?utf-8?q?not?= an encoded word, Grüße",
                "body": {"contentType": "html", "content": "<p>Grüße <img src=\"cid:logo\"></p>\n"},
                "from": {"emailAddress": {"name": "Reports, Ltd", "address": "reports@example.org"}},
                "toRecipients": [{"emailAddress": {"name": "Jürgen =?x?=", "address": "j@example.org"}}],
                "bccRecipients": to("hidden@example.org"),
                "replyTo": to("answers@example.org"),
                "importance": "HIGH",
                "categories": ["Blue"],
                "isReadReceiptRequested": true,
                "isDeliveryReceiptRequested": true,
                "internetMessageId": "<chosen@example.org>",
                "internetMessageHeaders": [{"name": "X-Mailer", "value": "graphmail ✉"}],
                "singleValueExtendedProperties": [
                    {"id": "SystemTime 0x3FEF", "value": "2026-02-01T07:00:00Z"},
                    {"id": "Integer 0x0036", "value": "2"},
                    {"id": "String 0x1042", "value": "<one@example.org>"},
                    {"id": "String 0x1039", "value": "<zero@example.org> <one@example.org>"},
                ],
                "attachments": [
                    {
                        "@odata.type": "#microsoft.graph.fileAttachment",
                        "name": "Übersicht \"1\".ics", "contentType": "text/calendar; method=REQUEST",
                        "contentBytes": "QkVHSU46VkNBTEVOREFSCkVORA==", "isInline": false,
                    },
                    {
                        "@odata.type": "#microsoft.graph.fileAttachment",
                        "name": "logo.png", "contentType": "image/png",
                        "contentBytes": "iVBORw0KGgo=", "isInline": true, "contentId": "logo",
                    },
                    {
                        "@odata.type": "#microsoft.graph.fileAttachment",
                        "name": "odd", "contentType": "text/plain\r\nX-Injected: yes",
                        "contentBytes": "", "contentId": null,
                    },
                ],
            },
            "saveToSentItems": true,
        }),
    );
}

#[test]
fn every_refusal_of_a_message_has_its_code() {
    let (sandbox, _) = start(Options {
        mailboxes: vec!["ada@example.org".to_owned()],
        ..Options::default()
    });
    for line in rows(include_str!("../data/sandbox/refused-messages.txt")) {
        let (answer, change) = line.split_once('{').expect("a change");
        let change: Value = serde_json::from_str(&format!("{{{change}")).expect("JSON");
        let mut message = hello();
        for (name, value) in change.as_object().expect("properties") {
            message[name] = value.clone();
        }
        assert_eq!(
            outcome(&send(&sandbox, &message)),
            expected(answer),
            "{line}"
        );
    }
    assert_eq!(sandbox.accepted().len(), 0);
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn recipients_and_headers_are_counted() {
    let (sandbox, _) = start(Options::default());
    for (count, answer) in [(499, "202 -"), (500, "400 ErrorExceededMaxRecipientLimit")] {
        let others = (0..count)
            .map(|n| json!({"emailAddress": {"address": format!("u{n}@example.org")}}))
            .collect();
        let message = with("bccRecipients", others);
        assert_eq!(outcome(&send(&sandbox, &message)), expected(answer));
    }
    for (count, answer) in [
        (5, "202 -"),
        (6, "400 InvalidInternetMessageHeaderCollection"),
    ] {
        let headers = (0..count)
            .map(|n| json!({"name": format!("X-{n}"), "value": ""}))
            .collect();
        let message = with("internetMessageHeaders", headers);
        assert_eq!(outcome(&send(&sandbox, &message)), expected(answer));
    }
}

#[test]
fn every_answer_to_a_request_has_its_code() {
    let (sandbox, _) = start(Options {
        mailboxes: ["ada@example.org", "bob@example.org"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    });
    for line in rows(include_str!("../data/sandbox/requests.txt")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [answer, path, content_type, body] = cells[..] else {
            panic!("{line}");
        };
        let body = body.replace('$', &hello().to_string());
        let found = post(&sandbox, path, content_type, body.as_bytes());
        assert_eq!(outcome(&found), expected(answer), "{line}");
    }
    let accepted = sandbox.accepted();
    let mailboxes: Vec<_> = accepted
        .iter()
        .map(|it| (it.mailbox.as_str(), it.saved))
        .collect();
    let (ada, bob) = ("ada@example.org", "bob@example.org");
    assert_eq!(
        mailboxes,
        [
            (ada, true),
            (ada, true),
            (ada, false),
            (ada, true),
            (bob, true)
        ]
    );
    assert_eq!(
        sandbox.complaints(),
        [
            "POST /v1.0/me/sendMail: the content type is not one of the route's",
            "POST /v1.0/me/sendMail: the content type is not one of the route's",
            "POST /v1.0/me/sendMail: the content type is not one of the route's",
            "POST /v1.0/me/sendMail: the content type is not one of the route's",
            "POST /v1.0/me/sendmail: there is no such route",
            "POST /v1.0/me: the route does not have this method",
            "POST /beta/me/sendMail: there is no such route",
        ]
    );
}

#[test]
fn four_mebibytes_pass_and_a_byte_more_does_not() {
    let (sandbox, _) = start(Options::default());
    let mut body = json!({"message": hello()}).to_string().into_bytes();
    let path = "/v1.0/me/sendMail";
    for (size, expected) in [
        (4_194_304, (202, String::new())),
        (4_194_305, (413, "BadRequest".to_owned())),
        (9_000_000, (413, "BadRequest".to_owned())),
    ] {
        body.resize(size, b' ');
        let answer = post(&sandbox, path, "application/json", &body);
        assert_eq!(outcome(&answer), expected, "{size}");
    }
}

/// Asks with this Authorization, or none.
fn authorized(sandbox: &Sandbox, path: &str, authorization: Option<&str>) -> (u16, String) {
    let body = json!({"message": hello()}).to_string();
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    let answer = loopback::request(
        &sandbox.graph_url(),
        "POST",
        path,
        &headers,
        body.as_bytes(),
    );
    outcome(&answer.expect("an answer"))
}

#[test]
fn a_token_has_to_be_there_known_and_allowed() {
    let (sandbox, _) = start(Options {
        permissions: vec!["Mail.Send".to_owned()],
        ..Options::default()
    });
    let ready = format!("Bearer {}", sandbox.ready_token());
    let scope = format!("{}/.default", sandbox.graph_url());
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_secret", "any"),
        ("scope", scope.as_str()),
    ];
    let tokens = form(&sandbox, "/contoso/oauth2/v2.0/token", &fields).json();
    let own = format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("a token")
    );
    let me = "/v1.0/me/sendMail";
    let other = "/v1.0/users/other@example.org/sendMail";
    let unknown = (401, "InvalidAuthenticationToken".to_owned());
    assert_eq!(authorized(&sandbox, me, None), unknown);
    assert_eq!(authorized(&sandbox, me, Some("Bearer x")), unknown);
    assert_eq!(authorized(&sandbox, me, Some("Basic x")), unknown);
    assert_eq!(authorized(&sandbox, me, Some(&ready)), (202, String::new()));
    let denied = (403, "ErrorAccessDenied".to_owned());
    assert_eq!(authorized(&sandbox, other, Some(&ready)), denied);
    let not_a_user = (400, "BadRequest".to_owned());
    assert_eq!(authorized(&sandbox, me, Some(&own)), not_a_user);
    assert_eq!(
        authorized(&sandbox, other, Some(&own)),
        (202, String::new())
    );
    assert_eq!(
        sandbox.complaints(),
        ["POST /v1.0/me/sendMail: Authorization is missing"]
    );
    let (powerless, _) = start(Options {
        permissions: vec!["Mail.ReadWrite".to_owned()],
        ..Options::default()
    });
    let ready = format!("Bearer {}", powerless.ready_token());
    assert_eq!(authorized(&powerless, me, Some(&ready)), denied);
}

#[test]
fn an_error_is_shaped_as_graph_shapes_it() {
    let (sandbox, _) = start(Options::default());
    let answer = send(&sandbox, &with("colour", json!("red")));
    let id = "11111111-2222-3333-4444-555555555555";
    assert_eq!(
        answer.json(),
        json!({"error": {
            "code": "RequestBodyRead",
            "message": "The property 'colour' does not exist on type 'microsoft.graph.message'. Make sure to only use property names that are defined by the type.",
            "innerError": {
                "date": "2026-01-31T09:00:00",
                "request-id": answer.header("request-id"),
                "client-request-id": id,
            },
        }})
    );
    assert_eq!(answer.header("client-request-id"), id);
    assert_eq!(answer.header("date"), "Sat, 31 Jan 2026 09:00:00 GMT");
    let url = sandbox.graph_url();
    let unsigned = loopback::request(&url, "GET", "/v1.0/me", &[], b"").expect("an answer");
    assert_eq!(
        unsigned.header("www-authenticate"),
        format!(
            "Bearer realm=\"\", authorization_uri=\"{url}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\""
        )
    );
}

#[test]
fn what_was_accepted_is_told_whole() {
    let (sandbox, _) = start(Options::default());
    let mut message = hello();
    message["ccRecipients"] = to("c@example.org");
    message["bccRecipients"] = to("b@example.org");
    assert_eq!(send(&sandbox, &message).status, 202);
    let accepted = sandbox.accepted().pop().expect("a message");
    assert_eq!(accepted.number, 1);
    assert_eq!(accepted.transport, Transport::Json);
    assert_eq!(accepted.mailbox, "you@sandbox.example");
    assert_eq!(accepted.from, "you@sandbox.example");
    assert_eq!(accepted.to, ["a@example.org"]);
    assert_eq!(accepted.cc, ["c@example.org"]);
    assert_eq!(accepted.bcc, ["b@example.org"]);
    assert_eq!(accepted.subject, "Hello");
    assert!(accepted.saved);
    let eml = String::from_utf8(accepted.eml.to_vec()).expect("ASCII");
    assert!(!eml.contains("b@example.org"), "{eml}");
    let exchange = sandbox.exchanges().pop().expect("a request");
    assert_eq!(
        (exchange.method.as_str(), exchange.path.as_str()),
        ("POST", "/v1.0/me/sendMail")
    );
    assert_eq!(exchange.header("content-type"), Some("application/json"));
    assert!(!format!("{exchange:?}").contains(&sandbox.ready_token()));
}

#[test]
fn numbers_go_on_where_the_folder_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    for expected in [
        "0001.eml 0001.json",
        "0001.eml 0001.json 0002.eml 0002.json",
    ] {
        let (sandbox, _) = start(Options {
            folder: Some(folder.path().to_owned()),
            ..Options::default()
        });
        assert_eq!(send(&sandbox, &hello()).status, 202);
        let entries = std::fs::read_dir(folder.path()).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        assert_eq!(names.join(" "), expected);
    }
}

#[test]
fn the_user_is_told_whole_or_in_part() {
    let (sandbox, _) = start(Options::default());
    let bearer = format!("Bearer {}", sandbox.ready_token());
    let headers = [("Authorization", bearer.as_str())];
    let url = sandbox.graph_url();
    let ask = |path: &str| loopback::request(&url, "GET", path, &headers, b"").expect("an answer");
    assert_eq!(
        ask("/v1.0/me?$select=mail,displayName").json(),
        json!({
            "@odata.context": format!("{url}/v1.0/$metadata#users(mail,displayName)/$entity"),
            "mail": "you@sandbox.example",
            "displayName": "you",
        })
    );
    let whole = ask("/v1.0/me").json();
    assert_eq!(whole["userPrincipalName"], "you@sandbox.example");
    let refused = (400, "BadRequest".to_owned());
    assert_eq!(outcome(&ask("/v1.0/me?$select=shoeSize")), refused);
    assert_eq!(outcome(&ask("/v1.0/me?$expand=manager")), refused);
}
