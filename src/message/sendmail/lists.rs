//! Address lists in the syntax that Exchange accepts.

use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address as AddressHeader;

use crate::message::address::{Mailbox, ascii_domain};
use crate::message::list::token::{Kind, Token, tokens};
use crate::message::recipient::Written;

/// The list with every domain in ASCII and each element on its own line. `None` if nothing changes, or if
/// the list cannot be read.
pub(super) fn with_ascii_domains(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut written = String::with_capacity(text.len() + 16);
    let mut end = 0;
    let (mut at, mut changed) = (false, false);
    for token in &tokens(text).ok()? {
        written.push_str(text.get(end..token.start)?);
        end = token.start + token.source.len();
        match token.kind {
            Kind::Word if at && !token.source.is_ascii() => {
                let domain = ascii_domain(token.source).ok()?;
                written.push_str(&domain);
                changed = true;
            }
            Kind::Mark(',') => {
                let spaced = text.get(end..)?.starts_with([' ', '\t']);
                written.push_str(if spaced { ",\r\n" } else { ",\r\n " });
            }
            _ => written.push_str(token.source),
        }
        at = token.kind == Kind::Mark('@');
    }
    changed.then_some(written)
}

/// Whether the list has an empty element, as in `a, , b`. Exchange may not accept this obsolete syntax.
/// The empty group `name:;` is not an empty element.
pub(super) fn has_empty_places(text: &str) -> bool {
    let tokens = tokens(text).unwrap_or_default();
    let is_comment = |token: &&Token<'_>| matches!(token.kind, Kind::Comment(_));
    let mut before = None;
    let mut ends = tokens
        .split_inclusive(|token| matches!(token.kind, Kind::Mark(',' | ':' | ';')))
        .peekable();
    while let Some(element) = ends.next() {
        let mark = element.last().map(|token| token.source);
        let closed = mark.filter(|mark| matches!(*mark, "," | ":" | ";"));
        let inside = element.len() - usize::from(closed.is_some());
        let inside = element.get(..inside).unwrap_or_default();
        let empty = inside.iter().all(|token| is_comment(&token));
        let named = before == Some(":") && closed == Some(";");
        let in_order = inside.is_empty() && (named || before == Some(";"));
        if (empty && !in_order) || (closed == Some(",") && ends.peek().is_none()) {
            return true;
        }
        before = closed;
    }
    false
}

/// The mailbox with the original display name, if there was one and it is valid with this address.
pub(super) fn with_phrase(written: &Written, mailbox: &Mailbox) -> Option<String> {
    let called = format!("{} <{}>", written.phrase.as_ref()?, mailbox.address());
    Mailbox::parse(&called).is_ok().then_some(called)
}

/// The mailbox with that display name, encoded for a field (RFC 2047). Control characters are removed.
pub(super) fn with_name(name: &str, mailbox: &Mailbox) -> String {
    let mut written = Vec::new();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = Some(name).filter(|name| !name.is_empty());
    AddressHeader::new_address(name, mailbox.address().as_str())
        .write_header(&mut written, "Reply-To: ".len());
    String::from_utf8_lossy(&written).trim_end().to_owned()
}
