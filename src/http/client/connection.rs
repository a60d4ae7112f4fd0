//! A connection, and the settings that it is opened with.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::builder::{Authorities, build_failure};
use super::reuse::Reuse;
use crate::http::failure::{cut_off, host_and_port, seconds, words};
use crate::http::fields::{header_fields, sensitive};
use crate::http::proxy::Proxy;
use crate::http::roots::Roots;
use crate::http::{Cause, Failure, Method, Reason, Request, Response};
use crate::seams::Environment;

/// The longest response body that is kept, in bytes. Graph takes requests of up to 4 MB, and answers a new
/// draft or attachment with its whole content.
pub const MAX_RESPONSE: usize = 8 << 20;

/// The total time limit for DNS, connection, proxy and TLS handshake.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The same for an endpoint of the platform, which is close by if it exists.
const PLATFORM_CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// The longest time that an idle connection is kept for the next message of the run. After a longer pause the
/// service may have closed it, and the outcome of a request on a closed connection is unknown.
const IDLE_LIMIT: Duration = Duration::from_secs(2);

/// How long after its last answer a connection takes no request that may not be repeated, unless the service is known to
/// keep connections: some servers close after their answer without `Connection: close`. A new connection takes longer.
const CLOSE_WATCH: Duration = Duration::from_millis(5);

/// How often a request in flight checks for interruption.
const STOP_POLL: Duration = Duration::from_millis(50);

/// The `User-Agent` header field.
const USER_AGENT: &str = concat!("graphmail/", env!("CARGO_PKG_VERSION"));

/// How this host reaches others.
pub(super) struct Network {
    proxy: Option<Arc<Proxy>>,
    connect_limit: Duration,
    authorities: Authorities,
    /// Whether there are certificate authorities; plain http on loopback needs none.
    pub(super) trusts_any: bool,
    reuse: Reuse,
}

impl Network {
    pub(super) fn new(environment: &Environment, timeout: Duration) -> Result<Self, Failure> {
        let proxy = Proxy::from_environment(environment)?.map(Arc::new);
        let (roots, folders) = Roots::and_folders(environment)?;
        Ok(Self {
            proxy,
            connect_limit: CONNECT_LIMIT.min(timeout),
            trusts_any: roots.trust_any(),
            reuse: Reuse::default(),
            authorities: Authorities::new(roots, folders)?,
        })
    }

    /// For endpoints of the platform: without a proxy and without certificate authorities.
    pub(super) fn of_platform(timeout: Duration) -> Result<Self, Failure> {
        Ok(Self {
            proxy: None,
            connect_limit: PLATFORM_CONNECT_LIMIT.min(timeout),
            trusts_any: true,
            reuse: Reuse::default(),
            authorities: Authorities::new(Roots::Only(Vec::new()), None)?,
        })
    }
}

/// A connection, which makes one request at a time. It is opened by the first one, and again if it was closed.
pub(super) struct Connection {
    /// Taken only when this is dropped.
    runtime: Option<Runtime>,
    client: reqwest::Client,
    pub(super) network: Arc<Network>,
    /// Its last answer; `None` before the first, and after a request without an answer.
    last: Cell<Option<Answered>>,
}

/// An answer.
#[derive(Clone, Copy)]
struct Answered {
    at: Instant,
    /// The addresses of the service and of this host.
    between: Option<(SocketAddr, SocketAddr)>,
    /// After another answer many servers close the connection.
    is_success: bool,
}

impl Answered {
    fn is_old(&self) -> bool {
        self.at.elapsed() >= IDLE_LIMIT
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A DNS lookup in progress must not delay the end of the program.
            runtime.shutdown_background();
        }
    }
}

impl Connection {
    pub(super) fn new(network: Arc<Network>) -> Result<Self, Failure> {
        let mut builder = network.authorities.client_builder();
        if let Some(proxy) = network.proxy.clone() {
            builder = builder.no_proxy().proxy(reqwest::Proxy::custom(move |url| {
                proxy.serving(url).cloned()
            }));
        } else if cfg!(not(any(windows, target_vendor = "apple"))) {
            // On Windows and macOS reqwest uses the proxy settings of the system.
            builder = builder.no_proxy();
        }
        let client = builder
            .user_agent(USER_AGENT)
            .connect_timeout(network.connect_limit)
            .pool_idle_timeout(IDLE_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()
            .map_err(|error| build_failure(&error))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| build_failure(&error))?;
        Ok(Self {
            runtime: Some(runtime),
            client,
            network,
            last: Cell::default(),
        })
    }

    /// Whether the service may have closed it meanwhile.
    pub(super) fn is_old(&self) -> bool {
        self.last.get().is_some_and(|last| last.is_old())
    }

    /// Whether the service closes connections without saying so: the next request takes a new one.
    pub(super) fn is_used_up(&self) -> bool {
        self.last.get().is_some() && self.network.reuse.closes()
    }

    /// Sends a request and waits for the response.
    pub(super) fn block_on(
        &self,
        request: &Request,
        stops: &dyn Fn() -> bool,
    ) -> Result<Response, Failure> {
        let is_reused = self.last.get().is_some();
        let answer = match &self.runtime {
            Some(runtime) => runtime.block_on(self.send_unless(request, stops)),
            None => Err(Failure::NotConnected(Cause::new(
                Reason::Other,
                "the client has ended".to_owned(),
            ))),
        };
        if is_reused
            && matches!(&answer, Err(Failure::Interrupted(cause)) if cause.reason == Reason::Closed)
        {
            self.network.reuse.closed();
        }
        answer
    }

