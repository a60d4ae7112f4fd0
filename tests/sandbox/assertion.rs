//! An assertion in place of a secret: what Entra takes, and every refusal.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graphmail::sandbox::{Certificate, InvalidCertificate, Options, Sandbox};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};

use super::{form, start};

const TOKEN: &str = "/contoso.example/oauth2/v2.0/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// 2026-01-31T09:00:00Z
const NOW: i64 = 1_769_850_000;

fn data(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates");
    std::fs::read(folder.join(name)).expect("a file")
}

/// What signs an assertion, and how it goes.
struct Signer {
    certificate: Vec<u8>,
    key: RsaKeyPair,
    encoding: &'static dyn RsaEncoding,
    header: Value,
    claims: Value,
}

impl Signer {
    /// All right, for this sandbox.
    fn new(sandbox: &Sandbox, file: &str) -> Self {
        let pem = data(file);
        let certificate = CertificateDer::from_pem_slice(&pem).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from_pem_slice(&pem).expect("a key");
        Self {
            header: json!({
                "alg": "PS256",
                "typ": "JWT",
                "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate)),
            }),
            claims: json!({
                "aud": format!("{}{TOKEN}", sandbox.login_url()),
                "iss": "app",
                "sub": "app",
                "jti": "1",
                "nbf": NOW,
                "iat": NOW,
                "exp": NOW + 600,
            }),
            certificate: certificate.to_vec(),
            key: RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("an RSA key"),
            encoding: &RSA_PSS_SHA256,
        }
    }

