//! Every command of graphmail that an advice can print.

use crate::auth::CredentialKind;
use crate::shell;

/// A command of graphmail with its arguments, except `--config` and `--account`, which the situation
/// adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) enum Command {
    /// Signs in, with these options.
    Login(Vec<LoginOption>),
    /// Shows the ways to sign in.
    LoginHelp,
    /// Removes the stored sign-in.
    Logout,
    /// Renews the stored sign-in.
    Keepalive,
    KeepaliveCron,
    /// Checks everything.
    Doctor,
    /// Prints the commands for an administrator.
    DoctorAdmin,
    /// Lists the drafts of the account's mailbox, or of this one.
    DraftList(Option<String>),
    /// Deletes the draft with this id, in the account's mailbox or in this one.
    DraftDelete(String, Option<String>),
    /// Lists the queue.
    OutboxList,
    /// Sends what is due.
    OutboxFlush,
    /// Sends the entry with this id now.
    OutboxFlushEntry(String),
    /// Sends everything now.
    OutboxFlushNow,
    /// Shows the entry with this id.
    OutboxShow(String),
    /// Shows the message of the entry with this id.
    OutboxShowMessage(String),
    /// Removes the entry with this id.
    OutboxDrop(String),
    /// Requeues the failed entry with this id.
    OutboxRetry(String),
    /// Requeues the entry with this id, which may have been sent.
    OutboxRetryYes(String),
    /// Makes the account with this name the default one.
    AccountsUse(String),
    /// Sends a test message to this address.
    SendTest(String),
    /// Sends a test message from a mailbox that the reader names, to this address.
    SendTestFrom(String),
}

