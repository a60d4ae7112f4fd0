//! Rewrites a message from sendmail's standard input so that Graph delivers it to the envelope
//! recipients.
//!
//! Graph has no envelope (RFC 5321). It delivers to all addresses in To, Cc and Bcc, and to no others. So
//! the envelope recipients are written into these fields:
//!
//! * A recipient that is not in To or Cc is put into a new Bcc. The message's own Bcc is removed.
//! * Other addresses are removed from To and Cc. The original field is kept as `X-Original-To` or
//!   `X-Original-Cc`: readers can see it, and no server delivers to it.
//! * A local name is replaced by the address that its alias gives. A domain that is not ASCII is replaced
//!   by its ASCII form. Exchange accepts no other forms.

mod body;
mod declare;
mod envelope;
mod error;
mod from;
mod lists;
mod local_names;
mod long;
mod parts;
mod recipients;
mod text;

pub use envelope::Envelope;
pub use error::SendmailError;
pub use from::{FromPolicy, Sending};

use std::collections::HashSet;

use bytes::Bytes;
use jiff::fmt::rfc2822;

use self::lists::with_ascii_domains;
use self::local_names::{LocalNames, Resolve};
use self::recipients::{Named, RESENT, VISIBLE, keep_only, named_recipients, resolved};
use super::address::{Address, Mailbox};
use super::eml::{Eml, EmlError, SINGLE, merge_repeated, settle_content_type, subject};
use super::header_section::{
    self, Field, HeaderSection, count_lines, first_line, without_mbox_lines,
};
use super::limits::shown;
use super::line_ends::write_with_line_ends;
use super::message_id::MessageId;
use super::recipient::Recipient;
use crate::files::Octets;

/// The fields whose addresses Exchange reads.
#[rustfmt::skip]
const ADDRESSES: [&str; 10] = [
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-To", "Resent-Cc",
    "Disposition-Notification-To", "Return-Receipt-To",
];

/// The most Received fields of a message that is not in a loop (RFC 5321 section 6.3).
const MOST_HOPS: usize = 100;

/// A message as it came from sendmail's standard input.
pub struct SendmailInput {
    octets: Octets,
    /// The first bytes, with the header section.
    start: Bytes,
}

impl SendmailInput {
    /// A message.
    ///
    /// # Errors
    /// [`SendmailError`] if the temporary file of a large message cannot be read.
    pub fn new(octets: impl Into<Octets>) -> Result<Self, SendmailError> {
        let octets = octets.into();
        let window = |octets: &Octets| octets.window(0, header_section::ENOUGH);
        let start = window(&octets).map_err(EmlError::from)?;
        // A program of an old Macintosh ends lines with CR.
        let has_cr_only = start.contains(&b'\r') && !start.contains(&b'\n');
        if !has_cr_only && !has_doubled_cr(&start) {
            return Ok(Self { octets, start });
        }
        let octets = octets.rewritten(|out| write_with_line_ends(&octets, &[], out));
        let octets = octets.map_err(EmlError::from)?;
        let start = window(&octets).map_err(EmlError::from)?;
        Ok(Self { octets, start })
    }

    /// The subject, decoded; empty if there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        let section = HeaderSection::parse(without_preamble(&self.start));
        section.map_or_else(|_| String::new(), |(section, _)| subject(&section))
    }

    /// The recipient fields as they are written, valid or not.
    #[must_use]
    pub fn recipient_fields(&self) -> Vec<String> {
        let Ok((section, _)) = HeaderSection::parse(without_preamble(&self.start)) else {
            return Vec::new();
        };
        let is_of_recipients = |field: &&Field<'_>| body::is_recipients(field.name().as_bytes());
        let fields = section.fields().filter(is_of_recipients);
        let text = |field: &Field<'_>| shown(field.text().trim());
        fields.map(text).filter(|text| !text.is_empty()).collect()
    }
}

/// A message from sendmail's standard input, while its fields are edited.
pub struct SendmailMessage<'a> {
    section: HeaderSection<'a>,
    body: Octets,
    recipients: Vec<Mailbox>,
    refused: Option<SendmailError>,
    surnames: Vec<String>,
    /// The authors, or the sender of the command line if there is no From, with the mailboxes of their
    /// aliases. `None` if none has an alias.
    aliased_authors: Option<Vec<Recipient>>,
}

