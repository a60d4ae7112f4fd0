//! Reads address lists that strict readers refuse, as other MTAs read them: the obsolete syntax of RFC 5322
//! section 4.4, and common errors. What is read is written again in the syntax of RFC 5322 section 3.4.

use super::phrase::phrase;
use super::token::{Kind, Token, check_count, lax_tokens, source};
use super::{local_name, mailbox, name};
use crate::charset::encoded_word::decoded;
use crate::message::address::{Address, AddressError, Fault, Mailbox, has_encoded_word, quote};
use crate::message::limits::ADDRESSES;
use crate::message::recipient::{Recipient, RecipientList, Written};

/// The recipients of a list, and the elements that cannot be read.
///
/// # Errors
/// [`AddressError`] if the list is longer than a limit.
pub(super) fn list(text: &str) -> Result<RecipientList, AddressError> {
    let tokens = lax_tokens(text)?;
    let mut list = RecipientList::default();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        rest = rest.get(route(rest)..).unwrap_or_default();
        let (element, after) = rest.split_at(end(rest));
        let (mark, after) = match after.split_first() {
            Some((mark, after)) => (mark.source, after),
            None => ("", after),
        };
        rest = after;
        let is_group = !element.is_empty() && !element.iter().any(is_mark);
        if mark != ":" && names_nobody(element) || mark == ":" && is_group {
            continue;
        }
        let source = if element.is_empty() {
            text
        } else {
            source(text, element)
        };
        let read = if mark == ":" {
            Err(Fault::Group)
        } else {
            recipient(source, element)
        };
        match read {
            Ok(recipient) => list.recipients.push(recipient),
            Err(fault) => list.faults.push(AddressError::new(source, fault)),
        }
        let count = list.recipients.len() + list.faults.len();
        check_count(count, ADDRESSES, "addresses in a list", source)?;
    }
    Ok(list)
}

const fn is_mark(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Mark(_))
}

const fn is_comment(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Comment(_))
}

fn is(token: &Token<'_>, mark: char) -> bool {
    token.kind == Kind::Mark(mark)
}

/// Whether an element is empty or `<>`.
fn names_nobody(element: &[Token<'_>]) -> bool {
    let mut tokens = element.iter().filter(|token| !is_comment(token));
    match (tokens.next(), tokens.next(), tokens.next()) {
        (None, ..) => true,
        (Some(open), Some(close), None) => is(open, '<') && is(close, '>'),
        _ => false,
    }
}

/// The most words and marks of a source route: a path has at most 256 octets (RFC 5321 section 4.5.3.1.3).
const LONGEST_ROUTE: usize = 256;

/// The length of a source route without angle brackets: `@a.example,@b.example:`.
fn route(tokens: &[Token<'_>]) -> usize {
    let is_in_route = |token: &&Token<'_>| match token.kind {
        Kind::Mark(mark) => matches!(mark, '@' | ','),
        ref kind => matches!(kind, Kind::Word | Kind::Literal),
    };
    let first = tokens.iter().take(LONGEST_ROUTE);
    let length = first.take_while(is_in_route).count();
    let is_route = tokens.first().is_some_and(|token| is(token, '@'));
    match tokens.get(length) {
        Some(token) if is_route && is(token, ':') => length + 1,
        _ => 0,
    }
}

/// The end of the first element: a comma, semicolon or colon that is neither in angle brackets (a source
/// route) nor in the name before them.
fn end(tokens: &[Token<'_>]) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Mark('<') => at += length_in_brackets(tokens.get(at..).unwrap_or_default()),
            Kind::Mark(',') if is_in_name(tokens, at) => {}
            Kind::Mark(',' | ':' | ';') => return at,
            _ => {}
        }
        at += 1;
    }
    tokens.len()
}

