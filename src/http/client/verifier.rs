//! Verifies servers with as little of the certificate authorities as needed. A system's bundle has 145 of them, and a
//! folder of `SSL_CERT_DIR` some hundred files; to parse them all took most of the instructions of a small send.

use std::sync::{Arc, OnceLock};

use memchr::memmem::Finder;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use crate::http::roots::Folders;

/// A verifier that tries first the authorities that the server's certificates name, then all, then those of
/// `SSL_CERT_DIR`.
#[derive(Debug)]
pub(super) struct InTurn {
    authorities: Vec<CertificateDer<'static>>,
    folders: Option<Folders>,
    /// The verifier of all `authorities`; `None` if no authority is usable.
    all: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
    /// The verifier of `folders`.
    of_folders: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
    provider: Arc<CryptoProvider>,
}

impl InTurn {
    pub(super) const fn new(
        authorities: Vec<CertificateDer<'static>>,
        folders: Option<Folders>,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self {
            authorities,
            folders,
            all: OnceLock::new(),
            of_folders: OnceLock::new(),
            provider,
        }
    }

    fn verifier(
        &self,
        authorities: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Option<Arc<WebPkiServerVerifier>> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(authorities);
        let provider = Arc::clone(&self.provider);
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .ok()
    }

    /// The authorities that may have issued one of these certificates: they contain the name of its issuer. Some may
    /// be missing, if a certificate is encoded in an unusual way.
    fn issuers(&self, certificates: &[&CertificateDer<'_>]) -> Vec<CertificateDer<'static>> {
        let names: Vec<_> = certificates.iter().filter_map(|der| issuer(der)).collect();
        let finders: Vec<_> = names.iter().map(Finder::new).collect();
        let names_one = |authority: &&CertificateDer<'static>| {
            finders
                .iter()
                .any(|name| name.find(authority.as_ref()).is_some())
        };
        self.authorities.iter().filter(names_one).cloned().collect()
    }
}

/// The name of the issuer, in DER.
fn issuer(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    certificate.tbs_certificate().issuer().to_der().ok()
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
        let presented: Vec<_> = std::iter::once(end_entity).chain(intermediates).collect();
        let issuers = self.verifier(self.issuers(&presented));
        if let Some(Ok(verified)) = issuers.map(|issuers| verify(&issuers)) {
            return Ok(verified);
        }
        let all = self
            .all
            .get_or_init(|| self.verifier(self.authorities.iter().cloned()));
        let unknown = || Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let verified = all
            .as_ref()
            .map_or_else(|| Err(unknown()), |all| verify(all));
        verified.or_else(|error| {
            let read = || self.verifier(self.folders.as_ref()?.read());
            let of_folders = self.of_folders.get_or_init(read).as_ref();
            let verified = of_folders.map(|of_folders| verify(of_folders));
            verified.and_then(Result::ok).ok_or(error)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
