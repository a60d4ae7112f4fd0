//! The captured messages as a browser gets them.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphmail::sandbox::{Options, Sandbox};
use serde_json::json;

use super::{base, get, get_page, send, start};
use crate::support::expected;
use crate::support::loopback::{self, Response};

/// A sandbox that holds one hostile message.
fn hostile() -> Sandbox {
    let (sandbox, _) = start(Options::default());
    let html = "<script>alert(1)</script><img src=\"cid:logo\"><img src=\"cid:logo2\"><img src=\"https://example.org/track\">";
    let image = |id: &str, contents: &str| {
        json!({
            "@odata.type": "#microsoft.graph.fileAttachment", "name": format!("{id}.png"),
            "contentType": "image/png", "contentBytes": contents, "isInline": true, "contentId": id,
        })
    };
    let file = json!({
        "@odata.type": "#microsoft.graph.fileAttachment", "name": "\"<b>\r\nX: ü*.html",
        "contentType": "text/html", "contentBytes": STANDARD.encode("<script>alert(2)</script>"),
    });
    let answer = send(
        &sandbox,
        &json!({
            "subject": "<script>alert(0)</script>",
            "body": {"contentType": "html", "content": html},
            "toRecipients": [{"emailAddress": {"name": "<i>", "address": "a@example.org"}}],
            "bccRecipients": [{"emailAddress": {"address": "hidden@example.org"}}],
            "attachments": [image("logo", "QUFB"), image("logo2", "QkJC"), file],
        }),
    );
    assert_eq!(answer.status, 202, "{answer:?}");
    sandbox
}

/// The page at `path`, with the token replaced.
fn shown(sandbox: &Sandbox, path: &str) -> String {
    let page = get_page(sandbox, path);
    assert_eq!(page.status, 200, "{path}");
    let page = page.text().replace(&base(sandbox), "/TOKEN");
    // One element per line, so that a difference is small.
    page.replace("><", ">\n<") + "\n"
}

#[test]
fn what_a_message_says_is_text_on_our_pages() {
    let sandbox = hostile();
    for path in [
        "/",
        "/?q=%3Ci%3E",
        "/messages/1",
        "/messages/1?tab=html-source",
        "/messages/1?tab=text",
        "/messages/1?tab=headers",
        "/messages/1?tab=source",
        "/messages/1?tab=json",
        "/messages/1?tab=%3Ci%3E",
        "/drafts",
        "/requests",
    ] {
        let page = get_page(&sandbox, path);
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        let ours = format!(
            "<script src=\"{}/script.js\" defer></script>",
            base(&sandbox)
        );
        let text = page.text().replacen(&ours, "", 1);
        assert!(!text.contains("<script"), "{path}: {text}");
        assert!(
            !text.contains("<b>") && !text.contains("<i>"),
            "{path}: {text}"
        );
        assert!(
            !text.contains("style=\"") && !text.contains("<style"),
            "{path}: {text}"
        );
    }
}

