//! Who a client is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::smtp::Reply;

/// "Requested action aborted: local error in processing" (RFC 5321 section 4.2.3).
const LOCAL_ERROR: u16 = 451;

/// A client of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// An address of the network or of this host.
    Network(SocketAddr),
    /// A user of this host and the group of the process, by the Unix socket.
    User(u32, u32),
}

impl Peer {
    /// Whether the client is on this host.
    pub(super) fn is_local(self) -> bool {
        match self {
            Self::Network(address) => canonical(address).is_loopback(),
            Self::User(..) => true,
        }
    }

    /// The name of a user of this host.
    pub(super) fn user_name(self) -> Option<String> {
        let Self::User(uid, _) = self else {
            return None;
        };
        let user = uzers::get_user_by_uid(uid)?;
        Some(user.name().to_string_lossy().into_owned())
    }

    /// What it is told. A client on the network is not told what is wrong on this host, such as with which file.
    pub(super) fn told(self, reply: Reply) -> Reply {
        match self.network() {
            Some(_) if reply.code() == LOCAL_ERROR => {
                reply.with_words("the service cannot take the message now; its log says why")
            }
            _ => reply,
        }
    }

    /// The address of a client on the network.
    pub(super) fn network(self) -> Option<IpAddr> {
        match self {
            Self::Network(address) if !self.is_local() => Some(canonical(address)),
            Self::Network(_) | Self::User(..) => None,
        }
    }
}

/// The address; IPv4 if it is an IPv4 address in IPv6.
fn canonical(address: SocketAddr) -> IpAddr {
    address.ip().to_canonical()
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => write!(formatter, "client={}", canonical(*address)),
            Self::User(uid, _) => write!(formatter, "uid={uid}"),
        }
    }
}
