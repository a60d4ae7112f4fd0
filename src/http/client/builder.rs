//! The client with its certificate authorities.

use std::error::Error;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;

use super::verifier::InTurn;
use crate::http::failure::words;
use crate::http::roots::{Folders, Roots};
use crate::http::{Cause, Failure, Reason};

/// The certificate authorities that are trusted.
pub(super) enum Authorities {
    /// By this configuration, which has them.
    Only(Box<rustls::ClientConfig>),
    /// Those of the platform, and these.
    PlatformAnd(Vec<reqwest::Certificate>),
}

impl Authorities {
    /// Those of `roots`, and those in `folders`.
    pub(super) fn new(roots: Roots, folders: Option<Folders>) -> Result<Self, Failure> {
        let certificates = match roots {
            Roots::Only(certificates) => {
                let config = client_config(certificates, folders);
                let config = config.map_err(|error| build_failure(&error))?;
                return Ok(Self::Only(Box::new(config)));
            }
            Roots::PlatformAnd(certificates) => certificates,
        };
        // An error means that an earlier client has installed it already.
        drop(ring::default_provider().install_default());
        let certificates = certificates.iter().map(CertificateDer::as_ref);
        let certificates: Result<_, _> = certificates.map(reqwest::Certificate::from_der).collect();
        certificates
            .map(Self::PlatformAnd)
            .map_err(|error| build_failure(&error))
    }

    /// A client builder that trusts them. The clients share what lets them resume a session.
    pub(super) fn client_builder(&self) -> reqwest::ClientBuilder {
        #[expect(
            clippy::disallowed_methods,
            reason = "the only module that may use reqwest"
        )]
        let builder = reqwest::Client::builder();
        match self {
            Self::Only(config) => builder.tls_backend_preconfigured((**config).clone()),
            Self::PlatformAnd(certificates) => builder.tls_certs_merge(certificates.clone()),
        }
    }
}

fn client_config(
    certificates: Vec<CertificateDer<'static>>,
    folders: Option<Folders>,
) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let verifier = InTurn::new(certificates, folders, provider);
    let mut config = config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The failure to start the client.
pub(super) fn build_failure(error: &(dyn Error + 'static)) -> Failure {
    let text = format!("starting the HTTP client: {}", words(error));
    Failure::NotConfigured(Cause::new(Reason::Other, text))
}
