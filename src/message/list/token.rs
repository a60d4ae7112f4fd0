//! The lexer of address lists (RFC 5322 section 3.2).

use crate::message::address::{AddressError, Fault, is_atext};
use crate::message::limits::{Excess, TOKENS};

/// A lexical token of an address list (RFC 5322 section 3.2).
pub(in crate::message) struct Token<'a> {
    pub(in crate::message) kind: Kind,
    /// As written.
    pub(in crate::message) source: &'a str,
    /// The byte offset of `source` in the list.
    pub(in crate::message) start: usize,
    /// Whether white space or a comment precedes it.
    pub(in crate::message) spaced: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(in crate::message) enum Kind {
    /// Atoms and dots.
    Word,
    /// A quoted-string, unquoted.
    Quoted(String),
    /// `[1.2.3.4]`
    Literal,
    /// A comment, unquoted.
    Comment(String),
    /// One of `< > @ , : ;`
    Mark(char),
}

/// Splits a list into tokens. White space is recorded in [`Token::spaced`].
pub(in crate::message) fn tokens(text: &str) -> Result<Vec<Token<'_>>, AddressError> {
    // Fields are unfolded before. A tab is the only control character that counts as white space.
    if text
        .chars()
        .any(|character| character.is_control() && character != '\t')
    {
        return Err(AddressError::new(text, Fault::Control));
    }
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut position = 0;
    let mut spaced = false;
    while let Some(rest) = text.get(position..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with([' ', '\t']) {
            spaced = true;
            position += 1;
            continue;
        }
        let (kind, length) = token(rest).map_err(|fault| AddressError::new(rest, fault))?;
        let comment = matches!(kind, Kind::Comment(_));
        check_count(
            tokens.len() + 1,
            TOKENS,
            "words and marks in a list of addresses",
            rest,
        )?;
        tokens.push(Token {
            kind,
            source: rest.get(..length).unwrap_or(rest),
            start: position,
            spaced,
        });
        spaced = comment;
        position += length;
    }
    Ok(tokens)
}

/// The token at the start of `rest`, and its length in bytes.
fn token(rest: &str) -> Result<(Kind, usize), Fault> {
    let word = rest
        .find(|character| !is_atext(character) && character != '.')
        .unwrap_or(rest.len());
    if word > 0 {
        return Ok((Kind::Word, word));
    }
    match rest.chars().next() {
        Some('"') => {
            enclosed(rest, |_| false, '"').map(|(text, length)| (Kind::Quoted(text), length))
        }
        Some('(') => enclosed(rest, |character| character == '(', ')')
            .map(|(text, length)| (Kind::Comment(text), length)),
        Some('[') => rest
            .find(']')
            .map(|end| (Kind::Literal, end + 1))
            .ok_or(Fault::Unclosed),
        Some(mark @ ('<' | '>' | '@' | ',' | ':' | ';')) => Ok((Kind::Mark(mark), 1)),
        _ => Err(Fault::Special),
    }
}

/// A quoted-string or a comment. A backslash quotes the next character. Comments nest.
fn enclosed(rest: &str, opens: fn(char) -> bool, close: char) -> Result<(String, usize), Fault> {
    let mut text = String::new();
    let mut depth = 1;
    let mut characters = rest.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        if character == '\\' {
            let (_, quoted) = characters.next().ok_or(Fault::Unclosed)?;
            text.push(quoted);
            continue;
        }
        if character == close {
            depth -= 1;
            if depth == 0 {
                return Ok((text, index + close.len_utf8()));
            }
        } else if opens(character) {
            depth += 1;
        }
        // A fold (RFC 5322 section 3.2.4) may leave a tab, which means a space.
        text.push(if character == '\t' { ' ' } else { character });
    }
    Err(Fault::Unclosed)
}

/// The part of `text` that these tokens cover.
pub(super) fn source<'a>(text: &'a str, tokens: &[Token<'_>]) -> &'a str {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => text
            .get(first.start..last.start + last.source.len())
            .unwrap_or(text),
        _ => "",
    }
}

/// Refuses a `count` above `limit`. `at` is the text for the error.
pub(super) fn check_count(
    count: usize,
    limit: usize,
    what: &'static str,
    at: &str,
) -> Result<(), AddressError> {
    Excess::check(count, limit, what)
        .map_err(|excess| AddressError::new(at, Fault::TooMuch(excess)))
}
