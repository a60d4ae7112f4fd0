//! Upload sessions: an attachment in ranges, to an address that is itself the right to write there
//! (Graph: "attachment: createUploadSession", "Attach large files to Outlook messages").
//!
//! Opening a session is [`Safety::Repeatable`]: only the session whose address came back is written
//! to, and one that is never written to its end attaches nothing.

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
use crate::http::{Fate, Method, NoRenewal, Request, Safety, Target, exchange};
use crate::submission::{Contents, Upload, UploadRoute};

/// How often a range may bring its session no further before the session is given up.
const MAX_STUMBLES: u32 = 5;

/// An open session.
pub(super) struct Session<'a> {
    upload: &'a Upload,
    target: Target,
}

/// Why a session did not attach its contents.
pub(super) enum Broken {
    /// The session is gone, and nothing was attached.
    Lost(Error),
    /// It failed, and nothing was attached.
    Failed(Error),
    /// The last range is in doubt.
    Doubtful(Error),
}

impl<'a> Session<'a> {
    /// Opens a session for `upload` at the draft.
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
            properties: Properties::of(upload),
        };
        let body =
            serde_json::to_vec(&Body { item }).map_err(|error| Error::Contents(error.into()))?;
        let url = draft::message_url(graph, sender, id, &["attachments", "createUploadSession"]);
        let call = Call::post(url, Safety::Repeatable).body("application/json", body);
        let done = graph
            .call(call.immutable().stoppable())
            .map_err(|error| without_sessions(error, graph.cloud.name()))?;
        let url = field(&done, "uploadUrl").and_then(|url| Url::parse(url.as_str()?).ok());
        let url = url.ok_or_else(|| done.without("an upload session"))?;
        if !may_lead_to(&graph.cloud.graph_url(&[]), &url) {
            return Err(done.insecure("an upload address", &url));
        }
        Ok(Self {
            upload,
            target: Target::confidential(url),
        })
    }

    /// Sends the contents range by range, until the session has them all.
    pub(super) fn fill(
        &self,
        graph: &Graph<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), Broken> {
        let mut ranges = Ranges::of(self.upload);
        let (mut offset, mut stumbles) = (0, 0);
        while offset < self.upload.size {
            if progress.interrupted() || graph.link.stops() {
                return Err(Broken::Failed(Error::Interrupted));
            }
            let range = ranges.read(offset).map_err(Broken::Failed)?;
            let end = offset + range.len() as u64;
            let (reached, trouble) = match self.put(graph, offset, range) {
                Ok(reached) => (reached, None),
                Err(_) if graph.link.stops() => return Err(Broken::Failed(Error::Interrupted)),
                Err(error) => self.settle(graph, error, end == self.upload.size)?,
            };
            if let Some(error) = trouble.filter(|_| reached <= offset) {
                stumbles += 1;
                let pause = Backoff::REQUEST.wait(stumbles, graph.link.seams);
                if stumbles == MAX_STUMBLES || !graph.link.wait(pause, &error.to_string()) {
                    return Err(Broken::Failed(error.settled(Fate::Later(None))));
                }
            } else {
                stumbles = 0;
            }
            offset = reached;
            progress.advance(offset);
        }
        Ok(())
    }

    /// Sends the range from `offset` on; what the session expects next.
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
        let done = self.ask(graph, Method::Put, Safety::Verifiable, headers, range)?;
        if done.response.status == 201 && end == size {
            // Graph: "attachment: createUploadSession": the last answer tells where the attachment is.
            let place = done.response.header("location");
            return place
                .map(|_| size)
                .ok_or_else(|| done.without("the attachment's Location"));
        }
        expected(&done, size)
            .filter(|reached| (offset + 1..=end).contains(reached))
            .ok_or_else(|| done.without("the next range"))
    }

    /// What the session expects next after that error, which comes back where it was doubt.
    fn settle(
        &self,
        graph: &Graph<'_>,
        error: Error,
        last: bool,
    ) -> Result<(u64, Option<Error>), Broken> {
        if !error.is_doubtful() && status(&error) != Some(416) {
            return Err(Broken::of(error));
        }
        let asked = self
            .ask(graph, Method::Get, Safety::Repeatable, vec![], Bytes::new())
            .and_then(|done| {
                expected(&done, self.upload.size).ok_or_else(|| done.without("the next range"))
            });
        match asked {
            Ok(reached) => Ok((reached, Some(error))),
            // A session that has all it wants is gone, too.
            Err(_) if last => Err(Broken::Doubtful(error)),
            Err(error) => Err(Broken::of(error)),
        }
    }

    /// Asks the session, never with a token.
    fn ask(
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
        };
        Done::of(exchange(&graph.link, request, safety, &mut NoRenewal))
    }
}

impl Broken {
    fn of(error: Error) -> Self {
        match status(&error) {
            // The right to write there is in the address: one that is refused is at its end.
            Some(401 | 403 | 404 | 410) => Self::Lost(error),
            None if matches!(error, Error::Incomplete { .. }) => Self::Lost(error),
            _ => Self::Failed(error),
        }
    }
}

/// An attachment's contents, read as they go out.
struct Ranges<'a> {
    upload: &'a Upload,
    /// Where the reader stands, and the reader.
    open: Option<(u64, Contents)>,
}

impl<'a> Ranges<'a> {
    const fn of(upload: &'a Upload) -> Self {
        Self { upload, open: None }
    }

    /// The range from `offset` on.
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

/// The first byte that a session expects next; its size where it expects none. Outlook writes a
/// bare offset, other services of Graph a range, and neither keeps to one spelling of the name.
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

/// The field of that name, however its letters are written.
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

/// In the clouds of the US Government Graph's metadata has no upload sessions: a refusal that names
/// no reason of the message's own is put down to that.
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
