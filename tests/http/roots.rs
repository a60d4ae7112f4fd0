//! Which certificate authorities are trusted.

use std::path::Path;

use graphmail::http::roots::Roots;
use graphmail::http::{Cause, Failure, Reason};
use graphmail::seams::Environment;

fn authority() -> (Vec<u8>, String) {
    let certificate = rcgen::generate_simple_self_signed(["x".to_owned()])
        .expect("a certificate")
        .cert;
    (certificate.der().to_vec(), certificate.pem())
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    std::io::Write::write_all(
        &mut std::fs::File::create(path).expect("a file"),
        bytes.as_ref(),
    )
    .expect("written");
}

fn read(variables: &[(&str, &Path)]) -> Result<Vec<Vec<u8>>, Failure> {
    let environment = Environment::from_pairs(variables.iter().map(|(name, path)| (*name, *path)));
    Roots::from_environment(&environment).map(|roots| match roots {
        Roots::Only(certificates) | Roots::PlatformAnd(certificates) => certificates
            .iter()
            .map(|certificate| certificate.to_vec())
            .collect(),
    })
}

fn refusal(variable: &str, path: &Path) -> String {
    match read(&[(variable, path)]) {
        Err(Failure::NotConfigured(Cause {
            reason: Reason::Roots,
            text,
        })) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn file_and_folders_are_read_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("1"), folder.path().join("2"));
    let third = folder.path().join("file.pem");
    let [(a, a_pem), (b, b_pem), (c, c_pem)] = [authority(), authority(), authority()];
    for path in [&first, &second] {
        std::fs::create_dir(path).expect("a folder");
    }
    write(&first.join("a.pem"), format!("a comment\n{a_pem}"));
    write(&first.join("README"), "no certificate");
    write(&second.join("b.pem"), b_pem);
    write(&third, &c_pem);
    #[cfg(unix)]
    std::os::unix::fs::symlink(first.join("a.pem"), first.join("0123abcd.0")).expect("a link");

    let folders = std::env::join_paths([first, second]).expect("a list");
    assert_eq!(
        read(&[
            ("SSL_CERT_FILE", &third),
            ("SSL_CERT_DIR", Path::new(&folders))
        ]),
        Ok(vec![c, a, b])
    );
}

#[test]
fn a_file_that_gives_nothing_is_named_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let shown = path.display();
    assert_eq!(
        refusal("SSL_CERT_FILE", &path),
        format!("SSL_CERT_FILE: {shown}: no such file or directory")
    );
    for content in [
        "",
        "garbage",
        "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        write(&path, content);
        assert_eq!(
            refusal("SSL_CERT_FILE", &path),
            format!("SSL_CERT_FILE: {shown}: contains no PEM certificate")
        );
    }
    assert_eq!(
        refusal("SSL_CERT_DIR", folder.path()),
        format!(
            "SSL_CERT_DIR: {}: contains no PEM certificate",
            folder.path().display()
        )
    );
    assert_eq!(
        refusal("SSL_CERT_DIR", &path),
        format!("SSL_CERT_DIR: {shown}: not a directory")
    );
}

#[test]
fn a_variable_set_to_nothing_means_the_system() {
    assert_eq!(
        read(&[("SSL_CERT_FILE", Path::new(""))]),
        read(&[]),
        "both are the system's"
    );
}
