//! What the pages show, and how they write sizes, times and titles.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::sandbox::attachment::Attachment;
use crate::sandbox::capture::{Accepted, Exchange};
use crate::sandbox::graph::essence;
use crate::sandbox::html::{Contained, contained};
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

/// The message's HTML with its images embedded. It loads nothing.
pub(super) fn html(message: &Accepted) -> Option<Contained> {
    let images = message.attachments.iter().filter_map(|attachment| {
        let id = attachment.content_id.clone()?;
        let kind = essence(&attachment.content_type);
        let is_shown = kind.starts_with("image/") && attachment.contents.size() <= SHOWN_IMAGE;
        let bytes = is_shown.then(|| attachment.contents.to_vec().ok())??;
        Some((id, format!("data:{kind};base64,{}", STANDARD.encode(bytes))))
    });
    Some(contained(message.html()?, images.collect()))
}

#[cfg(test)]
mod tests {
    use super::size;

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
}
