//! A person signs in with the browser of this host: an authorization code with PKCE, on loopback
//! (RFC 6749 section 4.1, RFC 7636, RFC 8252).

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

/// How long a person may take to sign in: as long as with a device code (Entra: "OAuth 2.0 device
/// authorization grant").
pub const TIME: Duration = Duration::from_mins(15);

/// What the person has to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The page to open. It holds no secret.
    pub url: Url,
    /// The port on this host's loopback to which the browser comes back.
    pub port: u16,
    /// When nobody waits for the browser any more.
    pub expires_at: Timestamp,
}

/// The person, as a sign-in sees them.
pub trait Person {
    /// Leads them to the page.
    fn show(&mut self, prompt: &Prompt);
    /// Somebody else's answer came to our port, was refused, and is waited past.
    fn warn_of_stranger(&mut self);
    /// Whether they want to stop; asked several times each second.
    fn has_interrupted(&self) -> bool;
}

/// Signs a person in: leads to Entra's page, and waits until the browser comes back.
///
/// `permissions` are Graph's, as in `Mail.Send`; `username` is who signed in before, if anyone. The
/// record is the caller's to save.
///
/// # Errors
/// [`Error::Declined`], [`Error::NoRedirect`], [`Error::Interrupted`], [`Error::Listen`], or what
/// Entra or the network had against it.
pub fn sign_in(
    app: &App,
    link: &Link<'_>,
    permissions: &[&str],
    username: Option<&str>,
    person: &mut dyn Person,
) -> Result<Record, Error> {
    let mut loopback = Loopback::open().map_err(Error::Listen)?;
    let request = Asked::new(app, link, permissions, loopback.port())?;
    let expires_at = link.seams.now().checked_add(TIME).unwrap_or(Timestamp::MAX);
    person.show(&Prompt {
        url: request.url(username),
        port: loopback.port(),
        expires_at,
    });
    let person = RefCell::new(person);
    loop {
        let in_time = || link.seams.now() < expires_at;
        let goes_on = || in_time() && !person.borrow().has_interrupted();
        let Some(visit) = loopback.next(&goes_on) else {
            return Err(if in_time() {
                Error::Interrupted
            } else {
                Error::NoRedirect { waited: TIME }
            });
        };
        let outcome = match Redirect::read(&visit.query, &request.state) {
            // Whoever can reach the port could end the sign-in, were it not waited past. The code
            // that came along is never redeemed (RFC 6749 section 10.12).
            Redirect::Strange => {
                loopback.answer(visit, page::stranger());
                person.borrow_mut().warn_of_stranger();
                continue;
            }
            Redirect::Refused(refusal) => Err(request.refused(refusal)),
            Redirect::Code(code) => request.redeem(&code),
        };
        loopback.answer(visit, page::of(&outcome));
        return outcome;
    }
}

/// The crate's client with all that a code takes.
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

/// One request for an authorization, and what its answer is judged by.
struct Asked<'a> {
    app: &'a App,
    link: &'a Link<'a>,
    client: Client,
    scopes: Vec<String>,
    state: CsrfToken,
    verifier: Secret,
}

impl<'a> Asked<'a> {
    fn new(
        app: &'a App,
        link: &'a Link<'a>,
        permissions: &[&str],
        port: u16,
    ) -> Result<Self, Error> {
        // Entra passes over the port of localhost, of no other name (Entra: "Redirect URI
        // restrictions and limitations").
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

    /// The page that asks the person.
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
        let endpoint = Once(Endpoint::token(self.app, self.link));
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

    /// What the refusal that came with the browser means.
    fn refused(&self, refusal: Refusal) -> Error {
        // Entra says AADSTS65004 beside it, a refusal by policy another number.
        if refusal.error == "access_denied" && matches!(refusal.codes.as_slice(), [] | [65004]) {
            return Error::Declined;
        }
        Error::Refused {
            authority: Endpoint::token(self.app, self.link).authority(),
            refusal: Box::new(refusal),
        }
    }
}

/// The token endpoint for a code, which is good once: where an answer is lost, the code may be spent
/// (RFC 6749 section 4.1.2), and asking again would look like its theft.
struct Once<'a>(Endpoint<'a>);

impl SyncHttpClient for Once<'_> {
    type Error = Error;

    fn call(&self, form: HttpRequest) -> Result<HttpResponse, Error> {
        self.0
            .post(form, Safety::Verifiable)
            .map(|response| entra::answer(http::StatusCode::OK, &response.body))
    }
}

/// What the browser came back with.
enum Redirect {
    /// The code, for our state.
    Code(Secret),
    /// A refusal, for our state.
    Refused(Refusal),
    /// Not an answer to our question.
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
        // The crate compares the digests of the two, in a time that tells nothing.
        if field("state").map(CsrfToken::new).as_ref() != Some(state) {
            return Self::Strange;
        }
        if let Some(error) = field("error") {
            let description = field("error_description").unwrap_or_default();
            return Self::Refused(Refusal::of_redirect(&error, &description));
        }
        field("code").map_or(Self::Strange, |code| Self::Code(Secret::new(code)))
    }
}

/// 256 bits that nobody guesses, as 43 characters: what RFC 7636 section 4.1 asks of a verifier.
fn random(seams: &dyn Seams) -> String {
    let mut bytes = [0; 32];
    seams.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
