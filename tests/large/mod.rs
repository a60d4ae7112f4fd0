//! Messages that fit no single request, with the real binary.
#![cfg(unix)]

mod arrival;
mod changed;
mod killed;
