//! Drafts: created, read, changed, given attachments, sent, deleted; every refusal with its code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphmail::sandbox::{Options, Sandbox, Transport};
use serde_json::{Value, json};

use super::{
    IMMUTABLE, JSON, announce, ask, compare, create, expected, form, hello, outcome, pattern, rows,
    send, send_draft, start,
};
use crate::support::loopback;

const FILE: &str = r##"{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "aGk="}"##;

/// Attaches a file to the draft.
fn attach(sandbox: &Sandbox, id: &str, file: &str) -> loopback::Response {
    let path = format!("/v1.0/me/messages/{id}/attachments");
    ask(sandbox, "POST", &path, &[JSON], file.as_bytes())
}

/// The same answer without what differs from run to run.
fn steady(answer: &Value, sandbox: &Sandbox) -> Vec<u8> {
    let text = format!("{answer:#}\n").replace(&sandbox.graph_url(), "http://HOST");
    text.into_bytes()
}

#[test]
fn every_answer_to_a_request_has_its_code() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &hello());
    for line in rows(include_str!("../data/sandbox/draft-requests.txt")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [answer, method, path, content_type, body] = cells[..] else {
            panic!("{line}");
        };
        let path = format!("/v1.0/me/{}", path.replace('*', &id));
        let body = body.replace('$', &hello().to_string()).replace('&', FILE);
        let mut headers = vec![IMMUTABLE];
        if !content_type.is_empty() {
            headers.push(("Content-Type", content_type));
        }
        let found = ask(&sandbox, method, &path, &headers, body.as_bytes());
        assert_eq!(outcome(&found), expected(answer), "{line}");
        let applied = found.header("preference-applied");
        let is_applied = found.status < 300;
        assert_eq!(applied == IMMUTABLE.1, is_applied, "{line}");
    }
    let content_type = "the content type is not one of the route's";
    let messages = "/v1.0/me/messages";
    let expected: Vec<String> = [
        ("POST", String::new(), content_type),
        ("POST", String::new(), content_type),
        ("GET", String::new(), "the route does not have this method"),
        ("PATCH", format!("/{id}"), content_type),
        ("POST", format!("/{id}/attachments"), content_type),
        ("POST", format!("/{id}/sent"), "there is no such route"),
        (
            "POST",
            format!("/{id}/attachments/upload"),
            "there is no such route",
        ),
        (
            "POST",
            format!("/{id}/attachments/createUploadSession"),
            content_type,
        ),
    ]
    .into_iter()
    .map(|(method, path, reason)| format!("{method} {messages}{path}: {reason}"))
    .collect();
    let complaints = sandbox.complaints();
    assert_eq!(complaints[..expected.len()], expected);
    assert_eq!(
        complaints[expected.len()..],
        [
            "GET /v1.0/me/mailFolders/drafts: there is no such route",
            "POST /v1.0/me/mailFolders/drafts/messages: the route does not have this method",
        ]
    );
}

