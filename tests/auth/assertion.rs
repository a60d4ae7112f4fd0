//! The assertion that a certificate's key signs, claim by claim.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graphmail::auth::certificate::{self, Files};
use graphmail::auth::client_credentials;
use graphmail::auth::store::{Access, Record};
use graphmail::auth::{App, Credential, CredentialKind, Error};
use graphmail::cloud::Cloud;
use graphmail::exit::Class;
use graphmail::secret::Secret;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use x509_cert::der::Decode as _;

use super::{app, at, token_reply, words};
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, link};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/certificates")
        .join(name)
}

fn files(name: &str) -> Files {
    Files {
        path: data(name),
        password: None,
        send_chain: false,
    }
}

/// The certificates of a file, in its order.
fn certificates(name: &str) -> Vec<CertificateDer<'static>> {
    let pem = std::fs::read(data(name)).unwrap();
    CertificateDer::pem_slice_iter(&pem)
        .map(Result::unwrap)
        .collect()
}

/// The token that the form asked with, and what else the form had.
fn assertion(transport: &Scripted) -> (String, Vec<(String, String)>) {
    let request = transport.requests().remove(0);
    let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect();
    let at = fields
        .iter()
        .position(|(name, _)| name == "client_assertion");
    let (_, jwt) = fields.remove(at.expect("an assertion"));
    (jwt, fields)
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// What `app` asks with, by these files.
fn asked(app: &App, files: &Files) -> (Record, String, Vec<(String, String)>) {
    let transport = Scripted::new([token_reply("ACCESS", &json!({}))]);
    let seams = Fixed::new();
    let link = link(&transport, &seams);
    let record =
        client_credentials::obtain(app, &link, &Credential::Certificate(files.clone())).unwrap();
    let (jwt, fields) = assertion(&transport);
    (record, jwt, fields)
}

#[test]
fn a_certificates_key_signs_the_assertion() {
    let own = certificates("reports.pem").remove(0);
    for file in ["reports.pem", "reports-pkcs1-chain.pem"] {
        let (record, jwt, fields) = asked(&app(), &files(file));
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            fields,
            [
                "grant_type=client_credentials",
                "scope=https://graph.microsoft.com/.default",
                "client_id=CLIENT",
                "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ]
        );
        let parts: Vec<&str> = jwt.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            panic!("{jwt}");
        };
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &own));
        assert_eq!(
            decoded(header),
            json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint})
        );
        // 2026-11-20T10:00:00Z
        let now = 1_795_168_800;
        assert_eq!(
            decoded(claims),
            json!({
                "aud": "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token",
                "iss": "CLIENT",
                "sub": "CLIENT",
                "jti": "00000000-0000-4000-8000-000000000000",
                "nbf": now,
                "iat": now,
                "exp": now + 600,
            })
        );
        let certificate = x509_cert::Certificate::from_der(&own).unwrap();
        let info = certificate.tbs_certificate().subject_public_key_info();
        let key = info.subject_public_key.raw_bytes();
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
            .verify(
                format!("{header}.{claims}").as_bytes(),
                &URL_SAFE_NO_PAD.decode(signature).unwrap(),
            )
            .expect("the certificate's own signature");
        assert_eq!(
            record,
            Record {
                scopes: words("https://graph.microsoft.com/.default"),
                access: Some(Access {
                    token: Secret::new("ACCESS"),
                    expires_at: at("11:00:00"),
                }),
                ..Record::new(&app(), CredentialKind::Certificate)
            },
            "nothing of the key or the assertion is in the record"
        );
    }
}

#[test]
fn the_assertion_is_for_the_accounts_own_cloud() {
    let app = App {
        cloud: Cloud::national("usgov").unwrap(),
        ..app()
    };
    let (_, jwt, _) = asked(&app, &files("reports.pem"));
    let claims = decoded(jwt.split('.').nth(1).unwrap());
    assert_eq!(
        claims["aud"],
        "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token"
    );
}

#[test]
fn the_chain_begins_with_the_keys_own_certificate() {
    let files = Files {
        send_chain: true,
        ..files("reports-pkcs1-chain.pem")
    };
    let (_, jwt, _) = asked(&app(), &files);
    let header = decoded(jwt.split('.').next().unwrap());
    let [other, own] = &certificates("reports-pkcs1-chain.pem")[..] else {
        panic!("two certificates");
    };
    assert_eq!(
        header["x5c"],
        json!([STANDARD.encode(own), STANDARD.encode(other)])
    );
}

#[test]
fn a_certificate_is_read_for_what_is_to_be_said_of_it() {
    let read = certificate::read(&files("reports.pem")).unwrap();
    assert_eq!(read.subject, "O=graphmail test material,CN=reports");
    assert_eq!(
        (read.not_before, read.not_after),
        (
            "2026-01-01T00:00:00Z".parse().unwrap(),
            "2126-01-01T00:00:00Z".parse().unwrap()
        )
    );
    let own = certificates("reports.pem").remove(0);
    let sha1 = digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &own);
    let sha1: String = sha1.as_ref().iter().map(|b| format!("{b:02X}")).collect();
    assert_eq!(read.thumbprint, sha1);
    let ends = read.not_after;
    for (before, days) in [(0, 0), (1, 0), (23, 0), (24, 1), (24 * 30, 30), (-1, -1)] {
        let now = ends - jiff::SignedDuration::from_hours(before);
        assert_eq!(read.days_left(now), days, "{before} hours before");
    }
}

