//! Graph's side: who may, and what `/me` and `sendMail` do.

mod eml;
mod json;
mod mime;
mod property;
mod rules;
mod schema;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response};
use serde_json::{Value, json};

use super::directory::Directory;
use super::grants::{Access, Actor, Grants, Invalid};
use super::reply::{self, Refusal};
use crate::seams::Seams;

use self::property::set;

pub(super) use self::schema::essence;

/// The longest write request, in bytes: what Graph says is "The maximum request length supported is 4MB."
const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// What Graph looks at beside the request.
pub(super) struct Tenant<'a> {
    pub(super) directory: &'a Directory,
    pub(super) seams: &'a dyn Seams,
    pub(super) grants: &'a Grants,
    /// Scheme, host and port of the sandbox.
    pub(super) origin: &'a str,
}

/// A message that Graph takes.
pub(super) struct Submission {
    pub(super) mime: bool,
    /// The address of the mailbox that sends it.
    pub(super) mailbox: String,
    /// Whether a copy goes to Sent Items.
    pub(super) saved: bool,
    /// The message as Graph would hold it.
    pub(super) resource: Value,
    /// The message as it would arrive.
    pub(super) eml: Vec<u8>,
}

impl Tenant<'_> {
    /// What the request's bearer token allows.
    pub(super) fn access(&self, request: &Request<Bytes>) -> Result<&Access, Refusal> {
        let refuse = |message| Refusal::new(401, "InvalidAuthenticationToken", message);
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .ok_or_else(|| refuse("Access token is empty."))?;
        let token = header
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| refuse("Access token is empty."))?;
        self.grants
            .access(token, self.seams.now())
            .map_err(|invalid| match invalid {
                Invalid::Unknown => refuse("Access token validation failure. Invalid token."),
                Invalid::Expired => refuse("Lifetime validation failed, the token is expired."),
            })
    }

    /// `GET /v1.0/me`, whole or the properties named by `$select`.
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
        let select = select(request)?;
        if !select.is_empty() {
            let names = select.join(",");
            set(
                &mut body,
                "@odata.context",
                json!(format!("{context}({names})/$entity")),
            );
        }
        for (name, value) in user.as_object().into_iter().flatten() {
            if select.is_empty() || select.iter().any(|wanted| wanted == name) {
                set(&mut body, name, value.clone());
            }
        }
        if let Some(unknown) = select.iter().find(|name| user.get(name).is_none()) {
            return Err(Refusal::new(
                400,
                "BadRequest",
                format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{unknown}' on type 'microsoft.graph.user'."
                ),
            ));
        }
        Ok(reply::graph(200, &body))
    }

    /// `POST …/sendMail`, of the user's mailbox or of the one in the URL.
    pub(super) fn send_mail(
        &self,
        id: Option<&str>,
        request: &Request<Bytes>,
    ) -> Result<Submission, Refusal> {
        let access = self.access(request)?;
        let mailbox = match id {
            None => {
                signed_in(access)?;
                self.directory.user().to_owned()
            }
            Some(id) => self.directory.mailbox(id).ok_or_else(|| {
                Refusal::new(
                    404,
                    "ErrorInvalidUser",
                    format!("The requested user '{id}' is invalid."),
                )
            })?,
        };
        let own = mailbox == self.directory.user() || access.actor == Actor::Application;
        permitted(access, if own { "Mail.Send" } else { "Mail.Send.Shared" })?;
        if request.body().len() > MAX_REQUEST {
            return Err(Refusal::new(
                413,
                "BadRequest",
                "The maximum request length supported is 4MB.",
            ));
        }
        match content_type(request)?.as_str() {
            "application/json" => json::read(request.body(), mailbox, self),
            "text/plain" => mime::read(request.body(), mailbox, self),
            other => Err(Refusal::new(
                415,
                "RequestBodyRead",
                format!(
                    "A supported MIME type could not be found that matches the content type of the request. None of the supported types 'application/json, text/plain' matches the content type '{other}'."
                ),
            )),
        }
    }

    /// Refuses a sender that the mailbox may not send as.
    fn may_send_as(&self, address: &str) -> Result<(), Refusal> {
        if self.directory.exists(address) {
            return Ok(());
        }
        Err(send_as_denied())
    }
}

fn send_as_denied() -> Refusal {
    Refusal::new(
        403,
        "ErrorSendAsDenied",
        "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
    )
}

/// Refuses the application's own token where there has to be a user.
fn signed_in(access: &Access) -> Result<(), Refusal> {
    match access.actor {
        Actor::User => Ok(()),
        Actor::Application => Err(Refusal::new(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        )),
    }
}

fn permitted(access: &Access, permission: &str) -> Result<(), Refusal> {
    if access.permissions.iter().any(|held| held == permission) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "ErrorAccessDenied",
        "Access is denied. Check credentials and try again.",
    ))
}

/// The request's media type in lower case, of the UTF-8 character set if it names any.
fn content_type(request: &Request<Bytes>) -> Result<String, Refusal> {
    let value = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let refuse = |message: String| Err(Refusal::new(415, "RequestBodyRead", message));
    if value.is_empty() {
        return refuse("A missing or empty content type header was found when trying to read a message. The content type header is required.".to_owned());
    }
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_owned();
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    match charset.map(|charset| charset.trim_matches('"')) {
        None | Some("utf-8" | "us-ascii") => Ok(essence),
        Some(other) => refuse(format!("The character set '{other}' is not supported.")),
    }
}

/// The names in `$select`, the one query option that the sandbox knows.
fn select(request: &Request<Bytes>) -> Result<Vec<String>, Refusal> {
    let query = request.uri().query().unwrap_or_default();
    let mut names = Vec::new();
    for (option, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if option != "$select" {
            return Err(Refusal::new(
                400,
                "BadRequest",
                format!("The query option '{option}' is not supported."),
            ));
        }
        names.extend(value.split(',').map(str::to_owned));
    }
    Ok(names)
}
