//! The page of one message.

use std::collections::BTreeSet;

use mail_parser::{Message, PartType};
use maud::{Markup, html};

use super::MESSAGE_MAY;
use super::layout::{self, persons, time};
use super::list::marks;
use super::view::{self, View, count, name, size, title};
use crate::sandbox::capture::{Accepted, Bounce};
use crate::sandbox::html::Contained;
use crate::sandbox::parsed::{self, parsed};
use crate::sandbox::properties::people;

/// How much of a message is read and shown, in bytes. Attachments come after its header and text.
const SHOWN: usize = 1024 * 1024;
/// How many people of a field are shown before the rest is hidden.
const PEOPLE: usize = 10;

/// The views of a message: how the query names them, and their titles.
const TABS: [(&str, &str); 6] = [
    ("html", "HTML"),
    ("html-source", "HTML source"),
    ("text", "Text"),
    ("headers", "Headers"),
    ("source", "Source"),
    ("json", "Graph JSON"),
];

/// The message in the view `tab`; the first one if there is no such view.
pub(super) fn page(message: &Accepted, tab: &str, view: &View<'_>) -> Markup {
    let base = format!("{}/messages/{}", view.base, message.number);
    let tabs: Vec<_> = TABS
        .into_iter()
        .filter(|(tab, _)| message.html().is_some() || !tab.starts_with("html"))
        .collect();
    let first = tabs.first().map_or("text", |(tab, _)| tab);
    let tab = tabs.iter().map(|(known, _)| *known).find(|it| *it == tab);
    let tab = tab.unwrap_or(first);
    layout::page(
        title(&message.subject),
        layout::MESSAGE,
        view,
        &html! {
            (neighbours(message, (tab, first), view))
            h1 { (title(&message.subject)) }
            (marks(message, view))
            (facts(message, view))
            @if !message.broken.is_empty() {
                h2 { "What a recipient could see broken" }
                ul { @for fault in &message.broken { li { (fault) } } }
            }
            (bounces(&message.bounced))
            (attachments(message, &base))
            nav.tabs aria-label="Views" {
                @for (known, title) in tabs {
                    a href=(format!("{base}?tab={known}")) aria-current=[(known == tab).then_some("page")] { (title) }
                }
            }
            section.view { (content(message, tab, &base)) }
        },
    )
}

/// The links to the list, and to the newer message and the older one in the same view.
fn neighbours(message: &Accepted, (tab, first): (&str, &str), view: &View<'_>) -> Markup {
    let numbers = || view.accepted.iter().map(|it| it.number);
    let newer = numbers().find(|number| *number > message.number);
    let older = numbers().rfind(|number| *number < message.number);
    let link = |number| match tab == first {
        true => format!("{}/messages/{number}", view.base),
        false => format!("{}/messages/{number}?tab={tab}", view.base),
    };
    html! {
        nav.neighbours aria-label="Messages" {
            a href=(format!("{}/", view.base)) aria-keyshortcuts="u" { "← All messages" }
            @if let Some(number) = newer { a rel="prev" href=(link(number)) aria-keyshortcuts="k" { "Newer" } }
            @if let Some(number) = older { a rel="next" href=(link(number)) aria-keyshortcuts="j" { "Older" } }
        }
    }
}

fn facts(message: &Accepted, view: &View<'_>) -> Markup {
    let kept = match message.saved {
        true => "saved in Sent Items",
        false => "not saved in Sent Items",
    };
    html! {
        dl.facts {
            (field("From", "from", message))
            (field("Reply-To", "replyTo", message))
            (field("To", "toRecipients", message))
            (field("Cc", "ccRecipients", message))
            (field("Bcc", "bccRecipients", message))
            dt { "Accepted" } dd { (time(message.at, "%F %T %Z", view)) ", " (size(message.eml.size())) }
            dt { "Mailbox" } dd { (message.mailbox) ", " (kept) }
        }
    }
}

fn field(title: &str, property: &str, message: &Accepted) -> Markup {
    let people = people(&message.resource, property);
    let (first, rest) = people.split_at(people.len().min(PEOPLE));
    html! {
        @if !first.is_empty() {
            dt class=(title.to_lowercase()) { (title) }
            dd {
                (persons(first))
                @if property == "bccRecipients" { span.soft { " (other recipients do not see Bcc)" } }
                @if !rest.is_empty() { details { summary { "and " (rest.len()) " more" } (persons(rest)) } }
            }
        }
    }
}

