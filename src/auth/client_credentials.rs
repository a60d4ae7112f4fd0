//! An application's own token for what it proves itself with (RFC 6749 section 4.4): a secret, or
//! an assertion (RFC 7523 section 2.2) by its certificate or by another issuer.

use std::path::Path;

use super::app::App;
use super::assertion::Signing;
use super::certificate;
use super::entra::{self, Endpoint};
use super::error::Error;
use super::federated::{self, Job};
use super::store::{Access, Origin, Record};
use crate::http::{Challenge, Link};
use crate::secret::Secret;

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What an application proves itself with.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// Its own secret.
    ClientSecret(&'a Secret),
    /// Its certificate's key.
    Certificate(&'a certificate::Files),
    /// The token that another issuer keeps in a file.
    FederatedTokenFile(&'a Path),
    /// The token that GitHub gives a job.
    GitHubActions(&'a Job),
}

impl Proof<'_> {
    /// How a record names it.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self {
            Self::ClientSecret(_) => Origin::ClientSecret,
            Self::Certificate(_) => Origin::Certificate,
            Self::FederatedTokenFile(_) => Origin::Federated,
            Self::GitHubActions(_) => Origin::GitHubActions,
        }
    }
}

/// Asks for a token with `proof`; the record holds it, and the secret where there is one.
///
/// Entra issues a token even where no permission has been granted, and no refresh token ever
/// (Entra: "OAuth 2.0 client credentials flow").
///
/// # Errors
/// [`Error::ManyTenants`] where the tenant is not a concrete one; why the proof cannot be given;
/// else what Entra or the network had against it.
pub fn obtain(app: &App, link: &Link<'_>, proof: Proof<'_>) -> Result<Record, Error> {
    ask(app, link, proof, None).map(|(record, _)| record)
}

/// As [`obtain`], with the claims of `challenge`, if there is one; the record's access token beside it.
pub(super) fn ask(
    app: &App,
    link: &Link<'_>,
    proof: Proof<'_>,
    challenge: Option<&Challenge>,
) -> Result<(Record, Access), Error> {
    if !app.has_concrete_tenant() {
        return Err(Error::ManyTenants(app.tenant.clone()));
    }
    let mut record = Record::new(app, proof.origin());
    if let Proof::ClientSecret(secret) = proof {
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
    // What another issuer has signed is the same for each attempt.
    let given = match proof {
        Proof::FederatedTokenFile(path) => Some(federated::in_file(path)?),
        Proof::GitHubActions(job) => Some(job.token(link)?),
        Proof::ClientSecret(_) | Proof::Certificate(_) => None,
    };
    if let Some(given) = &given {
        request = request.add_extra_param("client_assertion", given.expose());
    }
    let signing = match proof {
        Proof::Certificate(files) => Some(Signing::new(app, files, link)?),
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
