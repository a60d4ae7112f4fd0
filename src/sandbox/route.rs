//! The service's routes, by the names under which faults and the documentation know them.

/// One operation of Graph or Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `POST /{tenant}/oauth2/v2.0/devicecode`
    DeviceCode { tenant: String },
    /// `POST /{tenant}/oauth2/v2.0/token`
    Token { tenant: String },
    /// `GET /v1.0/me`
    Me,
    /// `POST /v1.0/me/sendMail`, or for the mailbox `POST /v1.0/users/{mailbox}/sendMail`
    SendMail { mailbox: Option<String> },
}

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// To an operation of the service.
    Service(Route),
    /// To an operation, with a method that it does not have.
    WrongMethod(Route),
    /// To a Graph path that names no operation; the segment that is not known.
    NoSegment(String),
    /// Anywhere else: a page of the sandbox itself, or nothing.
    Elsewhere,
}

/// Finds what `method` and `path` (still percent-encoded) ask for.
pub(super) fn find(method: &str, path: &str) -> Destination {
    let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let route = match segments.as_slice() {
        [tenant, "oauth2", "v2.0", endpoint] => entra(tenant, endpoint),
        ["v1.0", rest @ ..] => match graph(rest) {
            Ok(route) => Some(route),
            Err(segment) => return Destination::NoSegment(segment.to_owned()),
        },
        _ => None,
    };
    match route {
        Some(route) if route.method() == method => Destination::Service(route),
        Some(route) => Destination::WrongMethod(route),
        None => Destination::Elsewhere,
    }
}

fn entra(tenant: &str, endpoint: &str) -> Option<Route> {
    let tenant = tenant.to_owned();
    match endpoint {
        "devicecode" => Some(Route::DeviceCode { tenant }),
        "token" => Some(Route::Token { tenant }),
        _ => None,
    }
}

fn graph<'a>(segments: &[&'a str]) -> Result<Route, &'a str> {
    match segments {
        ["me"] => Ok(Route::Me),
        ["me", "sendMail"] => Ok(Route::SendMail { mailbox: None }),
        ["users", mailbox, "sendMail"] => Ok(Route::SendMail {
            mailbox: Some((*mailbox).to_owned()),
        }),
        ["me", unknown, ..] | ["users", _, unknown, ..] | [unknown, ..] => Err(unknown),
        [] => Err(""),
    }
}

impl Route {
    /// The one method of the operation.
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Me => "GET",
            Self::DeviceCode { .. } | Self::Token { .. } | Self::SendMail { .. } => "POST",
        }
    }

    /// Whether Entra serves it, not Graph.
    pub(super) fn is_entra(&self) -> bool {
        matches!(self, Self::DeviceCode { .. } | Self::Token { .. })
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