/// A certificate of a P-256 key, and the key.
fn elliptic() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let parameters = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[test]
fn a_file_that_cannot_serve_is_refused_before_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read_to_string(data("reports.pem")).unwrap();
    let split = whole.find("-----BEGIN CERTIFICATE").unwrap();
    let (key, own) = whole.split_at(split);
    let other = std::fs::read_to_string(data("other.pem")).unwrap();
    let (other_key, _) = other.split_at(other.find("-----BEGIN CERTIFICATE").unwrap());
    let (ec_certificate, ec_key) = elliptic();
    let broken = whole.replace("-----END CERTIFICATE-----", "");
    let garbled = own.replacen("MII", "AAA", 1);
    let table: [(&str, String, &str); 11] = [
        ("no key", own.to_owned(), "FILE contains no private key"),
        (
            "no certificate",
            key.to_owned(),
            "FILE contains no certificate",
        ),
        (
            "another key",
            format!("{other_key}{own}"),
            "the private key in FILE belongs to none of its certificates",
        ),
        (
            "two keys",
            format!("{key}{other_key}{own}"),
            "FILE contains several private keys",
        ),
        (
            "EC",
            format!("{ec_key}{ec_certificate}"),
            "the key in FILE is not RSA, the only kind that Entra accepts",
        ),
        (
            "EC in its own form",
            format!("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n{own}"),
            "the key in FILE is not RSA, the only kind that Entra accepts",
        ),
        (
            "EC key, RSA certificate",
            format!("{ec_key}{own}"),
            "the RSA key in FILE cannot be used: WrongAlgorithm",
        ),
        (
            "encrypted in the older form",
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n{own}"
            ),
            "the private key in FILE is encrypted",
        ),
        (
            "broken",
            broken,
            "its PEM in FILE cannot be used: a section does not end, or is not base64",
        ),
        (
            "garbled",
            format!("{key}{garbled}"),
            "a certificate in FILE cannot be used: unknown/unsupported ASN.1 DER tag: 0x00 at DER byte 1",
        ),
        (
            "too long",
            whole.repeat(100),
            "FILE is too long to be a certificate with its key",
        ),
    ];
    for (name, text, words) in table {
        let path = folder.path().join("file.pem");
        std::fs::write(&path, text).unwrap();
        let error = refused(&path);
        assert_eq!(
            error.to_string().replace(path.to_str().unwrap(), "FILE"),
            words,
            "{name}"
        );
        assert_eq!(error.class(), Class::SignIn);
    }
    for (file, words) in [
        ("encrypted.pem", "the private key in FILE is encrypted"),
        (
            "absent.pem",
            "the certificate FILE cannot be read: No such file or directory (os error 2)",
        ),
        (
            "future.pem",
            "the certificate FILE is not valid yet: it is valid from 2050-01-01T00:00:00Z to 2126-01-01T00:00:00Z",
        ),
    ] {
        let path = data(file);
        let error = refused(&path).to_string();
        assert_eq!(error.replace(path.to_str().unwrap(), "FILE"), words);
    }
}

fn refused(path: &Path) -> Error {
    let files = Files {
        path: path.to_owned(),
        password: None,
        send_chain: false,
    };
    let transport = Scripted::new([]);
    let seams = Fixed::new();
    let link = link(&transport, &seams);
    client_credentials::obtain(&app(), &link, &Credential::Certificate(files.clone())).unwrap_err()
}

#[test]
fn an_expired_certificate_is_refused_with_both_dates() {
    let files = files("reports.pem");
    let transport = Scripted::new([]);
    let seams = Fixed::at("2126-01-01T00:00:01Z");
    let link = link(&transport, &seams);
    let error = client_credentials::obtain(&app(), &link, &Credential::Certificate(files.clone()))
        .unwrap_err();
    assert_eq!(
        error
            .to_string()
            .replace(files.path.to_str().unwrap(), "FILE"),
        "the certificate FILE has expired: it was valid from 2026-01-01T00:00:00Z to 2126-01-01T00:00:00Z"
    );
}

#[cfg(not(feature = "pkcs12"))]
#[test]
fn pkcs12_is_not_for_this_build() {
    let path = data("reports.pfx");
    let error = refused(&path).to_string();
    assert_eq!(
        error.replace(path.to_str().unwrap(), "FILE"),
        "FILE is not PEM; this build reads only PEM certificates"
    );
}

#[cfg(feature = "pkcs12")]
#[test]
fn pkcs12_is_read_with_its_password() {
    use graphmail::auth::certificate::Password;

    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("password");
    let own = certificate::read(&files("reports.pem")).unwrap();
    let read = |name, password| {
        let files = Files {
            password,
            ..files(name)
        };
        certificate::read(&files).map_err(|fault| {
            fault
                .to_string()
                .replace(data(name).to_str().unwrap(), "FILE")
                .replace(kept.to_str().unwrap(), "PASSWORD")
        })
    };
    let given = |text: &str| Some(Password::Given(Secret::new(text)));
    std::fs::write(&kept, "secret\r\n").unwrap();
    let in_file = Some(Password::File(kept.clone()));
    assert_eq!(read("reports.pfx", given("secret")), Ok(own.clone()));
    assert_eq!(read("reports.pfx", in_file.clone()), Ok(own.clone()));
    assert_eq!(read("reports-legacy.pfx", None), Ok(own));
    let err = |words: &str| Err(words.to_owned());
    assert_eq!(
        read("reports.pfx", given("wrong")),
        err("the password of F is wrongILE")
    );
    assert_eq!(read("reports.pfx", None), err("FILE needs a password"));
    std::fs::write(&kept, "one\ntwo\n").unwrap();
    assert_eq!(
        read("reports.pfx", in_file),
        err("PASSWORD does not contain the certificate's password on a single line")
    );
}
