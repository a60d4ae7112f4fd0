//! The account and the mailbox that send a message, and their limits.

use std::num::NonZeroUsize;

use crate::commands::report::{Failure, Result};
use crate::commands::rights::AccountPermissions;
use crate::commands::{Context, session};
use crate::compose::Limits;
use crate::config::{self, Account, Settings};
use crate::graph::Sender;
use crate::message::Mailbox;

/// The sending account and mailbox.
pub(in crate::commands) struct Target {
    /// `None` only for a dry run on a host without an account.
    pub(super) account: Option<Account>,
    pub(in crate::commands) sender: Sender,
    /// The mailbox's address, if known, for From in MIME and for the domain of a Message-ID.
    pub(super) address: Option<Mailbox>,
    cloud: crate::cloud::Cloud,
}

impl Target {
    /// The mailbox from the flag, its variable or the account. A dry run needs no account.
    pub(in crate::commands) fn resolve(
        mailbox: Option<&str>,
        dry_run: bool,
        context: &Context<'_>,
    ) -> Result<Self> {
        let settings = &context.settings;
        let account = match settings.account() {
            Err(config::Error::NoAccount(_)) if dry_run => None,
            account => Some(account?),
        };
        Self::of_account(account, mailbox, context)
    }

    /// The mailbox of this account from the flag, its variable or the account.
    pub(in crate::commands) fn of_account(
        account: Option<Account>,
        mailbox: Option<&str>,
        context: &Context<'_>,
    ) -> Result<Self> {
        let settings = &context.settings;
        let mailbox = session::mailbox(mailbox, account.as_ref(), context)?;
        let cloud = match &account {
            Some(account) => account.cloud.clone(),
            None => settings.cloud(&*settings.file()?, None)?,
        };
        let address = mailbox
            .as_deref()
            .or_else(|| account.as_ref()?.username.as_deref())
            .map(Mailbox::parse);
        let address = match address {
            Some(Err(error)) if error.is_encoded_word() => {
                return Err(Failure::from(error).context("the mailbox"));
            }
            // A mailbox may also be given as an object id or a user name.
            address => address.and_then(Result::ok),
        };
        Ok(Self {
            account,
            sender: mailbox.into(),
            address,
            cloud,
        })
    }

    /// The mailbox's address, if known.
    pub(in crate::commands) const fn address(&self) -> Option<&Mailbox> {
        self.address.as_ref()
    }

    /// The account, or an error if there is none.
    pub(in crate::commands) fn account(&self) -> Result<&Account, config::Error> {
        let none = || config::Error::NoAccount(Vec::new());
        self.account.as_ref().ok_or_else(none)
    }

    /// The account's permissions for this mailbox.
    pub(in crate::commands) fn rights(
        &self,
        context: &Context<'_>,
    ) -> Result<AccountPermissions<'_>, config::Error> {
        Ok(AccountPermissions::of_account(
            self.account()?,
            self.sender.user(),
            context,
        ))
    }

    /// The limits of the mailbox in this cloud.
    pub(in crate::commands) fn limits(&self, settings: &Settings) -> Result<Limits, config::Error> {
        let (message, recipients) = match &self.account {
            Some(account) => (account.message_limit, account.recipient_limit),
            None => (settings.message_limit()?, settings.recipient_limit()?),
        };
        let usual = Limits::of_cloud(&self.cloud);
        Ok(Limits {
            message: message.unwrap_or(usual.message),
            recipients: recipients.map_or(usual.recipients, NonZeroUsize::get),
            ..usual
        })
    }

    pub(super) const fn cloud(&self) -> &crate::cloud::Cloud {
        &self.cloud
    }

    pub(in crate::commands) fn mailbox_name(&self) -> &str {
        self.sender.user().unwrap_or("the signed-in user's")
    }

    pub(super) fn account_name(&self) -> &str {
        self.account.as_ref().map_or("-", |account| &account.name)
    }
}
