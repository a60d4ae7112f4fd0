//! Advice for errors of a sign-in.

use super::application::{self, of_environment};
use super::state::{of_folder, of_store};
use super::transport::of_cause;
use crate::auth::{self, CredentialKind, Reason, aadsts, azure_cli, managed_identity, program};
use crate::commands::report::advice::{Advice, Step};
use crate::commands::report::command::{Command, LoginOption};
use crate::commands::report::failure::{Detail, Explain};
use crate::exit::Class;

impl Explain for auth::Error {
    fn class(&self) -> Class {
        Self::class(self)
    }

    fn is_interruption(&self) -> bool {
        Self::is_interruption(self)
    }

    fn advice(&self) -> Advice {
        of_auth(self)
    }

    fn detail(&self) -> Detail {
        let Self::Refused { refusal, .. } = self else {
            return Detail::default();
        };
        Detail {
            entra_code: refusal.codes.first().map(|code| format!("AADSTS{code}")),
            correlation_id: refusal.correlation_id.clone(),
            trace_id: refusal.trace_id.clone(),
            ..Detail::default()
        }
    }
}

pub(super) fn of_auth(error: &auth::Error) -> Advice {
    match error {
        auth::Error::NotSignedIn { account, reason } => {
            not_signed_in(reason).for_account(account).of_store()
        }
        auth::Error::Refused { refusal, .. } => of_refusal(refusal),
        auth::Error::Store(error) => of_store(error),
        auth::Error::ManagedIdentity(failure) => of_managed_identity(failure),
        auth::Error::AzureCli(failure) => of_azure_cli(failure),
        auth::Error::Certificate(fault) => application::of_certificate(fault),
        auth::Error::Federated(fault) => application::of_federated(fault),
        auth::Error::NoStore => Advice::from(Step::TokensInFile)
            .because("this sign-in needs the token store keyring or file")
            .of_store(),
        auth::Error::Declined | auth::Error::CodeExpired => Step::Renew.into(),
        auth::Error::NoRedirect { .. } => {
            Advice::from(LoginOption::Credential(CredentialKind::Browser))
                .or(LoginOption::Credential(CredentialKind::DeviceCode))
        }
        auth::Error::ManyTenants(_) => "name the tenant: its domain or its id".into(),
        auth::Error::Busy { .. } => {
            Advice::from(Step::Retry(None)).or("end that process, if it hangs")
        }
        auth::Error::Unintelligible { .. } | auth::Error::InsecurePage { .. } => {
            "check HTTPS_PROXY, the cloud and GRAPHMAIL_LOGIN_URL".into()
        }
        auth::Error::Unavailable {
            until: Some(until), ..
        } => Step::Retry(Some(*until)).into(),
        auth::Error::NotConfigured(cause) | auth::Error::Unavailable { cause, .. } => {
            of_cause(cause)
        }
        auth::Error::Command(_) => {
            "run the account's token_command in a shell: it must print only a token".into()
        }
        auth::Error::ClientSecret(failure) => application::of_client_secret(failure),
        auth::Error::AccessToken(_) => Advice::from(Step::Set(
            "GRAPHMAIL_ACCESS_TOKEN",
            "a whole token, without quotation marks",
        ))
        .or(Step::Unset("GRAPHMAIL_ACCESS_TOKEN")),
        auth::Error::Environment(fault) => of_environment(fault),
        auth::Error::Lock { path, source } => of_folder(path, source),
        auth::Error::Listen(_) | auth::Error::Interrupted => Advice::none(),
    }
}

fn of_refusal(refusal: &auth::Refusal) -> Advice {
    let is_known = |code: &&u32| aadsts::remedy(**code, false).is_some();
    let known = refusal.codes.iter().find(is_known);
    match (known, refusal.error.as_str()) {
        (Some(code), _) => Step::Refused(*code).into(),
        (None, "invalid_grant" | "interaction_required") => Step::Renew.into(),
        // Only Entra sends AADSTS codes.
        (None, "invalid_client" | "unauthorized_client") => {
            "check the client id, and the secret or certificate of the application".into()
        }
        (None, _) => Advice::none(),
    }
}

fn of_managed_identity(failure: &managed_identity::Failure) -> Advice {
    use managed_identity::{Challenge, Failure, Unsupported};
    match failure {
        Failure::NotHere(_) => Advice::from(Command::LoginHelp).because(
            "only hosts in Azure and Arc servers have a managed identity; choose another sign-in",
        ),
        Failure::Refused { .. } => Advice::from("assign an identity to this host in Azure")
            .or(LoginOption::ManagedIdentity("CLIENT-ID")),
        Failure::Challenge(Challenge::Unreadable { .. }) => {
            "run it as a member of the group himds (on Windows, as an administrator)".into()
        }
        Failure::Challenge(_) => {
            "another service than the agent may have answered: check IDENTITY_ENDPOINT and the agent, azcmagent show".into()
        }
        Failure::NoHeader => {
            "set both IDENTITY_ENDPOINT and IDENTITY_HEADER, as the platform does, or neither".into()
        }
        Failure::Expired { .. } => "check the clock of this host".into(),
        Failure::UserAssigned => LoginOption::ManagedIdentity("").into(),
        Failure::Unsupported(Unsupported::CloudShell) => {
            LoginOption::Credential(CredentialKind::AzureCli).into()
        }
        Failure::Unsupported(_) => Advice::from(Command::LoginHelp).because("choose another sign-in"),
        Failure::Variable(_) => "unset it, or let the platform set it".into(),
        Failure::Unintelligible { .. } => {
            "check IDENTITY_ENDPOINT and AZURE_POD_IDENTITY_AUTHORITY_HOST".into()
        }
        Failure::Unavailable(cause) | Failure::NotConfigured(cause) => of_cause(cause),
    }
}

fn of_azure_cli(failure: &azure_cli::Failure) -> Advice {
    let az_login = || Advice::from(Step::Program("az login".to_owned()));
    match failure {
        azure_cli::Failure::NotInstalled => {
            Advice::from("install the Azure CLI").or(Command::LoginHelp)
        }
        azure_cli::Failure::Program(program::Failure::Failed { .. }) => az_login(),
        azure_cli::Failure::Program(_) | azure_cli::Failure::Output => Advice::from(Step::Program(
            "az account get-access-token --resource-type ms-graph --query expiresOn".to_owned(),
        ))
        .because("see what this prints"),
        azure_cli::Failure::Expired(_) => az_login().or("set the clock of this host"),
    }
}

fn not_signed_in(reason: &Reason) -> Advice {
    match reason {
        Reason::Mismatch(_) => Advice::from(Step::Renew)
            .or("take the other cloud, URL or application out of the environment"),
        Reason::NoRecord | Reason::OtherOrigin | Reason::Incomplete(_) => Step::Renew.into(),
    }
}