#[test]
fn a_draft_is_shown_whole_and_goes_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sandbox, _) = start(Options {
        folder: Some(folder.path().to_owned()),
        ..Options::default()
    });
    let mut message = hello();
    message["bccRecipients"] = json!([{"emailAddress": {"address": "b@example.org"}}]);
    message["body"] = json!({"contentType": "html", "content": "<img src=\"cid:logo\">"});
    let answer = ask(
        &sandbox,
        "POST",
        "/v1.0/me/messages",
        &[JSON],
        message.to_string().as_bytes(),
    );
    assert_eq!(answer.status, 201);
    let draft = answer.json();
    compare("draft.json", &steady(&draft, &sandbox));
    let id = draft["id"].as_str().expect("an id");
    let location = format!(
        "{}/v1.0/users('you@sandbox.example')/messages('{id}')",
        sandbox.graph_url()
    );
    assert_eq!(answer.header("location"), location);
    let image = r##"{"@odata.type": "#microsoft.graph.fileAttachment", "name": "l.png", "contentType": "image/png", "contentBytes": "iVBORw0KGgo=", "isInline": true, "contentId": "logo"}"##;
    let attached = attach(&sandbox, id, image);
    compare("draft-attachment.json", &steady(&attached.json(), &sandbox));
    assert_eq!(attach(&sandbox, id, FILE).status, 201);
    assert_eq!(sandbox.drafts()[0].attachments.len(), 2);
    let answer = send_draft(&sandbox, id);
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    for (file, name) in [
        ("0001.json", "draft-sent.json"),
        ("0001.eml", "draft-sent.eml"),
    ] {
        let bytes = std::fs::read(folder.path().join(file)).expect("a captured message");
        compare(name, &bytes);
    }
    let accepted = sandbox.accepted().pop().expect("a message");
    assert_eq!(accepted.transport, Transport::Draft);
    assert_eq!(accepted.bcc, ["b@example.org"]);
    assert!(accepted.saved);
    let contents = accepted.attachments[1].contents.to_vec();
    assert_eq!(contents.expect("contents"), b"hi");
    assert_eq!(sandbox.drafts().len(), 0);
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn a_change_is_shown_and_goes() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &hello());
    let path = format!("/v1.0/me/messages/{id}");
    let change = json!({
        "subject": "Changed",
        "from": {"emailAddress": {"address": "other@example.org"}},
        "toRecipients": [{"emailAddress": {"address": "z@example.org"}}],
    });
    let answer = ask(
        &sandbox,
        "PATCH",
        &path,
        &[JSON],
        change.to_string().as_bytes(),
    );
    assert_eq!(answer.json()["subject"], "Changed");
    let shown = ask(&sandbox, "GET", &path, &[IMMUTABLE], b"").json();
    assert_eq!(shown["sender"], change["from"]);
    assert_eq!(
        shown["body"],
        json!({"contentType": "text", "content": "Hi"})
    );
    assert_eq!(send_draft(&sandbox, &id).status, 202);
    let accepted = sandbox.accepted().pop().expect("a message");
    assert_eq!(
        (accepted.subject.as_str(), accepted.to),
        ("Changed", vec!["z@example.org".to_owned()])
    );
    assert_eq!(accepted.from, "other@example.org");
}

const EML: &str = "From: you@sandbox.example\r\n\
    To: a@example.org\r\n\
    Bcc: b@example.org\r\n\
    Subject: Hello\r\n\
    Message-ID: <own@example.org>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative;\r\n boundary=x\r\n\
    X-Last: yes\r\n\
    \r\n\
    --x\r\n\
    \r\n\
    Hi\r\n\
    --x\r\n\
    Content-Type: text/html\r\n\
    \r\n\
    <p>Hi\r\n\
    --x--\r\n";

