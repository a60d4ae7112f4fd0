//! The pages with the captured messages: plain HTML, no scripts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use mail_parser::PartType;
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::attachment::Attachment;
use super::capture::Accepted;
use super::graph::essence;
use super::parsed::parsed;
use super::reply;

/// What the sandbox's own pages may load: their style, and the frame with the message's HTML.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What a message's HTML may load: its own images and inline styles.
const MESSAGE_POLICY: &str = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
/// A file may load nothing.
const FILE_POLICY: &str = "sandbox; default-src 'none'";

/// How much of a message is read for its header and text, in bytes. Attachments come after it.
const SHOWN: usize = 1024 * 1024;
/// The largest image that is shown within HTML, in bytes.
const SHOWN_IMAGE: u64 = 4 * 1024 * 1024;

/// The page at `path` that every user of this host may see. It shows nothing of a message.
pub(super) fn open(path: &str) -> Option<Response<Bytes>> {
    match path {
        "/style.css" => Some(guarded(
            reply::with_body(200, "text/css; charset=utf-8", include_str!("page.css")),
            FILE_POLICY,
        )),
        "/devicelogin" => Some(page(&approved())),
        "/owa/" => Some(page(&webmail())),
        _ => None,
    }
}

/// Whether `path` with the token in front would be a page of [`captured`].
pub(super) fn is_without_token(path: &str) -> bool {
    path == "/" || path == "/messages" || path.starts_with("/messages/")
}

/// The page of captured messages at `path`, whose links begin with `base`.
pub(super) fn captured(path: &str, base: &str, accepted: &[Accepted]) -> Option<Response<Bytes>> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let message = |number: &str| {
        let number: usize = number.parse().ok()?;
        accepted.iter().find(|message| message.number == number)
    };
    match segments.as_slice() {
        [] | [""] => Some(page(&list(accepted, base))),
        ["messages", name] => match name.rsplit_once('.') {
            None => message(name).map(|message| page(&show(message, base))),
            Some((number, "eml")) => message(number).map(eml),
            Some((number, "json")) => message(number).map(json),
            Some(_) => None,
        },
        ["messages", number, "html"] => message(number).and_then(body_html).map(|html| {
            let response = reply::with_body(200, "text/html; charset=utf-8", html);
            guarded(response, MESSAGE_POLICY)
        }),
        ["messages", number, "attachments", index] => {
            let index: usize = index.parse().ok()?;
            message(number)?.attachments.get(index).map(file)
        }
        _ => None,
    }
}

fn guarded(mut response: Response<Bytes>, policy: &str) -> Response<Bytes> {
    reply::set(&mut response, CONTENT_SECURITY_POLICY, policy);
    reply::set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply::set(&mut response, REFERRER_POLICY, "no-referrer");
    response
}

fn page(content: &Markup) -> Response<Bytes> {
    let response = reply::with_body(200, "text/html; charset=utf-8", content.0.clone());
    guarded(response, PAGE_POLICY)
}

fn layout(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
            }
            body { (content) }
        }
    }
}

fn approved() -> Markup {
    layout(
        "Sign in",
        &html! {
            h1 { "Nothing to do here" }
            p { "The sandbox approves every device code. A tenant would ask for the code and a sign-in on this page." }
        },
    )
}

fn webmail() -> Markup {
    layout(
        "Web mail",
        &html! {
            h1 { "Nothing to see here" }
            p { "A tenant would show the draft on this page. The sandbox only shows sent messages." }
        },
    )
}

/// The subject, or a placeholder.
fn title(message: &Accepted) -> &str {
    if message.subject.trim().is_empty() {
        "(no subject)"
    } else {
        &message.subject
    }
}

