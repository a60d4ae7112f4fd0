//! A submission as files: `message` is the body of the first request, `attachment-1` and so on are the decoded
//! attachments. A short message without attachments needs none: it is in the file of its entry.
//!
//! Attachments are copied, not hard-linked: a later write to the original must not change the entry. On
//! a file system with reflinks the copy shares the blocks of the original.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::inline_body::InlineBody;
use super::{EntryId, Error};
use crate::files::{self, Octets};
use crate::submission::{Content, Draft, Format, Submission, Upload, UploadRoute};

/// Describes the files of a message, in the file of its entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMessage {
    /// The format of the first request: `json` or `mime`.
    format: String,
    /// Whether the message is sent as a draft. Only a draft has `attachments`.
    draft: bool,
    /// The Message-ID, with angle brackets, if it is known.
    pub message_id: Option<String>,
    /// The size of the first request's body, in bytes. Former versions did not store it.
    #[serde(default)]
    size: Option<u64>,
    /// The attachments that are uploaded separately.
    attachments: Vec<StoredAttachment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredAttachment {
    name: String,
    content_type: String,
    size: u64,
    content_id: Option<String>,
    inline: bool,
    session: bool,
}

impl StoredAttachment {
    /// The upload of the attachment, whose bytes are in the file `path`.
    fn upload(&self, path: PathBuf) -> Upload {
        Upload {
            name: self.name.clone(),
            content_type: self.content_type.clone(),
            size: self.size,
            content_id: self.content_id.clone(),
            inline: self.inline,
            route: if self.session {
                UploadRoute::Session
            } else {
                UploadRoute::Post
            },
            content: Content::File { path, seen: None },
        }
    }

    /// Checks that its file exists and has the right size.
    fn check(&self, id: &EntryId, folder: &Path, file: &str) -> Result<(), Error> {
        let found =
            fs::symlink_metadata(folder.join(file)).map_err(Error::reading(id, folder, file))?;
        if found.len() == self.size {
            return Ok(());
        }
        Err(id.unreadable(format!(
            "its file {file} ({:?}) has {} bytes, not {}",
            self.name,
            found.len(),
            self.size
        )))
    }
}

impl StoredMessage {
    /// Describes the input of `sendmail`, which has `size` bytes.
    #[must_use]
    pub fn of_input(size: u64) -> Self {
        Self {
            format: INPUT.to_owned(),
            draft: false,
            message_id: None,
            size: Some(size),
            attachments: Vec::new(),
        }
    }

    /// Describes `submission`.
    #[must_use]
    pub fn new(submission: &Submission) -> Self {
        let attachment = |upload: &Upload| StoredAttachment {
            name: upload.name.clone(),
            content_type: upload.content_type.clone(),
            size: upload.size,
            content_id: upload.content_id.clone(),
            inline: upload.inline,
            session: upload.route == UploadRoute::Session,
        };
        Self {
            format: submission.format().name().to_owned(),
            draft: matches!(submission, Submission::Staged { .. }),
            message_id: submission.message_id().map(ToOwned::to_owned),
            size: Some(submission.body().len() as u64),
            attachments: uploads(submission).iter().map(attachment).collect(),
        }
    }

    /// The bytes of the message's files, as far as they are known.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let attached = self.attachments.iter().map(|attachment| attachment.size);
        self.size.unwrap_or_default() + attached.sum::<u64>()
    }

    /// How the message is sent, as `--json` names it: `json`, `mime` or `draft`; `input` if it is still the
    /// input of `sendmail`.
    #[must_use]
    pub fn transport(&self) -> &str {
        if self.draft { "draft" } else { &self.format }
    }

    /// The format of the first request; `None` if its name is unknown.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        [Format::Json, Format::Mime]
            .into_iter()
            .find(|format| format.name() == self.format)
    }

    /// Reads the submission of the entry `id` from the `folder` of its contents. `inline`: the body, if the entry's file
    /// has it.
    pub(super) fn load(
        &self,
        id: &EntryId,
        (folder, inline): (&Path, Option<&InlineBody>),
        recipients: &[String],
    ) -> Result<Submission, Error> {
        let format = self.format().ok_or_else(|| {
            id.unreadable(format!(
                "its message has the unknown format {:?}",
                self.format
            ))
        })?;
        let body = match inline {
            Some(inline) => inline.read(id)?,
            None => {
                files::read(&folder.join(MESSAGE)).map_err(Error::reading(id, folder, MESSAGE))?
            }
        };
        if let Some(size) = self.size.filter(|size| *size != body.len() as u64) {
            return Err(id.unreadable(format!("its message has {} bytes, not {size}", body.len())));
        }
        let body = body.into();
        for (attachment, number) in self.attachments.iter().zip(1..) {
            attachment.check(id, folder, &attachment_file(number))?;
        }
        let (message_id, recipients) = (self.message_id.clone(), recipients.to_vec());
        if !self.draft {
            return Ok(Submission::Direct {
                format,
                body,
                message_id,
                recipients,
            });
        }
        let uploads = self.attachments.iter().zip(1..);
        let uploads = uploads
            .map(|(attachment, number)| attachment.upload(folder.join(attachment_file(number))));
        Ok(Submission::Staged {
            draft: Draft { format, body },
            uploads: uploads.collect(),
            message_id,
            recipients,
        })
    }
}

