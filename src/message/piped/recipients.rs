//! Who gets a message, and what of that its fields say.

use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address as AddressHeader;

use super::{Envelope, PipedError};
use crate::message::address::{Address, Mailbox};
use crate::message::list::has_empty_places;
use crate::message::recipient::{Recipient, Written};
use crate::message::section::Section;

/// The fields whose people get a message, and whom every reader sees.
pub(super) const OPEN: [&str; 2] = ["To", "Cc"];

/// The same of a message that was sent on (RFC 5322 section 3.6.6).
pub(super) const RESENT: [&str; 2] = ["Resent-To", "Resent-Cc"];

/// Asks whom a name on this host, or on another of its network, means: at least one mailbox, or none
/// where nobody knows it.
pub(super) type Resolve<'a, E> = &'a dyn Fn(&str, Option<&str>) -> Result<Vec<Mailbox>, E>;

/// Whom the fields, where they count, and the command line name.
pub(super) fn meant(section: &Section, envelope: &Envelope) -> Result<Vec<Recipient>, PipedError> {
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
pub(super) fn parsed(section: &Section, name: &'static str) -> Result<Vec<Recipient>, PipedError> {
    let mut all = Vec::new();
    for value in section.values(name) {
        all.extend(listed(name, &value)?);
    }
    Ok(all)
}

/// Whom a recipient means.
pub(super) fn mailboxes<E: Into<PipedError>>(
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
pub(super) fn keep<E: Into<PipedError>>(
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

pub(super) fn holds(mailboxes: &[Mailbox], address: &Address) -> bool {
    mailboxes.iter().any(|other| other.address() == address)
}

/// A mailbox under the name that somebody was given before, if there was one and it can stand there.
pub(super) fn called(written: &Written, mailbox: &Mailbox) -> Option<String> {
    let called = format!("{} <{}>", written.phrase.as_ref()?, mailbox.address());
    Mailbox::parse(&called).is_ok().then_some(called)
}

/// A mailbox with that name, encoded as a field carries it (RFC 2047).
pub(super) fn named(name: &str, mailbox: &Mailbox) -> String {
    let mut written = Vec::new();
    AddressHeader::new_address(Some(name), mailbox.address().as_str())
        .write_header(&mut written, "Reply-To: ".len());
    String::from_utf8_lossy(&written).trim_end().to_owned()
}
