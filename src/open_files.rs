//! Checks that this process can open enough files, before anything is done that could stop half-way.

/// How many files, sockets and pipes must be free: more than a run has open at the same time.
const NEEDED: usize = 32;

/// The limit of open files is too low.
#[derive(Debug, thiserror::Error)]
#[error("graphmail needs {NEEDED} free file descriptors; the limit of this process is {limit}")]
pub struct TooFew {
    /// The hard limit of all open files; `unlimited` if there is none.
    limit: String,
}

/// Checks that enough files can be opened, and raises the soft limit if that is necessary.
///
/// # Errors
/// [`TooFew`] if the hard limit is too low, or if the parent process left too many files open.
#[cfg(unix)]
pub fn ensure() -> Result<(), TooFew> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    if are_free() {
        return Ok(());
    }
    let hard = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: hard,
        maximum: hard,
    };
    if setrlimit(Resource::Nofile, raised).is_ok() && are_free() {
        return Ok(());
    }
    let limit = hard.map_or_else(|| "unlimited".to_owned(), |hard| hard.to_string());
    Err(TooFew { limit })
}

#[cfg(unix)]
fn are_free() -> bool {
    let pairs: Result<Vec<_>, _> = (0..NEEDED / 2)
        .map(|_| std::os::unix::net::UnixStream::pair())
        .collect();
    pairs.is_ok()
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub const fn ensure() -> Result<(), TooFew> {
    Ok(())
}
