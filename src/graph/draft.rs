//! Drafts: create, attach, send, delete, list (Graph: "message" and its methods).

use std::io::{self, Read};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::call::{Call, has_user_info};
use super::draft_id::DraftId;
use super::{Error, Graph, Receipt, Sender};
use crate::http::Safety;
use crate::submission::{self, Upload};

/// A draft in the mailbox (Graph: "message resource type").
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The draft's id.
    pub id: DraftId,
    /// Its Message-ID, with angle brackets.
    #[serde(rename = "internetMessageId")]
    pub message_id: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// The addresses in To.
    #[serde(default, rename = "toRecipients", deserialize_with = "addresses")]
    pub to: Vec<String>,
    /// When it was created, by the service's clock.
    #[serde(rename = "createdDateTime")]
    pub created: Option<Timestamp>,
    /// The page on which Outlook opens it.
    pub web_link: Option<String>,
}

/// The properties of a [`Draft`], for `$select`.
const PROPERTIES: &str = "id,internetMessageId,subject,toRecipients,createdDateTime,webLink";

/// The addresses of a list of recipients.
pub(super) fn addresses<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Recipient {
        email_address: EmailAddress,
    }
    #[derive(Deserialize)]
    struct EmailAddress {
        address: Option<String>,
    }
    let recipients = Vec::<Recipient>::deserialize(from)?;
    let addresses = recipients.into_iter().map(|to| to.email_address.address);
    Ok(addresses.flatten().collect())
}

/// Creates the draft, without the attachments that are uploaded separately.
///
/// If the outcome is unknown, the caller searches for the draft before it creates another.
pub(super) fn create(
    graph: &mut Graph<'_>,
    sender: &Sender,
    draft: &submission::Draft,
) -> Result<Draft, Error> {
    let url = sender.messages_url(graph.cloud);
    let call = Call::post(url, Safety::Verifiable)
        .body(draft.format.content_type(), draft.body.clone())
        .immutable();
    let done = graph.call(call)?;
    done.created("a draft")?;
    done.read("a draft")
}

/// An attachment's name, type and content id, as Graph writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties<'a> {
    name: &'a str,
    content_type: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_inline: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_id: Option<&'a str>,
}

impl<'a> Properties<'a> {
    pub(super) fn new(upload: &'a Upload) -> Self {
        Self {
            name: &upload.name,
            content_type: &upload.content_type,
            is_inline: upload.inline,
            content_id: upload.content_id.as_deref(),
        }
    }
}

/// Attaches a file in one request (Graph: "message: Add attachment").
///
/// If the outcome is unknown, the caller starts over with another draft.
pub(super) fn attach(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    upload: &Upload,
) -> Result<(), Error> {
    let body = file_attachment(upload).map_err(Error::Contents)?;
    let url = message_url(graph, sender, id, &["attachments"]);
    let call = Call::post(url, Safety::Verifiable).body("application/json", body);
    let done = graph.call(call.immutable().stoppable())?;
    done.created("an attachment")?;
    // Graph's answer contains the attachment and may be cut; an empty answer is not Graph's.
    let attachment_id = memchr::memmem::find(&done.response.body, br#""id""#);
    attachment_id
        .map(drop)
        .ok_or_else(|| done.missing("an attachment"))
}

/// How many bytes are encoded at a time: a multiple of 3, so that no padding is needed.
const CHUNK: u64 = 48 * 1024;

/// The resource (Graph: "fileAttachment"). The contents are encoded while they are read, so that
/// only one attachment is in memory, and only once.
fn file_attachment(upload: &Upload) -> io::Result<String> {
    #[derive(Serialize)]
    struct FileAttachment<'a> {
        #[serde(rename = "@odata.type")]
        kind: &'static str,
        #[serde(flatten)]
        properties: Properties<'a>,
    }
    let mut body = serde_json::to_string(&FileAttachment {
        kind: "#microsoft.graph.fileAttachment",
        properties: Properties::new(upload),
    })?;
    // The contents are added before the closing brace.
    body.pop();
    let encoded = usize::try_from(upload.size.div_ceil(3) * 4).map_err(io::Error::other)?;
    let (before, after) = (",\"contentBytes\":\"", "\"}");
    body.reserve_exact(before.len() + encoded + after.len());
    body.push_str(before);
    let mut contents = upload.open(0)?;
    let mut chunk = Vec::new();
    while contents.by_ref().take(CHUNK).read_to_end(&mut chunk)? > 0 {
        BASE64_STANDARD.encode_string(&chunk, &mut body);
        chunk.clear();
    }
    body.push_str(after);
    Ok(body)
}

/// Sends the draft, once (Graph: "message: send").
pub(super) fn dispatch(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
) -> Result<Receipt, Error> {
    let url = message_url(graph, sender, id, &["send"]);
    let done = graph.call(Call::post(url, Safety::Once).immutable())?;
    Ok(done.receipt())
}

