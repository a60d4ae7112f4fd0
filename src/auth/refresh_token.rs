//! Refreshes the access token of a user's sign-in (RFC 6749 section 6).

use oauth2::RefreshToken;

use super::app::App;
use super::entra::{self, Endpoint};
use super::error::Error;
use super::store::{Access, Record};
use crate::http::{Challenge, Link};
use crate::secret::Secret;

/// The scopes in addition to Graph's: for a refresh token and for the user's name (OpenID Connect Core
/// 1.0, sections 5.4 and 11).
pub(super) const STANDARD_SCOPES: [&str; 3] = ["offline_access", "openid", "profile"];

/// The scopes for these Graph permissions, as in `Mail.Send`.
pub(super) fn full_scopes<P: AsRef<str>>(
    app: &App,
    permissions: impl IntoIterator<Item = P>,
) -> Vec<String> {
    permissions
        .into_iter()
        .map(|permission| match permission.as_ref() {
            uri if uri.contains("://") => uri.to_owned(),
            name => app.cloud.scope(name),
        })
        .chain(STANDARD_SCOPES.map(str::to_owned))
        .collect()
}

/// Exchanges the record's refresh token for a new access token with the same scopes, and with the
/// claims of `challenge`, if there is one.
pub(super) fn redeem(
    app: &App,
    link: &Link<'_>,
    record: &Record,
    token: &Secret,
    challenge: Option<&Challenge>,
) -> Result<(Record, Access), Error> {
    let endpoint = Endpoint::token(app, link);
    let held = record
        .scopes
        .iter()
        // Entra adds `email` to the scopes unasked.
        .filter(|scope| *scope != "email" && !STANDARD_SCOPES.contains(&scope.as_str()));
    let asked = full_scopes(app, held);
    let asked_at = link.seams.now();
    let token = RefreshToken::new(token.expose().to_owned());
    let client = entra::client(app, None);
    let mut request = client
        .exchange_refresh_token(&token)
        .add_scopes(entra::scopes(&asked));
    if let Some(challenge) = challenge {
        request = request.add_extra_param(entra::CLAIMS, challenge.claims());
    }
    let reply = request
        .request(&endpoint)
        .map_err(|error| endpoint.error(error))?;
    let mut record = record.clone();
    let access = entra::accept(&mut record, &reply, &asked, asked_at);
    Ok((record, access))
}
