//! The tokens of HTML, as a browser without scripts reads them (WHATWG HTML, section 13.2.5).

use html5gum::{State, Token as Raw, Tokenizer};

/// A piece of HTML. Names of elements and attributes are in lower case, character references are decoded.
#[derive(Debug)]
pub(super) enum Token {
    Start(Element),
    End(String),
    Text(String),
    /// The document type, by its public and its system identifier. One that only asks for quirks is left out.
    Doctype(Option<String>, Option<String>),
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    /// The attributes, sorted by name, each name once.
    pub(super) attributes: Vec<(String, String)>,
}

/// The tokens of `html`, without its comments.
pub(super) fn tokens(html: &str) -> impl Iterator<Item = Token> {
    let mut tokenizer = Tokenizer::new(html);
    std::iter::from_fn(move || {
        loop {
            let Ok(token) = tokenizer.next()?;
            match token {
                Raw::StartTag(tag) => {
                    let name = string(tag.name.0);
                    if let Some(state) = state_after(&name) {
                        tokenizer.set_state(state);
                    }
                    let attributes = tag.attributes.into_iter();
                    let attributes =
                        attributes.map(|(name, value)| (string(name.0), string(value.value.0)));
                    return Some(Token::Start(Element {
                        name,
                        attributes: attributes.collect(),
                    }));
                }
                Raw::EndTag(tag) => return Some(Token::End(string(tag.name.0))),
                Raw::String(text) => return Some(Token::Text(string(text.value.0))),
                Raw::Doctype(doctype) if !doctype.force_quirks && *doctype.name == b"html" => {
                    let [public, system] = [doctype.public_identifier, doctype.system_identifier]
                        .map(|identifier| identifier.map(|it| string(it.0)));
                    return Some(Token::Doctype(public, system));
                }
                Raw::Doctype(_) | Raw::Comment(_) | Raw::Error(_) => {}
            }
        }
    })
}

/// How the contents of an element are read. A browser reads `noscript` as other elements if scripts are off.
fn state_after(element: &str) -> Option<State> {
    match element {
        "textarea" | "title" => Some(State::RcData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(State::RawText),
        "script" => Some(State::ScriptData),
        "plaintext" => Some(State::PlainText),
        _ => None,
    }
}

fn string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
