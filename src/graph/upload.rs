//! Upload sessions: an attachment is uploaded in ranges. The upload URL itself is the authorization
//! (Graph: "attachment: createUploadSession", "Attach large files to Outlook messages").
//!
//! Opening a session is [`Safety::Repeatable`]: graphmail writes only to the session whose URL it
//! received, and a session that is not completed attaches nothing.

use std::io::Read;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::call::{Call, Done};
use super::draft::{self, Properties};
use super::draft_id::DraftId;
use super::{Error, Graph, Progress, Sender};
use crate::cloud::may_lead_to;
use crate::http::retry::Backoff;
use crate::http::{Method, NoRenewal, Request, RequestOutcome, Safety, Target, exchange};
use crate::submission::{Contents, Upload, UploadRoute};

/// After how many ranges without progress a session is given up.
const MAX_STALLED_RANGES: u32 = 5;

/// An open session.
pub(super) struct Session<'a> {
    upload: &'a Upload,
    target: Target,
}

/// Why the contents were not attached.
pub(super) enum SessionError {
    /// The session ended, and nothing was attached.
    Lost(Error),
    /// The upload failed, and nothing was attached.
    Failed(Error),
    /// The outcome of the last range is unknown.
    Doubtful(Error),
}

impl<'a> Session<'a> {
    /// Opens an upload session for an attachment of the draft.
    pub(super) fn open(
        graph: &mut Graph<'_>,
        sender: &Sender,
        id: &DraftId,
        upload: &'a Upload,
    ) -> Result<Self, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "AttachmentItem")]
            item: AttachmentItem<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct AttachmentItem<'a> {
            attachment_type: &'static str,
            size: u64,
            #[serde(flatten)]
            properties: Properties<'a>,
        }
        let item = AttachmentItem {
            attachment_type: "file",
            size: upload.size,
            properties: Properties::new(upload),
        };
        let body =
            serde_json::to_vec(&Body { item }).map_err(|error| Error::Contents(error.into()))?;
        let url = draft::message_url(graph, sender, id, &["attachments", "createUploadSession"]);
        let call = Call::post(url, Safety::Repeatable).body("application/json", body);
        let done = graph
            .call(call.immutable().stoppable())
            .map_err(|error| without_sessions(error, graph.cloud.name()))?;
        let url = field(&done, "uploadUrl").and_then(|url| Url::parse(url.as_str()?).ok());
        let url = url.ok_or_else(|| done.missing("an upload session"))?;
        if !may_lead_to(&graph.cloud.graph_url(&[]), &url) {
            return Err(done.insecure("an upload address", &url));
        }
        Ok(Self {
            upload,
            target: Target::confidential(url),
        })
    }

    /// Uploads the contents range by range.
    pub(super) fn fill(
        &self,
        graph: &Graph<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), SessionError> {
        let mut ranges = Ranges::new(self.upload);
        let (mut offset, mut stalled) = (0, 0);
        while offset < self.upload.size {
            if progress.interrupted() || graph.link.stops() {
                return Err(SessionError::Failed(Error::Interrupted));
            }
            let range = ranges.read(offset).map_err(SessionError::Failed)?;
            let end = offset + range.len() as u64;
            let (reached, trouble) = match self.put(graph, offset, range) {
                Ok(reached) => (reached, None),
                Err(_) if graph.link.stops() => {
                    return Err(SessionError::Failed(Error::Interrupted));
                }
                Err(error) => self.settle(graph, error, end == self.upload.size)?,
            };
            if let Some(error) = trouble.filter(|_| reached <= offset) {
                stalled += 1;
                let pause = Backoff::REQUEST.wait(stalled, graph.link.seams);
                if stalled == MAX_STALLED_RANGES || !graph.link.wait(pause, &error.to_string()) {
                    return Err(SessionError::Failed(
                        error.settled(RequestOutcome::Later(None)),
                    ));
                }
            } else {
                stalled = 0;
            }
            offset = reached;
            progress.advance(offset);
        }
        Ok(())
    }

    /// Uploads one range, and returns the offset that the session expects next.
    fn put(&self, graph: &Graph<'_>, offset: u64, range: Bytes) -> Result<u64, Error> {
        let size = self.upload.size;
        let end = offset + range.len() as u64;
        let headers = vec![
            ("content-type", "application/octet-stream".to_owned()),
            (
                "content-range",
                format!("bytes {offset}-{}/{size}", end.saturating_sub(1)),
            ),
        ];
        let done = self.request(graph, Method::Put, Safety::Verifiable, headers, range)?;
        if done.response.status == 201 && end == size {
            // Graph: "attachment: createUploadSession": the last answer has the attachment's URL.
            let place = done.response.header("location");
            return place
                .map(|_| size)
                .ok_or_else(|| done.missing("the attachment's Location"));
        }
        expected(&done, size)
            .filter(|reached| (offset + 1..=end).contains(reached))
            .ok_or_else(|| done.missing("the next range"))
    }

    /// After an error, asks the session which offset it expects next. Returns the error if the outcome
    /// stays unknown.
    fn settle(
        &self,
        graph: &Graph<'_>,
        error: Error,
        last: bool,
    ) -> Result<(u64, Option<Error>), SessionError> {
        if !error.is_doubtful() && status(&error) != Some(416) {
            return Err(SessionError::from_error(error));
        }
        let asked = self
            .request(graph, Method::Get, Safety::Repeatable, vec![], Bytes::new())
            .and_then(|done| {
                expected(&done, self.upload.size).ok_or_else(|| done.missing("the next range"))
            });
        match asked {
            Ok(reached) => Ok((reached, Some(error))),
            // A session also ends when it is complete.
            Err(_) if last => Err(SessionError::Doubtful(error)),
            Err(error) => Err(SessionError::from_error(error)),
        }
    }

    /// Asks the session for its state. No access token is sent.
    fn request(
        &self,
        graph: &Graph<'_>,
        method: Method,
        safety: Safety,
        headers: Vec<(&'static str, String)>,
        body: Bytes,
    ) -> Result<Done, Error> {
        let request = Request {
            method,
            url: self.target.clone(),
            headers,
            bearer: None,
            body,
            timeout: graph.link.timeout,
            stoppable: true,
            begun: None,
        };
        Done::new(exchange(&graph.link, request, safety, &mut NoRenewal))
    }
}

