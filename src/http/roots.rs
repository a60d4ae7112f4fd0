//! Whom TLS trusts: the certificate authorities of `SSL_CERT_FILE`, `SSL_CERT_DIR` or the system.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::failure::words;
use super::{Cause, Failure, Reason};
use crate::seams::Environment;

/// Where systems without a verifier of their own keep all authorities in one file. One file of 140
/// certificates is read in a third of the time that the folder beside it takes.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // SUSE
    "/etc/ssl/cert.pem",                  // Alpine, the BSDs
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL, where the link above is missing
];

/// Whether the system verifies certificates itself, with rights and revocations that no file shows.
const PLATFORM_VERIFIES: bool = cfg!(any(windows, target_vendor = "apple", target_os = "android"));

/// The certificate authorities to trust.
#[derive(Debug, PartialEq, Eq)]
pub enum Roots {
    /// These alone.
    Only(Vec<CertificateDer<'static>>),
    /// Those of the system's own verifier, and these.
    PlatformAnd(Vec<CertificateDer<'static>>),
}

impl Roots {
    /// The authorities that the environment names, else the system's.
    ///
    /// # Errors
    /// [`Failure::NotConfigured`] with the variable, the path and the reason, where a named file or
    /// folder cannot be read or holds no certificate.
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

    /// The system's: its bundle, or whatever its verifier finds.
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

/// Which variables name the certificate authorities that are trusted, none where they are the
/// system's, and how many certificates were read for that; 0 where the system verifies by itself.
///
/// # Errors
/// [`Failure::NotConfigured`] where a named file or folder gives nothing.
pub fn trusted(environment: &Environment) -> Result<(Vec<&'static str>, usize), Failure> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter(|name| environment.get_os(name).is_some())
        .collect();
    let (Roots::Only(read) | Roots::PlatformAnd(read)) = Roots::from_environment(environment)?;
    Ok((named, read.len()))
}

/// The certificates of a PEM file, one of them usable at least. What is not a certificate, or is a
/// damaged one, is passed over: a bundle with one odd entry still holds the others.
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

/// The certificates of the PEM files of a folder, in the order of their names. Each is taken once:
/// such folders hold a hash link beside each file.
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

/// What all names of a file have in common; nothing where there is no file. Following each link to
/// its end by hand takes longer than reading the certificates.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(path).ok()?;
    file.is_file().then(|| (file.dev(), file.ino()))
}

/// What all names of a file have in common; nothing where there is no file.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    let path = std::fs::canonicalize(path).ok()?;
    path.is_file().then_some(path)
}

fn no_certificate() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "holds no PEM certificate")
}

/// The failure for what `variable` names.
fn unusable(variable: &str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let named = format!("{variable}: {}", path.display());
    move |error| {
        let text = format!("{named}: {}", words(&error));
        Failure::NotConfigured(Cause::new(Reason::Roots, text))
    }
}
