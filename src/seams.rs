//! The only place that uses the system's clock, sleep, randomness and environment.
//!
//! All other code receives them as arguments, so that a test controls the clock and the random bytes,
//! and need not wait.
#![expect(clippy::disallowed_methods, reason = "the lint points to this file")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::interrupt;

/// The system services that a run uses, in addition to files and the network.
pub trait Seams: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
    /// Sleeps for `pause`, also if a signal arrives.
    fn sleep(&self, pause: Duration);
    /// Sleeps for `pause`, or until the run is interrupted: see [`Seams::interrupted`].
    fn rest(&self, pause: Duration) {
        self.sleep(pause);
    }
    /// Waits at most `limit` until standard input has bytes or has ended. Returns whether it has.
    ///
    /// # Errors
    /// If the system cannot wait for it.
    fn wait_for_input(&self, limit: Duration) -> io::Result<bool> {
        let _ = limit;
        Ok(true)
    }
    /// Whether a signal asked the run to end, if it handles signals: see [`interrupt`].
    fn interrupted(&self) -> bool {
        false
    }
    /// Fills `bytes` with cryptographically secure random bytes.
    fn random(&self, bytes: &mut [u8]);
    /// The time zone of times without an offset. It is [`TimeZone::unknown`] if `TZ` names no known zone.
    fn time_zone(&self) -> TimeZone;

    /// The name of this host.
    fn host_name(&self) -> String {
        "localhost".to_owned()
    }

    /// The login name of this user.
    fn user_name(&self) -> String {
        "user".to_owned()
    }

    /// The users of this host.
    fn users(&self) -> Vec<User> {
        Vec::new()
    }

    /// All names of this host: [`Seams::host_name`] first.
    fn host_names(&self) -> Vec<String> {
        vec![self.host_name()]
    }

    /// Called after each step that must leave a consistent state on disk. A test ends the run there,
    /// as a power cut would.
    fn step(&self, name: &'static str) {
        let _ = name;
    }

    /// The error of a disk that takes no record of an entry, in a test.
    fn disk_error(&self) -> Option<io::Error> {
        None
    }

    /// A random UUID (version 4), for `client-request-id` and Message-ID.
    fn uuid(&self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        self.random(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// A user of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the primary group.
    pub gid: u32,
    /// The home folder.
    pub home: PathBuf,
}

/// The operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Seams for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }

    fn rest(&self, pause: Duration) {
        interrupt::rest(pause);
    }

    #[cfg(unix)]
    fn wait_for_input(&self, limit: Duration) -> io::Result<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let input = io::stdin();
        let mut waited = [PollFd::new(&input, PollFlags::IN)];
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        loop {
            match poll(&mut waited, Some(&limit)) {
                Err(rustix::io::Errno::INTR) if !interrupt::is_set() => {}
                waited => return Ok(waited? > 0),
            }
        }
    }

    fn interrupted(&self) -> bool {
        interrupt::is_set()
    }

    #[expect(
        clippy::expect_used,
        reason = "without random bytes from the kernel no identifier is safe"
    )]
    fn random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }

    fn time_zone(&self) -> TimeZone {
        match std::env::var_os("TZ") {
            Some(name) => name
                .to_str()
                .and_then(time_zone_named)
                .unwrap_or_else(TimeZone::unknown),
            None => match local_time_zone().unwrap_or_else(TimeZone::system) {
                // A host without a zone is in UTC.
                zone if zone.is_unknown() => TimeZone::UTC,
                zone => zone,
            },
        }
    }

    #[cfg(unix)]
    fn host_name(&self) -> String {
        let names = rustix::system::uname();
        names.nodename().to_string_lossy().into_owned()
    }

    #[cfg(unix)]
    fn user_name(&self) -> String {
        let id = uzers::get_effective_uid();
        let name =
            uzers::get_user_by_uid(id).map(|user| user.name().to_string_lossy().into_owned());
        name.unwrap_or_else(|| id.to_string())
    }

    #[cfg(not(unix))]
    fn user_name(&self) -> String {
        std::env::var("USERNAME").unwrap_or_else(|_| "user".to_owned())
    }

    fn users(&self) -> Vec<User> {
        users(&std::fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    fn host_names(&self) -> Vec<String> {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        host_names(
            self.host_name(),
            &read("/etc/hosts"),
            &read("/etc/mailname"),
        )
    }

    #[cfg(not(unix))]
    fn host_name(&self) -> String {
        std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned())
    }
}

