//! The client with its certificate authorities.

use std::error::Error;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;

use super::verifier::InTurn;
use crate::http::failure::words;
use crate::http::roots::{Folders, Roots};
use crate::http::{Cause, Failure, Reason};

/// A client builder that trusts `roots`, and the authorities in `folders`.
pub(super) fn client_builder(
    roots: Roots,
    folders: Option<Folders>,
) -> Result<reqwest::ClientBuilder, Failure> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only module that may use reqwest"
    )]
    let builder = reqwest::Client::builder();
    match roots {
        Roots::Only(certificates) => {
            let provider = Arc::new(ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(|error| build_failure(&error))?;
            let verifier = InTurn::new(certificates, folders, provider);
            let mut config = config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(builder.tls_backend_preconfigured(config))
        }
        Roots::PlatformAnd(certificates) => {
            // An error means that an earlier client has installed it already.
            drop(ring::default_provider().install_default());
            let certificates: Result<Vec<_>, _> = certificates
                .iter()
                .map(CertificateDer::as_ref)
                .map(reqwest::Certificate::from_der)
                .collect();
            certificates
                .map(|certificates| builder.tls_certs_merge(certificates))
                .map_err(|error| build_failure(&error))
        }
    }
}

/// The failure to start the client.
pub(super) fn build_failure(error: &(dyn Error + 'static)) -> Failure {
    let text = format!("starting the HTTP client: {}", words(error));
    Failure::NotConfigured(Cause::new(Reason::Other, text))
}
