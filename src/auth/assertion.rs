//! The JWT by which an application proves that it holds a certificate's key (RFC 7523 section 2.2;
//! Entra: "Microsoft identity platform application authentication certificate credentials").

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::RSA_PSS_SHA256;
use serde_json::json;

use super::app::App;
use super::certificate::{self, Fault, Files};
use crate::seams::Seams;
use crate::secret::Secret;

/// How long an assertion is good, in seconds: the longest that Entra's page names.
const LIFETIME: i64 = 600;

/// Signs an assertion of `app` for its own token endpoint.
///
/// # Errors
/// A [`Fault`] where the certificate cannot be used, or is out of its time.
pub(super) fn sign(app: &App, files: &Files, seams: &dyn Seams) -> Result<Secret, Fault> {
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
