//! Disables core files: one would contain the tokens and secrets in memory.
//!
//! Programs that graphmail starts (`token_command`, `az`) inherit the limit, because they have the same
//! secrets. The user's own command, which the sandbox runs, gets the former limit back. For this the
//! hard limit stays unchanged: an unprivileged process cannot raise it again.

#[cfg(unix)]
use std::sync::OnceLock;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit that this process was started with, if it was changed.
#[cfg(unix)]
static FORMER: OnceLock<Rlimit> = OnceLock::new();

/// Disables core files for this process. An error is ignored: under a seccomp filter that forbids the
/// call, mail must still be sent.
#[cfg(unix)]
pub fn forbid() {
    let former = getrlimit(Resource::Core);
    if limit(Some(0), former) {
        FORMER.get_or_init(|| former);
    }
}

/// Runs `start`, which starts a program, with the limit that this process was started with.
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
