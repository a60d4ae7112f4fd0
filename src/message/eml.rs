//! A message made elsewhere: looked at, hardly touched.

use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;

use super::limits::{ADDRESSES, Excess, HEADER_FIELDS, HEADER_SECTION, SUBJECT};
use super::{Address, AddressError, Mailbox, MessageId, Part, field};
use crate::exit::Class;

/// A ready RFC 5322 message, with CRLF line ends, one readable From and the recipients its fields name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eml {
    bytes: Bytes,
    from: Mailbox,
    recipients: Vec<Mailbox>,
    message_id: Option<MessageId>,
    bcc: Option<Range<usize>>,
}

/// Fields that stand once at most (RFC 5322 section 3.6): of two, the service might read either.
const SINGLE: [&str; 11] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "Date",
];

/// Fields that name recipients of a message sent on (RFC 5322 section 3.6.6). Graph delivers to
/// To, Cc and Bcc alone: those would get it a second time, these not at all.
const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];

impl Eml {
    /// Reads the header section. A leading mbox `From ` line is taken off and bare LF become CRLF,
    /// save in a part that is neither text nor encoded (`binary`, RFC 2045 section 6.2); nothing else
    /// changes. A message may name no recipients yet. The bytes are not copied.
    ///
    /// # Errors
    /// [`EmlError`] where the bytes are no message, or it is unclear from or to whom it is.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, EmlError> {
        let bytes = without_mbox_line(bytes)?;
        refuse_other_files(&bytes)?;
        let eml = Self::parse_settled(bytes)?;
        let fields = fields(&eml.bytes)?;
        for name in RESENT {
            if named(&eml.bytes, &fields, name).next().is_some() {
                return Err(EmlError::Resent(name));
            }
        }
        Ok(eml)
    }

    /// As [`Eml::parse`], for a message whose To, Cc and Bcc are settled, whatever Resent- fields
    /// tell of its way.
    pub(super) fn parse_settled(bytes: Vec<u8>) -> Result<Self, EmlError> {
        let untouched = match has_bare_lf(&bytes) {
            true => binary(&bytes)?,
            false => Vec::new(),
        };
        let bytes = with_crlf(bytes, &untouched);
        refuse_bare_cr(&bytes)?;
        let fields = fields(&bytes)?;
        for name in SINGLE {
            if named(&bytes, &fields, name).count() > 1 {
                return Err(EmlError::Repeated(name));
            }
        }
        let from = mailboxes(&bytes, &fields, "From")?;
        let from = from.into_iter().next().ok_or(EmlError::NoFrom)?;
        let mut recipients = Vec::new();
        for name in ["To", "Cc", "Bcc"] {
            recipients.extend(mailboxes(&bytes, &fields, name)?);
            Excess::check(recipients.len(), ADDRESSES, "recipients")?;
        }
        let message_id = named(&bytes, &fields, "Message-ID")
            .next()
            .and_then(|field| MessageId::parse(field.text(&bytes).trim()).ok());
        let bcc = named(&bytes, &fields, "Bcc")
            .next()
            .map(|field| field.value.clone());
        Ok(Self {
            from,
            recipients,
            message_id,
            bcc,
            bytes: Bytes::from(bytes),
        })
    }

    /// The first mailbox of From.
    #[must_use]
    pub const fn from(&self) -> &Mailbox {
        &self.from
    }

    /// The mailboxes of To, Cc and Bcc, in that order, members of groups among them.
    #[must_use]
    pub fn recipients(&self) -> &[Mailbox] {
        &self.recipients
    }

    /// The Message-ID, where the message has one that follows RFC 5322.
    #[must_use]
    pub const fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// Whether the message has a field of that name, whatever it says.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        fields(&self.bytes).is_ok_and(|fields| named(&self.bytes, &fields, name).next().is_some())
    }

    /// The mailboxes that the address field of that name has: To, Cc or Bcc.
    #[must_use]
    pub fn mailboxes(&self, name: &'static str) -> Vec<Mailbox> {
        // They were read before, when the message was.
        let found = fields(&self.bytes).and_then(|fields| mailboxes(&self.bytes, &fields, name));
        found.unwrap_or_default()
    }

    /// The subject, decoded; empty where there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        let fields = fields(&self.bytes).unwrap_or_default();
        let Some(field) = named(&self.bytes, &fields, "Subject").next() else {
            return String::new();
        };
        let value = self.bytes.get(field.value.clone()).unwrap_or_default();
        // The parser's cost grows with the square of the length.
        let value = value.get(..SUBJECT).unwrap_or(value);
        let field = [b"Subject:", value, b"\r\n\r\n"].concat();
        mail_parser::MessageParser::new()
            .parse_headers(&field)
            .and_then(|message| message.subject().map(ToOwned::to_owned))
            .unwrap_or_default()
    }

    /// The message as it goes out.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A part of the message as it goes out, without a copy.
    ///
    /// # Panics
    /// Where the message has no such range.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Bytes {
        self.bytes.slice(range)
    }

    /// The parts of the message.
    ///
    /// # Errors
    /// [`Excess`] for more of them than are read.
    pub fn structure(&self) -> Result<Part, Excess> {
        Part::of(&self.bytes)
    }

    /// Adds to Bcc those whom no To, Cc or Bcc names: at the end of that field, or as a new one at
    /// the top. Their names are left out; every other byte stays, so signatures hold.
    pub fn add_recipients(&mut self, mailboxes: &[Mailbox]) {
        let mut known: HashSet<&Address> = self.recipients.iter().map(Mailbox::address).collect();
        let mut added = Vec::new();
        for mailbox in mailboxes {
            if known.insert(mailbox.address()) {
                added.push(mailbox.clone());
            }
        }
        // Each on its own line keeps any number of them within RFC 5322's 78 columns.
        let list: Vec<&str> = added
            .iter()
            .map(|mailbox| mailbox.address().as_str())
            .collect();
        let list = list.join(",\r\n ");
        if list.is_empty() {
            return;
        }
        // No copy where nobody else holds the bytes.
        let mut bytes = Vec::from(std::mem::take(&mut self.bytes));
        bytes.reserve_exact(list.len() + "Bcc: \r\n".len());
        match &mut self.bcc {
            Some(value) => {
                let old = bytes.get(value.clone()).unwrap_or_default();
                let separator = match old.trim_ascii_end() {
                    [] => " ",
                    [.., b','] => "\r\n ",
                    _ => ",\r\n ",
                };
                let end = value.start + old.trim_ascii_end().len();
                let text = format!("{separator}{list}");
                bytes.splice(end..value.end, text.bytes());
                value.end = end + text.len();
            }
            None => {
                let field = format!("Bcc: {list}\r\n");
                bytes.splice(0..0, field.bytes());
                self.bcc = Some("Bcc:".len()..field.len() - 2);
            }
        }
        self.bytes = Bytes::from(bytes);
        self.recipients.extend(added);
    }
}