/// An option of `graphmail login`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) enum LoginOption {
    /// The application and its tenant.
    Application,
    /// Where the tokens are kept, by the store's name.
    TokenStore(&'static str),
    /// A credential of this kind.
    Credential(CredentialKind),
    /// The certificate and its key in this file, quoted for the shell.
    Certificate(String),
    /// A file with the password of the certificate's key.
    CertificatePasswordFile,
    /// The platform's identity: its client id, or empty for that of the host.
    ManagedIdentity(&'static str),
    /// The permissions to ask for.
    Scopes(&'static str),
    /// The mailbox that the account sends from.
    Mailbox,
    /// An option of the command line, with its value quoted for the shell.
    Given(&'static str, Option<String>),
}

impl LoginOption {
    fn text(&self) -> String {
        match self {
            Self::Application => "--client-id ID --tenant TENANT".to_owned(),
            Self::TokenStore(name) => format!("--token-store {name}"),
            Self::Credential(kind) => kind.facts().option.to_owned(),
            Self::Certificate(file) => format!("--certificate {file}"),
            Self::CertificatePasswordFile => "--certificate-password-file FILE".to_owned(),
            Self::ManagedIdentity(id) => format!("--managed-identity={id}"),
            Self::Scopes(scopes) => format!("--scopes {scopes}"),
            Self::Mailbox => "--mailbox USER".to_owned(),
            Self::Given(flag, None) => (*flag).to_owned(),
            Self::Given(flag @ "--managed-identity", Some(id)) => format!("{flag}={id}"),
            Self::Given(flag, Some(value)) => format!("{flag} {value}"),
        }
    }

    /// The option without its value.
    pub(super) fn flag(&self) -> String {
        let text = self.text();
        let end = text.find([' ', '=']).unwrap_or(text.len());
        text.get(..end).unwrap_or_default().to_owned()
    }

    /// Whether it selects a credential.
    pub(super) const fn is_credential(&self) -> bool {
        matches!(
            self,
            Self::Credential(_) | Self::Certificate(_) | Self::ManagedIdentity(_)
        )
    }
}

impl From<LoginOption> for Command {
    fn from(option: LoginOption) -> Self {
        Self::Login(vec![option])
    }
}

impl Command {
    /// The verb, whether it acts on one account, and its arguments, quoted for the shell.
    fn parts(&self) -> (&'static str, bool, String) {
        let in_mailbox = |mailbox: &Option<String>| {
            let mailbox = mailbox.as_deref().map(shell::word);
            mailbox.map_or_else(String::new, |mailbox| format!("--mailbox {mailbox}"))
        };
        let texts = |options: &[LoginOption]| {
            let texts: Vec<_> = options.iter().map(LoginOption::text).collect();
            texts.join(" ")
        };
        match self {
            Self::Login(options) => ("login", true, texts(options)),
            Self::LoginHelp => ("login", false, "--help".to_owned()),
            Self::Logout => ("logout", true, String::new()),
            Self::Keepalive => ("keepalive", true, String::new()),
            Self::KeepaliveCron => ("keepalive", true, "--install=cron".to_owned()),
            Self::Doctor => ("doctor", true, String::new()),
            Self::DoctorAdmin => ("doctor", true, "--admin".to_owned()),
            Self::DraftList(mailbox) => ("draft list", true, in_mailbox(mailbox)),
            Self::DraftDelete(id, mailbox) => {
                let arguments = format!("{} {}", shell::word(id), in_mailbox(mailbox));
                ("draft delete", true, arguments)
            }
            Self::OutboxList => ("outbox list", false, String::new()),
            Self::OutboxFlush => ("outbox flush", false, String::new()),
            Self::OutboxFlushEntry(id) => ("outbox flush", false, shell::word(id)),
            Self::OutboxFlushNow => ("outbox flush", false, "--now".to_owned()),
            Self::OutboxShow(id) => ("outbox show", false, shell::word(id)),
            Self::OutboxShowMessage(id) => (
                "outbox show",
                false,
                format!("{} --message", shell::word(id)),
            ),
            Self::OutboxDrop(id) => ("outbox drop", false, shell::word(id)),
            Self::OutboxRetry(id) => ("outbox retry", false, shell::word(id)),
            Self::OutboxRetryYes(id) => {
                ("outbox retry", false, format!("{} --yes", shell::word(id)))
            }
            Self::AccountsUse(name) => ("accounts use", false, shell::word(name)),
            Self::SendTest(to) => ("send", true, test_to(to)),
            Self::SendTestFrom(to) => ("send", true, format!("--mailbox MAILBOX {}", test_to(to))),
        }
    }

    /// Whether it uses the account itself: its configuration, its sign-in or its mailbox.
    pub(super) const fn uses_account(&self) -> bool {
        !matches!(
            self,
            Self::Doctor
                | Self::LoginHelp
                | Self::OutboxList
                | Self::OutboxFlush
                | Self::OutboxFlushEntry(_)
                | Self::OutboxFlushNow
                | Self::OutboxShow(_)
                | Self::OutboxShowMessage(_)
                | Self::OutboxDrop(_)
                | Self::OutboxRetry(_)
                | Self::OutboxRetryYes(_)
        )
    }

    /// The command line; `config` is the configuration file that a flag named, `account` the account that
    /// a command which acts on one has to name.
    pub(super) fn line(&self, config: Option<&std::path::Path>, account: Option<&str>) -> String {
        let (verb, acts_on_account, arguments) = self.parts();
        let mut line = "graphmail".to_owned();
        if let Some(config) = config {
            line += &format!(" --config {}", shell::path(config));
        }
        line += &format!(" {verb}");
        if let Some(account) = account.filter(|_| acts_on_account) {
            line += &format!(" --account {}", shell::word(account));
        }
        format!("{line} {arguments}").trim_end().to_owned()
    }
}

fn test_to(address: &str) -> String {
    format!("--to {} --subject Test", shell::word(address))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Command, CredentialKind, LoginOption};
    use crate::commands::definitions;

    /// The options of each kind of sign-in, and of those that hints name.
    fn logins() -> Vec<Vec<LoginOption>> {
        let kinds = CredentialKind::ALL.map(|kind| vec![LoginOption::Credential(kind)]);
        let options = [
            vec![],
            vec![LoginOption::Application],
            vec![LoginOption::TokenStore("file")],
            vec![LoginOption::Certificate("FILE".to_owned())],
            vec![
                LoginOption::Credential(CredentialKind::Certificate),
                LoginOption::CertificatePasswordFile,
            ],
            vec![LoginOption::ManagedIdentity("CLIENT-ID")],
            vec![LoginOption::ManagedIdentity("")],
            vec![
                LoginOption::Credential(CredentialKind::Browser),
                LoginOption::TokenStore("keyring"),
            ],
            vec![LoginOption::Scopes("send+drafts+shared")],
            vec![LoginOption::Mailbox],
            vec![LoginOption::Given("--client-id", Some("id".to_owned()))],
            vec![LoginOption::Given(
                "--managed-identity",
                Some("object:x".to_owned()),
            )],
            vec![LoginOption::Given("--browser", None)],
        ];
        options.into_iter().chain(kinds).collect()
    }

    /// A value of each variant; because of the match, a new variant does not compile until it is added.
    fn all() -> Vec<Command> {
        use Command as C;
        let id = || "20261120T100000Z-1-2".to_owned();
        let mut all: Vec<_> = logins().into_iter().map(C::Login).collect();
        let mut next = Some(C::LoginHelp);
        while let Some(command) = next {
            next = match &command {
                C::Login(_) => None,
                C::LoginHelp => Some(C::Logout),
                C::Logout => Some(C::Keepalive),
                C::Keepalive => Some(C::KeepaliveCron),
                C::KeepaliveCron => Some(C::Doctor),
                C::Doctor => Some(C::DoctorAdmin),
                C::DoctorAdmin => Some(C::DraftList(None)),
                C::DraftList(None) => Some(C::DraftList(Some("shared@example.org".to_owned()))),
                C::DraftList(Some(_)) => Some(C::DraftDelete("AAMk=".to_owned(), None)),
                C::DraftDelete(draft, None) => Some(C::DraftDelete(
                    draft.clone(),
                    Some("it's@example.org".to_owned()),
                )),
                C::DraftDelete(..) => Some(C::OutboxList),
                C::OutboxList => Some(C::OutboxFlush),
                C::OutboxFlush => Some(C::OutboxFlushEntry(id())),
                C::OutboxFlushEntry(_) => Some(C::OutboxFlushNow),
                C::OutboxFlushNow => Some(C::OutboxShow(id())),
                C::OutboxShow(id) => Some(C::OutboxShowMessage(id.clone())),
                C::OutboxShowMessage(id) => Some(C::OutboxDrop(id.clone())),
                C::OutboxDrop(id) => Some(C::OutboxRetry(id.clone())),
                C::OutboxRetry(id) => Some(C::OutboxRetryYes(id.clone())),
                C::OutboxRetryYes(_) => Some(C::AccountsUse("a b".to_owned())),
                C::AccountsUse(_) => Some(C::SendTest("a@example.org".to_owned())),
                C::SendTest(to) => Some(C::SendTestFrom(to.clone())),
                C::SendTestFrom(_) => None,
            };
            all.push(command);
        }
        all
    }

    #[test]
    fn the_program_understands_every_command_that_it_advises() {
        let config = Path::new("/it's mine/config.toml");
        for command in all() {
            for (config, account) in [(None, None), (Some(config), Some("j+x@contoso.com"))] {
                let line = command.line(config, account);
                let words = shlex::split(&line).expect("words of a shell");
                match definitions().try_get_matches_from(words) {
                    Ok(_) => {}
                    Err(error) if !error.use_stderr() => {}
                    Err(error) => panic!("{line}: {error}"),
                }
            }
        }
    }

    #[test]
    fn a_command_that_acts_on_an_account_names_it() {
        let config = Some(Path::new("/it's mine"));
        let line = |command: Command| command.line(config, Some("a b"));
        assert_eq!(
            line(Command::Login(vec![LoginOption::Credential(
                CredentialKind::Browser
            )])),
            "graphmail --config \"/it's mine\" login --account 'a b' --browser"
        );
        assert_eq!(
            line(Command::OutboxList),
            "graphmail --config \"/it's mine\" outbox list"
        );
        assert_eq!(
            line(Command::LoginHelp),
            "graphmail --config \"/it's mine\" login --help"
        );
    }
}
