//! Attached files. Their contents are read when the request is made, not before.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mime_guess::{Mime, MimeGuess, mime};

use crate::exit::Class;
use crate::files::Octets;
use crate::snapshot::Snapshot;

/// The longest `type/subtype`: 127 characters each (RFC 6838 section 4.2).
const LONGEST_TYPE: usize = 255;

/// A file to attach, as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentSpec {
    /// The path of the file. `-` is standard input.
    pub path: PathBuf,
    /// The name that recipients see. `None`: the file's name.
    pub name: Option<String>,
    /// The media type. `None`: guessed from the name.
    pub content_type: Option<Mime>,
}

impl AttachmentSpec {
    /// Parses `PATH`, followed by `;name=NAME` and `;type=TYPE` in any order, each at most once.
    ///
    /// Only these two at the end are options: a path may contain semicolons, and a type may have
    /// parameters (`x;type=text/calendar; method=REQUEST`). Only the path may have bytes that are not UTF-8.
    ///
    /// # Errors
    /// [`AttachmentError`] for an empty path or name, a malformed type, or standard input without a name.
    pub fn parse(text: &OsStr) -> Result<Self, AttachmentError> {
        let mut spec = Self {
            path: PathBuf::from(text),
            name: None,
            content_type: None,
        };
        let end = utf8_end(text);
        let mut rest = end;
        while let Some((before, option, value)) = last_option(rest) {
            match option {
                Key::Name if spec.name.is_none() => spec.name = Some(checked_name(value)?),
                Key::Type if spec.content_type.is_none() => {
                    spec.content_type = Some(content_type(value)?);
                }
                _ => break,
            }
            rest = before;
        }
        spec.path = without_end(text, end.len() - rest.len());
        if spec.path.as_os_str().is_empty() {
            return Err(AttachmentError::NoPath(text.to_string_lossy().into_owned()));
        }
        if spec.is_stdin() && spec.name.is_none() {
            return Err(AttachmentError::StdinWithoutName);
        }
        Ok(spec)
    }

    /// Whether the contents come from standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.path == Path::new("-")
    }

    /// The attachment with the contents of its file.
    ///
    /// # Errors
    /// As [`Attachment::from_file`].
    pub fn from_file(self) -> Result<Attachment, AttachmentError> {
        Attachment::from_file(&self.path, self.name, self.content_type)
    }

    /// The attachment with contents that can be read once (standard input), read by [`Octets::read`].
    ///
    /// # Errors
    /// [`AttachmentError`] if the contents cannot be read or spooled, and as [`Attachment::from_octets`].
    pub fn from_reader(
        self,
        contents: &mut dyn Read,
        folders: &[PathBuf],
    ) -> Result<Attachment, AttachmentError> {
        let name = match self.name {
            Some(name) => name,
            None => file_name(&self.path)?,
        };
        let octets = Octets::read(contents, Octets::IN_MEMORY, folders).map_err(|source| {
            AttachmentError::Unreadable {
                path: PathBuf::from("standard input"),
                source,
            }
        })?;
        Attachment::from_octets(&name, self.content_type, octets)
    }
}

/// The text after the last bytes that are not UTF-8.
#[cfg(unix)]
fn utf8_end(text: &OsStr) -> &str {
    let last = text.as_encoded_bytes().utf8_chunks().last();
    let whole = last.filter(|chunk| chunk.invalid().is_empty());
    whole.map_or("", |chunk| chunk.valid())
}

/// The path without its last `length` bytes, which are UTF-8.
#[cfg(unix)]
fn without_end(text: &OsStr, length: usize) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = text.as_bytes();
    let end = bytes.len() - length;
    PathBuf::from(OsStr::from_bytes(bytes.get(..end).unwrap_or(bytes)))
}

#[cfg(not(unix))]
fn utf8_end(text: &OsStr) -> &str {
    text.to_str().unwrap_or_default()
}

#[cfg(not(unix))]
fn without_end(text: &OsStr, length: usize) -> PathBuf {
    let shorter = text
        .to_str()
        .and_then(|text| text.get(..text.len() - length));
    shorter.map_or_else(|| PathBuf::from(text), PathBuf::from)
}

enum Key {
    Name,
    Type,
}

/// The last `;name=` or `;type=`: the text before it, its key and its value.
fn last_option(text: &str) -> Option<(&str, Key, &str)> {
    let name = text.rfind(";name=").map(|at| (at, Key::Name));
    let media = text.rfind(";type=").map(|at| (at, Key::Type));
    let (at, key) = [name, media]
        .into_iter()
        .flatten()
        .max_by_key(|(at, _)| *at)?;
    Some((text.get(..at)?, key, text.get(at + ";name=".len()..)?))
}

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    name: String,
    content_type: Mime,
    source: Source,
    size: u64,
    /// The file's metadata when it was checked. `None` if the contents are not in a named file.
    snapshot: Option<Snapshot>,
}

/// Where an attachment's contents are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file that was regular and readable when it was checked.
    File(PathBuf),
    /// In memory or in an unlinked temporary file.
    Octets(Octets),
}