/// Says what a file is that is plainly no message.
fn refuse_other_files(bytes: &[u8]) -> Result<(), EmlError> {
    match bytes {
        [] => Err(EmlError::Empty),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => Err(EmlError::Utf16),
        [0xEF, 0xBB, 0xBF, ..] => Err(EmlError::ByteOrderMark),
        _ => Ok(()),
    }
}

fn without_mbox_line(mut bytes: Vec<u8>) -> Result<Vec<u8>, EmlError> {
    if field::has_mbox_line(&bytes) {
        let line = bytes.iter().position(|&byte| byte == b'\n');
        bytes.drain(..line.map_or(bytes.len(), |end| end + 1));
        if bytes.split(|byte| *byte == b'\n').any(is_separator) {
            return Err(EmlError::Mailbox);
        }
    }
    Ok(bytes)
}

/// Whether a line begins the next message of an mbox: `From jane@x.org Thu Jan  1 00:00:00 1970`
/// (RFC 4155). A text's own line that begins with `From ` has no day of the week in that place.
fn is_separator(line: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    line.starts_with(b"From ") && words.nth(2).is_some_and(|day| DAYS.contains(&day))
}

/// A CR that ends no line can neither be sent nor be taken away: it may be a part of the contents.
fn refuse_bare_cr(bytes: &[u8]) -> Result<(), EmlError> {
    let mut bare = memchr::memchr_iter(b'\r', bytes)
        .filter(|at| bytes.get(at + 1) != Some(&b'\n'))
        .peekable();
    if bare.peek().is_none() {
        return Ok(());
    }
    let binary = binary(bytes)?;
    match bare.find(|at| !holds(&binary, *at)) {
        None => Ok(()),
        Some(at) => Err(EmlError::BareCr {
            line: memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count() + 1,
        }),
    }
}

/// Whether one of the ranges, which are in order, holds that place.
fn holds(ranges: &[Range<usize>], at: usize) -> bool {
    let after = ranges.partition_point(|range| range.end <= at);
    ranges.get(after).is_some_and(|range| range.start <= at)
}

fn has_bare_lf(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| is_bare(bytes, at))
}

/// Gives every bare LF its CR, save in the ranges `untouched`, which are in order; in place, for the
/// message may be large.
pub(crate) fn with_crlf(mut bytes: Vec<u8>, untouched: &[Range<usize>]) -> Vec<u8> {
    if !has_bare_lf(&bytes) {
        return bytes;
    }
    let to_mend = |bytes: &[u8], at: usize| is_bare(bytes, at) && !holds(untouched, at);
    // From the end on, so that each byte is moved once: over as many places as CRs go before it.
    // Byte by byte: lines may be short.
    let mut missing = memchr::memchr_iter(b'\n', &bytes)
        .filter(|&at| to_mend(&bytes, at))
        .count();
    let mut end = bytes.len();
    bytes.reserve_exact(missing);
    bytes.resize(end + missing, 0);
    let put = |bytes: &mut [u8], at: usize, byte| {
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
    };
    while missing > 0 {
        end -= 1;
        let byte = bytes.get(end).copied().unwrap_or_default();
        put(&mut bytes, end + missing, byte);
        if byte == b'\n' && to_mend(&bytes, end) {
            missing -= 1;
            put(&mut bytes, end + missing, b'\r');
        }
    }
    bytes
}

