//! Verifies servers with the authorities of `SSL_CERT_FILE`, and reads those of `SSL_CERT_DIR` only if they are needed:
//! such a folder has some hundred files.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::http::roots::Folders;

/// A verifier of two sets of authorities.
#[derive(Debug)]
pub(super) struct InTurn {
    first: Arc<WebPkiServerVerifier>,
    folders: Folders,
    /// The verifier of `folders`; `None` if they have no authority.
    second: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
    provider: Arc<CryptoProvider>,
}

impl InTurn {
    /// `None` if there is no authority in `first`.
    pub(super) fn new(
        first: RootCertStore,
        folders: Folders,
        provider: Arc<CryptoProvider>,
    ) -> Option<Self> {
        Some(Self {
            first: verifier(first, &provider)?,
            folders,
            second: OnceLock::new(),
            provider,
        })
    }

    fn second(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        let read = || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(self.folders.read());
            verifier(roots, &self.provider)
        };
        self.second.get_or_init(read).as_ref()
    }
}

fn verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Option<Arc<WebPkiServerVerifier>> {
    let provider = Arc::clone(provider);
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .ok()
}

impl ServerCertVerifier for InTurn {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now)
        };
        verify(&self.first).or_else(|error| {
            let second = self.second().map(|second| verify(second));
            second.and_then(Result::ok).ok_or(error)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.first.supported_verify_schemes()
    }
}
