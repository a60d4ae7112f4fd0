//! Answers one request, without the network.

mod context;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, LOCATION, RETRY_AFTER};
use http::{Request, Response};
use serde_json::json;

use super::capture::{Accepted, Exchange, Folder};
use super::directory::Directory;
use super::fault::{Action, Answer, Body, Script};
use super::grants::{Actor, Grants, random};
use super::options::Options;
use super::page;
use super::reply::{self, CLIENT_REQUEST_ID, Refusal, SignInError};
use super::route::{self, Destination, Operation, Origin, Route};
use super::store::Store;
use crate::seams::Seams;

/// The sandbox behind its port.
pub(super) struct Service {
    options: Options,
    pub(super) directory: Directory,
    folder: Option<Folder>,
    seams: Arc<dyn Seams>,
    /// Scheme, host and port.
    pub(super) origin: String,
    /// Scheme, host and port of upload URLs.
    upload_origin: String,
    pub(super) ready_token: String,
    identity_header: OnceLock<String>,
    page_token: OnceLock<String>,
    state: Mutex<State>,
}

/// The state that changes while the sandbox runs.
pub(super) struct State {
    pub(super) grants: Grants,
    pub(super) store: Store,
    pub(super) script: Script,
    pub(super) accepted: Vec<Accepted>,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) complaints: Vec<String>,
    /// The keys of Arc's open challenges.
    keys: Vec<String>,
    /// The number of the last accepted message.
    last: usize,
}

impl Service {
    /// A sandbox without any requests yet.
    pub(super) fn new(
        options: Options,
        folder: Option<(Folder, usize)>,
        seams: Arc<dyn Seams>,
        [origin, upload_origin]: [String; 2],
    ) -> Self {
        let mut script = Script::default();
        for fault in &options.faults {
            script.add(fault.clone());
        }
        let mut grants = Grants::default();
        let permissions = options.permissions.clone();
        let ready_token = grants.add_access(&*seams, Actor::User, permissions, None);
        let (folder, last) = folder.unzip();
        Self {
            directory: Directory::new(options.mailboxes.clone(), &*seams),
            options,
            folder,
            seams,
            origin,
            upload_origin,
            ready_token,
            identity_header: OnceLock::new(),
            page_token: OnceLock::new(),
            state: Mutex::new(State {
                grants,
                store: Store::default(),
                script,
                accepted: Vec::new(),
                exchanges: Vec::new(),
                complaints: Vec::new(),
                keys: Vec::new(),
                last: last.unwrap_or_default(),
            }),
        }
    }

    /// Locks the state.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secret of App Service's endpoint.
    pub(super) fn identity_header(&self) -> &str {
        self.identity_header.get_or_init(|| random(&*self.seams))
    }

    /// The path of the pages with captured messages, without a slash at its end. It contains the secret
    /// token.
    pub(super) fn page_base(&self) -> String {
        let token = self.page_token.get_or_init(|| random(&*self.seams));
        format!("/{token}")
    }

    /// Records the request. [`Service::answered`] takes the returned number.
    pub(super) fn seen(&self, origin: Origin, request: &Request<Bytes>, length: u64) -> usize {
        let exchanges = &mut self.state().exchanges;
        exchanges.push(Exchange::new(origin, request, length));
        exchanges.len() - 1
    }

    /// Records the status of the answer.
    pub(super) fn answered(&self, exchange: usize, status: u16) {
        if let Some(exchange) = self.state().exchanges.get_mut(exchange) {
            exchange.status = Some(status);
        }
    }

    /// The fault for the request, if any.
    pub(super) fn fault(&self, origin: Origin, request: &Request<Bytes>) -> Option<Action> {
        match find(origin, request) {
            Destination::Service(route) => self.state().script.take(&route),
            _ => None,
        }
    }

    /// Carries the request out and answers it.
    pub(super) fn answer(&self, origin: Origin, request: &Request<Bytes>) -> Response<Bytes> {
        if !is_loopback(request) {
            self.complain(request, "the Host header does not name this host");
            return reply::with_body(421, "text/plain", "the sandbox serves this host alone\n");
        }
        match find(origin, request) {
            Destination::Service(route) => self.serve(&route, request),
            Destination::WrongMethod(route) => {
                self.complain(request, "the route does not have this method");
                let refusal = Refusal::new(
                    405,
                    "ErrorInvalidRequest",
                    "The OData request is not supported.",
                );
                self.refuse(request, &refusal, route.is_entra())
            }
            Destination::NoSegment(segment) => {
                self.complain(request, "there is no such route");
                let refusal = Refusal::new(
                    400,
                    "BadRequest",
                    format!("Resource not found for the segment '{segment}'."),
                );
                self.refuse(request, &refusal, false)
            }
            Destination::Elsewhere => self.page(origin, request),
        }
    }

    fn serve(&self, route: &Route, request: &Request<Bytes>) -> Response<Bytes> {
        let has_token = request.headers().contains_key(AUTHORIZATION);
        if has_token && route.is_entra() {
            self.complain(request, "Authorization is not for Entra");
        }
        if !has_token && !route.is_open() {
            self.complain(request, "Authorization is missing");
        }
        let is_post = request.method() == http::Method::POST;
        if is_post
            && request.uri().query().is_some_and(|query| !query.is_empty())
            && route.operation != Operation::DeviceCode
        {
            self.complain(request, "the route takes no query");
        }
        let exchange = self.exchange(request);
        let mut response = match route.operation {
            Operation::DeviceCode => self
                .authority(|entra| entra.device_code(request))
                .unwrap_or_else(|error| exchange.refuse_sign_in(&error)),
            Operation::Authorize => self.authorize(request, None, &exchange),
            Operation::Token => self
                .authority(|entra| entra.token(&route.item, request))
                .unwrap_or_else(|error| exchange.refuse_sign_in(&error)),
            Operation::OpenIdConfiguration => {
                self.authority(|entra| entra.openid_configuration(&route.item))
            }
            platform if route.is_platform() => {
                self.platform(|endpoints| endpoints.serve(platform, request))
            }
            _ => {
                let answered = if route.is_upload() {
                    self.outlook(route, request)
                } else {
                    self.graph(route, request)
                };
                answered.unwrap_or_else(|refusal| {
                    if let Some(complaint) = refusal.complaint {
                        self.complain(request, complaint);
                    }
                    exchange.refuse(&refusal)
                })
            }
        };
        exchange.finish(&mut response, route.is_entra());
        response
    }

