//! Stand-ins that several areas' tests share.

pub mod expected;
pub mod host;
pub mod loopback;
pub mod seams;
pub mod transport;
