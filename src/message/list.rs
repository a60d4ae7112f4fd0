//! A strict parser of address lists: it skips nothing and refuses text that it does not understand.
//!
//! mail-parser reads as much of a list as it can. That is right for received mail, but in a message to
//! send, `a@x.org b@y.org` must not become one wrong recipient. Here mail-parser only decodes encoded
//! words.

pub(super) mod token;

mod lax;
mod phrase;

use self::token::{Kind, Token, check_controls, check_count, source, strict_tokens, tokens};
use super::address::{Address, AddressError, Fault, Mailbox, has_encoded_word};
use super::limits::ADDRESSES;
use super::recipient::{Recipient, RecipientList, Written};

impl Mailbox {
    /// Exactly one mailbox: `jane@x.org`, `Jane Doe <jane@x.org>`, `"Doe, Jane" <jane@x.org>`.
    ///
    /// # Errors
    /// [`AddressError`] if the text is not exactly one mailbox.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut mailboxes = strict(text)?;
        match (mailboxes.pop(), mailboxes.is_empty()) {
            (Some(mailbox), true) => Ok(mailbox),
            _ => Err(AddressError::new(text, Fault::Several)),
        }
    }

    /// A list of at least one mailbox, separated by commas. Repeated mailboxes are kept, since Exchange
    /// delivers one copy to each.
    ///
    /// # Errors
    /// [`AddressError`] with the part of the list that cannot be read. Groups, empty elements and the
    /// obsolete syntax of RFC 5322 section 4 are refused.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AddressError> {
        strict(text)
    }

    /// The mailboxes in an address field of a ready message. Same as [`Mailbox::parse_list`], except that
    /// groups are replaced by their members and an empty text is an empty list.
    pub(super) fn parse_field(text: &str) -> Result<Vec<Self>, AddressError> {
        field(text, |_, tokens| mailbox(tokens))
    }
}

impl Recipient {
    /// The recipients in an address field or on sendmail's command line. A name without a domain is a local
    /// name.
    ///
    /// # Errors
    /// The first of [`Recipient::parse_each`].
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AddressError> {
        let (recipients, faults) = Self::parse_each(text);
        faults.into_iter().next().map_or(Ok(recipients), Err)
    }

    /// The recipients in a list, and why other elements cannot be read.
    #[must_use]
    pub fn parse_each(text: &str) -> (Vec<Self>, Vec<AddressError>) {
        // An argument may end with a line end.
        let text = text.trim();
        // A field has no line break, but another text could add one to a field.
        match check_controls(text).and_then(|()| Self::read_list(text)) {
            Ok(list) => (list.recipients, list.faults),
            Err(fault) => (Vec::new(), vec![fault]),
        }
    }

    /// The recipients in an address field, and the elements that cannot be read. The obsolete syntax of RFC
    /// 5322 section 4.4 and common errors are allowed, as in other MTAs; see [`RecipientList::is_strict`].
    ///
    /// # Errors
    /// [`AddressError`] if the list is longer than a limit.
    pub(super) fn read_list(text: &str) -> Result<RecipientList, AddressError> {
        let strict = field(text, |source, tokens| {
            let written = Written {
                element: source.to_owned(),
                phrase: phrase_of(source, tokens),
            };
            match mailbox(tokens) {
                Ok(mailbox) => Ok(Self::new(mailbox, written)),
                Err(fault) => match local_name(tokens) {
                    Some(name) if has_encoded_word(&name) => Err(Fault::EncodedWord),
                    Some(name) => Ok(Self::Local {
                        name,
                        host: None,
                        written,
                    }),
                    None => Err(fault),
                },
            }
        });
        match strict {
            Ok(recipients) => Ok(RecipientList {
                recipients,
                faults: Vec::new(),
                is_strict: true,
            }),
            Err(_) => lax::list(text),
        }
    }
}

