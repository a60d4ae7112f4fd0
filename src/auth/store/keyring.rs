//! Sign-ins in the desktop's keyring. Only this file uses the keyring crate.
//!
//! A keyring can be absent or locked, or wait forever for a user to unlock it. So each call runs on its
//! own thread and is given up after a time limit; the thread ends with the process. After one call
//! without an answer, no other call is made, so that a run waits only once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Error, Kind, Record, Store, check_name, parts};
use crate::auth::program;

/// The time limit if no user can unlock the keyring.
pub const UNATTENDED: Duration = Duration::from_secs(3);
/// The time limit if a user may be asked for the keyring's password.
pub const ATTENDED: Duration = Duration::from_secs(60);

/// The longest entry, in bytes: that of Windows' Credential Manager (`CRED_MAX_CREDENTIAL_BLOB_SIZE`).
/// The other keyrings accept any sign-in.
const LONGEST: usize = if cfg!(windows) { 2560 } else { usize::MAX };

/// Keeps each account as an entry of the service `graphmail`.
#[derive(Debug)]
pub struct Keyring {
    limit: Duration,
    /// Whether a call was given up.
    silent: AtomicBool,
}

impl Keyring {
    /// The keyring. Each call may take `limit`; after a call that took longer, no other is made.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self {
            limit,
            silent: AtomicBool::new(false),
        }
    }

    fn within<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let given_up = Err(Error::TimedOut { limit: self.limit });
        if self.silent.load(Ordering::Relaxed) {
            return given_up;
        }
        program::within(self.limit, call).unwrap_or_else(|| {
            self.silent.store(true, Ordering::Relaxed);
            given_up
        })
    }
}

impl Store for Keyring {
    fn load(&self, account: &str) -> Result<Option<Record>, Error> {
        check_name(account)?;
        let account = account.to_owned();
        self.within(move || parts::load(&System, &account))?
            .map(|json| Record::from_json(&json, "the keyring"))
            .transpose()
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), Error> {
        check_name(account)?;
        let account = account.to_owned();
        let json = record.to_json()?;
        self.within(move || parts::save(&System, &account, &json, LONGEST))
    }

    fn delete(&self, account: &str) -> Result<bool, Error> {
        check_name(account)?;
        let account = account.to_owned();
        self.within(move || parts::delete(&System, &account))
    }

    fn kind(&self) -> Kind {
        Kind::Keyring
    }
}

/// The entries of the system's keyring.
struct System;

/// The system's keyring.
#[cfg(feature = "keyring")]
mod backend {
    use keyring::{Entry, Error as Fault};

    use super::{Error, System};
    use crate::auth::store::parts::Entries;

    /// The name under which a keyring's window lists the entries.
    const SERVICE: &str = "graphmail";

    #[expect(
        clippy::disallowed_methods,
        reason = "only this file may use the keyring crate"
    )]
    fn entry(account: &str) -> Result<Entry, Error> {
        Entry::new(SERVICE, account).map_err(classify)
    }

    impl Entries for System {
        fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
            missing_as_none(entry(name)?.get_secret())
        }

        fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
            entry(name)?.set_secret(bytes).map_err(classify)
        }

        fn delete(&self, name: &str) -> Result<bool, Error> {
            let found = missing_as_none(entry(name)?.delete_credential())?;
            Ok(found.is_some())
        }
    }

    fn missing_as_none<T>(result: keyring::Result<T>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Fault::NoEntry) => Ok(None),
            Err(fault) => Err(classify(fault)),
        }
    }

    fn classify(fault: Fault) -> Error {
        match fault {
            Fault::NoStorageAccess(source) => Error::Locked {
                reason: source.to_string(),
            },
            Fault::PlatformFailure(source) => Error::Unavailable {
                reason: source.to_string(),
            },
            // The two fields are different errors: the store's first failure, and that of this call.
            Fault::NoDefaultStore | Fault::NotSupportedByStore(_) => Error::Unavailable {
                reason: match Entry::store_status() {
                    Err(Fault::PlatformFailure(source)) => source.to_string(),
                    Err(first) => first.to_string(),
                    Ok(()) => fault.to_string(),
                },
            },
            Fault::TooLong(_, limit) => Error::TooLong { limit },
            other => Error::Failed {
                reason: other.to_string(),
            },
        }
    }
}

/// No keyring.
#[cfg(not(feature = "keyring"))]
mod backend {
    use super::{Error, System};
    use crate::auth::store::parts::Entries;

    impl Entries for System {
        fn get(&self, _: &str) -> Result<Option<Vec<u8>>, Error> {
            absent()
        }

        fn put(&self, _: &str, _: &[u8]) -> Result<(), Error> {
            absent()
        }

        fn delete(&self, _: &str) -> Result<bool, Error> {
            absent()
        }
    }

    fn absent<T>() -> Result<T, Error> {
        Err(Error::Unavailable {
            reason: "this program was built without keyring support".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{Error, Keyring};

    #[test]
    fn what_did_not_answer_is_not_asked_again() {
        let store = Keyring::new(Duration::from_millis(50));
        let (_ends_the_call, waits) = mpsc::channel::<()>();
        let first = store.within(move || {
            let _hung_up = waits.recv();
            Ok(())
        });
        assert!(matches!(first, Err(Error::TimedOut { .. })));
        let asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&asked);
        let second = store.within(move || {
            asks.store(true, Ordering::Relaxed);
            Ok(())
        });
        assert!(matches!(second, Err(Error::TimedOut { .. })));
        assert!(!asked.load(Ordering::Relaxed));
    }
}
