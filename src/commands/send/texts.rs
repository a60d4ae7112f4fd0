//! Reads the texts of a body from flags and files.

use std::io::Read as _;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser};

use super::args::ComposedArgs;
use super::input::{MAX_MESSAGE, named, with_input};
use crate::commands::Context;
use crate::commands::error::InputError;
use crate::commands::report::Result;
use crate::message::Body;

/// The texts of the flags and files from which a body is made.
pub(in crate::commands) struct Texts {
    pub(in crate::commands) text: Option<String>,
    pub(in crate::commands) html: Option<String>,
    pub(in crate::commands) markdown: Option<String>,
}

impl Texts {
    pub(in crate::commands) fn read(args: &ComposedArgs, context: &Context<'_>) -> Result<Self> {
        let markdown = args.markdown_file.as_deref();
        Ok(Self {
            text: text_or_file(args.body.as_deref(), args.body_file.as_deref(), context)?,
            html: text_or_file(args.html.as_deref(), args.html_file.as_deref(), context)?,
            markdown: markdown.map(|path| text_of(path, context)).transpose()?,
        })
    }

    pub(super) fn body(self) -> Body {
        match self.markdown {
            Some(markdown) => Body {
                html: Some(html_of_markdown(&markdown, |event| event)),
                text: Some(markdown),
            },
            None => Body {
                text: self.text,
                html: self.html,
            },
        }
    }
}

/// The HTML of a Markdown text. `change` may replace its parts.
pub(in crate::commands) fn html_of_markdown<'m>(
    text: &'m str,
    change: impl FnMut(Event<'m>) -> Event<'m>,
) -> String {
    let mut html = String::new();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    pulldown_cmark::html::push_html(&mut html, events.map(change));
    html
}

fn text_or_file(
    text: Option<&str>,
    file: Option<&Path>,
    context: &Context<'_>,
) -> Result<Option<String>> {
    match (text, file) {
        (Some("-"), _) => text_of(Path::new("-"), context).map(Some),
        (Some(text), _) => Ok(Some(text.to_owned())),
        (None, Some(path)) => text_of(path, context).map(Some),
        (None, None) => Ok(None),
    }
}

/// A file's text in UTF-8, or in UTF-16 with a byte order mark; without that mark, which editors add.
fn text_of(path: &Path, context: &Context<'_>) -> Result<String> {
    let bytes = contents(path, context)?;
    let text = match &bytes[..] {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let utf8 = String::from_utf8(bytes);
            utf8.map_err(|error| InputError::NotText(named(path), error.utf8_error().valid_up_to()))
                .map(Some)?
        }
    };
    let text = text.ok_or_else(|| InputError::NotUtf16(named(path)))?;
    if let Some(at) = text.find('\0') {
        return Err(InputError::Nul(named(path), at).into());
    }
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// UTF-16 as text. `None` if it is not valid.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().map(|bytes| unit(*bytes));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty())
}

/// A file's bytes; `-` is standard input.
fn contents(path: &Path, context: &Context<'_>) -> Result<Vec<u8>, InputError> {
    with_input(path, context, |input| {
        let mut bytes = Vec::new();
        match input.take(MAX_MESSAGE + 1).read_to_end(&mut bytes) {
            Ok(length) if length as u64 > MAX_MESSAGE => Err(InputError::TooLong(named(path))),
            Ok(_) => Ok(bytes),
            Err(error) => Err(InputError::Unreadable(named(path), error)),
        }
    })
}
