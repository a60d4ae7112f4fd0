//! The routes of the service, as faults and the documentation name them.

/// One of the sandbox's two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Entra, Graph and the pages.
    Service,
    /// Outlook's upload URLs, which take no access token.
    Upload,
}

/// A parsed request line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) operation: Operation,
    /// The mailbox in the path; `None` for `/me`.
    pub(super) mailbox: Option<String>,
    /// The tenant, message, folder or session in the path; empty if there is none.
    pub(super) item: String,
}

/// One operation of Graph, Entra or Outlook's uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// `POST /{tenant}/oauth2/v2.0/devicecode`
    DeviceCode,
    /// `GET /{tenant}/oauth2/v2.0/authorize`
    Authorize,
    /// `POST /{tenant}/oauth2/v2.0/token`
    Token,
    /// `GET /{tenant}/v2.0/.well-known/openid-configuration`
    OpenIdConfiguration,
    /// `GET /v1.0`
    ServiceRoot,
    /// `GET /metadata/identity/oauth2/token`
    ImdsToken,
    /// `GET /msi/token`
    AppServiceToken,
    /// `GET /himds/metadata/identity/oauth2/token`
    ArcToken,
    /// `GET /v1.0/me`
    Me,
    /// `POST …/sendMail`, below `/v1.0/me` or `/v1.0/users/{mailbox}` as all that follow
    SendMail,
    /// `POST …/messages`
    CreateDraft,
    /// `GET …/messages/{id}`
    ReadMessage,
    /// `GET …/messages/{id}/$value`
    ReadMime,
    /// `PATCH …/messages/{id}`
    ChangeDraft,
    /// `DELETE …/messages/{id}`
    DeleteMessage,
    /// `POST …/messages/{id}/send`
    SendDraft,
    /// `GET …/messages/{id}/attachments`
    ListAttachments,
    /// `POST …/messages/{id}/attachments`
    Attach,
    /// `POST …/messages/{id}/attachments/createUploadSession`
    CreateSession,
    /// `GET …/mailFolders/{folder}/messages`
    ListMessages,
    /// `PUT /upload/{session}`
    PutRange,
    /// `GET /upload/{session}`
    ReadSession,
    /// `DELETE /upload/{session}`
    EndSession,
}

use Operation as Do;

/// The result of routing a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// An operation of the service.
    Service(Route),
    /// A path of the service with another method; one of its operations.
    WrongMethod(Route),
    /// A Graph path without an operation; the unknown segment.
    NoSegment(String),
    /// Any other path: a page of the sandbox, or nothing.
    Elsewhere,
}

/// The operations of a path by method.
type Methods = &'static [(&'static str, Operation)];

/// A parsed path: a mailbox, an item in it, and the operations.
struct Found<'a>(Option<&'a str>, &'a str, Methods);

/// Routes a request; `path` is still percent-encoded.
pub(super) fn find(origin: Origin, method: &str, path: &str) -> Destination {
    let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let found = match (origin, segments.as_slice()) {
        (Origin::Upload, ["upload", session]) => Some(Found(
            None,
            session,
            &[
                ("PUT", Do::PutRange),
                ("GET", Do::ReadSession),
                ("DELETE", Do::EndSession),
            ],
        )),
        (Origin::Service, [tenant, "oauth2", "v2.0", endpoint]) => entra(tenant, endpoint),
        (Origin::Service, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            Some(Found(None, tenant, &[("GET", Do::OpenIdConfiguration)]))
        }
        (Origin::Service, ["v1.0"]) => Some(Found(None, "", &[("GET", Do::ServiceRoot)])),
        (Origin::Service, ["metadata", "identity", "oauth2", "token"]) => {
            Some(Found(None, "", &[("GET", Do::ImdsToken)]))
        }
        (Origin::Service, ["msi", "token"]) => {
            Some(Found(None, "", &[("GET", Do::AppServiceToken)]))
        }
        (Origin::Service, ["himds", "metadata", "identity", "oauth2", "token"]) => {
            Some(Found(None, "", &[("GET", Do::ArcToken)]))
        }
        (Origin::Service, ["v1.0", rest @ ..]) => match graph(rest) {
            Ok(found) => Some(found),
            Err(segment) => return Destination::NoSegment(segment.to_owned()),
        },
        _ => None,
    };
    found.map_or(Destination::Elsewhere, |found| found.by(method))
}

