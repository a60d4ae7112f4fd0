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

use jiff::Zoned;
use jiff::fmt::rfc2822;
use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address as AddressHeader;
use uuid::Uuid;

use super::address::{Address, AddressError, Fault, Mailbox};
use super::eml::{Eml, EmlError};
use super::list::{has_empty_places, with_ascii_domains};
use super::message_id::MessageId;
use super::recipient::{Recipient, Written};
use super::section::Section;
use crate::exit::Class;

/// The fields whose people get a message, and whom every reader sees.
const OPEN: [&str; 2] = ["To", "Cc"];
/// The same of a message that was sent on (RFC 5322 section 3.6.6).
const RESENT: [&str; 2] = ["Resent-To", "Resent-Cc"];
/// The fields whose addresses the service reads.
#[rustfmt::skip]
const ADDRESSES: [&str; 10] = [
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-To", "Resent-Cc",
    "Disposition-Notification-To", "Return-Receipt-To",
];

/// To whom, and for whom, as the command line of sendmail says.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// The recipients on the command line.
    pub recipients: Vec<Recipient>,
    /// `-t`: the message's own fields name recipients too.
    pub fields: bool,
    /// `-f`: the sender, where the message has no From.
    pub sender: Option<Recipient>,
    /// `-F`: the sender's name, where the message has no From.
    pub name: Option<String>,
}

/// What becomes of a From that is not of this mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FromPolicy {
    /// The mailbox's address takes its place, and answers go to the original.
    #[default]
    Rewrite,
    /// It stays: Exchange decides whether the mailbox may send as it.
    Keep,
    /// The message is refused.
    Refuse,
}

/// Where the message goes out, and when.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The mailbox's own address, where it is known.
    pub mailbox: Option<Mailbox>,
    /// Addresses that it may send as too; `@x.org` stands for all of that domain.
    pub allowed: Vec<String>,
    /// What becomes of another From.
    pub policy: FromPolicy,
    /// Now, in the zone that Date shows.
    pub now: Zoned,
    /// Names the message that has no Message-ID.
    pub uuid: Uuid,
}

