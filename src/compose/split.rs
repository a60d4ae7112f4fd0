//! Splits a ready message that is too large for one request: its text becomes a draft, and every other
//! part becomes an attachment of the draft. The attachments are ranges of the message, without a copy.

mod cutter;
mod upload;

use std::ops::Range;

use uuid::Uuid;

use self::cutter::Cutter;
use self::upload::{Taken, name};
use super::{Error, Part as Named, contents};
use crate::message::{self, Eml, Fields, HeaderSection, MessageId, Place};
use crate::submission::{TransferEncoding, Upload};

/// A split message. Every byte of a part's body is either in the draft or in one attachment.
pub(super) struct Split {
    /// The draft is the message with these ranges, which are sorted, replaced by other bytes. It is made
    /// only after its size was checked.
    edits: Vec<(Range<usize>, Vec<u8>)>,
    /// Why a large multipart in the draft could not be split.
    pub(super) unread: Option<&'static str>,
    /// The parts in the draft.
    pub(super) texts: Vec<Named>,
    taken: Vec<Taken>,
}

/// A Message-ID for a message that has none, in its sender's domain. If the response to a request is lost,
/// graphmail finds the message by this Message-ID.
pub(super) fn fresh_id(eml: &Eml, uuid: impl FnOnce() -> Uuid) -> Option<MessageId> {
    let domain = eml.from().address().domain();
    (!eml.has_message_id()).then(|| MessageId::unique(uuid(), domain))
}

/// The Message-ID field at the beginning of a message with a [`fresh_id`].
pub(super) fn id_field(id: Option<&MessageId>) -> Vec<u8> {
    id.map_or_else(Vec::new, |id| format!("Message-ID: {id}\r\n").into_bytes())
}

/// Splits `eml`, whose structure is `root`. If the draft is larger than a request of `limit` bytes, large
/// texts after the first become attachments too.
///
/// # Errors
/// [`Error::Sealed`] for a signed or encrypted message, [`Error::Outside`] or [`Error::Part`] if text would
/// be lost.
pub(super) fn split_attachments(
    eml: &Eml,
    root: &message::Part,
    limit: u64,
) -> Result<Split, Error> {
    if let Some(sealed) = root.walk().find(|part| part.fields.is_sealed()) {
        return Err(Error::Sealed {
            kind: sealed_kind(&sealed.fields),
            size: eml.size(),
        });
    }
    let split = cut(eml, root, false)?;
    if contents::encoded_length(split.draft_length(eml)) <= limit {
        return Ok(split);
    }
    cut(eml, root, true)
}

fn cut(eml: &Eml, root: &message::Part, spills: bool) -> Result<Split, Error> {
    let mut cutter = Cutter::new(eml.octets(), spills);
    let all = cutter.cut(root, &Place::default())?;
    if let Some(error) = cutter.refused {
        return Err(error);
    }
    cutter.rest("its header", root.header.len() as u64);
    if all {
        // The body is removed, so the fields that describe it are removed too.
        let header = eml.octets().load(root.header.clone())?;
        let (mut header, _) = HeaderSection::parse(&header)?;
        header.retain(|field| !field.is_content());
        cutter.edits = vec![(0..eml.octets().len(), header.to_bytes())];
    }
    Ok(Split {
        edits: cutter.edits,
        unread: cutter.unread,
        texts: cutter.texts,
        taken: cutter.taken,
    })
}

/// Refuses a truncated message: one that ends in the middle of base64 and has open multiparts. A message
/// that lacks only the last delimiter line is complete.
///
/// # Errors
/// [`Error::Truncated`]
pub(super) fn refuse_truncated(eml: &Eml, root: &message::Part) -> Result<(), Error> {
    let Some(last) = root.walk().last().filter(|_| root.unclosed.is_some()) else {
        return Ok(());
    };
    let body = eml.octets().range(last.body.clone());
    if last.fields.encoding != "base64" || TransferEncoding::ends_whole(&body)? {
        return Ok(());
    }
    let parts = root.walk().filter(|part| part.parts.is_empty());
    Err(Error::Truncated {
        name: name(&last.fields, parts.count()),
    })
}

impl Split {
    /// The attachments, in the order of the message. Reads each of them once.
    ///
    /// # Errors
    /// [`Error::Part`] for a part whose contents are damaged.
    pub(super) fn uploads(&self, eml: &Eml) -> Result<Vec<Upload>, Error> {
        let numbered = (1..).zip(&self.taken);
        numbered
            .map(|(number, taken)| taken.upload(eml, number))
            .collect()
    }

    /// The message without the attachments.
    ///
    /// # Errors
    /// [`Error::Spool`]
    pub(super) fn draft(&self, eml: &Eml) -> Result<Vec<u8>, Error> {
        let mut draft = Vec::new();
        let mut at = 0;
        let end = eml.octets().len();
        for (range, text) in self.edits.iter().chain([&(end..end, Vec::new())]) {
            draft.extend_from_slice(&eml.octets().load(at..range.start)?);
            draft.extend_from_slice(text);
            at = range.end;
        }
        Ok(draft)
    }

    /// The length of [`Split::draft`] in bytes.
    pub(super) fn draft_length(&self, eml: &Eml) -> u64 {
        let taken: usize = self.edits.iter().map(|(range, _)| range.len()).sum();
        let put: usize = self.edits.iter().map(|(_, text)| text.len()).sum();
        (eml.octets().len() - taken + put) as u64
    }
}

/// The type of a signed or encrypted part, or its name, for an error.
fn sealed_kind(fields: &Fields) -> String {
    match &fields.name {
        Some(name) if fields.is_named_sealed() => format!("S/MIME part {name:?}"),
        _ => format!("{}/{}", fields.kind, fields.subtype),
    }
}
