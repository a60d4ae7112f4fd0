//! Client assertions, which replace a client secret (RFC 7523; Entra: "Microsoft identity
//! platform application authentication certificate credentials").

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::Authority;
use super::form::Form;
use crate::sandbox::certificate::Certificate;
use crate::sandbox::reply::SignInError;

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest lifetime of an assertion, in seconds.
const LONGEST: i64 = 600;

/// A parsed JWT.
struct Jwt<'a> {
    header: Value,
    claims: Value,
    /// The signed part.
    message: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let json = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            message,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    fn names_a_certificate(&self) -> bool {
        ["x5t#S256", "x5t"]
            .iter()
            .any(|name| self.header.get(name).is_some())
    }
}

impl Authority<'_> {
    /// Checks the form's assertion.
    pub(super) fn check_assertion(
        &mut self,
        tenant: &str,
        form: &Form,
        assertion: &str,
    ) -> Result<(), SignInError> {
        if form.required("client_assertion_type")? != JWT_BEARER {
            return Err(malformed("the client_assertion_type is not jwt-bearer"));
        }
        if form.get("client_secret").is_some() {
            return Err(malformed("there are a secret and an assertion"));
        }
        if self.options.federated_token.as_deref() == Some(assertion) {
            return Ok(());
        }
        let jwt = Jwt::parse(assertion)
            .ok_or_else(|| SignInError::client(50_027, "JWT token is invalid or malformed."))?;
        if !jwt.names_a_certificate() {
            return Err(SignInError::new(
                "invalid_request",
                70_021,
                "No matching federated identity record found for presented assertion. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
            ));
        }
        self.check_signature(&jwt)?;
        self.check_claims(tenant, form.required("client_id")?, &jwt.claims)
    }

    fn check_signature(&self, jwt: &Jwt<'_>) -> Result<(), SignInError> {
        let header = |name: &str| jwt.header.get(name).and_then(Value::as_str);
        if header("typ") != Some("JWT") || header("alg") != Some("PS256") {
            return Err(refused("The algorithm is not PS256, or the type not JWT"));
        }
        let thumbprint = header("x5t#S256");
        let mut registered = self.options.certificates.iter();
        let found = registered.find(|one| Some(one.thumbprint.as_str()) == thumbprint);
        let Some(certificate) = found else {
            return Err(refused("The key was not found"));
        };
        if certificate.is_over(self.seams.now()) {
            return Err(refused("The key used is expired"));
        }
        if !certificate.verifies(jwt.message.as_bytes(), &jwt.signature) {
            return Err(refused("The signature is not valid"));
        }
        match jwt.header.get("x5c") {
            Some(chain) if !begins_with(chain, certificate) => {
                Err(refused("The chain does not begin with the certificate"))
            }
            _ => Ok(()),
        }
    }

    fn check_claims(
        &mut self,
        tenant: &str,
        client_id: &str,
        claims: &Value,
    ) -> Result<(), SignInError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
            return Err(SignInError::client(
                700_021,
                "Client assertion application identifier doesn't match 'client_id' parameter.",
            ));
        }
        let endpoint = format!("{}/{tenant}/oauth2/v2.0/token", self.origin);
        if text("aud") != Some(&endpoint) {
            return Err(SignInError::client(
                700_023,
                "Client assertion audience claim does not match Realm issuer.",
            ));
        }
        let time = |name: &str| claims.get(name).and_then(Value::as_i64);
        let now = self.seams.now().as_second();
        let in_time = match (time("nbf"), time("iat"), time("exp")) {
            (Some(begin), Some(issued), Some(end)) => {
                begin <= now && issued <= now && now < end && end - begin <= LONGEST
            }
            _ => false,
        };
        if !in_time {
            return Err(SignInError::client(
                700_024,
                "Client assertion is not within its valid time range.",
            ));
        }
        let id = text("jti").unwrap_or_default().to_owned();
        if id.is_empty() || !self.grants.assertions.insert(id) {
            // Entra accepts a repeated `jti`; RFC 7523 section 3 allows a server to refuse it.
            return Err(SignInError::client(
                50_027,
                "JWT token is invalid or malformed: its jti is missing or has been used.",
            ));
        }
        Ok(())
    }
}

/// Whether `x5c` (RFC 7515 section 4.1.6) begins with this certificate.
fn begins_with(chain: &Value, certificate: &Certificate) -> bool {
    chain.get(0).and_then(Value::as_str) == Some(&STANDARD.encode(&certificate.der))
}

fn refused(reason: &str) -> SignInError {
    SignInError::client(
        700_027,
        format!(
            "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {reason}.]"
        ),
    )
}

fn malformed(reason: &str) -> SignInError {
    SignInError::new(
        "invalid_request",
        90_023,
        format!("The authentication service request isn't valid: {reason}."),
    )
}
