//! Attachments of a draft: listed, added in one request, or uploaded through a session.

use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response};
use serde_json::{Value, json};

use super::property::{set, text};
use super::schema::{CREATE_UPLOAD_SESSION, FILE_ATTACHMENT};
use super::{Tenant, content_type, item_not_found, json as body, rules};
use crate::sandbox::attachment::Attachment;
use crate::sandbox::contents::Spool;
use crate::sandbox::grants::{later, random};
use crate::sandbox::reply::{self, Refusal};
use crate::sandbox::store::Session;

/// The smallest attachment of an upload session, in bytes (measured: pull request 52 of msgraph-sdk-java-core).
const MIN_UPLOAD: u64 = 2_097_152;
/// The largest one (Graph: "attachment: createUploadSession").
const MAX_UPLOAD: u64 = 150 * 1024 * 1024;

impl Tenant<'_> {
    /// `GET …/messages/{id}/attachments`, without contents.
    pub(super) fn list_attachments(
        &mut self,
        mailbox: &str,
        id: &str,
    ) -> Result<Response<Bytes>, Refusal> {
        let item = self.store.item(mailbox, id, self.seams.now());
        let item = item.ok_or_else(item_not_found)?;
        let list: Vec<Value> = item
            .attachments
            .iter()
            .map(Attachment::description)
            .collect();
        let context = format!("{}/v1.0/$metadata#attachments", self.origin);
        Ok(reply::graph(
            200,
            &json!({"@odata.context": context, "value": list}),
        ))
    }

    /// `POST …/messages/{id}/attachments`. The size limit needs no check: a request of 4 MiB contains less
    /// than 3 MiB in base64, which is the route's limit.
    pub(super) fn attach(
        &mut self,
        mailbox: &str,
        id: &str,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        content_type(request, &["application/json"])?;
        let mut given = Value::Object(body::object(request.body())?);
        FILE_ATTACHMENT.read(&mut given)?;
        rules::content_id(&given)?;
        let attachment = Attachment::from_resource(&given);
        let (seams, origin) = (self.seams, self.origin);
        let size = self.draft(mailbox, id)?.size();
        self.fits(size + attachment.contents.size())?;
        let item = self.draft(mailbox, id)?;
        let draft = item.id.clone();
        let given = item.attach(attachment, seams);
        let context = format!("{origin}/v1.0/$metadata#attachments/$entity");
        let mut body = json!({"@odata.context": context});
        let attached = item.attachments.last().map(Attachment::resource);
        for (name, value) in attached.iter().filter_map(Value::as_object).flatten() {
            set(&mut body, name, value.clone());
        }
        let mut response = reply::graph(201, &body);
        let location =
            format!("{origin}/v1.0/users('{mailbox}')/messages('{draft}')/attachments('{given}')");
        reply::set(&mut response, LOCATION, &location);
        Ok(response)
    }

    /// `POST …/messages/{id}/attachments/createUploadSession`.
    pub(super) fn create_session(
        &mut self,
        mailbox: &str,
        id: &str,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        content_type(request, &["application/json"])?;
        let mut given = Value::Object(body::object(request.body())?);
        CREATE_UPLOAD_SESSION.read(&mut given)?;
        let attachment = given.get_mut("AttachmentItem").map(Value::take);
        let attachment = attachment.unwrap_or_default();
        let size = announced(&attachment)?;
        let item = self.draft(mailbox, id)?;
        let (draft, held) = (item.immutable_id.clone(), item.size());
        self.fits(held + size)?;
        let lost = |_| Refusal::new(500, "ErrorInternalServerError", "There is no room.");
        let session = Session {
            id: random(self.seams),
            secret: random(self.seams),
            draft,
            attachment,
            size,
            expires: later(self.seams.now(), self.options.upload_session_lifetime),
            spool: Spool::new().map_err(lost)?,
            answered: 0,
        };
        let context = format!(
            "{}/v1.0/$metadata#microsoft.graph.uploadSession",
            self.origin
        );
        let response = reply::graph(
            201,
            &json!({
                "@odata.context": context,
                "uploadUrl": format!("{}/upload/{}?authtoken={}", self.upload_origin, session.id, session.secret),
                "expirationDateTime": session.expires.to_string(),
                "nextExpectedRanges": ["0-"],
            }),
        );
        self.store.sessions.push(session);
        Ok(response)
    }
}

/// The size of an `attachmentItem`, if an upload session accepts it.
fn announced(attachment: &Value) -> Result<u64, Refusal> {
    if text(attachment, "attachmentType") != "file" {
        return Err(Refusal::new(
            400,
            "ErrorInvalidArgument",
            "The request is invalid: only files are uploaded.",
        ));
    }
    rules::content_id(attachment)?;
    let size = attachment.get("size").and_then(Value::as_u64);
    match size.unwrap_or_default() {
        ..MIN_UPLOAD => Err(Refusal::new(
            400,
            "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
            format!("The attachment size should not be less than the minimum size {MIN_UPLOAD}."),
        )),
        size @ MIN_UPLOAD..=MAX_UPLOAD => Ok(size),
        _ => Err(Refusal::new(
            400,
            "ErrorAttachmentSizeLimitExceeded",
            "The attachment size exceeds the maximum size of 150 MB.",
        )),
    }
}
