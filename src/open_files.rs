//! Checks that this process can open enough files, before anything is done that could stop half-way.

/// The suggested limit is a multiple of this.
const STEP: u64 = 64;

/// How many files, sockets and pipes must be free: more than a run has open at the same time.
const NEEDED: usize = 32;

/// The limit of open files is too low.
#[derive(Debug, thiserror::Error)]
#[error("graphmail needs {NEEDED} free file descriptors; the limit of this process is {limit}")]
pub struct TooFew {
    /// The hard limit of all open files; `unlimited` if there is none.
    limit: String,
    /// A limit that is enough; `None` if there is no hard limit.
    pub enough: Option<u64>,
}

/// Checks that enough files can be opened, and raises the soft limit if that is necessary.
///
/// # Errors
/// [`TooFew`] if the hard limit is too low, or if the parent process left too many files open.
#[cfg(unix)]
pub fn ensure() -> Result<(), TooFew> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let before = free();
    if before >= NEEDED {
        return Ok(());
    }
    let hard = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: hard,
        maximum: hard,
    };
    let free = setrlimit(Resource::Nofile, raised).map_or(before, |()| free());
    if free >= NEEDED {
        return Ok(());
    }
    let lacking = (NEEDED - free) as u64;
    Err(TooFew {
        limit: hard.map_or_else(|| "unlimited".to_owned(), |hard| hard.to_string()),
        enough: hard.map(|hard| (hard + lacking).next_multiple_of(STEP)),
    })
}

/// How many files can be opened, at most [`NEEDED`].
#[cfg(unix)]
fn free() -> usize {
    counted().unwrap_or_else(tried).min(NEEDED)
}

/// How many files can be opened, from the number of those that are open. `None` if the system does not say it: Linux
/// does since version 6.2 (proc_pid_fd(5)), if /proc is mounted.
#[cfg(unix)]
fn counted() -> Option<usize> {
    let open = std::fs::metadata("/proc/self/fd").ok()?.len();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let free = limit.unwrap_or(u64::MAX).saturating_sub(open);
    (open > 0).then(|| usize::try_from(free).unwrap_or(usize::MAX))
}

/// How many files can be opened, by opening them.
#[cfg(unix)]
fn tried() -> usize {
    let pairs = (0..NEEDED / 2).map_while(|_| std::os::unix::net::UnixStream::pair().ok());
    // They stay open until all are counted.
    2 * pairs.collect::<Vec<_>>().len()
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub const fn ensure() -> Result<(), TooFew> {
    Ok(())
}
