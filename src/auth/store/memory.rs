//! A token store in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use super::{Error, Kind, Record, Store};

use crate::mutex::locked;

/// Keeps records in memory: for a run without a token store, and for tests.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, Record>>);

impl Memory {
    fn records(&self) -> MutexGuard<'_, BTreeMap<String, Record>> {
        // Each change is a single insertion or removal, so that a panic leaves nothing half done.
        locked(&self.0)
    }
}

impl Store for Memory {
    fn load(&self, account: &str) -> Result<Option<Record>, Error> {
        Ok(self.records().get(account).cloned())
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), Error> {
        self.records().insert(account.to_owned(), record.clone());
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<bool, Error> {
        Ok(self.records().remove(account).is_some())
    }

    fn kind(&self) -> Kind {
        Kind::None
    }
}