/// Whether no CR stands before the LF at `at`.
fn is_bare(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'\r')
}

/// The bodies in which an LF is no line end, in order.
fn binary(bytes: &[u8]) -> Result<Vec<Range<usize>>, Excess> {
    let structure = Part::of(bytes)?;
    let binary = structure.walk().filter(|part| {
        part.fields.encoding == "binary"
            && !matches!(part.fields.kind.as_str(), "text" | "message" | "multipart")
    });
    Ok(binary.map(|part| part.body.clone()).collect())
}

/// A header field's place in the message.
struct Field {
    name: Range<usize>,
    /// From after the colon up to the line end, folds included.
    value: Range<usize>,
}

impl Field {
    /// The value, unfolded (RFC 5322 section 2.2.3).
    fn text(&self, bytes: &[u8]) -> String {
        let value = bytes.get(self.value.clone()).unwrap_or_default();
        String::from_utf8_lossy(value).replace("\r\n", "")
    }
}

/// The header section's fields; every line up to the first empty one must belong to one.
fn fields(bytes: &[u8]) -> Result<Vec<Field>, EmlError> {
    let mut fields: Vec<Field> = Vec::new();
    let mut start = 0;
    for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let content = line.strip_suffix(b"\r\n").unwrap_or(line);
        let end = start + content.len();
        match (content, fields.last_mut()) {
            ([], _) => break,
            ([b' ' | b'\t', ..], Some(field)) => field.value.end = end,
            _ => {
                let name = field::name(content).ok_or(EmlError::NotAField { line: index + 1 })?;
                let colon = memchr::memchr(b':', content).unwrap_or(name.len());
                fields.push(Field {
                    name: start..start + name.len(),
                    value: start + colon + 1..end,
                });
                Excess::check(fields.len(), HEADER_FIELDS, "header fields")?;
            }
        }
        Excess::check(end, HEADER_SECTION, "bytes of header fields")?;
        if content.contains(&0) {
            let field = fields
                .last()
                .and_then(|field| bytes.get(field.name.clone()));
            let field = String::from_utf8_lossy(field.unwrap_or_default());
            return Err(EmlError::Nul(field.into_owned()));
        }
        start += line.len();
    }
    if fields.is_empty() {
        return Err(EmlError::NotAField { line: 1 });
    }
    Ok(fields)
}

fn named<'a>(
    bytes: &'a [u8],
    fields: &'a [Field],
    name: &'a str,
) -> impl Iterator<Item = &'a Field> {
    fields.iter().filter(move |field| {
        bytes
            .get(field.name.clone())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    })
}

fn mailboxes(bytes: &[u8], fields: &[Field], name: &'static str) -> Result<Vec<Mailbox>, EmlError> {
    let Some(field) = named(bytes, fields, name).next() else {
        return Ok(Vec::new());
    };
    Mailbox::parse_field(&field.text(bytes)).map_err(|source| EmlError::Address {
        field: name,
        source,
    })
}

/// Bytes that are no message to send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmlError {
    /// No bytes at all.
    #[error("the message is empty")]
    Empty,
    /// UTF-16, as some editors and shells save text.
    #[error("the message is UTF-16 text; save it as UTF-8 or ASCII")]
    Utf16,
    /// A byte order mark, which would become a part of the first field's name.
    #[error("the message begins with a byte order mark; save it without one")]
    ByteOrderMark,
    /// A line of the header section that is neither a field nor its continuation.
    #[error("line {line} is not a header field: this is not an RFC 5322 message")]
    NotAField {
        /// The line, from 1, counted after a leading mbox line.
        line: usize,
    },
    /// A NUL among the header fields.
    #[error("the field {0} has a NUL byte in it")]
    Nul(String),
    /// A CR that is not a part of a line end.
    #[error("line {line} has a carriage return that is not a part of a line end")]
    BareCr {
        /// The line, from 1, counted after a leading mbox line.
        line: usize,
    },
    /// More than one message.
    #[error("the file is an mbox of several messages; give one message")]
    Mailbox,
    /// A message that was sent on.
    #[error("the message has the field {0}, and Graph delivers to To, Cc and Bcc alone")]
    Resent(&'static str),
    /// A field that may stand once.
    #[error("the message has more than one {0} field")]
    Repeated(&'static str),
    /// No From, or one that names nobody.
    #[error("the message has no From")]
    NoFrom,
    /// More of something than is read.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// An address field that cannot be read.
    #[error("{field}: {source}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong in it.
        source: AddressError,
    },
}

impl EmlError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        Class::Message
    }
}
