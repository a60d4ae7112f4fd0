//! Images in the HTML.

use std::ffi::OsStr;

use super::address::is_dot_atom;
use super::{Attachment, AttachmentError, AttachmentSpec};

/// An inline image, as given on the command line: `CID=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineSpec {
    content_id: String,
    /// The file of the image, with `;name=` and `;type=` as for an attachment.
    pub file: AttachmentSpec,
}

impl InlineSpec {
    /// Parses `CID=PATH`, with the path as in [`AttachmentSpec::parse`]. Angle brackets around the CID
    /// are removed.
    ///
    /// # Errors
    /// [`AttachmentError`] if the text does not have this form.
    pub fn parse(text: &str) -> Result<Self, AttachmentError> {
        let refuse = || AttachmentError::ContentId(text.to_owned());
        let (id, path) = text.split_once('=').ok_or_else(refuse)?;
        let id = id
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .unwrap_or(id);
        // A Content-ID has the form of a Message-ID, but in practice it is often written without an `@`,
        // such as `logo`.
        if id.len() > 200 || !id.splitn(2, '@').all(is_dot_atom) {
            return Err(refuse());
        }
        Ok(Self {
            content_id: id.to_owned(),
            file: AttachmentSpec::parse(OsStr::new(path))?,
        })
    }

    /// The attachment as an inline image with this Content-ID.
    #[must_use]
    pub fn with(&self, attachment: Attachment) -> Inline {
        Inline {
            content_id: self.content_id.clone(),
            attachment,
        }
    }
}

/// An inline image, to which the HTML refers as `cid:…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    content_id: String,
    attachment: Attachment,
}

impl Inline {
    /// The Content-ID without angle brackets.
    #[must_use]
    pub fn content_id(&self) -> &str {
        &self.content_id
    }

    /// The image.
    #[must_use]
    pub const fn attachment(&self) -> &Attachment {
        &self.attachment
    }
}