impl SessionError {
    fn from_error(error: Error) -> Self {
        match status(&error) {
            // The upload URL is the authorization: if it is refused, the session has ended.
            Some(401 | 403 | 404 | 410) => Self::Lost(error),
            None if matches!(error, Error::Incomplete { .. }) => Self::Lost(error),
            _ => Self::Failed(error),
        }
    }
}

/// Reads an attachment's contents in ranges.
struct Ranges<'a> {
    upload: &'a Upload,
    /// The reader and its offset.
    open: Option<(u64, Contents)>,
}

impl<'a> Ranges<'a> {
    const fn new(upload: &'a Upload) -> Self {
        Self { upload, open: None }
    }

    /// The range that begins at `offset`.
    fn read(&mut self, offset: u64) -> Result<Bytes, Error> {
        let mut contents = match self.open.take() {
            Some((at, contents)) if at == offset => contents,
            _ => self.upload.open(offset).map_err(Error::Contents)?,
        };
        let length = (self.upload.size - offset).min(UploadRoute::RANGE);
        let mut range = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        let read = contents.by_ref().take(length).read_to_end(&mut range);
        read.map_err(Error::Contents)?;
        self.open = Some((offset + length, contents));
        Ok(range.into())
    }
}

/// The offset that a session expects next; the size if the session is complete. Outlook writes a
/// bare offset, other Graph services write a range, and the case of the name varies.
fn expected(done: &Done, size: u64) -> Option<u64> {
    match field(done, "nextExpectedRanges")?.as_array()?.first() {
        None => Some(size),
        Some(range) => {
            let range = range.as_str()?;
            let (first, _) = range.split_once('-').unwrap_or((range, ""));
            first.parse().ok().filter(|first| *first < size)
        }
    }
}

/// The field of that name, in any case.
fn field(done: &Done, name: &str) -> Option<Value> {
    let Value::Object(fields) = done.read("a session").ok()? else {
        return None;
    };
    let mut fields = fields.into_iter();
    let (_, value) = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value)
}

fn status(error: &Error) -> Option<u16> {
    error.answer().map(|answer| answer.status)
}

/// Graph's metadata for the US Government clouds lists no upload sessions. If such a cloud refuses a
/// session and the code does not blame the message, the error says so.
fn without_sessions(error: Error, cloud: &str) -> Error {
    match error {
        Error::Answered(answer)
            if matches!(cloud, "usgov" | "dod")
                && (matches!(answer.status, 405 | 501)
                    || matches!(answer.status, 400 | 404)
                        && matches!(
                            answer.code.as_deref(),
                            None | Some(
                                "BadRequest"
                                    | "ResourceNotFound"
                                    | "ErrorInvalidRequest"
                                    | "RequestBodyRead"
                            )
                        )) =>
        {
            Error::NoSessions {
                cloud: cloud.to_owned(),
                answer,
            }
        }
        other => other,
    }
}