/// A local name: one word or quoted string, with or without brackets and comments.
fn local_name(tokens: &[Token<'_>]) -> Option<String> {
    let tokens: Vec<_> = tokens
        .iter()
        .filter(|token| !matches!(token.kind, Kind::Comment(_)))
        .collect();
    let open = tokens
        .iter()
        .position(|token| token.kind == Kind::Mark('<'));
    let name = match (open, tokens.as_slice()) {
        (None, [name]) => name,
        (Some(open), [phrase @ .., _, name, close]) if close.kind == Kind::Mark('>') => {
            let marked = |token: &&Token<'_>| matches!(token.kind, Kind::Mark(_));
            if phrase.len() != open || phrase.iter().any(marked) {
                return None;
            }
            name
        }
        _ => return None,
    };
    match &name.kind {
        Kind::Word if super::address::is_dot_atom(name.source) => Some(name.source.to_owned()),
        // A name with an @ is an address in quotation marks.
        Kind::Quoted(text) if text.is_ascii() && !text.is_empty() && !is_filtered(name) => {
            Some(text.clone()).filter(|text| !text.contains('@'))
        }
        _ => None,
    }
}

/// The text before the angle brackets, as written; else the last comment, as a quoted string.
fn phrase_of(source: &str, tokens: &[Token<'_>]) -> Option<String> {
    let phrase = match tokens.iter().find(|token| token.kind == Kind::Mark('<')) {
        Some(open) => source
            .get(..open.start - tokens.first()?.start)?
            .trim()
            .to_owned(),
        None => tokens.iter().rev().find_map(|token| match &token.kind {
            Kind::Comment(text) if text.is_ascii() => Some(super::address::quote(text.trim())),
            _ => None,
        })?,
    };
    Some(phrase).filter(|phrase| !phrase.is_empty())
}

/// A list of one or more mailboxes, as typed on the command line.
fn strict(text: &str) -> Result<Vec<Mailbox>, AddressError> {
    let tokens = strict_tokens(text)?;
    let mut mailboxes = Vec::new();
    for element in tokens.split(|token| token.kind == Kind::Mark(',')) {
        let source = source(text, element);
        let fault = element.iter().find_map(|token| match token.kind {
            Kind::Mark(':') => Some(Fault::Group),
            Kind::Mark(';') => Some(Fault::Semicolon),
            _ => None,
        });
        if let Some(fault) = fault {
            return Err(AddressError::new(source, fault));
        }
        // An empty element has no text to show.
        let source = if source.is_empty() { text } else { source };
        mailboxes.push(mailbox(element).map_err(|fault| AddressError::new(source, fault))?);
        check_count(mailboxes.len(), ADDRESSES, "addresses in a list", source)?;
    }
    Ok(mailboxes)
}

/// The elements of an address field of a ready message. Groups and empty elements are allowed.
fn field<T>(
    text: &str,
    read: impl Fn(&str, &[Token<'_>]) -> Result<T, Fault>,
) -> Result<Vec<T>, AddressError> {
    let tokens = tokens(text)?;
    let mut mailboxes = Vec::new();
    let mut rest = tokens.as_slice();
    let mut grouped = false;
    let is_end = |token: &Token<'_>| matches!(token.kind, Kind::Mark(',' | ':' | ';'));
    while !rest.is_empty() {
        let end = rest.iter().position(is_end).unwrap_or(rest.len());
        let (element, after) = rest.split_at(end);
        let refuse = |fault| AddressError::new(source(text, element), fault);
        let (mark, after) = match after.split_first() {
            Some((token, after)) => (token.source, after),
            None => ("", after),
        };
        if mark == ":" {
            let named = element
                .iter()
                .all(|token| !matches!(token.kind, Kind::Mark(_) | Kind::Literal));
            if grouped || !named {
                return Err(refuse(Fault::Group));
            }
            grouped = true;
        } else {
            if element
                .iter()
                .any(|token| !matches!(token.kind, Kind::Comment(_)))
            {
                let source = source(text, element);
                mailboxes.push(read(source, element).map_err(refuse)?);
                check_count(mailboxes.len(), ADDRESSES, "addresses in a list", source)?;
            }
            if mark == ";" {
                let closed = after
                    .iter()
                    .find(|token| !matches!(token.kind, Kind::Comment(_)))
                    .is_none_or(|token| token.kind == Kind::Mark(','));
                if !grouped || !closed {
                    return Err(refuse(Fault::Semicolon));
                }
                grouped = false;
            }
        }
        rest = after;
    }
    if grouped {
        return Err(AddressError::new(text, Fault::Unclosed));
    }
    Ok(mailboxes)
}

/// `[phrase] "<" addr-spec ">"` or `addr-spec`, with comments anywhere outside the addr-spec.
fn mailbox(tokens: &[Token<'_>]) -> Result<Mailbox, Fault> {
    let comment = tokens.iter().rev().find_map(|token| match &token.kind {
        Kind::Comment(text) => Some(text.clone()),
        _ => None,
    });
    let tokens: Vec<&Token<'_>> = tokens
        .iter()
        .filter(|token| !matches!(token.kind, Kind::Comment(_)))
        .collect();
    let is = |mark: char| move |token: &&Token<'_>| token.kind == Kind::Mark(mark);
    let Some(open) = tokens.iter().position(is('<')) else {
        // `j@x.org (Jane)`: the obsolete form of a display name.
        return Ok(Mailbox::new(name(comment)?, address(&tokens)?));
    };
    let close = tokens.iter().position(is('>'));
    if close != Some(tokens.len() - 1) {
        return Err(Fault::Brackets);
    }
    let inside = tokens.get(open + 1..tokens.len() - 1).unwrap_or_default();
    let address = address(inside)?;
    let phrase = tokens.get(..open).unwrap_or_default();
    // Some programs use the address as the display name and omit the quotation marks.
    let repeated: String = phrase.iter().map(|token| token.source).collect();
    let name = if repeated.eq_ignore_ascii_case(address.as_str()) {
        Some(repeated)
    } else {
        name(self::phrase::phrase(phrase)?)?
    };
    Ok(Mailbox::new(name, address))
}

/// A display name that is not empty and, decoded, has no control characters.
fn name(name: Option<String>) -> Result<Option<String>, Fault> {
    match name {
        Some(name) if name.chars().any(char::is_control) => Err(Fault::Control),
        name => Ok(name
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())),
    }
}

fn address(tokens: &[&Token<'_>]) -> Result<Address, Fault> {
    let [local, at, domain] = tokens else {
        return Err(address_fault(tokens));
    };
    if at.kind != Kind::Mark('@') {
        return Err(address_fault(tokens));
    }
    if at.spaced || domain.spaced {
        return Err(Fault::Space);
    }
    let local_text = match &local.kind {
        Kind::Word if !local.source.is_ascii() => return Err(Fault::LocalPartNotAscii),
        Kind::Word if super::address::is_dot_atom(local.source) => local.source,
        Kind::Quoted(_) if is_filtered(local) => return Err(Fault::Control),
        Kind::Quoted(text) => text,
        _ => return Err(Fault::LocalPart),
    };
    match domain.kind {
        Kind::Word | Kind::Literal => Address::new(local_text, domain.source),
        _ => Err(Fault::Domain),
    }
}

/// Whether the text of a quoted string lacks control characters of its source.
fn is_filtered(token: &Token<'_>) -> bool {
    let mut characters = token.source.chars();
    characters.any(|character| character.is_control() && character != '\t')
}

/// The fault of tokens that are not local part, `@` and domain.
fn address_fault(tokens: &[&Token<'_>]) -> Fault {
    let marks = |mark: char| {
        tokens
            .iter()
            .filter(|token| token.kind == Kind::Mark(mark))
            .count()
    };
    match tokens {
        [] => Fault::Empty,
        _ if marks('<') + marks('>') > 0 => Fault::Brackets,
        _ if marks('@') == 0 => Fault::NoAt,
        [at, ..] if at.kind == Kind::Mark('@') => Fault::LocalPart,
        [.., at] if at.kind == Kind::Mark('@') => Fault::Domain,
        [_, rest @ ..] if rest.iter().any(|token| token.spaced) => Fault::MissingComma,
        _ if marks('@') > 1 => Fault::Domain,
        _ => Fault::LocalPart,
    }
}
