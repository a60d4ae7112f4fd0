//! The run that an advice is for, and the rendering of the advice.

mod remedy;

use std::borrow::Cow;
use std::path::Path;

use super::advice::{Advice, Step};
use super::command::{Command, LoginOption};
use crate::auth::credential::{CredentialKind, Storage};
use crate::commands::context::Context;
use crate::commands::session::AccountStore;
use crate::config::{Account, ENVIRONMENT_ACCOUNT, usual_store, variable};
use crate::shell;
use crate::text;

/// How a run uses the sign-in of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Run {
    /// It uses the credential of the account, or that of the environment.
    Uses,
    /// It signs in.
    SignsIn,
    /// It manages or renews the stored sign-in.
    Keeps,
}

/// The properties of the run that the advice depends on.
#[derive(Debug, Default)]
pub(in crate::commands) struct Situation<'a> {
    /// The configuration file from the flag. The environment's also applies to the advised command.
    config: Option<Cow<'a, Path>>,
    /// Before a command that uses a person's sign-in: it runs as the mail service, which carries out this run.
    service: Option<String>,
    /// The account that commands must name; without it they would act on another.
    named: Option<String>,
    /// The account, if it is known.
    account: Option<Account>,
    /// The token store of a variable, if it is not the account's own.
    other_store: Option<OtherStore>,
    /// Whether the run is the first sign-in of its account.
    is_first_login: bool,
}

impl<'a> Situation<'a> {
    /// The situation of a whole run.
    pub(in crate::commands) fn of_run(run: Run, context: &Context<'a>) -> Self {
        let settings = &context.settings;
        let account = match run {
            Run::Uses => settings.account().ok(),
            Run::Keeps => settings.stored_account().ok(),
            Run::SignsIn => None,
        };
        let name = account.as_ref().map(|account| account.name.as_str());
        Self {
            config: config(name, context),
            service: service(context),
            named: settings.other_account(),
            other_store: account
                .as_ref()
                .filter(|_| run == Run::Uses)
                .and_then(|account| OtherStore::of_account(account, context)),
            is_first_login: run == Run::SignsIn && settings.stored_account().is_err(),
            account,
        }
    }

    /// The situation for the account `name`, if only the name is known.
    pub(in crate::commands) fn named(name: &str, context: &Context<'a>) -> Self {
        Self {
            config: config(Some(name), context),
            service: service(context),
            named: to_name(name).map(ToOwned::to_owned),
            ..Self::default()
        }
    }

    /// The situation for `account`; commands always name it.
    pub(in crate::commands) fn of_account(account: &Account, context: &Context<'a>) -> Self {
        Self {
            other_store: OtherStore::of_account(account, context),
            account: Some(account.clone()),
            ..Self::named(&account.name, context)
        }
    }

    /// The advice on one line; `None` if there is none.
    pub(in crate::commands) fn line(&self, advice: &Advice) -> Option<String> {
        self.shown(advice).map(|shown| shown.text)
    }

    /// The advice, if it is one command to paste.
    pub(in crate::commands) fn command(&self, advice: &Advice) -> Option<String> {
        let shown = self.shown(advice).filter(|shown| shown.is_command);
        shown.map(|shown| shown.text)
    }

    /// The command line with the options of this run.
    pub(in crate::commands) fn run(&self, command: impl Into<Command>) -> String {
        self.command_line(&command.into(), self.named.as_deref())
    }

    fn command_line(&self, command: &Command, account: Option<&str>) -> String {
        let (as_service, config) = match (&self.service, command.uses_account()) {
            (None, _) => (None, self.config.as_deref()),
            // The service carries it out.
            (Some(_), false) => (None, None),
            // Root changes the configuration, and the service has the tokens of people.
            (Some(prefix), true) => {
                let is_of_person = self.account.as_ref().is_some_and(|it| !it.is_application());
                (
                    Some(prefix).filter(|_| is_of_person),
                    self.config.as_deref(),
                )
            }
        };
        let line = command.line(config, account);
        match as_service {
            Some(prefix) => format!("{prefix} {line}"),
            None => line,
        }
    }

    fn shown(&self, advice: &Advice) -> Option<Shown> {
        let is_signed_in_elsewhere = match &self.other_store {
            // Without a sign-in in the account's own store, the advice to sign in stays.
            Some(other) => other.own_has_sign_in || !advice.signs_in(),
            None => false,
        };
        if advice.is_of_store && is_signed_in_elsewhere && !advice.is_empty() {
            return Some(self.step(&Step::Unset(variable::TOKEN_STORE), advice));
        }
        let steps = |steps: &Vec<Step>| {
            let shown = steps.iter().map(|step| self.step(step, advice));
            shown.reduce(|first, next| first.and("; then: ", &next))
        };
        let alternatives = advice.alternatives.iter().filter_map(steps);
        let shown = alternatives.reduce(|first, next| first.and("; or: ", &next))?;
        Some(match &advice.because {
            Some(because) => words(because.clone()).and(": ", &shown),
            None => shown,
        })
    }

