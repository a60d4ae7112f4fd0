//! The body of a short message, which is the first line of the entry's file.

use std::borrow::Cow;
use std::path::Path;

use memchr::memchr;
use serde::{Deserialize, Serialize};

use super::{EntryId, Error};
use crate::files;

/// The line with the body of the first request.
pub(super) struct InlineBody(Vec<u8>);

#[derive(Serialize, Deserialize)]
struct Body<'b> {
    body: Cow<'b, str>,
}

impl InlineBody {
    /// How the line begins.
    const START: &'static [u8] = br#"{"body":"#;

    /// `None` if the body is not UTF-8.
    pub(super) fn new(body: &[u8]) -> Option<Self> {
        let body = str::from_utf8(body).ok()?.into();
        serde_json::to_vec(&Body { body }).ok().map(Self)
    }

    /// The line in the file of an entry, also if the rest of the file is damaged.
    pub(super) fn load(path: &Path) -> Option<Self> {
        let json = files::read(path).ok()?;
        Self::split(json).0
    }

    /// The line at the beginning of the file, and the rest of it.
    pub(super) fn split(mut json: Vec<u8>) -> (Option<Self>, Vec<u8>) {
        match memchr(b'\n', &json).filter(|_| json.starts_with(Self::START)) {
            Some(end) => {
                let rest = json.split_off(end);
                (Some(Self(json)), rest)
            }
            None => (None, json),
        }
    }

    /// The line, without its end.
    pub(super) fn line(&self) -> &[u8] {
        &self.0
    }

    /// The body.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub(super) fn read(&self, id: &EntryId) -> Result<Vec<u8>, Error> {
        let body = serde_json::from_slice(&self.0).map(|Body { body }| body.into_owned().into());
        body.map_err(|error| id.unreadable(damaged(&error)))
    }
}

/// What is said of a damaged file.
pub(super) fn damaged(error: &serde_json::Error) -> String {
    format!("its file is damaged: {error}")
}
