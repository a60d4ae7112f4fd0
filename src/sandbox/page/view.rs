//! What the pages show, and how they write sizes, times and titles.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::sandbox::attachment::Attachment;
use crate::sandbox::capture::{Accepted, Exchange};
use crate::sandbox::graph::essence;
use crate::sandbox::store::Draft;

/// The largest image that is shown within HTML, in bytes.
const SHOWN_IMAGE: u64 = 4 * 1024 * 1024;

/// Everything that the pages show.
pub(in crate::sandbox) struct View<'a> {
    /// The path of the pages, without a slash at its end. It contains the secret token.
    pub(in crate::sandbox) base: &'a str,
    pub(in crate::sandbox) accepted: &'a [Accepted],
    pub(in crate::sandbox) drafts: Vec<Draft>,
    /// The refused requests, and those that met a fault.
    pub(in crate::sandbox) requests: Vec<&'a Exchange>,
    pub(in crate::sandbox) complaints: &'a [String],
    /// The zone of the times. The browser is on the same host.
    pub(in crate::sandbox) zone: TimeZone,
    /// Counts the changes.
    pub(in crate::sandbox) revision: u64,
}

impl<'a> View<'a> {
    pub(super) fn message(&self, number: &str) -> Option<&'a Accepted> {
        let number: usize = number.parse().ok()?;
        let mut messages = self.accepted.iter();
        messages.find(|message| message.number == number)
    }

    /// The time on the clock of this host.
    pub(super) fn local(&self, time: Timestamp, format: &str) -> String {
        let time = time.to_zoned(self.zone.clone());
        time.strftime(format).to_string()
    }
}

/// The subject, or a placeholder.
pub(super) fn title(subject: &str) -> &str {
    match subject.trim() {
        "" => "(no subject)",
        subject => subject,
    }
}

/// The name of an attachment, or a placeholder.
pub(super) fn name(attachment: &Attachment) -> &str {
    match attachment.name.as_str() {
        "" => "unnamed",
        name => name,
    }
}

/// A size in bytes, for people: `800 bytes`, `1.4 kB`, `35.0 MB`.
pub(super) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        1 => "1 byte".to_owned(),
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", tenths(1000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

/// A number of things: `1 file`, `2 files`.
pub(super) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// The message's HTML with its images embedded.
pub(super) fn html(message: &Accepted) -> Option<String> {
    let mut html = without_links(message.html()?);
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

/// The HTML without elements `link`: a policy does not stop `preconnect`, which contacts another host.
fn without_links(html: &str) -> String {
    const LINK: &str = "<link";
    let lower = html.to_ascii_lowercase();
    let mut text = String::with_capacity(html.len());
    let mut from = 0;
    for (at, _) in lower.match_indices(LINK) {
        text.push_str(html.get(from..at).unwrap_or_default());
        text.push_str("<x-link");
        from = at + LINK.len();
    }
    text.push_str(html.get(from..).unwrap_or_default());
    text
}

/// How many images of the HTML are on other hosts, which the policy of the page does not load.
pub(super) fn remote_images(html: &str) -> usize {
    let html = html.to_ascii_lowercase();
    let is_remote = |url: &str| {
        let url = url.trim_start_matches(|sign: char| sign.is_whitespace() || "'\"".contains(sign));
        ["http:", "https:", "//"]
            .iter()
            .any(|start| url.starts_with(start))
    };
    let images = html.split("<img").skip(1).filter(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        ["src=", "srcset="]
            .iter()
            .any(|name| tag.split(name).skip(1).any(is_remote))
    });
    let styles = html.split("url(").skip(1).filter(|url| is_remote(url));
    let tables = html
        .split("background=")
        .skip(1)
        .filter(|url| is_remote(url));
    images.count() + styles.count() + tables.count()
}

#[cfg(test)]
mod tests {
    use super::{remote_images, size, without_links};

    #[test]
    fn a_message_connects_to_no_host() {
        let html = "<p>a</p><LINK rel=preconnect href=//b>é<linked>";
        assert_eq!(
            without_links(html),
            "<p>a</p><x-link rel=preconnect href=//b>é<x-linked>"
        );
    }

    #[test]
    fn sizes_are_for_people() {
        let sizes = [0, 1, 999, 1000, 1449, 999_999, 1_000_000, 35_000_000].map(size);
        assert_eq!(
            sizes,
            [
                "0 bytes",
                "1 byte",
                "999 bytes",
                "1.0 kB",
                "1.4 kB",
                "999.9 kB",
                "1.0 MB",
                "35.0 MB"
            ]
        );
    }

    #[test]
    fn images_of_other_hosts_are_counted() {
        let html = "<img src=cid:a><IMG alt='' SRC=\"https://a.example/b.png\"><img src='//a.example'>\
            <img src=\"data:image/png;base64,AA\"><a href=\"https://a.example\">\
            <p style=\"background: url( 'http://a.example/c')\"><td background=http://a.example/d><img srcset='//a.example/e 2x'>";
        assert_eq!(remote_images(html), 5);
    }
}
