//! Addresses and mailboxes (RFC 5322 section 3.4).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{Ipv4Addr, Ipv6Addr};

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::limits::{Excess, shown};
use super::lossless;
use crate::exit::Class;

/// The longest address: 64 octets of local part, `@`, 255 of domain (RFC 5321 section 4.5.3.1).
const LONGEST: usize = 320;

/// The longest address in a path of 256 octets with its angle brackets (RFC 5321 section 4.5.3.1.3).
const LONGEST_PATH: usize = 254;

/// An addr-spec in ASCII: a local part (dot-atom or quoted-string), `@`, and a domain as A-labels
/// or an address literal.
///
/// Two addresses are equal when they name the same mailbox: see [`Address::same_mailbox`]. A local part
/// is quoted only if necessary, so `"jane"@x.org` is stored as `jane@x.org`.
#[derive(Debug, Clone)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// An address from a local part (unquoted) and a domain (Unicode, A-labels or `[literal]`).
    pub(super) fn new(local: &str, domain: &str) -> Result<Self, Fault> {
        let local = local_part(local)?;
        let domain = if domain.starts_with('[') {
            literal(domain)?
        } else {
            ascii_domain(domain)?
        };
        let at = local.len();
        let text = format!("{local}@{domain}");
        if text.len() > LONGEST {
            return Err(Fault::TooLong);
        }
        Ok(Self { text, at })
    }

    /// The whole address: `jane@example.org`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain: A-labels, or a literal with its brackets.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The local part, quoted if necessary.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// Checks what Graph refuses although RFC 5321 allows it: one such recipient fails the whole message
    /// (400 `ErrorInvalidRecipients`). An address literal has no domain of Exchange's connectors, either.
    ///
    /// # Errors
    /// [`AddressError`] with [`Fault::NotForGraph`].
    pub fn check_for_graph(&self) -> Result<(), AddressError> {
        // RFC 1123 section 2.1.
        let is_label = |label: &str| {
            let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_host = self.domain().split('.').all(is_label);
        match is_host && !self.local().contains('\\') && self.text.len() <= LONGEST_PATH {
            true => Ok(()),
            false => Err(AddressError::new(&self.text, Fault::NotForGraph)),
        }
    }

    /// Whether both addresses name the same mailbox. Exchange ignores the case of both parts of an
    /// address (Microsoft: "Email addresses and email address policies"). RFC 5321 section 2.4 leaves the
    /// case of a local part to the receiving host, but no host in use distinguishes mailboxes by case.
    #[must_use]
    pub fn same_mailbox(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.same_mailbox(other)
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.to_ascii_lowercase().hash(state);
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// An address with its display name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    name: Option<String>,
    address: Address,
}

impl Mailbox {
    pub(super) const fn new(name: Option<String>, address: Address) -> Self {
        Self { name, address }
    }

    /// The display name, decoded, without control characters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The same address with the display name that `change` makes of its own.
    #[must_use]
    pub fn map_name(self, change: impl FnOnce(&str) -> String) -> Self {
        let name = self.name.as_deref().map(change);
        Self { name, ..self }
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }
}

impl fmt::Display for Mailbox {
    /// In the syntax of RFC 5322 section 3.4. A name that is not ASCII is written as UTF-8 (RFC 6532).
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(name) = &self.name else {
            return self.address.fmt(formatter);
        };
        let plain = name
            .split(' ')
            .all(|word| !word.is_empty() && word.chars().all(is_atext));
        if plain && !name.contains("=?") {
            write!(formatter, "{name} <{}>", self.address)
        } else {
            write!(formatter, "{} <{}>", quote(name), self.address)
        }
    }
}

/// Text that is not an address, or not a list of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", lossless::quoted(text))]
pub struct AddressError {
    /// The part of the text that is wrong, shortened if it is long.
    pub text: String,
    /// What is wrong with it.
    pub fault: Fault,
}

impl AddressError {
    pub(super) fn new(text: &str, fault: Fault) -> Self {
        Self {
            text: shown(text.trim()),
            fault,
        }
    }

    /// Whether the address contains an encoded word. Such an address is always refused; callers may
    /// ignore other faults.
    #[must_use]
    pub const fn is_encoded_word(&self) -> bool {
        matches!(self.fault, Fault::EncodedWord)
    }

