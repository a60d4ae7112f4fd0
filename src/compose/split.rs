//! A ready message that no request can hold, taken apart: what its text needs stays together and
//! becomes the draft, every other part is attached to it. Ranges of the message; no second copy.

use std::ops::Range;

use uuid::Uuid;

use super::{Error, Part as Named, contents};
use crate::message::{self, Eml, Fields, HeaderSection, MessageId, Mime};
use crate::submission::{Content, TransferEncoding, Upload, UploadRoute};
use crate::text;

/// A message in pieces. Every byte of a part's body is in one of them, and in one alone.
pub(super) struct Apart {
    skeleton: Skeleton,
    /// Why a large multipart that stays could not be taken apart.
    pub(super) unread: Option<&'static str>,
    /// What is still in the skeleton.
    pub(super) texts: Vec<Named>,
    taken: Vec<Taken>,
}

/// The message without what is attached: not made before it is known to be small.
enum Skeleton {
    /// A header section; the whole body is attached.
    Header(Vec<u8>),
    /// The message with other bytes in the place of these ranges, which are in order.
    Edited(Vec<(Range<usize>, Vec<u8>)>),
}

/// What a skeleton has beside its texts is named where it takes more than this.
const LARGE_REST: u64 = 4096;

/// The longest text before or after the parts of a multipart that counts as a note for old readers.
const LONGEST_NOTE: usize = 1024;

/// A Message-ID for a message that has none, in its sender's domain: by it the draft is found again
/// when the answer to its creation is lost.
pub(super) fn fresh_id(eml: &Eml, uuid: impl FnOnce() -> Uuid) -> Option<MessageId> {
    let domain = eml.from().address().domain();
    (!eml.has_message_id()).then(|| MessageId::unique(uuid(), domain))
}

/// A part that is attached.
struct Taken {
    part: message::Part,
    inline: bool,
}

/// Takes `eml` apart. Where what is left does not fit in a request of `limit` bytes, large texts go
/// too that stand beside the first.
///
/// # Errors
/// [`Error::Sealed`] for a signed or encrypted message, [`Error::Outside`] or [`Error::Part`] where text
/// would be lost.
pub(super) fn split_attachments(eml: &Eml, limit: u64) -> Result<Apart, Error> {
    let root = eml.structure()?;
    if let Some(sealed) = root.walk().find(|part| is_sealed(&part.fields)) {
        return Err(Error::Sealed {
            kind: sealed_kind(&sealed.fields),
            size: eml.bytes().len() as u64,
        });
    }
    let apart = cut(eml, &root, false)?;
    if contents::encoded_length(apart.skeleton.length(eml)) <= limit {
        return Ok(apart);
    }
    cut(eml, &root, true)
}

fn cut(eml: &Eml, root: &message::Part, spills: bool) -> Result<Apart, Error> {
    let mut cutter = Cutter {
        bytes: eml.bytes(),
        spills,
        ..Cutter::default()
    };
    let all = cutter.cut(root, &Place::default());
    if let Some(error) = cutter.refused {
        return Err(error);
    }
    cutter.rest("its header", root.header.len() as u64);
    let skeleton = if all {
        // Without the fields that tell of the body that is gone.
        let (mut header, _) = HeaderSection::parse(eml.bytes())?;
        header.retain(|field| !field.is_content());
        Skeleton::Header(header.to_bytes())
    } else {
        Skeleton::Edited(cutter.edits)
    };
    Ok(Apart {
        skeleton,
        unread: cutter.unread,
        texts: cutter.texts,
        taken: cutter.taken,
    })
}

/// Refuses what ends in the middle of base64, with its multiparts still open: the rest of it is
/// somewhere else. A message that lacks nothing but the last delimiter line is whole.
///
/// # Errors
/// [`Error::Truncated`]
pub(super) fn refuse_truncated(eml: &Eml) -> Result<(), Error> {
    let root = eml.structure()?;
    let Some(last) = root.walk().last().filter(|_| root.unclosed.is_some()) else {
        return Ok(());
    };
    let body = eml.slice(last.body.clone());
    if last.fields.encoding != "base64" || TransferEncoding::ends_whole(&body) {
        return Ok(());
    }
    let parts = root.walk().filter(|part| part.parts.is_empty());
    Err(Error::Truncated {
        name: name(&last.fields, parts.count()),
    })
}

