//! Sign-ins in the desktop's keyring: the only file that names the keyring crate.
//!
//! A keyring can be absent, locked, or wait for ever for somebody to unlock it. So each call
//! happens on a thread of its own and is given up after a limit; the thread ends with the process.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Error, Kind, Record, Store, check_name};

/// How long a keyring may take where nobody is there to unlock it.
pub const UNATTENDED: Duration = Duration::from_secs(3);
/// How long a keyring may take where a person may be asked for its password.
pub const ATTENDED: Duration = Duration::from_secs(60);

/// Keeps each account as an entry of the service `graphmail`.
#[derive(Debug, Clone, Copy)]
pub struct Keyring {
    limit: Duration,
}

impl Keyring {
    /// The keyring, of which each call may take `limit`.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self { limit }
    }

    fn within<T: Send + 'static>(
        self,
        call: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            // Nobody listens any more once the limit has passed.
            drop(sender.send(call()));
        });
        receiver
            .recv_timeout(self.limit)
            .unwrap_or(Err(Error::TimedOut { limit: self.limit }))
    }

    fn put(self, account: &str, record: &Record) -> Result<(), Error> {
        let account = account.to_owned();
        let json = record.to_json()?;
        self.within(move || backend::put(&account, &json))
    }
}

impl Store for Keyring {
    fn load(&self, account: &str) -> Result<Option<Record>, Error> {
        check_name(account)?;
        let account = account.to_owned();
        self.within(move || backend::get(&account))?
            .map(|json| Record::from_json(&json, "the keyring"))
            .transpose()
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), Error> {
        check_name(account)?;
        save_what_fits(record, |record| self.put(account, record))
    }

    fn delete(&self, account: &str) -> Result<bool, Error> {
        check_name(account)?;
        let account = account.to_owned();
        self.within(move || backend::delete(&account))
    }

    fn kind(&self) -> Kind {
        Kind::Keyring
    }
}

/// Saves `record`, without its access token if it is too long with it: Windows takes 2560 bytes,
/// and an access token can be had again, the rest cannot.
fn save_what_fits(
    record: &Record,
    put: impl Fn(&Record) -> Result<(), Error>,
) -> Result<(), Error> {
    match put(record) {
        Err(Error::TooLong { .. }) if record.access.is_some() => put(&Record {
            access: None,
            ..record.clone()
        }),
        other => other,
    }
}

/// The system's keyring.
#[cfg(feature = "keyring")]
mod backend {
    use keyring::{Entry, Error as Fault};

    use super::Error;

    /// The name under which a keyring's own window lists the entries.
    const SERVICE: &str = "graphmail";

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the file that the fence points to"
    )]
    fn entry(account: &str) -> Result<Entry, Error> {
        Entry::new(SERVICE, account).map_err(classify)
    }

    pub(super) fn get(account: &str) -> Result<Option<Vec<u8>>, Error> {
        missing_as_none(entry(account)?.get_secret())
    }

    pub(super) fn put(account: &str, json: &[u8]) -> Result<(), Error> {
        entry(account)?.set_secret(json).map_err(classify)
    }

    pub(super) fn delete(account: &str) -> Result<bool, Error> {
        let found = missing_as_none(entry(account)?.delete_credential())?;
        Ok(found.is_some())
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
            // The reason of the store's first failure is kept apart from that of this call.
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
    use super::Error;

    pub(super) fn get(_: &str) -> Result<Option<Vec<u8>>, Error> {
        absent()
    }

    pub(super) fn put(_: &str, _: &[u8]) -> Result<(), Error> {
        absent()
    }

    pub(super) fn delete(_: &str) -> Result<bool, Error> {
        absent()
    }

    fn absent<T>() -> Result<T, Error> {
        Err(Error::Unavailable {
            reason: "this program was built without keyring support".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use jiff::Timestamp;

    use super::{Error, Record, save_what_fits};
    use crate::auth::app::App;
    use crate::auth::store::{Access, Origin};
    use crate::cloud::Cloud;
    use crate::secret::Secret;

    #[test]
    fn what_is_too_long_is_saved_without_its_access_token() {
        let app = App {
            client_id: "id".to_owned(),
            tenant: "t".to_owned(),
            cloud: Cloud::national("global").expect("global"),
        };
        let rest = Record {
            refresh_token: Some(Secret::new("REFRESH")),
            ..Record::new(&app, Origin::DeviceCode)
        };
        let whole = Record {
            access: Some(Access {
                token: Secret::new("x".repeat(2000)),
                expires_at: Timestamp::MAX,
            }),
            ..rest.clone()
        };
        let kept = RefCell::new(None);
        let put_within = |limit: usize| {
            let kept = &kept;
            move |record: &Record| {
                if record.to_json()?.len() > limit {
                    return Err(Error::TooLong { limit: 0 });
                }
                kept.replace(Some(record.clone()));
                Ok(())
            }
        };
        assert!(save_what_fits(&whole, put_within(4000)).is_ok());
        assert_eq!(kept.take(), Some(whole.clone()));
        assert!(save_what_fits(&whole, put_within(1000)).is_ok());
        assert_eq!(kept.take(), Some(rest));
        let nothing = save_what_fits(&whole, put_within(10));
        assert!(matches!(nothing, Err(Error::TooLong { .. })));
        assert_eq!(kept.take(), None);
    }
}
