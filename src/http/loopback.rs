//! A listener on the loopback interface that receives the redirect of a browser sign-in (RFC 8252
//! section 7.3).
//!
//! It returns the query of a `GET /`. It answers all other requests itself, such as those for icons.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener as StdListener};
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::secret::Secret;

/// The largest request head, in bytes. An authorization code and a state have some kilobytes.
const MAX_HEAD: usize = 32 * 1024;
/// The time limit for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long to wait until the browser has read a page. The page fits into the socket buffer.
const PAGE_TIME: Duration = Duration::from_secs(2);
/// How often [`Loopback::next`] checks whether to go on.
const TICK: Duration = Duration::from_millis(100);
/// How many ports are tried until one is free for both address families.
const PORTS: u32 = 16;

/// The page has styles, but no scripts, and loads nothing.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The listener, on 127.0.0.1 and ::1.
pub struct Loopback {
    runtime: Runtime,
    visits: mpsc::Receiver<Visit>,
    port: u16,
}

/// A `GET /` that waits for its page.
pub struct Visit {
    /// The query, not decoded. It may contain an authorization code.
    pub query: Secret,
    page: oneshot::Sender<Page>,
    /// Closed when the connection ends.
    over: oneshot::Receiver<Infallible>,
}

/// The response that the browser shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The HTML document.
    pub html: String,
}

impl Loopback {
    /// Listens on a free port, the same on 127.0.0.1 and ::1, because a browser may use either for
    /// `localhost`. On a host without ::1 it listens on 127.0.0.1 only.
    ///
    /// # Errors
    /// If it cannot listen on 127.0.0.1.
    pub fn open() -> io::Result<Self> {
        let (listeners, port) = listen()?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let (sender, visits) = mpsc::channel(1);
        for listener in listeners {
            listener.set_nonblocking(true)?;
            let listener = {
                let _inside = runtime.enter();
                TcpListener::from_std(listener)?
            };
            let handler = Handler {
                port,
                visits: sender.clone(),
            };
            drop(runtime.spawn(accept(listener, handler)));
        }
        Ok(Self {
            runtime,
            visits,
            port,
        })
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the next `GET /` with a query. Returns `None` if `goes_on`, which is called several times per
    /// second, returns false first.
    pub fn next(&mut self, goes_on: &dyn Fn() -> bool) -> Option<Visit> {
        let Self {
            runtime, visits, ..
        } = self;
        runtime.block_on(async {
            while goes_on() {
                if let Ok(visit) = timeout(TICK, visits.recv()).await {
                    return visit;
                }
            }
            None
        })
    }

    /// Sends the page. Returns when it is written or the browser has closed the connection.
    pub fn answer(&self, visit: Visit, page: Page) {
        let Visit {
            page: waiting,
            over,
            ..
        } = visit;
        // A browser that went away needs no page.
        if waiting.send(page).is_ok() {
            drop(
                self.runtime
                    .block_on(async { timeout(PAGE_TIME, over).await }),
            );
        }
    }
}

fn listen() -> io::Result<(Vec<StdListener>, u16)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORTS {
        let four = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = four.local_addr()?.port();
        match StdListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(six) => return Ok((vec![four, six], port)),
            // Another program listens there, and the browser could send the code to it.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            // There is no ::1, so the browser does not use it either.
            Err(_) => return Ok((vec![four], port)),
        }
    }
    Err(last)
}

/// Handles the requests of all connections.
#[derive(Clone)]
struct Handler {
    port: u16,
    visits: mpsc::Sender<Visit>,
}

async fn accept(listener: TcpListener, handler: Handler) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, handler.clone()))),
            // A temporary error, such as too many open files.
            Err(_) => sleep(TICK).await,
        }
    }
}

async fn connection(stream: TcpStream, handler: Handler) {
    let (_alive, over) = oneshot::channel();
    let (handler, over) = (&handler, &Mutex::new(Some(over)));
    let serve = service_fn(move |request: Request<Incoming>| async move {
        // One request per connection: when the connection ends, the page is written.
        let over = over.lock().ok().and_then(|mut over| over.take());
        Ok::<_, Infallible>(handler.respond(&request, over).await)
    });
    // If the connection breaks, the browser may try again.
    drop(
        http1::Builder::new()
            .keep_alive(false)
            // A client that closes its sending side may still wait for the page.
            .half_close(true)
            .max_buf_size(MAX_HEAD)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(stream), serve)
            .await,
    );
}

impl Handler {
    async fn respond(
        &self,
        request: &Request<Incoming>,
        over: Option<oneshot::Receiver<Infallible>>,
    ) -> Response<Full<Bytes>> {
        if !self.is_meant(request) {
            return refusal(StatusCode::MISDIRECTED_REQUEST);
        }
        if request.method() != Method::GET {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED);
            set(&mut response, ALLOW, "GET");
            return response;
        }
        let query = request.uri().query().filter(|query| !query.is_empty());
        let (Some(query), "/", Some(over)) = (query, request.uri().path(), over) else {
            return refusal(StatusCode::NOT_FOUND);
        };
        let (sender, page) = oneshot::channel();
        let visit = Visit {
            query: Secret::new(query),
            page: sender,
            over,
        };
        // The sign-in no longer waits, because the program is about to end.
        if self.visits.send(visit).await.is_err() {
            return refusal(StatusCode::GONE);
        }
        page.await
            .map_or_else(|_| refusal(StatusCode::GONE), |page| shown(&page))
    }

    /// Whether the request is for the redirect URI. This keeps out DNS rebinding: a page of another site
    /// whose name resolves to this host.
    fn is_meant(&self, request: &Request<Incoming>) -> bool {
        let host = request.headers().get(HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        host.eq_ignore_ascii_case(&format!("localhost:{}", self.port))
    }
}

fn shown(page: &Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(page.html.clone()));
    *response.status_mut() =
        StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        // The URL of the page contains the code.
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        set(&mut response, name, value);
    }
    response
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut response = Response::new(Full::from(format!("{reason}\n")));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, "text/plain");
    response
}

fn set(response: &mut Response<Full<Bytes>>, name: HeaderName, value: &'static str) {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}