    fn jwt(&self) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&self.header), encode(&self.claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(self.encoding, &random, message.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn registered() -> Options {
    Options {
        certificates: Certificate::all(&data("reports.pem")).expect("a certificate"),
        ..Options::default()
    }
}

/// The status and the AADSTS number; 0 for a token.
fn ask(sandbox: &Sandbox, assertion: &str, others: &[(&str, &str)]) -> (u16, u64) {
    let scope = format!("{}/.default", sandbox.graph_url());
    let mut fields = vec![
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("scope", scope.as_str()),
        ("client_assertion", assertion),
    ];
    fields.extend_from_slice(others);
    let answer = form(sandbox, TOKEN, &fields);
    let number = answer.json()["error_codes"][0].as_u64();
    (answer.status, number.unwrap_or_default())
}

const TYPE: (&str, &str) = ("client_assertion_type", JWT_BEARER);

#[test]
fn an_assertion_of_a_registered_certificate_is_taken_once() {
    let (sandbox, _) = start(registered());
    let mut signer = Signer::new(&sandbox, "reports.pem");
    let jwt = signer.jwt();
    assert_eq!(ask(&sandbox, &jwt, &[TYPE]), (200, 0));
    assert_eq!(
        ask(&sandbox, &jwt, &[TYPE]),
        (401, 50_027),
        "its jti is used"
    );
    signer.claims["jti"] = json!("2");
    signer.header["x5c"] = json!([STANDARD.encode(&signer.certificate), "AAAA"]);
    assert_eq!(ask(&sandbox, &signer.jwt(), &[TYPE]), (200, 0));
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn each_wrong_assertion_has_its_number() {
    type Change = fn(&mut Signer);
    let table: [(&str, Change, u64); 17] = [
        ("nothing", |_| {}, 0),
        ("no type", |one| drop(one.header["typ"].take()), 700_027),
        (
            "another algorithm",
            |one| one.header["alg"] = json!("RS256"),
            700_027,
        ),
        (
            "another padding",
            |one| one.encoding = &RSA_PKCS1_SHA256,
            700_027,
        ),
        (
            "no thumbprint",
            |one| one.header = json!({"alg": "PS256", "typ": "JWT"}),
            70_021,
        ),
        (
            "another thumbprint",
            |one| one.header["x5t#S256"] = json!("AAAA"),
            700_027,
        ),
        (
            "another chain",
            |one| one.header["x5c"] = json!(["AAAA"]),
            700_027,
        ),
        (
            "an empty chain",
            |one| one.header["x5c"] = json!([]),
            700_027,
        ),
        (
            "another issuer",
            |one| one.claims["iss"] = json!("b"),
            700_021,
        ),
        (
            "another subject",
            |one| one.claims["sub"] = json!("b"),
            700_021,
        ),
        (
            "another audience",
            |one| {
                one.claims["aud"] =
                    json!("https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token");
            },
            700_023,
        ),
        (
            "another tenant",
            |one| {
                one.claims["aud"] = json!(
                    one.claims["aud"]
                        .as_str()
                        .unwrap()
                        .replace("contoso", "other")
                );
            },
            700_023,
        ),
        ("past", |one| one.claims["exp"] = json!(NOW), 700_024),
        ("not yet", |one| one.claims["nbf"] = json!(NOW + 1), 700_024),
        (
            "too long",
            |one| one.claims["exp"] = json!(NOW + 601),
            700_024,
        ),
        ("no times", |one| drop(one.claims["iat"].take()), 700_024),
        ("no id", |one| one.claims["jti"] = json!(""), 50_027),
    ];
    for (name, change, number) in table {
        let (sandbox, _) = start(registered());
        let mut signer = Signer::new(&sandbox, "reports.pem");
        change(&mut signer);
        let (_, found) = ask(&sandbox, &signer.jwt(), &[TYPE]);
        assert_eq!(found, number, "{name}");
    }
}

#[test]
fn another_key_or_an_expired_certificate_is_refused() {
    let (sandbox, _) = start(registered());
    let jwt = Signer::new(&sandbox, "other.pem").jwt();
    assert_eq!(ask(&sandbox, &jwt, &[TYPE]), (401, 700_027));
    // The certificate of the one, the key of the other.
    let mut signer = Signer::new(&sandbox, "other.pem");
    signer.header = Signer::new(&sandbox, "reports.pem").header;
    assert_eq!(ask(&sandbox, &signer.jwt(), &[TYPE]), (401, 700_027));

    let (sandbox, clock) = start(registered());
    let mut signer = Signer::new(&sandbox, "reports.pem");
    let years = 100 * 366 * 24 * 3600;
    clock.advance(Duration::from_secs(years));
    let now = NOW + i64::try_from(years).expect("years");
    for name in ["nbf", "iat"] {
        signer.claims[name] = json!(now);
    }
    signer.claims["exp"] = json!(now + 600);
    assert_eq!(ask(&sandbox, &signer.jwt(), &[TYPE]), (401, 700_027));
}

#[test]
fn the_form_around_an_assertion_is_read_strictly() {
    let (sandbox, _) = start(Options {
        federated_token: Some("right".to_owned()),
        ..Options::default()
    });
    assert_eq!(ask(&sandbox, "right", &[TYPE]), (200, 0));
    assert_eq!(
        ask(&sandbox, "right", &[TYPE]),
        (200, 0),
        "it is not ours to count"
    );
    assert_eq!(ask(&sandbox, "wrong", &[TYPE]), (401, 50_027));
    assert_eq!(ask(&sandbox, "e30.e30.", &[TYPE]), (400, 70_021));
    assert_eq!(ask(&sandbox, "right", &[]), (400, 900_144));
    let other = ("client_assertion_type", "saml");
    assert_eq!(ask(&sandbox, "right", &[other]), (400, 90_023));
    let secret = ("client_secret", "s");
    assert_eq!(ask(&sandbox, "right", &[TYPE, secret]), (400, 90_023));
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", "x"),
        ("client_assertion", "right"),
        TYPE,
    ];
    let answer = form(&sandbox, TOKEN, &fields).json();
    assert_eq!(answer["error_codes"], json!([700_025]));
}

#[test]
fn certificates_are_read_as_pem_and_as_der() {
    let chain = Certificate::all(&data("reports-pkcs1-chain.pem")).expect("certificates");
    assert_eq!(chain.len(), 2);
    let der = CertificateDer::from_pem_slice(&data("reports.pem")).expect("a certificate");
    assert_eq!(Certificate::all(&der).expect("a certificate").len(), 1);
    for wrong in [
        &b""[..],
        b"x",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert_eq!(Certificate::all(wrong).err(), Some(InvalidCertificate));
    }
}
