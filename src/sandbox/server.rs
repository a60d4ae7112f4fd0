//! The network side: a thread, a port, HTTP/1.1.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as StdListener;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use super::fault::{Action, When};
use super::service::Service;

/// The most of a request's body that is kept, in bytes; more than any request may have.
const KEPT: usize = 5 * 1024 * 1024;

/// The running server.
pub(super) struct Server {
    accepting: AbortHandle,
    thread: JoinHandle<()>,
}

impl Server {
    /// Serves on `listener` from a thread of its own.
    pub(super) fn start(
        listener: StdListener,
        tls: Option<Arc<rustls::ServerConfig>>,
        service: Arc<Service>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let acceptor = tls.map(TlsAcceptor::from);
        let (send, receive) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let accepting = tokio::spawn(accept(listener, acceptor, service));
                    // The one who waits for it is gone only if starting failed.
                    drop(send.send(accepting.abort_handle()));
                    drop(accepting.await);
                });
            })?;
        let accepting = receive.recv().map_err(io::Error::other)?;
        Ok(Self { accepting, thread })
    }

    /// Ends all connections and the thread.
    pub(super) fn stop(self) {
        self.accepting.abort();
        // A server that panicked has said so on its own.
        drop(self.thread.join());
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, service: Arc<Service>) {
    loop {
        // A connection that was gone before it was taken is nobody's loss.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        // An answer must not wait until the client has acknowledged the session tickets before it.
        drop(stream.set_nodelay(true));
        let service = Arc::clone(&service);
        match acceptor.clone() {
            None => drop(tokio::spawn(connection(stream, |stream| stream, service))),
            Some(acceptor) => drop(tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    connection(stream, |stream| stream.get_ref().0, service).await;
                }
            })),
        }
    }
}

/// Why a connection ends without an answer: a fault says so, or the client went away.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset")]
struct Reset;

type Answered = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Reset>> + Send>>;

/// Serves one connection to its end; `socket` finds the TCP stream in it.
async fn connection<S>(stream: S, socket: fn(&S) -> &TcpStream, service: Arc<Service>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let serve = service_fn(move |request: Request<Incoming>| -> Answered {
        Box::pin(respond(request, Arc::clone(&service)))
    });
    let mut serving = http1::Builder::new().serve_connection(TokioIo::new(stream), serve);
    if (&mut serving).await.is_err() {
        let stream = serving.into_parts().io.into_inner();
        // With nothing to linger for, closing sends RST in place of FIN. A socket that is gone
        // already needs none.
        drop(socket(&stream).set_zero_linger());
    }
}

async fn respond(
    request: Request<Incoming>,
    service: Arc<Service>,
) -> Result<Response<Full<Bytes>>, Reset> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, read(body).await?);
    let exchange = service.seen(&request);
    let response = match service.fault(&request) {
        None => service.answer(&request),
        Some(Action::Answer(answer)) => service.scripted(&answer, &request),
        Some(Action::Reset(when)) => {
            process_if(when, &service, &request);
            return Err(Reset);
        }
        Some(Action::Stall(when)) => {
            process_if(when, &service, &request);
            match std::future::pending::<Infallible>().await {}
        }
    };
    service.answered(exchange, response.status().as_u16());
    Ok(response.map(Full::new))
}

fn process_if(when: When, service: &Service, request: &Request<Bytes>) {
    if when == When::After {
        drop(service.answer(request));
    }
}

/// The whole body, of which only the first [`KEPT`] bytes are kept: the rest is read so that the
/// client comes to read its answer.
async fn read(mut body: Incoming) -> Result<Bytes, Reset> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Reset)?;
        if let Some(bytes) = frame.data_ref() {
            let room = bytes.len().min(KEPT - kept.len());
            kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
    }
    Ok(kept.freeze())
}
