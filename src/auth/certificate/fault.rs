//! Why a file serves no application to sign in.

use std::io;
use std::path::PathBuf;

use super::Certificate;

/// Why a certificate cannot be used. Nothing of a key is ever in it.
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
    /// The file is not PEM, and this build reads nothing else.
    #[error("{} is not PEM, and this build reads no other certificate", .0.display())]
    NotPem(PathBuf),
    /// The file is a certificate alone, and not in PEM.
    #[error("{} is a certificate in DER, without its key; it takes PEM with both", .0.display())]
    Der(PathBuf),
    /// The private key is protected by a password.
    #[error("the private key in {} is encrypted", .0.display())]
    Encrypted(PathBuf),
    /// The PKCS#12 file wants a password, and none is given.
    #[error("{} wants a password", .0.display())]
    PasswordMissing(PathBuf),
    /// The PKCS#12 file wants another password.
    #[error("the password is not the one of {}", .0.display())]
    PasswordWrong(PathBuf),
    /// The password's file holds none.
    #[error("{} does not hold one line with the certificate's password", .0.display())]
    NoPassword(PathBuf),
    /// There is no certificate in the file.
    #[error("{} holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// There is no private key in the file.
    #[error("{} holds no private key", .0.display())]
    NoKey(PathBuf),
    /// There is more than one private key in the file.
    #[error("{} holds several private keys", .0.display())]
    SeveralKeys(PathBuf),
    /// The key is of a kind that Entra does not take.
    #[error("the key in {} is not RSA, and Entra takes no other", .0.display())]
    NotRsa(PathBuf),
    /// Something in the file is not what it says to be.
    #[error("{what} in {} cannot be used: {reason}", path.display())]
    Unparsable {
        /// The file.
        path: PathBuf,
        /// What of it.
        what: &'static str,
        /// Why, without its content.
        reason: String,
    },
    /// The private key is another one than the certificate's.
    #[error("the private key in {} belongs to none of its certificates", .0.display())]
    OtherKey(PathBuf),
    /// The certificate has ended.
    #[error(
        "the certificate {} has expired: it was good from {} to {}",
        .0.display(), .1.not_before, .1.not_after
    )]
    Expired(PathBuf, Box<Certificate>),
    /// The certificate has not begun.
    #[error(
        "the certificate {} is not good yet: it will be from {} to {}",
        .0.display(), .1.not_before, .1.not_after
    )]
    NotYetValid(PathBuf, Box<Certificate>),
    /// The key was not able to sign.
    #[error("the key in {} cannot sign", .0.display())]
    NotSigned(PathBuf),
}
