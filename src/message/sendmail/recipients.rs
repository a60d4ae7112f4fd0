//! Collects the envelope recipients, and rewrites the recipient fields to match them.

use std::collections::HashSet;

use super::body;
use super::envelope::Envelope;
use super::error::SendmailError;
use super::lists::{has_empty_places, with_name, with_phrase};
use super::local_names::LocalNames;
use crate::message::address::{Address, Mailbox};
use crate::message::header_section::{Field, HeaderSection};
use crate::message::limits::{ADDRESSES, Excess};
use crate::message::recipient::{Recipient, Written};

/// The unit in an [`Excess`] of recipients.
const RECIPIENTS: &str = "recipients";

/// The recipient fields that every reader sees.
pub(super) const VISIBLE: [&str; 2] = ["To", "Cc"];

/// The visible recipient fields of a resent message (RFC 5322 section 3.6.6).
pub(super) const RESENT: [&str; 2] = ["Resent-To", "Resent-Cc"];

/// The envelope recipients.
#[derive(Default)]
pub(super) struct Named {
    pub(super) recipients: Vec<Recipient>,
    /// Those that cannot be read.
    pub(super) refused: Vec<SendmailError>,
    /// The words that are parts of a name, as they are written.
    pub(super) surnames: Vec<String>,
}

/// The recipients on the command line and, with [`Envelope::fields`], those in the header fields.
pub(super) fn named_recipients<E: Into<SendmailError>>(
    section: &HeaderSection<'_>,
    body: &[u8],
    envelope: &Envelope,
    names: &LocalNames<'_, E>,
) -> Result<Named, SendmailError> {
    let mut named = Named {
        refused: envelope.refused.clone(),
        ..Named::default()
    };
    if envelope.fields {
        for (name, value) in recipient_fields(section) {
            let (listed, faults) = listed(name, &value);
            named.add(listed, names);
            named.refused.extend(faults);
            Excess::check(named.recipients.len(), ADDRESSES, RECIPIENTS)?;
            if value.ends_with(',') && reads_as_recipients(&body::first_line_text(body)) {
                return Err(SendmailError::Unfinished { field: name });
            }
        }
    }
    named.recipients.extend(envelope.recipients.iter().cloned());
    Excess::check(named.recipients.len(), ADDRESSES, RECIPIENTS)?;
    Ok(named)
}

/// The recipient fields. In a resent message these are the newest Resent- fields, if they name recipients,
/// since the recipients in To have received the message before. The newest Resent- fields are those before
/// one that occurs again, and before a trace field (RFC 5322 section 3.6.6). Other fields may be among them,
/// as Postfix and Exim allow.
fn recipient_fields(section: &HeaderSection<'_>) -> Vec<(&'static str, String)> {
    const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];
    const PLAIN: [&str; 3] = ["To", "Cc", "Bcc"];
    let is_resent = |field: &&Field<'_>| {
        let start = field.name().get(.."resent-".len());
        start.is_some_and(|start| start.eq_ignore_ascii_case("resent-"))
    };
    let is_trace = |field: &&Field<'_>| field.is("Received") || field.is("Return-Path");
    let names_recipients = |field: &&Field<'_>| RESENT.iter().any(|name| field.is(name));
    let mut seen: HashSet<String> = HashSet::new();
    let mut newest: Vec<&Field<'_>> = Vec::new();
    for field in section.fields() {
        let ends = is_trace(&field) && newest.iter().any(names_recipients);
        let is_resent = is_resent(&field);
        if ends || is_resent && !seen.insert(field.name().to_ascii_lowercase()) {
            break;
        }
        newest.extend(is_resent.then_some(field));
    }
    let (names, fields) = match !newest.iter().any(names_recipients) {
        true => (PLAIN, section.fields().collect()),
        false => (RESENT, newest),
    };
    let named = |field: &Field<'_>| {
        let name = names.into_iter().find(|name| field.is(name))?;
        Some((name, field.lossless_text()))
    };
    fields.into_iter().filter_map(named).collect()
}

