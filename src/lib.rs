//! graphmail sends mail through Microsoft Graph.

pub mod auth;
pub mod cloud;
pub mod compose;
pub mod exit;
pub mod graph;
pub mod http;
pub mod message;
pub mod sandbox;
pub mod seams;
pub mod secret;
pub mod submission;