    fn authorize(
        &self,
        request: &Request<Bytes>,
        denied: Option<SignInError>,
        exchange: &reply::Exchange<'_>,
    ) -> Response<Bytes> {
        self.authority(|entra| entra.authorize(request, denied))
            .unwrap_or_else(|error| exchange.refuse_sign_in(&error))
    }

    /// The answer of a fault. If the fault says so, the request is carried out first.
    pub(super) fn scripted(
        &self,
        fault: &Answer,
        origin: Origin,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        if fault.process {
            // The service's own answer is discarded.
            drop(self.answer(origin, request));
        }
        let (entra, asks_person) = match find(origin, request) {
            Destination::Service(route) => {
                (route.is_sign_in(), route.operation == Operation::Authorize)
            }
            _ => (false, false),
        };
        let exchange = self.exchange(request);
        if asks_person && fault.status == 302 && fault.body == Body::Error {
            return self.authorize(request, Some(fault.sign_in_error()), &exchange);
        }
        let mut response = match fault.body {
            Body::Empty => reply::empty(fault.status),
            Body::Garbage => reply::with_body(fault.status, "text/html", "<html><<<"),
            Body::Error if fault.status < 400 => reply::empty(fault.status),
            Body::Error if entra => exchange.refuse_sign_in(&fault.sign_in_error()),
            Body::Error if fault.claims => exchange.refuse(&self.challenge()),
            Body::Error => exchange.refuse(&fault.refusal()),
        };
        if let Some(pause) = &fault.retry_after {
            reply::set(&mut response, RETRY_AFTER, pause);
        }
        if (300..400).contains(&fault.status) {
            // A client that follows the redirect is reported.
            reply::set(&mut response, LOCATION, "/moved");
        }
        exchange.finish(&mut response, entra);
        response
    }

    /// Requires that the next access token was issued from now on. Graph requires this after a password was
    /// changed or a session was revoked.
    fn challenge(&self) -> Refusal {
        let now = self.seams.now().as_second().to_string();
        let claims =
            json!({"access_token": {"nbf": {"essential": true, "value": now}}}).to_string();
        self.state().grants.require_claims(&claims);
        Refusal::insufficient_claims(&claims)
    }

    /// A page. Pages with messages are only below [`Service::page_base`]. The token is in the path and not
    /// in a cookie, because a browser also sends cookies to other ports of this host.
    fn page(&self, origin: Origin, request: &Request<Bytes>) -> Response<Bytes> {
        let method = request.method();
        let reads = method == http::Method::GET || method == http::Method::HEAD;
        let path = request.uri().path();
        let base = self.page_base();
        let shows = reads && origin == Origin::Service;
        let found = if !shows {
            None
        } else if let Some(path) = below(path, &base) {
            page::captured(path, &base, &self.state().accepted)
        } else {
            page::open(path)
        };
        let mut response = found.unwrap_or_else(|| {
            if shows && page::is_without_token(path) {
                self.complain(request, "the page has a token in its URL");
                let words = "the captured messages are at the URL that the sandbox printed\n";
                return reply::with_body(403, "text/plain", words);
            }
            self.complain(request, "there is no such route");
            reply::with_body(404, "text/plain", "there is nothing here\n")
        });
        reply::set_date(&mut response, self.seams.now());
        response
    }

    fn refuse(&self, request: &Request<Bytes>, refusal: &Refusal, entra: bool) -> Response<Bytes> {
        let exchange = self.exchange(request);
        let mut response = exchange.refuse(refusal);
        exchange.finish(&mut response, entra);
        response
    }

    fn exchange(&self, request: &Request<Bytes>) -> reply::Exchange<'_> {
        let request_id = self.seams.uuid().to_string();
        let client_request_id = request
            .headers()
            .get(CLIENT_REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .map_or_else(|| request_id.clone(), str::to_owned);
        reply::Exchange {
            seams: &*self.seams,
            origin: &self.origin,
            request_id,
            client_request_id,
        }
    }

    fn complain(&self, request: &Request<Bytes>, reason: &str) {
        let path = request.uri().path();
        let base = self.page_token.get().map(|token| format!("/{token}"));
        // A complaint may be written to a log that other users can read.
        let path = match base.and_then(|base| below(path, &base)) {
            Some(rest) => format!("/TOKEN{rest}"),
            None => path.to_owned(),
        };
        let complaint = format!("{} {path}: {reason}", request.method());
        self.state().complaints.push(complaint);
    }
}

/// The part of `path` after `base`: empty, or beginning with a slash.
fn below<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(base)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Routes the request.
fn find(origin: Origin, request: &Request<Bytes>) -> Destination {
    route::find(origin, request.method().as_str(), request.uri().path())
}

/// Whether the request names a loopback host. Otherwise a foreign web page could read captured messages
/// through a name that points to this host (DNS rebinding).
fn is_loopback(request: &Request<Bytes>) -> bool {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}
