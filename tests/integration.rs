//! All tests that look at the program from outside its modules, in one binary.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::get_unwrap,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "a test ends at the first surprise, and writes the files that it needs"
)]

mod account;
mod auth;
mod binary;
mod browser;
mod compose;
mod configuration;
mod doctor;
mod draft;
mod files;
mod generated;
mod graph;
mod http;
mod interruption;
mod large;
mod layers;
mod message;
mod outbox;
mod outcomes;
mod retry;
mod sandbox;
mod sandbox_command;
mod secret_service;
mod secrets;
mod send;
mod sendmail;
mod support;
mod visible;
