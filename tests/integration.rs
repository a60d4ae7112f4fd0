//! All tests that look at the program from outside its modules, in one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod http;
mod retry;
