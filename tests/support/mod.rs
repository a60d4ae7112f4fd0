//! Stand-ins that several areas' tests share.

pub mod loopback;
pub mod seams;
pub mod transport;
