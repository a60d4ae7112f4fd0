//! Graph's endpoints: permissions, `/me`, `sendMail` and drafts.

mod access;
mod attachments;
mod draft;
mod eml;
mod fields;
mod json;
mod list;
mod mime;
mod property;
mod query;
mod rules;
mod schema;
mod tenant;
mod view;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{Request, Response};
use serde_json::json;

use super::reply::{self, Refusal};
use super::route::{Operation, Route};
use super::submission::Submission;

use self::access::{permitted, send_as_denied, signed_in};
use self::property::set;
use self::query::Query;

pub(super) use self::fields::{deferred, sensitivity};
pub(super) use self::schema::essence;
pub(super) use self::tenant::Tenant;

/// The longest write request, in bytes. Graph says: "The maximum request length supported is 4MB."
pub(super) const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// The preference for immutable ids (Graph: "Obtain immutable identifiers for Outlook resources").
const IMMUTABLE: &str = "IdType=\"ImmutableId\"";

/// The result of a request that Graph accepts.
pub(super) enum Outcome {
    Answer(Response<Bytes>),
    /// A message is sent; the answer is 202.
    Goes(Submission),
}

impl Tenant<'_> {
    /// Serves all routes of Graph.
    pub(super) fn serve(
        &mut self,
        route: &Route,
        request: &Request<Bytes>,
    ) -> Result<Outcome, Refusal> {
        let (permissions, id): (&[&str], &str) = match route.operation {
            Operation::SendMail | Operation::SendDraft => (&["Mail.Send"], &route.item),
            Operation::ReadMessage | Operation::ListMessages | Operation::ListAttachments => {
                (&access::READS, &route.item)
            }
            Operation::ReadMime => (access::full(), &route.item),
            _ => (&["Mail.ReadWrite"], &route.item),
        };
        if route.operation == Operation::ServiceRoot {
            let context = format!("{}/v1.0/$metadata", self.origin);
            let body = json!({"@odata.context": context, "value": []});
            return Ok(Outcome::Answer(reply::graph(200, &body)));
        }
        if route.operation == Operation::Me {
            return self.me(request).map(Outcome::Answer);
        }
        let mailbox = self.mailbox(route.mailbox.as_deref(), permissions, request)?;
        if request.body().len() > MAX_REQUEST {
            return Err(Refusal::new(
                413,
                "BadRequest",
                "The maximum request length supported is 4MB.",
            ));
        }
        let mut response = match route.operation {
            Operation::SendMail => return self.send_mail(mailbox, request).map(Outcome::Goes),
            Operation::SendDraft => {
                return self.send_draft(&mailbox, id, request).map(Outcome::Goes);
            }
            Operation::CreateDraft => self.create_draft(mailbox, request),
            Operation::ReadMessage => {
                let shows = self.shows(route, request)?;
                self.read_message(&mailbox, id, shows, request)
            }
            Operation::ReadMime => self.read_mime(&mailbox, id),
            Operation::ChangeDraft => self.change_draft(&mailbox, id, request),
            Operation::DeleteMessage => self.delete_message(&mailbox, id),
            Operation::ListAttachments => self.list_attachments(&mailbox, id),
            Operation::Attach => self.attach(&mailbox, id, request),
            Operation::CreateSession => self.create_session(&mailbox, id, request),
            Operation::ListMessages => {
                let shows = self.shows(route, request)?;
                self.list_messages(&mailbox, id, shows, request)
            }
            _ => Err(item_not_found()),
        }?;
        if wants_immutable(request) {
            let name = HeaderName::from_static("preference-applied");
            reply::set(&mut response, name, IMMUTABLE);
        }
        Ok(Outcome::Answer(response))
    }

    /// `GET /v1.0/me`: all properties, or those in `$select`.
    pub(super) fn me(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let access = self.access(request)?;
        signed_in(access)?;
        permitted(access, "User.Read")?;
        let user = json!({
            "businessPhones": [],
            "displayName": self.directory.user_name(),
            "givenName": null,
            "jobTitle": null,
            "mail": self.directory.user(),
            "mobilePhone": null,
            "officeLocation": null,
            "preferredLanguage": null,
            "surname": null,
            "userPrincipalName": self.directory.user(),
            "id": self.directory.user_id,
        });
        let context = format!("{}/v1.0/$metadata#users", self.origin);
        let mut body = json!({"@odata.context": format!("{context}/$entity")});
        let select = Query::read(request, &["$select"])?.select;
        if !select.is_empty() {
            let names = select.join(",");
            set(
                &mut body,
                "@odata.context",
                json!(format!("{context}({names})/$entity")),
            );
        }
        query::selected(&user, &select, "microsoft.graph.user", &mut body)?;
        Ok(reply::graph(200, &body))
    }

    /// `POST …/sendMail`.
    fn send_mail(&self, mailbox: String, request: &Request<Bytes>) -> Result<Submission, Refusal> {
        let submission = match content_type(request, &["application/json", "text/plain"])? {
            "text/plain" => mime::read(request.body(), mailbox, self),
            _ => json::read(request.body(), mailbox, self),
        }?;
        self.fits(submission.eml.size())?;
        Ok(submission)
    }

    /// Refuses a message that is larger than the mailbox's limit.
    fn fits(&self, size: u64) -> Result<(), Refusal> {
        if size <= self.options.message_limit {
            return Ok(());
        }
        Err(Refusal::new(
            400,
            "ErrorMessageSizeExceeded",
            "The message exceeds the maximum supported size.",
        ))
    }
}

pub(super) fn item_not_found() -> Refusal {
    Refusal::new(
        404,
        "ErrorItemNotFound",
        "The specified object was not found in the store., The process failed to get the correct properties.",
    )
}

/// Whether the client wants immutable ids.
fn wants_immutable(request: &Request<Bytes>) -> bool {
    request
        .headers()
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case(IMMUTABLE))
}

/// The media type of the request if it is one of `known`. Its charset, if any, must be UTF-8.
fn content_type(request: &Request<Bytes>, known: &[&'static str]) -> Result<&'static str, Refusal> {
    let value = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let refuse = |message: String| {
        let refusal = Refusal::new(415, "RequestBodyRead", message);
        refusal.complained("the content type is not one of the route's")
    };
    if value.is_empty() {
        return Err(refuse("A missing or empty content type header was found when trying to read a message. The content type header is required.".to_owned()));
    }
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    if let Some(other) = charset.map(|charset| charset.trim_matches('"'))
        && !matches!(other, "utf-8" | "us-ascii")
    {
        return Err(refuse(format!(
            "The character set '{other}' is not supported."
        )));
    }
    let found = known.iter().find(|known| **known == essence);
    found.copied().ok_or_else(|| {
        refuse(format!(
            "A supported MIME type could not be found that matches the content type of the request. None of the supported types '{}' matches the content type '{essence}'.",
            known.join(", ")
        ))
    })
}