#[test]
fn a_message_s_html_is_caged_and_has_its_images() {
    let sandbox = hostile();
    let html = get_page(&sandbox, "/messages/1/html");
    assert_eq!(
        html.header("content-security-policy"),
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    assert_eq!(html.header("referrer-policy"), "no-referrer");
    assert_eq!(html.header("x-dns-prefetch-control"), "off");
    assert_eq!(
        html.text(),
        "<img src=\"data:image/png;base64,QUFB\"><img src=\"data:image/png;base64,QkJC\"><img>"
    );
    let page = get_page(&sandbox, "/messages/1");
    let page = page.text();
    let note = "1 remote resource not loaded: this page contacts no other host. Elements left out: script.";
    assert!(page.contains(note), "{page}");
}

/// A sandbox with a message that has everything, a plain one, a draft, refused requests and faults.
fn busy() -> Sandbox {
    let faults = [
        "POST /me/sendMail=503,after=2",
        "GET /me=reset-before",
        "GET /me=200,times=2",
    ];
    let (sandbox, seams) = start(Options {
        faults: faults.map(|fault| fault.parse().expect("a fault")).to_vec(),
        ..Options::default()
    });
    let person =
        |name: &str, address: &str| json!({"emailAddress": {"name": name, "address": address}});
    let many: Vec<_> = (1..=60)
        .map(|number| person("", &format!("user{number}@example.org")))
        .collect();
    let message = json!({
        "subject": "Nightly report", "importance": "high", "categories": ["Operations"],
        "flag": {"flagStatus": "flagged"},
        "body": {"contentType": "html", "content": "<h1>Report</h1><p>All <b>12 jobs</b> are done.</p><img src=cid:dot>"},
        "toRecipients": many,
        "ccRecipients": [person("The Boss", "boss@example.org")],
        "bccRecipients": [person("", "archive@example.org")],
        "singleValueExtendedProperties": [{"id": "SystemTime 0x3FEF", "value": "2026-02-01T07:00:00Z"}],
        "attachments": [
            {"@odata.type": "#microsoft.graph.fileAttachment", "name": "dot.png", "contentType": "image/png",
             "contentBytes": "QUFB", "isInline": true, "contentId": "dot"},
            {"@odata.type": "#microsoft.graph.fileAttachment", "name": "jobs.csv", "contentType": "text/csv",
             "contentBytes": "MSwy"},
        ],
    });
    assert_eq!(send(&sandbox, &message).status, 202);
    seams.advance(Duration::from_secs(60));
    let plain = json!({
        "subject": "", "body": {"contentType": "text", "content": "Plain text.\n<b>"},
        "toRecipients": [person("Jane Doe", "jane@example.org")],
    });
    assert_eq!(send(&sandbox, &plain).status, 202);
    assert_eq!(send(&sandbox, &plain).status, 503);
    let draft =
        json!({"subject": "A draft", "toRecipients": [person("Jane Doe", "jane@example.org")]});
    super::create(&sandbox, &draft);
    let reset = loopback::request(&sandbox.graph_url(), "GET", "/v1.0/me", &[], b"");
    reset.expect_err("a fault");
    sandbox
}

#[test]
fn the_list_shows_people_marks_times_and_sizes() {
    expected::compare("sandbox/page-list.html", shown(&busy(), "/"));
}

#[test]
fn a_search_finds_subjects_people_text_and_files() {
    let sandbox = busy();
    for (query, count) in [
        ("NIGHTLY+12", "1 of 2 messages"),
        ("archive%40example.org", "1 of 2 messages"),
        ("jane+doe", "1 of 2 messages"),
        ("jobs.csv", "1 of 2 messages"),
        ("example", "2 of 2 messages"),
        ("nightly+plain", "0 of 2 messages"),
        ("+", "2 messages"),
    ] {
        let page = shown(&sandbox, &format!("/?q={query}"));
        let found = page.split_once("data-live>").map(|(_, rest)| rest);
        let found =
            found.and_then(|rest| rest.split_once("id=\"count\" role=\"status\" data-live>"));
        let (found, _) = found
            .and_then(|(_, rest)| rest.split_once('<'))
            .expect("a count");
        assert_eq!(found, count, "{query}");
    }
}

#[test]
fn each_tab_shows_its_part_of_the_message() {
    let sandbox = busy();
    let first = shown(&sandbox, "/messages/1");
    expected::compare("sandbox/page-message-html.html", &first);
    assert_eq!(first, shown(&sandbox, "/messages/1?tab=html"));
    let (above, _) = first.split_once("<nav class=\"tabs\"").expect("tabs");
    for tab in ["html-source", "text", "headers", "source", "json"] {
        let name = format!("sandbox/page-message-{tab}.html");
        let page = shown(&sandbox, &format!("/messages/1?tab={tab}"));
        let (links, _) = page.split_once("<nav class=\"tabs\"").expect("tabs");
        // The newer message is shown in the same view.
        let same_view = format!("/messages/2?tab={tab}\"");
        assert!(links.contains(&same_view), "{links}");
        assert_eq!(links.replace(&same_view, "/messages/2\""), above);
        let tabs = page.strip_prefix(links).unwrap();
        expected::compare(&name, tabs);
    }
    assert_eq!(
        shown(&sandbox, "/messages/2"),
        shown(&sandbox, "/messages/2?tab=text")
    );
    expected::compare(
        "sandbox/page-message-plain.html",
        shown(&sandbox, "/messages/2"),
    );
}

#[test]
fn drafts_refused_requests_and_faults_are_shown_with_their_answers() {
    let sandbox = busy();
    let id = sandbox.drafts()[0].immutable_id.clone();
    let drafts = shown(&sandbox, "/drafts").replace(&id, "ID");
    expected::compare("sandbox/page-drafts.html", drafts);
    expected::compare("sandbox/page-requests.html", shown(&sandbox, "/requests"));
}

#[test]
fn a_bounced_message_names_its_recipients_and_the_answer() {
    let (sandbox, _) = start(Options {
        bounce: vec!["*@bad.example".to_owned()],
        ..Options::default()
    });
    let person = |address: &str| json!({"emailAddress": {"address": address}});
    let message = json!({
        "subject": "s", "body": {"contentType": "text", "content": "b"},
        "toRecipients": [person("a@bad.example"), person("b@example.org")],
        "bccRecipients": [person("c@bad.example")],
    });
    assert_eq!(send(&sandbox, &message).status, 202);
    let list = shown(&sandbox, "/");
    assert!(
        list.contains("<li class=\"high\">Bounced: a@bad.example and 1 more</li>"),
        "{list}"
    );
    let page = shown(&sandbox, "/messages/1");
    let part = "<h2>Not delivered</h2>\n<ul>\n\
        <li>a@bad.example: <code>550 5.1.10 RESOLVER.ADR.RecipientNotFound</code>\n</li>\n\
        <li>c@bad.example: <code>550 5.1.10 RESOLVER.ADR.RecipientNotFound</code>\n</li>\n</ul>";
    assert!(page.contains(part), "{page}");
    assert_eq!(
        sandbox.accepted()[0].record()["sendMail"]["bounced"],
        json!([
            {"recipient": "a@bad.example", "answer": "550 5.1.10 RESOLVER.ADR.RecipientNotFound"},
            {"recipient": "c@bad.example", "answer": "550 5.1.10 RESOLVER.ADR.RecipientNotFound"},
        ])
    );
}

#[test]
fn a_search_finds_what_attached_messages_contain() {
    let (sandbox, _) = start(Options::default());
    let attached = "From: Ann <ann@attached.example>\r\nTo: team@attached.example\r\nSubject: =?utf-8?q?Z=C3=A4hler?=\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
        --x\r\nContent-Type: text/html\r\n\r\n<p title=\"hidden>\">The meter <b>stopped</b>.</p>\r\n\
        --x\r\nContent-Type: message/rfc822\r\n\r\nSubject: Innermost\r\n\r\nDeep text.\r\n\
        --x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n\r\nx\r\n--x--\r\n";
    for (content_type, body) in [("message/rfc822", "One"), ("text/plain", "Two")] {
        let message = json!({
            "subject": "Forwarded", "body": {"contentType": "text", "content": body},
            "toRecipients": [{"emailAddress": {"address": "a@example.org"}}],
            "attachments": [{
                "@odata.type": "#microsoft.graph.fileAttachment", "name": "forwarded.eml",
                "contentType": content_type, "contentBytes": STANDARD.encode(attached),
            }],
        });
        assert_eq!(send(&sandbox, &message).status, 202);
    }
    for (query, count) in [
        ("forwarded.eml", "2 of 2 messages"),
        ("Z%C3%A4hler+one", "1 of 2 messages"),
        ("ann", "1 of 2 messages"),
        ("team%40attached.example", "1 of 2 messages"),
        ("stopped+innermost+deep+plan.pdf", "1 of 2 messages"),
        ("hidden", "0 of 2 messages"),
    ] {
        let page = shown(&sandbox, &format!("/?q={query}"));
        assert!(page.contains(&format!(">{count}</p>")), "{query}: {page}");
    }
}

/// Posts to the page that deletes all messages.
fn delete(sandbox: &Sandbox, headers: &[(&str, &str)]) -> Response {
    let path = format!("{}/delete", base(sandbox));
    loopback::request(&sandbox.graph_url(), "POST", &path, headers, b"").expect("an answer")
}

#[test]
fn only_the_page_itself_deletes_all_messages() {
    let sandbox = busy();
    let origin = sandbox.graph_url();
    for foreign in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:1"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
    ] {
        assert_eq!(delete(&sandbox, &[foreign]).status, 403, "{foreign:?}");
    }
    let path = format!("{}/delete", base(&sandbox));
    assert_eq!(get(&sandbox, &path).status, 404);
    let answer = loopback::request(&origin, "POST", "/delete", &[], b"").expect("an answer");
    assert_eq!(answer.status, 403);
    assert_eq!(sandbox.accepted().len(), 2);
    let answer = delete(
        &sandbox,
        &[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")],
    );
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, &*format!("{}/", base(&sandbox)))
    );
    assert_eq!(sandbox.accepted().len(), 0);
    assert!(shown(&sandbox, "/").contains("No messages yet."));
}

