//! A user signs in with this host's browser: an authorization code with PKCE, returned to a loopback
//! port (RFC 6749 section 4.1, RFC 7636, RFC 8252).

mod page;

use std::cell::RefCell;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use oauth2::{
    AuthUrl, AuthorizationCode, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, StandardRevocableToken, SyncHttpClient,
    basic,
};
use url::{Url, form_urlencoded};

use super::app::App;
use super::credential::CredentialKind;
use super::entra::{self, Endpoint, Reply};
use super::error::Error;
use super::refresh_token::full_scopes;
use super::refusal::Refusal;
use super::store::Record;
use crate::http::loopback::Loopback;
use crate::http::{Link, Safety};
use crate::seams::Seams;
use crate::secret::Secret;

/// How long a user may take to sign in: as long as with a device code (Entra: "OAuth 2.0 device
/// authorization grant").
pub const TIME: Duration = Duration::from_mins(15);

/// What to show to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The page to open. It contains no secret.
    pub url: Url,
    /// The loopback port to which the browser returns.
    pub port: u16,
    /// When graphmail stops waiting for the browser.
    pub expires_at: Timestamp,
}

/// The user interface of a sign-in.
pub trait Person {
    /// Shows the page to open.
    fn show(&mut self, prompt: &Prompt);
    /// An answer of another sign-in arrived and was refused; graphmail keeps waiting.
    fn warn_of_unrelated_answer(&mut self);
    /// Whether the user wants to stop; asked several times each second.
    fn has_interrupted(&self) -> bool;
}

/// Signs a user in: shows Entra's page, and waits until the browser returns.
///
/// `permissions` are Graph permissions such as `Mail.Send`; `username` is the user who signed in
/// before, if known. The caller saves the record.
///
/// # Errors
/// [`Error::Declined`], [`Error::NoRedirect`], [`Error::Interrupted`], [`Error::Listen`], or an error
/// of Entra or the network.
pub fn sign_in(
    app: &App,
    link: &Link<'_>,
    permissions: &[&str],
    username: Option<&str>,
    person: &mut dyn Person,
) -> Result<Record, Error> {
    let mut loopback = Loopback::open().map_err(Error::Listen)?;
    let request = AuthorizationRequest::new(app, link, permissions, loopback.port())?;
    let expires_at = link.seams.now().checked_add(TIME).unwrap_or(Timestamp::MAX);
    person.show(&Prompt {
        url: request.url(username),
        port: loopback.port(),
        expires_at,
    });
    let person = RefCell::new(person);
    loop {
        let in_time = || link.seams.now() < expires_at;
        let keep_waiting = || in_time() && !person.borrow().has_interrupted();
        let Some(visit) = loopback.next(&keep_waiting) else {
            return Err(if in_time() {
                Error::Interrupted
            } else {
                Error::NoRedirect { waited: TIME }
            });
        };
        let outcome = match Redirect::read(&visit.query, &request.state) {
            // Any local process can reach the port and could otherwise end the sign-in. The code of such an
            // answer is never redeemed (RFC 6749 section 10.12).
            Redirect::Strange => {
                loopback.answer(visit, page::unrelated_answer());
                person.borrow_mut().warn_of_unrelated_answer();
                continue;
            }
            Redirect::Refused(refusal) => Err(request.refused(refusal)),
            Redirect::Code(code) => request.redeem(&code),
        };
        loopback.answer(visit, page::result(&outcome));
        return outcome;
    }
}

/// The oauth2 crate's client with everything that a code needs.
type Client = oauth2::Client<
    basic::BasicErrorResponse,
    Reply,
    basic::BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    basic::BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// An authorization request, and the values that its answer is checked against.
struct AuthorizationRequest<'a> {
    app: &'a App,
    link: &'a Link<'a>,
    client: Client,
    scopes: Vec<String>,
    state: CsrfToken,
    verifier: Secret,
}