/// The longest body of a first request that is kept in the file of the entry, in bytes. It takes neither a file nor a sync
/// of its own; but who lists the outbox reads it, too.
const INLINE: usize = 16 << 10;

/// The body of the first request, if the file of the entry keeps it.
pub(super) fn inline(submission: &Submission) -> Option<InlineBody> {
    match submission {
        Submission::Direct { body, .. } if body.len() <= INLINE => InlineBody::new(body),
        Submission::Direct { .. } | Submission::Staged { .. } => None,
    }
}

/// The file of the first request's body.
const MESSAGE: &str = "message";

/// The file of what `sendmail` read, and the name of its format.
const INPUT: &str = "input";

/// Opens the input of `sendmail` in the `folder` of an entry's contents.
pub(super) fn open_input(id: &EntryId, folder: &Path) -> Result<File, Error> {
    files::open(&folder.join(INPUT)).map_err(Error::reading(id, folder, INPUT))
}

/// Writes the input of `sendmail` into `folder`, durably.
pub(super) fn save_input(folder: &Path, input: &Octets) -> Result<(), Error> {
    let path = folder.join(INPUT);
    let written = files::create(&path, |file| {
        for chunk in input.chunks() {
            file.write_all(&chunk?)?;
        }
        Ok(())
    });
    written.map_err(Error::io("writing", path))
}

/// Writes the files of `submission` next to the input of `sendmail`. Those of a process that was killed while
/// it did the same are replaced.
pub(super) fn save_beside_input(folder: &Path, submission: &Submission) -> Result<(), Error> {
    let attachments = (1..=uploads(submission).len()).map(attachment_file);
    for name in attachments.chain([MESSAGE.to_owned()]) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("removing", path)(error));
            }
            _ => {}
        }
    }
    save(folder, submission)
}

/// Removes the input of `sendmail`. If this fails, it is removed with the entry.
pub(super) fn remove_input(folder: &Path) {
    drop(fs::remove_file(folder.join(INPUT)));
}

/// Reads the body of the first request of the entry `id` from its `file` or from the `folder` of its contents.
pub(super) fn body(id: &EntryId, (file, folder): (&Path, &Path)) -> Result<Vec<u8>, Error> {
    if let Some(inline) = InlineBody::load(file) {
        return inline.read(id);
    }
    let path = folder.join(MESSAGE);
    files::read(&path).map_err(Error::io("reading", path))
}

fn attachment_file(number: usize) -> String {
    format!("attachment-{number}")
}

fn uploads(submission: &Submission) -> &[Upload] {
    match submission {
        Submission::Direct { .. } => &[],
        Submission::Staged { uploads, .. } => uploads,
    }
}

/// Writes the files of `submission` into `folder`, durably.
pub(super) fn save(folder: &Path, submission: &Submission) -> Result<(), Error> {
    let path = folder.join(MESSAGE);
    files::create(&path, |file| file.write_all(submission.body()))
        .map_err(Error::io("writing", &path))?;
    for (upload, number) in uploads(submission).iter().zip(1..) {
        copy(upload, &folder.join(attachment_file(number))).map_err(|source| {
            Error::Attachment {
                name: upload.name.clone(),
                source,
            }
        })?;
    }
    Ok(())
}

fn copy(upload: &Upload, to: &Path) -> io::Result<()> {
    files::create(to, |file| {
        let copied = match &upload.content {
            // Between two files `io::copy` lets the kernel copy, with reflinks if possible.
            Content::File { path, .. } => io::copy(&mut File::open(path)?, file)?,
            Content::Octets(_) | Content::Encoded { .. } => io::copy(&mut upload.open(0)?, file)?,
        };
        if copied != upload.size {
            let why = "its size has changed";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        upload.check()
    })
}
