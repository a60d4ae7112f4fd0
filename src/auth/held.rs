//! The access tokens that a process has obtained, for all its threads and messages: without them a mail service would
//! ask for a token with each message.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;

use super::app::App;
use super::store::Access;
use crate::mutex::locked;
use crate::secret::Secret;

/// Access tokens, by the names of their accounts, with the application that each is for.
#[derive(Default)]
pub struct HeldTokens(Mutex<BTreeMap<String, (App, Access)>>);

impl HeldTokens {
    /// The token of the account, if it is for `app`, still valid, and not the `refused` one.
    pub(super) fn usable(
        &self,
        (account, app): (&str, &App),
        now: Timestamp,
        refused: Option<&Secret>,
    ) -> Option<Access> {
        let known = locked(&self.0);
        let (_, access) = known.get(account).filter(|(own, _)| own == app)?;
        let is_usable = access.is_fresh(now) && Some(&access.token) != refused;
        is_usable.then(|| access.clone())
    }

    /// Keeps the newest token of the account.
    pub(super) fn keep(&self, account: &str, app: &App, access: &Access) {
        locked(&self.0).insert(account.to_owned(), (app.clone(), access.clone()));
    }
}
