//! The options of `graphmail login`, and the account that they describe.

use std::path::{Path, PathBuf};

use crate::auth::CredentialKind;
use crate::commands::error::UsageError;
use crate::commands::report::{LoginOption, Result, SignIn, WithContext as _};
use crate::config::{AccountEntry, variable};
use crate::seams::Environment;
use crate::shell;

/// The heading of the credentials in the help.
const HEADING: &str = "Credential";
/// The group of the options that select a credential: at most one is given.
const CREDENTIAL: &str = "credential";

/// The other credentials. An option that needs one credential is not required to have it if another is given, so clap
/// is told that they conflict.
const OTHER_THAN_CERTIFICATE: [&str; 9] = [
    "device_code",
    "browser",
    "client_secret_file",
    "client_secret_command",
    "federated_token_file",
    "github_actions",
    "token_command",
    "managed_identity",
    "azure_cli",
];
const OTHER_THAN_BROWSER: [&str; 9] = [
    "device_code",
    "client_secret_file",
    "client_secret_command",
    "certificate",
    "federated_token_file",
    "github_actions",
    "token_command",
    "managed_identity",
    "azure_cli",
];

/// Signs in and stores the account
///
/// The account is stored in the configuration, and the secret in the token store. You need an
/// application in your own tenant; `graphmail login` without options explains how to register it.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub(in crate::commands) struct Args {
    /// The application (client) id of the registration
    #[arg(long, value_name = "ID")]
    pub(super) client_id: Option<String>,
    /// The tenant: a domain or an id
    #[arg(long, value_name = "TENANT")]
    pub(super) tenant: Option<String>,
    /// The cloud: global, usgov, dod, china, or a cloud of the configuration
    #[arg(long, value_name = "NAME")]
    pub(super) cloud: Option<String>,
    /// A user signs in once on any device with a browser (the default)
    #[arg(long, help_heading = HEADING, group = CREDENTIAL)]
    pub(super) device_code: bool,
    /// A user signs in once with this host's browser, if the tenant forbids device codes
    #[arg(long, help_heading = HEADING, group = CREDENTIAL)]
    pub(super) browser: bool,
    /// Print the page's URL and do not open a browser
    #[arg(
        long,
        help_heading = HEADING,
        requires = "browser",
        conflicts_with_all = OTHER_THAN_BROWSER
    )]
    pub(super) no_open: bool,
    /// The application signs in with the client secret in this file; `-` is standard input
    ///
    /// The secret is stored in the token store. With --token-store none it stays in the file, which is then
    /// read for each token. Instead, a systemd unit can supply it with
    /// LoadCredential=graphmail.NAME.client-secret:FILE for the account NAME; this takes precedence, and
    /// login uses it unless an option selects another credential.
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = CREDENTIAL)]
    pub(super) client_secret_file: Option<PathBuf>,
    /// The application signs in with the client secret that this command prints; it runs for each token
    #[arg(long, value_name = "COMMAND", help_heading = HEADING, group = CREDENTIAL)]
    pub(super) client_secret_command: Option<String>,
    /// The application signs in with the certificate and its RSA key in this PEM file
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = CREDENTIAL)]
    pub(super) certificate: Option<PathBuf>,
    /// The file with the password of a PKCS#12 certificate
    #[arg(
        long,
        value_name = "FILE",
        help_heading = HEADING,
        requires = "certificate",
        conflicts_with_all = OTHER_THAN_CERTIFICATE,
        hide = cfg!(not(feature = "pkcs12"))
    )]
    pub(super) certificate_password_file: Option<PathBuf>,
    /// Send the certificates too, for a registration that trusts their subject and issuer
    #[arg(
        long,
        help_heading = HEADING,
        requires = "certificate",
        conflicts_with_all = OTHER_THAN_CERTIFICATE
    )]
    pub(super) send_certificate_chain: bool,
    /// The application signs in with another issuer's token in this file; it is read for each token
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = CREDENTIAL)]
    pub(super) federated_token_file: Option<PathBuf>,
    /// The application signs in with the token that GitHub Actions issues to the job
    #[arg(long, help_heading = HEADING, group = CREDENTIAL)]
    pub(super) github_actions: bool,
    /// A command that prints an access token; it runs for each send
    #[arg(long, value_name = "COMMAND", help_heading = HEADING, group = CREDENTIAL)]
    pub(super) token_command: Option<String>,
    /// The managed identity of this Azure host: a virtual machine, App Service, Functions, Container Apps,
    /// an Arc server
    ///
    /// Without an ID, the system-assigned identity. A user-assigned identity is given by its client id, as
    /// object:OBJECT-ID, or by its resource id.
    #[arg(
        long,
        value_name = "ID",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["client_id", "tenant"],
        help_heading = HEADING,
        group = CREDENTIAL
    )]
    pub(super) managed_identity: Option<String>,
    /// The sign-in of the Azure CLI, `az login`; az is asked for each send
    ///
    /// A user's sign-in there cannot send mail, because the CLI's own application lacks the permission. An
    /// application's sign-in can (az login --service-principal, az login --identity).
    #[arg(
        long,
        conflicts_with = "client_id",
        help_heading = HEADING,
        group = CREDENTIAL
    )]
    pub(super) azure_cli: bool,
    /// The permissions to ask the user for: send; drafts for large messages; shared for other users' mailboxes
    ///
    /// With lookup (Mail.ReadBasic) or drafts (Mail.ReadWrite), graphmail looks in Sent Items if no answer
    /// arrives to a message of the outbox, of `merge` or with an idempotency key. Without, it cannot tell
    /// whether the message was sent.
    ///
    /// Default: those that the account had, else send, and shared if --mailbox is given.
    #[arg(
        long,
        value_name = "SCOPES",
        value_parser = [
            "send",
            "send+drafts",
            "send+lookup",
            "send+shared",
            "send+drafts+shared",
            "send+lookup+shared",
        ]
    )]
    pub(super) scopes: Option<String>,
    /// The mailbox to send from, if not the signed-in user's own
    #[arg(long, value_name = "USER")]
    pub(super) mailbox: Option<String>,
    /// Where tokens are kept: keyring, file (readable for this user only) or none
    ///
    /// Without other options, it moves the account's stored sign-in there, without a new sign-in.
    #[arg(long, value_name = "STORE", value_parser = ["keyring", "file", "none"])]
    pub(super) token_store: Option<String>,
}

