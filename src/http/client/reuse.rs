//! Whether a connection may be used again as soon as it has answered.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How often a service must have answered over a connection that had answered before, until it is known to keep
/// connections.
const PROOF: usize = 16;

/// What is known of how a service treats connections that it has answered over.
#[derive(Default)]
pub(super) struct Reuse {
    /// How often it has answered over one again.
    kept: AtomicUsize,
    /// Whether it has closed one. Then no connection is used again.
    closes: AtomicBool,
}

impl Reuse {
    /// Whether the service is known to keep them.
    pub(super) fn is_known(&self) -> bool {
        self.kept.load(Ordering::Relaxed) >= PROOF && !self.closes()
    }

    pub(super) fn closes(&self) -> bool {
        self.closes.load(Ordering::Relaxed)
    }

    /// The service has answered over one again.
    pub(super) fn kept(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// The service has closed one.
    pub(super) fn closed(&self) {
        self.closes.store(true, Ordering::Relaxed);
    }
}
