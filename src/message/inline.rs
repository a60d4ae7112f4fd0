//! Images inside the HTML.

use std::ffi::OsStr;

use super::address::is_dot_atom;
use super::{Attachment, AttachmentError, AttachmentSpec};

/// An image that the HTML names, as the command line gives it: `CID=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineSpec {
    content_id: String,
    /// The image; with `;name=` and `;type=` as for an attachment.
    pub file: AttachmentSpec,
}

impl InlineSpec {
    /// `CID=PATH`, the path as in [`AttachmentSpec::parse`]. Angle brackets around the CID are taken off.
    ///
    /// # Errors
    /// [`AttachmentError`] where that is not so.
    pub fn parse(text: &str) -> Result<Self, AttachmentError> {
        let refuse = || AttachmentError::ContentId(text.to_owned());
        let (id, path) = text.split_once('=').ok_or_else(refuse)?;
        let id = id
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .unwrap_or(id);
        // A Content-ID is a Message-ID in form, though everybody writes `logo` without an @.
        if id.len() > 200 || !id.splitn(2, '@').all(is_dot_atom) {
            return Err(refuse());
        }
        Ok(Self {
            content_id: id.to_owned(),
            file: AttachmentSpec::parse(OsStr::new(path))?,
        })
    }

    /// The image with this spec's Content-ID.
    #[must_use]
    pub fn with(&self, attachment: Attachment) -> Inline {
        Inline {
            content_id: self.content_id.clone(),
            attachment,
        }
    }
}

/// An image that the HTML names as `cid:…`.
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
