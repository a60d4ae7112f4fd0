//! The idle connections of a client.

use std::sync::{Arc, Mutex};

use super::connection::{Connection, Network};
use crate::http::Failure;
use crate::mutex::locked;

/// Connections that no request uses. The one that was used last is used next, so that no more are open than there are
/// requests at the same time.
#[derive(Default)]
pub(super) struct Pool(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    /// Read by the first request. All connections belong to it.
    network: Option<Arc<Network>>,
    /// The one that was used last is the last.
    connections: Vec<Connection>,
    /// The requests that will soon take one.
    expected: usize,
}

impl Idle {
    fn network(
        &mut self,
        network: impl FnOnce() -> Result<Network, Failure>,
    ) -> Result<Arc<Network>, Failure> {
        Ok(match &self.network {
            Some(network) => Arc::clone(network),
            None => Arc::clone(self.network.insert(Arc::new(network()?))),
        })
    }
}

impl Pool {
    /// An idle connection, or a new one. Those that have been idle for too long are closed.
    ///
    /// # Errors
    /// Those of `network`, which is asked if there is none yet.
    pub(super) fn take(
        &self,
        network: impl FnOnce() -> Result<Network, Failure>,
    ) -> Result<Connection, Failure> {
        let mut idle = locked(&self.0);
        idle.expected = idle.expected.saturating_sub(1);
        let last = idle.connections.pop();
        let is_usable = |connection: &Connection| !connection.is_used_up();
        idle.connections
            .retain(|connection| !connection.is_old() && is_usable(connection));
        if let Some(last) = last.filter(is_usable) {
            return Ok(last);
        }
        let network = idle.network(network)?;
        drop(idle);
        Connection::new(network)
    }

    /// Makes a connection ready for the next request of this thread.
    pub(super) fn prepare(&self, network: impl FnOnce() -> Result<Network, Failure>) {
        let mut idle = locked(&self.0);
        idle.expected += 1;
        if idle.connections.len() >= idle.expected {
            return;
        }
        // What fails here fails again at the request.
        let network = idle.network(network);
        drop(idle);
        if let Ok(connection) = network.and_then(Connection::new) {
            // One that is open already is used before.
            self.put(connection, |_| 0);
        }
    }

    /// Keeps a connection whose request has ended, unless the pool was cleared meanwhile.
    pub(super) fn give_back(&self, connection: Connection) {
        self.put(connection, Vec::len);
    }

    fn put(&self, connection: Connection, place: fn(&Vec<Connection>) -> usize) {
        let mut idle = locked(&self.0);
        let is_current = |network| Arc::ptr_eq(network, &connection.network);
        if idle.network.as_ref().is_some_and(is_current) {
            let place = place(&idle.connections);
            idle.connections.insert(place, connection);
        }
    }

    /// Closes all idle connections; those in use are closed after their requests.
    pub(super) fn clear(&self) {
        *locked(&self.0) = Idle::default();
    }
}