/// The tokens from `<` to the matching `>`. 0 if there is none.
fn length_in_brackets(tokens: &[Token<'_>]) -> usize {
    let mut brackets = tokens.iter().skip(1);
    let next = brackets.position(|token| is(token, '<') || is(token, '>'));
    let length = next.map_or(0, |next| next + 1);
    match tokens.get(length) {
        Some(token) if is(token, '>') => length,
        _ => 0,
    }
}

/// Whether the comma at `at` is in a name, as in `Doe Smith, Jane <jane@x.org>`: several words before it, and
/// words and an angle bracket after it. One word alone may be a local name, if it is ASCII and not encoded.
fn is_in_name(tokens: &[Token<'_>], at: usize) -> bool {
    let (before, after) = tokens.split_at(at);
    let is_text = |token: &Token<'_>| !is_mark(token) || is(token, ',');
    let words = before.iter().filter(|token| !is_comment(token));
    let is_name = |word: &Token<'_>| !word.source.is_ascii() || has_encoded_word(word.source);
    let mut after = after.iter().skip(1).skip_while(|token| is_comment(token));
    (words.clone().count() > 1 || words.clone().any(is_name))
        && before.iter().all(is_text)
        && after.next().is_some_and(|token| !is_mark(token))
        && after
            .find(|token| is_mark(token))
            .is_some_and(|token| is(token, '<'))
}

/// The recipient of one element.
fn recipient(source: &str, tokens: &[Token<'_>]) -> Result<Recipient, Fault> {
    let written = |phrase| Written {
        element: source.to_owned(),
        phrase,
    };
    match (mailbox(tokens), local_name(tokens)) {
        // The lexer may have taken what a strict reader refuses.
        (Ok(mailbox), _) => Ok(rewritten(mailbox, super::phrase_of(source, tokens))),
        (Err(_), Some(name)) if has_encoded_word(&name) => Err(Fault::EncodedWord),
        (Err(_), Some(name)) => Ok(Recipient::Local {
            name,
            host: None,
            written: written(super::phrase_of(source, tokens)),
        }),
        (Err(fault), None) => lax(source, tokens).ok_or(fault),
    }
}

/// The mailbox of an element in an obsolete form.
fn lax(source: &str, tokens: &[Token<'_>]) -> Option<Recipient> {
    let last = tokens.iter().rposition(|token| !is_comment(token))?;
    let open = tokens.iter().rposition(|token| is(token, '<'));
    let Some(open) = open else {
        let address = address(tokens).or_else(|| quoted_address(tokens))?;
        return Some(rewritten(Mailbox::new(None, address), None));
    };
    let (before, inside) = tokens.get(..last)?.split_at_checked(open)?;
    let is_name = |token: &Token<'_>| !is_mark(token) || is(token, ',');
    if !is(tokens.get(last)?, '>') || !before.iter().all(is_name) {
        return None;
    }
    let inside = inside.get(1..)?;
    // A source route: `<@a.example,@b.example:jane@x.org>`.
    let routed = inside.iter().find(|token| !is_comment(token));
    let inside = match routed.is_some_and(|token| is(token, '@')) {
        true => inside.get(inside.iter().position(|token| is(token, ':'))? + 1..)?,
        false => inside,
    };
    let address = address(inside).or_else(|| quoted_address(inside))?;
    let (name, phrase) = display_name(source, tokens.get(..=open)?);
    Some(rewritten(Mailbox::new(name, address), phrase))
}

/// The display name before `<`, the last token: decoded, and for a field.
fn display_name(source: &str, tokens: &[Token<'_>]) -> (Option<String>, Option<String>) {
    let words: Vec<_> = tokens
        .iter()
        .filter(|token| !is_mark(token) && !is_comment(token))
        .collect();
    let is_plain = !source.contains(char::is_control) && tokens.len() == words.len() + 1;
    if is_plain && let Ok(Ok(name)) = phrase(&words).map(name) {
        return (name, super::phrase_of(source, tokens));
    }
    let mut text = String::new();
    for token in tokens
        .iter()
        .filter(|token| !is_comment(token) && !is(token, '<'))
    {
        if token.spaced && !text.is_empty() {
            text.push(' ');
        }
        match &token.kind {
            Kind::Quoted(quoted) => text.push_str(quoted),
            _ => text.push_str(token.source),
        }
    }
    let text = decoded(text.trim());
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let name = Some(text).filter(|text| !text.is_empty());
    let phrase = name.as_deref().map(quote);
    (name, phrase)
}

/// The recipient, written with this phrase in the syntax of RFC 5322 section 3.4.
fn rewritten(mailbox: Mailbox, phrase: Option<String>) -> Recipient {
    let address = mailbox.address();
    let with = |phrase: &String| format!("{phrase} <{address}>");
    let is_strict = |phrase: &String| Mailbox::parse_field(&with(phrase)).is_ok();
    let phrase = phrase
        .filter(is_strict)
        .or_else(|| mailbox.name().map(quote));
    let element = phrase.as_ref().map_or_else(|| address.to_string(), with);
    Recipient::new(mailbox, Written { element, phrase })
}

/// An address with white space and comments between its atoms, any dots in its local part, or a dot after its
/// domain.
fn address(tokens: &[Token<'_>]) -> Option<Address> {
    let mut parts = tokens.split(|token| is(token, '@'));
    let (local, domain) = (joined(parts.next()?)?, joined(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    Address::new(&local, domain).ok()
}

/// The address in a quoted string that is a whole address: `"jane@x.org"`.
fn quoted_address(tokens: &[Token<'_>]) -> Option<Address> {
    let mut words = tokens.iter().filter(|token| !is_comment(token));
    match (words.next().map(|token| &token.kind), words.next()) {
        (Some(Kind::Quoted(text)), None) => Some(Mailbox::parse(text).ok()?.address().clone()),
        _ => None,
    }
}

/// The atoms and quoted strings of one part of an address. There is a dot between any two of them.
fn joined(tokens: &[Token<'_>]) -> Option<String> {
    let mut text = String::new();
    for token in tokens.iter().filter(|token| !is_comment(token)) {
        let word = match &token.kind {
            Kind::Quoted(quoted) if !token.source.contains(char::is_control) => quoted,
            Kind::Word | Kind::Literal => token.source,
            _ => return None,
        };
        if !text.is_empty() && !text.ends_with('.') && !token.source.starts_with('.') {
            return None;
        }
        text.push_str(word);
    }
    Some(text).filter(|text| !text.is_empty())
}
