//! Keys and certificates in PEM (RFC 7468). Other text between them is ignored.

use std::path::Path;

use rustls::pki_types::pem::{PemObject as _, SectionKind};

use super::{Fault, Key, Parts};
use crate::text::without_byte_order_mark;

/// The label of an encrypted key (RFC 7468 section 11), and the header of the older form
/// (RFC 1421 section 4.6.1.1).
const ENCRYPTED: [&str; 2] = [
    "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    "Proc-Type: 4,ENCRYPTED",
];

/// Whether the file has a PEM section.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"-----BEGIN ").is_some()
}

/// The keys and certificates in `bytes`, in order.
pub(super) fn parts(bytes: &[u8], path: &Path) -> Result<Parts, Fault> {
    if ENCRYPTED
        .iter()
        .any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some())
    {
        return Err(Fault::Encrypted(path.to_owned()));
    }
    let mut parts = Parts {
        keys: Vec::new(),
        certificates: Vec::new(),
    };
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(without_byte_order_mark(bytes)) {
        // The error may quote a line of the key.
        let (kind, der) = section.map_err(|_| Fault::Unparsable {
            path: path.to_owned(),
            what: "its PEM",
            reason: "a section does not end, or is not base64".to_owned(),
        })?;
        match kind {
            SectionKind::Certificate => parts.certificates.push(der),
            SectionKind::RsaPrivateKey => parts.keys.push(Key::Pkcs1(der)),
            SectionKind::PrivateKey => parts.keys.push(Key::Pkcs8(der)),
            SectionKind::EcPrivateKey => return Err(Fault::NotRsa(path.to_owned())),
            _ => {}
        }
    }
    Ok(parts)
}