    /// The exit class: a bad address is a bad message.
    #[must_use]
    pub const fn class(&self) -> Class {
        Class::Message
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An empty text, or nothing between two commas.
    #[error("no address")]
    Empty,
    /// The list exceeds a limit.
    #[error("{0}")]
    TooMuch(Excess),
    /// More than one mailbox, where one is expected.
    #[error("more than one address")]
    Several,
    /// No `@`.
    #[error("an address has the form name@domain")]
    NoAt,
    /// Two addresses without a comma, or an unquoted name without angle brackets.
    #[error("two addresses without a comma between them, or a name without <> around its address")]
    MissingComma,
    /// `name: a, b;`
    #[error("groups are not supported, list their members")]
    Group,
    /// Outlook's separator.
    #[error("addresses are separated by commas, not semicolons")]
    Semicolon,
    /// Text after the closing bracket, or an unbalanced bracket.
    #[error("unbalanced or misplaced angle brackets")]
    Brackets,
    /// A quoted string, a comment or a domain literal that does not end.
    #[error("a quotation, comment or bracket is not closed")]
    Unclosed,
    /// White space or a comment within the address.
    #[error("white space inside the address")]
    Space,
    /// A control character, directly or in an encoded word.
    #[error("a control character")]
    Control,
    /// A character that is only allowed in quotation marks.
    #[error("a character that needs quotation marks around it")]
    Special,
    /// The local part is empty, begins or ends with a dot, or has two dots in a row.
    #[error("the part before the @ is malformed")]
    LocalPart,
    /// Graph does not report whether a mailbox accepts addresses of RFC 6531.
    #[error("the part before the @ is not ASCII")]
    LocalPartNotAscii,
    /// `=?utf-8?q?a=40b.org?=@x.org`. RFC 2047 section 5 allows no encoded word there. A reader that
    /// decodes it anyway would get a different address from the one that was checked.
    #[error("an encoded word (=?...?=) in the part before the @")]
    EncodedWord,
    /// Not a host name (UTS #46), not an address literal.
    #[error("the domain is malformed")]
    Domain,
    /// An underscore or an outer hyphen in the domain, an address literal, an escape in the local part.
    #[error("Microsoft Graph does not accept this form of address")]
    NotForGraph,
    /// Longer than RFC 5321 allows.
    #[error("the address is too long")]
    TooLong,
}

/// A character of an atom (RFC 5322 section 3.2.3), including those of RFC 6532.
pub(super) fn is_atext(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(character)
        || (!character.is_ascii() && !character.is_control())
}

/// ASCII atoms, separated by single dots.
pub(super) fn is_dot_atom(text: &str) -> bool {
    text.is_ascii()
        && text
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

pub(super) fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// Whether a reader may find an encoded word (RFC 2047) in the text. Readers differ in what they decode,
/// so only `=?` and `?=` are checked, not the text between them.
pub(super) fn has_encoded_word(text: &str) -> bool {
    text.split_once("=?")
        .is_some_and(|(_, inside)| inside.contains("?="))
}

fn local_part(text: &str) -> Result<String, Fault> {
    if !text.is_ascii() {
        Err(Fault::LocalPartNotAscii)
    } else if has_encoded_word(text) {
        Err(Fault::EncodedWord)
    } else if is_dot_atom(text) {
        Ok(text.to_owned())
    } else if text.is_empty() {
        Err(Fault::LocalPart)
    } else {
        Ok(quote(text))
    }
}

pub(super) fn ascii_domain(text: &str) -> Result<String, Fault> {
    let ascii = Uts46::new()
        .to_ascii(
            text.as_bytes(),
            AsciiDenyList::EMPTY,
            Hyphens::Allow,
            DnsLength::Verify,
        )
        .map_err(|_| Fault::Domain)?;
    let host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !ascii.bytes().all(host) {
        return Err(Fault::Domain);
    }
    // An ASCII domain is kept as typed.
    Ok(if text.is_ascii() { text } else { &ascii }.to_owned())
}

fn literal(text: &str) -> Result<String, Fault> {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or(Fault::Domain)?;
    let valid = match inside.split_once(':') {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6") => {
            address.parse::<Ipv6Addr>().is_ok()
        }
        _ => inside.parse::<Ipv4Addr>().is_ok(),
    };
    if valid {
        Ok(text.to_owned())
    } else {
        Err(Fault::Domain)
    }
}
