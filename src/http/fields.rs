//! Header fields in the types of the HTTP client.

use ::http::{HeaderMap, HeaderValue};

use super::{Cause, Failure, Reason};

/// A header field value that the client does not log.
pub(super) fn sensitive(text: &str, what: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        let text = format!("the {what} contains characters that a header field cannot contain");
        Failure::NotConfigured(Cause::new(Reason::Request, text))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The header fields as text; bytes that are not UTF-8 are replaced.
pub(super) fn header_fields(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        })
        .collect()
}
