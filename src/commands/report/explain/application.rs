//! Advice for errors of an application's credential.

use std::path::{Path, PathBuf};

use crate::auth::CredentialKind;
use crate::auth::certificate::Fault as CertificateFault;
use crate::auth::client_secret::Failure as SecretFailure;
use crate::auth::environment;
use crate::auth::federated::Fault as FederatedFault;
use crate::commands::report::advice::{Advice, Step};
use crate::shell::path as quoted;

/// Creates a certificate with an RSA key, and a file with both, as graphmail-admin(7) does.
const NEW: &str = "openssl req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=graphmail \
    -keyout key.pem -out certificate.pem && (umask 077; cat key.pem certificate.pem >graphmail.pem)";

/// Replaces the certificate in the file at `path`.
pub(in crate::commands) fn renewed_certificate(path: &Path) -> Advice {
    format!(
        "replace {} with a new certificate and its key, and upload the certificate to the registration",
        quoted(path)
    )
    .into()
}

pub(super) fn of_certificate(fault: &CertificateFault) -> Advice {
    use CertificateFault as Fault;
    let program = |line: String| Advice::from(Step::Program(line));
    match fault {
        Fault::Unreadable { .. } => Step::Replace(CredentialKind::Certificate).into(),
        Fault::NotPem(path) => program(format!(
            "(umask 077; openssl pkcs12 -in {} -nodes -out {})",
            quoted(path),
            quoted(&new_pem_path(path))
        ))
        .then(Step::CertificateFile(new_pem_path(path)))
        .because("convert it to PEM"),
        Fault::Der(path) => program(format!(
            "openssl x509 -inform DER -in {} >>KEY.pem",
            quoted(path)
        ))
        .then(Step::CertificateFile("KEY.pem".into()))
        .because("append it to its key"),
        Fault::Encrypted(path) => {
            let file = new_pem_path(path);
            let (plain, path) = (quoted(&file), quoted(path));
            program(format!(
                "(umask 077; openssl pkey -in {path} -out {plain}; openssl x509 -in {path} >>{plain})"
            ))
            .then(Step::CertificateFile(file))
        }
        Fault::PasswordMissing(_) | Fault::PasswordWrong(_) | Fault::NoPassword(_) => {
            Step::ReplacePassword.into()
        }
        // Others may be able to read the file, so the key is written to a new one.
        Fault::NoCertificate(path) => joined(&quoted(path), "CERTIFICATE.crt", path),
        Fault::NoKey(path) => joined("KEY.pem", &quoted(path), path),
        Fault::SeveralKeys(_) | Fault::OtherKey(_) => {
            "keep only the key of the registered certificate in the file".into()
        }
        Fault::Empty(_)
        | Fault::NotRsa(_)
        | Fault::Unparsable { .. }
        | Fault::TooLong(_)
        | Fault::NotSigned(_) => program(NEW.to_owned()).because("make a new certificate"),
        Fault::Expired(path, _) => renewed_certificate(path),
        Fault::NotYetValid(..) => "set this host's clock, or wait".into(),
    }
}

/// Writes the key and the certificate to a new file next to `path`, for this user only.
fn joined(key: &str, certificate: &str, path: &Path) -> Advice {
    let file = new_pem_path(path);
    let line = format!("(umask 077; cat {key} {certificate} >{})", quoted(&file));
    Advice::from(Step::Program(line)).then(Step::CertificateFile(file))
}

pub(super) fn of_client_secret(failure: &SecretFailure) -> Advice {
    match failure {
        SecretFailure::Unreadable { path, .. } => {
            Advice::from(Step::Program(format!("ls -ld {}", quoted(path))))
                .or(Step::Replace(CredentialKind::ClientSecret))
                .because("this user must be able to read the file")
        }
        SecretFailure::NotInUnit(credential) => {
            Advice::from("run it in that unit").or(Step::InUnit(credential.clone()))
        }
        SecretFailure::NotOneLine { place } => {
            format!("put the secret's value, not its id, alone on one line of {place}").into()
        }
        SecretFailure::Command(_) | SecretFailure::Output => {
            "run the account's client_secret_command in a shell: it must print only the secret"
                .into()
        }
    }
}

pub(super) fn of_federated(fault: &FederatedFault) -> Advice {
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
            "another service than GitHub answered: check ACTIONS_ID_TOKEN_REQUEST_URL and HTTPS_PROXY"
        }
        FederatedFault::NotGiven { .. } => "give the job permissions: id-token: write",
    }
    .into()
}

pub(super) fn of_environment(fault: &environment::Fault) -> Advice {
    use environment::Fault;
    match fault {
        Fault::Missing { set, missing } => format!("set {missing}, or unset {set}").into(),
        Fault::Empty(name) => format!("set {name} to a value, or unset it").into(),
        Fault::NotSecure(_) | Fault::Authority(_) => {
            "set AZURE_AUTHORITY_HOST to the login authority, such as https://login.microsoftonline.com; set GRAPHMAIL_LOGIN_URL for one on loopback"
                .into()
        }
    }
}

/// The name of a PEM file next to `path` that does not exist yet.
fn new_pem_path(path: &Path) -> PathBuf {
    let numbered = (2..10).map(|number| format!("plain{number}.pem"));
    ["pem".to_owned(), "plain.pem".to_owned()]
        .into_iter()
        .chain(numbered)
        .map(|extension| path.with_extension(extension))
        .find(|file| file != path && !file.exists())
        .unwrap_or_else(|| path.with_extension("new.pem"))
}