/// Creates a draft out of MIME; what Graph says of it.
fn create_mime(sandbox: &Sandbox, eml: &str) -> Value {
    let body = STANDARD.encode(eml);
    let headers = [("Content-Type", "text/plain")];
    let answer = ask(
        sandbox,
        "POST",
        "/v1.0/me/messages",
        &headers,
        body.as_bytes(),
    );
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

#[test]
fn a_draft_of_mime_goes_as_it_is_and_with_more_attached_as_a_part_of_itself() {
    let (sandbox, _) = start(Options::default());
    let draft = create_mime(&sandbox, EML);
    assert_eq!(draft["internetMessageId"], "<own@example.org>");
    assert_eq!(draft["isDraft"], true);
    assert_eq!(
        send_draft(&sandbox, draft["id"].as_str().expect("an id")).status,
        202
    );
    let plain = EML.replace("Bcc: b@example.org\r\n", "");
    assert!(sandbox.accepted()[0].eml == plain.as_bytes());
    let draft = create_mime(
        &sandbox,
        &EML.replace("Message-ID: <own@example.org>\r\n", ""),
    );
    let id = draft["id"].as_str().expect("an id");
    assert_eq!(attach(&sandbox, id, FILE).status, 201);
    assert_eq!(send_draft(&sandbox, id).status, 202);
    let eml = sandbox.accepted()[1].eml.to_vec();
    compare("draft-mime-extended.eml", &eml);
    assert_eq!(sandbox.accepted()[1].bcc, ["b@example.org"]);
}

#[test]
fn contents_stay_where_they_belong_whatever_names_hold() {
    let (sandbox, _) = start(Options::default());
    let mut message = hello();
    message["subject"] = json!("\0first\0");
    message["body"]["content"] = json!("a\0b\0 1\0");
    message["toRecipients"] =
        json!([{"emailAddress": {"name": "\u{0}0\0", "address": "a@example.org"}}]);
    let id = create(&sandbox, &message);
    for name in ["\\u0000\\u0000", "0\\u00001\\u0000"] {
        assert_eq!(
            attach(&sandbox, &id, &FILE.replace("a.txt", name)).status,
            201
        );
    }
    assert_eq!(send_draft(&sandbox, &id).status, 202);
    let eml = sandbox.accepted()[0].eml.to_vec();
    let parsed = mail_parser::MessageParser::default()
        .parse(&eml)
        .expect("a message");
    assert!(!eml.contains(&0));
    assert_eq!(parsed.body_text(0).as_deref(), Some("a\0b\0 1\0"));
    for attachment in parsed.attachments() {
        assert_eq!(attachment.contents(), b"hi");
    }
    assert_eq!(parsed.attachment_count(), 2);
}

#[test]
fn sending_asks_what_send_mail_asks() {
    let (sandbox, _) = start(Options {
        mailboxes: vec!["ada@example.org".to_owned()],
        ..Options::default()
    });
    for (change, answer) in [
        (json!({"toRecipients": []}), "400 ErrorInvalidRecipients"),
        (
            json!({"toRecipients": [{"emailAddress": {"address": "nobody"}}]}),
            "400 ErrorInvalidRecipients",
        ),
        (
            json!({"from": {"emailAddress": {"address": "else@example.org"}}}),
            "403 ErrorSendAsDenied",
        ),
        (
            json!({"sender": {"emailAddress": {"address": "x@example.org"}}}),
            "400 ErrorInvalidSender",
        ),
    ] {
        let mut message = hello();
        for (name, value) in change.as_object().expect("properties") {
            message[name] = value.clone();
        }
        let id = create(&sandbox, &message);
        assert_eq!(
            outcome(&send_draft(&sandbox, &id)),
            expected(answer),
            "{change}"
        );
    }
    for (part, other, answer) in [
        (
            "To: a@example.org\r\nBcc: b@example.org\r\n",
            "",
            "400 ErrorInvalidRecipients",
        ),
        (
            "you@sandbox.example",
            "else@example.org",
            "403 ErrorSendAsDenied",
        ),
        ("you@sandbox.example", "ada@example.org", "202 -"),
    ] {
        let draft = create_mime(&sandbox, &EML.replace(part, other));
        let answered = send_draft(&sandbox, draft["id"].as_str().expect("an id"));
        assert_eq!(outcome(&answered), expected(answer), "{other}");
    }
    assert_eq!((sandbox.drafts().len(), sandbox.accepted().len()), (6, 1));
}

#[test]
fn sending_takes_a_length_of_nothing() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &hello());
    let path = format!("/v1.0/me/messages/{id}/send");
    let refused = (411, "LengthRequired".to_owned());
    let chunked = ("Transfer-Encoding", "chunked");
    let bearer = format!("Bearer {}", sandbox.ready_token());
    // The length that the client adds by itself would end the request before its chunks.
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: {bearer}\r\n{}: {}\r\n\r\n0\r\n\r\n",
        chunked.0, chunked.1
    );
    let answer = loopback::raw(&sandbox.graph_url(), head.as_bytes()).expect("an answer");
    assert_eq!(outcome(&answer), refused);
    assert_eq!(outcome(&ask(&sandbox, "POST", &path, &[], b"{}")), refused);
    assert_eq!(sandbox.accepted().len(), 0);
    let complaint = format!("POST {path}: sending a draft takes Content-Length: 0 and no body");
    assert_eq!(sandbox.complaints(), [complaint.clone(), complaint]);
    assert_eq!(send_draft(&sandbox, &id).status, 202);
}

