//! The authorization endpoint. The user consents at once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};
use url::Url;

use super::form::Form;
use super::{Authority, scope};
use crate::sandbox::grants::{CODE_LIFETIME, Code, Consent, later, random};
use crate::sandbox::reply::{self, SignInError};

/// The known parameters (Entra: "OAuth 2.0 authorization code flow").
const FIELDS: [&str; 10] = [
    "client_id",
    "response_type",
    "redirect_uri",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "prompt",
];

/// The known values of `prompt`.
const PROMPTS: [&str; 4] = ["login", "none", "consent", "select_account"];

impl Authority<'_> {
    /// `GET /{tenant}/oauth2/v2.0/authorize`: redirects to the application with a code or an error.
    ///
    /// If the redirect URI is not valid, the error is the answer itself (RFC 6749 section 4.1.2.1).
    /// `denied` is the error if the user or the tenant refuses.
    pub(in crate::sandbox) fn authorize(
        &mut self,
        request: &Request<Bytes>,
        denied: Option<SignInError>,
    ) -> Result<Response<Bytes>, SignInError> {
        let form = Form::read_query(request, &FIELDS, self.complaints)?;
        let client_id = form.required("client_id")?.to_owned();
        let redirect = redirect_uri(form.required("redirect_uri")?)?;
        let granted = match denied {
            Some(denied) => Err(denied),
            None => self.code(&form, client_id),
        };
        let mut back = redirect;
        match granted {
            Ok(code) => back.query_pairs_mut().append_pair("code", &code),
            Err(error) => back
                .query_pairs_mut()
                .append_pair("error", &error.error)
                .append_pair(
                    "error_description",
                    &format!("AADSTS{}: {}", error.number, error.text),
                ),
        };
        if let Some(state) = form.get("state") {
            back.query_pairs_mut().append_pair("state", state);
        }
        let mut response = reply::empty(302);
        reply::set(&mut response, LOCATION, back.as_str());
        Ok(response)
    }

    /// Issues a code for the request in the form.
    fn code(&mut self, form: &Form, client_id: String) -> Result<String, SignInError> {
        let wrong = |number, text: &str| Err(SignInError::new("invalid_request", number, text));
        if form.required("response_type")? != "code" {
            return Err(SignInError::new(
                "unsupported_response_type",
                70_005,
                "The sandbox answers with a code alone.",
            ));
        }
        if form
            .get("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return wrong(90_023, "A browser brings the code to localhost in a query.");
        }
        if form
            .get("prompt")
            .is_some_and(|prompt| !PROMPTS.contains(&prompt))
        {
            return wrong(90_023, "The prompt is none of the known ones.");
        }
        if form.required("code_challenge_method")? != "S256" {
            return wrong(50_149, "The code_challenge_method is not S256.");
        }
        let challenge = form.required("code_challenge")?;
        let digest = URL_SAFE_NO_PAD.decode(challenge).unwrap_or_default();
        if challenge.len() != 43 || digest.len() != 32 {
            return wrong(501_491, "Invalid size of Code_Challenge parameter.");
        }
        // Entra accepts a request without a state; no correct client makes it (RFC 6749 section 10.12).
        if form.get("state").is_none_or(str::is_empty) {
            self.complaints
                .push("/authorize: the state is missing".to_owned());
        }
        let scopes = scope::delegated(form.required("scope")?, self.origin)?;
        let code = random(self.seams);
        let granted = Code {
            consent: Consent { client_id, scopes },
            redirect_uri: form.required("redirect_uri")?.to_owned(),
            challenge: challenge.to_owned(),
            expires: later(self.seams.now(), CODE_LIFETIME),
            redeemed: false,
        };
        self.grants.codes.insert(code.clone(), granted);
        Ok(code)
    }

    pub(super) fn redeem_code(
        &mut self,
        tenant: &str,
        client_id: &str,
        form: &Form,
    ) -> Result<Map<String, Value>, SignInError> {
        let refused = |number, text: &str| Err(SignInError::new("invalid_grant", number, text));
        let code = form.required("code")?;
        let redirect_uri = form.required("redirect_uri")?;
        let now = self.seams.now();
        let Some(granted) = self.grants.codes.get_mut(code) else {
            return refused(
                70_000,
                "The provided value for the 'code' parameter is not valid.",
            );
        };
        if granted.consent.client_id != client_id {
            return refused(70_000, "The code was issued to another application.");
        }
        if granted.redeemed {
            return refused(
                54_005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
            );
        }
        if granted.expires <= now {
            return refused(70_008, "The provided authorization code has expired.");
        }
        if granted.redirect_uri != redirect_uri {
            return refused(
                500_112,
                "The reply address does not match the reply address provided when requesting Authorization code.",
            );
        }
        let verifier = form.required("code_verifier")?;
        let digest = digest(&SHA256, verifier.as_bytes());
        if URL_SAFE_NO_PAD.encode(digest) != granted.challenge {
            return refused(
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            );
        }
        granted.redeemed = true;
        let mut consent = granted.consent.clone();
        if let Some(scopes) = form.get("scope") {
            consent.scopes = scope::delegated(scopes, self.origin)?;
        }
        self.delegated(tenant, consent)
    }
}

/// The redirect URI of a desktop application, with any port: `http://localhost:PORT`
/// (Entra: "Redirect URI restrictions and limitations").
fn redirect_uri(text: &str) -> Result<Url, SignInError> {
    let port = text.strip_prefix("http://localhost:").unwrap_or_default();
    let is_port = port.parse::<u16>().is_ok_and(|port| port != 0)
        && port.bytes().all(|byte| byte.is_ascii_digit());
    match Url::parse(text) {
        Ok(url) if is_port => Ok(url),
        _ => Err(SignInError::new(
            "invalid_request",
            50_011,
            format!(
                "The redirect URI '{text}' specified in the request does not match the redirect URIs configured for the application."
            ),
        )),
    }
}
