//! Declares what a message contains and does not declare: the charset of its header fields and of its text.
//!
//! Programs write UTF-8 into a message without a word about it. A message must declare it (RFC 2045, RFC 2047):
//! readers, and Exchange, read undeclared bytes in any charset. A message that is signed or encrypted is not
//! changed.

use mail_builder::headers::Header;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;

use super::lists::with_name;
use super::recipients::without_obsolete_syntax;
use super::text::declare_text;
use super::{ADDRESSES, parts};
use crate::charset;
use crate::charset::encoded_word::decoded;
use crate::files::Octets;
use crate::message::EmlError;
use crate::message::header_section::{Field, HeaderSection};
use crate::message::list::token::tokens;
use crate::message::lossless;
use crate::message::recipient::Recipient;
use crate::message::structure::{Part, declared_charset, settle_type};

/// Fields of text (RFC 5322 section 3.6.5, and what Exchange and mail programs show).
const TEXTS: [&str; 6] = [
    "Subject",
    "Comments",
    "Keywords",
    "Organization",
    "Thread-Topic",
    "Content-Description",
];

/// Declares the charsets of `section` and of `body`. A text with lines that a message cannot have is encoded.
pub(super) fn declare(section: &mut HeaderSection<'_>, body: &mut Octets) -> Result<(), EmlError> {
    settle_type(section);
    let mut charset = declared_charset(section);
    let is_text = section.named("Content-Type").all(|field| {
        let kind = field.text().trim_start().to_ascii_lowercase();
        kind.starts_with("text/")
    });
    if !is_text {
        let header = section.to_ended_bytes();
        let whole = body.prepended(&header);
        let root = Part::parse(&whole)?;
        if root.is_sealed() {
            return Ok(());
        }
        let mut parts = root.walk();
        charset = parts.find_map(|part| part.fields.charset().map(str::to_owned));
        if let Some(declared) = parts::declared(&root, &whole)? {
            *body = declared.range(header.len()..declared.len());
        }
    }
    encode_fields(section, &charset.unwrap_or_default());
    if is_text {
        declare_text(section, body)?;
    }
    let has_content = section.has("Content-Type") || section.has("Content-Transfer-Encoding");
    if has_content && !section.has("MIME-Version") {
        section.set("MIME-Version", "1.0");
    }
    Ok(())
}

/// Writes the fields that people read in ASCII, with encoded words (RFC 2047). `charset` is that of the text.
fn encode_fields(section: &mut HeaderSection<'_>, charset: &str) {
    for field in section.fields_mut() {
        let is_list = ADDRESSES.iter().any(|name| field.is(name));
        let is_undeclared = !is_list && charset::is_iso_2022_jp(field.value());
        if field.as_bytes().is_ascii() && !is_undeclared {
            continue;
        }
        let bytes = lossless::bytes(&field.lossless_text());
        let text = charset::undeclared(&bytes, charset);
        if is_list {
            if let Some(list) = encoded_list(&text, field.name()) {
                field.set(&list);
            }
        } else if TEXTS.iter().any(|name| field.is(name)) || is_extension(field) {
            let text = encoded_text(&decoded(&text), field.name());
            field.set(&text);
        }
    }
}

/// Writes the lists in which ISO-2022-JP is neither quoted nor declared in ASCII: its bytes may be any mark of a
/// list.
pub(super) fn encode_iso_2022_jp(section: &mut HeaderSection<'_>) {
    for name in ADDRESSES {
        for field in section.named_mut(name) {
            let text = field.lossless_text();
            if charset::is_iso_2022_jp(text.as_bytes())
                && tokens(&text).is_err()
                && let Some(list) = encoded_list(&charset::undeclared(text.as_bytes(), ""), name)
            {
                field.set(&list);
            }
        }
    }
}

fn is_extension(field: &Field<'_>) -> bool {
    let start = field.name().get(..2);
    start.is_some_and(|start| start.eq_ignore_ascii_case("X-"))
}

/// The text as encoded words, for a field of this name.
fn encoded_text(text: &str, name: &str) -> String {
    value_of(&Text::new(text), name)
}

/// The list with its names as encoded words, for a field of this name. `None` if it cannot be read.
fn encoded_list(list: &str, name: &str) -> Option<String> {
    // The elements of a list in the current syntax are parts of its text.
    let corrected = without_obsolete_syntax(list).map(|list| list.replace("\r\n", ""));
    let list = corrected.as_deref().unwrap_or(list);
    let mut encoded = String::with_capacity(list.len());
    let mut rest = list;
    for person in Recipient::parse_list(list).ok()? {
        let element = &person.written().element;
        if let Recipient::Mailbox { mailbox, .. } = &person
            && let (false, Some(called)) = (element.is_ascii(), mailbox.name())
            && let Some((before, after)) = rest.split_once(&**element)
        {
            encoded.push_str(before);
            encoded.push_str(&with_name(called, mailbox).replace("\r\n", ""));
            rest = after;
        }
    }
    Some(value_of(&Raw::new(encoded + rest), name))
}

/// The value of a field of this name, folded.
fn value_of(header: &impl Header, name: &str) -> String {
    let mut written = Vec::new();
    header.write_header(&mut written, name.len() + ": ".len());
    String::from_utf8_lossy(&written).trim().to_owned()
}
