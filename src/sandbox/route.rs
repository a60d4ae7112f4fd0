//! The service's routes, by the names under which faults and the documentation know them.

/// Which of the sandbox's two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Entra, Graph and the pages.
    Service,
    /// Where upload URLs lead: Outlook's, which knows no bearer.
    Upload,
}

/// One request's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) operation: Operation,
    /// The mailbox in the path; none for `/me`.
    pub(super) mailbox: Option<String>,
    /// The tenant, message, folder or session in the path; empty where it names none.
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

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// To an operation of the service.
    Service(Route),
    /// To the path of operations, with a method that none of them has; one of them.
    WrongMethod(Route),
    /// To a Graph path that names no operation; the segment that is not known.
    NoSegment(String),
    /// Anywhere else: a page of the sandbox itself, or nothing.
    Elsewhere,
}

/// The operations of one path, by their methods.
type Methods = &'static [(&'static str, Operation)];

/// What a path names: a mailbox, an item in it, and what can be done there.
struct Found<'a>(Option<&'a str>, &'a str, Methods);

/// Finds what `method` and `path` (still percent-encoded) ask for.
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

    /// Whether it is on the way to a token, with errors as OAuth has them.
    pub(super) fn is_sign_in(&self) -> bool {
        self.is_entra() || self.is_platform()
    }

    /// Whether everybody may ask it, without a token.
    pub(super) fn is_open(&self) -> bool {
        self.is_sign_in() || self.is_upload() || self.operation == Do::ServiceRoot
    }

    /// Whether this host's platform serves it.
    pub(super) fn is_platform(&self) -> bool {
        matches!(
            self.operation,
            Do::ImdsToken | Do::AppServiceToken | Do::ArcToken
        )
    }

    /// Whether it is an operation of an upload session itself.
    pub(super) fn is_upload(&self) -> bool {
        matches!(
            self.operation,
            Do::PutRange | Do::ReadSession | Do::EndSession
        )
    }

    /// Whether it is what this one names, where `*` is any mailbox and any item.
    pub(super) fn is_one_of(&self, pattern: &Self) -> bool {
        let is = |pattern: &str, name: &str| pattern == "*" || pattern.eq_ignore_ascii_case(name);
        let mailbox = match (&pattern.mailbox, &self.mailbox) {
            (Some(pattern), Some(mailbox)) => is(pattern, mailbox),
            (pattern, mailbox) => pattern == mailbox,
        };
        self.operation == pattern.operation && mailbox && is(&pattern.item, &self.item)
    }
}

/// A path segment without its percent-encoding.
fn decoded(segment: &str) -> String {
    // A form decoder is the url crate's percent decoder, save that three characters mean more to it.
    let plain = segment
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    url::form_urlencoded::parse(plain.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}
