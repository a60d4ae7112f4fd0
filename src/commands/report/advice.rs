//! What the user can do about an error, as data.

use std::borrow::Cow;
use std::path::PathBuf;

use jiff::Timestamp;

use super::command::{Command, LoginOption};
use crate::auth::CredentialKind;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) enum Step {
    /// Run a command of graphmail.
    Run(Command),
    /// Run another program: a line for the shell, its words quoted.
    Program(String),
    /// Set a variable; the second text describes the value.
    Set(&'static str, &'static str),
    /// Unset a variable.
    Unset(&'static str),
    /// Change a key of the configuration; the text is the line as it should be.
    Edit(String),
    /// Configure another file or value for the account's credential of this kind.
    Replace(CredentialKind),
    /// Sign in with the certificate and its key in this file.
    CertificateFile(PathBuf),
    /// Configure the password of the certificate's key.
    ReplacePassword,
    /// Keep the account's tokens in a file.
    TokensInFile,
    /// Get a permission, by Graph's name without `.Shared`, for the account's own mailbox.
    Grant(&'static str),
    /// Get these permissions, by their full names, and ask for these scopes.
    Consent {
        /// Graph's names.
        permissions: Vec<String>,
        /// The value of `--scopes`.
        scopes: &'static str,
        /// The mailbox, if one is named.
        mailbox: Option<String>,
    },
    /// Run the same command again, after this time if it is known.
    Retry(Option<Timestamp>),
    /// As root, run the checks in a systemd unit that has this credential.
    InUnit(String),
    /// Get another token than the one that Graph refused.
    NewToken,
    /// Renew the account's credential, in the way that its kind needs.
    Renew,
    /// Fix the error with this AADSTS number, in the way that the kind of credential needs.
    Refused(u32),
    /// Let graphmail know the address of the sending mailbox.
    SenderAddress,
    /// Anything else, in the imperative.
    Instruction(Cow<'static, str>),
}

/// A login that failed, to be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) struct SignIn {
    pub(in crate::commands) kind: CredentialKind,
    /// The given options of the application, its permissions, mailbox and token store.
    pub(in crate::commands) account: Vec<LoginOption>,
    /// The given options of the credential.
    pub(in crate::commands) credential: Vec<LoginOption>,
}

impl SignIn {
    /// The given options and these, which replace given ones.
    pub(super) fn with(&self, options: &[LoginOption]) -> Vec<LoginOption> {
        let is_replaced =
            |given: &&LoginOption| options.iter().any(|one| one.flag() == given.flag());
        let has_credential = options.iter().any(LoginOption::is_credential);
        let credential = self.credential.iter().filter(|_| !has_credential);
        let given = self.account.iter().chain(credential);
        let given = given.filter(|option| !is_replaced(option));
        given.chain(options).cloned().collect()
    }
}

/// What to do about an error: alternatives, each with its steps in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::commands) struct Advice {
    /// The reason, if the error does not name it.
    pub(super) because: Option<Cow<'static, str>>,
    /// Each alternative is enough.
    pub(super) alternatives: Vec<Vec<Step>>,
    /// The account that its commands name; if `None`, that of the situation.
    pub(super) account: Option<String>,
    /// The sign-in that failed, if a login did.
    pub(super) sign_in: Option<Box<SignIn>>,
    /// Whether it changes the token store, which a variable may override.
    pub(super) is_of_store: bool,
}

impl Advice {
    /// No advice.
    pub(in crate::commands) fn none() -> Self {
        Self::default()
    }

    /// Whether there is no advice.
    pub(in crate::commands) const fn is_empty(&self) -> bool {
        self.alternatives.is_empty()
    }

    /// Adds `step` to the last alternative.
    pub(in crate::commands) fn then(mut self, step: impl Into<Step>) -> Self {
        match self.alternatives.last_mut() {
            Some(steps) => steps.push(step.into()),
            None => self.alternatives.push(vec![step.into()]),
        }
        self
    }

    /// Adds an alternative with this step.
    pub(in crate::commands) fn or(mut self, step: impl Into<Step>) -> Self {
        self.alternatives.push(vec![step.into()]);
        self
    }

    /// Sets the reason.
    pub(in crate::commands) fn because(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.because = Some(why.into());
        self
    }

    /// Sets the account that its commands name, if none is set.
    pub(in crate::commands) fn for_account(mut self, name: &str) -> Self {
        self.account.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Its commands on drafts act on this mailbox.
    pub(in crate::commands) fn in_mailbox(mut self, user: &str) -> Self {
        for step in self.alternatives.iter_mut().flatten() {
            if let Step::Run(Command::DraftList(mailbox) | Command::DraftDelete(_, mailbox)) = step
            {
                mailbox.get_or_insert_with(|| user.to_owned());
            }
        }
        self
    }

    /// Marks it as a change of the token store.
    pub(in crate::commands) const fn of_store(mut self) -> Self {
        self.is_of_store = true;
        self
    }

    /// Whether a step is to sign in again.
    pub(super) fn signs_in(&self) -> bool {
        let mut steps = self.alternatives.iter().flatten();
        steps.any(|step| matches!(step, Step::Renew))
    }

    /// It is about the failure of this sign-in.
    pub(in crate::commands) fn for_sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in.get_or_insert_with(|| Box::new(sign_in));
        self
    }

    /// Inserts `step` before the first alternative.
    pub(in crate::commands) fn after(mut self, step: Step) -> Self {
        match self.alternatives.first_mut() {
            Some(steps) => steps.insert(0, step),
            None => self.alternatives.push(vec![step]),
        }
        self
    }
}

impl<T: Into<Step>> From<T> for Advice {
    fn from(step: T) -> Self {
        Self::none().then(step)
    }
}

impl From<Command> for Step {
    fn from(command: Command) -> Self {
        Self::Run(command)
    }
}

impl From<LoginOption> for Step {
    fn from(option: LoginOption) -> Self {
        Self::Run(option.into())
    }
}

impl From<&'static str> for Step {
    fn from(instruction: &'static str) -> Self {
        Self::Instruction(instruction.into())
    }
}

impl From<String> for Step {
    fn from(instruction: String) -> Self {
        Self::Instruction(instruction.into())
    }
}
