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

/// Signing in, stored credentials, and who may use an account.
mod account;
/// Tokens from each kind of credential, against a scripted network.
mod auth;
/// The program as a process: exit statuses, closed pipes, signals, several at once.
mod binary;
/// `login --browser` with the program and a browser without a window.
mod browser;
/// The roots of the national clouds and of others.
mod cloud;
/// The bytes of a request: JSON, MIME, and a message split into uploads.
mod command_line;
/// Completions in a real bash.
mod completions;
mod compose;
/// The configuration file: errors by file, line and key; precedence; aliases.
mod configuration;
/// Real messages of a folder, sent in two ways: what arrives, and what is kept (`--ignored`).
mod corpus;
/// `graphmail doctor` on hosts where one thing is wrong at a time.
mod doctor;
/// `graphmail draft`: create, list, send and delete.
mod draft;
/// Each example of README, manual and help runs.
mod examples;
/// Files and folders that other users could have made, changed or linked.
mod files;
/// The committed manual pages and completions are up to date.
mod generated;
/// Graph's operations: what is asked, what each answer means, faults at each step.
mod graph;
/// The HTTP client on loopback: requests, TLS, redirects, limits.
mod http;
/// SIGINT, SIGTERM and SIGHUP while a message is sent.
mod interruption;
/// Messages above one request: they arrive whole, a file changes, the program is killed.
mod large;
/// The architecture: imports between modules, cycles, libraries behind one module.
mod layers;
/// `graphmail merge`: one message for each row of a data file.
mod merge;
/// The parsers of what a user gives: addresses, .eml files, sendmail's input.
mod message;
/// The outbox: queue, retry, crash, idempotency keys, budget, bounces.
mod outbox;
/// What may be repeated after each fault, through the real client.
mod outcomes;
/// The retry table: what follows each status and failure.
mod retry;
/// The sandbox: what its Graph and Entra accept and refuse.
mod sandbox;
/// `graphmail sandbox` as a process.
mod sandbox_background;
mod sandbox_command;
/// The keyring store against a Secret Service.
mod secret_service;
/// No token or secret is in an output, a log or a file of another purpose.
mod secrets;
/// `graphmail send`: flags, files, dry runs, outputs.
mod send;
/// `sendmail`: names, options, aliases, SMTP on standard input.
mod sendmail;
/// The host's mail service, as a process.
mod smtpd;
/// Attachments as they go out: read and decoded piece by piece.
mod submission;
/// What the tests share: hosts, processes, networks, expected outputs.
mod support;
/// Lines for this host's syslog.
mod syslog;
/// Control characters of others reach no terminal and no log.
mod visible;