impl Attachment {
    /// Checks a file without reading it: it must be a regular file that can be opened.
    ///
    /// # Errors
    /// [`AttachmentError`] with the path, or for a name with control characters.
    pub fn from_file(
        path: &Path,
        name: Option<String>,
        content_type: Option<Mime>,
    ) -> Result<Self, AttachmentError> {
        let unreadable = |source| AttachmentError::Unreadable {
            path: path.to_owned(),
            source,
        };
        // The type is checked before the file is opened, since opening a pipe would block.
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(AttachmentError::Folder(path.to_owned()));
        }
        if !metadata.is_file() {
            return Err(AttachmentError::NotRegular(path.to_owned()));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let snapshot = Snapshot::from_metadata(&file.metadata().map_err(unreadable)?);
        if snapshot.size() == 0 && file.read(&mut [0]).map_err(unreadable)? > 0 {
            return Err(AttachmentError::Sizeless(path.to_owned()));
        }
        let name = match name {
            Some(name) => name,
            None => file_name(path)?,
        };
        let source = Source::File(path.to_owned());
        let attachment = Self::new(&name, content_type, source, snapshot.size())?;
        Ok(Self {
            snapshot: Some(snapshot),
            ..attachment
        })
    }

    /// An attachment that is not a file of its own.
    ///
    /// # Errors
    /// [`AttachmentError`] for an empty name, a name with control characters or a type that is not
    /// allowed.
    pub fn from_octets(
        name: &str,
        content_type: Option<Mime>,
        octets: impl Into<Octets>,
    ) -> Result<Self, AttachmentError> {
        let octets = octets.into();
        let size = octets.len() as u64;
        Self::new(name, content_type, Source::Octets(octets), size)
    }

    fn new(
        name: &str,
        content_type: Option<Mime>,
        source: Source,
        size: u64,
    ) -> Result<Self, AttachmentError> {
        let name = checked_name(name)?;
        let content_type = match content_type {
            Some(given) => attachable(given)?,
            None => guessed(&name),
        };
        Ok(Self {
            name,
            content_type,
            source,
            size,
            snapshot: None,
        })
    }

    /// The name that recipients see: not empty, without control characters.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type, ASCII, never `multipart/*`.
    #[must_use]
    pub const fn content_type(&self) -> &Mime {
        &self.content_type
    }

    /// Where the contents are.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The size of the contents in bytes when they were checked.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The file's metadata when it was checked. `None` if the contents are not in a named file.
    #[must_use]
    pub const fn snapshot(&self) -> Option<Snapshot> {
        self.snapshot
    }
}

fn file_name(path: &Path) -> Result<String, AttachmentError> {
    let name = path
        .file_name()
        .ok_or_else(|| AttachmentError::NotRegular(path.to_owned()))?;
    name.to_str()
        .map(ToOwned::to_owned)
        .ok_or_else(|| AttachmentError::Name(name.to_string_lossy().into_owned()))
}

fn checked_name(name: &str) -> Result<String, AttachmentError> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        Err(AttachmentError::Name(name.to_owned()))
    } else {
        Ok(name.to_owned())
    }
}

fn content_type(text: &str) -> Result<Mime, AttachmentError> {
    let refuse = || AttachmentError::Type(text.to_owned());
    let printable = |byte: u8| matches!(byte, b' '..=b'~');
    if !text.bytes().all(printable) {
        return Err(refuse());
    }
    attachable(text.trim().parse().map_err(|_| refuse())?)
}

/// Refuses `multipart/*`, since a file cannot be a multipart.
fn attachable(content_type: Mime) -> Result<Mime, AttachmentError> {
    let file = content_type.type_() != mime::MULTIPART && content_type.type_() != mime::STAR;
    if !file || content_type.essence_str().len() > LONGEST_TYPE {
        Err(AttachmentError::Type(content_type.to_string()))
    } else {
        Ok(content_type)
    }
}

fn guessed(name: &str) -> Mime {
    MimeGuess::from_path(name)
        .iter()
        .find(|guess| guess.type_() != mime::MULTIPART)
        .unwrap_or(mime::APPLICATION_OCTET_STREAM)
}

/// Why a file cannot be attached.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder.
    #[error("{} is a folder", .0.display())]
    Folder(PathBuf),
    /// A pipe or a device.
    #[error("{} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// A file whose contents the system generates, such as those in `/proc`.
    #[error("{} has contents but its size is 0, like files in /proc", .0.display())]
    Sizeless(PathBuf),
    /// Options without a path.
    #[error("{0:?} has no file name")]
    NoPath(String),
    /// Standard input without `;name=`.
    #[error("standard input as an attachment needs a name: -;name=NAME")]
    StdinWithoutName,
    /// An empty name, or one with control characters.
    #[error("{0:?} is not a name for an attachment")]
    Name(String),
    /// Not `type/subtype`, or a multipart.
    #[error("{0:?} is not a media type for an attachment")]
    Type(String),
    /// Not `CID=PATH`.
    #[error("{0:?} is not of the form CID=PATH with a CID of letters, digits, dots and dashes")]
    ContentId(String),
}

impl AttachmentError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Unreadable { .. } | Self::Folder(_) | Self::NotRegular(_) | Self::Sizeless(_) => {
                Class::Input
            }
            Self::NoPath(_)
            | Self::StdinWithoutName
            | Self::Name(_)
            | Self::Type(_)
            | Self::ContentId(_) => Class::Usage,
        }
    }
}
