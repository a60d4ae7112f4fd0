//! Reads and checks an application's certificate with its private key.
//!
//! The key is RSA, the only kind that Entra accepts (Entra: "Microsoft identity platform application
//! authentication certificate credentials").

mod fault;
mod pem;
#[cfg(feature = "pkcs12")]
mod pkcs12;

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{KeyPair as _, RsaKeyPair};
use x509_cert::der::Decode as _;
use x509_cert::der::oid::ObjectIdentifier;

pub use fault::Fault;

use super::exposure::Exposed;
use crate::files;
use crate::secret::Secret;
use crate::text;

/// How long before its expiry graphmail warns about a certificate.
pub const NOTICE: SignedDuration = SignedDuration::from_hours(NOTICE_DAYS as i64 * 24);
/// The same in days.
pub const NOTICE_DAYS: u16 = 30;

/// The largest certificate file that is read, in bytes. A long one has a twentieth of it.
const MAX_FILE: u64 = 256 * 1024;
/// How much of a subject is shown, in bytes.
const MAX_SUBJECT: usize = 200;

/// rsaEncryption (RFC 8017 appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The files of a certificate and its key, and how they are presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// PEM with the key and the certificates in any order; with the feature `pkcs12` also PKCS#12.
    pub path: PathBuf,
    /// The password of a PKCS#12 file.
    pub password: Option<Password>,
    /// Whether the assertion contains the certificates (`x5c`), for registrations that trust a subject
    /// and issuer instead of one certificate.
    pub send_chain: bool,
}

/// A PKCS#12 file's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// The only line of this file.
    File(PathBuf),
    /// The password itself, from the environment.
    Given(Secret),
}

/// What graphmail shows of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its subject (RFC 4514), on one line.
    pub subject: String,
    /// SHA-1 of its DER in upper-case hexadecimal digits, as Entra's portal lists it.
    pub thumbprint: String,
    /// SHA-256 of its DER in base64url, as the assertion names it (`x5t#S256`).
    pub thumbprint_sha256: String,
    /// The beginning of its validity.
    pub not_before: Timestamp,
    /// Its expiry.
    pub not_after: Timestamp,
}

impl Certificate {
    /// Whether it is valid at `now`; `path` is the file that it was read from.
    ///
    /// # Errors
    /// [`Fault::Expired`] or [`Fault::NotYetValid`].
    pub fn check(&self, path: &Path, now: Timestamp) -> Result<(), Fault> {
        let invalid = |fault: fn(PathBuf, Box<Self>) -> Fault| {
            Err(fault(path.to_owned(), Box::new(self.clone())))
        };
        if now > self.not_after {
            invalid(Fault::Expired)
        } else if now < self.not_before {
            invalid(Fault::NotYetValid)
        } else {
            Ok(())
        }
    }

    /// Whole days from `now` to its expiry; negative after it.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.not_after.duration_since(now).as_hours().div_euclid(24)
    }

    fn from_der(der: &[u8], parsed: &x509_cert::Certificate) -> Option<Self> {
        let validity = parsed.tbs_certificate().validity();
        let time = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
            Timestamp::from_second(seconds).ok()
        };
        let mut thumbprint = String::new();
        for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref() {
            let _infallible = write!(thumbprint, "{byte:02X}");
        }
        Some(Self {
            subject: text::sentence(&parsed.tbs_certificate().subject().to_string(), MAX_SUBJECT),
            thumbprint,
            thumbprint_sha256: URL_SAFE_NO_PAD.encode(digest(&SHA256, der)),
            not_before: time(validity.not_before)?,
            not_after: time(validity.not_after)?,
        })
    }
}

/// Reads the certificate that belongs to the key in the file.
///
/// # Errors
/// A [`Fault`] if the file cannot be used to sign in. The validity dates are not checked.
pub fn read(files: &Files) -> Result<Certificate, Fault> {
    load(files).map(|identity| identity.certificate)
}