impl Named {
    /// Adds the recipients of a field without the first word of a name such as `Doe, Jane <jane@x.org>`, unless
    /// it is a local name with an alias other than that of all names. msmtp, Exim and Postfix send to that word, too, and then return the
    /// message because they do not know it. A word that begins with a small letter may be a mistyped local
    /// name, so it stays a recipient, and is reported as unknown.
    fn add<E: Into<SendmailError>>(
        &mut self,
        recipients: Vec<Recipient>,
        names: &LocalNames<'_, E>,
    ) {
        let mut people = recipients.into_iter().peekable();
        while let Some(person) = people.next() {
            let is_surname = is_capitalized_word(&person)
                && people.peek().is_some_and(is_named)
                && !names.has_own_alias(&person);
            match is_surname {
                true => self.surnames.push(person.written().element.clone()),
                false => self.recipients.push(person),
            }
        }
    }
}

/// Whether a recipient is a word and nothing else, and begins with a capital letter.
fn is_capitalized_word(person: &Recipient) -> bool {
    matches!(person, Recipient::Local { name, written, .. }
        if written.element == *name && name.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// Whether a recipient is `Name <address>`.
fn is_named(person: &Recipient) -> bool {
    let Written { element, phrase } = person.written();
    phrase.is_some() && element.ends_with('>')
}

/// Whether a list that ends in a comma continues in that line.
fn reads_as_recipients(line: &str) -> bool {
    let text = line.trim();
    let is_far = |one: &Recipient| matches!(one, Recipient::Mailbox { .. });
    let list = || Recipient::parse_list(text).is_ok_and(|list| list.iter().any(is_far));
    !text.is_empty() && (line.starts_with([' ', '\t']) || list())
}

/// The recipients of one field, and those that cannot be read.
fn listed(name: &'static str, value: &str) -> (Vec<Recipient>, Vec<SendmailError>) {
    let fault = |source| SendmailError::Address {
        field: name,
        source,
    };
    match Recipient::read_list(value) {
        Ok(list) => (
            list.recipients,
            list.faults.into_iter().map(fault).collect(),
        ),
        Err(source) => (Vec::new(), vec![fault(source)]),
    }
}

/// Whether a list has no obsolete syntax.
fn is_strict(list: &str) -> bool {
    Recipient::read_list(list).is_ok_and(|list| list.is_strict)
}

/// The list without obsolete syntax, if it has any and can be read.
pub(super) fn without_obsolete_syntax(list: &str) -> Option<String> {
    let list = Recipient::read_list(list).ok()?;
    if list.is_strict || !list.faults.is_empty() || list.recipients.is_empty() {
        return None;
    }
    let people = list.recipients.iter();
    let elements: Vec<_> = people
        .map(|person| person.written().element.as_str())
        .collect();
    Some(elements.join(",\r\n "))
}

/// The recipients in all fields of that name, and those that cannot be read. Some programs write one field
/// for each recipient.
fn read_all(
    section: &HeaderSection<'_>,
    name: &'static str,
) -> (Vec<Recipient>, Vec<SendmailError>) {
    let fields = section.named(name);
    let lists = fields.map(|field| listed(name, &field.lossless_text()));
    let (recipients, faults): (Vec<_>, Vec<_>) = lists.unzip();
    (recipients.concat(), faults.concat())
}

/// The recipients in all fields of that name.
pub(super) fn parsed(
    section: &HeaderSection<'_>,
    name: &'static str,
) -> Result<Vec<Recipient>, SendmailError> {
    let (recipients, faults) = read_all(section, name);
    Excess::check(recipients.len(), ADDRESSES, RECIPIENTS)?;
    faults.into_iter().next().map_or(Ok(recipients), Err)
}

/// The recipients without repeated local names.
fn each_once(recipients: &[Recipient]) -> impl Iterator<Item = &Recipient> {
    let mut locals = HashSet::new();
    recipients.iter().filter(move |recipient| match recipient {
        Recipient::Mailbox { .. } => true,
        Recipient::Local { name, host, .. } => locals.insert((name, host)),
    })
}

/// The mailboxes of all `recipients`, each once. The errors of local names are added to `refused`.
pub(super) fn resolved<E: Into<SendmailError>>(
    recipients: &[Recipient],
    names: &LocalNames<'_, E>,
    refused: &mut Vec<SendmailError>,
) -> Result<Vec<Mailbox>, SendmailError> {
    let mut people: Vec<Mailbox> = Vec::new();
    let mut addresses = HashSet::new();
    for recipient in each_once(recipients) {
        let list = match names.resolve(recipient) {
            Ok(list) => list,
            Err(SendmailError::TooMuch(excess)) => return Err(excess.into()),
            Err(error) => {
                refused.push(error);
                continue;
            }
        };
        for mailbox in list.iter() {
            match mailbox.address().check_for_graph() {
                Ok(()) if addresses.insert(mailbox.address().clone()) => {
                    people.push(mailbox.clone());
                }
                Ok(()) => {}
                Err(source) => refused.push(SendmailError::Recipient {
                    written: mailbox.address().to_string(),
                    source,
                }),
            }
        }
        Excess::check(people.len(), ADDRESSES, RECIPIENTS)?;
    }
    Ok(people)
}

/// Removes all addresses except `recipients` from the fields of that name, and returns the addresses that
/// remain. A field without other addresses keeps its bytes. A local name that occurs twice is written
/// once.
pub(super) fn keep_only<E: Into<SendmailError>>(
    section: &mut HeaderSection<'_>,
    name: &'static str,
    recipients: &HashSet<&Address>,
    names: &LocalNames<'_, E>,
) -> Vec<Address> {
    let original = format!("X-Original-{name}");
    let (people, faults) = read_all(section, name);
    let kept: Vec<_> = each_once(&people)
        .map(|person| kept_elements(person, recipients, names))
        .collect();
    let left_out = !faults.is_empty() || kept.iter().any(Vec::is_empty);
    let needs_rewriting = |field: &Field<'_>| {
        let text = field.lossless_text();
        has_empty_places(&text) || !is_strict(&text)
    };
    let changes = left_out
        || section.named(name).count() > 1
        || people.iter().any(|person| names.has_alias(person))
        || section.named(name).any(needs_rewriting);
    let (addresses, elements): (Vec<_>, Vec<_>) = kept.into_iter().flatten().unzip();
    if left_out {
        section.copy(name, &original);
    }
    if changes && elements.is_empty() {
        section.remove(name);
    } else if changes {
        section.set(name, &elements.join(",\r\n "));
    }
    addresses
}

/// The part of one recipient that is kept: its addresses that are in `recipients`, and their text in the
/// field.
fn kept_elements<E: Into<SendmailError>>(
    person: &Recipient,
    recipients: &HashSet<&Address>,
    names: &LocalNames<'_, E>,
) -> Vec<(Address, String)> {
    // A local name without an alias is not a recipient.
    let here = names.resolve(person).ok();
    let here = here.iter().flat_map(|list| list.iter());
    let here = here.filter(|mailbox| recipients.contains(mailbox.address()));
    let element = |mailbox: &Mailbox| match person {
        Recipient::Mailbox {
            written,
            mailbox: own,
        } if own == mailbox => written.element.clone(),
        Recipient::Mailbox {
            written,
            mailbox: own,
        } => with_phrase(written, mailbox)
            .unwrap_or_else(|| with_name(own.address().local(), mailbox)),
        Recipient::Local { name, written, .. } => {
            with_phrase(written, mailbox).unwrap_or_else(|| with_name(name, mailbox))
        }
    };
    here.map(|mailbox| (mailbox.address().clone(), element(mailbox)))
        .collect()
}
