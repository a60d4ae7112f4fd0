//! What a person does about an error, as data.

use std::borrow::Cow;

use jiff::Timestamp;

use super::command::{Command, LoginOption};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) enum Step {
    /// Run a verb of graphmail.
    Run(Command),
    /// Run another program: a line for the shell, its words quoted.
    Program(String),
    /// Give a variable a value; the value is a word for what the reader puts there.
    Set(&'static str, &'static str),
    /// Take a variable out of the environment.
    Unset(&'static str),
    /// Change a key of the configuration; the text is the line as it should be.
    Edit(String),
    /// Name another file, or another value, in the place that the account takes it from.
    Replace(Source),
    /// Keep the account's tokens in a file.
    TokensInFile,
    /// Get a permission, by Graph's name without `.Shared`, for the account's own mailbox.
    Grant(&'static str),
    /// Get these permissions, by their full names, and ask for these scopes.
    Consent {
        /// Graph's names.
        permission: String,
        /// The value of `--scopes`.
        scopes: String,
    },
    /// Wait, until then if that is known, and run the same command again.
    Retry(Option<Timestamp>),
    /// As root, check everything in a unit of systemd that has this credential.
    InUnit(String),
    /// Renew the account's credential in the way of its kind.
    Renew,
    /// Anything else, in the imperative.
    Instruction(Cow<'static, str>),
}

/// What an application proves itself with, and where an account takes it from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Source {
    /// The file with the certificate and its key.
    Certificate,
    /// The password of that key.
    CertificatePassword,
    /// The file with the client secret.
    ClientSecret,
    /// The file with another issuer's token.
    FederatedToken,
}

/// What to do about an error: alternatives, each with its steps in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::commands) struct Advice {
    /// Why that helps, if the error does not say it.
    pub(super) because: Option<Cow<'static, str>>,
    /// Each is enough.
    pub(super) alternatives: Vec<Vec<Step>>,
    /// The account that its commands name; without one, that of the situation.
    pub(super) account: Option<String>,
    /// Whether it changes the token store, which a variable may override.
    pub(super) is_of_store: bool,
}

impl Advice {
    /// Nothing that is not in the error.
    pub(in crate::commands) fn none() -> Self {
        Self::default()
    }

    /// Whether there is nothing to do.
    pub(in crate::commands) const fn is_empty(&self) -> bool {
        self.alternatives.is_empty()
    }

    /// This after the steps of the last alternative.
    pub(in crate::commands) fn then(mut self, step: impl Into<Step>) -> Self {
        match self.alternatives.last_mut() {
            Some(steps) => steps.push(step.into()),
            None => self.alternatives.push(vec![step.into()]),
        }
        self
    }

    /// This in the place of the steps before.
    pub(in crate::commands) fn or(mut self, step: impl Into<Step>) -> Self {
        self.alternatives.push(vec![step.into()]);
        self
    }

    /// Why it helps.
    pub(in crate::commands) fn because(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.because = Some(why.into());
        self
    }

    /// Its commands name this account.
    pub(in crate::commands) fn for_account(mut self, name: &str) -> Self {
        self.account.get_or_insert_with(|| name.to_owned());
        self
    }

    /// It changes the token store.
    pub(in crate::commands) const fn of_store(mut self) -> Self {
        self.is_of_store = true;
        self
    }

    /// `step` before all alternatives.
    pub(in crate::commands) fn after(mut self, step: Step) -> Self {
        match self.alternatives.first_mut() {
            Some(steps) => steps.insert(0, step),
            None => self.alternatives.push(vec![step]),
        }
        self
    }
}

impl From<Step> for Advice {
    fn from(step: Step) -> Self {
        Self::none().then(step)
    }
}

impl From<Command> for Advice {
    fn from(command: Command) -> Self {
        Step::from(command).into()
    }
}

impl From<LoginOption> for Advice {
    fn from(option: LoginOption) -> Self {
        Command::from(option).into()
    }
}

impl From<&'static str> for Advice {
    fn from(instruction: &'static str) -> Self {
        Step::from(instruction).into()
    }
}

impl From<String> for Advice {
    fn from(instruction: String) -> Self {
        Step::Instruction(instruction.into()).into()
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
