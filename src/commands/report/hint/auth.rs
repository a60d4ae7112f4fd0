//! What mends an error of a sign-in.

use super::{application, of_cause, of_folder, of_store};
use crate::auth::{self, Reason, aadsts, azure_cli, managed_identity, program};

pub(super) fn of_auth(error: &auth::Error) -> Option<String> {
    let hint = match error {
        auth::Error::NotSignedIn { account, reason } => {
            return Some(not_signed_in(account, reason));
        }
        auth::Error::Refused { refusal, .. } => {
            let advice = refusal.codes.iter().find_map(|code| aadsts::advice(*code));
            match (advice, refusal.error.as_str()) {
                (Some(advice), _) => advice,
                (None, "invalid_grant" | "interaction_required") => {
                    "sign in again: graphmail login"
                }
                // A server that is not Entra has no numbers for it.
                (None, "invalid_client" | "unauthorized_client") => {
                    "check the client id, and the secret or certificate of the application"
                }
                (None, _) => return None,
            }
        }
        auth::Error::Store(error) => return of_store(error),
        auth::Error::ManagedIdentity(failure) => of_managed_identity(failure),
        auth::Error::AzureCli(failure) => of_azure_cli(failure)?,
        auth::Error::Certificate(fault) => return Some(application::of_certificate(fault)),
        auth::Error::Federated(fault) => return Some(application::of_federated(fault)),
        auth::Error::NoStore => {
            "use the token store keyring or file: graphmail login --token-store file"
        }
        auth::Error::Declined | auth::Error::CodeExpired => "graphmail login",
        auth::Error::NoRedirect { .. } => {
            "graphmail login --browser; where no browser reaches this host: graphmail login --device-code"
        }
        auth::Error::ManyTenants(_) => "name the tenant: its domain or its id",
        auth::Error::Busy { .. } => "run it again; if that process hangs, end it",
        auth::Error::Unintelligible { .. } | auth::Error::InsecurePage { .. } => {
            "check HTTPS_PROXY, the cloud and GRAPHMAIL_LOGIN_URL"
        }
        auth::Error::NotConfigured(cause) | auth::Error::Unavailable { cause, .. } => {
            of_cause(cause)
        }
        auth::Error::Command(_) => {
            "run the account's token_command in a shell: it must print a token, and nothing else"
        }
        auth::Error::ClientSecret(failure) => return Some(application::of_client_secret(failure)),
        auth::Error::AccessToken(_) => {
            "put a whole token into GRAPHMAIL_ACCESS_TOKEN, without quotation marks, or unset it"
        }
        auth::Error::Environment(fault) => return of_environment(fault),
        auth::Error::Lock { path, source } => return of_folder(path, source),
        auth::Error::Listen(_) | auth::Error::Interrupted => return None,
    };
    Some(hint.to_owned())
}

fn of_managed_identity(failure: &managed_identity::Failure) -> &'static str {
    use managed_identity::{Challenge, Failure, Unsupported};
    match failure {
        Failure::NotHere(_) => {
            "only hosts in Azure and Arc servers have one; elsewhere, sign in in another way: graphmail login --help"
        }
        Failure::Refused { .. } => {
            "assign an identity to this host, or name the right one: graphmail login --managed-identity=CLIENT-ID; hosts outside Azure have none"
        }
        Failure::Challenge(Challenge::Unreadable { .. }) => {
            "run it as a member of the group himds (on Windows, as an administrator)"
        }
        Failure::Challenge(_) => {
            "what answered may not be the agent: check IDENTITY_ENDPOINT and the agent, azcmagent show"
        }
        Failure::NoHeader => {
            "set both or neither, as the platform does: IDENTITY_ENDPOINT and IDENTITY_HEADER"
        }
        Failure::Expired { .. } => "check the clock of this host",
        Failure::UserAssigned => "take managed_identity out: graphmail login --managed-identity=",
        Failure::Unsupported(Unsupported::CloudShell) => "graphmail login --azure-cli",
        Failure::Unsupported(_) => "sign in in another way: graphmail login --help",
        Failure::Variable(_) => "take it out of the environment, or let the platform set it",
        Failure::Unintelligible { .. } => {
            "check IDENTITY_ENDPOINT and AZURE_POD_IDENTITY_AUTHORITY_HOST"
        }
        Failure::Unavailable(cause) | Failure::NotConfigured(cause) => of_cause(cause),
    }
}

const fn of_azure_cli(failure: &azure_cli::Failure) -> Option<&'static str> {
    match failure {
        azure_cli::Failure::NotInstalled => {
            Some("install the Azure CLI, or sign in in another way: graphmail login --help")
        }
        azure_cli::Failure::Program(program::Failure::Failed { .. }) => Some("az login"),
        azure_cli::Failure::Program(_) | azure_cli::Failure::Output => Some(
            "see what this prints: az account get-access-token --resource-type ms-graph --query expiresOn",
        ),
        azure_cli::Failure::Expired(_) => Some("az login, and check the clock of this host"),
    }
}

fn not_signed_in(account: &str, reason: &Reason) -> String {
    match reason {
        Reason::Mismatch(_) => format!(
            "graphmail login --account {account}, or take the other cloud, URL or application out of the environment"
        ),
        Reason::NoRecord | Reason::OtherOrigin | Reason::Incomplete(_) => {
            format!("graphmail login --account {account}")
        }
    }
}

pub(super) fn of_environment(fault: &auth::environment::Fault) -> Option<String> {
    use auth::environment::Fault;
    match fault {
        Fault::Missing { set, missing } => Some(format!("set {missing}, or unset {set}")),
        Fault::NotSecure(_) | Fault::Authority(_) => Some(
            "AZURE_AUTHORITY_HOST is the login authority, such as https://login.microsoftonline.com; one on loopback goes into GRAPHMAIL_LOGIN_URL"
                .to_owned(),
        ),
    }
}
