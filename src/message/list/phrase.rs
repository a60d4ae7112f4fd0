//! Decodes display names in an address list (RFC 5322 section 3.2.5).

use super::token::{Kind, Token};
use crate::charset::encoded_word::decoded;
use crate::message::address::Fault;

/// The text of a display name. Consecutive encoded words (RFC 2047) are decoded together.
pub(super) fn phrase(tokens: &[&Token<'_>]) -> Result<Option<String>, Fault> {
    let mut text = String::new();
    let mut encoded = Vec::new();
    for token in tokens {
        let word = match &token.kind {
            Kind::Word if is_encoded(token.source) => {
                encoded.push(token.source);
                continue;
            }
            Kind::Word => token.source,
            Kind::Quoted(quoted) => quoted,
            Kind::Mark('@') => return Err(Fault::MissingComma),
            Kind::Mark(_) => return Err(Fault::Brackets),
            Kind::Literal | Kind::Comment(_) | Kind::Special => return Err(Fault::Special),
        };
        push(&mut text, &decode(&std::mem::take(&mut encoded)), true);
        push(&mut text, word, token.spaced);
    }
    push(&mut text, &decode(&encoded), true);
    Ok(Some(text))
}

fn push(text: &mut String, word: &str, spaced: bool) {
    if spaced && !text.is_empty() && !word.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

fn is_encoded(word: &str) -> bool {
    word.starts_with("=?") && word.ends_with("?=") && word.matches('?').count() == 4
}

fn decode(words: &[&str]) -> String {
    decoded(&words.join(" "))
}
