//! Why a certificate cannot be used.

use std::io;
use std::path::PathBuf;

use super::Certificate;

/// Why a certificate cannot be used. Contains nothing of the key.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file cannot be read.
    #[error("the certificate {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is longer than any key with its certificates.
    #[error("{} is too long to be a certificate with its key", .0.display())]
    TooLong(PathBuf),
    /// The file has no contents.
    #[error("{} is empty: a certificate with its key is needed", .0.display())]
    Empty(PathBuf),
    /// The file is not PEM, and this build reads only PEM.
    #[error("{} is not PEM; this build reads only PEM certificates", .0.display())]
    NotPem(PathBuf),
    /// The file is a DER certificate without its key.
    #[error("{} is a DER certificate without its key: PEM with both is needed", .0.display())]
    Der(PathBuf),
    /// The private key is protected by a password.
    #[error("the private key in {} is encrypted", .0.display())]
    Encrypted(PathBuf),
    /// The PKCS#12 file needs a password.
    #[error("{} needs a password", .0.display())]
    PasswordMissing(PathBuf),
    /// The password of the PKCS#12 file is wrong.
    #[error("the password of {} is wrong", .0.display())]
    PasswordWrong(PathBuf),
    /// The password file does not have exactly one line.
    #[error("{} does not contain the certificate's password on a single line", .0.display())]
    NoPassword(PathBuf),
    /// There is no certificate in the file.
    #[error("{} contains no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// There is no private key in the file.
    #[error("{} contains no private key", .0.display())]
    NoKey(PathBuf),
    /// There is more than one private key in the file.
    #[error("{} contains several private keys", .0.display())]
    SeveralKeys(PathBuf),
    /// The key is of a kind that Entra does not accept.
    #[error("the key in {} is not RSA, the only kind that Entra accepts", .0.display())]
    NotRsa(PathBuf),
    /// A part of the file is malformed.
    #[error("{what} in {} cannot be used: {reason}", path.display())]
    Unparsable {
        /// The file.
        path: PathBuf,
        /// Which part.
        what: &'static str,
        /// Why; contains nothing of the file.
        reason: String,
    },
    /// The private key belongs to none of the certificates.
    #[error("the private key in {} belongs to none of its certificates", .0.display())]
    OtherKey(PathBuf),
    /// The certificate has expired.
    #[error(
        "the certificate {} has expired: it was valid from {} to {}",
        .0.display(), .1.not_before, .1.not_after
    )]
    Expired(PathBuf, Box<Certificate>),
    /// The certificate is not valid yet.
    #[error(
        "the certificate {} is not valid yet: it is valid from {} to {}",
        .0.display(), .1.not_before, .1.not_after
    )]
    NotYetValid(PathBuf, Box<Certificate>),
    /// Signing with the key failed.
    #[error("the key in {} cannot sign", .0.display())]
    NotSigned(PathBuf),
}
