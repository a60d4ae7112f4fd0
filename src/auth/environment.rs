//! The environment variables of azure-identity.

use url::Url;

use super::app::App;
use super::certificate;
use super::client_secret::ClientSecret;
use super::credential::{
    CERTIFICATE_PATH, CLIENT_SECRET, CLIENT_SECRET_FILE, Credential, FEDERATED_TOKEN_FILE,
};
use crate::cloud::{Cloud, InvalidRoot};
use crate::seams::Environment;
use crate::secret::Secret;

/// The tenant's id or domain.
pub const TENANT_ID: &str = "AZURE_TENANT_ID";
/// The application's id.
pub const CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// The password of that file, if it is PKCS#12.
pub const CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
/// `1` or `true`: the assertion contains the certificates.
pub const SEND_CHAIN: &str = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";
/// The URL of the login authority, https only.
pub const AUTHORITY_HOST: &str = "AZURE_AUTHORITY_HOST";

/// What is wrong with the variables.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A credential without tenant or client id.
    #[error("{set} is set, but {missing} is not")]
    Missing {
        /// The variable with the credential.
        set: &'static str,
        /// The missing variable.
        missing: &'static str,
    },
    /// The variable with the credential has no value.
    #[error("{0} is set, but empty")]
    Empty(&'static str),
    /// The login authority is plain http, which is refused even on loopback.
    #[error("{AUTHORITY_HOST}: {0} must be https")]
    NotSecure(String),
    /// The login authority is not a URL.
    #[error("{AUTHORITY_HOST}: {0}")]
    Authority(#[from] InvalidRoot),
}

/// The application that the variables name, if they contain a credential. A file with the client secret
/// takes precedence over the secret itself. A client secret takes
/// precedence over a certificate, and a certificate over a federated token, as in azure-identity's
/// `EnvironmentCredential` and `WorkloadIdentityCredential`.
///
/// No variable names the Graph URL: it is that of the national cloud with this login authority, or that
/// of the global cloud.
///
/// # Errors
/// A [`Fault`] if there is a credential and the other variables are missing or unusable.
pub fn from_environment(environment: &Environment) -> Result<Option<(App, Credential)>, Fault> {
    let Some((set, credential)) = credential(environment) else {
        // A container's platform sets a variable to nothing if its secret is missing.
        let has_app = environment.get(TENANT_ID).is_some() && environment.get(CLIENT_ID).is_some();
        let mut secrets = [CLIENT_SECRET_FILE, CLIENT_SECRET].into_iter();
        let empty = secrets.find(|name| environment.is_empty(name));
        return empty
            .filter(|_| has_app)
            .map_or(Ok(None), |name| Err(Fault::Empty(name)));
    };
    let required = |missing| {
        let value = environment.get(missing);
        value.ok_or(Fault::Missing { set, missing })
    };
    let app = App {
        tenant: required(TENANT_ID)?,
        client_id: required(CLIENT_ID)?,
        cloud: cloud(environment.get(AUTHORITY_HOST).as_deref())?,
    };
    Ok(Some((app, credential)))
}

/// The first credential that is set, and its variable.
fn credential(environment: &Environment) -> Option<(&'static str, Credential)> {
    if let Some(path) = environment.path(CLIENT_SECRET_FILE) {
        let secret = ClientSecret::File(path);
        return Some((CLIENT_SECRET_FILE, Credential::ClientSecret(secret)));
    }
    if let Some(secret) = environment.get(CLIENT_SECRET).map(Secret::new) {
        let secret = ClientSecret::Given(secret);
        return Some((CLIENT_SECRET, Credential::ClientSecret(secret)));
    }
    if let Some(path) = environment.path(CERTIFICATE_PATH) {
        let send_chain = environment.get(SEND_CHAIN);
        let files = certificate::Files {
            path,
            password: environment
                .get(CERTIFICATE_PASSWORD)
                .map(|password| certificate::Password::Given(Secret::new(password))),
            send_chain: send_chain
                .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true")),
        };
        return Some((CERTIFICATE_PATH, Credential::Certificate(files)));
    }
    let path = environment.path(FEDERATED_TOKEN_FILE)?;
    Some((FEDERATED_TOKEN_FILE, Credential::FederatedTokenFile(path)))
}

/// The login authority of China that only Graph's page names; Entra's page names another.
const CHINA_ALIAS: &str = "https://login.chinacloudapi.cn";

fn cloud(authority: Option<&str>) -> Result<Cloud, Fault> {
    const GRAPH: &str = "https://graph.microsoft.com";
    const LOGIN: &str = "https://login.microsoftonline.com";
    let Some(authority) = authority else {
        return Ok(Cloud::new("global", GRAPH, LOGIN)?);
    };
    // azure-identity also accepts a bare host.
    let authority = if authority.contains("://") {
        authority.to_owned()
    } else {
        format!("https://{authority}")
    };
    // Other sources may name plain http on loopback; azure-identity does not allow it.
    if let Ok(url) = Url::parse(&authority)
        && url.scheme() != "https"
    {
        return Err(Fault::NotSecure(authority));
    }
    let other = Cloud::new("environment", GRAPH, &authority)?;
    let national = Cloud::NAMES
        .iter()
        .filter_map(|name| Cloud::national(name))
        .find(|cloud| {
            cloud.login() == other.login()
                || (cloud.name() == "china" && other.login() == CHINA_ALIAS)
        });
    Ok(national.unwrap_or(other))
}