#[test]
fn a_stream_announces_each_change_and_ends_with_the_sandbox() {
    let (sandbox, _) = start(Options::default());
    let path = format!("{}/events", base(&sandbox));
    let stream = loopback::send(&sandbox.graph_url(), "GET", &path, &[], b"").expect("a stream");
    let mut lines = BufReader::new(stream).lines();
    let mut head = String::new();
    for line in lines
        .by_ref()
        .map(|line| line.expect("a line"))
        .take_while(|line| !line.is_empty())
    {
        head += &format!("{line}\n");
    }
    assert!(head.starts_with("HTTP/1.1 200 OK\n"), "{head}");
    assert!(head.contains("content-type: text/event-stream\n"), "{head}");
    let mut next = || {
        lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.starts_with("data: "))
    };
    assert_eq!(next().as_deref(), Some("data: 0"));
    assert!(shown(&sandbox, "/").contains("data-revision=\"0\""));
    let message = json!({
        "subject": "s", "body": {"contentType": "text", "content": "b"},
        "toRecipients": [{"emailAddress": {"address": "a@example.org"}}],
    });
    assert_eq!(send(&sandbox, &message).status, 202);
    assert_eq!(next().as_deref(), Some("data: 1"));
    assert!(shown(&sandbox, "/").contains("data-revision=\"1\""));
    drop(sandbox);
    assert_eq!(next(), None);
}

