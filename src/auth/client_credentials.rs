//! An application's own token for its secret (RFC 6749 section 4.4).

use super::app::App;
use super::entra::{self, Endpoint};
use super::error::Error;
use super::store::{Access, Origin, Record};
use crate::http::{Challenge, Link};
use crate::secret::Secret;

/// Asks for a token with the application's secret; the record holds both.
///
/// Entra issues a token even where no permission has been granted, and no refresh token ever
/// (Entra: "OAuth 2.0 client credentials flow").
///
/// # Errors
/// [`Error::ManyTenants`] where the tenant is not a concrete one; else what Entra or the network
/// had against it.
pub fn obtain(app: &App, link: &Link<'_>, secret: &Secret) -> Result<Record, Error> {
    ask(app, link, secret, None).map(|(record, _)| record)
}

/// As [`obtain`], with the claims of `challenge`, if there is one; the record's access token beside it.
pub(super) fn ask(
    app: &App,
    link: &Link<'_>,
    secret: &Secret,
    challenge: Option<&Challenge>,
) -> Result<(Record, Access), Error> {
    if !app.has_concrete_tenant() {
        return Err(Error::ManyTenants(app.tenant.clone()));
    }
    let endpoint = Endpoint::token(app, link);
    let asked = [app.cloud.application_scope()];
    let asked_at = link.seams.now();
    let client = entra::client(app, Some(secret));
    let mut request = client
        .exchange_client_credentials()
        .add_scopes(entra::scopes(&asked));
    if let Some(challenge) = challenge {
        request = request.add_extra_param(entra::CLAIMS, challenge.claims());
    }
    let reply = request
        .request(&endpoint)
        .map_err(|error| endpoint.error(error))?;
    let mut record = Record::new(app, Origin::ClientSecret);
    record.client_secret = Some(secret.clone());
    let access = entra::accept(&mut record, &reply, &asked, asked_at);
    Ok((record, access))
}
