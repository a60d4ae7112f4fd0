//! Declares what the parts of a multipart contain and do not declare.

use std::io::Write;
use std::ops::Range;

use super::body;
use super::text::{contents, declare_contents, is_plain};
use crate::files::{Octets, SpoolError};
use crate::message::EmlError;
use crate::message::header_section::HeaderSection;
use crate::message::line_ends::has_bare;
use crate::message::structure::{Part, Place, settle_type};

/// The message `whole`, in which its parts declare what they contain. `None` if nothing changes.
pub(super) fn declared(root: &Part, whole: &Octets) -> Result<Option<Octets>, EmlError> {
    let mut edits = Vec::new();
    for (index, part) in root.parts.iter().enumerate() {
        find_edits(
            part,
            Place::default().inside(root, index),
            whole,
            &mut edits,
        )?;
    }
    if edits.is_empty() {
        return Ok(None);
    }
    let edited = whole.rewritten(|out| {
        let mut at = 0;
        for (range, text) in &edits {
            write_range(out, whole, at..range.start)?;
            write_range(out, text, 0..text.len())?;
            at = range.end;
        }
        write_range(out, whole, at..whole.len())
    })?;
    Ok(Some(edited))
}

/// Bytes of a message, and what replaces them.
type Edit = (Range<usize>, Octets);

fn find_edits(
    part: &Part,
    place: Place,
    whole: &Octets,
    edits: &mut Vec<Edit>,
) -> Result<(), EmlError> {
    for (index, inner) in part.parts.iter().enumerate() {
        find_edits(inner, place.inside(part, index), whole, edits)?;
    }
    if part.parts.is_empty() && !part.doubtful {
        edits.extend(edit(part, place, whole)?);
    }
    Ok(())
}

/// What replaces a part without parts: its fields, and its body if that has a CR that ends no line. A message
/// cannot have one, and in a file it is no line end.
fn edit(part: &Part, place: Place, whole: &Octets) -> Result<Option<Edit>, EmlError> {
    let header = whole.load(part.header.clone())?;
    let (section, _) = HeaderSection::parse(&header)?;
    let mut edited = section.clone();
    edited.remove_nul_and_bare_cr();
    let text = whole.range(part.body.clone());
    let is_text = part.fields.kind == "text";
    let mut encoded = None;
    if is_text && place.is_text(&part.fields) {
        settle_type(&mut edited);
        declare_contents(&mut edited, &contents(&section, &text)?, None);
    } else if !is_text
        && !matches!(&*part.fields.kind, "message" | "multipart")
        && is_plain(&section)
        && has_bare(&text, b"\r")?
    {
        encoded = Some(text.rewritten(|out| body::base64(&text, out))?);
        edited.set("Content-Transfer-Encoding", "base64");
    }
    if edited == section {
        return Ok(None);
    }
    edited.end();
    let header = edited.to_bytes();
    Ok(Some(match encoded {
        Some(encoded) => (part.header.start..part.body.end, encoded.prepended(&header)),
        None => (part.header.clone(), header.into()),
    }))
}

/// Writes these bytes of `whole`.
pub(super) fn write_range(
    out: &mut dyn Write,
    whole: &Octets,
    range: Range<usize>,
) -> Result<(), SpoolError> {
    for chunk in whole.range(range).chunks() {
        out.write_all(&chunk?)?;
    }
    Ok(())
}
