//! Certificates that applications are registered with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_cert::der::Decode as _;

/// A certificate as an application's registration has it: the public part alone.
#[derive(Clone)]
pub struct Certificate {
    /// SHA-256 of its DER, base64url: what an assertion names it by.
    pub(super) thumbprint: String,
    pub(super) der: Vec<u8>,
    /// The RSA key of it (RFC 8017 appendix A.1.1).
    key: Vec<u8>,
    not_after: Timestamp,
}

/// What is no certificate, or none that an application can be registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds no certificate")]
pub struct InvalidCertificate;

impl Certificate {
    /// Every certificate in `bytes`: PEM, in which other things may stand too, or DER of one.
    ///
    /// # Errors
    /// [`InvalidCertificate`] where there is none, or one of them is none.
    pub fn all(bytes: &[u8]) -> Result<Vec<Self>, InvalidCertificate> {
        let certificates = CertificateDer::pem_slice_iter(bytes)
            .map(|der| der.map_or(Err(InvalidCertificate), |der| Self::of(&der)))
            .collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() {
            return Ok(vec![Self::of(bytes)?]);
        }
        Ok(certificates)
    }

    fn of(der: &[u8]) -> Result<Self, InvalidCertificate> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| InvalidCertificate)?;
        let content = parsed.tbs_certificate();
        let key = content
            .subject_public_key_info()
            .subject_public_key
            .as_bytes();
        let end = content.validity().not_after.to_unix_duration().as_secs();
        let end = i64::try_from(end).map_err(|_| InvalidCertificate)?;
        Ok(Self {
            thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, der)),
            der: der.to_vec(),
            key: key.ok_or(InvalidCertificate)?.to_vec(),
            not_after: Timestamp::from_second(end).map_err(|_| InvalidCertificate)?,
        })
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.not_after < now
    }

    /// Whether its key made this PS256 signature (RFC 7518 section 3.5).
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &self.key)
            .verify(message, signature)
            .is_ok()
    }
}