/// The recipients to which the message is not delivered, with the answers.
fn bounces(bounced: &[Bounce]) -> Markup {
    let (first, rest) = bounced.split_at(bounced.len().min(PEOPLE));
    let list = |bounced: &[Bounce]| {
        html! { ul { @for it in bounced { li { (it.recipient) ": " code { (it.answer) } } } } }
    };
    html! {
        @if !first.is_empty() {
            h2 { "Not delivered" }
            (list(first))
            @if !rest.is_empty() { details { summary { "and " (rest.len()) " more" } (list(rest)) } }
        }
    }
}

fn attachments(message: &Accepted, base: &str) -> Markup {
    let files = message.files();
    html! {
        @if !files.is_empty() {
            h2 { (count(files.len(), "attachment")) }
            ul.files {
                @for (index, attachment) in files {
                    @let link = html! { a href=(format!("{base}/attachments/{index}")) { (name(attachment)) } };
                    (layout::file(&link, attachment))
                }
            }
        }
    }
}

fn content(message: &Accepted, tab: &str, base: &str) -> Markup {
    let start = || message.eml.start(SHOWN);
    match tab {
        "html" => frame(message, base),
        "html-source" => excerpt(message.html().unwrap_or_default(), None),
        "headers" => headers(parsed(&start()).as_ref()),
        "source" => {
            let source = String::from_utf8_lossy(&start()).into_owned();
            excerpt_of(
                message.eml.size(),
                &source,
                Some((&format!("{base}.eml"), "Download (.eml)")),
            )
        }
        "json" => {
            let json = format!("{:#}", message.record());
            excerpt(&json, Some((&format!("{base}.json"), "Open (.json)")))
        }
        _ => text(message, parsed(&start()).as_ref()),
    }
}

fn frame(message: &Accepted, base: &str) -> Markup {
    let html = format!("{base}/html");
    let shown = view::html(message);
    html! {
        p.soft { a href=(html) target="_blank" rel="noopener" { "Open in a new tab" } }
        @if let Some(note) = shown.as_ref().and_then(left_out) { p.soft { (note) } }
        iframe sandbox=(MESSAGE_MAY) src=(html) title="The message's HTML" {}
    }
}

/// What of the HTML is not shown, and why; `None` if all is shown.
fn left_out(shown: &Contained) -> Option<String> {
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    if shown.remote > 0 {
        let remote = count(shown.remote, "remote resource");
        notes.push(format!(
            "{remote} not loaded: this page contacts no other host."
        ));
    }
    if !shown.elements.is_empty() {
        notes.push(format!("Elements left out: {}.", list(&shown.elements)));
    }
    if !shown.unknown.is_empty() {
        notes.push(format!(
            "Not in the message, or an image of more than 4 MB: {}.",
            list(&shown.unknown)
        ));
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}

fn text(message: &Accepted, parsed: Option<&Message<'_>>) -> Markup {
    let part = parsed.and_then(|parsed| {
        let mut parts = parsed.text_bodies();
        let part = parts.find(|part| matches!(part.body, PartType::Text(_)))?;
        parsed::text(part, parsed)
    });
    html! {
        @match part {
            Some(text) => { (excerpt(&text, None)) }
            None => {
                @if message.html().is_some() { p.soft { "The message has no text part. This is the text of its HTML." } }
                (excerpt(&message.text(), None))
            }
        }
    }
}

fn headers(parsed: Option<&Message<'_>>) -> Markup {
    let fields = parsed.into_iter().flat_map(Message::headers_raw);
    html! {
        dl.headers { @for (name, value) in fields { dt { (name) } dd { (value.trim()) } } }
    }
}

/// The beginning of a text, with its size and perhaps a link to the whole.
fn excerpt(text: &str, whole: Option<(&str, &str)>) -> Markup {
    excerpt_of(text.len() as u64, text, whole)
}

/// `text` is at least the beginning of a text with `total` bytes.
fn excerpt_of(total: u64, text: &str, whole: Option<(&str, &str)>) -> Markup {
    let end = text.floor_char_boundary(SHOWN);
    let shown = text.get(..end).unwrap_or_default();
    html! {
        p.soft {
            (size(total))
            @if total > SHOWN as u64 { ", of which the first " (size(SHOWN as u64)) " are shown" }
            @if let Some((link, title)) = whole { " · " a href=(link) { (title) } }
        }
        pre tabindex="0" { (shown) }
    }
}
