//! Stand-ins that several areas' tests share.

pub mod browser;
pub mod expected;
pub mod files;
pub mod host;
pub mod loopback;
pub mod process;
pub mod program;
pub mod schema;
pub mod seams;
pub mod transport;