impl Apart {
    /// What is attached, in the order of the message. Reads each of them once.
    ///
    /// # Errors
    /// [`Error::Part`] for a part whose contents cannot be had whole.
    pub(super) fn uploads(&self, eml: &Eml) -> Result<Vec<Upload>, Error> {
        let numbered = (1..).zip(&self.taken);
        numbered
            .map(|(number, taken)| taken.upload(eml, number))
            .collect()
    }

    /// The message without what is attached, with this Message-ID where it has none.
    pub(super) fn skeleton(&self, eml: &Eml, id: Option<&MessageId>) -> Vec<u8> {
        let mut kept = id.map(id_field).unwrap_or_default();
        self.skeleton.write(eml, &mut kept);
        kept
    }

    /// How many bytes [`Apart::skeleton`] makes.
    pub(super) fn skeleton_length(&self, eml: &Eml, id: Option<&MessageId>) -> u64 {
        let field = id.map(id_field).unwrap_or_default();
        self.skeleton.length(eml) + field.len() as u64
    }
}

fn id_field(id: &MessageId) -> Vec<u8> {
    format!("Message-ID: {id}\r\n").into_bytes()
}

impl Skeleton {
    fn length(&self, eml: &Eml) -> u64 {
        match self {
            Self::Header(header) => header.len() as u64,
            Self::Edited(edits) => {
                let taken: usize = edits.iter().map(|(range, _)| range.len()).sum();
                let put: usize = edits.iter().map(|(_, text)| text.len()).sum();
                (eml.bytes().len() - taken + put) as u64
            }
        }
    }

    fn write(&self, eml: &Eml, kept: &mut Vec<u8>) {
        match self {
            Self::Header(header) => kept.extend_from_slice(header),
            Self::Edited(edits) => edited(eml.bytes(), edits, kept),
        }
    }
}

impl Taken {
    /// How the contents are carried; none where nobody knows (RFC 2045 section 6.4).
    fn encoding(&self) -> Option<TransferEncoding> {
        Some(match self.part.fields.encoding.as_str() {
            "base64" => TransferEncoding::Base64,
            "quoted-printable" => TransferEncoding::QuotedPrintable,
            "7bit" | "8bit" | "binary" | "" => TransferEncoding::Identity,
            _ => return None,
        })
    }

    /// Refuses what would arrive as other contents than were meant.
    fn upload(&self, eml: &Eml, number: usize) -> Result<Upload, Error> {
        let fields = &self.part.fields;
        let refuse = |why| Error::Part {
            name: name(fields, number),
            why,
            size: eml.bytes().len() as u64,
        };
        let unknown = || format!("its transfer encoding {:?} is not known", fields.encoding);
        let encoding = self.encoding().ok_or_else(|| refuse(unknown()))?;
        let bytes = eml.slice(self.part.body.clone());
        let damaged = || format!("its {} is damaged", fields.encoding);
        let size = encoding.measure(&bytes).ok_or_else(|| refuse(damaged()))?;
        Ok(Upload {
            name: name(fields, number),
            content_type: content_type(fields),
            size,
            content_id: fields.content_id.clone(),
            inline: self.inline,
            route: UploadRoute::of(size),
            content: Content::Encoded { encoding, bytes },
        })
    }
}

/// What a signature or an encryption holds together (RFC 1847; RFC 8551 section 3), also under the
/// type of any file with the name that stands for it (RFC 8551 section 3.2.1).
fn is_sealed(fields: &Fields) -> bool {
    fields.is("multipart", "signed")
        || fields.is("multipart", "encrypted")
        || fields.is("application", "pkcs7-mime")
        || fields.is("application", "x-pkcs7-mime")
        || is_named_sealed(fields)
}

/// Whether its name alone says that it is S/MIME.
fn is_named_sealed(fields: &Fields) -> bool {
    let named = |name: &String| name.to_ascii_lowercase().ends_with(".p7m");
    fields.is("application", "octet-stream") && fields.name.as_ref().is_some_and(named)
}

