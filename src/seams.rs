//! The only place that asks the system for the time, a pause, randomness or the environment.
//!
//! Everything else receives them, so that a test holds the clock, sees each wait instead of
//! sitting through it, and gets the same bytes for the same run.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the file that the fence points to"
)]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::interrupt;

/// What a run may ask of the world beside files and the network.
pub trait Seams: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// Waits for `pause`, whatever comes.
    fn sleep(&self, pause: Duration);
    /// Waits for `pause`, or until somebody wants the run to end: see [`Seams::interrupted`].
    fn rest(&self, pause: Duration) {
        self.sleep(pause);
    }
    /// Whether somebody wants the run to end, where it listens to that: see [`interrupt`].
    fn interrupted(&self) -> bool {
        false
    }
    /// Fills `bytes` with randomness that nobody can foresee.
    fn random(&self, bytes: &mut [u8]);
    /// The zone in which a time without an offset is meant.
    fn time_zone(&self) -> TimeZone;

    /// What this host calls itself.
    fn host_name(&self) -> String {
        "localhost".to_owned()
    }

    /// Is told of each step after which what lies on the disk must make sense by itself; a test
    /// ends the run there, as a power cut would.
    fn step(&self, name: &'static str) {
        let _ = name;
    }

    /// A random UUID (version 4), for `client-request-id` and Message-ID.
    fn uuid(&self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        self.random(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// The running system.
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

    fn interrupted(&self) -> bool {
        interrupt::is_set()
    }

    #[expect(
        clippy::expect_used,
        reason = "a host whose kernel gives no randomness cannot make a safe identifier"
    )]
    fn random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }

    fn time_zone(&self) -> TimeZone {
        of_localtime().unwrap_or_else(TimeZone::system)
    }

    #[cfg(unix)]
    fn host_name(&self) -> String {
        let names = rustix::system::uname();
        names.nodename().to_string_lossy().into_owned()
    }

    #[cfg(not(unix))]
    fn host_name(&self) -> String {
        std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned())
    }
}

/// The host's zone without its name, from the one file that holds it. jiff finds the name as well,
/// and for that lists the folders of all zones, which takes longer than making a message.
fn of_localtime() -> Option<TimeZone> {
    if cfg!(not(unix)) || std::env::var_os("TZ").is_some() {
        return None;
    }
    let zone = std::fs::read("/etc/localtime").ok()?;
    TimeZone::tzif("", &zone).ok()
}

/// Whether this user may not even look into that folder.
fn is_closed(folder: &Path) -> bool {
    let looked = std::fs::metadata(folder.join("."));
    looked.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// The home that the host's passwd database, or its directory service, has for the user of this process.
#[cfg(unix)]
fn listed_home() -> Option<PathBuf> {
    use uzers::os::unix::UserExt as _;
    let user = uzers::get_user_by_uid(uzers::get_effective_uid())?;
    Some(user.home_dir().to_owned()).filter(|home| !home.as_os_str().is_empty())
}

#[cfg(not(unix))]
fn listed_home() -> Option<PathBuf> {
    None
}

/// The environment variables of a run.
///
/// A variable that is set to nothing counts as not set, as shells write `NAME=` to mean.
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
    /// The environment of this process, with `HOME` supplied where cron or systemd left it out, or
    /// left that of another user in it: Debian's cron mails as a job's user, with root's `HOME`.
    #[must_use]
    pub fn of_process() -> Self {
        let mut variables: BTreeMap<_, _> = std::env::vars_os().collect();
        let given = variables.remove(OsStr::new("HOME"));
        let home = match given.filter(|home| !home.is_empty()).map(PathBuf::from) {
            None => std::env::home_dir(),
            Some(closed) if is_closed(&closed) => listed_home(),
            given => given,
        };
        if let Some(home) = home {
            variables.insert("HOME".into(), home.into());
        }
        Self { variables }
    }

    /// An environment of just these variables.
    pub fn of<K: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self { variables }
    }

    /// The variable's value, if it is set to something.
    #[must_use]
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
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
