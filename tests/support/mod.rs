//! Stand-ins that several areas' tests share.

pub mod seams;
pub mod transport;
