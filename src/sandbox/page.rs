//! The pages with the captured messages. They work without scripts; one script adds new messages to the list.

mod layout;
mod list;
mod log;
mod message;
mod search;
mod view;

use bytes::Bytes;
use http::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_DNS_PREFETCH_CONTROL,
};
use maud::{Markup, html};

pub(super) use self::view::View;

use self::view::name;
use super::attachment::Attachment;
use super::capture::Accepted;
use super::reply;

/// What the sandbox's own pages may load: their style, their script, what the script fetches, and the frame with
/// the message's HTML.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// What a message's HTML may do in its frame and in its own tab: have the origin of the page, so that the page can
/// measure its height, and open links in new tabs. Its scripts and forms are forbidden, also by [`MESSAGE_POLICY`].
const MESSAGE_MAY: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// What a message's HTML may load: its own images and inline styles. What it could load is already left out: this is
/// the second fence.
const MESSAGE_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
/// A file may load nothing.
const FILE_POLICY: &str = "sandbox; default-src 'none'";

/// Marks an answer whose body is the stream of changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Events;

/// The page at `path` that every user of this host may see. It shows nothing of a message.
pub(super) fn open(path: &str) -> Option<Response<Bytes>> {
    match path {
        "/style.css" => {
            let style = include_str!("page/style.css");
            Some(resource("text/css; charset=utf-8", style))
        }
        "/devicelogin" => Some(page(&approved())),
        "/owa/" => Some(page(&webmail())),
        _ => None,
    }
}

/// Whether `path` with the token in front would be a page of [`captured`].
pub(super) fn is_without_token(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    ["", "messages", "drafts", "requests", "events", "delete"].contains(&first)
}

/// The page at `path` below the token.
pub(super) fn captured(path: &str, query: &str, view: &View<'_>) -> Option<Response<Bytes>> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let message = |number: &str| view.message(number);
    match segments.as_slice() {
        [] | [""] => Some(page(&list::page(view, &parameter(query, "q")))),
        ["drafts"] => Some(page(&log::drafts(view))),
        ["requests"] => Some(page(&log::requests(view))),
        ["script.js"] => {
            let script = include_str!("page/script.js");
            Some(resource("text/javascript; charset=utf-8", script))
        }
        ["events"] => Some(events()),
        ["messages", name] => match name.rsplit_once('.') {
            None => message(name)
                .map(|message| page(&message::page(message, &parameter(query, "tab"), view))),
            Some((number, "eml")) => message(number).map(eml),
            Some((number, "json")) => message(number).map(json),
            Some(_) => None,
        },
        ["messages", number, "html"] => message(number).and_then(view::html).map(|shown| {
            let response = reply::with_body(200, "text/html; charset=utf-8", shown.html);
            let policy = format!("sandbox {MESSAGE_MAY}; {MESSAGE_POLICY}");
            guarded(response, &policy, "no-referrer")
        }),
        ["messages", number, "attachments", index] => {
            let index: usize = index.parse().ok()?;
            message(number)?.attachments.get(index).map(file)
        }
        _ => None,
    }
}

/// The value of a parameter of the query; empty if it is absent.
fn parameter(query: &str, name: &str) -> String {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn guarded(mut response: Response<Bytes>, policy: &str, referrer: &str) -> Response<Bytes> {
    reply::set(&mut response, CONTENT_SECURITY_POLICY, policy);
    reply::set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply::set(&mut response, REFERRER_POLICY, referrer);
    // Without it, a browser looks up the hosts of links before they are followed.
    reply::set(&mut response, X_DNS_PREFETCH_CONTROL, "off");
    response
}

/// A page of the sandbox. With another policy for the referrer, a browser would hide the origin of its forms.
fn page(content: &Markup) -> Response<Bytes> {
    let response = reply::with_body(200, "text/html; charset=utf-8", content.0.clone());
    guarded(response, PAGE_POLICY, "same-origin")
}

fn resource(content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = reply::with_body(200, content_type, body);
    guarded(response, FILE_POLICY, "no-referrer")
}

fn events() -> Response<Bytes> {
    let mut response = resource("text/event-stream", "");
    reply::set(&mut response, CACHE_CONTROL, "no-store");
    response.extensions_mut().insert(Events);
    response
}

fn approved() -> Markup {
    layout::bare(
        "Sign in",
        &html! {
            h1 { "Nothing to do here" }
            p { "The sandbox approves every device code. A tenant would ask for the code and a sign-in on this page." }
        },
    )
}

fn webmail() -> Markup {
    layout::bare(
        "Web mail",
        &html! {
            h1 { "Nothing to see here" }
            p { "A tenant would show the draft on this page. The sandbox only shows sent messages." }
        },
    )
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
    resource("application/json; charset=utf-8", body)
}

/// A file that the browser downloads and does not show (RFC 6266).
fn download(content_type: &'static str, name: &str, body: Vec<u8>) -> Response<Bytes> {
    let mut response = resource(content_type, body);
    // A form encodes as RFC 8187 requires, except for spaces and the asterisk.
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let name = name.replace('+', "%20").replace('*', "%2A");
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    reply::set(&mut response, CONTENT_DISPOSITION, &disposition);
    response
}
