//! The trusted certificate authorities: those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or the system's.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::failure::words;
use super::{Cause, Failure, Reason};
use crate::seams::Environment;

/// The bundles of certificate authorities on systems without a platform verifier. Reading one file of 140
/// certificates takes a third of the time of reading the folder.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // SUSE
    "/etc/ssl/cert.pem",                  // Alpine, the BSDs
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL, where the link above is missing
];

/// Whether the system has a certificate verifier, which also applies its policies and revocations.
const PLATFORM_VERIFIES: bool = cfg!(any(windows, target_vendor = "apple", target_os = "android"));

/// The certificate authorities to trust.
#[derive(Debug, PartialEq, Eq)]
pub enum Roots {
    /// Only these.
    Only(Vec<CertificateDer<'static>>),
    /// Those of the platform verifier, and these.
    PlatformAnd(Vec<CertificateDer<'static>>),
}

impl Roots {
    /// The authorities that the environment names, or else the system's.
    ///
    /// # Errors
    /// [`Failure::NotConfigured`] with the variable, the path and the reason, if a named file or folder
    /// cannot be read or contains no certificate.
    pub fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let file = environment.path("SSL_CERT_FILE");
        let folders = environment.get_os("SSL_CERT_DIR");
        if file.is_none() && folders.is_none() {
            return Ok(Self::of_system());
        }
        let mut certificates = Vec::new();
        if let Some(path) = file {
            certificates.extend(certificates_in(&path).map_err(unusable("SSL_CERT_FILE", &path))?);
        }
        for path in folders.map(std::env::split_paths).into_iter().flatten() {
            certificates.extend(in_folder(&path).map_err(unusable("SSL_CERT_DIR", &path))?);
        }
        Ok(if PLATFORM_VERIFIES {
            Self::PlatformAnd(certificates)
        } else {
            Self::Only(certificates)
        })
    }

    /// The system's bundle, or else the platform verifier.
    fn of_system() -> Self {
        let bundle = (!PLATFORM_VERIFIES)
            .then(|| {
                BUNDLES
                    .iter()
                    .find_map(|path| certificates_in(Path::new(path)).ok())
            })
            .flatten();
        bundle.map_or_else(|| Self::PlatformAnd(Vec::new()), Self::Only)
    }
}

/// The variables that name the trusted certificate authorities (none if they are the system's), and the number
/// of certificates that were read (0 if the platform verifier is used).
///
/// # Errors
/// [`Failure::NotConfigured`] if a named file or folder contains no certificate.
pub fn trusted(environment: &Environment) -> Result<(Vec<&'static str>, usize), Failure> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter(|name| environment.get_os(name).is_some())
        .collect();
    let (Roots::Only(read) | Roots::PlatformAnd(read)) = Roots::from_environment(environment)?;
    Ok((named, read.len()))
}

/// The certificates of a PEM file, of which at least one is usable. Other entries and damaged certificates are
/// ignored.
fn certificates_in(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let pem = std::fs::read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).flatten().collect();
    let usable = |certificate: &CertificateDer<'static>| {
        RootCertStore::empty().add(certificate.clone()).is_ok()
    };
    if certificates.iter().any(usable) {
        Ok(certificates)
    } else {
        Err(no_certificate())
    }
}

/// The certificates of the PEM files in a folder, in the order of their names. Each file is read once,
/// because such folders contain a hash link to each file.
fn in_folder(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort_unstable();
    let mut seen = HashSet::new();
    let certificates: Vec<_> = files
        .iter()
        .filter(|path| identity(path).is_some_and(|file| seen.insert(file)))
        .filter_map(|path| certificates_in(path).ok())
        .flatten()
        .collect();
    if certificates.is_empty() {
        return Err(no_certificate());
    }
    Ok(certificates)
}

/// The identity of a file, which is the same for all its links. `None` if it is not a file. Canonical paths
/// would take longer than reading the certificates.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(path).ok()?;
    file.is_file().then(|| (file.dev(), file.ino()))
}

/// The identity of a file, which is the same for all its links. `None` if it is not a file.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    let path = std::fs::canonicalize(path).ok()?;
    path.is_file().then_some(path)
}

fn no_certificate() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "contains no PEM certificate")
}

/// The failure for a file or folder that `variable` names.
fn unusable(variable: &str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let named = format!("{variable}: {}", path.display());
    move |error| {
        let text = format!("{named}: {}", words(&error));
        Failure::NotConfigured(Cause::new(Reason::Roots, text))
    }
}
