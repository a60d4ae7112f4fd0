//! The JWT with which an application proves that it has a certificate's private key (RFC 7523
//! section 2.2; Entra: "Microsoft identity platform application authentication certificate credentials").

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::RSA_PSS_SHA256;
use serde_json::json;

use super::app::App;
use super::certificate::{self, Fault, Files};
use crate::http::{Failure, Link, Request, Response, Transport};
use crate::seams::Seams;
use crate::secret::Secret;

/// The lifetime of an assertion in seconds: the longest that Entra's page recommends.
const LIFETIME: i64 = 600;

/// A transport that signs a new assertion for each attempt. A server may accept a `jti` only once
/// (RFC 7523 section 3, item 7), and the answer to an earlier attempt may have been lost.
pub(super) struct Signing<'a> {
    app: &'a App,
    files: &'a Files,
    link: &'a Link<'a>,
    first: Secret,
    first_is_used: Cell<bool>,
}

impl<'a> Signing<'a> {
    /// Signs the first assertion.
    ///
    /// # Errors
    /// As [`sign`].
    pub(super) fn new(app: &'a App, files: &'a Files, link: &'a Link<'a>) -> Result<Self, Fault> {
        Ok(Self {
            app,
            files,
            link,
            first: sign(app, files, link.seams)?,
            first_is_used: Cell::new(false),
        })
    }

    /// The link to the server that adds the assertions.
    pub(super) fn link(&'a self) -> Link<'a> {
        Link {
            transport: self,
            ..*self.link
        }
    }
}

impl Transport for Signing<'_> {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        let another = self.first_is_used.replace(true);
        let signed = another.then(|| sign(self.app, self.files, self.link.seams));
        // If the files were removed meanwhile, the first assertion is sent again.
        let assertion = signed.and_then(Result::ok);
        let assertion = assertion.as_ref().unwrap_or(&self.first);
        // A JWT has no character that a form has to encode.
        let field = ["&client_assertion=", assertion.expose()].concat();
        let mut request = request.clone();
        request.body = [request.body.as_ref(), field.as_bytes()].concat().into();
        self.link.transport.execute(&request)
    }
}

/// Signs an assertion for the token endpoint of `app`.
///
/// # Errors
/// A [`Fault`] if the certificate cannot be used or is not valid now.
fn sign(app: &App, files: &Files, seams: &dyn Seams) -> Result<Secret, Fault> {
    let identity = certificate::load(files)?;
    let now = seams.now();
    identity.certificate.check(&files.path, now)?;
    let mut header = json!({
        "alg": "PS256",
        "typ": "JWT",
        "x5t#S256": identity.certificate.thumbprint_sha256,
    });
    if files.send_chain
        && let Some(header) = header.as_object_mut()
    {
        // RFC 7515 section 4.1.6: base64, not base64url.
        let chain = identity.chain.iter().map(|der| STANDARD.encode(der));
        header.insert("x5c".to_owned(), chain.collect());
    }
    let now = now.as_second();
    let claims = json!({
        "aud": app.cloud.login_url(&app.tenant, "token"),
        "iss": app.client_id,
        "sub": app.client_id,
        "jti": seams.uuid().to_string(),
        "nbf": now,
        "iat": now,
        "exp": now + LIFETIME,
    });
    let mut jwt = URL_SAFE_NO_PAD.encode(header.to_string());
    jwt.push('.');
    jwt.push_str(&URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; identity.key.public().modulus_len()];
    identity
        .key
        .sign(
            &RSA_PSS_SHA256,
            &SystemRandom::new(),
            jwt.as_bytes(),
            &mut signature,
        )
        .map_err(|_| Fault::NotSigned(files.path.clone()))?;
    jwt.push('.');
    jwt.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(Secret::new(jwt))
}