impl<'a> SendmailMessage<'a> {
    /// Reads the message, and rewrites To, Cc and Bcc to name the envelope recipients. These are the
    /// recipients on the command line and, with [`Envelope::fields`], those in To, Cc and Bcc, or in the
    /// newest Resent- fields if there are any.
    ///
    /// The first line that is not a field ends the header section, so text without a header section is
    /// accepted.
    ///
    /// # Errors
    /// [`SendmailError`] if no recipient can be used.
    pub fn read<E: Into<SendmailError>>(
        message: &'a SendmailInput,
        envelope: &Envelope,
        resolve: Resolve<'_, E>,
    ) -> Result<Self, SendmailError> {
        let (mut section, body) = HeaderSection::parse(without_preamble(&message.start))?;
        let is_cut = !section.is_empty() && !section.is_ended();
        if envelope.fields && is_cut && body::has_recipient_field(body) {
            let before = message.start.len() - body.len();
            let line = count_lines(message.start.get(..before).unwrap_or_default()) + 1;
            return Err(SendmailError::Cut { line });
        }
        let received = section.fields().filter(|field| field.is("Received"));
        let hops = received.count();
        if hops > MOST_HOPS {
            return Err(SendmailError::Loop { hops });
        }
        section.remove_space_before_colons();
        section.remove_nul_and_bare_cr();
        settle_repeated(&mut section);
        declare::encode_iso_2022_jp(&mut section);
        to_ascii_domains(&mut section);
        let names = LocalNames::new(resolve);
        let Named {
            recipients,
            mut refused,
            surnames,
        } = named_recipients(&section, body, envelope, &names)?;
        let recipients = resolved(&recipients, &names, &mut refused)?;
        let refused = SendmailError::of_recipients(refused, recipients.len());
        if recipients.is_empty() {
            return Err(refused.unwrap_or(SendmailError::NoRecipients));
        }
        let aliased_authors = from::aliased_authors(&section, envelope, &names);
        let octets = &message.octets;
        let body = octets.range(message.start.len() - body.len()..octets.len());
        let mut message = Self {
            section,
            body,
            recipients,
            refused,
            surnames,
            aliased_authors,
        };
        message.settle_recipients(&names);
        Ok(message)
    }

    /// Rewrites To, Cc and Bcc to name exactly the envelope recipients.
    fn settle_recipients<E: Into<SendmailError>>(&mut self, names: &LocalNames<'_, E>) {
        let section = &mut self.section;
        let addresses: HashSet<&Address> = self.recipients.iter().map(Mailbox::address).collect();
        section.remove("Bcc");
        section.remove("Resent-Bcc");
        let mut shown = HashSet::new();
        for name in VISIBLE {
            shown.extend(keep_only(section, name, &addresses, names));
        }
        // Graph probably does not deliver to these fields. Fields with other addresses are renamed
        // anyway.
        for name in RESENT {
            let others = section.named_mut(name);
            let others = others.filter(|field| !names_only(&field.lossless_text(), &addresses));
            others.for_each(|field| field.rename(&format!("X-Original-{name}")));
        }
        if shown.is_empty() {
            // Exchange accepts an empty group in To, and mail programs show it.
            section.remove("Cc");
            section.set("To", "undisclosed-recipients:;");
        }
        let hidden: Vec<&str> = self
            .recipients
            .iter()
            .map(Mailbox::address)
            .filter(|address| !shown.contains(address))
            .map(Address::as_str)
            .collect();
        if !hidden.is_empty() {
            section.set("Bcc", &hidden.join(",\r\n "));
        }
    }

    /// The recipients, each once.
    #[must_use]
    pub fn recipients(&self) -> &[Mailbox] {
        &self.recipients
    }

    /// The error of the recipients that cannot be used, if there are any. The others get the message.
    #[must_use]
    pub const fn refused(&self) -> Option<&SendmailError> {
        self.refused.as_ref()
    }

    /// The words before a comma that are parts of a name and not recipients: `Doe` in `Doe, Jane <jane@x.org>`.
    #[must_use]
    pub fn surnames(&self) -> &[String] {
        &self.surnames
    }

    /// Marks the message as generated by a program, or as a response by a program to a message (RFC 3834
    /// section 5), unless it has the field.
    pub fn mark_automatic(&mut self, is_response: bool) {
        if !self.section.has("Auto-Submitted") {
            let value = match is_response {
                true => "auto-replied",
                false => "auto-generated",
            };
            self.section.set("Auto-Submitted", value);
        }
    }