/// What holds it together, by its type, which says it, or by its name.
fn sealed_kind(fields: &Fields) -> String {
    match &fields.name {
        Some(name) if is_named_sealed(fields) => format!("S/MIME part {name:?}"),
        _ => format!("{}/{}", fields.kind, fields.subtype),
    }
}

/// Where a part stands.
#[derive(Default)]
struct Place {
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
struct Cutter<'a> {
    /// What stands in the place of which range; in order, none inside another.
    edits: Vec<(Range<usize>, Vec<u8>)>,
    taken: Vec<Taken>,
    texts: Vec<Named>,
    /// Whether a text has been kept.
    has_text: bool,
    /// Whether large texts beside the first go.
    spills: bool,
    unread: Option<&'static str>,
    /// The first loss that taking the message apart would cause.
    refused: Option<Error>,
    /// The whole message.
    bytes: &'a [u8],
}

impl Cutter<'_> {
    /// Whether nothing of the part stays.
    fn cut(&mut self, part: &message::Part, place: &Place) -> bool {
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

    /// Names what is no text and stays in the skeleton, if that is large.
    fn rest(&mut self, name: &str, size: u64) {
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

/// The part's name, or one made of its type.
fn name(fields: &Fields, number: usize) -> String {
    let given: String = fields
        .name
        .iter()
        .flat_map(|name| name.chars())
        .filter(|character| !text::is_hidden(*character))
        .collect();
    match given.trim() {
        "" => format!("attachment-{number}.{}", extension(fields)),
        given => given.to_owned(),
    }
}

/// The usual extensions of types that arrive without a name.
const EXTENSIONS: [(&str, &str, &str); 24] = [
    ("message", "rfc822", "eml"),
    ("message", "global", "eml"),
    ("text", "plain", "txt"),
    ("text", "html", "html"),
    ("text", "calendar", "ics"),
    ("text", "csv", "csv"),
    ("text", "xml", "xml"),
    ("image", "png", "png"),
    ("image", "jpeg", "jpg"),
    ("image", "gif", "gif"),
    ("image", "webp", "webp"),
    ("image", "tiff", "tif"),
    ("image", "svg+xml", "svg"),
    ("audio", "mpeg", "mp3"),
    ("audio", "wav", "wav"),
    ("video", "mp4", "mp4"),
    ("application", "pdf", "pdf"),
    ("application", "zip", "zip"),
    ("application", "gzip", "gz"),
    ("application", "json", "json"),
    ("application", "xml", "xml"),
    ("application", "rtf", "rtf"),
    ("application", "msword", "doc"),
    ("application", "ics", "ics"),
];

fn extension(fields: &Fields) -> &'static str {
    EXTENSIONS
        .iter()
        .find(|(kind, subtype, _)| fields.is(kind, subtype))
        .map_or("bin", |(.., extension)| *extension)
}

/// The part's type with its parameters; that of any file where no other can be made out.
fn content_type(fields: &Fields) -> String {
    const UNKNOWN: &str = "application/octet-stream";
    if fields.kind == "multipart" || fields.subtype.is_empty() {
        return UNKNOWN.to_owned();
    }
    let essence = format!("{}/{}", fields.kind, fields.subtype);
    let mut whole = essence.clone();
    for (name, value) in &fields.parameters {
        if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            whole.push_str(&format!("; {name}=\"{value}\""));
        }
    }
    let parsed = [whole, essence].into_iter().find_map(|text| {
        let parsed: Option<Mime> = text.parse().ok();
        parsed.map(|mime| mime.to_string())
    });
    parsed.unwrap_or_else(|| UNKNOWN.to_owned())
}

fn edited(bytes: &[u8], edits: &[(Range<usize>, Vec<u8>)], kept: &mut Vec<u8>) {
    let mut at = 0;
    for (range, text) in edits {
        kept.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
        kept.extend_from_slice(text);
        at = range.end;
    }
    kept.extend_from_slice(bytes.get(at..).unwrap_or_default());
}