#[test]
fn files_are_for_keeping() {
    let sandbox = hostile();
    let file = get_page(&sandbox, "/messages/1/attachments/2");
    assert_eq!(file.text(), "<script>alert(2)</script>");
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(
        file.header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename*=UTF-8''%22%3Cb%3E%0D%0AX%3A%20%C3%BC%2A.html"
    );
    let accepted = sandbox.accepted().pop().expect("a message");
    let eml = get_page(&sandbox, "/messages/1.eml");
    assert_eq!(
        eml.header("content-disposition"),
        "attachment; filename*=UTF-8''0001.eml"
    );
    assert_eq!(eml.body, accepted.eml.to_vec());
    assert_eq!(
        get_page(&sandbox, "/messages/1.json").json(),
        accepted.record()
    );
    assert_eq!(
        get(&sandbox, "/style.css").header("content-type"),
        "text/css; charset=utf-8"
    );
}

#[test]
fn an_empty_sandbox_says_so_and_nothing_else_is_there() {
    let (sandbox, _) = start(Options::default());
    assert!(get_page(&sandbox, "/").text().contains("No messages yet."));
    assert!(
        get(&sandbox, "/devicelogin")
            .text()
            .contains("Nothing to do here")
    );
    assert_eq!(sandbox.complaints(), [""; 0]);
    for path in [
        "/messages/1",
        "/messages/1.eml",
        "/messages/1/html",
        "/messages/x",
        "/messages/..%2f..%2fetc",
        "/messages/1/attachments/0",
        "/moved",
    ] {
        assert_eq!(get_page(&sandbox, path).status, 404, "{path}");
    }
    assert_eq!(sandbox.complaints().len(), 7);
}

