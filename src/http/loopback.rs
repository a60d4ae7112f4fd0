//! A listener on this host alone, for the one request that a browser is redirected with (RFC 8252
//! section 7.3).
//!
//! It knows HTTP and nothing of sign-ins: it hands out the query of a `GET /`, and answers all else
//! itself, as what browsers ask besides (icons, connections opened ahead of need) is no answer.

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

/// The largest head of a request, in bytes: an authorization code and a state are some kilobytes.
const MAX_HEAD: usize = 32 * 1024;
/// How long a request's head may take.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long the browser may take to read a page, which the system's buffers hold whole.
const PAGE_TIME: Duration = Duration::from_secs(2);
/// How often [`Loopback::next`] asks whether to go on.
const TICK: Duration = Duration::from_millis(100);
/// How many ports are tried until one is free for both address families.
const PORTS: u32 = 16;

/// What a page may do: look like something. It has no script and loads nothing.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The listener, on 127.0.0.1 and ::1.
pub struct Loopback {
    runtime: Runtime,
    visits: mpsc::Receiver<Visit>,
    port: u16,
}

/// A `GET /` that waits for its page.
pub struct Visit {
    /// What follows the question mark, as it came: there may be an authorization code in it.
    pub query: Secret,
    page: oneshot::Sender<Page>,
    /// Ends with the connection.
    over: oneshot::Receiver<Infallible>,
}

/// What the browser shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The document, whole.
    pub html: String,
}

impl Loopback {
    /// Listens on a free port, the same one in both address families: a browser takes `localhost`
    /// for either. A host without ::1 is served on 127.0.0.1 alone.
    ///
    /// # Errors
    /// Why nothing can listen on 127.0.0.1.
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
            let door = Door {
                port,
                visits: sender.clone(),
            };
            drop(runtime.spawn(accept(listener, door)));
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

    /// The next `GET /` with a query; nothing where `goes_on`, which is asked several times each
    /// second, says no before it comes.
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

    /// Gives the visit its page; returns when it is written, or the browser is gone.
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
            // Another program has it, to which the browser could bring the code.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            // There is no ::1, for a browser as little as for us.
            Err(_) => return Ok((vec![four], port)),
        }
    }
    Err(last)
}

/// Where a connection leads.
#[derive(Clone)]
struct Door {
    port: u16,
    visits: mpsc::Sender<Visit>,
}

async fn accept(listener: TcpListener, door: Door) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, door.clone()))),
            // Too many open files, say: it may pass.
            Err(_) => sleep(TICK).await,
        }
    }
}

async fn connection(stream: TcpStream, door: Door) {
    let (_alive, over) = oneshot::channel();
    let (door, over) = (&door, &Mutex::new(Some(over)));
    let serve = service_fn(move |request: Request<Incoming>| async move {
        // One request a connection, so that the page is known to be written when it ends.
        let over = over.lock().ok().and_then(|mut over| over.take());
        Ok::<_, Infallible>(door.respond(&request, over).await)
    });
    // A connection that breaks is the browser's affair: it comes again, or nobody waits for it.
    drop(
        http1::Builder::new()
            .keep_alive(false)
            // Whoever has nothing more to say may still wait for the page.
            .half_close(true)
            .max_buf_size(MAX_HEAD)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(stream), serve)
            .await,
    );
}

impl Door {
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
        // Nobody waits any more: the program is about to end.
        if self.visits.send(visit).await.is_err() {
            return refusal(StatusCode::GONE);
        }
        page.await
            .map_or_else(|_| refusal(StatusCode::GONE), |page| shown(&page))
    }

    /// Whether the request was meant for the redirect URI: a page elsewhere whose name was pointed
    /// at this host has nothing to say here.
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
        // The page's own URL holds the code.
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
