//! The network server: a thread, a port, HTTP/1.1.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as StdListener;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use super::fault::{Action, When};
use super::page::Events;
use super::route::Origin;
use super::service::Service;

/// How much of a request's body is kept, in bytes. No valid request is longer.
const KEPT: usize = 5 * 1024 * 1024;

/// The running server.
pub(super) struct Server {
    accepting: Vec<AbortHandle>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Serves on these listeners in a new thread.
    pub(super) fn start(
        listeners: [(StdListener, Origin); 2],
        tls: Option<Arc<rustls::ServerConfig>>,
        service: &Arc<Service>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let acceptor = tls.map(TlsAcceptor::from);
        let mut accepting = Vec::new();
        let mut tasks = Vec::new();
        for (listener, origin) in listeners {
            listener.set_nonblocking(true)?;
            let _inside = runtime.enter();
            let place = Place {
                service: Arc::clone(service),
                origin,
            };
            let accept = accept(TcpListener::from_std(listener)?, acceptor.clone(), place);
            let task = runtime.spawn(accept);
            accepting.push(task.abort_handle());
            tasks.push(task);
        }
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    for task in tasks {
                        drop(task.await);
                    }
                });
            })?;
        Ok(Self { accepting, thread })
    }

    /// Closes all connections and ends the thread.
    pub(super) fn stop(self) {
        for accepting in &self.accepting {
            accepting.abort();
        }
        // A server that panicked has already reported it.
        drop(self.thread.join());
    }
}

/// What is served at an address.
#[derive(Clone)]
struct Place {
    service: Arc<Service>,
    origin: Origin,
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, place: Place) {
    loop {
        // A connection that was closed before it was accepted needs no answer.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        // Without this, an answer would wait until the client has acknowledged the session tickets.
        drop(stream.set_nodelay(true));
        let place = place.clone();
        match acceptor.clone() {
            None => drop(tokio::spawn(connection(stream, |stream| stream, place))),
            Some(acceptor) => drop(tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    connection(stream, |stream| stream.get_ref().0, place).await;
                }
            })),
        }
    }
}

/// A connection that ends without an answer, because of a fault or because the client closed it.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset")]
struct Reset;

type Body = UnsyncBoxBody<Bytes, Infallible>;
type Answered = Pin<Box<dyn Future<Output = Result<Response<Body>, Reset>> + Send>>;

/// Serves one connection; `socket` returns its TCP stream.
async fn connection<S>(stream: S, socket: fn(&S) -> &TcpStream, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let serve = service_fn(move |request: Request<Incoming>| -> Answered {
        Box::pin(respond(request, place.clone()))
    });
    let mut serving = http1::Builder::new().serve_connection(TokioIo::new(stream), serve);
    if (&mut serving).await.is_err() {
        let stream = serving.into_parts().io.into_inner();
        // With a linger time of zero, closing sends RST instead of FIN. A socket that is already closed
        // needs none.
        drop(socket(&stream).set_zero_linger());
    }
}

async fn respond(request: Request<Incoming>, place: Place) -> Result<Response<Body>, Reset> {
    let Place { service, origin } = &place;
    let (parts, body) = request.into_parts();
    let (body, length) = read(body).await?;
    let request = Request::from_parts(parts, body);
    let exchange = service.seen(*origin, &request, length);
    let response = match service.fault(exchange, *origin, &request) {
        None => service.answer(*origin, &request),
        Some(Action::Answer(answer)) => service.scripted(&answer, *origin, &request),
        Some(Action::Reset(when)) => {
            place.process_if(when, &request);
            return Err(Reset);
        }
        Some(Action::Stall(when)) => {
            place.process_if(when, &request);
            match std::future::pending::<Infallible>().await {}
        }
    };
    service.answered(exchange, &response);
    let is_stream = response.extensions().get::<Events>().is_some();
    Ok(response.map(|body| match is_stream {
        true => events(service.changes()),
        false => Full::new(body).boxed_unsync(),
    }))
}

/// The stream of changes, as server-sent events (HTML Standard, section "Server-sent events"). It ends with the
/// server.
fn events(changes: watch::Receiver<u64>) -> Body {
    let events = stream::unfold(changes, |mut changes| async move {
        changes.changed().await.ok()?;
        let event = format!("data: {}\n\n", *changes.borrow_and_update());
        Some((Ok(Frame::data(Bytes::from(event))), changes))
    });
    StreamBody::new(events).boxed_unsync()
}

impl Place {
    fn process_if(&self, when: When, request: &Request<Bytes>) {
        if when == When::After {
            drop(self.service.answer(self.origin, request));
        }
    }
}

/// Reads the whole body and returns its first [`KEPT`] bytes and its length. The rest is read so that
/// the client gets to reading the answer.
async fn read(mut body: Incoming) -> Result<(Bytes, u64), Reset> {
    let mut kept = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Reset)?;
        if let Some(bytes) = frame.data_ref() {
            length += bytes.len() as u64;
            let room = bytes.len().min(KEPT - kept.len());
            kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
    }
    Ok((kept.freeze(), length))
}