    fn step(&self, step: &Step, advice: &Advice) -> Shown {
        let account = advice.account.as_deref().and_then(to_name);
        let account = account.or(self.named.as_deref());
        let run = |command: &Command| {
            let again = match (command, &advice.sign_in) {
                (Command::Login(options), Some(sign_in)) => {
                    Some(Command::Login(sign_in.with(options)))
                }
                _ => None,
            };
            let command = again.as_ref().unwrap_or(command);
            Shown {
                text: self.command_line(command, account),
                is_command: true,
            }
        };
        match step {
            Step::Run(command) => run(command),
            Step::Program(line) => program(line),
            // The service reads its configuration when it begins, and again when it is told to.
            Step::Edit(line) if self.service.is_some() => {
                words(line).and("; then: ", &program("systemctl reload graphmail"))
            }
            Step::Edit(line) => words(line),
            Step::Set(variable, value) => words(format!("set {variable} to {value}")),
            Step::Unset(variable) => program(&format!("unset {variable}")),
            Step::Replace(kind) => self.replacement(*kind, run),
            Step::CertificateFile(file) => self.certificate(file, run),
            Step::ReplacePassword => self.password(run),
            Step::TokensInFile if self.is_first_login => {
                words("add --token-store file to this command")
            }
            Step::TokensInFile => run(&LoginOption::TokenStore("file").into()),
            Step::Grant(permission) => self.grant(permission, run),
            Step::Consent {
                permissions,
                scopes,
                mailbox,
            } => self.consent(permissions, scopes, mailbox.as_deref(), run),
            Step::Retry(None) => words("it is safe to run it again"),
            Step::Retry(Some(at)) => words(format!(
                "it is safe to run it again after {}, or with a --max-wait that lasts until then",
                text::time(*at)
            )),
            Step::InUnit(credential) => words(format!(
                "as root: systemd-run --pipe --wait --uid=USER -p LoadCredential={credential}:FILE {}",
                run(&Command::Doctor).text
            )),
            // An application's credential was accepted a moment ago, when the token was issued.
            Step::NewToken if self.kind().is_some_and(CredentialKind::is_application) => {
                words("check the cloud and the tenant of the account")
            }
            Step::NewToken | Step::Renew => self.renewal(advice.account.as_deref(), run),
            Step::Refused(code) => self.refused(*code, advice, run),
            Step::SenderAddress => self.sender_address(),
            Step::Instruction(text) => words(text.clone()),
        }
    }
}

/// The configuration file that commands must name. That of the service is not that of its client.
fn config<'a>(account: Option<&str>, context: &Context<'a>) -> Option<Cow<'a, Path>> {
    match context.is_service {
        true => context.settings.file_of(account).map(Cow::Owned),
        false => context.flags.config.as_deref().map(Cow::Borrowed),
    }
}

/// What runs a command as the service, for root.
fn service(context: &Context<'_>) -> Option<String> {
    let folder = context.settings.state_folder().ok()?;
    let user = shell::word(&context.seams.user_name());
    let folder = shell::path(&folder);
    let line = format!("sudo -u {user} -H {}={folder}", variable::STATE_DIR);
    context.is_service.then_some(line)
}

/// A rendered line.
struct Shown {
    text: String,
    /// Whether it is one command to paste.
    is_command: bool,
}

impl Shown {
    fn and(self, link: &str, next: &Self) -> Self {
        words(format!("{}{link}{}", self.text, next.text))
    }
}

fn words(text: impl Into<String>) -> Shown {
    Shown {
        text: text.into(),
        is_command: false,
    }
}

fn program(line: &str) -> Shown {
    Shown {
        text: line.to_owned(),
        is_command: true,
    }
}

/// The name of an account as commands give it: `None` for the account of the environment.
fn to_name(name: &str) -> Option<&str> {
    (name != ENVIRONMENT_ACCOUNT).then_some(name)
}

/// A token store that a variable names instead of the account's own.
#[derive(Debug)]
struct OtherStore {
    name: &'static str,
    /// Whether the account's own store has its sign-in, or needs none.
    own_has_sign_in: bool,
}

impl OtherStore {
    fn of_account(account: &Account, context: &Context<'_>) -> Option<Self> {
        let given = context.settings.token_store().ok()??;
        let file = context.settings.file().ok()?;
        let entry = file.accounts.get(&account.name)?;
        let own = entry.token_store.unwrap_or_else(|| usual_store(entry.auth));
        if given == own || given != account.token_store {
            return None;
        }
        let record = || {
            let own = AccountStore::open(&account.name, own, context).ok()?;
            own.load().ok()?
        };
        let needs_sign_in = matches!(account.credential.storage(), Storage::SignIn);
        Some(Self {
            name: given.name(),
            own_has_sign_in: !needs_sign_in || record().is_some(),
        })
    }
}
