//! What the sandbox records: accepted messages and exchanges, and the folder for them.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::attachment::Attachment;
use super::broken;
use super::eml::Eml;
use super::route::Origin;
use super::submission::{Submission, Transport};

/// A message that the sandbox accepted with 202.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Its number, used in file names and in URLs. The first number is 1, or follows the highest one in
    /// the folder.
    pub number: usize,
    /// When it was accepted.
    pub at: Timestamp,
    /// How it was submitted.
    pub transport: Transport,
    /// The address of the mailbox that sent it; for `/me`, the user's.
    pub mailbox: String,
    /// The address in From.
    pub from: String,
    /// The addresses in To.
    pub to: Vec<String>,
    /// The addresses in Cc.
    pub cc: Vec<String>,
    /// The addresses in Bcc.
    pub bcc: Vec<String>,
    /// Its subject, decoded.
    pub subject: String,
    /// Whether a copy is saved in Sent Items.
    pub saved: bool,
    /// The `message` resource that Graph would store, with Bcc and attachments. The contents of
    /// attachments that came through an upload session are not in it.
    pub resource: Value,
    /// Its attachments, with their contents.
    pub attachments: Vec<Attachment>,
    /// The message as it would arrive, without Bcc.
    pub eml: Eml,
    /// What a recipient could see broken, as sentences.
    pub broken: Vec<String>,
    /// The recipients that do not get it.
    pub bounced: Vec<Bounce>,
}

/// A recipient that does not get the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The address.
    pub recipient: String,
    /// The answer of the recipient's server.
    pub answer: String,
}

/// Bytes of a message that are read for [`Accepted::broken`]. Attachments come after them.
const READ: usize = 4 << 20;

impl Accepted {
    pub(super) fn new(number: usize, at: Timestamp, submission: Submission) -> Self {
        let addresses = |property| -> Vec<String> {
            let list = submission.resource.get(property).and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .filter_map(|recipient| recipient.pointer("/emailAddress/address"))
                .filter_map(|address| address.as_str().map(str::to_owned))
                .collect()
        };
        let text = |pointer| {
            submission
                .resource
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            number,
            at,
            transport: submission.transport,
            from: text("/from/emailAddress/address"),
            to: addresses("toRecipients"),
            cc: addresses("ccRecipients"),
            bcc: addresses("bccRecipients"),
            subject: text("/subject"),
            mailbox: submission.mailbox,
            saved: submission.saved,
            broken: match submission.transport {
                Transport::Json => Vec::new(),
                Transport::Mime | Transport::Draft => broken::faults(&submission.eml.start(READ)),
            },
            bounced: Vec::new(),
            resource: submission.resource,
            attachments: submission.attachments,
            eml: submission.eml,
        }
    }

    /// The message and how it was sent, as in `NNNN.json`.
    #[must_use]
    pub fn record(&self) -> Value {
        let bounced = self.bounced.iter();
        let bounced = bounced.map(|it| json!({"recipient": it.recipient, "answer": it.answer}));
        json!({
            "sendMail": {
                "number": self.number,
                "acceptedDateTime": self.at.to_string(),
                "transport": self.transport.name(),
                "mailbox": self.mailbox,
                "saveToSentItems": self.saved,
                "broken": self.broken,
                "bounced": bounced.collect::<Vec<_>>(),
            },
            "message": self.resource,
        })
    }
}

/// A request that the sandbox received.
#[derive(Clone, PartialEq)]
pub struct Exchange {
    /// `POST`
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, up to 5 MiB. The contents of an upload are not kept here.
    pub body: Bytes,
    /// The length of the whole body.
    pub length: u64,
    /// When its header arrived.
    pub at: Timestamp,
    /// The fault that it met, as it was configured.
    pub fault: Option<String>,
    /// The status of the answer; `None` if the connection was reset or not answered.
    pub status: Option<u16>,
    /// The body of the answer, if the request was refused or met a fault.
    pub answer: Bytes,
}

impl Exchange {
    pub(super) fn new(
        origin: Origin,
        request: &Request<Bytes>,
        length: u64,
        at: Timestamp,
    ) -> Self {
        let headers = request.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Self {
            method: request.method().to_string(),
            path: request.uri().path_and_query().map_or_else(
                || request.uri().path().to_owned(),
                |path| path.as_str().to_owned(),
            ),
            headers: headers.collect(),
            body: match origin {
                Origin::Service => request.body().clone(),
                Origin::Upload => Bytes::new(),
            },
            length,
            at,
            fault: None,
            status: None,
            answer: Bytes::new(),
        }
    }

    /// Whether the request was refused, or met a fault.
    pub(super) fn is_refused(&self) -> bool {
        self.fault.is_some() || self.status.is_some_and(|status| status >= 400)
    }

    /// The first header field of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Header fields and body are left out, because they contain tokens and secrets.
impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The folder of captured messages.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Creates the folder if it does not exist. Returns it with the highest number in it.
    pub(super) fn open(path: &Path) -> io::Result<(Self, usize)> {
        std::fs::create_dir_all(path)?;
        let mut highest = 0;
        for entry in std::fs::read_dir(path)? {
            let name = entry?.file_name();
            let stem = Path::new(&name).file_stem().and_then(|stem| stem.to_str());
            let number = stem.and_then(|stem| stem.parse().ok());
            highest = highest.max(number.unwrap_or_default());
        }
        Ok((Self(path.to_owned()), highest))
    }

    /// Writes the message. Each file appears complete, the JSON last, and no file is ever replaced: if
    /// another sandbox has used the number, the message gets the next free one.
    pub(super) fn write(&self, accepted: &mut Accepted) -> io::Result<()> {
        let mut eml = tempfile::NamedTempFile::new_in(&self.0)?;
        accepted.eml.write_to(&mut eml)?;
        while let Err(taken) = eml.persist_noclobber(self.path(accepted, "eml")) {
            if taken.error.kind() != io::ErrorKind::AlreadyExists {
                return Err(taken.error);
            }
            eml = taken.file;
            accepted.number += 1;
        }
        let mut json = tempfile::NamedTempFile::new_in(&self.0)?;
        json.write_all(format!("{:#}\n", accepted.record()).as_bytes())?;
        json.persist_noclobber(self.path(accepted, "json"))?;
        Ok(())
    }

    fn path(&self, accepted: &Accepted, extension: &str) -> PathBuf {
        self.0.join(format!("{:04}.{extension}", accepted.number))
    }
}
