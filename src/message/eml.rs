//! A message that another program made. It is checked, and changed as little as possible.

mod error;

use std::collections::HashSet;

pub use error::EmlError;

use super::header_section::{self, Field, HeaderSection, count_lines};
use super::limits::{ADDRESSES, Excess, SUBJECT};
use super::line_ends::BareCr;
use super::structure::{StructureError, declared_charset};
use super::{Address, Mailbox, MessageId, Part, line_ends};
use crate::charset::{self, encoded_word::decoded};
use crate::files::Octets;

/// A ready RFC 5322 message: CRLF line ends, a valid From, and the recipients that its fields name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eml {
    octets: Octets,
    from: Mailbox,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    subject: Box<str>,
    /// The value of the field, valid or not.
    message_id: Option<String>,
}

/// Fields that may occur once (RFC 5322 section 3.6). If there were two, Exchange could read either.
pub(super) const SINGLE: [&str; 11] = [
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

/// Recipient fields of a resent message (RFC 5322 section 3.6.6). Graph delivers only to To, Cc and Bcc:
/// the original recipients would receive the message again, and the new recipients would not receive it.
const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];

impl Eml {
    /// Reads a message. Leading mbox lines (`From `, `>From `) are removed, and a bare LF becomes CRLF, except
    /// in a part that is neither text nor encoded (`binary`, RFC 2045 section 6.2). Copies of fields that may
    /// occur once are removed, and several Reply-To fields become one. Nothing else changes. The message may
    /// have no recipients yet.
    ///
    /// # Errors
    /// [`EmlError`] if the bytes are not a message, or its sender or recipients are not clear.
    pub fn parse(octets: impl Into<Octets>) -> Result<Self, EmlError> {
        let (octets, lines_before) = without_mbox_lines(octets.into())?;
        refuse_other_files(&octets.window(0, 3)?)?;
        let octets = line_ends::normalized(octets, BareCr::Refused { lines_before })?;
        let start = octets.window(0, header_section::ENOUGH)?;
        let (mut section, rest) = HeaderSection::parse(&start)?;
        if section.is_empty() || !(section.is_ended() || rest.is_empty()) {
            let line = lines_before + section.lines() + 1;
            return Err(EmlError::NotAField { line });
        }
        let (fields, body) = (section.fields().count(), start.len() - rest.len());
        (SINGLE.into_iter()).for_each(|name| merge_repeated(&mut section, name));
        let content = octets.range(body..octets.len());
        let is_changed = settle_content_type(&mut section, &content)?;
        let octets = match is_changed || section.fields().count() < fields {
            true => content.prepended(&section.to_bytes()),
            false => octets,
        };
        let eml = Self::read(&section)?;
        if let Some(name) = RESENT.into_iter().find(|name| section.has(name)) {
            return Err(EmlError::Resent(name));
        }
        Ok(Self { octets, ..eml })
    }

    /// A message with these fields and this body. Same as [`Eml::parse`], except that a bare CR ends a line,
    /// and that Resent- fields are allowed, since the caller has put all recipients into To, Cc and Bcc.
    pub(super) fn new(section: &HeaderSection<'_>, body: &Octets) -> Result<Self, EmlError> {
        let octets = line_ends::normalized(body.prepended(&section.to_bytes()), BareCr::EndsLine)?;
        section.check()?;
        Ok(Self {
            octets,
            ..Self::read(section)?
        })
    }

    /// Reads the fields. There are no octets yet.
    fn read(section: &HeaderSection<'_>) -> Result<Self, EmlError> {
        let has_nul = |value: &[u8]| memchr::memchr(0, value).is_some();
        if let Some(field) = section.fields().find(|field| has_nul(field.as_bytes())) {
            return Err(EmlError::Nul(field.name().to_owned()));
        }
        if let Some(name) = (SINGLE.into_iter()).find(|name| section.named(name).count() > 1) {
            return Err(EmlError::Repeated(name));
        }
        let from = mailboxes(section, "From")?.into_iter().next();
        let eml = Self {
            octets: Octets::default(),
            from: from.ok_or(EmlError::NoFrom)?,
            to: mailboxes(section, "To")?,
            cc: mailboxes(section, "Cc")?,
            bcc: mailboxes(section, "Bcc")?,
            subject: subject(section).into(),
            message_id: section.named("Message-ID").next().map(Field::text),
        };
        Excess::check(eml.recipients().count(), ADDRESSES, "recipients")?;
        Ok(eml)
    }

    /// The first mailbox of From.
    #[must_use]
    pub const fn from(&self) -> &Mailbox {
        &self.from
    }

    /// The mailboxes in To, including members of groups.
    #[must_use]
    pub fn to(&self) -> &[Mailbox] {
        &self.to
    }

    /// The mailboxes in Cc, including members of groups.
    #[must_use]
    pub fn cc(&self) -> &[Mailbox] {
        &self.cc
    }

    /// The mailboxes in Bcc, including members of groups.
    #[must_use]
    pub fn bcc(&self) -> &[Mailbox] {
        &self.bcc
    }

    /// To, Cc and Bcc, in that order.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// The Message-ID, if there is one that follows RFC 5322.
    #[must_use]
    pub fn message_id(&self) -> Option<MessageId> {
        MessageId::parse(self.message_id.as_ref()?.trim()).ok()
    }

    /// Whether there is a Message-ID field, even one that does not follow RFC 5322.
    #[must_use]
    pub const fn has_message_id(&self) -> bool {
        self.message_id.is_some()
    }

    /// The subject, decoded; empty if there is none.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The message as it is sent.
    #[must_use]
    pub const fn octets(&self) -> &Octets {
        &self.octets
    }

