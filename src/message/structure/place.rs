//! Which parts of a message are its text, by their place.

use super::{Fields, Part};

/// Where a part is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// Directly in a multipart/alternative.
    pub alternative: bool,
    /// Directly in a multipart/mixed.
    pub mixed: bool,
    /// In a multipart/related, at any depth.
    pub related: bool,
    /// In a multipart, and not its first part.
    pub later: bool,
    /// The first part of a multipart.
    pub first: bool,
}

impl Place {
    /// The place of the part `index` in the multipart `outer`, which is here.
    #[must_use]
    pub fn inside(&self, outer: &Part, index: usize) -> Self {
        Self {
            alternative: outer.fields.is("multipart", "alternative"),
            mixed: outer.fields.is("multipart", "mixed"),
            related: self.related || outer.fields.is("multipart", "related"),
            later: index > 0,
            first: index == 0,
        }
    }

    /// Whether a part without parts is text of the message and not an attached file.
    #[must_use]
    pub fn is_text(&self, fields: &Fields) -> bool {
        match fields.kind.as_str() {
            // A multipart without parts.
            "multipart" => true,
            "text" if self.alternative => true,
            // Some programs give the text before the files a name. A file has a disposition, comes after the text,
            // or is the whole message.
            "text" => match fields.disposition.as_deref() {
                Some("attachment") => false,
                Some(_) => fields.name.is_none(),
                None => fields.name.is_none() || self.first,
            },
            _ => false,
        }
    }
}
