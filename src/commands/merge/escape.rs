//! Keeps the values of a row from changing the structure around them.
//!
//! In an address list and in Markdown, the characters of a value that could be syntax are hidden: each becomes a
//! private-use character, which is a letter to the parser of the list or the Markdown. After parsing, they are
//! revealed. So no value can add a recipient, a link or a tag, whatever syntax surrounds it.

use minijinja::value::Value;
use minijinja::{AutoEscape, Error, ErrorKind, Output, State, escape_formatter};
use pulldown_cmark::{CowStr, Event, Tag};

/// What a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plain text of any number of lines.
    Text,
    /// HTML.
    Html,
    /// Markdown that becomes HTML.
    Markdown,
    /// One line.
    Line,
    /// An address list, on one line.
    Addresses,
    /// The path of a file, with its options.
    File,
}

/// The private-use characters for ASCII begin here: the first of plane 15 (Unicode, "Private-Use Characters").
const HIDDEN: u32 = 0xF_0000;

/// The syntax of an address list (RFC 5322 section 3.2.3, "specials", without those inside an address).
const ADDRESS_SYNTAX: &str = "()<>[]:;,\\\"";

/// The syntax of a path and its options, on any system.
const FILE_SYNTAX: &str = ";./\\";

impl Kind {
    pub(super) const fn auto_escape(self) -> AutoEscape {
        match self {
            Self::Text => AutoEscape::None,
            Self::Html => AutoEscape::Html,
            Self::Markdown => AutoEscape::Custom(std::borrow::Cow::Borrowed(MARKDOWN)),
            Self::Line => AutoEscape::Custom(std::borrow::Cow::Borrowed(LINE)),
            Self::Addresses => AutoEscape::Custom(std::borrow::Cow::Borrowed(ADDRESSES)),
            Self::File => AutoEscape::Custom(std::borrow::Cow::Borrowed(FILE)),
        }
    }
}

const MARKDOWN: &str = "markdown";
const LINE: &str = "line";
const ADDRESSES: &str = "addresses";
const FILE: &str = "file";

/// Writes the value of an expression. A null of JSON is empty, as an empty column of CSV.
pub(super) fn write(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    if value.is_none() {
        return Ok(());
    }
    let AutoEscape::Custom(kind) = state.auto_escape() else {
        return escape_formatter(out, state, value);
    };
    let syntax: Option<fn(char) -> bool> = match kind.as_ref() {
        MARKDOWN => Some(|character| character.is_ascii_punctuation()),
        ADDRESSES => Some(|character| ADDRESS_SYNTAX.contains(character)),
        FILE => Some(|character| FILE_SYNTAX.contains(character)),
        _ => None,
    };
    let text = value.to_string();
    if kind.as_ref() != MARKDOWN && text.contains(is_line_break) {
        let shown = crate::text::filter(&text, SHOWN);
        let is_control = |character: char| character.is_control() && !"\r\n".contains(character);
        let why = match text.chars().find(|character| is_control(*character)) {
            // Otherwise it would not be seen.
            Some(control) if control != '\t' => format!(
                "a value has the control character U+{:04X}: {shown:?}",
                u32::from(control)
            ),
            _ => format!("a value has a line break: {shown:?}"),
        };
        return Err(Error::new(ErrorKind::InvalidOperation, why));
    }
    let done = match syntax.filter(|_| !value.is_safe()) {
        Some(is_syntax) => out.write_str(&hide(&text, is_syntax)),
        None => out.write_str(&text),
    };
    done.map_err(|_| ErrorKind::WriteFailure.into())
}

/// The most characters of a value in an error.
const SHOWN: usize = 60;

/// Whether the character ends a line of a header field, or is a control character that may not be in one.
fn is_line_break(character: char) -> bool {
    character.is_control() && character != '\t' || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether a value of the row leads out of the folder that the path of the template names: it makes a component
/// `..`, or, if the template does not begin with it, an absolute path.
pub(super) fn leaves_folder(path: &str, is_begun_by_value: bool) -> bool {
    let is_separator = |character: char| matches!(revealed(character), '/' | '\\');
    let is_hidden = |character: char| revealed(character) != character;
    if !is_begun_by_value && path.starts_with(|it| is_separator(it) && is_hidden(it)) {
        return true;
    }
    let mut before_is_hidden = false;
    path.split_inclusive(is_separator).any(|part| {
        let component = part.trim_end_matches(is_separator);
        let has_hidden = before_is_hidden || part.contains(is_hidden);
        before_is_hidden = part.ends_with(|it| is_separator(it) && is_hidden(it));
        // Windows takes no notice of a space after it.
        reveal(component).trim_end() == ".." && has_hidden
    })
}

fn hide(text: &str, is_syntax: impl Fn(char) -> bool) -> String {
    let hidden = |character: char| match is_syntax(character) {
        true => char::from_u32(HIDDEN + u32::from(character)).unwrap_or(character),
        false => character,
    };
    text.chars().map(hidden).collect()
}

/// The text with the characters that were hidden.
pub(super) fn reveal(text: &str) -> String {
    text.chars().map(revealed).collect()
}

fn revealed(character: char) -> char {
    let ascii = u32::from(character).checked_sub(HIDDEN);
    let ascii = ascii.and_then(|code| u8::try_from(code).ok());
    match ascii.filter(u8::is_ascii_punctuation) {
        Some(ascii) => char::from(ascii),
        None => character,
    }
}

/// Whether it has characters that were hidden.
pub(super) fn has_hidden(text: &str) -> bool {
    text.chars()
        .any(|character| revealed(character) != character)
}

/// A part of Markdown with the hidden characters of its values. In HTML that is part of the Markdown, they are
/// escaped.
pub(super) fn reveal_event(event: Event<'_>) -> Event<'_> {
    let plain = |text: CowStr<'_>| CowStr::from(reveal(&text));
    match event {
        Event::Text(text) => Event::Text(plain(text)),
        Event::Code(text) => Event::Code(plain(text)),
        Event::Html(text) => Event::Html(reveal_in_html(&text).into()),
        Event::InlineHtml(text) => Event::InlineHtml(reveal_in_html(&text).into()),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: plain(dest_url),
            title: plain(title),
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: plain(dest_url),
            title: plain(title),
            id,
        }),
        event => event,
    }
}

fn reveal_in_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match (revealed(character), revealed(character) != character) {
            (ascii, true) if "<>&\"'".contains(ascii) => {
                html += &format!("&#{};", u32::from(ascii));
            }
            (character, _) => html.push(character),
        }
    }
    html
}