/// Why a usable certificate needs attention.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// The certificate expires within [`NOTICE`].
    #[error(
        "the certificate {} expires in {days} days, at {not_after}: create a new one, and upload it to the registration",
        path.display()
    )]
    ExpiresSoon {
        /// Its file.
        path: PathBuf,
        /// Whole days until then.
        days: i64,
        /// Its expiry.
        not_after: Timestamp,
    },
    /// The next token cannot be obtained with this certificate.
    #[error("the next token cannot be obtained: {0}")]
    Unusable(#[from] Fault),
    /// Every user of the host can use the private key.
    #[error(transparent)]
    Exposed(#[from] Exposed),
}

/// What needs attention about a usable certificate.
#[must_use]
pub fn warnings(files: &Files, now: Timestamp) -> Vec<Warning> {
    let path = &files.path;
    let expiry = match read(files).and_then(|found| found.check(path, now).map(|()| found)) {
        Ok(found) if found.not_after.duration_since(now) < NOTICE => Some(Warning::ExpiresSoon {
            path: path.clone(),
            days: found.days_left(now),
            not_after: found.not_after,
        }),
        Ok(_) => None,
        Err(fault) => Some(fault.into()),
    };
    let metadata = std::fs::metadata(path).ok();
    let exposed = metadata.and_then(|metadata| Exposed::find(path, &metadata));
    expiry
        .into_iter()
        .chain(exposed.map(Warning::from))
        .collect()
}

/// A certificate with the key that it belongs to.
pub(super) struct Identity {
    pub(super) certificate: Certificate,
    pub(super) key: RsaKeyPair,
    /// DER; the key's certificate first, the others in the file's order.
    pub(super) chain: Vec<Vec<u8>>,
}

/// The contents of a file, each in DER.
struct Parts {
    keys: Vec<Key>,
    certificates: Vec<Vec<u8>>,
}

/// A private key in its encoding.
enum Key {
    Pkcs1(Vec<u8>),
    Pkcs8(Vec<u8>),
}

/// Reads key and certificates, and finds the certificate that belongs to the key.
pub(super) fn load(files: &Files) -> Result<Identity, Fault> {
    let path = &files.path;
    let bytes = read_file(path)?;
    if bytes.trim_ascii().is_empty() {
        return Err(Fault::Empty(path.clone()));
    }
    let parts = if pem::is_pem(&bytes) {
        pem::parts(&bytes, path)?
    } else if x509_cert::Certificate::from_der(&bytes).is_ok() {
        return Err(Fault::Der(path.clone()));
    } else {
        pkcs12_parts(&bytes, files)?
    };
    if parts.certificates.is_empty() {
        return Err(Fault::NoCertificate(path.clone()));
    }
    let certificates = parts
        .certificates
        .into_iter()
        .map(|der| match x509_cert::Certificate::from_der(&der) {
            Ok(parsed) => Ok((der, parsed)),
            Err(error) => Err(Fault::Unparsable {
                path: path.clone(),
                what: "a certificate",
                reason: error.to_string(),
            }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let algorithm = |parsed: &x509_cert::Certificate| {
        let key = parsed.tbs_certificate().subject_public_key_info();
        key.algorithm.oid
    };
    if !certificates.iter().any(|(_, one)| algorithm(one) == RSA) {
        return Err(Fault::NotRsa(path.clone()));
    }
    let key = match parts.keys.as_slice() {
        [] => return Err(Fault::NoKey(path.clone())),
        [key] => rsa(key, path)?,
        [_, _, ..] => return Err(Fault::SeveralKeys(path.clone())),
    };
    identity(key, certificates, path)
}

fn identity(
    key: RsaKeyPair,
    mut certificates: Vec<(Vec<u8>, x509_cert::Certificate)>,
    path: &Path,
) -> Result<Identity, Fault> {
    let own = certificates.iter().position(|(_, parsed)| {
        let info = parsed.tbs_certificate().subject_public_key_info();
        info.subject_public_key.as_bytes() == Some(key.public_key().as_ref())
    });
    let Some(own) = own else {
        return Err(Fault::OtherKey(path.to_owned()));
    };
    let (der, parsed) = certificates.remove(own);
    let certificate = Certificate::from_der(&der, &parsed).ok_or_else(|| Fault::Unparsable {
        path: path.to_owned(),
        what: "the certificate",
        reason: "its dates are out of range".to_owned(),
    })?;
    let others = certificates.into_iter().map(|(der, _)| der);
    Ok(Identity {
        certificate,
        key,
        chain: std::iter::once(der).chain(others).collect(),
    })
}

fn rsa(key: &Key, path: &Path) -> Result<RsaKeyPair, Fault> {
    match key {
        Key::Pkcs1(der) => RsaKeyPair::from_der(der),
        Key::Pkcs8(der) => RsaKeyPair::from_pkcs8(der),
    }
    .map_err(|rejected| Fault::Unparsable {
        path: path.to_owned(),
        what: "the RSA key",
        reason: rejected.to_string(),
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, Fault> {
    files::read_at_most(path, MAX_FILE).map_err(|source| match source.kind() {
        io::ErrorKind::FileTooLarge => Fault::TooLong(path.to_owned()),
        _ => Fault::Unreadable {
            path: path.to_owned(),
            source,
        },
    })
}

#[cfg(feature = "pkcs12")]
fn pkcs12_parts(bytes: &[u8], files: &Files) -> Result<Parts, Fault> {
    let password = match &files.password {
        Some(Password::Given(password)) => password.clone(),
        Some(Password::File(path)) => password_in(path)?,
        None => Secret::new(""),
    };
    pkcs12::parts(bytes, &password, files)
}

#[cfg(not(feature = "pkcs12"))]
fn pkcs12_parts(_: &[u8], files: &Files) -> Result<Parts, Fault> {
    Err(Fault::NotPem(files.path.clone()))
}

/// The only line of the file.
#[cfg(feature = "pkcs12")]
fn password_in(path: &Path) -> Result<Secret, Fault> {
    let bytes = read_file(path)?;
    std::str::from_utf8(&bytes)
        .ok()
        .map(|text| text.trim_end_matches(['\r', '\n']))
        .filter(|line| !line.is_empty() && !line.contains(['\r', '\n']))
        .map(Secret::new)
        .ok_or_else(|| Fault::NoPassword(path.to_owned()))
}