/// Deletes the draft, and returns whether it existed. Graph moves it to Deleted Items.
///
/// # Errors
/// An [`Error`]. It is not an error if Graph says that the draft does not exist ([`Error::is_gone`]).
pub fn delete(graph: &mut Graph<'_>, sender: &Sender, id: &DraftId) -> Result<bool, Error> {
    let url = message_url(graph, sender, id, &[]);
    match graph.call(Call::delete(url).immutable()) {
        Ok(_) => Ok(true),
        Err(error) if error.is_gone() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes a message as [`delete`] does, but only if it is a draft: every message has such an id.
///
/// # Errors
/// An [`Error`]; [`Error::NotDraft`] for a message that was sent or received.
pub fn delete_checked(graph: &mut Graph<'_>, sender: &Sender, id: &DraftId) -> Result<bool, Error> {
    match is_draft(graph, sender, id) {
        Ok(true) => delete(graph, sender, id),
        Ok(false) => Err(Error::NotDraft(id.clone())),
        Err(error) if error.is_gone() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the message is still a draft. If it does not exist, the error [`Error::is_gone`].
pub(super) fn is_draft(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
) -> Result<bool, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct State {
        is_draft: bool,
    }
    let mut url = message_url(graph, sender, id, &[]);
    url.set_query(Some("$select=isDraft"));
    let done = graph.call(Call::get(url).immutable())?;
    let state: State = done.read("a message")?;
    Ok(state.is_draft)
}

/// How many pages of a list are read at most. At 50 messages each these are 50,000 drafts. The
/// limit also ends a circle of links.
const MAX_PAGES: usize = 1_000;

/// All messages in Drafts, in Graph's order: newest first.
///
/// # Errors
/// An [`Error`]; then nothing is returned.
pub fn list(graph: &mut Graph<'_>, sender: &Sender) -> Result<Vec<Draft>, Error> {
    #[derive(Deserialize)]
    struct Page {
        value: Vec<Draft>,
        #[serde(rename = "@odata.nextLink")]
        next: Option<String>,
    }
    let mut url = sender.url(graph.cloud, &["mailFolders", "drafts", "messages"]);
    let origin = url.origin();
    url.set_query(Some(&format!("$select={PROPERTIES}&$top=50")));
    let mut drafts = Vec::new();
    for _ in 0..MAX_PAGES {
        let done = graph.call(Call::get(url).immutable())?;
        let page: Page = done.read("a list of messages")?;
        drafts.extend(page.value);
        let Some(next) = page.next else {
            return Ok(drafts);
        };
        // The access token is sent to Graph only, whatever the link says.
        url = match Url::parse(&next) {
            Ok(next) if next.origin() == origin && !has_user_info(&next) => next,
            other => return Err(done.foreign_page(other.ok().as_ref())),
        };
    }
    Err(Error::TooManyPages(MAX_PAGES))
}

/// Checks that the mailbox exists and may be read. Reads at most one message's id.
///
/// # Errors
/// An [`Error`].
pub fn check_readable(graph: &mut Graph<'_>, sender: &Sender) -> Result<(), Error> {
    let mut url = sender.url(graph.cloud, &["mailFolders", "drafts", "messages"]);
    url.set_query(Some("$select=id&$top=1"));
    graph.call(Call::get(url)).map(drop)
}

/// The URL of a resource of that message.
pub(super) fn message_url(
    graph: &Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    segments: &[&str],
) -> Url {
    let message = ["messages", id.as_str()];
    sender.url(graph.cloud, &[&message, segments].concat())
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, file_attachment};
    use crate::submission::{Content, Upload, UploadRoute};

    #[test]
    fn an_attachment_is_written_in_one_allocation_and_encoded_once() {
        let contents: Vec<u8> = (0..=u8::MAX).cycle().take(2_000_000).collect();
        let upload = Upload {
            name: "a \"b\".bin".to_owned(),
            content_type: "a/b".to_owned(),
            size: contents.len() as u64,
            content_id: Some("c".to_owned()),
            inline: true,
            route: UploadRoute::Post,
            content: Content::Octets(contents.clone().into()),
        };
        let body = file_attachment(&upload).expect("a body");
        let room = u64::try_from(body.capacity() - body.len()).expect("a number");
        assert!(room < CHUNK, "{room} bytes too many");
        let found: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let wanted = serde_json::json!({
            "@odata.type": "#microsoft.graph.fileAttachment",
            "name": "a \"b\".bin",
            "contentType": "a/b",
            "isInline": true,
            "contentId": "c",
            "contentBytes": base64::Engine::encode(&base64::prelude::BASE64_STANDARD, contents),
        });
        assert!(found == wanted);
    }
}
