//! Accepts connections, and serves them in one thread.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};

use super::access::SUBMISSIONS;
use super::connection::{self, Stream};
use super::intake::Intake;
use super::listeners::Listener;
use super::peer::Peer;
use super::service::Service;
use crate::interrupt;
use crate::smtp::Reply;

/// The most connections at the same time, unless the configuration says otherwise.
const CONNECTIONS: usize = 100;

/// The most connections of one client on the network, or of one user by the Unix socket: `sendmail` tries again.
const OF_ONE_CLIENT: usize = 10;

/// The time for what is in flight when the service ends.
const LAST: Duration = Duration::from_secs(10);

/// How long no connection is accepted after an error, such as too many open files.
const PAUSE: Duration = Duration::from_secs(1);

/// The uid and the gid of a client that the system does not tell: nobody.
const NOBODY: u32 = 65_534;

/// A listener in the runtime.
enum Acceptor {
    /// Whether TLS begins with the connection.
    Network(TcpListener, bool),
    Local(UnixListener),
}

/// A connection that was accepted.
struct Accepted {
    stream: Box<dyn Stream>,
    peer: Peer,
    /// Whether TLS begins at once.
    is_tls: bool,
}

impl Acceptor {
    fn new(listener: Listener) -> io::Result<Self> {
        match listener {
            Listener::Network(listener) => {
                let is_tls = listener.local_addr()?.port() == SUBMISSIONS;
                Ok(Self::Network(TcpListener::from_std(listener)?, is_tls))
            }
            Listener::Local(listener) => UnixListener::from_std(listener).map(Self::Local),
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match self {
            Self::Network(listener, is_tls) => {
                listener.poll_accept(context).map_ok(|(stream, address)| {
                    // Replies are short, and the client waits for them.
                    drop(stream.set_nodelay(true));
                    Accepted {
                        stream: Box::new(stream),
                        peer: Peer::Network(address),
                        is_tls: *is_tls,
                    }
                })
            }
            Self::Local(listener) => listener.poll_accept(context).map_ok(|(stream, _)| {
                let (uid, gid) = stream
                    .peer_cred()
                    .map_or((NOBODY, NOBODY), |peer| (peer.uid(), peer.gid()));
                Accepted {
                    stream: Box::new(stream),
                    peer: Peer::User(uid, gid),
                    is_tls: false,
                }
            }),
        }
    }
}

/// The connections of each client.
#[derive(Default)]
struct Clients {
    all: usize,
    of: HashMap<One, usize>,
}

/// A client with a limit.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum One {
    Address(IpAddr),
    User(u32),
    /// All programs of this host that use its ports.
    Host,
}

impl One {
    fn of(peer: Peer) -> Self {
        match peer {
            Peer::User(uid, _) => Self::User(uid),
            Peer::Network(_) => peer.network().map_or(Self::Host, Self::Address),
        }
    }

    /// Its most connections, if all have `most`: some stay free for others than the programs that use the ports here.
    fn most(self, most: usize) -> usize {
        match self {
            Self::Address(_) | Self::User(_) => OF_ONE_CLIENT,
            Self::Host => most.saturating_sub(OF_ONE_CLIENT).max(most.div_ceil(2)),
        }
    }
}

impl Clients {
    /// Counts a connection of `peer`; otherwise why there are too many.
    fn enter(&mut self, peer: Peer, most: usize) -> Result<(), &'static str> {
        if self.all >= most {
            return Err("too many connections");
        }
        let one = One::of(peer);
        let count = self.of.entry(one).or_default();
        if *count >= one.most(most) {
            return Err(match one {
                One::Address(_) => "too many connections from your address",
                One::User(_) => "too many connections of your user",
                One::Host => "too many connections from this host",
            });
        }
        *count += 1;
        self.all += 1;
        Ok(())
    }

    fn leave(&mut self, peer: Peer) {
        self.all = self.all.saturating_sub(1);
        let one = One::of(peer);
        if let Some(count) = self.of.get_mut(&one) {
            *count -= 1;
            if *count == 0 {
                self.of.remove(&one);
            }
        }
    }
}

/// Accepts and serves connections until SIGTERM.
pub(super) fn run(
    listeners: Vec<Listener>,
    service: &Service<'_, '_>,
    intake: &Intake,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Passwords are checked there, one after another: each check takes much memory.
        .max_blocking_threads(1)
        .build()?;
    runtime.block_on(serve(listeners, service, intake))
}

async fn serve(
    listeners: Vec<Listener>,
    service: &Service<'_, '_>,
    intake: &Intake,
) -> io::Result<()> {
    let addresses: Vec<_> = listeners.iter().filter_map(Listener::address).collect();
    let acceptors: io::Result<Vec<_>> = listeners.into_iter().map(Acceptor::new).collect();
    let acceptors = acceptors?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let (mut connections, mut clients) = (FuturesUnordered::new(), Clients::default());
    notify(sd_notify::NotifyState::Ready);
    // A signal that came before `signal` is not received here.
    while !interrupt::is_set() {
        tokio::select! {
            accepted = poll_fn(|context| accept(&acceptors, context)) => match accepted {
                Ok(accepted) => {
                    let entered = clients.enter(accepted.peer, most(service));
                    connections.push(serve_one(accepted, entered, (service, intake)));
                }
                Err(error) => {
                    service.log.line(&format!("warning: accepting a connection: {error}"));
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(left) = connections.next() => {
                if let Some(peer) = left {
                    clients.leave(peer);
                }
            }
            _ = hung_up.recv() => service.reload(&addresses),
            _ = terminated.recv() => break,
            _ = interrupted.recv() => break,
        }
    }
    notify(sd_notify::NotifyState::Stopping);
    drop(acceptors);
    interrupt::end_within(LAST);
    service.stop();
    while connections.next().await.is_some() {}
    Ok(())
}

fn accept(acceptors: &[Acceptor], context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
    for acceptor in acceptors {
        if let Poll::Ready(accepted) = acceptor.poll(context) {
            return Poll::Ready(accepted);
        }
    }
    Poll::Pending
}

/// The most connections at the same time.
fn most(service: &Service<'_, '_>) -> usize {
    let most = service.file().smtpd.connections;
    most.map_or(CONNECTIONS, |most| most.get().into())
}

/// Serves one connection. Returns its client if it was counted.
async fn serve_one(
    accepted: Accepted,
    entered: Result<(), &'static str>,
    (service, intake): (&Service<'_, '_>, &Intake),
) -> Option<Peer> {
    let Accepted {
        mut stream,
        peer,
        is_tls,
    } = accepted;
    match entered {
        Ok(()) => {
            // A client that has gone needs no report.
            drop(connection::serve((stream, is_tls), peer, (service, intake)).await);
            Some(peer)
        }
        Err(why) => {
            let reply = Reply::new(421, [4, 7, 0], why);
            service.log.refused(peer, why);
            let write = stream.write_all(reply.line().as_bytes()).await;
            drop(write);
            None
        }
    }
}

/// Tells systemd, if it has started the service.
fn notify(state: sd_notify::NotifyState<'_>) {
    drop(sd_notify::notify(&[state]));
}
