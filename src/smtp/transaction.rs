//! A mail transaction (RFC 5321 section 3.3), and its forward and reverse paths.

use std::borrow::Cow;
use std::collections::HashSet;

use smtp_proto::{MAIL_SMTPUTF8, MailFrom};

use super::reply::Reply;
use crate::message::limits;
use crate::message::{Address, AddressError, Envelope, Mailbox, Recipient};

/// The envelope of a message, while the client sends it.
#[derive(Debug)]
pub struct Transaction {
    /// The sender and the recipients.
    pub envelope: Envelope,
    /// Whether the client asks for a notice of success (RFC 3461), for one recipient at least.
    pub wants_receipt: bool,
    /// The recipients' addresses, including those of aliases, each once.
    pub(super) addresses: HashSet<Address>,
    /// The most addresses in one message of the account's mailbox.
    pub(super) limit: usize,
}

impl Transaction {
    /// The sender as the client wrote it; empty if there is none.
    #[must_use]
    pub fn sender(&self) -> &str {
        let sender = self.envelope.sender.as_ref();
        sender.map_or("", |sender| without_local_domain(&sender.written().element))
    }

    /// Whether there is no room for `recipient`. A recipient that was given before is always accepted: in
    /// another transaction, it would get the message twice.
    pub(super) fn is_full(&self, recipient: &Recipient) -> bool {
        let is_known = match recipient {
            Recipient::Mailbox { mailbox, .. } => self.addresses.contains(mailbox.address()),
            Recipient::Local { .. } => false,
        };
        self.envelope.recipients.len() >= limits::ADDRESSES
            || self.addresses.len() >= self.limit && !is_known
    }

    /// Adds `recipient` with its addresses, unless there would be too many. The first recipient is always
    /// added: an alias with too many addresses would not fit into another transaction either, and the
    /// reply to DATA reports that.
    pub(super) fn add(&mut self, recipient: Recipient, addresses: Vec<Address>) -> bool {
        let is_new = |address: &&Address| !self.addresses.contains(*address);
        let new = addresses.iter().filter(is_new).count();
        if new > 0 && !self.addresses.is_empty() && self.addresses.len() + new > self.limit {
            return false;
        }
        self.addresses.extend(addresses);
        self.envelope.recipients.push(recipient);
        true
    }
}

/// The sender of MAIL; `None` if it cannot be read.
///
/// # Errors
/// The refusal.
pub(super) fn parse_sender(from: &MailFrom<Cow<'_, str>>) -> Result<Option<Recipient>, Reply> {
    if !from.address.is_ascii() && from.flags & MAIL_SMTPUTF8 == 0 {
        // RFC 6531 section 3.5.
        let words = "an address that is not ASCII needs the parameter SMTPUTF8";
        return Err(Reply::new(553, [5, 6, 7], words));
    }
    match parse_path(&from.address) {
        Err(error) if error.is_encoded_word() => {
            Err(Reply::new(553, [5, 1, 7], &error.to_string()))
        }
        sender => Ok(sender.ok()),
    }
}

/// Parses a path as exactly one recipient. The crate removes the quotation marks of a local part, so they
/// are added again: without them, `"a@x.org, b"@y.org` would be two addresses.
pub(super) fn parse_path(address: &str) -> Result<Recipient, AddressError> {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, "localhost"));
    let local = local.replace('\\', "\\\\").replace('"', "\\\"");
    // The root of the DNS, as in a field.
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let mailbox = Mailbox::parse(&format!("\"{local}\"@{domain}"));
    let mailbox = mailbox.map_err(|error| AddressError {
        text: limits::shown(address),
        ..error
    })?;
    Ok(Recipient::from_mailbox(mailbox))
}

/// Adds the angle brackets of `RCPT TO:a@example.org`, which some clients leave out.
pub(super) fn with_brackets(line: &[u8]) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(line);
    let Some((verb, path)) = text.split_once(':') else {
        return Cow::Borrowed(line);
    };
    let is_path = matches!(
        &*verb.trim_end().to_ascii_uppercase(),
        "MAIL FROM" | "RCPT TO"
    );
    let path = path.trim_start();
    let end = path.find(char::is_whitespace).unwrap_or(path.len());
    let (path, rest) = path.split_at(end);
    if !is_path || path.is_empty() || path.contains(['<', '"']) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{}:<{path}>{rest}", verb.trim_end()).into_bytes())
}

/// What [`with_local_domain`] adds.
const LOCAL_DOMAIN: &str = "@localhost";

/// The path as the client wrote it.
pub(super) fn without_local_domain(path: &str) -> &str {
    path.strip_suffix(LOCAL_DOMAIN).unwrap_or(path)
}

/// Adds `@localhost` to a path without a domain. The crate requires a domain, but a program on this host
/// may write `RCPT TO:<root>`.
pub(super) fn with_local_domain(line: &[u8]) -> Cow<'_, [u8]> {
    let open = memchr::memchr(b'<', line);
    let close = memchr::memchr(b'>', line);
    let (Some(open), Some(close)) = (open, close) else {
        return Cow::Borrowed(line);
    };
    let name = line.get(open + 1..close).unwrap_or_default();
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
    if name.is_empty() || !name.iter().all(is_local) {
        return Cow::Borrowed(line);
    }
    let mut longer = line.to_vec();
    longer.splice(close..close, LOCAL_DOMAIN.bytes());
    Cow::Owned(longer)
}
