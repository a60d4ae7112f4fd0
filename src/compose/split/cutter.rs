//! Selects the parts of a message that become attachments, and edits the rest.

use std::ops::Range;

use super::upload::{Taken, name};
use crate::compose::{Error, Part as Named};
use crate::files::Octets;
use crate::message::{self, Fields, HeaderSection, Place};

/// Other content of a draft is listed in errors if it has more bytes than this.
const LARGE_REST: u64 = 4096;

/// The longest text outside the parts of a multipart that counts as a note for old mail programs.
const LONGEST_NOTE: usize = 1024;

pub(super) struct Cutter<'a> {
    /// Ranges of the message and their replacements, sorted and not nested.
    pub(super) edits: Vec<(Range<usize>, Vec<u8>)>,
    pub(super) taken: Vec<Taken>,
    pub(super) texts: Vec<Named>,
    /// Whether a text is in the draft.
    has_text: bool,
    /// Whether large texts after the first become attachments.
    spills: bool,
    pub(super) unread: Option<&'static str>,
    /// The first error because of which the message cannot be split.
    pub(super) refused: Option<Error>,
    /// The whole message.
    octets: &'a Octets,
}

impl<'a> Cutter<'a> {
    /// Splits the message `octets`. With `spills`, large texts after the first become attachments too.
    pub(super) const fn new(octets: &'a Octets, spills: bool) -> Self {
        Self {
            edits: Vec::new(),
            taken: Vec::new(),
            texts: Vec::new(),
            has_text: false,
            spills,
            unread: None,
            refused: None,
            octets,
        }
    }

    /// Splits a part. Returns whether all of it is removed from the draft.
    ///
    /// # Errors
    /// [`Error::Spool`]
    pub(super) fn cut(&mut self, part: &message::Part, place: &Place) -> Result<bool, Error> {
        if part.parts.is_empty() {
            return self.leaf(part, place);
        }
        let before = self.edits.len();
        let within: usize = part.parts.iter().map(|inner| inner.range.len()).sum();
        let mut all = true;
        for (index, inner) in part.parts.iter().enumerate() {
            if self.cut(inner, &place.inside(part, index))? {
                self.edits.push((inner.range.clone(), Vec::new()));
            } else {
                all = false;
            }
        }
        let outside = part.body.len().saturating_sub(within) as u64;
        if all {
            // The whole part is removed.
            self.edits.truncate(before);
            self.refuse_doubtful(part);
            self.refuse_outside(part)?;
        } else {
            self.rest("text before or after its parts", outside);
            self.close(part);
        }
        Ok(all)
    }

    /// Refuses a part whose header section may contain bytes of its body, since the header section would
    /// be lost.
    fn refuse_doubtful(&mut self, part: &message::Part) {
        if part.doubtful {
            let why = "no empty line ends its header section, so its contents may begin inside the header section";
            let fields = &part.fields;
            self.refused.get_or_insert_with(|| Error::Part {
                name: match part.parts.is_empty() {
                    true => name(fields, self.taken.len() + 1),
                    false => format!("{}/{}", fields.kind, fields.subtype),
                },
                why: why.to_owned(),
                size: self.octets.len() as u64,
            });
        }
    }

    /// Refuses to remove a whole multipart if text before or after its parts would be lost.
    fn refuse_outside(&mut self, part: &message::Part) -> Result<(), Error> {
        let [before, after] = outside(part, self.octets)?;
        if !is_note(&before)? || !is_note(&after)? {
            let size = (before.len() + after.len()) as u64;
            self.refused.get_or_insert(Error::Outside { size });
        }
        Ok(())
    }

    /// Adds the missing closing delimiter line of a multipart. Without it, Exchange could read the rest
    /// differently. The multipart ends at the start of a line if an outer delimiter line follows, or if
    /// its last part was removed or closed here.
    fn close(&mut self, part: &message::Part) {
        let Some(line) = &part.unclosed else { return };
        let end = part.range.end;
        let starts_line =
            end < self.octets.len() || self.edits.last().is_some_and(|(range, _)| range.end == end);
        let before: &[u8] = if starts_line { b"" } else { b"\r\n" };
        self.edits.push((end..end, [before, line].concat()));
    }

    /// Lists other content of the draft, if it is large.
    pub(super) fn rest(&mut self, name: &str, size: u64) {
        if size > LARGE_REST {
            self.texts.push(Named {
                name: name.to_owned(),
                size,
            });
        }
    }

    fn leaf(&mut self, part: &message::Part, place: &Place) -> Result<bool, Error> {
        let large = part.body.len() as u64 > LARGE_REST;
        let spilled = self.spills && self.has_text && place.mixed && large;
        if part.fields.kind == "multipart" && large {
            self.unread = Some(part.unread());
        }
        if place.is_text(&part.fields) && !(spilled && part.fields.kind == "text") {
            self.has_text |= part.fields.kind == "text";
            self.texts.push(Named {
                name: format!("{}/{}", part.fields.kind, part.fields.subtype),
                size: part.body.len() as u64,
            });
            if part.fields.kind == "text" && part.fields.subtype.is_empty() {
                self.settle_type(part)?;
            }
            return Ok(false);
        }
        self.refuse_doubtful(part);
        self.taken.push(Taken {
            part: part.clone(),
            inline: is_inline(&part.fields, place),
        });
        Ok(true)
    }

    /// Writes the type of a text that has no valid one. Exchange could take the text for a file.
    fn settle_type(&mut self, part: &message::Part) -> Result<(), Error> {
        let header = self.octets.load(part.header.clone())?;
        let (mut section, _) = HeaderSection::parse(&header)?;
        message::settle_type(&mut section);
        self.edits.push((part.header.clone(), section.to_bytes()));
        Ok(())
    }
}

/// The text before and after the parts of a multipart, without its delimiter lines.
fn outside(part: &message::Part, octets: &Octets) -> Result<[Octets; 2], Error> {
    let (Some(first), Some(last)) = (part.parts.first(), part.parts.last()) else {
        return Ok([Octets::default(), Octets::default()]);
    };
    let before = octets.range(part.body.start..first.range.start);
    let after = octets.range(last.range.end..part.body.end.max(last.range.end));
    let delimiter = match part.unclosed {
        Some(_) => 0,
        None => {
            let start = after.window(0, Octets::CHUNK)?;
            memchr::memchr(b'\n', &start).map_or(after.len(), |end| end + 1)
        }
    };
    let after = after.range(delimiter..after.len());
    Ok([before, after])
}

/// Whether text outside all parts may be lost: it is blank, or a note such as "This is a multi-part
/// message in MIME format." for old mail programs.
fn is_note(text: &Octets) -> Result<bool, Error> {
    let start = text.load(0..LONGEST_NOTE)?.to_ascii_lowercase();
    let says = |word: &str| memchr::memmem::find(&start, word.as_bytes()).is_some();
    let is_short = text.len() <= LONGEST_NOTE;
    if is_short && ["mime", "multi-part", "multipart"].into_iter().any(says) {
        return Ok(true);
    }
    for chunk in text.chunks() {
        if !chunk?.trim_ascii().is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the part is shown inside the text. A part that is only marked as inline remains a visible
/// file, since mail programs do not show an inline part to which the text does not refer.
fn is_inline(fields: &Fields, place: &Place) -> bool {
    let says_so = fields.disposition.as_deref() == Some("inline") && fields.kind == "image";
    fields.content_id.is_some() && (place.related || says_so)
}