impl Args {
    /// The kind of credential that the options select.
    pub(super) fn credential(&self) -> Option<CredentialKind> {
        let has_secret = self.client_secret_file.is_some() || self.client_secret_command.is_some();
        [
            (self.device_code, CredentialKind::DeviceCode),
            (self.browser, CredentialKind::Browser),
            (has_secret, CredentialKind::ClientSecret),
            (self.certificate.is_some(), CredentialKind::Certificate),
            (
                self.federated_token_file.is_some(),
                CredentialKind::Federated,
            ),
            (self.github_actions, CredentialKind::GitHubActions),
            (self.token_command.is_some(), CredentialKind::TokenCommand),
            (
                self.managed_identity.is_some(),
                CredentialKind::ManagedIdentity,
            ),
            (self.azure_cli, CredentialKind::AzureCli),
        ]
        .into_iter()
        .find_map(|(is_given, kind)| is_given.then_some(kind))
    }

    /// The given options, to repeat a sign-in with a credential of this kind.
    pub(super) fn given(&self, kind: CredentialKind) -> SignIn {
        let text = |flag: &'static str, value: &Option<String>| {
            let value = value.as_deref().map(shell::word);
            value.map(|value| LoginOption::Given(flag, Some(value)))
        };
        let file = |flag: &'static str, value: &Option<PathBuf>| {
            let value = value.as_deref().map(|path| match path.to_str() {
                // Standard input.
                Some("-") => "-".to_owned(),
                _ => shell::path(path),
            });
            value.map(|value| LoginOption::Given(flag, Some(value)))
        };
        let word =
            |flag: &'static str, is_given: bool| is_given.then_some(LoginOption::Given(flag, None));
        let account = [
            text("--client-id", &self.client_id),
            text("--tenant", &self.tenant),
            text("--cloud", &self.cloud),
            text("--scopes", &self.scopes),
            text("--mailbox", &self.mailbox),
            text("--token-store", &self.token_store),
        ];
        let credential = [
            word("--device-code", self.device_code),
            word("--browser", self.browser),
            word("--no-open", self.no_open),
            file("--client-secret-file", &self.client_secret_file),
            text("--client-secret-command", &self.client_secret_command),
            file("--certificate", &self.certificate),
            file(
                "--certificate-password-file",
                &self.certificate_password_file,
            ),
            word("--send-certificate-chain", self.send_certificate_chain),
            file("--federated-token-file", &self.federated_token_file),
            word("--github-actions", self.github_actions),
            text("--token-command", &self.token_command),
            text("--managed-identity", &self.managed_identity),
            word("--azure-cli", self.azure_cli),
        ];
        SignIn {
            kind,
            account: account.into_iter().flatten().collect(),
            credential: credential.into_iter().flatten().collect(),
        }
    }

    /// Whether the options only name a token store.
    pub(super) fn names_only_a_store(&self) -> bool {
        let rest = Self {
            token_store: None,
            no_open: false,
            ..self.clone()
        };
        self.token_store.is_some() && rest == Self::default()
    }

    /// The account's kind of credential. `in_unit`: systemd supplies a client secret for it.
    pub(super) fn kind(&self, former: Option<&AccountEntry>, in_unit: bool) -> CredentialKind {
        let another = self.client_id.is_some() || self.tenant.is_some();
        match (self.credential(), former.map(|former| former.auth)) {
            (Some(kind), _) => kind,
            (None, former) if in_unit && (another || former.is_none()) => {
                CredentialKind::ClientSecret
            }
            // A token command knows its application itself. So an option that names an application selects another
            // credential, also inside the sandbox. With another kind, another id or tenant does not change the
            // credential.
            (None, Some(CredentialKind::TokenCommand)) if another => CredentialKind::default(),
            (None, former) => former.unwrap_or_default(),
        }
    }

    /// The account from the options, the environment and the `former` account.
    pub(super) fn entry(
        &self,
        kind: CredentialKind,
        former: Option<&AccountEntry>,
        environment: &Environment,
    ) -> Result<AccountEntry> {
        let pick = |flag: &Option<String>, variable, key: fn(&AccountEntry) -> &Option<String>| {
            non_empty(flag)
                .or_else(|| environment.get(variable))
                .or_else(|| key(former?).clone())
        };
        let client_id = pick(&self.client_id, variable::CLIENT_ID, |entry| {
            &entry.client_id
        });
        let tenant = pick(&self.tenant, variable::TENANT, |entry| &entry.tenant);
        let cloud = pick(&self.cloud, variable::CLOUD, |entry| &entry.cloud);
        let mailbox = pick(&self.mailbox, variable::MAILBOX, |entry| &entry.mailbox);
        let decides = kind.facts().decides;
        Ok(AccountEntry {
            auth: kind,
            tenant: tenant.filter(|_| !decides.contains(&"tenant")),
            client_id: client_id.filter(|_| !decides.contains(&"client_id")),
            cloud,
            mailbox,
            token_store: former.and_then(|former| former.token_store),
            username: None,
            // A login does not change these, and keeps those that the user wrote.
            credential_expires: None,
            message_limit: None,
            recipient_limit: None,
            source: None,
            ..self.credential_keys(kind, former)?
        })
    }

    /// The keys of the credential: those of the options, else those of the former account.
    fn credential_keys(
        &self,
        kind: CredentialKind,
        former: Option<&AccountEntry>,
    ) -> Result<AccountEntry> {
        if self.credential().is_none() {
            let same = former.filter(|former| former.auth == kind);
            return Ok(same.cloned().unwrap_or_default());
        }
        let secret = self.client_secret_file.as_deref();
        Ok(AccountEntry {
            token_command: self.token_command.clone(),
            managed_identity: non_empty(&self.managed_identity),
            // Standard input has no path.
            client_secret_file: absolute(secret.filter(|file| *file != Path::new("-")))?,
            client_secret_command: self.client_secret_command.clone(),
            certificate: absolute(self.certificate.as_deref())?,
            certificate_password_file: absolute(self.certificate_password_file.as_deref())?,
            send_certificate_chain: self.send_certificate_chain.then_some(true),
            federated_token_file: absolute(self.federated_token_file.as_deref())?,
            ..AccountEntry::default()
        })
    }
}

fn non_empty(option: &Option<String>) -> Option<String> {
    option.clone().filter(|given| !given.is_empty())
}

/// The absolute path: a later run may be in another folder.
fn absolute(path: Option<&Path>) -> Result<Option<PathBuf>> {
    let Some(path) = path else { return Ok(None) };
    let absolute = std::path::absolute(path).context("finding the present folder")?;
    if absolute.to_str().is_none() {
        return Err(UsageError::new(format!(
            "{} is not UTF-8, as a configuration is",
            absolute.display()
        ))
        .into());
    }
    Ok(Some(absolute))
}
