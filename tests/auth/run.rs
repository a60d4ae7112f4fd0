//! One run of the program against a scripted network and a store that can break.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use graphmail::auth::store::{self, Kind, Memory, Record, Store};
use graphmail::auth::{Account, Credential, Tokens};
use graphmail::http::Transport;
use graphmail::seams::Seams;
use serde_json::json;

use super::{app, token_reply};
use crate::support::seams::Fixed;
use crate::support::transport::{Answer, Scripted, link};

pub const REFRESH: &str = "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n\
    grant_type=refresh_token\n\
    refresh_token=REFRESH-1\n\
    scope=https://graph.microsoft.com/Mail.Send offline_access openid profile\n\
    client_id=CLIENT";

/// A store that a test can break, and that counts.
#[derive(Default)]
pub struct Fragile {
    pub memory: Memory,
    calls: Mutex<Vec<&'static str>>,
    broken: Mutex<Option<&'static str>>,
}

impl Fragile {
    pub fn holding(record: &Record) -> Self {
        let store = Self::default();
        store.memory.save("reports", record).unwrap();
        store
    }

    pub fn breaking(self, call: &'static str) -> Self {
        *self.broken.lock().unwrap() = Some(call);
        self
    }

    pub fn held(&self) -> Record {
        self.memory.load("reports").unwrap().unwrap()
    }

    pub fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().clone()
    }

    fn called(&self, call: &'static str) -> Result<(), store::Error> {
        self.calls.lock().unwrap().push(call);
        if *self.broken.lock().unwrap() == Some(call) {
            return Err(store::Error::TimedOut {
                limit: Duration::from_secs(3),
            });
        }
        Ok(())
    }
}

impl Store for Fragile {
    fn load(&self, account: &str) -> Result<Option<Record>, store::Error> {
        self.called("load")?;
        self.memory.load(account)
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), store::Error> {
        self.called("save")?;
        self.memory.save(account, record)
    }

    fn delete(&self, account: &str) -> Result<bool, store::Error> {
        self.called("delete")?;
        self.memory.delete(account)
    }

    fn kind(&self) -> Kind {
        Kind::Keyring
    }
}

/// One run of the program with these answers.
pub struct Run {
    pub transport: Scripted,
    pub seams: Fixed,
    pub folder: tempfile::TempDir,
}

impl Run {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            transport: Scripted::new(answers),
            seams: Fixed::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn tokens<'a>(&'a self, credential: Credential, store: &'a dyn Store) -> Tokens<'a> {
        tokens(
            credential,
            &self.transport,
            &self.seams,
            store,
            self.folder.path(),
        )
    }
}

pub fn tokens<'a>(
    credential: Credential,
    transport: &'a dyn Transport,
    seams: &'a dyn Seams,
    store: &'a dyn Store,
    folder: &'a Path,
) -> Tokens<'a> {
    let account = Account {
        name: "reports",
        store,
        folder,
    };
    Tokens::new(app(), credential, link(transport, seams), Some(account))
}

pub fn refreshed(access: &str, refresh: &str) -> Answer {
    token_reply(
        access,
        &json!({
            "scope": "https://graph.microsoft.com/Mail.Send openid profile email",
            "refresh_token": refresh,
        }),
    )
}
