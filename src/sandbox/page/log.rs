//! The drafts, and the requests that were refused or met a fault.

use maud::{Markup, html};
use serde_json::Value;

use super::layout::{self, file, persons, time};
use super::view::{View, count, name, title};
use crate::sandbox::capture::Exchange;
use crate::sandbox::properties::{PEOPLE, people};
use crate::sandbox::store::Draft;

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
                ol.log { @for draft in view.drafts.iter().rev() { (entry(draft)) } }
            }
        },
    )
}

fn entry(draft: &Draft) -> Markup {
    html! {
        li {
            details {
                summary {
                    strong { (title(&draft.subject)) }
                    " " span.soft { (draft.mailbox) ", " (count(draft.attachments.len(), "file")) }
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
    let answer = match serde_json::from_slice::<Value>(&exchange.answer) {
        Ok(json) => format!("{json:#}"),
        Err(_) => String::from_utf8_lossy(&exchange.answer).into_owned(),
    };
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
            }
        }
    }
}
