//! The frame of every page.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::view::{View, size};
use crate::sandbox::attachment::Attachment;
use crate::sandbox::properties::Person;

/// A page without messages.
pub(super) fn bare(title: &str, content: &Markup) -> Markup {
    document(title, &html! {}, &html! { main { (content) } })
}

/// The keys in the list, and what they do. The script finds most elements by `aria-keyshortcuts`.
const KEYS_OF_LIST: [(&str, &str); 4] = [
    ("j", "next message"),
    ("k", "previous message"),
    ("Enter", "open"),
    ("/", "search"),
];
/// The keys in a message.
const KEYS_OF_MESSAGE: [(&str, &str); 3] = [
    ("j", "older message"),
    ("k", "newer message"),
    ("u", "all messages"),
];

/// The path of a page with one message, without its number.
pub(super) const MESSAGE: &str = "/messages";

/// A page below the token. `path` is that of its entry in the navigation, or [`MESSAGE`].
pub(super) fn page(title: &str, path: &str, view: &View<'_>, content: &Markup) -> Markup {
    let entries = [
        ("/", "Messages", view.accepted.len()),
        ("/drafts", "Drafts", view.drafts.len()),
        ("/requests", "Requests", view.requests.len()),
    ];
    let base = view.base;
    document(
        title,
        &html! { script src=(format!("{base}/script.js")) defer {} },
        &html! {
            a.skip href="#main" { "Skip to the content" }
            header {
                p.brand { "graphmail sandbox" }
                nav #pages aria-label="Pages" data-live {
                    @for (entry, name, count) in entries {
                        a href=(format!("{base}{entry}")) aria-current=[current(entry, path)] {
                            (name) " " span.number { (count) }
                        }
                    }
                }
            }
            p.ended #ended role="status" hidden { "The sandbox has ended or does not answer. This page is not up to date." }
            main #main tabindex="-1" data-events=(format!("{base}/events")) data-revision=(view.revision) {
                (content)
            }
            (footer(path))
        },
    )
}

fn footer(path: &str) -> Markup {
    let keys: &[_] = match path {
        "/" => &KEYS_OF_LIST,
        MESSAGE => &KEYS_OF_MESSAGE,
        _ => &[],
    };
    html! {
        @if !keys.is_empty() {
            footer {
                ul.keys aria-label="Keys" {
                    @for (key, meaning) in keys { li { kbd { (key) } " " (meaning) } }
                }
            }
        }
    }
}

/// Whether an entry of the navigation is this page, or the page is below it.
fn current(entry: &str, path: &str) -> Option<&'static str> {
    match path {
        _ if path == entry => Some("page"),
        MESSAGE if entry == "/" => Some("true"),
        _ => None,
    }
}

fn document(title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
                (head)
            }
            body { (body) }
        }
    }
}

/// A time on the clock of this host, with its zone as a tooltip. The script shows it on the browser's clock.
pub(super) fn time(at: Timestamp, format: &str, view: &View<'_>) -> Markup {
    let whole = view.local(at, "%F %T %Z");
    html! { time datetime=(crate::text::time(at)) title=(whole) { (view.local(at, format)) } }
}

/// The name with the address, or the address alone.
pub(super) fn person(person: Person<'_>) -> Markup {
    html! {
        span.person {
            @if person.name.is_empty() { (person.address) }
            @else { (person.name) " " span.soft { "<" (person.address) ">" } }
        }
    }
}

/// People, with commas between them.
pub(super) fn persons(people: &[Person<'_>]) -> Markup {
    html! { @for (index, one) in people.iter().enumerate() { @if index > 0 { ", " } (person(*one)) } }
}

/// A file with its type and its size.
pub(super) fn file(name: &Markup, attachment: &Attachment) -> Markup {
    html! {
        li { (name) " " span.soft { (attachment.content_type) ", " (size(attachment.contents.size())) } }
    }
}
