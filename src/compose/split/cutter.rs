//! Which parts of a message are taken out, and what stays in their place.

use std::ops::Range;

use super::upload::{Taken, name};
use crate::compose::{Error, Part as Named};
use crate::message::{self, Fields};

/// What a draft has beside its texts is named where it takes more than this.
const LARGE_REST: u64 = 4096;

/// The longest text before or after the parts of a multipart that counts as a note for old readers.
const LONGEST_NOTE: usize = 1024;

/// Where a part stands.
#[derive(Default)]
pub(super) struct Place {
    /// Directly in a multipart/alternative.
    alternative: bool,
    /// Directly in a multipart/mixed.
    mixed: bool,
    /// In a multipart/related, at whatever depth.
    related: bool,
    /// Other parts of its multipart come before it.
    later: bool,
}

#[derive(Default)]
pub(super) struct Cutter<'a> {
    /// What stands in the place of which range; in order, none inside another.
    pub(super) edits: Vec<(Range<usize>, Vec<u8>)>,
    pub(super) taken: Vec<Taken>,
    pub(super) texts: Vec<Named>,
    /// Whether a text has been kept.
    has_text: bool,
    /// Whether large texts beside the first go.
    spills: bool,
    pub(super) unread: Option<&'static str>,
    /// The first loss that taking the message apart would cause.
    pub(super) refused: Option<Error>,
    /// The whole message.
    bytes: &'a [u8],
}

impl<'a> Cutter<'a> {
    /// Cuts the message `bytes`; with `spills`, large texts beside the first too.
    pub(super) fn new(bytes: &'a [u8], spills: bool) -> Self {
        Self {
            bytes,
            spills,
            ..Self::default()
        }
    }

    /// Whether nothing of the part stays.
    pub(super) fn cut(&mut self, part: &message::Part, place: &Place) -> bool {
        if part.parts.is_empty() {
            return self.leaf(part, place);
        }
        let before = self.edits.len();
        let within: usize = part.parts.iter().map(|inner| inner.range.len()).sum();
        let mut all = true;
        for (index, inner) in part.parts.iter().enumerate() {
            let inside = Place {
                alternative: part.fields.is("multipart", "alternative"),
                mixed: part.fields.is("multipart", "mixed"),
                related: place.related || part.fields.is("multipart", "related"),
                later: index > 0,
            };
            if self.cut(inner, &inside) {
                self.edits.push((inner.range.clone(), Vec::new()));
            } else {
                all = false;
            }
        }
        let outside = part.body.len().saturating_sub(within) as u64;
        if all {
            // The part as a whole goes.
            self.edits.truncate(before);
            self.refuse_doubtful(part);
            self.refuse_outside(part);
        } else {
            self.rest("what stands before or after its parts", outside);
            self.close(part);
        }
        all
    }

    /// Refuses a part that goes without its header section, if that may hold bytes of its body.
    fn refuse_doubtful(&mut self, part: &message::Part) {
        if part.doubtful {
            let why = "no empty line ends its header section, so its contents may begin in there";
            let fields = &part.fields;
            self.refused.get_or_insert_with(|| Error::Part {
                name: match part.parts.is_empty() {
                    true => name(fields, self.taken.len() + 1),
                    false => format!("{}/{}", fields.kind, fields.subtype),
                },
                why: why.to_owned(),
                size: self.bytes.len() as u64,
            });
        }
    }

    /// Refuses a multipart that goes as a whole, if text before or after its parts would be lost.
    fn refuse_outside(&mut self, part: &message::Part) {
        let texts = outside(part, self.bytes);
        if !texts.into_iter().all(is_note) {
            let size = texts.map(<[u8]>::len).into_iter().sum::<usize>() as u64;
            self.refused.get_or_insert(Error::Outside { size });
        }
    }

    /// Writes the delimiter line that the multipart lacks: without it the service would take what
    /// is left for something else. One that an outer delimiter line cuts off ends at a line's start,
    /// and so does one of which the last was taken out, or was closed here.
    fn close(&mut self, part: &message::Part) {
        let Some(line) = &part.unclosed else { return };
        let end = part.range.end;
        let starts_line =
            end < self.bytes.len() || self.edits.last().is_some_and(|(range, _)| range.end == end);
        let before: &[u8] = if starts_line { b"" } else { b"\r\n" };
        self.edits.push((end..end, [before, line].concat()));
    }

    /// Names what is no text and stays in the draft, if that is large.
    pub(super) fn rest(&mut self, name: &str, size: u64) {
        if size > LARGE_REST {
            self.texts.push(Named {
                name: name.to_owned(),
                size,
            });
        }
    }

    fn leaf(&mut self, part: &message::Part, place: &Place) -> bool {
        let large = part.body.len() as u64 > LARGE_REST;
        let spilled = self.spills && self.has_text && place.mixed && large;
        if part.fields.kind == "multipart" && large {
            self.unread = Some(part.unread());
        }
        if stays(&part.fields, place) && !(spilled && part.fields.kind == "text") {
            self.has_text |= part.fields.kind == "text";
            self.texts.push(Named {
                name: format!("{}/{}", part.fields.kind, part.fields.subtype),
                size: part.body.len() as u64,
            });
            return false;
        }
        self.refuse_doubtful(part);
        self.taken.push(Taken {
            part: part.clone(),
            inline: is_inline(&part.fields, place),
        });
        true
    }
}

/// What stands before and after the parts of a multipart, without its delimiter lines.
fn outside<'a>(part: &message::Part, bytes: &'a [u8]) -> [&'a [u8]; 2] {
    let (Some(first), Some(last)) = (part.parts.first(), part.parts.last()) else {
        return [b"", b""];
    };
    let before = bytes.get(part.body.start..first.range.start);
    let after = bytes.get(last.range.end..part.body.end).unwrap_or_default();
    let delimiter = match part.unclosed {
        Some(_) => 0,
        None => memchr::memchr(b'\n', after).map_or(after.len(), |end| end + 1),
    };
    [
        before.unwrap_or_default(),
        after.get(delimiter..).unwrap_or_default(),
    ]
}

/// Whether nobody misses a text outside all parts: it is blank, or a line such as "This is a multi-part
/// message in MIME format.", for readers who know no MIME.
fn is_note(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let says = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    let is_short = text.len() <= LONGEST_NOTE;
    text.trim_ascii().is_empty()
        || is_short && ["mime", "multi-part", "multipart"].into_iter().any(says)
}

/// Whether a part is of the message's text and not a file that goes with it.
fn stays(fields: &Fields, place: &Place) -> bool {
    match fields.kind.as_str() {
        // One in which no part was found.
        "multipart" => true,
        "text" if place.alternative => true,
        // Some give the text itself a name; a file has a disposition or comes after the text.
        "text" => match fields.disposition.as_deref() {
            Some("attachment") => false,
            Some(_) => fields.name.is_none(),
            None => fields.name.is_none() || !place.later,
        },
        _ => false,
    }
}

/// Whether the text shows the part in its place. One that only says so stays visible as a file:
/// what is marked inline and named nowhere is shown by no client.
fn is_inline(fields: &Fields, place: &Place) -> bool {
    let says_so = fields.disposition.as_deref() == Some("inline") && fields.kind == "image";
    fields.content_id.is_some() && (place.related || says_so)
}
