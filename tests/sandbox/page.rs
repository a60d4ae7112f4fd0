//! The captured messages as a browser gets them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphmail::sandbox::{Options, Sandbox};
use serde_json::json;

use super::{base, get, get_page, send, start};
use crate::support::loopback;

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

#[test]
fn what_a_message_says_is_text_on_our_pages() {
    let sandbox = hostile();
    for path in ["/", "/messages/1"] {
        let page = get_page(&sandbox, path);
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; style-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        let text = page.text();
        assert!(
            text.contains("&lt;script&gt;alert(0)&lt;/script&gt;"),
            "{text}"
        );
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains("<b>") && !text.contains("<i>"), "{text}");
        assert!(text.contains("hidden@example.org"), "{text}");
    }
    let page = get_page(&sandbox, "/messages/1");
    let frame = format!(
        "<iframe sandbox=\"\" src=\"{}/messages/1/html\"",
        base(&sandbox)
    );
    assert!(page.text().contains(&frame));
}

#[test]
fn a_message_s_html_is_caged_and_has_its_images() {
    let sandbox = hostile();
    let html = get_page(&sandbox, "/messages/1/html");
    assert_eq!(
        html.header("content-security-policy"),
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    assert_eq!(
        html.text(),
        "<script>alert(1)</script><img src=\"data:image/png;base64,QUFB\"><img src=\"data:image/png;base64,QkJC\"><img src=\"https://example.org/track\">"
    );
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