#[test]
fn a_sent_draft_is_gone_from_drafts_and_has_another_id() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &hello());
    let draft = sandbox.drafts().pop().expect("a draft");
    assert_eq!(draft.immutable_id, id);
    assert_ne!(draft.id, id);
    let get = |id: &str, headers: &[(&str, &str)]| {
        ask(
            &sandbox,
            "GET",
            &format!("/v1.0/me/messages/{id}"),
            headers,
            b"",
        )
    };
    assert_eq!(get(&draft.id, &[]).json()["id"], json!(draft.id));
    assert_eq!(get(&draft.id, &[IMMUTABLE]).json()["id"], json!(id));
    assert_eq!(send_draft(&sandbox, &draft.id).status, 202);
    let gone = (404, "ErrorItemNotFound".to_owned());
    assert_eq!(outcome(&get(&draft.id, &[])), gone);
    let sent = get(&id, &[]).json();
    assert_eq!(sent["isDraft"], false);
    assert_eq!(sent["parentFolderId"], "sentitems");
    assert_ne!(sent["id"], json!(draft.id));
    for id in [&draft.id, &id] {
        assert_eq!(outcome(&send_draft(&sandbox, id)), gone);
    }
    assert_eq!(sandbox.accepted().len(), 1);
}

/// What creating, reading, listing and sending answer to this Authorization.
fn rights(sandbox: &Sandbox, bearer: &str, root: &str) -> Vec<u16> {
    let id = sandbox
        .drafts()
        .first()
        .map_or_else(|| "x".to_owned(), |draft| draft.id.clone());
    [
        ("POST", format!("{root}/messages"), "{}"),
        ("GET", format!("{root}/messages/{id}"), ""),
        ("GET", format!("{root}/mailFolders/drafts/messages"), ""),
        ("GET", format!("{root}/messages/{id}/attachments"), ""),
        ("POST", format!("{root}/messages/{id}/attachments"), FILE),
        ("PATCH", format!("{root}/messages/{id}"), "{}"),
        ("POST", format!("{root}/messages/{id}/send"), ""),
        ("DELETE", format!("{root}/messages/{id}"), ""),
    ]
    .into_iter()
    .map(|(method, path, body)| {
        let headers = [("Authorization", bearer), JSON];
        let answer = loopback::request(
            &sandbox.graph_url(),
            method,
            &path,
            &headers,
            body.as_bytes(),
        );
        answer.expect("an answer").status
    })
    .collect()
}

#[test]
fn each_step_has_its_permission() {
    // Nothing is in the mailbox: where the permission is there, the draft is not.
    for (permission, expected) in [
        ("Mail.ReadWrite", [201, 404, 200, 404, 404, 404, 403, 404]),
        ("Mail.Send", [403, 403, 403, 403, 403, 403, 404, 403]),
        ("Mail.Read", [403, 404, 200, 404, 403, 403, 403, 403]),
        ("Mail.ReadBasic", [403, 404, 200, 404, 403, 403, 403, 403]),
    ] {
        let (sandbox, _) = start(Options {
            permissions: vec![permission.to_owned()],
            ..Options::default()
        });
        let bearer = format!("Bearer {}", sandbox.ready_token());
        assert_eq!(
            rights(&sandbox, &bearer, "/v1.0/me"),
            expected,
            "{permission}"
        );
        let others = rights(&sandbox, &bearer, "/v1.0/users/b@example.org");
        assert_eq!(others, [403; 8], "{permission}");
        assert_eq!(rights(&sandbox, "Bearer x", "/v1.0/me"), [401; 8]);
        assert_eq!(sandbox.complaints(), [""; 0]);
        let (sandbox, _) = start(Options {
            permissions: vec![format!("{permission}.Shared")],
            ..Options::default()
        });
        let bearer = format!("Bearer {}", sandbox.ready_token());
        let others = rights(&sandbox, &bearer, "/v1.0/users/b@example.org");
        assert_eq!(others, expected, "{permission}.Shared");
    }
}

