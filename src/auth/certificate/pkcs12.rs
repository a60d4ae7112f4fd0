//! Key and certificates in a PKCS#12 file (RFC 7292), as Windows exports them.

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;

use super::{Fault, Files, Key, Parts};
use crate::secret::Secret;

/// The keys and certificates in `bytes`, in order.
pub(super) fn parts(bytes: &[u8], password: &Secret, files: &Files) -> Result<Parts, Fault> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, password.expose()).map_err(|error| {
        let path = files.path.clone();
        match error {
            Error::MacError(_) if files.password.is_none() => Fault::PasswordMissing(path),
            Error::MacError(_) => Fault::PasswordWrong(path),
            other => Fault::Unparsable {
                path,
                what: "PEM or PKCS#12",
                reason: other.to_string(),
            },
        }
    })?;
    Ok(Parts {
        keys: archive
            .keys
            .iter()
            .map(|bag| Key::Pkcs8(bag.key.as_der().to_vec()))
            .collect(),
        certificates: archive
            .certs
            .iter()
            .map(|bag| bag.cert.as_der().to_vec())
            .collect(),
    })
}