impl<'a> AuthorizationRequest<'a> {
    fn new(
        app: &'a App,
        link: &'a Link<'a>,
        permissions: &[&str],
        port: u16,
    ) -> Result<Self, Error> {
        // Entra ignores the port only for the host name localhost (Entra: "Redirect URI restrictions and
        // limitations").
        let redirect = RedirectUrl::new(format!("http://localhost:{port}"))
            .map_err(|error| Error::Listen(std::io::Error::other(error)))?;
        let authorize = app.cloud.login_url(&app.tenant, "authorize");
        Ok(Self {
            app,
            link,
            client: entra::client(app, None)
                .set_auth_uri(AuthUrl::from_url(authorize))
                .set_redirect_uri(redirect),
            scopes: full_scopes(app, permissions),
            state: CsrfToken::new(random(link.seams)),
            verifier: Secret::new(random(link.seams)),
        })
    }

    /// The page to open.
    fn url(&self, username: Option<&str>) -> Url {
        let verifier = PkceCodeVerifier::new(self.verifier.expose().to_owned());
        let (name, value) = match username {
            Some(username) => ("login_hint", username),
            None => ("prompt", "select_account"),
        };
        let (url, _) = self
            .client
            .authorize_url(|| self.state.clone())
            .add_scopes(entra::scopes(&self.scopes))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("response_mode", "query")
            .add_extra_param(name, value)
            .url();
        url
    }

    /// Exchanges the code for tokens.
    fn redeem(&self, code: &Secret) -> Result<Record, Error> {
        let endpoint = CodeEndpoint(Endpoint::token(self.app, self.link));
        let asked_at = self.link.seams.now();
        let reply = self
            .client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier.expose().to_owned()))
            .add_extra_param("scope", self.scopes.join(" "))
            .request(&endpoint)
            .map_err(|error| endpoint.0.error(error))?;
        let mut record = Record::new(self.app, CredentialKind::Browser);
        entra::accept(&mut record, &reply, &self.scopes, asked_at);
        Ok(record)
    }

    /// The error for a refusal that the browser returned with.
    fn refused(&self, refusal: Refusal) -> Error {
        // AADSTS65004 means that the user declined. A refusal by policy has another number.
        if refusal.error == "access_denied" && matches!(refusal.codes.as_slice(), [] | [65004]) {
            return Error::Declined;
        }
        Error::Refused {
            authority: Endpoint::token(self.app, self.link).authority(),
            refusal: Box::new(refusal),
        }
    }
}

/// The token endpoint for a code, without retries. A code is valid once: if the answer is lost, the
/// code may be used up (RFC 6749 section 4.1.2), and a second request would look like theft.
struct CodeEndpoint<'a>(Endpoint<'a>);

impl SyncHttpClient for CodeEndpoint<'_> {
    type Error = Error;

    fn call(&self, form: HttpRequest) -> Result<HttpResponse, Error> {
        self.0
            .post(form, Safety::Verifiable)
            .map(|response| entra::answer(http::StatusCode::OK, &response.body))
    }
}

/// What the browser returned.
enum Redirect {
    /// The code, with the right state.
    Code(Secret),
    /// An error, with the right state.
    Refused(Refusal),
    /// An answer with another state.
    Strange,
}

impl Redirect {
    /// Reads the query of the redirect (RFC 6749 sections 4.1.2 and 4.1.2.1).
    fn read(query: &Secret, state: &CsrfToken) -> Self {
        let field = |name: &str| {
            let mut fields = form_urlencoded::parse(query.expose().as_bytes());
            let (_, value) = fields.find(|(known, _)| known == name)?;
            Some(value.into_owned())
        };
        // The crate compares digests in constant time.
        if field("state").map(CsrfToken::new).as_ref() != Some(state) {
            return Self::Strange;
        }
        if let Some(error) = field("error") {
            let description = field("error_description").unwrap_or_default();
            return Self::Refused(Refusal::from_redirect(&error, &description));
        }
        field("code").map_or(Self::Strange, |code| Self::Code(Secret::new(code)))
    }
}

/// 256 random bits as 43 characters, as RFC 7636 section 4.1 recommends for a verifier.
fn random(seams: &dyn Seams) -> String {
    let mut bytes = [0; 32];
    seams.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
