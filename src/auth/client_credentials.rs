//! An application's token (RFC 6749 section 4.4), obtained with a client secret or with an assertion
//! (RFC 7523 section 2.2) of its certificate or of another issuer.

use super::app::App;
use super::assertion::Signing;
use super::client_secret::ClientSecret;
use super::credential::Credential;
use super::entra::{self, Endpoint};
use super::error::Error;
use super::federated;
use super::store::{Access, Record};
use crate::http::{Challenge, Link};

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Requests a token with the application's `credential`. The record contains the token, and the client
/// secret if there is one.
///
/// Entra issues a token even if no permission has been granted, and never a refresh token
/// (Entra: "OAuth 2.0 client credentials flow").
///
/// # Errors
/// [`Error::ManyTenants`] if the tenant is not a specific one; why the credential cannot be read; or
/// an error of Entra or the network.
pub fn obtain(app: &App, link: &Link<'_>, credential: &Credential) -> Result<Record, Error> {
    request_token(app, link, credential, None).map(|(record, _)| record)
}

/// As [`obtain`], with the claims of `challenge`, if any. Also returns the access token.
pub(super) fn request_token(
    app: &App,
    link: &Link<'_>,
    credential: &Credential,
    challenge: Option<&Challenge>,
) -> Result<(Record, Access), Error> {
    if !app.has_concrete_tenant() {
        return Err(Error::ManyTenants(app.tenant.clone()));
    }
    let mut record = Record::new(app, credential.kind());
    if let Credential::ClientSecret(ClientSecret::Given(secret)) = credential {
        record.client_secret = Some(secret.clone());
    }
    let client = entra::client(app, record.client_secret.as_ref());
    let asked = [app.cloud.application_scope()];
    let mut request = client
        .exchange_client_credentials()
        .add_scopes(entra::scopes(&asked));
    if let Some(challenge) = challenge {
        request = request.add_extra_param(entra::CLAIMS, challenge.claims());
    }
    if record.client_secret.is_none() {
        request = request.add_extra_param("client_assertion_type", JWT_BEARER);
    }
    // The federated token is the same for each attempt.
    let given = match credential {
        Credential::FederatedTokenFile(path) => Some(federated::in_file(path)?),
        Credential::GitHubActions(job) => Some(job.token(link)?),
        _ => None,
    };
    if let Some(given) = &given {
        request = request.add_extra_param("client_assertion", given.expose());
    }
    let signing = match credential {
        Credential::Certificate(files) => Some(Signing::new(app, files, link)?),
        _ => None,
    };
    let link = signing.as_ref().map_or(*link, Signing::link);
    let endpoint = Endpoint::token(app, &link);
    let asked_at = link.seams.now();
    let reply = request
        .request(&endpoint)
        .map_err(|error| endpoint.error(error))?;
    let access = entra::accept(&mut record, &reply, &asked, asked_at);
    Ok((record, access))
}