    /// Adds a request for a receipt of delivery, unless the message has one.
    pub fn ask_for_delivery_receipt(&mut self, to: &Mailbox) {
        if !self.section.has("Return-Receipt-To") {
            self.section.set("Return-Receipt-To", to.address().as_str());
        }
    }

    /// Whether a cron daemon wrote the message. cron adds a field for each variable of the job.
    #[must_use]
    pub fn is_from_cron(&self) -> bool {
        self.section.has("X-Cron-Env")
    }

    /// Sets From, and adds Date and Message-ID if they are missing.
    ///
    /// # Errors
    /// [`SendmailError`] if no From can be used, or the result is not a valid message.
    pub fn finish(mut self, envelope: &Envelope, sending: &Sending) -> Result<Eml, SendmailError> {
        self.settle_from(envelope, sending)?;
        if !self.section.has("Date") {
            let date = rfc2822::to_string(&sending.now).map_err(|_| SendmailError::Clock)?;
            self.section.set("Date", &date);
        }
        if !self.section.has("Message-ID") {
            let from = self.section.named("From").next();
            let from = from.and_then(|from| Mailbox::parse_field(&from.text()).ok());
            let from = from.as_ref().and_then(|from| from.first());
            let domain = from.ok_or(SendmailError::NoSender)?.address().domain();
            let id = MessageId::unique(sending.uuid, domain);
            self.section.set("Message-ID", &id.to_string());
        }
        settle_content_type(&mut self.section, &self.body).map_err(EmlError::from)?;
        declare::declare(&mut self.section, &mut self.body)?;
        let longest = (sending.longest, sending.uuid);
        long::attach_long_texts(&mut self.section, &mut self.body, longest)?;
        self.section.end();
        Ok(Eml::new(&self.section, &self.body)?)
    }
}

/// Whether a line of the header section ends with CR CR LF, as when line ends were converted twice.
fn has_doubled_cr(start: &[u8]) -> bool {
    let lines = start.split_inclusive(|&byte| byte == b'\n');
    let doubled = |line: &[u8]| line.ends_with(b"\r\r\n");
    let is_text = |line: &&[u8]| line.iter().any(|byte| !b"\r\n".contains(byte));
    let header = lines.clone().take_while(is_text).count();
    lines.take(header + 1).any(doubled)
}

/// The message without mbox lines or a byte order mark before the first field. With a byte order mark, all
/// fields would become part of the text.
fn without_preamble(bytes: &[u8]) -> &[u8] {
    let is_field = |rest: &&[u8]| header_section::name(first_line(rest).0).is_some();
    let rest = bytes.strip_prefix(b"\xEF\xBB\xBF").filter(is_field);
    without_mbox_lines(rest.unwrap_or(bytes))
}

/// The text of the first field of that name, trimmed; empty if there is none.
fn text_of(section: &HeaderSection<'_>, name: &str) -> String {
    let field = section.named(name).next();
    field.map_or_else(String::new, |field| field.text().trim().to_owned())
}

/// Leaves one of each field that may occur once, since Exchange could read either: the first. Others with
/// another value are renamed. To, Cc and Bcc become one list each when their recipients are settled.
fn settle_repeated(section: &mut HeaderSection<'_>) {
    let is_list = |name: &str| ["To", "Cc", "Bcc"].contains(&name);
    for name in SINGLE.into_iter().filter(|name| !is_list(name)) {
        merge_repeated(section, name);
        section.rename_others(name, &format!("X-Original-{name}"));
    }
}

/// Whether a list contains only `addresses`.
fn names_only(list: &str, addresses: &HashSet<&Address>) -> bool {
    let is_known = |person: &Recipient| match person {
        Recipient::Mailbox { mailbox, .. } => addresses.contains(mailbox.address()),
        Recipient::Local { .. } => false,
    };
    Recipient::parse_list(list).is_ok_and(|people| people.iter().all(is_known))
}

/// Writes all domains in ASCII.
fn to_ascii_domains(section: &mut HeaderSection<'_>) {
    for name in ADDRESSES {
        for field in section.named_mut(name) {
            if let Some(list) = with_ascii_domains(&field.lossless_text()) {
                field.set(&list);
            }
        }
    }
}
