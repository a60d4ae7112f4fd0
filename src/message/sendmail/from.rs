//! Sets From to the mailbox's address, or keeps an address that the mailbox may send as.

use jiff::Zoned;
use uuid::Uuid;

use super::lists::{with_ascii_domains, with_name, with_phrase};
use super::local_names::LocalNames;
use super::recipients::{parsed, without_obsolete_syntax};
use super::{Envelope, SendmailError, SendmailMessage};
use crate::charset::encoded_word::decoded;
use crate::message::address::Mailbox;
use crate::message::header_section::HeaderSection;
use crate::message::recipient::{Recipient, Written};
use crate::message::sender::SenderPattern;

/// What to do with a From that is not this mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FromPolicy {
    /// Replace it with the mailbox's address. Replies go to the original address.
    #[default]
    Rewrite,
    /// Keep it. Exchange decides whether the mailbox may send as it.
    Keep,
    /// Refuse the message.
    Refuse,
}

/// The sending mailbox, its settings for From, and the values for Date and Message-ID.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The mailbox's own address, if known.
    pub mailbox: Option<Mailbox>,
    /// Other addresses that it may send as. `@x.org` allows all addresses of that domain.
    pub allowed: Vec<SenderPattern>,
    /// The names of this host. Nobody can answer an address there.
    pub hosts: Vec<String>,
    /// What to do with a From that is not allowed.
    pub policy: FromPolicy,
    /// The current time, in the zone for Date.
    pub now: Zoned,
    /// Used for a Message-ID if the message has none.
    pub uuid: Uuid,
    /// Bytes of the longest message that is sent as it is. A longer text becomes an attached file.
    pub longest: u64,
    /// The name in a From that has none.
    pub default_name: Option<String>,
}

impl Sending {
    fn may_send_as(&self, mailbox: &Mailbox) -> bool {
        let address = mailbox.address();
        let own = self.mailbox.as_ref();
        self.policy == FromPolicy::Keep
            || own.is_none_or(|own| own.address().same_mailbox(address))
            || self.allowed.iter().any(|allowed| allowed.matches(address))
    }

    /// Whether answers to this author can be delivered: it is neither a local name nor an address of this
    /// host.
    fn is_answerable(&self, author: &Recipient) -> bool {
        let Recipient::Mailbox { mailbox, .. } = author else {
            return false;
        };
        let domain = mailbox.address().domain();
        let mut hosts = self.hosts.iter();
        !hosts.any(|host| host.eq_ignore_ascii_case(domain))
    }
}

/// The authors, or the sender of the command line if there is no From: an address of this host as the mailboxes
/// of its alias. `None` if none has an alias.
pub(super) fn aliased_authors<E: Into<SendmailError>>(
    section: &HeaderSection<'_>,
    envelope: &Envelope,
    names: &LocalNames<'_, E>,
) -> Option<Vec<Recipient>> {
    let (authors, name) = match section.has("From") {
        true => (authors(section).0, None),
        false => (
            envelope.sender.iter().cloned().collect(),
            envelope.name.as_deref(),
        ),
    };
    let aliased = authors.iter().map(|author| names.aliased(author, name));
    let aliased: Vec<_> = aliased.collect();
    let has_alias = aliased.iter().any(Option::is_some);
    let all = authors.into_iter().zip(aliased);
    let all = all.flat_map(|(author, aliased)| aliased.unwrap_or_else(|| vec![author]));
    has_alias.then(|| all.collect())
}

/// The authors in From, and whether it is not a valid list: then it has one author at most. Without one, it is not
/// this mailbox, and is kept as X-Original-From.
fn authors(section: &HeaderSection<'_>) -> (Vec<Recipient>, bool) {
    let authors = parsed(section, "From");
    let is_word = |author: &Recipient| matches!(author, Recipient::Local { host: None, .. });
    let is_named = |author: &Recipient| author.written().element.ends_with('>');
    let sloppy = || sloppy_author(&section.named("From").next()?.lossless_text());
    match authors {
        // A local name before a name and an address is probably a part of its name: `Doe, Jane <jane@x.org>`.
        Ok(all) => match all.split_last() {
            Some((last, words))
                if !words.is_empty() && words.iter().all(is_word) && is_named(last) =>
            {
                sloppy().map_or((all, false), |author| (vec![author], true))
            }
            _ => (all, false),
        },
        Err(_) => (sloppy().into_iter().collect(), true),
    }
}

