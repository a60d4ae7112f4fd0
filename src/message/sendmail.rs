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

mod envelope;
mod error;
mod from;
mod recipients;

pub use envelope::Envelope;
pub use error::PipedError;
pub use from::{FromPolicy, Sending};

use std::collections::HashSet;

use jiff::fmt::rfc2822;

use self::recipients::{Known, OPEN, RESENT, Resolve, keep, meant, parsed, people};
use super::address::{Address, Fault, Mailbox};
use super::eml::Eml;
use super::list::with_ascii_domains;
use super::message_id::MessageId;
use super::recipient::Recipient;
use super::section::Section;

/// The fields whose addresses the service reads.
#[rustfmt::skip]
const ADDRESSES: [&str; 10] = [
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-To", "Resent-Cc",
    "Disposition-Notification-To", "Return-Receipt-To",
];

/// A message as a program piped it in, being made ready.
pub struct Piped {
    section: Section,
    recipients: Vec<Mailbox>,
}

impl Piped {
    /// Reads what was piped in, and settles who gets it. With [`Envelope::fields`] those are the
    /// people of To, Cc and Bcc, or of the newest Resent- fields where there are any, together with
    /// those of the command line; else the latter alone.
    ///
    /// # Errors
    /// [`PipedError`] where nobody gets it, a field cannot be read, or a local name is nobody's.
    pub fn read<E: Into<PipedError>>(
        bytes: &[u8],
        envelope: &Envelope,
        resolve: Resolve<'_, E>,
    ) -> Result<Self, PipedError> {
        let mut section = Section::read(bytes)?;
        if let Some(line) = section.cut_from_recipients() {
            return Err(PipedError::Cut { line });
        }
        mend_addresses(&mut section)?;
        let known = Known::new(resolve);
        let recipients = people(&meant(&section, envelope)?, &known)?;
        if recipients.is_empty() {
            return Err(PipedError::NoRecipients);
        }
        let addresses: HashSet<&Address> = recipients.iter().map(Mailbox::address).collect();
        section.remove("Bcc");
        section.remove("Resent-Bcc");
        let mut shown = HashSet::new();
        for name in OPEN {
            shown.extend(keep(&mut section, name, &addresses, &known));
        }
        for name in RESENT {
            // Graph is not known to deliver to these; nobody else may stand there all the same.
            section.rename_where(name, &format!("X-Original-{name}"), |value| {
                !Recipient::parse_list(value).is_ok_and(|people| {
                    people.iter().all(|person| match person {
                        Recipient::Mailbox { mailbox, .. } => addresses.contains(mailbox.address()),
                        Recipient::Local { .. } => false,
                    })
                })
            });
        }
        if shown.is_empty() {
            // Exchange takes an empty group beside a Bcc, and readers know it.
            section.remove("Cc");
            section.set("To", "undisclosed-recipients:;");
        }
        let hidden: Vec<&str> = recipients
            .iter()
            .map(Mailbox::address)
            .filter(|address| !shown.contains(address))
            .map(Address::as_str)
            .collect();
        if !hidden.is_empty() {
            section.set("Bcc", &hidden.join(",\r\n "));
        }
        Ok(Self {
            section,
            recipients,
        })
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
            let from = self.section.values("From").next().unwrap_or_default();
            let domain = Mailbox::parse_field(&from)
                .ok()
                .and_then(|list| Some(list.first()?.address().domain().to_owned()));
            let domain = domain.ok_or(PipedError::NoSender)?;
            let id = MessageId::unique(sending.uuid, &domain);
            self.section.set("Message-ID", &id.to_string());
        }
        self.section.keep_carriage_returns();
        Ok(Eml::parse_settled(self.section.write())?)
    }
}

/// Writes all addresses as the service takes them.
fn mend_addresses(section: &mut Section) -> Result<(), PipedError> {
    for name in ADDRESSES {
        section.change(name, with_ascii_domains);
    }
    match parsed(section, "Reply-To") {
        // Those of other fields are refused, or left out, where they are read.
        Err(PipedError::Address { field, source }) if source.fault == Fault::LocalPartNotAscii => {
            Err(PipedError::Address { field, source })
        }
        _ => Ok(()),
    }
}
