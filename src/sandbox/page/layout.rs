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

/// A page below the token. `path` is that of its entry in the navigation.
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
                        a href=(format!("{base}{entry}")) aria-current=[(entry == path).then_some("page")] {
                            (name) " " span.number { (count) }
                        }
                    }
                }
            }
            main #main tabindex="-1" data-events=(format!("{base}/events")) data-revision=(view.revision) {
                (content)
            }
        },
    )
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

/// A time on the clock of this host.
pub(super) fn time(at: Timestamp, format: &str, view: &View<'_>) -> Markup {
    html! { time datetime=(crate::text::time(at)) { (view.local(at, format)) } }
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
