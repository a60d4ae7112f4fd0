//! The drafts, and the requests that were refused or met a fault.

use maud::{Markup, html};
use serde_json::Value;

use super::layout::{self, file, persons, time};
use super::view::{View, count, name, title};
use crate::sandbox::capture::Exchange;
use crate::sandbox::properties::{PEOPLE, people};
use crate::sandbox::store::Draft;

/// How much of the body of a request is shown, in bytes.
const SHOWN: usize = 64 * 1024;

/// The messages in the Drafts of all mailboxes, the newest first.
pub(super) fn drafts(view: &View<'_>) -> Markup {
    layout::page(
        "Drafts · graphmail sandbox",
        "/drafts",
        view,
        &html! {
            h1 { "Drafts" }
            div #list data-live {
                @if view.drafts.is_empty() { p.empty { "No mailbox has a draft." } }
                ol.log { @for draft in view.drafts.iter().rev() { (entry(draft, view)) } }
            }
        },
    )
}

fn entry(draft: &Draft, view: &View<'_>) -> Markup {
    html! {
        li {
            details {
                summary {
                    strong { (title(&draft.subject)) }
                    " " span.soft { (draft.mailbox) ", " (time(draft.created, "%F %T", view)) ", " (count(draft.attachments.len(), "file")) }
                }
                dl.facts {
                    @for (field, property) in PEOPLE {
                        @let people = people(&draft.message, property);
                        @if !people.is_empty() {
                            dt { (field) }
                            dd { (persons(&people)) }
                        }
                    }
                }
                ul.files { @for one in &draft.attachments { (file(&html! { (name(one)) }, one)) } }
                pre tabindex="0" { (format!("{:#}", draft.message)) }
            }
        }
    }
}

/// The requests with their answers, the newest first, and the complaints.
pub(super) fn requests(view: &View<'_>) -> Markup {
    layout::page(
        "Requests · graphmail sandbox",
        "/requests",
        view,
        &html! {
            h1 { "Refused requests and faults" }
            div #list data-live {
                @if view.requests.is_empty() { p.empty { "No request was refused, and none met a fault." } }
                ol.log { @for exchange in view.requests.iter().rev() { (request(exchange, view)) } }
                @if !view.complaints.is_empty() {
                    h2 { "Complaints" }
                    p.soft { "What no correct client does, and faults that did not happen." }
                    ul { @for complaint in view.complaints { li { (complaint) } } }
                }
            }
        },
    )
}

fn request(exchange: &Exchange, view: &View<'_>) -> Markup {
    let status = match exchange.status {
        Some(status) => status.to_string(),
        None => "no answer".to_owned(),
    };
    let answer = body(&exchange.answer);
    html! {
        li {
            details open {
                summary {
                    span.status { (status) }
                    " " strong { (exchange.method) " " (exchange.path) }
                    " " span.soft { (time(exchange.at, "%F %T", view)) }
                }
                @if let Some(fault) = &exchange.fault { p { "Fault: " code { (fault) } } }
                @if !answer.is_empty() { pre tabindex="0" { (answer) } }
                @else if exchange.status.is_some() { p.soft { "The answer has no body." } }
                @if let Some(sent) = sent(exchange) {
                    details { summary { "The request" } pre tabindex="0" { (sent) } }
                }
            }
        }
    }
}

/// The body of the request; `None` if it has none. A request for a token has secrets.
fn sent(exchange: &Exchange) -> Option<String> {
    // JSON, or a MIME message in base64.
    let kinds = ["application/json", "text/plain"];
    let mut headers = exchange.headers.iter();
    let kind = headers.find_map(|(name, value)| (name == "content-type").then_some(value))?;
    let is_shown = kinds.iter().any(|shown| kind.starts_with(shown));
    let start = exchange.body.get(..SHOWN.min(exchange.body.len()))?;
    (is_shown && !start.is_empty()).then(|| {
        let whole = start.len() == exchange.body.len();
        body(start) + if whole { "" } else { "\u{2026}" }
    })
}

/// A body as text; JSON is indented.
fn body(bytes: &[u8]) -> String {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(json) => format!("{json:#}"),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
