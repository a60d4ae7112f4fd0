//! Core files. One would hold the tokens and secrets that are in memory, so the kernel writes none for
//! this process.
//!
//! Programs that it starts (`token_command`, `az`) inherit the limit: they hold the same secrets. Only
//! the user's own command, which the sandbox runs, gets the former limit back. So the hard limit stays
//! as it was: a process without privileges cannot raise it again.

#[cfg(unix)]
use std::sync::OnceLock;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit that this process was started with, if another was set.
#[cfg(unix)]
static FORMER: OnceLock<Rlimit> = OnceLock::new();

/// Lets the kernel write no core file from now on. If the limit cannot be set, which a seccomp filter
/// can cause, the send is worth more.
#[cfg(unix)]
pub fn forbid() {
    let former = getrlimit(Resource::Core);
    if limit(Some(0), former) {
        FORMER.get_or_init(|| former);
    }
}

/// Starts a program with the limit that this process was started with.
#[cfg(unix)]
pub fn with_former_limit<T>(start: impl FnOnce() -> T) -> T {
    let Some(&former) = FORMER.get() else {
        return start();
    };
    limit(former.current, former);
    let started = start();
    limit(Some(0), former);
    started
}

#[cfg(unix)]
fn limit(current: Option<u64>, former: Rlimit) -> bool {
    setrlimit(Resource::Core, Rlimit { current, ..former }).is_ok()
}

/// Windows writes no core files.
#[cfg(not(unix))]
pub const fn forbid() {}

/// Windows writes no core files.
#[cfg(not(unix))]
pub fn with_former_limit<T>(start: impl FnOnce() -> T) -> T {
    start()
}
