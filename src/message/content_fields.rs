//! Limits the `Content-` fields of a part: the cost of reading some of them grows with the square of their
//! length.

use super::limits::{CONTENT_FIELDS, ENCODED_WORDS, Excess, PARAMETERS};

/// Appends a `Content-` field to `kept`.
///
/// # Errors
/// [`Excess`] if reading it would take too long.
pub(super) fn add_content_field(kept: &mut Vec<u8>, field: &[u8]) -> Result<(), Excess> {
    let count = |needle: &[u8]| memchr::memmem::find_iter(field, needle).count();
    let bytes = kept.len() + field.len();
    for (count, limit, what) in [
        (
            bytes,
            CONTENT_FIELDS,
            "bytes of Content- fields in one part",
        ),
        (count(b";"), PARAMETERS, "parameters in a Content- field"),
        (
            count(b"=?"),
            ENCODED_WORDS,
            "encoded words in a Content- field",
        ),
    ] {
        Excess::check(count, limit, what)?;
    }
    kept.extend_from_slice(field);
    Ok(())
}
