//! The only file that names reqwest: one client, async inside, blocking outside.

/// The longest response body that is kept, in bytes: Graph's and Entra's errors are far shorter.
pub const MAX_RESPONSE: usize = 1 << 20;
