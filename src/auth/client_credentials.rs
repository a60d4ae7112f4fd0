//! An application's own token for its secret (RFC 6749 section 4.4).

use super::app::App;
use super::entra::{self, Endpoint};
use super::error::Error;
use super::store::{Access, Origin, Record};
use crate::http::Link;
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
    ask(app, link, secret).map(|(record, _)| record)
}

/// As [`obtain`], with the record's access token beside it.
pub(super) fn ask(app: &App, link: &Link<'_>, secret: &Secret) -> Result<(Record, Access), Error> {
    if !app.has_concrete_tenant() {
        return Err(Error::ManyTenants(app.tenant.clone()));
    }
    let endpoint = Endpoint::token(app, link);
    let asked = [app.cloud.application_scope()];
    let asked_at = link.seams.now();
    let reply = entra::client(app, Some(secret))
        .exchange_client_credentials()
        .add_scopes(entra::scopes(&asked))
        .request(&endpoint)
        .map_err(|error| endpoint.error(error))?;
    let mut record = Record::new(app, Origin::ClientSecret);
    record.client_secret = Some(secret.clone());
    let access = entra::accept(&mut record, &reply, &asked, asked_at);
    Ok((record, access))
}
