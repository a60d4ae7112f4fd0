//! The certificates of an application's registration.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_cert::der::Decode as _;

/// A certificate in an application's registration. It has no private key.
#[derive(Clone)]
pub struct Certificate {
    /// SHA-256 of its DER in base64url, as an assertion names it.
    pub(super) thumbprint: String,
    pub(super) der: Vec<u8>,
    /// Its RSA public key (RFC 8017 appendix A.1.1).
    key: Vec<u8>,
    not_after: Timestamp,
}

/// The file contains no certificate that an application can be registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("contains no certificate")]
pub struct InvalidCertificate;

impl Certificate {
    /// Every certificate in `bytes`: PEM, also between other sections, or one in DER.
    ///
    /// # Errors
    /// [`InvalidCertificate`] if there is none, or if one of them is malformed.
    pub fn all(bytes: &[u8]) -> Result<Vec<Self>, InvalidCertificate> {
        let certificates = CertificateDer::pem_slice_iter(bytes)
            .map(|der| der.map_or(Err(InvalidCertificate), |der| Self::from_der(&der)))
            .collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        Ok(certificates)
    }

    fn from_der(der: &[u8]) -> Result<Self, InvalidCertificate> {
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

    /// Whether it has expired.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.not_after < now
    }

    /// Whether the PS256 signature (RFC 7518 section 3.5) was made with its key.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &self.key)
            .verify(message, signature)
            .is_ok()
    }
}