#[test]
fn only_this_host_is_served() {
    let sandbox = hostile();
    let port = sandbox
        .graph_url()
        .rsplit_once(':')
        .expect("a port")
        .1
        .to_owned();
    let path = format!("{}/", base(&sandbox));
    for (host, status) in [
        (format!("localhost:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("127.0.0.1".to_owned(), 200),
        (format!("evil.example:{port}"), 421),
        (format!("127.0.0.1.evil.example:{port}"), 421),
        (String::new(), 421),
    ] {
        let headers = [("Host", host.as_str())];
        let answer = loopback::request(&sandbox.graph_url(), "GET", &path, &headers, b"");
        assert_eq!(answer.expect("an answer").status, status, "{host}");
    }
}

#[test]
fn nothing_of_a_message_is_shown_without_the_token() {
    let sandbox = hostile();
    let base = base(&sandbox);
    let token = base.trim_start_matches('/');
    assert!(token.len() >= 40, "{token}");
    let pages = [
        "/",
        "/messages/1",
        "/messages/1.eml",
        "/messages/1.json",
        "/messages/1/html",
        "/messages/1/attachments/0",
    ];
    for page in pages {
        assert_eq!(get_page(&sandbox, page).status, 200, "{page}");
        // A number that is not there is not told from one that is.
        for path in [page.to_owned(), page.replace('1', "9")] {
            let answer = get(&sandbox, &path);
            assert_eq!(answer.status, 403, "{path}");
            assert_eq!(
                answer.text(),
                "the captured messages are at the URL that the sandbox printed\n"
            );
            for name in ["set-cookie", "location", "access-control-allow-origin"] {
                assert_eq!(answer.header(name), "", "{path}: {name}");
            }
        }
        let (shorter, _) = base.split_at(base.len() - 1);
        for wrong in [
            format!("{page}?token={token}"),
            format!("{shorter}{page}"),
            format!("{base}x{page}"),
            format!("//{token}{page}"),
            format!("/x{base}{page}"),
            format!("{}{page}", base.to_ascii_lowercase()),
        ] {
            let answer = get(&sandbox, &wrong);
            assert!(matches!(answer.status, 403 | 404), "{wrong}");
            assert!(!answer.text().contains("alert"), "{wrong}");
        }
    }
    assert_eq!(get_page(&sandbox, "").status, 200, "no slash at its end");
    // The token is another one each time, and stays out of what is said of a page that is not there.
    let (other, _) = start(Options::default());
    assert_ne!(super::base(&other), base);
    assert_eq!(get_page(&sandbox, "/messages/9").status, 404);
    let complaints = sandbox.complaints();
    assert_eq!(
        complaints.last().map(String::as_str),
        Some("GET /TOKEN/messages/9: there is no such route")
    );
    assert_eq!(complaints[0], "GET /: the page has a token in its URL");
}

#[test]
fn the_pages_that_show_no_message_need_no_token() {
    let sandbox = hostile();
    for path in ["/style.css", "/devicelogin", "/owa/"] {
        let answer = get(&sandbox, path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains("alert"), "{path}");
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}