/// The names of the host `name`: also its full name in `hosts` (hosts(5)), where `hostname --fqdn` finds it
/// first, and `mailname`, the name in the addresses of its mail (mailname(5)).
#[must_use]
pub fn host_names(name: String, hosts: &str, mailname: &str) -> Vec<String> {
    let full_name = hosts.lines().find_map(|line| {
        let names = line.split('#').next()?.split_whitespace().skip(1);
        let is_this = names.clone().any(|known| known.eq_ignore_ascii_case(&name));
        names.take(usize::from(is_this)).next()
    });
    let mailname = mailname.lines().next().map(str::trim);
    let is_full = |name: &&str| name.contains('.') && !name.starts_with("localhost.");
    let others: Vec<_> = full_name
        .into_iter()
        .chain(mailname)
        .filter(is_full)
        .map(ToOwned::to_owned)
        .collect();
    std::iter::once(name).chain(others).collect()
}

/// The users in the text of `/etc/passwd` (passwd(5)).
fn users(passwd: &str) -> Vec<User> {
    let user = |line: &str| {
        let fields: Vec<_> = line.split(':').collect();
        let [name, _, uid, gid, _, home, _] = fields[..] else {
            return None;
        };
        Some(User {
            name: name.to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: PathBuf::from(home),
        })
    };
    passwd.lines().filter_map(user).collect()
}

/// The host's time zone without its name, from `/etc/localtime`. jiff also finds the name, but reads
/// the folders of all zones for that, which takes longer than making a message.
fn local_time_zone() -> Option<TimeZone> {
    if cfg!(not(unix)) {
        return None;
    }
    let zone = std::fs::read("/etc/localtime").ok()?;
    TimeZone::tzif("", &zone).ok()
}

/// The zone of a `TZ`: the name of a zone or of its file, or a POSIX rule, with or without a colon before it (POSIX,
/// "Environment Variables"). Empty is UTC. `None` if it is unknown.
fn time_zone_named(name: &str) -> Option<TimeZone> {
    let name = name.strip_prefix(':').unwrap_or(name);
    if name.is_empty() {
        return Some(TimeZone::UTC);
    }
    if name.starts_with('/') {
        return TimeZone::tzif("", &std::fs::read(name).ok()?).ok();
    }
    // Without a rule, the clocks change as in the United States, as in glibc.
    TimeZone::get(name)
        .or_else(|_| TimeZone::posix(name))
        .or_else(|_| TimeZone::posix(&format!("{name},M3.2.0,M11.1.0")))
        .ok()
}

/// Whether this user has no search permission for that folder.
fn is_inaccessible(folder: &Path) -> bool {
    let looked = std::fs::metadata(folder.join("."));
    looked.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// The home folder of the user of this process in the passwd database (which may be a directory
/// service).
#[cfg(unix)]
fn passwd_home() -> Option<PathBuf> {
    use uzers::os::unix::UserExt as _;
    let user = uzers::get_user_by_uid(uzers::get_effective_uid())?;
    Some(user.home_dir().to_owned()).filter(|home| !home.as_os_str().is_empty())
}

#[cfg(not(unix))]
fn passwd_home() -> Option<PathBuf> {
    None
}

/// The environment variables of a run.
///
/// An empty variable counts as not set.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl fmt::Debug for Environment {
    /// The names only: values can be tokens, client secrets and proxy passwords.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.variables.keys())
            .finish()
    }
}

impl Environment {
    /// The environment of this process. If `HOME` is missing, as in a systemd unit, it is added. If this
    /// user cannot access it, it is replaced: Debian's cron sends mail as the job's user with root's
    /// `HOME`.
    #[must_use]
    pub fn of_process() -> Self {
        let mut variables: BTreeMap<_, _> = std::env::vars_os().collect();
        let given = variables.remove(OsStr::new("HOME"));
        let home = match given.filter(|home| !home.is_empty()).map(PathBuf::from) {
            None => std::env::home_dir(),
            Some(home) if is_inaccessible(&home) => passwd_home(),
            given => given,
        };
        if let Some(home) = home {
            variables.insert("HOME".into(), home.into());
        }
        Self { variables }
    }

    /// An environment of these variables only.
    pub fn from_pairs<K: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self { variables }
    }

    /// The variable's value, if it is set and not empty.
    #[must_use]
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether the variable is set to nothing.
    #[must_use]
    pub fn is_empty(&self, name: &str) -> bool {
        let value = self.variables.get(OsStr::new(name));
        value.is_some_and(|value| value.is_empty())
    }

    /// The variable's value as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.get_os(name)
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// The variable's value as a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get_os(name).map(PathBuf::from)
    }

    /// Sets a variable for this run.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.variables.insert(name.into(), value.into());
    }

    /// All variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}
