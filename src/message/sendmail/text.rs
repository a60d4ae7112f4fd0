//! Declares the charset and the encoding of a text.

use mail_parser::MessageParser;

use super::body::Contents;
use super::text_of;
use crate::charset::ISO_2022_JP;
use crate::files::{Octets, SpoolError};
use crate::message::EmlError;
use crate::message::header_section::HeaderSection;
use crate::message::parameters::{self, Parameters};

/// Declares the charset and the encoding of a text. A text in ASCII needs no declaration (RFC 2045 section 5.2).
pub(super) fn declare_text(
    section: &mut HeaderSection<'_>,
    body: &mut Octets,
) -> Result<(), EmlError> {
    let contents = contents(section, body)?;
    let encoded = match is_plain(section) {
        true => contents.encode(body)?,
        false => None,
    };
    declare_contents(section, &contents, encoded);
    Ok(())
}

/// Whether a body is not encoded.
pub(super) fn is_plain(section: &HeaderSection<'_>) -> bool {
    let encoding = text_of(section, "Content-Transfer-Encoding");
    matches!(&*encoding.to_ascii_lowercase(), "" | "7bit" | "8bit")
}

/// What a text consists of. Of a long one that is encoded, the beginning counts.
pub(super) fn contents(section: &HeaderSection<'_>, body: &Octets) -> Result<Contents, SpoolError> {
    const START: usize = 1 << 20;
    if is_plain(section) {
        return Contents::read(body);
    }
    let start = body.load(0..START.min(body.len()))?;
    let end = match body.len() > START {
        true => memchr::memrchr(b'\n', &start).map_or(start.len(), |at| at + 1),
        false => start.len(),
    };
    let encoding = text_of(section, "Content-Transfer-Encoding");
    let header = format!(
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let part = [header.as_bytes(), start.get(..end).unwrap_or(&start)].concat();
    let part = MessageParser::new().parse(&part);
    let part = part.as_ref().and_then(|part| part.parts.first());
    let mut text = part.map_or(&[][..], |part| part.contents());
    // The beginning may end in a character.
    if end < body.len()
        && let Err(error) = std::str::from_utf8(text)
        && error.error_len().is_none()
    {
        text = text.get(..error.valid_up_to()).unwrap_or(text);
    }
    Contents::read(&text.to_vec().into())
}

/// Declares the charset of these `contents`, and the encoding: `encoded` if the body was encoded.
pub(super) fn declare_contents(
    section: &mut HeaderSection<'_>,
    contents: &Contents,
    encoded: Option<&str>,
) {
    let kind = text_of(section, "Content-Type");
    let declared = Parameters::parse(&kind);
    let charset = declared.get("charset").map(str::to_ascii_lowercase);
    let is_declared = match charset.as_deref().map(str::trim) {
        None | Some("") => false,
        Some("us-ascii" | "ascii" | "ansi_x3.4-1968") => !contents.is_8bit,
        Some(_) => true,
    };
    let is_japanese = contents.charset == ISO_2022_JP && !is_declared;
    let transfer = match encoded {
        None if !is_plain(section) => None,
        None if contents.is_8bit => Some("8bit"),
        None if is_japanese => Some("7bit"),
        encoded => encoded,
    };
    if transfer.is_none() && !contents.is_8bit && !is_japanese {
        return;
    }
    // A page may declare its own charset.
    let is_known =
        kind.is_empty() || contents.charset != "iso-8859-1" && contents.charset != "windows-1252";
    if !is_declared && (is_known || !kind.to_ascii_lowercase().starts_with("text/html")) {
        let kind = match charset {
            Some(_) => parameters::without(&kind, "charset"),
            None => kind,
        };
        let kind = match kind.trim_end_matches(';').trim_end() {
            "" => "text/plain",
            kind => kind,
        };
        section.set(
            "Content-Type",
            &format!("{kind}; charset={}", contents.charset),
        );
    }
    let encoding = text_of(section, "Content-Transfer-Encoding");
    if let Some(transfer) = transfer
        && !encoding.eq_ignore_ascii_case(transfer)
    {
        section.set("Content-Transfer-Encoding", transfer);
    }
}