#[test]
fn an_application_has_drafts_in_every_mailbox_and_none_of_its_own() {
    let (sandbox, _) = start(Options {
        permissions: vec!["Mail.ReadWrite".to_owned(), "Mail.Send".to_owned()],
        ..Options::default()
    });
    let scope = format!("{}/.default", sandbox.graph_url());
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_secret", "any"),
        ("scope", scope.as_str()),
    ];
    let tokens = form(&sandbox, "/contoso/oauth2/v2.0/token", &fields).json();
    let bearer = format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("a token")
    );
    assert_eq!(rights(&sandbox, &bearer, "/v1.0/me"), [400; 8]);
    let users = "/v1.0/users/b@example.org";
    assert_eq!(rights(&sandbox, &bearer, users)[0], 201);
    assert_eq!(sandbox.drafts()[0].mailbox, "b@example.org");
    let other = "/v1.0/users/c@example.org";
    assert_eq!(rights(&sandbox, &bearer, other)[1], 404, "it is another's");
    assert_eq!(
        rights(&sandbox, &bearer, users)[1..6],
        [200, 200, 200, 201, 200]
    );
}

#[test]
fn a_request_has_four_mebibytes_and_no_more() {
    let (sandbox, _) = start(Options::default());
    let id = create(&sandbox, &hello());
    let file = |size: usize| {
        let contents = STANDARD.encode(pattern(size));
        FILE.replace("aGk=", &contents)
    };
    let room = 4_194_304 - FILE.len() + 4;
    let most = room / 4 * 3;
    for (size, answer) in [
        (most, "201 -"),
        (most + 1, "413 BadRequest"),
        (3_145_728, "413 BadRequest"),
    ] {
        let answered = attach(&sandbox, &id, &file(size));
        assert_eq!(outcome(&answered), expected(answer), "{size}");
    }
    let contents = sandbox.drafts()[0].attachments[0].contents.to_vec();
    assert!(contents.expect("contents") == pattern(most));
}

#[test]
fn a_message_has_a_limit_on_its_way_in_and_on_its_way_out() {
    let refused = (400, "ErrorMessageSizeExceeded".to_owned());
    let (sandbox, _) = start(Options {
        message_limit: 3_000_000,
        ..Options::default()
    });
    let id = create(&sandbox, &hello());
    let two = FILE.replace("aGk=", &STANDARD.encode(pattern(2_000_000)));
    assert_eq!(attach(&sandbox, &id, &two).status, 201);
    let one = FILE.replace("aGk=", &STANDARD.encode(pattern(999_999)));
    assert_eq!(outcome(&attach(&sandbox, &id, &one)), refused);
    let third = pattern(400_000);
    let third = FILE.replace("aGk=", &STANDARD.encode(third));
    assert_eq!(attach(&sandbox, &id, &third).status, 201);
    assert_eq!(outcome(&announce(&sandbox, &id, "a", 2_097_152)), refused);
    // Base64 makes it larger than it is.
    assert_eq!(outcome(&send_draft(&sandbox, &id)), refused);
    let mut message = hello();
    message["attachments"] = json!([serde_json::from_str::<Value>(
        &FILE.replace("aGk=", &STANDARD.encode(pattern(2_300_000)))
    )
    .expect("JSON")]);
    assert_eq!(outcome(&send(&sandbox, &message)), refused);
    assert_eq!(sandbox.accepted().len(), 0);
}
