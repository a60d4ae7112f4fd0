//! What mends an application's own credential.

use std::path::{Path, PathBuf};

use crate::auth::certificate::Fault as CertificateFault;
use crate::auth::client_secret::Failure as SecretFailure;
use crate::auth::federated::Fault as FederatedFault;
use crate::shell::path as quoted;

/// A new certificate with an RSA key, both in one file.
const NEW: &str = "make one: openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=graphmail \
    -keyout graphmail.pem >graphmail.crt && cat graphmail.crt >>graphmail.pem";

pub(super) fn of_certificate(fault: &CertificateFault) -> String {
    use CertificateFault as Fault;
    match fault {
        Fault::Unreadable { .. } => {
            "name a file that this user can read: graphmail login --certificate FILE".to_owned()
        }
        Fault::NotPem(path) => format!(
            "make PEM of it: (umask 077; openssl pkcs12 -in {} -nodes -out {})",
            quoted(path),
            quoted(&beside(path))
        ),
        Fault::Der(path) => format!(
            "put it behind its key: openssl x509 -inform DER -in {} >>KEY.pem; then: graphmail login --certificate KEY.pem",
            quoted(path)
        ),
        Fault::Encrypted(path) => {
            let plain = quoted(&beside(path));
            let path = quoted(path);
            format!(
                "(umask 077; openssl pkey -in {path} -out {plain}; openssl x509 -in {path} >>{plain})"
            )
        }
        Fault::PasswordMissing(_) | Fault::PasswordWrong(_) | Fault::NoPassword(_) => {
            "put the password into a file of its own: --certificate-password-file FILE".to_owned()
        }
        Fault::NoCertificate(path) => format!("cat certificate.crt >>{}", quoted(path)),
        Fault::NoKey(path) => format!("cat private.key >>{}", quoted(path)),
        Fault::SeveralKeys(_) | Fault::OtherKey(_) => {
            "leave in the file the key of the registered certificate alone".to_owned()
        }
        Fault::NotRsa(_) | Fault::Unparsable { .. } | Fault::TooLong(_) | Fault::NotSigned(_) => {
            NEW.to_owned()
        }
        Fault::Expired(path, _) => format!(
            "replace {} with a new certificate and its key, and upload the certificate to the registration",
            quoted(path)
        ),
        Fault::NotYetValid(..) => "set this host's clock, or wait".to_owned(),
    }
}

pub(super) fn of_client_secret(failure: &SecretFailure) -> String {
    match failure {
        SecretFailure::Unreadable { path, .. } => format!(
            "let this user read the secret's file, or name another: graphmail login --client-secret-file FILE; ls -ld {}",
            quoted(path)
        ),
        SecretFailure::NotInUnit(credential) => format!(
            "run it in that unit; or as root: systemd-run --pipe --wait --uid=USER \
             -p LoadCredential={credential}:FILE graphmail doctor"
        ),
        SecretFailure::NotOneLine { place } => {
            format!("put the secret's value, and not its id, alone on one line of {place}")
        }
        SecretFailure::Command(_) | SecretFailure::Output => {
            "run the account's client_secret_command in a shell: it must print the secret, and nothing else"
                .to_owned()
        }
    }
}

pub(super) fn of_federated(fault: &FederatedFault) -> String {
    match fault {
        FederatedFault::Unreadable { .. }
        | FederatedFault::TooLong(_)
        | FederatedFault::NotToken { .. } => {
            "check what writes that file: the projected service account token, or the issuer's agent"
        }
        FederatedFault::NoJob(_) | FederatedFault::NotSecure => {
            "give the job permissions: id-token: write, and run it in GitHub Actions"
        }
        FederatedFault::NotGiven { status: 200, .. } => {
            "what answered is not GitHub's: check ACTIONS_ID_TOKEN_REQUEST_URL and HTTPS_PROXY"
        }
        FederatedFault::NotGiven { .. } => "give the job permissions: id-token: write",
    }
    .to_owned()
}

/// The name of a PEM file beside `path` that nothing has yet.
fn beside(path: &Path) -> PathBuf {
    let numbered = (2..10).map(|number| format!("plain{number}.pem"));
    ["pem".to_owned(), "plain.pem".to_owned()]
        .into_iter()
        .chain(numbered)
        .map(|extension| path.with_extension(extension))
        .find(|file| file != path && !file.exists())
        .unwrap_or_else(|| path.with_extension("new.pem"))
}
