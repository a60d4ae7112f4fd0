//! The lexer of address lists (RFC 5322 section 3.2).

use crate::charset::encoded_word;
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
    /// Text that is not a token: see [`lax_tokens`].
    Special,
}

/// A token and its length in bytes.
type Lexed = Result<(Kind, usize), Fault>;

/// Splits a list into tokens. White space is recorded in [`Token::spaced`].
pub(super) fn strict_tokens(text: &str) -> Result<Vec<Token<'_>>, AddressError> {
    check_controls(text)?;
    tokens(text)
}

/// Refuses control characters. Fields are unfolded before. A tab is the only one that counts as white space.
pub(super) fn check_controls(text: &str) -> Result<(), AddressError> {
    let is_wrong = |character: char| character.is_control() && character != '\t';
    match text.contains(is_wrong) {
        true => Err(AddressError::new(text, Fault::Control)),
        false => Ok(()),
    }
}

/// Splits an address field into tokens. A quoted string or a comment may have control characters (RFC 5322
/// section 4.1), as of ISO-2022-JP. They are not part of its text.
pub(in crate::message) fn tokens(text: &str) -> Result<Vec<Token<'_>>, AddressError> {
    split(text, |_, fault| Err(fault))
}

/// Splits a list into tokens. A character that may not be there is a word, and text that is not closed is one
/// token. Fails only for too many tokens.
pub(super) fn lax_tokens(text: &str) -> Result<Vec<Token<'_>>, AddressError> {
    split(text, |rest, fault| {
        let mut characters = rest.chars();
        let first = characters.next().map_or(0, char::len_utf8);
        let after = rest.get(first..).unwrap_or_default();
        let word = after.find(|character| !is_atext(character) && character != '.');
        let word = word.unwrap_or(after.len());
        match (rest.chars().next(), fault) {
            // Some programs do not encode a comma and other marks in an encoded word.
            (Some('='), _) if let Some(length) = encoded_word(rest) => Ok((Kind::Word, length)),
            // Some programs quote the quotation marks of a name.
            (Some('\\'), _) if after.starts_with('"') => Ok((Kind::Quoted("\"".to_owned()), 2)),
            // A comment that is not closed ends with the list.
            (Some('('), Fault::Unclosed) if !after.contains('@') => {
                Ok((Kind::Comment(after.to_owned()), rest.len()))
            }
            // A quoted-pair outside of a quoted string (RFC 5322 section 4.1), as in `\root`.
            (Some('\\'), _) if word > 0 => {
                let text = after.get(..word).unwrap_or_default();
                Ok((Kind::Quoted(text.to_owned()), first + word))
            }
            (Some('[') | None, _) | (_, Fault::Special | Fault::Control) => {
                Ok((Kind::Special, first))
            }
            _ => Ok((Kind::Special, rest.len())),
        }
    })
}

/// The tokens of `text`. `recover` is given text that does not begin with a token.
fn split(text: &str, recover: fn(&str, Fault) -> Lexed) -> Result<Vec<Token<'_>>, AddressError> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut position = 0;
    let mut spaced = false;
    while let Some(rest) = text.get(position..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with([' ', '\t']) {
            spaced = true;
            position += 1;
            continue;
        }
        let token = token(rest).or_else(|fault| recover(rest, fault));
        let (kind, length) = token.map_err(|fault| AddressError::new(rest, fault))?;
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

/// The longest domain literal (RFC 5321 section 4.5.3.1.2). With a longer one, many `[` would take minutes.
const LONGEST_LITERAL: usize = 255;

/// The token at the start of `rest`, and its length in bytes.
fn token(rest: &str) -> Lexed {
    let word = rest
        .find(|character| !is_atext(character) && character != '.')
        .unwrap_or(rest.len());
    if encoded_word(rest).is_some_and(|length| length > word) {
        return Err(Fault::Special);
    }
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
            .bytes()
            .take(LONGEST_LITERAL)
            .position(|byte| byte == b']')
            .map(|end| (Kind::Literal, end + 1))
            .ok_or(Fault::Unclosed),
        Some(mark @ ('<' | '>' | '@' | ',' | ':' | ';')) => Ok((Kind::Mark(mark), 1)),
        Some(character) if character.is_control() => Err(Fault::Control),
        _ => Err(Fault::Special),
    }
}

/// The longest encoded word. RFC 2047 section 2 allows 75 characters, and some programs write more. Without a
/// limit, many beginnings of words would take minutes.
const LONGEST_WORD: usize = 2000;

/// The length of the encoded word at the start of `rest` (RFC 2047), also of one with marks that may not be in a
/// list. It has none of the marks around an address.
fn encoded_word(rest: &str) -> Option<usize> {
    let start = rest.get(..rest.floor_char_boundary(LONGEST_WORD))?;
    let length = encoded_word::length(start)?;
    let word = rest.get(..length)?;
    (!word.contains(['@', '<', '>', '"'])).then_some(length)
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
        match character {
            '\t' => text.push(' '),
            character if character.is_control() => {}
            character => text.push(character),
        }
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
