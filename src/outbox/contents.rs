//! A submission as files: `message`, the first request's body, and `attachment-1` and so on, decoded.
//!
//! Attachments are copied, not linked: what writes into the original later would reach through a
//! hard link. Where the file system can, a copy of a file shares its blocks and costs nothing.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{EntryId, Error};
use crate::files;
use crate::submission::{Content, Draft, Format, Submission, Upload, UploadRoute};

/// What the files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// What the first request is written in: `json` or `mime`.
    format: String,
    /// Whether it goes as a draft; none of that has attachments of its own.
    draft: bool,
    /// The Message-ID, with angle brackets, where it is known.
    pub message_id: Option<String>,
    /// The bytes of the first request's body; former versions did not note them.
    #[serde(default)]
    size: Option<u64>,
    /// The attachments that travel apart.
    attachments: Vec<Apart>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Apart {
    name: String,
    content_type: String,
    size: u64,
    content_id: Option<String>,
    inline: bool,
    session: bool,
}

impl Apart {
    /// Looks whether its file is there, whole.
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

impl Package {
    /// Describes `submission`.
    #[must_use]
    pub fn of(submission: &Submission) -> Self {
        let apart = |upload: &Upload| Apart {
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
            attachments: uploads(submission).iter().map(apart).collect(),
        }
    }

    /// The name that `--json` uses for how the message travels.
    #[must_use]
    pub fn transport(&self) -> &str {
        if self.draft { "draft" } else { &self.format }
    }

    /// What the first request is written in; nothing where no format has that name.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        [Format::Json, Format::Mime]
            .into_iter()
            .find(|format| format.name() == self.format)
    }

    /// The submission that the files of the entry `id` in `folder` hold, for those recipients.
    pub(super) fn load(
        &self,
        id: &EntryId,
        folder: &Path,
        recipients: &[String],
    ) -> Result<Submission, Error> {
        let format = self.format().ok_or_else(|| {
            id.unreadable(format!(
                "its message is of the format {:?}, which nobody knows",
                self.format
            ))
        })?;
        let body =
            files::read(&folder.join(MESSAGE)).map_err(Error::reading(id, folder, MESSAGE))?;
        if let Some(size) = self.size.filter(|size| *size != body.len() as u64) {
            return Err(id.unreadable(format!(
                "its file {MESSAGE} has {} bytes, not {size}",
                body.len()
            )));
        }
        let body = body.into();
        for (apart, number) in self.attachments.iter().zip(1..) {
            apart.check(id, folder, &attachment(number))?;
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
        let uploads = self.attachments.iter().zip(1..).map(|(apart, number)| {
            let content = Content::File {
                path: folder.join(attachment(number)),
                seen: None,
            };
            Upload {
                name: apart.name.clone(),
                content_type: apart.content_type.clone(),
                size: apart.size,
                content_id: apart.content_id.clone(),
                inline: apart.inline,
                route: if apart.session {
                    UploadRoute::Session
                } else {
                    UploadRoute::Post
                },
                content,
            }
        });
        Ok(Submission::Staged {
            draft: Draft { format, body },
            uploads: uploads.collect(),
            message_id,
            recipients,
        })
    }
}

/// The file of the first request's body.
const MESSAGE: &str = "message";

/// The first request's body of what lies in `folder`.
pub(super) fn body(folder: &Path) -> Result<Vec<u8>, Error> {
    let path = folder.join(MESSAGE);
    files::read(&path).map_err(Error::io("reading", path))
}

fn attachment(number: usize) -> String {
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
    files::create(&path)
        .and_then(|mut file| {
            file.write_all(submission.body())?;
            file.sync_all()
        })
        .map_err(Error::io("writing", &path))?;
    for (upload, number) in uploads(submission).iter().zip(1..) {
        copy(upload, &folder.join(attachment(number))).map_err(|source| Error::Attachment {
            name: upload.name.clone(),
            source,
        })?;
    }
    Ok(())
}

fn copy(upload: &Upload, to: &Path) -> io::Result<()> {
    let mut file = files::create(to)?;
    let copied = match &upload.content {
        // From file to file the system copies by itself.
        Content::File { path, .. } => io::copy(&mut File::open(path)?, &mut file)?,
        Content::Unnamed(_) | Content::Bytes(_) | Content::Encoded { .. } => {
            io::copy(&mut upload.open(0)?, &mut file)?
        }
    };
    if copied != upload.size {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it no longer has the size that it had",
        ));
    }
    upload.check()?;
    file.sync_all()
}
