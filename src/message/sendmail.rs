//! What a program pipes into sendmail becomes a message that Graph delivers to exactly the people
//! whom the program meant.
//!
//! Graph has no envelope (RFC 5321): it delivers to To, Cc and Bcc, to all of them and to nobody
//! else. So the envelope is written into these fields:
//!
//! * A recipient whom no To or Cc names is put into a new Bcc. The message's own Bcc is taken away.
//! * Whom To or Cc names without being a recipient is taken out of them, and the field as it was is
//!   kept under `X-Original-To` or `X-Original-Cc`: readers can see it, and nobody delivers to it.
//! * A name of this host's becomes the address that its aliases give, a domain that is not ASCII its
//!   ASCII form: the service knows no others.

mod body;
mod envelope;
mod error;
mod from;
mod lists;
mod recipients;

pub use envelope::Envelope;
pub use error::PipedError;
pub use from::{FromPolicy, Sending};

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::fmt::rfc2822;

use self::lists::with_ascii_domains;
use self::recipients::{Known, OPEN, RESENT, Resolve, keep, meant, parsed, people};
use super::address::{Address, Fault, Mailbox};
use super::eml::Eml;
use super::header_section::{self, HeaderSection, first_line, has_mbox_line};
use super::message_id::MessageId;
use super::recipient::Recipient;

/// The fields whose addresses the service reads.
#[rustfmt::skip]
const ADDRESSES: [&str; 10] = [
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-To", "Resent-Cc",
    "Disposition-Notification-To", "Return-Receipt-To",
];

/// A message as a program piped it in, being made ready.
pub struct Piped<'a> {
    section: HeaderSection<'a>,
    body: Cow<'a, [u8]>,
    recipients: Vec<Mailbox>,
}

impl<'a> Piped<'a> {
    /// Reads what was piped in, and settles who gets it. With [`Envelope::fields`] those are the
    /// people of To, Cc and Bcc, or of the newest Resent- fields where there are any, together with
    /// those of the command line; else the latter alone.
    ///
    /// The first line that is no field ends the header section, an empty one with itself: so sendmail
    /// takes text without any header section.
    ///
    /// # Errors
    /// [`PipedError`] where nobody gets it, a field cannot be read, or a local name is nobody's.
    pub fn read<E: Into<PipedError>>(
        bytes: &'a [u8],
        envelope: &Envelope,
        resolve: Resolve<'_, E>,
    ) -> Result<Self, PipedError> {
        let (mut section, body) = HeaderSection::parse(without_preamble(bytes))?;
        if !section.is_empty() && !section.is_ended() && body::has_recipient_field(body) {
            return Err(PipedError::Cut {
                line: section.lines() + 1,
            });
        }
        section.remove_space_before_colons();
        to_ascii_domains(&mut section)?;
        let known = Known::new(resolve);
        let recipients = people(&meant(&section, body, envelope)?, &known)?;
        if recipients.is_empty() {
            return Err(PipedError::NoRecipients);
        }
        let mut piped = Self {
            section,
            body: Cow::Borrowed(body),
            recipients,
        };
        piped.settle_recipients(&known);
        Ok(piped)
    }

    /// Makes To, Cc and Bcc name the recipients, and nobody else.
    fn settle_recipients<E: Into<PipedError>>(&mut self, known: &Known<'_, E>) {
        let section = &mut self.section;
        let addresses: HashSet<&Address> = self.recipients.iter().map(Mailbox::address).collect();
        section.remove("Bcc");
        section.remove("Resent-Bcc");
        let mut shown = HashSet::new();
        for name in OPEN {
            shown.extend(keep(section, name, &addresses, known));
        }
        // Graph is not known to deliver to these; nobody else may stand there all the same.
        for name in RESENT {
            let others = section.named_mut(name);
            let others = others.filter(|field| !names_only(&field.lossless_text(), &addresses));
            others.for_each(|field| field.rename(&format!("X-Original-{name}")));
        }
        if shown.is_empty() {
            // Exchange takes an empty group beside a Bcc, and readers know it.
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

    /// Those who get the message, each once.
    #[must_use]
    pub fn recipients(&self) -> &[Mailbox] {
        &self.recipients
    }

    /// Marks the message as a program's own (RFC 3834 section 5), unless it says so of itself.
    pub fn mark_generated(&mut self) {
        if !self.section.has("Auto-Submitted") {
            self.section.set("Auto-Submitted", "auto-generated");
        }
    }

    /// Adds a request for a receipt of delivery, unless the message has one.
    pub fn ask_for_delivery_receipt(&mut self, to: &Mailbox) {
        if !self.section.has("Return-Receipt-To") {
            self.section.set("Return-Receipt-To", to.address().as_str());
        }
    }

    /// Whether a cron daemon wrote the message: it names each variable of the job in a field.
    #[must_use]
    pub fn is_from_cron(&self) -> bool {
        self.section.has("X-Cron-Env")
    }

    /// Settles From, and adds Date and Message-ID where they are missing.
    ///
    /// # Errors
    /// [`PipedError`] where there is no From to send with, or what results is no message.
    pub fn finish(mut self, envelope: &Envelope, sending: &Sending) -> Result<Eml, PipedError> {
        self.settle_from(envelope, sending)?;
        if !self.section.has("Date") {
            let date = rfc2822::to_string(&sending.now).map_err(|_| PipedError::Clock)?;
            self.section.set("Date", &date);
        }
        if !self.section.has("Message-ID") {
            let from = self.section.named("From").next();
            let from = from.and_then(|from| Mailbox::parse_field(&from.text()).ok());
            let from = from.as_ref().and_then(|from| from.first());
            let domain = from.ok_or(PipedError::NoSender)?.address().domain();
            let id = MessageId::unique(sending.uuid, domain);
            self.section.set("Message-ID", &id.to_string());
        }
        body::keep_carriage_returns(&mut self.section, &mut self.body);
        self.section.end();
        Ok(Eml::new(&self.section, &self.body)?)
    }
}

/// Without an mbox `From ` line, and without a byte order mark before a field, which would make the
/// fields a part of the text, to be read by all.
fn without_preamble(bytes: &[u8]) -> &[u8] {
    let is_field = |rest: &&[u8]| header_section::name(first_line(rest).0).is_some();
    let rest = bytes.strip_prefix(b"\xEF\xBB\xBF").filter(is_field);
    match rest.unwrap_or(bytes) {
        rest if has_mbox_line(rest) => first_line(rest).1,
        rest => rest,
    }
}

/// Whether a list names nobody but `addresses`.
fn names_only(list: &str, addresses: &HashSet<&Address>) -> bool {
    let is_known = |person: &Recipient| match person {
        Recipient::Mailbox { mailbox, .. } => addresses.contains(mailbox.address()),
        Recipient::Local { .. } => false,
    };
    Recipient::parse_list(list).is_ok_and(|people| people.iter().all(is_known))
}

/// Writes all domains as the service takes them.
fn to_ascii_domains(section: &mut HeaderSection<'_>) -> Result<(), PipedError> {
    for name in ADDRESSES {
        for field in section.named_mut(name) {
            if let Some(list) = with_ascii_domains(&field.lossless_text()) {
                field.set(&list);
            }
        }
    }
    match parsed(section, "Reply-To") {
        // Those of other fields are refused, or left out, where they are read.
        Err(PipedError::Address { field, source }) if source.fault == Fault::LocalPartNotAscii => {
            Err(PipedError::Address { field, source })
        }
        _ => Ok(()),
    }
}