impl Found<'_> {
    fn by(&self, method: &str) -> Destination {
        let Self(mailbox, item, methods) = *self;
        let route = |operation| Route {
            operation,
            mailbox: mailbox.map(str::to_owned),
            item: item.to_owned(),
        };
        match methods.iter().find(|(known, _)| *known == method) {
            Some((_, operation)) => Destination::Service(route(*operation)),
            None => methods
                .first()
                .map_or(Destination::Elsewhere, |(_, operation)| {
                    Destination::WrongMethod(route(*operation))
                }),
        }
    }
}

fn entra<'a>(tenant: &'a str, endpoint: &str) -> Option<Found<'a>> {
    match endpoint {
        "devicecode" => Some(Found(None, tenant, &[("POST", Do::DeviceCode)])),
        "authorize" => Some(Found(None, tenant, &[("GET", Do::Authorize)])),
        "token" => Some(Found(None, tenant, &[("POST", Do::Token)])),
        _ => None,
    }
}

fn graph<'a>(segments: &[&'a str]) -> Result<Found<'a>, &'a str> {
    let (mailbox, rest) = match segments {
        ["me"] => return Ok(Found(None, "", &[("GET", Do::Me)])),
        ["me", rest @ ..] => (None, rest),
        ["users", mailbox, rest @ ..] if !rest.is_empty() => (Some(*mailbox), rest),
        [unknown, ..] => return Err(unknown),
        [] => return Err(""),
    };
    let (item, methods): (&str, Methods) = match rest {
        ["sendMail"] => ("", &[("POST", Do::SendMail)]),
        ["messages"] => ("", &[("POST", Do::CreateDraft)]),
        ["messages", id] => (
            id,
            &[
                ("GET", Do::ReadMessage),
                ("PATCH", Do::ChangeDraft),
                ("DELETE", Do::DeleteMessage),
            ],
        ),
        ["messages", id, "$value"] => (id, &[("GET", Do::ReadMime)]),
        ["messages", id, "send"] => (id, &[("POST", Do::SendDraft)]),
        ["messages", id, "attachments"] => {
            let methods = &[("POST", Do::Attach), ("GET", Do::ListAttachments)];
            (id, methods)
        }
        ["messages", id, "attachments", "createUploadSession"] => {
            (id, &[("POST", Do::CreateSession)])
        }
        ["mailFolders", folder, "messages"] => (folder, &[("GET", Do::ListMessages)]),
        ["messages", _, "attachments", unknown, ..]
        | ["messages" | "mailFolders", _, unknown, ..]
        | [unknown, ..] => return Err(unknown),
        [] => return Err(""),
    };
    Ok(Found(mailbox, item, methods))
}

impl Route {
    /// Whether Entra serves it, not Graph.
    pub(super) fn is_entra(&self) -> bool {
        matches!(
            self.operation,
            Do::DeviceCode | Do::Authorize | Do::Token | Do::OpenIdConfiguration
        )
    }

    /// Whether it is a sign-in endpoint, with errors in the form of OAuth.
    pub(super) fn is_sign_in(&self) -> bool {
        self.is_entra() || self.is_platform()
    }

    /// Whether it needs no token.
    pub(super) fn is_open(&self) -> bool {
        self.is_sign_in() || self.is_upload() || self.operation == Do::ServiceRoot
    }

    /// Whether it is an endpoint of the host's platform.
    pub(super) fn is_platform(&self) -> bool {
        matches!(
            self.operation,
            Do::ImdsToken | Do::AppServiceToken | Do::ArcToken
        )
    }

    /// Whether it is an operation on an upload session.
    pub(super) fn is_upload(&self) -> bool {
        matches!(
            self.operation,
            Do::PutRange | Do::ReadSession | Do::EndSession
        )
    }

    /// Whether it matches `pattern`, in which `*` is any mailbox or item.
    pub(super) fn is_one_of(&self, pattern: &Self) -> bool {
        let is = |pattern: &str, name: &str| pattern == "*" || pattern.eq_ignore_ascii_case(name);
        let mailbox = match (&pattern.mailbox, &self.mailbox) {
            (Some(pattern), Some(mailbox)) => is(pattern, mailbox),
            (pattern, mailbox) => pattern == mailbox,
        };
        self.operation == pattern.operation && mailbox && is(&pattern.item, &self.item)
    }
}

/// A path segment, percent-decoded.
fn decoded(segment: &str) -> String {
    // A form decoder is the url crate's percent decoder, except that it treats three more characters specially.
    let plain = segment
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    url::form_urlencoded::parse(plain.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}
