//! What the account of a situation needs: another credential, a permission, an address.

use std::path::Path;

use super::{Shown, Situation, program, words};
use crate::access::{DRAFTS, Whose, scopes, shared};
use crate::auth::ClientSecret;
use crate::auth::aadsts::{self, Action};
use crate::auth::credential::{Credential, CredentialKind, Renewal};
use crate::auth::environment;
use crate::commands::report::advice::Advice;
use crate::commands::report::command::{Command, LoginOption};
use crate::config::{ENVIRONMENT_ACCOUNT, variable};
use crate::shell;

impl Situation<'_> {
    pub(super) fn kind(&self) -> Option<CredentialKind> {
        let account = self.account.as_ref();
        account.map(|account| account.credential.kind())
    }

    /// How the address of the sending mailbox becomes known.
    pub(super) fn sender_address(&self) -> Shown {
        let variable = words(format!("set {} to its address", variable::MAILBOX));
        let account = self.account.as_ref();
        // The name of an account says nothing about the user of a ready token.
        let account = account.filter(|account| {
            let is_ready = matches!(account.credential, Credential::AccessToken(_));
            !is_ready && account.name != ENVIRONMENT_ACCOUNT
        });
        match account {
            Some(account) => variable.and(
                "; or: ",
                &words(format!(
                    "mailbox = \"ADDRESS\", or for the signed-in user's own username = \"ADDRESS\", under [accounts.{}]",
                    account.name
                )),
            ),
            None => variable,
        }
    }

    /// How the account gets a new token, or a new credential.
    pub(super) fn renewal(&self, named: Option<&str>, run: impl Fn(&Command) -> Shown) -> Shown {
        let account = self.account.as_ref();
        let account = account.filter(|account| named.is_none_or(|name| name == account.name));
        let Some(account) = account else {
            return run(&Command::Login(Vec::new()));
        };
        let kind = account.credential.kind();
        match account.credential.renewal() {
            Renewal::SignIn => {
                let kind = kind.is_application().then_some(kind);
                let store = self.other_store.as_ref().filter(|of| !of.own_has_sign_in);
                let options = kind.map(LoginOption::Credential).into_iter();
                let store = store.map(|store| LoginOption::TokenStore(store.name));
                run(&Command::Login(options.chain(store).collect()))
            }
            Renewal::AzLogin => program("az login"),
            Renewal::ClientSecret => match &account.credential {
                Credential::ClientSecret(ClientSecret::File(path)) => words(format!(
                    "put a new client secret into {}",
                    shell::path(path)
                )),
                _ => words("put a new client secret into its file"),
            },
            Renewal::Certificate => self.replacement(kind, run),
            Renewal::Variable(name) if kind.is_application() => {
                words(format!("put a new secret into {name}"))
            }
            Renewal::Variable(name) => words(format!("put a new token into {name}")),
            Renewal::Command if kind.is_application() => {
                words("let the client secret command print a new secret")
            }
            Renewal::Command => words("let the token command print a new token"),
            Renewal::Platform => match kind {
                CredentialKind::GitHubActions => words("give the job permissions: id-token: write"),
                CredentialKind::Federated => self.replacement(kind, run),
                _ => words(
                    "check the managed identity of this host in Azure: the platform issues its tokens",
                ),
            },
        }
    }

    /// How to fix the error with this AADSTS number.
    pub(super) fn refused(
        &self,
        code: u32,
        advice: &Advice,
        run: impl Fn(&Command) -> Shown,
    ) -> Shown {
        let kind = advice.sign_in.as_ref().map(|sign_in| sign_in.kind);
        let kind = kind.or_else(|| self.kind()).unwrap_or_default();
        let Some(remedy) = aadsts::remedy(code, kind.is_application()) else {
            return self.renewal(advice.account.as_deref(), run);
        };
        let text = words(remedy.advice);
        match remedy.action {
            Action::None => text,
            Action::SignIn => text.and(": ", &self.renewal(advice.account.as_deref(), run)),
            Action::Browser => text
                .and(
                    ": ",
                    &run(&LoginOption::Credential(CredentialKind::Browser).into()),
                )
                .and("; or: ", &words("ask an administrator")),
            Action::Certificate => text
                .and(
                    ": ",
                    &words("upload the certificate to the registration (Certificates & secrets)"),
                )
                .and(
                    "; or: ",
                    &self.replacement(CredentialKind::Certificate, run),
                ),
            Action::ClientSecret if kind != CredentialKind::ClientSecret => words(format!(
                "check the client id, the tenant and the cloud: the service expects a client secret, and \
                 {} sends none",
                kind.name()
            )),
            Action::ClientSecret => {
                let renewal = match advice.sign_in {
                    Some(_) => run(&Command::Login(Vec::new())),
                    None => self.renewal(advice.account.as_deref(), run),
                };
                text.and("; then: ", &renewal)
            }
            // Before the first sign-in there is no account whose ids the command could print.
            Action::Consent if self.account.is_none() && advice.sign_in.is_some() => {
                text.and("; then: ", &run(&Command::Login(Vec::new())))
            }
            Action::Consent if self.account.is_none() => text,
            Action::Consent => text.and(": ", &run(&Command::DoctorAdmin)),
        }
    }

    /// How the account gets another file or value for its credential of this kind.
    pub(super) fn replacement(
        &self,
        kind: CredentialKind,
        run: impl Fn(&Command) -> Shown,
    ) -> Shown {
        let facts = kind.facts();
        let credential = self.account.as_ref().map(|account| &account.credential);
        match facts.variable.filter(|_| self.is_of_environment()) {
            // It takes precedence over a secret in the environment.
            Some(_)
                if matches!(
                    credential,
                    Some(Credential::ClientSecret(ClientSecret::File(_)))
                ) =>
            {
                let variable = variable::CLIENT_SECRET_FILE;
                words(format!("set {variable} to a file that this user can read"))
            }
            Some(variable) if kind == CredentialKind::ClientSecret => {
                words(format!("set {variable} to the secret"))
            }
            Some(variable) => words(format!("set {variable} to a file that this user can read")),
            None => run(&LoginOption::Credential(kind).into()),
        }
    }

    /// How the account signs in with the certificate in `file`.
    pub(super) fn certificate(&self, file: &Path, run: impl Fn(&Command) -> Shown) -> Shown {
        let file = shell::path(file);
        match CredentialKind::Certificate.facts().variable {
            Some(variable) if self.is_of_environment() => {
                words(format!("set {variable} to {file}"))
            }
            _ => run(&LoginOption::Certificate(file).into()),
        }
    }

    /// How the account gets the password of its certificate's key.
    pub(super) fn password(&self, run: impl Fn(&Command) -> Shown) -> Shown {
        if self.is_of_environment() {
            let variable = environment::CERTIFICATE_PASSWORD;
            return words(format!("set {variable} to the password"));
        }
        run(&Command::Login(vec![
            LoginOption::Credential(CredentialKind::Certificate),
            LoginOption::CertificatePasswordFile,
        ]))
    }

    /// Whether variables of the environment are the account.
    pub(super) fn is_of_environment(&self) -> bool {
        let account = self.account.as_ref();
        account.is_some_and(|account| account.name == ENVIRONMENT_ACCOUNT)
    }

    /// How the account gets `permission` in the form that its own mailbox needs.
    pub(super) fn grant(&self, permission: &str, run: impl Fn(&Command) -> Shown) -> Shown {
        let Some(account) = &self.account else {
            let consent = format!(
                "get consent for {permission} ({} for another's mailbox)",
                shared(permission)
            );
            return words(consent).and("; then: ", &run(&Command::Login(Vec::new())));
        };
        let whose = Whose::of_mailbox(account, account.mailbox.as_deref());
        let scopes = scopes(permission == DRAFTS, false, whose == Whose::Others);
        let mailbox = account.mailbox.as_deref();
        self.consent(&[whose.form(permission)], scopes, mailbox, run)
    }

    /// How the account gets the permissions with these full names.
    pub(super) fn consent(
        &self,
        permissions: &[String],
        scopes: &'static str,
        mailbox: Option<&str>,
        run: impl Fn(&Command) -> Shown,
    ) -> Shown {
        let held = permissions.join(" and ");
        let noun = match permissions {
            [_] => "permission",
            _ => "permissions",
        };
        let account = self.account.as_ref();
        match account.map(|account| (&account.credential, account.is_application())) {
            Some((Credential::AccessToken(_), _)) => words(format!(
                "the token in {} must hold {held}",
                variable::ACCESS_TOKEN
            )),
            Some((Credential::TokenCommand(_), _)) => words(format!(
                "the token that the token command prints must hold {held}"
            ))
            .and(
                "; or, if it is of an application: ",
                &run(&Command::DoctorAdmin),
            ),
            // Its own application has no permission for mail.
            Some((Credential::AzureCli, _)) => words(format!(
                "az login as a service principal or identity that holds {held}"
            ))
            .and("; if it is one: ", &run(&Command::DoctorAdmin))
            .and("; or: ", &run(&Command::LoginHelp)),
            Some((_, true)) => words(format!(
                "the application needs the application {noun} {held} for {}",
                mailbox.map_or_else(
                    || "the mailbox".to_owned(),
                    |user| format!("the mailbox {user}")
                )
            ))
            .and(": ", &run(&Command::DoctorAdmin))
            .and("; ", &words("a token from before that lasts up to an hour")),
            _ => words(format!(
                "add the delegated {noun} {held} to the application"
            ))
            .and("; then: ", &run(&LoginOption::Scopes(scopes).into())),
        }
    }
}
