//! TLS with the certificate of `[smtpd]`. Its files are read again when they change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::auth::exposure::{self, Exposed};
use crate::commands::report::{Advice, Explain};
use crate::config::SmtpdEntry;
use crate::exit::Class;
use crate::files;
use crate::mutex::locked;
use crate::snapshot::Snapshot;

/// The largest file that is read, in bytes. A long chain has a twentieth of it.
const MAX_FILE: u64 = 256 * 1024;

/// Why the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("[smtpd] has {0} but no {1}")]
    Incomplete(&'static str, &'static str),
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    #[error(transparent)]
    Exposed(#[from] Exposed),
    #[error("{} does not contain {} in PEM", .0.display(), .1)]
    Missing(PathBuf, &'static str),
    #[error("the certificate {} and its key: {}", .0.display(), .1)]
    Unusable(PathBuf, rustls::Error),
}

impl Explain for Error {
    fn class(&self) -> Class {
        Class::Config
    }

    fn advice(&self) -> Advice {
        match self {
            Self::Incomplete(_, missing) => format!("set {missing} in [smtpd]").into(),
            _ => Advice::none(),
        }
    }
}

/// A configured file as it was.
type File = Option<(PathBuf, Option<Snapshot>)>;

/// The files of the certificate and of its key.
#[derive(PartialEq, Eq)]
struct Stamp(File, File);

impl Stamp {
    fn take(settings: &SmtpdEntry) -> Self {
        let stamped = |path: &PathBuf| {
            let found = std::fs::metadata(path).ok();
            (path.clone(), found.as_ref().map(Snapshot::from_metadata))
        };
        let stamped = |path: &Option<PathBuf>| path.as_ref().map(stamped);
        Self(stamped(&settings.certificate), stamped(&settings.key))
    }

    /// Reads the files. `None` if none are configured.
    fn load(&self) -> Result<Option<Arc<ServerConfig>>, Error> {
        let (certificate, key) = match (&self.0, &self.1) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(Error::Incomplete("certificate", "key")),
            (None, Some(_)) => return Err(Error::Incomplete("key", "certificate")),
            (Some((certificate, _)), Some((key, _))) => (certificate, key),
        };
        let metadata = std::fs::metadata(key).map_err(|error| unreadable(key, error))?;
        if let Some(mode) = exposure::to_everybody(&metadata) {
            let path = key.clone();
            return Err(Exposed { path, mode }.into());
        }
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(certificate)?)
            .collect::<Result<_, _>>()
            .unwrap_or_default();
        if chain.is_empty() {
            return Err(Error::Missing(certificate.clone(), "a certificate"));
        }
        let secret = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|_| Error::Missing(key.clone(), "a private key"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(chain, secret)
            })
            .map_err(|error| Error::Unusable(certificate.clone(), error))?;
        Ok(Some(Arc::new(config)))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    files::read_at_most(path, MAX_FILE).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::Unreadable(path.to_owned(), error)
}

/// The certificate as it was last read.
struct Loaded {
    /// `None` if the files are to be read again.
    stamp: Option<Stamp>,
    config: Option<Arc<ServerConfig>>,
}

/// The certificate of the service.
pub(super) struct Tls(Mutex<Loaded>);

impl Tls {
    /// Reads the certificate, if one is configured.
    pub(super) fn load(settings: &SmtpdEntry) -> Result<Self, Error> {
        let stamp = Stamp::take(settings);
        let config = stamp.load()?;
        let stamp = Some(stamp);
        Ok(Self(Mutex::new(Loaded { stamp, config })))
    }

    /// Begins TLS with the certificate as it is now. `None` without one. If it has become unusable, the former one
    /// stays, and `warn` gets the reason once.
    pub(super) fn acceptor(
        &self,
        settings: &SmtpdEntry,
        warn: impl FnOnce(&Error),
    ) -> Option<TlsAcceptor> {
        let mut loaded = locked(&self.0);
        let stamp = Stamp::take(settings);
        if loaded.stamp.as_ref() != Some(&stamp) {
            match stamp.load() {
                Ok(config) => loaded.config = config,
                Err(error) => warn(&error),
            }
            loaded.stamp = Some(stamp);
        }
        loaded.config.clone().map(TlsAcceptor::from)
    }

    /// Has the files read again, even if they have not changed.
    pub(super) fn read_again(&self) {
        let mut loaded = locked(&self.0);
        loaded.stamp = None;
    }
}