/// The author of a From that is not a valid list, if it has one address: some programs do not quote a name with a
/// comma or a bracket, or forget an angle bracket.
fn sloppy_author(text: &str) -> Option<Recipient> {
    let is_mark = |character: char| character.is_whitespace() || "<>(),;\"".contains(character);
    let mut words = text.split(is_mark).filter(|word| word.contains('@'));
    let bracketed = || text.rsplit_once('<')?.1.split_once('>');
    let address = match bracketed() {
        Some((address, _)) => address.trim(),
        None => {
            let address = words.next()?;
            words.all(|other| other == address).then_some(address)?
        }
    };
    let mailbox = Mailbox::parse(address).ok()?;
    let name = text.rsplit_once(address).map_or("", |(before, _)| before);
    let name = name.rsplit_once('<').map_or(name, |(name, _)| name);
    let is_outer = |character: char| character.is_whitespace() || character == '"';
    let name = name.trim_matches(is_outer);
    let element = match name {
        "" => mailbox.address().to_string(),
        name => with_name(&decoded(name), &mailbox),
    };
    let phrase = element.rsplit_once(" <").map(|(name, _)| name.to_owned());
    Some(Recipient::new(mailbox, Written { element, phrase }))
}

impl SendmailMessage<'_> {
    pub(super) fn settle_from(
        &mut self,
        envelope: &Envelope,
        sending: &Sending,
    ) -> Result<(), SendmailError> {
        let (authors, sloppy) = authors(&self.section);
        let missing = !self.section.has("From");
        let given = if missing {
            envelope.sender.as_slice()
        } else {
            &authors
        };
        envelope.check_authors(given)?;
        let own = |author: &Recipient| match author {
            Recipient::Mailbox { mailbox, .. } => {
                sending.may_send_as(mailbox) && envelope.permits(author)
            }
            Recipient::Local { .. } => false,
        };
        if let [Recipient::Mailbox { mailbox, written }, ..] = given
            && given.iter().all(own)
        {
            let from = match missing {
                true => Some(sender_of(envelope, sending, (mailbox, written))),
                false if sloppy => Some(written.element.clone()),
                false => self.corrected_from(),
            };
            if let Some(from) = from {
                self.section.set("From", &from);
            }
            let sender = parsed(&self.section, "Sender");
            if !sender.is_ok_and(|all| all.iter().all(own)) {
                self.section.rename("Sender", "X-Original-Sender");
            }
            return Ok(());
        }
        let aliased = self.aliased_authors.take();
        if let Some(aliased) = aliased.as_ref().filter(|all| all.iter().all(own)) {
            self.keep_author(envelope);
            self.section.set("From", &elements(aliased));
            self.section.rename("Sender", "X-Original-Sender");
            return Ok(());
        }
        let Some(own) = &sending.mailbox else {
            return Err(SendmailError::NoSender);
        };
        if let (Some(other), FromPolicy::Refuse) = (given.first(), sending.policy) {
            return Err(SendmailError::From(other.written().element.clone()));
        }
        self.replace_from(
            (given, &authors),
            aliased.as_deref(),
            (envelope, sending, own),
        );
        Ok(())
    }

    /// Writes the mailbox `own` as From. The authors in From, or the sender that is `given`, are kept.
    fn replace_from(
        &mut self,
        (given, authors): (&[Recipient], &[Recipient]),
        aliased: Option<&[Recipient]>,
        (envelope, sending, own): (&Envelope, &Sending, &Mailbox),
    ) {
        let missing = !self.section.has("From");
        let called = match given {
            [author @ Recipient::Local { .. }] if envelope.name.is_none() => Some(author),
            [author] if !missing => Some(author),
            _ => None,
        };
        let called = called.and_then(|author| with_phrase(author.written(), own));
        let name = envelope.name.as_deref().filter(|_| missing);
        let name = name.or(sending.default_name.as_deref()).or(own.name());
        let from = called.unwrap_or_else(|| match name {
            Some(name) => with_name(name, own),
            None => own.address().to_string(),
        });
        match aliased {
            Some(aliased) => {
                self.keep_author(envelope);
                self.answer_to(aliased, sending);
            }
            None if !missing => self.keep_original_from(authors, sending),
            None => {}
        }
        self.section.set("From", &from);
        self.section.rename("Sender", "X-Original-Sender");
        if missing && aliased.is_none() {
            self.keep_sender(envelope, sending);
        }
    }

    /// Keeps From, or the sender of the command line if there is none, as X-Original-From.
    fn keep_author(&mut self, envelope: &Envelope) {
        match &envelope.sender {
            Some(sender) if !self.section.has("From") => {
                let sender = &sender.written().element;
                self.section.set("X-Original-From", sender);
            }
            _ => self.section.copy("From", "X-Original-From"),
        }
    }

    /// Writes the authors as Reply-To, if all can be answered and the message has no Reply-To. Returns whether
    /// it does.
    fn answer_to(&mut self, authors: &[Recipient], sending: &Sending) -> bool {
        let mut answerable = authors.iter().map(|author| sending.is_answerable(author));
        let writes =
            !authors.is_empty() && answerable.all(|answerable| answerable) && !self.has_reply_to();
        if writes {
            self.section.set("Reply-To", &elements(authors));
        }
        writes
    }

    /// From in the current syntax, if it is written in an obsolete one.
    fn corrected_from(&self) -> Option<String> {
        let from = self.section.named("From").next()?;
        without_obsolete_syntax(&from.lossless_text())
    }

    /// Keeps the sender of the command line as Reply-To, unless the message has one; a local one as
    /// X-Original-From.
    fn keep_sender(&mut self, envelope: &Envelope, sending: &Sending) {
        match &envelope.sender {
            Some(sender) if !sending.is_answerable(sender) => {
                self.section
                    .set("X-Original-From", &sender.written().element);
            }
            Some(Recipient::Mailbox { mailbox, written }) if !self.has_reply_to() => {
                let sender = as_sender(mailbox, written, envelope.name.as_deref());
                self.section.set("Reply-To", &sender);
            }
            Some(_) | None => {}
        }
    }

    /// Whether the message says where answers go: an empty field says nothing.
    fn has_reply_to(&self) -> bool {
        let mut fields = self.section.named("Reply-To");
        fields.any(|field| !field.text().trim().is_empty())
    }

    /// Keeps the authors as Reply-To, if all can be answered and the message has no Reply-To; else as
    /// X-Original-From.
    fn keep_original_from(&mut self, authors: &[Recipient], sending: &Sending) {
        if !self.answer_to(authors, sending) {
            self.section.copy("From", "X-Original-From");
        }
    }
}

/// The value of a field with these authors.
fn elements(authors: &[Recipient]) -> String {
    let authors = authors.iter().map(|author| &*author.written().element);
    authors.collect::<Vec<_>>().join(",\r\n ")
}

/// The sender of the command line as From, with a name if one is known.
fn sender_of(
    envelope: &Envelope,
    sending: &Sending,
    (mailbox, written): (&Mailbox, &Written),
) -> String {
    let default = sending.default_name.as_deref();
    let default = default.filter(|_| mailbox.name().is_none());
    as_sender(mailbox, written, envelope.name.as_deref().or(default))
}

/// The sender from the command line, with this name if there is one, as the value of an address field.
fn as_sender(mailbox: &Mailbox, written: &Written, name: Option<&str>) -> String {
    match name {
        Some(name) => with_name(name, mailbox),
        None => with_ascii_domains(&written.element).unwrap_or_else(|| written.element.clone()),
    }
}
