//! Answers one request, without the network.

mod context;
mod pages;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, LOCATION, RETRY_AFTER};
use http::{Request, Response};
use serde_json::json;
use tokio::sync::watch;

use super::capture::{Accepted, Exchange, Folder};
use super::directory::Directory;
use super::fault::{Action, Answer, Body, Script};
use super::grants::{Actor, Grants, random};
use super::options::Options;
use super::reply::{self, CLIENT_REQUEST_ID, Refusal, SignInError};
use super::route::{self, Destination, Operation, Origin, Route};
use super::store::Store;
use crate::mutex::locked;
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
    /// Counts what the pages show.
    revision: watch::Sender<u64>,
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
            revision: watch::Sender::new(0),
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
        locked(&self.state)
    }

    /// The secret of App Service's endpoint.
    pub(super) fn identity_header(&self) -> &str {
        self.identity_header.get_or_init(|| random(&*self.seams))
    }

    /// Records the request. [`Service::answered`] takes the returned number.
    pub(super) fn seen(&self, origin: Origin, request: &Request<Bytes>, length: u64) -> usize {
        let exchanges = &mut self.state().exchanges;
        exchanges.push(Exchange::new(origin, request, length, self.seams.now()));
        exchanges.len() - 1
    }

    /// Records the answer.
    pub(super) fn answered(&self, exchange: usize, response: &Response<Bytes>) {
        let mut state = self.state();
        let Some(exchange) = state.exchanges.get_mut(exchange) else {
            return;
        };
        exchange.status = Some(response.status().as_u16());
        if exchange.is_refused() {
            exchange.answer = response.body().clone();
        }
        // The pages themselves are read with GET and change nothing.
        if exchange.is_refused() || exchange.method != "GET" {
            self.revision.send_modify(|revision| *revision += 1);
        }
    }

    /// The fault for the request, if any.
    pub(super) fn fault(
        &self,
        exchange: usize,
        origin: Origin,
        request: &Request<Bytes>,
    ) -> Option<Action> {
        let Destination::Service(route) = find(origin, request) else {
            return None;
        };
        let state = &mut *self.state();
        let fault = state.script.take(&route)?;
        if let Some(exchange) = state.exchanges.get_mut(exchange) {
            exchange.fault = Some(fault.to_string());
        }
        self.revision.send_modify(|revision| *revision += 1);
        Some(fault.action)
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
