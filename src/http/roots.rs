//! The trusted certificate authorities: those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or the system's.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use memchr::memchr_iter;
use memchr::memmem::{self, Finder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::failure::words;
use super::{Cause, Failure, Reason};
use crate::seams::Environment;
use crate::text::without_byte_order_mark;

/// The bundles of certificate authorities on systems without a platform verifier. Reading one file of 140
/// certificates takes a third of the time of reading the folder.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // SUSE
    "/etc/ssl/cert.pem",                  // Alpine, the BSDs
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL, where the link above is missing
];

/// The folders of certificate authorities on systems without such a bundle (openssl-probe, `CERTIFICATE_DIRS`).
const FOLDERS: [&str; 4] = [
    "/etc/ssl/certs",         // Debian, SUSE, FreeBSD
    "/etc/pki/tls/certs",     // Fedora, RHEL
    "/usr/local/share/certs", // FreeBSD
    "/etc/openssl/certs",     // NetBSD
];

/// Whether the system has a certificate verifier, which also applies its policies and revocations.
const PLATFORM_VERIFIES: bool = cfg!(any(windows, target_vendor = "apple", target_os = "android"));

/// The certificate authorities to trust.
#[derive(Debug, PartialEq, Eq)]
pub enum Roots {
    /// Only these. None: this host has no certificate authorities, so that it can use no https.
    Only(Vec<CertificateDer<'static>>),
    /// Those of the platform verifier, and these.
    PlatformAnd(Vec<CertificateDer<'static>>),
}

/// The folders of `SSL_CERT_DIR`.
#[derive(Debug, Clone)]
pub struct Folders(OsString);

impl Folders {
    /// Their certificates. A folder that cannot be read has none.
    #[must_use]
    pub fn read(&self) -> Vec<CertificateDer<'static>> {
        std::env::split_paths(&self.0)
            .filter_map(|path| in_folder(&path).ok())
            .flatten()
            .collect()
    }
}

impl Roots {
    /// As [`Roots::from_environment`], but if `SSL_CERT_FILE` and `SSL_CERT_DIR` are both set, only reads the file.
    ///
    /// # Errors
    /// As [`Roots::from_environment`].
    pub fn and_folders(environment: &Environment) -> Result<(Self, Option<Folders>), Failure> {
        let folders = environment.get_os("SSL_CERT_DIR");
        match (environment.path("SSL_CERT_FILE"), folders) {
            (Some(path), Some(folders)) if !PLATFORM_VERIFIES => {
                let read = certificates_in(&path).map_err(unusable("SSL_CERT_FILE", &path))?;
                Ok((Self::Only(read), Some(Folders(folders.to_owned()))))
            }
            _ => Ok((Self::from_environment(environment)?, None)),
        }
    }

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

    /// Those of the platform verifier, or else of the system's files.
    fn of_system() -> Self {
        if PLATFORM_VERIFIES {
            return Self::PlatformAnd(Vec::new());
        }
        Self::Only(in_first(&BUNDLES, &FOLDERS))
    }

    /// Whether an https server can be trusted with them.
    #[must_use]
    pub const fn trust_any(&self) -> bool {
        match self {
            Self::Only(certificates) => !certificates.is_empty(),
            Self::PlatformAnd(_) => true,
        }
    }
}

/// The variables that name the trusted certificate authorities (none if they are the system's), and the number
/// of certificates that were read (0 if the platform verifier is used).
///
/// # Errors
/// [`Failure::NotConfigured`] if a named file or folder contains no certificate, or if the system has none.
pub fn trusted(environment: &Environment) -> Result<(Vec<&'static str>, usize), Failure> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter(|name| environment.get_os(name).is_some())
        .collect();
    let roots = Roots::from_environment(environment)?;
    if !roots.trust_any() {
        return Err(none());
    }
    let (Roots::Only(read) | Roots::PlatformAnd(read)) = roots;
    Ok((named, read.len()))
}

/// The failure of an https request on a host without certificate authorities, such as a minimal container.
pub(super) fn none() -> Failure {
    let text = "this host has no CA certificates, so https servers cannot be verified";
    Failure::NotConfigured(Cause::new(Reason::NoRoots, text))
}

/// The certificates of the first of these bundles that has one, else of the first of these folders.
fn in_first(bundles: &[&str], folders: &[&str]) -> Vec<CertificateDer<'static>> {
    let bundles = bundles.iter().map(|path| certificates_in(Path::new(path)));
    let folders = folders.iter().map(|path| in_folder(Path::new(path)));
    let mut found = bundles.chain(folders).filter_map(io::Result::ok);
    found.next().unwrap_or_default()
}

/// The certificates of a PEM file, of which at least one is usable. Other entries and damaged certificates are
/// ignored.
fn certificates_in(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let pem = std::fs::read(path)?;
    let certificates = of_pem(without_byte_order_mark(&pem));
    let usable = |certificate: &CertificateDer<'static>| {
        RootCertStore::empty().add(certificate.clone()).is_ok()
    };
    if certificates.iter().any(usable) {
        Ok(certificates)
    } else {
        Err(no_certificate())
    }
}

/// The certificates of a PEM text (RFC 7468 section 5); damaged ones are left out. The bundle of a system has 140 of
/// them, and every https run reads it. This takes a third of the instructions of a general reader of PEM, which were
/// most of those of a send.
fn of_pem(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    const END: &[u8] = b"-----END CERTIFICATE-----";
    let end = Finder::new(END);
    let mut certificates = Vec::new();
    let mut base64 = Vec::new();
    for begin in memmem::find_iter(pem, BEGIN) {
        let rest = pem.get(begin + BEGIN.len()..).unwrap_or_default();
        let text = end.find(rest).and_then(|end| rest.get(..end));
        base64.clear();
        let text = text.unwrap_or_default();
        let mut from = 0;
        for end in memchr_iter(b'\n', text).chain([text.len()]) {
            base64.extend_from_slice(text.get(from..end).unwrap_or_default().trim_ascii());
            from = end + 1;
        }
        if let Ok(der) = BASE64_STANDARD.decode(&base64)
            && !der.is_empty()
        {
            certificates.push(CertificateDer::from(der));
        }
    }
    certificates
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

#[cfg(test)]
mod tests {
    use super::in_first;

    #[test]
    fn a_host_without_certificates_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name).display().to_string();
        let (bundle, certificates) = (place("bundle.crt"), place("certs"));
        let found = || in_first(&[&bundle], &[&certificates]).len();
        assert_eq!(found(), 0, "neither exists");
        std::fs::create_dir(&certificates).expect("a folder");
        assert_eq!(found(), 0, "the folder is empty");
        let one = || {
            let made = rcgen::generate_simple_self_signed(["x".to_owned()]);
            made.expect("a certificate").cert.pem()
        };
        let write = |path: &str, text: String| {
            let mut file = std::fs::File::create(path).expect("a file");
            std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
        };
        write(&format!("{certificates}/a.pem"), one());
        assert_eq!(found(), 1, "the folder has one");
        write(&bundle, one() + &one());
        assert_eq!(found(), 2, "the bundle takes precedence");
    }
}
