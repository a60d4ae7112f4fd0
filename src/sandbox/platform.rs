//! The platform's endpoints, which issue the tokens of managed identities.
//!
//! | path | platform | needs |
//! |---|---|---|
//! | `/metadata/identity/oauth2/token` | a virtual machine (IMDS) | the header field `Metadata` |
//! | `/msi/token` | App Service | `IDENTITY_HEADER` |
//! | `/himds/metadata/identity/oauth2/token` | an Arc server | a key file |
//!
//! Sources: "How to use managed identities for Azure resources on an Azure VM to acquire an access
//! token", "Use managed identities for App Service and Azure Functions", "Authenticate against
//! Azure resources with Azure Arc-enabled servers".

use std::path::Path;

use bytes::Bytes;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, Response};
use serde_json::{Map, Value, json};

use super::grants::{Actor, Grants, later, random};
use super::options::Options;
use super::reply;
use super::route::Operation;
use crate::seams::Seams;

/// The state that the endpoints use.
pub(super) struct Platform<'a> {
    pub(super) options: &'a Options,
    pub(super) seams: &'a dyn Seams,
    /// Scheme, host and port: the resource of the tokens.
    pub(super) origin: &'a str,
    /// The secret of App Service's endpoint.
    pub(super) identity_header: &'a str,
    /// The keys of Arc's open challenges.
    pub(super) keys: &'a mut Vec<String>,
    pub(super) grants: &'a mut Grants,
    /// Receives errors that no correct client makes.
    pub(super) complaints: &'a mut Vec<String>,
}

/// Why a request is refused.
struct Refused {
    status: u16,
    error: &'static str,
    text: String,
    /// Whether a correct client may get this refusal.
    expected: bool,
}

impl Refused {
    fn new(status: u16, error: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            error,
            text: text.into(),
            expected: false,
        }
    }

    fn expected(self) -> Self {
        Self {
            expected: true,
            ..self
        }
    }
}

impl Platform<'_> {
    pub(super) fn serve(
        &mut self,
        operation: Operation,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let answered = match operation {
            Operation::ArcToken => self.arc(request),
            Operation::AppServiceToken => self.app_service(request),
            _ => self.imds(request),
        };
        answered.unwrap_or_else(|refused| {
            if !refused.expected {
                self.complaints.push(format!(
                    "{} {}: {}",
                    request.method(),
                    request.uri().path(),
                    refused.text
                ));
            }
            let body = json!({"error": refused.error, "error_description": refused.text});
            reply::entra(refused.status, &body)
        })
    }

    fn imds(&mut self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refused> {
        require_metadata_field(request)?;
        refuse_authorization(request)?;
        let names = ["client_id", "object_id", "msi_res_id"];
        self.asked_for(request, "2018-02-01", &names)?;
        Ok(self.token(true))
    }

    fn app_service(&mut self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refused> {
        refuse_authorization(request)?;
        let given = header(request, "x-identity-header")
            .ok_or_else(|| Refused::new(400, "invalid_request", "X-IDENTITY-HEADER is missing"))?;
        if given != self.identity_header {
            // A wrong value may come from the environment, so it is not the client's error.
            return Err(Refused::new(401, "unauthorized", "Invalid identity header").expected());
        }
        let names = ["client_id", "principal_id", "mi_res_id"];
        self.asked_for(request, "2019-08-01", &names)?;
        Ok(self.token(false))
    }

    fn arc(&mut self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refused> {
        let Some(folder) = self.options.arc_keys.clone() else {
            return Err(Refused::new(404, "not_found", "no Arc agent is here"));
        };
        require_metadata_field(request)?;
        self.asked_for(request, "2020-06-01", &[])?;
        let Some(given) = header(request, AUTHORIZATION.as_str()) else {
            return self.challenge(&folder);
        };
        let key = given.strip_prefix("Basic ").unwrap_or_default();
        let waiting = self.keys.iter().position(|known| known == key);
        let waiting = waiting.ok_or_else(|| Refused::new(403, "forbidden", "no such key"))?;
        // Each key is valid once.
        self.keys.remove(waiting);
        Ok(self.token(true))
    }

    /// Requires proof that the client can read the agent's files.
    fn challenge(&mut self, folder: &Path) -> Result<Response<Bytes>, Refused> {
        let key = random(self.seams);
        let path = folder.join(format!("{}.key", random(self.seams)));
        write(&path, &key).map_err(|error| Refused::new(500, "server_error", error.to_string()))?;
        self.keys.push(key);
        let mut response = reply::empty(401);
        let challenge = format!("Basic realm={}", path.display());
        reply::set(&mut response, WWW_AUTHENTICATE, &challenge);
        Ok(response)
    }

    /// Checks the version, the resource and the identity in the query; `names` are the parameters of an identity.
    fn asked_for(
        &self,
        request: &Request<Bytes>,
        version: &str,
        names: &[&str],
    ) -> Result<(), Refused> {
        let invalid = |text: String| Refused::new(400, "invalid_request", text);
        if header(request, "x-forwarded-for").is_some() {
            return Err(invalid("the request was forwarded".to_owned()));
        }
        let query = request.uri().query().unwrap_or_default();
        let (mut versions, mut resources, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
            match name.as_str() {
                "api-version" => versions.push(value),
                "resource" => resources.push(value),
                name if names.contains(&name) => ids.push(value),
                _ => return Err(invalid(format!("the query has the field {name:?}"))),
            }
        }
        if versions != [version] {
            return Err(invalid(format!("api-version is not {version}, once")));
        }
        if resources != [self.origin] {
            return Err(Refused::new(
                400,
                "invalid_resource",
                "the resource is not this Graph, once",
            ));
        }
        let known = &self.options.user_assigned_identities;
        match ids.as_slice() {
            [] => Ok(()),
            [id] if known.is_empty() || known.contains(id) => Ok(()),
            [_] => Err(invalid("Identity not found".to_owned()).expected()),
            _ => Err(invalid("several identities are named".to_owned())),
        }
    }

    /// An application's token; numbers are strings.
    fn token(&mut self, with_lifetime: bool) -> Response<Bytes> {
        let lifetime = self.options.access_token_lifetime;
        let token = self.grants.add_access(
            self.seams,
            Actor::Application,
            self.options.permissions.clone(),
            Some(lifetime),
        );
        let end = later(self.seams.now(), lifetime).as_second();
        let mut body = Map::new();
        body.insert("access_token".to_owned(), json!(token));
        body.insert("expires_on".to_owned(), json!(end.to_string()));
        body.insert("resource".to_owned(), json!(self.origin));
        body.insert("token_type".to_owned(), json!("Bearer"));
        if with_lifetime {
            let seconds = lifetime.as_secs().to_string();
            body.insert("expires_in".to_owned(), json!(seconds));
        }
        reply::entra(200, &Value::Object(body))
    }
}

/// Refuses a request that is not marked for the metadata service, such as one from a web page.
fn require_metadata_field(request: &Request<Bytes>) -> Result<(), Refused> {
    if header(request, "metadata") == Some("true") {
        return Ok(());
    }
    let text = "Required metadata header not specified";
    Err(Refused::new(400, "invalid_request", text))
}

/// Refuses a request with an Authorization header field.
fn refuse_authorization(request: &Request<Bytes>) -> Result<(), Refused> {
    if request.headers().contains_key(AUTHORIZATION) {
        let text = "Authorization is not for this endpoint";
        return Err(Refused::new(400, "invalid_request", text));
    }
    Ok(())
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Writes a key that only this user can read.
fn write(path: &Path, key: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, key.as_bytes())
}