    /// As [`Connection::send`], but gives the request up when `stops` returns true.
    async fn send_unless(
        &self,
        request: &Request,
        stops: &dyn Fn() -> bool,
    ) -> Result<Response, Failure> {
        let mut answer = std::pin::pin!(self.send(request));
        if !request.stoppable {
            return answer.await;
        }
        loop {
            match tokio::time::timeout(STOP_POLL, &mut answer).await {
                Ok(answer) => return answer,
                Err(_) if stops() => {
                    let host = request.url.host();
                    let text = format!("talking to {host}: interrupted");
                    return Err(Failure::Interrupted(Cause::new(Reason::Other, text)));
                }
                Err(_) => {}
            }
        }
    }

    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let last = self.last.take().filter(|last| !last.is_old());
        if request.method == Method::Post && !request.stoppable {
            self.watch(last).await;
        }
        // The runtime notices whether it was closed. Twice: first it polls the socket, then the connection's task runs.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let begun = Arc::new(AtomicBool::new(false));
        let sent = self.build_request(request, &begun)?.send().await;
        let mut response = sent.map_err(|error| {
            let begun = if request.body.is_empty() {
                !(error.is_connect() || error.is_builder())
            } else {
                begun.load(Ordering::Relaxed)
            };
            self.failure(error, begun, request)
        })?;
        self.note(last, &response);
        let status = response.status().as_u16();
        let headers = header_fields(response.headers());
        let body = match read_body(&mut response).await {
            Ok(body) => body,
            // Only these statuses need a body.
            Err(error) if matches!(status, 200 | 201) => {
                let error = error.without_url();
                let cause = cut_off(&error, reason(&error, false), request, true);
                return Err(Failure::Interrupted(cause));
            }
            Err(_) => Bytes::new(),
        };
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Waits until the connection has been idle for [`CLOSE_WATCH`], unless the service keeps connections.
    async fn watch(&self, last: Option<Answered>) {
        let is_kept = |last: &Answered| last.is_success && self.network.reuse.is_known();
        if let Some(last) = last.filter(|last| !is_kept(last)) {
            tokio::time::sleep_until(last.at + CLOSE_WATCH).await;
        }
    }

    /// Notes an answer, and whether the service has answered over the same connection as before, or over a new one.
    fn note(&self, last: Option<Answered>, response: &reqwest::Response) {
        let between = response.extensions().get::<HttpInfo>();
        let between = between.map(|info| (info.remote_addr(), info.local_addr()));
        if let (Some((before, former)), Some((service, current))) =
            (last.and_then(|last| last.between), between)
            && before == service
        {
            if former == current {
                self.network.reuse.kept();
            } else {
                self.network.reuse.closed();
            }
        }
        self.last.set(Some(Answered {
            at: Instant::now(),
            between,
            is_success: response.status().is_success(),
        }));
    }

    /// Builds the reqwest request. It sets `begun` when hyper reads the body. The head is written together
    /// with the body, so nothing has left this host before.
    fn build_request(
        &self,
        request: &Request,
        begun: &Arc<AtomicBool>,
    ) -> Result<reqwest::RequestBuilder, Failure> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, request.url.expose().clone())
            .timeout(request.timeout);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = &request.bearer {
            let value = sensitive(&format!("Bearer {}", token.expose()), "access token")?;
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some((name, key)) = request.url.key() {
            builder = builder.header(*name, sensitive(key.expose(), "endpoint's key")?);
        }
        if request.body.is_empty() {
            // Graph refuses `message: send` without it.
            if matches!(request.method, Method::Post | Method::Put) {
                builder = builder.header(CONTENT_LENGTH, 0);
            }
        } else {
            let told = [Some(Arc::clone(begun)), request.begun.clone()];
            let body = Full::new(request.body.clone()).map_frame(move |frame| {
                for begun in told.iter().flatten() {
                    begun.store(true, Ordering::Relaxed);
                }
                frame
            });
            builder = builder
                .header(CONTENT_LENGTH, request.body.len())
                .body(reqwest::Body::wrap(body));
        }
        Ok(builder)
    }

    fn failure(&self, error: reqwest::Error, begun: bool, request: &Request) -> Failure {
        let error = error.without_url();
        if begun {
            let cause = cut_off(&error, reason(&error, false), request, false);
            return Failure::Interrupted(cause);
        }
        let proxy = self.network.proxy.as_ref();
        let proxy = proxy.and_then(|proxy| proxy.serving(request.url.expose()));
        let reason = reason(&error, proxy.is_some());
        let by = proxy.map_or_else(String::new, |proxy| {
            format!(" through the proxy {}", host_and_port(proxy))
        });
        let why = match reason {
            Reason::TimedOut => {
                let limit = self.network.connect_limit.min(request.timeout);
                format!("no answer within {}", seconds(limit))
            }
            _ => words(&error),
        };
        let text = format!("connecting to {}{by}: {why}", request.url.host());
        let cause = Cause::new(reason, text);
        match reason {
            Reason::Request => Failure::NotConfigured(cause),
            certificate if certificate.is_certificate() => Failure::NotConfigured(cause),
            _ => Failure::NotConnected(cause),
        }
    }
}

/// The body, cut at [`MAX_RESPONSE`].
async fn read_body(response: &mut reqwest::Response) -> reqwest::Result<Bytes> {
    let mut body = BytesMut::new();
    while body.len() < MAX_RESPONSE
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(MAX_RESPONSE);
    Ok(body.freeze())
}

/// The reason, from the types of the errors in the chain, never from their texts.
fn reason(error: &reqwest::Error, proxied: bool) -> Reason {
    match Reason::of_error(error) {
        Reason::Tls => Reason::Tls,
        certificate if certificate.is_certificate() => certificate,
        _ if error.is_timeout() => Reason::TimedOut,
        _ if error.is_builder() => Reason::Request,
        _ if proxied => Reason::Proxy,
        _ if error.is_dns() => Reason::Dns,
        other => other,
    }
}