fn list(accepted: &[Accepted], base: &str) -> Markup {
    layout(
        "Captured messages",
        &html! {
            h1 { "Captured messages" }
            @if accepted.is_empty() {
                p.soft { "No messages yet. Reload the page to see new messages." }
            } @else {
                table {
                    thead { tr { th { "No." } th { "Subject" } th { "From" } th { "To" } th { "Accepted" } } }
                    tbody {
                        @for message in accepted.iter().rev() {
                            tr {
                                td.number { (message.number) }
                                td { a href=(format!("{base}/messages/{}", message.number)) { (title(message)) } }
                                td.address { (message.from) }
                                td.address { (recipients(message)) }
                                td { time { (message.at.strftime("%F %T UTC")) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// All recipients in To, Cc and Bcc.
fn recipients(message: &Accepted) -> String {
    let everyone = message.to.iter().chain(&message.cc).chain(&message.bcc);
    everyone.map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn show(message: &Accepted, base: &str) -> Markup {
    let all = format!("{base}/");
    let base = format!("{base}/messages/{}", message.number);
    let start = message.eml.start(SHOWN);
    let parsed = parsed(&start);
    let text = parsed.as_ref().and_then(|parsed| {
        parsed.text_bodies().find_map(|part| match &part.body {
            PartType::Text(text) => Some(text.as_ref()),
            _ => None,
        })
    });
    layout(
        title(message),
        &html! {
            nav {
                a href=(all) { "All messages" }
                a href=(format!("{base}.eml")) { "Message (.eml)" }
                a href=(format!("{base}.json")) { "Resource (.json)" }
            }
            h1 { (title(message)) }
            (facts(message))
            @if !message.broken.is_empty() {
                h2 { "What a recipient could see broken" }
                ul { @for fault in &message.broken { li { (fault) } } }
            }
            @if body_html(message).is_some() {
                h2 { "HTML" }
                iframe sandbox="" src=(format!("{base}/html")) title="The message's HTML" {}
            }
            @if let Some(text) = text {
                h2 { "Text" }
                pre { (text) }
            }
            (attachment_list(message, &base))
            @if let Some(parsed) = &parsed {
                h2 { "Header" }
                pre { @for (name, value) in parsed.headers_raw() { (name) ":" (value) } }
            }
        },
    )
}

fn facts(message: &Accepted) -> Markup {
    let rows = [
        ("From", message.from.clone()),
        ("To", message.to.join(", ")),
        ("Cc", message.cc.join(", ")),
        ("Bcc", message.bcc.join(", ")),
        ("Mailbox", message.mailbox.clone()),
        ("Accepted", message.at.strftime("%F %T UTC").to_string()),
    ];
    let saved = if message.saved { "yes" } else { "no" };
    html! {
        table { tbody {
            @for (name, value) in rows {
                @if !value.is_empty() { tr { th scope="row" { (name) } td { (value) } } }
            }
            tr { th scope="row" { "In Sent Items" } td { (saved) } }
        } }
    }
}

fn attachment_list(message: &Accepted, base: &str) -> Markup {
    let attachments = &message.attachments;
    html! {
        @if !attachments.is_empty() {
            h2 { "Attachments" }
            ul {
                @for (index, attachment) in attachments.iter().enumerate() {
                    li {
                        a href=(format!("{base}/attachments/{index}")) { (name(attachment)) }
                        " " span.soft { (attachment.content_type) ", " (attachment.contents.size()) " bytes" }
                    }
                }
            }
        }
    }
}

fn text<'a>(value: &'a Value, property: &str) -> &'a str {
    let value = value.get(property).and_then(Value::as_str);
    value.unwrap_or_default()
}

fn name(attachment: &Attachment) -> &str {
    match attachment.name.as_str() {
        "" => "unnamed",
        name => name,
    }
}

/// The message's HTML with its images embedded.
fn body_html(message: &Accepted) -> Option<String> {
    let body = message.resource.get("body")?;
    if text(body, "contentType") != "html" {
        return None;
    }
    let mut html = text(body, "content").to_owned();
    let mut images: Vec<(&str, &Attachment)> = message
        .attachments
        .iter()
        .filter_map(|attachment| Some((attachment.content_id.as_deref()?, attachment)))
        .collect();
    // `cid:logo` is a prefix of `cid:logo2`.
    images.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
    for (id, image) in images {
        let kind = essence(&image.content_type);
        if kind.starts_with("image/") && image.contents.size() <= SHOWN_IMAGE {
            let bytes = STANDARD.encode(image.contents.to_vec().unwrap_or_default());
            html = html.replace(&format!("cid:{id}"), &format!("data:{kind};base64,{bytes}"));
        }
    }
    Some(html)
}

fn file(attachment: &Attachment) -> Response<Bytes> {
    download(
        "application/octet-stream",
        name(attachment),
        attachment.contents.to_vec().unwrap_or_default(),
    )
}

fn eml(message: &Accepted) -> Response<Bytes> {
    let name = format!("{:04}.eml", message.number);
    download("message/rfc822", &name, message.eml.to_vec())
}

fn json(message: &Accepted) -> Response<Bytes> {
    let body = format!("{:#}\n", message.record());
    let response = reply::with_body(200, "application/json; charset=utf-8", body);
    guarded(response, FILE_POLICY)
}

/// A file that the browser downloads and does not show (RFC 6266).
fn download(content_type: &'static str, name: &str, body: Vec<u8>) -> Response<Bytes> {
    let mut response = guarded(reply::with_body(200, content_type, body), FILE_POLICY);
    // A form encodes as RFC 8187 requires, except for spaces and the asterisk.
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let name = name.replace('+', "%20").replace('*', "%2A");
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    reply::set(&mut response, CONTENT_DISPOSITION, &disposition);
    response
}