    /// The size of the message in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.octets.len() as u64
    }

    /// The parts of the message.
    ///
    /// # Errors
    /// As [`Part::parse`].
    pub fn structure(&self) -> Result<Part, StructureError> {
        Part::parse(&self.octets)
    }

    /// Adds the mailboxes that are not in To, Cc or Bcc to Bcc: at the end of the field, or in a new
    /// field at the top. Display names are left out. All other bytes are unchanged, so signatures remain
    /// valid.
    ///
    /// # Errors
    /// [`EmlError`] if the header section would exceed a limit.
    pub fn add_recipients(&mut self, mailboxes: &[Mailbox]) -> Result<(), EmlError> {
        let mut known: HashSet<&Address> = self.recipients().map(Mailbox::address).collect();
        let new = mailboxes
            .iter()
            .filter(|mailbox| known.insert(mailbox.address()));
        let added: Vec<Mailbox> = new.cloned().collect();
        if added.is_empty() {
            return Ok(());
        }
        // One address on each line keeps the lines within RFC 5322's 78 columns.
        let list: Vec<&str> = added
            .iter()
            .map(|mailbox| mailbox.address().as_str())
            .collect();
        let list = list.join(",\r\n ");
        let start = self.octets.window(0, header_section::ENOUGH)?;
        let (mut section, body) = HeaderSection::parse(&start)?;
        let body = self
            .octets
            .range(start.len() - body.len()..self.octets.len());
        match section.has("Bcc") {
            true => section.named_mut("Bcc").for_each(|bcc| bcc.append(&list)),
            false => section.prepend("Bcc", &list),
        }
        section.check()?;
        self.octets = body.prepended(&section.to_bytes());
        self.bcc.extend(added);
        Ok(())
    }
}

/// Makes one of the fields of that name as far as nothing is lost: copies are removed, and the lists of
/// several Reply-To fields are joined.
pub(super) fn merge_repeated(section: &mut HeaderSection<'_>, name: &str) {
    section.remove_copies(name);
    if name == "Reply-To" {
        section.merge(name);
    }
}

/// Leaves one Content-Type: the first with which the body has parts, otherwise the first. A reader could take
/// any. Others with another value are renamed. Returns whether there were several.
pub(super) fn settle_content_type(
    section: &mut HeaderSection<'_>,
    body: &Octets,
) -> Result<bool, StructureError> {
    const NAME: &str = "Content-Type";
    /// Reading the body costs time.
    const MOST: usize = 4;
    if section.named(NAME).nth(1).is_none() {
        return Ok(false);
    }
    section.remove_copies(NAME);
    let mut kept = 0;
    for index in 0..section.named(NAME).count().min(MOST) {
        let mut tried = section.clone();
        let field = section.named(NAME).nth(index).cloned();
        tried.retain(|field| !field.is(NAME));
        let field = field.map(|field| field.text()).unwrap_or_default();
        tried.set(NAME, field.trim());
        let whole = body.prepended(&tried.to_ended_bytes());
        if !Part::parse(&whole)?.parts.is_empty() {
            kept = index;
            break;
        }
    }
    let all = section.named_mut(NAME).enumerate();
    let others = all.filter(|(index, _)| *index != kept);
    others.for_each(|(_, field)| field.rename("X-Original-Content-Type"));
    Ok(true)
}

/// Refuses files of known kinds that are not a message.
fn refuse_other_files(bytes: &[u8]) -> Result<(), EmlError> {
    match bytes {
        [] => Err(EmlError::Empty),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => Err(EmlError::Utf16),
        [0xEF, 0xBB, 0xBF, ..] => Err(EmlError::ByteOrderMark),
        _ => Ok(()),
    }
}

/// The message without its mbox lines, and the number of these lines.
fn without_mbox_lines(octets: Octets) -> Result<(Octets, usize), EmlError> {
    let start = octets.window(0, header_section::ENOUGH)?;
    let removed = start.len() - header_section::without_mbox_lines(&start).len();
    if removed == 0 {
        return Ok((octets, 0));
    }
    let lines_before = count_lines(start.get(..removed).unwrap_or_default());
    let octets = octets.range(removed..octets.len());
    let mut lines = Vec::new();
    for chunk in octets.chunks() {
        lines.extend_from_slice(&chunk?);
        let end = memchr::memrchr(b'\n', &lines).map_or(0, |at| at + 1);
        let whole = lines.get(..end).unwrap_or_default();
        if whole.split(|byte| *byte == b'\n').any(is_separator) {
            return Err(EmlError::Mailbox);
        }
        lines.drain(..end);
    }
    match is_separator(&lines) {
        true => Err(EmlError::Mailbox),
        false => Ok((octets, lines_before)),
    }
}

/// Whether a line begins the next message of an mbox: `From jane@x.org Thu Jan  1 00:00:00 1970` (RFC
/// 4155). A line of text that begins with `From ` has no day of the week in that position.
fn is_separator(line: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    line.starts_with(b"From ") && words.nth(2).is_some_and(|day| DAYS.contains(&day))
}

/// The mailboxes in an address field.
fn mailboxes(section: &HeaderSection<'_>, name: &'static str) -> Result<Vec<Mailbox>, EmlError> {
    let Some(field) = section.named(name).next() else {
        return Ok(Vec::new());
    };
    Mailbox::parse_field(&field.text()).map_err(|source| EmlError::Address {
        field: name,
        source,
    })
}

/// The subject, decoded; empty if there is none.
pub(super) fn subject(section: &HeaderSection<'_>) -> String {
    let field = section.named("Subject").next();
    let value = field.map_or(&[][..], |field| field.value());
    let value = value.get(..SUBJECT).unwrap_or(value);
    let charset = declared_charset(section).unwrap_or_default();
    let text: String = charset::undeclared(value, &charset).lines().collect();
    decoded(text.trim())
}