/// Asks whom a name on this host, or on another of its network, means: at least one mailbox, or none
/// where nobody knows it.
type Resolve<'a, E> = &'a dyn Fn(&str, Option<&str>) -> Result<Vec<Mailbox>, E>;

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
        let mut section = Section::read(bytes);
        if let Some(line) = section.cut_from_recipients() {
            return Err(PipedError::Cut { line });
        }
        mend_addresses(&mut section)?;
        let meant = meant(&section, envelope)?;
        let mut recipients: Vec<Mailbox> = Vec::new();
        for one in &meant {
            for mailbox in mailboxes(one, resolve)? {
                if !holds(&recipients, mailbox.address()) {
                    recipients.push(mailbox);
                }
            }
        }
        if recipients.is_empty() {
            return Err(PipedError::NoRecipients);
        }
        section.remove("Bcc");
        section.remove("Resent-Bcc");
        let mut shown = Vec::new();
        for name in OPEN {
            shown.extend(keep(&mut section, name, &recipients, resolve));
        }
        for name in RESENT {
            // Graph is not known to deliver to these; nobody else may stand there all the same.
            section.rename_where(name, &format!("X-Original-{name}"), |value| {
                !Recipient::parse_list(value).is_ok_and(|people| {
                    people.iter().all(|person| match person {
                        Recipient::Mailbox { mailbox, .. } => holds(&recipients, mailbox.address()),
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

    fn settle_from(&mut self, envelope: &Envelope, sending: &Sending) -> Result<(), PipedError> {
        // What cannot be read is not this mailbox's, and is kept for the reader.
        let authors = parsed(&self.section, "From").unwrap_or_default();
        let missing = !self.section.has("From");
        let given = match missing {
            true => envelope.sender.as_slice(),
            false => authors.as_slice(),
        };
        let own = |author: &Recipient| match author {
            Recipient::Mailbox { mailbox, .. } => sending.may_send_as(mailbox),
            Recipient::Local { .. } => false,
        };
        if let [Recipient::Mailbox { mailbox, written }, ..] = given
            && given.iter().all(own)
        {
            if missing {
                let from = as_sender(mailbox, written, envelope);
                self.section.set("From", &from);
            }
            if !parsed(&self.section, "Sender").is_ok_and(|all| all.iter().all(own)) {
                self.section.rename("Sender", "X-Original-Sender");
            }
            return Ok(());
        }
        let Some(own) = &sending.mailbox else {
            return Err(PipedError::NoSender);
        };
        if let (Some(other), FromPolicy::Refuse) = (given.first(), sending.policy) {
            return Err(PipedError::From(other.written().element.clone()));
        }
        let called = match given {
            [author] if !missing => called(author.written(), own),
            _ => None,
        };
        let name = envelope.name.as_deref().filter(|_| missing);
        let from = called.unwrap_or_else(|| match name.or(own.name()) {
            Some(name) => named(name, own),
            None => own.address().to_string(),
        });
        if !missing {
            self.keep_original_from(&authors);
        }
        self.section.set("From", &from);
        self.section.rename("Sender", "X-Original-Sender");
        if let (true, [Recipient::Mailbox { mailbox, written }]) = (missing, given)
            && !self.section.has("Reply-To")
        {
            let sender = as_sender(mailbox, written, envelope);
            self.section.set("Reply-To", &sender);
        }
        Ok(())
    }

    /// Answers go to those who wrote, where all are addresses and no other was asked for.
    fn keep_original_from(&mut self, authors: &[Recipient]) {
        let addresses = |author: &Recipient| matches!(author, Recipient::Mailbox { .. });
        if !authors.is_empty() && authors.iter().all(addresses) && !self.section.has("Reply-To") {
            let authors = authors
                .iter()
                .map(|author| author.written().element.as_str());
            let list = authors.collect::<Vec<_>>().join(",\r\n ");
            self.section.set("Reply-To", &list);
            return;
        }
        self.section.copy("From", "X-Original-From");
    }
}

impl Sending {
    fn may_send_as(&self, mailbox: &Mailbox) -> bool {
        let address = mailbox.address();
        let own = self.mailbox.as_ref();
        let allowed = |pattern: &String| match pattern.strip_prefix('@') {
            Some(domain) => address.domain().eq_ignore_ascii_case(domain),
            None => address.as_str().eq_ignore_ascii_case(pattern),
        };
        self.policy == FromPolicy::Keep
            || own.is_none_or(|own| same(own.address(), address))
            || self.allowed.iter().any(allowed)
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

/// Whom the fields, where they count, and the command line name.
fn meant(section: &Section, envelope: &Envelope) -> Result<Vec<Recipient>, PipedError> {
    let mut meant = Vec::new();
    if envelope.fields {
        for (name, value) in recipient_fields(section) {
            meant.extend(listed(name, &value)?);
            if value.ends_with(',') && reads_as_recipients(&section.first_line()) {
                return Err(PipedError::Unfinished { field: name });
            }
        }
    }
    meant.extend(envelope.recipients.iter().cloned());
    Ok(meant)
}

/// The fields that name recipients: those of the newest time the message was sent on, if it was:
/// then whom To names has it already. These stand together, above older ones, and each at most once
/// (RFC 5322 section 3.6.6).
fn recipient_fields(section: &Section) -> Vec<(&'static str, String)> {
    const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];
    const PLAIN: [&str; 3] = ["To", "Cc", "Bcc"];
    let is_resent = |name: &str| name.to_ascii_lowercase().starts_with("resent-");
    let mut seen: Vec<String> = Vec::new();
    let newest: Vec<(String, String)> = section
        .fields()
        .skip_while(|(name, _)| !is_resent(name))
        .take_while(|(name, _)| {
            let name = name.to_ascii_lowercase();
            let next = is_resent(&name) && !seen.contains(&name);
            seen.push(name);
            next
        })
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let named = |known: &[&'static str; 3], name: &str| {
        let mut known = known.iter().copied();
        known.find(|known| name.eq_ignore_ascii_case(known))
    };
    if !newest.is_empty() {
        let resent = newest.into_iter();
        let resent = resent.filter_map(|(name, value)| Some((named(&RESENT, &name)?, value)));
        return resent.collect();
    }
    let plain = section.fields();
    let plain = plain.filter_map(|(name, value)| Some((named(&PLAIN, name)?, value)));
    plain.collect()
}

/// Whether a list that ends in a comma goes on in that line.
fn reads_as_recipients(line: &str) -> bool {
    let text = line.trim();
    let is_far = |one: &Recipient| matches!(one, Recipient::Mailbox { .. });
    let list = || Recipient::parse_list(text).is_ok_and(|list| list.iter().any(is_far));
    !text.is_empty() && (line.starts_with([' ', '\t']) || list())
}

/// What one field of that name names.
fn listed(name: &'static str, value: &str) -> Result<Vec<Recipient>, PipedError> {
    Recipient::parse_list(value).map_err(|source| PipedError::Address {
        field: name,
        source,
    })
}

/// What the fields of that name name together: some programs write one for each recipient.
fn parsed(section: &Section, name: &'static str) -> Result<Vec<Recipient>, PipedError> {
    let mut all = Vec::new();
    for value in section.values(name) {
        all.extend(listed(name, &value)?);
    }
    Ok(all)
}

/// Whom a recipient means.
fn mailboxes<E: Into<PipedError>>(
    recipient: &Recipient,
    resolve: Resolve<'_, E>,
) -> Result<Vec<Mailbox>, PipedError> {
    match recipient {
        Recipient::Mailbox { mailbox, .. } => Ok(vec![mailbox.clone()]),
        Recipient::Local {
            name,
            host,
            written,
        } => {
            let found = resolve(name, host.as_deref()).map_err(Into::into)?;
            if found.is_empty() {
                return Err(PipedError::Unknown(written.element.clone()));
            }
            Ok(found)
        }
    }
}

/// Leaves in the open fields of that name nobody but `recipients`, whose addresses it returns. A
/// field with nobody else in it stays as it is, byte for byte.
fn keep<E: Into<PipedError>>(
    section: &mut Section,
    name: &'static str,
    recipients: &[Mailbox],
    resolve: Resolve<'_, E>,
) -> Vec<Address> {
    let original = format!("X-Original-{name}");
    let Ok(people) = parsed(section, name) else {
        // Nobody is delivered to for it: the recipients are all known without it.
        section.rename(name, &original);
        return Vec::new();
    };
    let (mut elements, mut addresses) = (Vec::new(), Vec::new());
    let values: Vec<String> = section.values(name).collect();
    let (mut left_out, mut untouched) = (false, values.len() <= 1);
    untouched &= !values.iter().any(|value| has_empty_places(value));
    for person in &people {
        // Whom no alias gives an address is not among the recipients, for whatever reason.
        let here = mailboxes(person, resolve).unwrap_or_default();
        let before = elements.len();
        for mailbox in here.iter().filter(|one| holds(recipients, one.address())) {
            addresses.push(mailbox.address().clone());
            elements.push(match person {
                Recipient::Mailbox { written, .. } => written.element.clone(),
                Recipient::Local { name, written, .. } => {
                    called(written, mailbox).unwrap_or_else(|| named(name, mailbox))
                }
            });
        }
        left_out |= elements.len() == before;
        untouched &= matches!(person, Recipient::Mailbox { .. }) && elements.len() > before;
    }
    if untouched {
        return addresses;
    }
    if left_out {
        section.copy(name, &original);
    }
    if elements.is_empty() {
        section.remove(name);
    } else {
        section.set(name, &elements.join(",\r\n "));
    }
    addresses
}

fn holds(mailboxes: &[Mailbox], address: &Address) -> bool {
    mailboxes.iter().any(|other| other.address() == address)
}

/// Exchange takes both parts of an address without regard to case.
fn same(one: &Address, other: &Address) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

/// The sender of the command line, as a field carries it.
fn as_sender(mailbox: &Mailbox, written: &Written, envelope: &Envelope) -> String {
    match &envelope.name {
        Some(name) => named(name, mailbox),
        None => with_ascii_domains(&written.element).unwrap_or_else(|| written.element.clone()),
    }
}

/// A mailbox under the name that somebody was given before, if there was one and it can stand there.
fn called(written: &Written, mailbox: &Mailbox) -> Option<String> {
    let called = format!("{} <{}>", written.phrase.as_ref()?, mailbox.address());
    Mailbox::parse(&called).is_ok().then_some(called)
}

/// A mailbox with that name, encoded as a field carries it (RFC 2047).
fn named(name: &str, mailbox: &Mailbox) -> String {
    let mut written = Vec::new();
    AddressHeader::new_address(Some(name), mailbox.address().as_str())
        .write_header(&mut written, "Reply-To: ".len());
    String::from_utf8_lossy(&written).trim_end().to_owned()
}

/// Why what was piped in does not become a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipedError {
    /// Neither the command line nor, where they count, the fields name anybody.
    #[error("the message has no recipients")]
    NoRecipients,
    /// A name of this host or network which no alias gives an address.
    #[error("{0:?} is no address beyond this host, and no alias gives one")]
    Unknown(String),
    /// The aliases themselves are at fault.
    #[error("{0}")]
    Aliases(String),
    /// An address field that cannot be read.
    #[error("{field}: {source}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong in it.
        source: AddressError,
    },
    /// A line that is no field, with fields that name recipients behind it.
    #[error("line {line} is no header field, and fields that name recipients stand behind it")]
    Cut {
        /// The line, from 1, counted after a leading mbox line.
        line: usize,
    },
    /// A list that goes on where the field has ended.
    #[error("{field} ends in a comma: the list of recipients goes on behind an empty line")]
    Unfinished {
        /// The field.
        field: &'static str,
    },
    /// It is not known which address the mailbox has.
    #[error("the message has no usable From, and the account's own address is not known")]
    NoSender,
    /// Another's From, where such are refused.
    #[error("the message is from {0}, which is not this mailbox")]
    From(String),
    /// A clock beyond the years that Date can tell.
    #[error("this host's clock shows no time that a message can have")]
    Clock,
    /// What results is no message.
    #[error(transparent)]
    Eml(#[from] EmlError),
}

impl PipedError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoRecipients
            | Self::Address { .. }
            | Self::Cut { .. }
            | Self::Unfinished { .. }
            | Self::From(_) => Class::Message,
            Self::Unknown(_) => Class::Recipient,
            Self::Aliases(_) | Self::NoSender | Self::Clock => Class::Config,
            Self::Eml(error) => error.class(),
        }
    }
}
