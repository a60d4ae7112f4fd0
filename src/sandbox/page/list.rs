//! The list of messages.

use maud::{Markup, html};

use super::layout::{self, time};
use super::search::has_all;
use super::view::{View, count, size, title};
use crate::sandbox::capture::Accepted;
use crate::sandbox::properties::{PEOPLE, Person, people};

/// How many people of a field are shown.
const SHOWN: usize = 3;
/// How much of the text is shown, in characters.
const EXCERPT: usize = 160;

/// The messages in which each word of `query` occurs, the newest first.
pub(super) fn page(view: &View<'_>, query: &str) -> Markup {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let found: Vec<&Accepted> = view
        .accepted
        .iter()
        .rev()
        .filter(|message| words.is_empty() || has_all(message, &words))
        .collect();
    let total = count(view.accepted.len(), "message");
    layout::page(
        "Messages · graphmail sandbox",
        "/",
        view,
        &html! {
            h1 { "Messages" }
            (search(view, query))
            div.bar {
                p.soft #count role="status" data-live {
                    @if words.is_empty() { (total) } @else { (found.len()) " of " (total) }
                }
                (delete(view))
            }
            div #list data-live {
                @if found.is_empty() {
                    p.empty {
                        @if view.accepted.is_empty() { "No messages yet. New messages appear here." }
                        @else { "No message has all of these words." }
                    }
                }
                ol.messages { @for message in found { (row(message, view)) } }
            }
        },
    )
}

fn search(view: &View<'_>, query: &str) -> Markup {
    const SEARCH: &str = "Search messages";
    html! {
        form role="search" action=(format!("{}/", view.base)) {
            label.hidden for="q" { (SEARCH) }
            input #q type="search" name="q" value=(query) placeholder=(SEARCH) aria-keyshortcuts="/";
            button { "Search" }
        }
    }
}

fn delete(view: &View<'_>) -> Markup {
    html! {
        details.delete {
            summary { "Delete all" }
            form method="post" action=(format!("{}/delete", view.base)) {
                p { "Files in the folder of the sandbox are kept." }
                button { "Delete all messages" }
            }
        }
    }
}

fn row(message: &Accepted, view: &View<'_>) -> Markup {
    let text = message.text();
    let excerpt: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let excerpt: String = excerpt.chars().take(EXCERPT).collect();
    html! {
        li {
            div.people {
                @for (field, property) in PEOPLE { (shortened(field, &people(&message.resource, property))) }
            }
            div.about {
                a.subject href=(format!("{}/messages/{}", view.base, message.number)) { (title(&message.subject)) }
                (marks(message, view))
                p.soft.excerpt { (excerpt) }
            }
            div.soft.facts { (time(message.at, "%F %R", view)) span { (size(message.eml.size())) } }
        }
    }
}

/// The first people of a field, and how many there are besides.
fn shortened(field: &str, people: &[Person<'_>]) -> Markup {
    html! {
        @if !people.is_empty() {
            p class=(field.to_lowercase()) {
                span.field { (field) } " "
                @for (index, person) in people.iter().take(SHOWN).enumerate() {
                    @if index > 0 { ", " }
                    @if field == "From" { (layout::person(*person)) }
                    @else if person.name.is_empty() { (person.address) }
                    @else { span title=(person.address) { (person.name) } }
                }
                @if people.len() > SHOWN { " and " (people.len() - SHOWN) " more" }
            }
        }
    }
}

/// What is special about a message.
pub(super) fn marks(message: &Accepted, view: &View<'_>) -> Markup {
    let importance = message.importance();
    let files = message.files().len();
    html! {
        ul.marks aria-label="Marks" {
            @for bounce in message.bounced.iter().take(1) {
                @let more = message.bounced.len() - 1;
                li.high { "Bounced: " (bounce.recipient) @if more > 0 { " and " (more) " more" } }
            }
            @if importance == "high" { li.high { "High importance" } }
            @if importance == "low" { li { "Low importance" } }
            @if let Some(kind) = message.sensitivity() { li.high { (kind) } }
            @if message.is_flagged() {
                li.flag { "Flagged" @if let Some(due) = message.due() { ", due " (due) } }
            }
            @if let Some(until) = message.deferred() { li.wait { "Deferred until " (time(until, "%F %R", view)) } }
            @for receipt in message.receipts() { li { (receipt) } }
            @if !message.broken.is_empty() { li.high { "Broken" } }
            @if files > 0 { li { (count(files, "file")) } }
            @for category in message.categories() { li { (category) } }
        }
    }
}
