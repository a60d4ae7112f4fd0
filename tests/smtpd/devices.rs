//! Clients that log in, TLS, and passwords.

use std::fmt::Write as _;
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::Signal;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{Client, Service, arrived};
use crate::support::process::{Bounded as _, until};
use crate::support::program::{Place, text};

/// `[smtpd.users.scanner]` with the password `right`, and the least parameters.
fn user(settings: &str) -> String {
    let least = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
    let least = Argon2::new(Algorithm::Argon2id, Version::V0x13, least);
    let salt = SaltString::encode_b64(&[7; 16]).unwrap();
    let hash = least.hash_password(b"right", &salt).unwrap();
    format!("[smtpd.users.scanner]\npassword = \"{hash}\"\n{settings}")
}

/// AUTH PLAIN as `scanner`.
fn auth(password: &str) -> String {
    let response = STANDARD.encode(format!("\0scanner\0{password}"));
    format!("AUTH PLAIN {response}")
}

/// A certificate for `localhost`, in the files `c.pem` and `k.pem`.
struct Certificate {
    pem: String,
    key: String,
    der: CertificateDer<'static>,
}

impl Certificate {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            pem: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            der: made.cert.der().clone(),
        }
    }

    fn write(&self, place: &Place) {
        drop(place.file("c.pem", &self.pem));
        let key = place.file("k.pem", &self.key);
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o640)).unwrap();
    }
}

const TLS: &str = "[smtpd]\ncertificate = \"HOME/c.pem\"\nkey = \"HOME/k.pem\"\n";

type Encrypted = Client<StreamOwned<ClientConnection, TcpStream>>;

/// Begins TLS on a connection. Returns the certificate of the service, too.
fn encrypted(stream: TcpStream, trusted: &[&Certificate]) -> (Encrypted, CertificateDer<'static>) {
    let mut roots = RootCertStore::empty();
    for one in trusted {
        roots.add(one.der.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).unwrap();
    }
    let shown = stream.conn.peer_certificates().unwrap()[0].clone();
    (Client(BufReader::new(stream)), shown.into_owned())
}

/// STARTTLS on a new connection.
fn starttls(service: &Service, trusted: &[&Certificate]) -> (Encrypted, CertificateDer<'static>) {
    let mut client = service.connect();
    let refused = "501 5.5.4 STARTTLS has no parameters";
    assert_eq!(client.say("STARTTLS now"), refused);
    assert_eq!(client.say("STARTTLS"), "220 2.0.0 begin TLS");
    encrypted(client.0.into_inner(), trusted)
}

/// What EHLO offers of STARTTLS and AUTH.
fn offered<S: Read + Write>(client: &mut Client<S>) -> Vec<String> {
    client.write("EHLO me\r\n");
    let mut offered = Vec::new();
    loop {
        let line = client.line();
        let (code, word) = line.split_at(4);
        if word.starts_with("STARTTLS") || word.starts_with("AUTH") {
            offered.push(word.to_owned());
        }
        if code == "250 " {
            return offered;
        }
    }
}

#[test]
fn a_user_is_limited_to_senders_and_a_rate() {
    let place = Place::new();
    place.configure(&user(
        "from = [\"you@sandbox.example\", \"@devices.example\"]\nper_minute = 3\n",
    ));
    let service = Service::start(&place, "");
    let mut client = service.connect();
    assert_eq!(offered(&mut client), ["AUTH PLAIN LOGIN"]);
    assert_eq!(client.say(&auth("right")), "235 2.7.0 authenticated");
    assert_eq!(
        client.say(&auth("right")),
        "503 5.5.1 already authenticated"
    );
    for sender in ["ceo@sandbox.example", "scanner", ""] {
        assert_eq!(
            client.say(&format!("MAIL FROM:<{sender}>")),
            "550 5.7.1 the user may not use this sender"
        );
    }
    assert_eq!(
        client.say("MAIL FROM:<mfp@devices.example>"),
        "250 2.1.0 ok"
    );
    assert_eq!(client.say("RCPT TO:<a@example.org>"), "250 2.1.5 ok");
    assert!(client.say("DATA").starts_with("354 "));
    assert_eq!(
        client.say("From: ceo@sandbox.example\r\nSubject: forged\r\n\r\nB\r\n."),
        "550 5.7.1 the client may not send as ceo@sandbox.example"
    );
    assert!(client.send("scan").starts_with("250 2.0.0 queued as "));
    // Postfix sends AUTH=<> for its own clients (RFC 4954 section 5).
    assert_eq!(
        client.say("MAIL FROM:<you@sandbox.example> AUTH=<>"),
        "250 2.1.0 ok"
    );
    assert_eq!(client.say("RSET"), "250 2.0.0 ok");
    assert_eq!(
        client.say("MAIL FROM:<you@sandbox.example>"),
        "450 4.7.1 too many messages in a minute"
    );
    // A program of this host need not log in.
    let mut local = service.connect();
    assert_eq!(local.say("MAIL FROM:<ceo@sandbox.example>"), "250 2.1.0 ok");
    assert_eq!(local.say(&auth("right")), "503 5.5.1 a transaction is open");
    until("the scan arrives", || arrived(&place) == ["scan"]);
    let log = service.terminate();
    let log = text(&log.stderr);
    for line in [
        "graphmail: refused: client=127.0.0.1, user=scanner, from=<scanner>, 550 5.7.1 the user may not use this sender\n",
        "graphmail: refused: client=127.0.0.1, user=scanner, from=<>, 550 5.7.1 the user may not use this sender\n",
        "graphmail: refused: client=127.0.0.1, user=scanner, from=<mfp@devices.example>, size=49, nrcpt=1, \
         the client may not send as ceo@sandbox.example\n",
        "graphmail: refused: client=127.0.0.1, user=scanner, from=<you@sandbox.example>, 450 4.7.1 too many messages in a minute\n",
        ": client=127.0.0.1, user=scanner, from=<you@sandbox.example>, ",
    ] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn a_user_who_was_removed_sends_no_more() {
    let place = Place::new();
    place.configure(&user(""));
    let mut service = Service::start(&place, "");
    let mut client = service.connect();
    assert_eq!(client.say(&auth("right")), "235 2.7.0 authenticated");
    place.configure("");
    service.process.signal(Signal::HUP);
    assert_eq!(
        service.process.error_line(),
        "graphmail: the configuration was read again"
    );
    assert_eq!(
        client.say("MAIL FROM:<you@sandbox.example>"),
        "550 5.7.1 the user does not exist any more"
    );
    assert_eq!(service.terminate().status.code(), Some(0));
}

#[test]
fn a_wrong_password_is_logged_and_its_reply_is_delayed() {
    let place = Place::new();
    place.configure(&user(""));
    let mut service = Service::start(&place, "");
    let mut client = service.connect();
    client.write(&format!("{}\r\n", auth("wrong")));
    assert_eq!(
        service.process.error_line(),
        "graphmail: login failed: client=127.0.0.1, user=scanner"
    );
    service.process.signal(Signal::TERM);
    assert_eq!(client.reply(), "421 4.3.2 the service ends");
    assert_eq!(service.process.output().status.code(), Some(0));
}

#[test]
fn tls_begins_with_starttls() {
    let place = Place::new();
    let certificate = Certificate::new();
    certificate.write(&place);
    place.configure(&format!("{TLS}{}", user("")));
    let service = Service::start(&place, "");
    let mut plain = service.connect();
    assert_eq!(offered(&mut plain), ["STARTTLS", "AUTH PLAIN LOGIN"]);
    assert_eq!(plain.say(&auth("right")), "235 2.7.0 authenticated");
    assert_eq!(plain.say("STARTTLS"), "220 2.0.0 begin TLS");
    let (mut client, _) = encrypted(plain.0.into_inner(), &[&certificate]);
    assert_eq!(offered(&mut client), ["AUTH PLAIN LOGIN"]);
    assert_eq!(
        client.say("STARTTLS"),
        "502 5.5.1 STARTTLS is not supported"
    );
    assert_eq!(
        client.say(&auth("right")),
        "235 2.7.0 authenticated",
        "the login before TLS is forgotten"
    );
    assert!(client.send("scan").starts_with("250 2.0.0 queued as "));
    assert_eq!(client.say("QUIT"), "221 2.0.0 goodbye");
    assert_eq!(client.reply(), "", "TLS is ended, not cut");
    until("the scan arrives", || arrived(&place) == ["scan"]);
    let mut injected = service.connect();
    injected.write("STARTTLS\r\nMAIL FROM:<you@sandbox.example>\r\n");
    assert_eq!(injected.reply(), "");
    let log = service.terminate();
    let line = "graphmail: refused: client=127.0.0.1, commands after STARTTLS\n";
    assert!(text(&log.stderr).contains(line), "{log:?}");
}

#[test]
fn a_renewed_certificate_is_used_at_once() {
    let place = Place::new();
    let (first, second) = (Certificate::new(), Certificate::new());
    first.write(&place);
    place.configure(TLS);
    let mut service = Service::start(&place, "");
    let shown = |service: &Service| starttls(service, &[&first, &second]).1;
    assert_eq!(shown(&service), first.der);
    second.write(&place);
    assert_eq!(shown(&service), second.der);
    drop(place.file("c.pem", &first.pem));
    assert_eq!(shown(&service), second.der, "not the key's certificate");
    let path = place.home().join("c.pem");
    let path = path.display();
    let warning = format!(
        "graphmail: warning: the former certificate is used: \
         the certificate {path} and its key: keys may not be consistent: KeyMismatch"
    );
    assert_eq!(service.process.error_line(), warning);
    drop(place.file("c.pem", ""));
    service.process.signal(Signal::HUP);
    for line in [
        "graphmail: the configuration was read again".to_owned(),
        format!(
            "graphmail: warning: the former certificate is used: {path} does not contain a certificate in PEM"
        ),
    ] {
        assert_eq!(service.process.error_line(), line);
    }
    assert_eq!(shown(&service), second.der);
    first.write(&place);
    assert_eq!(shown(&service), first.der);
    assert_eq!(service.terminate().status.code(), Some(0));
}

#[test]
fn tls_begins_at_once_on_port_465() {
    // Only root may listen there on most hosts.
    if TcpListener::bind("127.0.0.1:465").is_err() {
        return;
    }
    let place = Place::new();
    let certificate = Certificate::new();
    certificate.write(&place);
    place.configure(TLS);
    let mut service = Service::start(&place, "--listen 127.0.0.1:465");
    let said = service.process.error_line();
    assert_eq!(said, "graphmail: listening on 127.0.0.1:465");
    let stream = TcpStream::connect("127.0.0.1:465").unwrap();
    let (mut client, _) = encrypted(stream, &[&certificate]);
    assert!(client.reply().starts_with("220 "));
    assert_eq!(offered(&mut client), [""; 0]);
    assert!(client.send("scan").starts_with("250 2.0.0 queued as "));
    let mut plain = TcpStream::connect("127.0.0.1:465").unwrap();
    plain.write_all(b"EHLO me\r\n").unwrap();
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer));
    assert!(!answer.starts_with(b"2"), "{answer:?}");
    // A configuration with which the service would not begin.
    place.configure("");
    service.process.signal(Signal::HUP);
    let warning = "graphmail: warning: the service would not start with it: 127.0.0.1:465 is a port on which TLS begins at once, and there is no certificate";
    while service.process.error_line() != warning {}
    assert_eq!(service.terminate().status.code(), Some(0));
}

#[test]
fn certificates_and_listeners_that_cannot_be_used() {
    let place = Place::new();
    Certificate::new().write(&place);
    drop(place.file("open.pem", "x"));
    drop(place.file("empty.pem", ""));
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(place.home().join("open.pem"), open).unwrap();
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(place.home().join("empty.pem"), private).unwrap();
    let mut said = String::new();
    for (settings, address) in [
        (
            "[smtpd]\ncertificate = \"HOME/c.pem\"\n".to_owned(),
            "127.0.0.1:0",
        ),
        ("[smtpd]\nkey = \"HOME/k.pem\"\n".to_owned(), "127.0.0.1:0"),
        (
            "[smtpd]\ncertificate = \"HOME/c.pem\"\nkey = \"HOME/none.pem\"\n".to_owned(),
            "127.0.0.1:0",
        ),
        (
            "[smtpd]\ncertificate = \"HOME/c.pem\"\nkey = \"HOME/open.pem\"\n".to_owned(),
            "127.0.0.1:0",
        ),
        (
            "[smtpd]\ncertificate = \"HOME/c.pem\"\nkey = \"HOME/empty.pem\"\n".to_owned(),
            "127.0.0.1:0",
        ),
        (
            "[smtpd]\ncertificate = \"HOME/empty.pem\"\nkey = \"HOME/k.pem\"\n".to_owned(),
            "127.0.0.1:0",
        ),
        (String::new(), "127.0.0.1:465"),
        (user(""), "0.0.0.0:0"),
    ] {
        place.configure(&settings);
        let output = place.run(&format!("smtpd --listen {address}"));
        let _ = writeln!(
            said,
            "{} {}",
            output.status.code().unwrap(),
            text(&output.stderr)
                .replace(place.home().to_str().unwrap(), "HOME")
                .trim_end()
        );
    }
    let expected = "\
78 graphmail: error: [smtpd] has certificate but no key
hint: set key in [smtpd]
78 graphmail: error: [smtpd] has key but no certificate
hint: set certificate in [smtpd]
78 graphmail: error: HOME/none.pem cannot be read: No such file or directory (os error 2)
78 graphmail: error: every user of this host can use the secret in HOME/open.pem (mode 0644): chmod o= HOME/open.pem
78 graphmail: error: HOME/empty.pem does not contain a private key in PEM
78 graphmail: error: HOME/empty.pem does not contain a certificate in PEM
78 graphmail: error: 127.0.0.1:465 is a port on which TLS begins at once, and there is no certificate
hint: set certificate and key in [smtpd]
78 graphmail: error: 0.0.0.0:0 can be reached from the network, and passwords would be sent there without encryption
hint: set certificate and key in [smtpd]
";
    assert_eq!(said, expected);
}

#[test]
fn a_password_is_hashed_for_the_configuration() {
    let place = Place::new();
    let hashed = |options: &str, input: &[u8]| {
        let mut command = place.command(&format!("smtpd --hash-password {options}"));
        let mut process = command.stdin(std::process::Stdio::piped()).start();
        process.stdin().write_all(input).unwrap();
        process.output()
    };
    let output = hashed("", b"right\r\nanother line\n");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let hash = text(&output.stdout).trim_end();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    let output = hashed("--json", b"right");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_ne!(json["password"], hash, "each has its own salt");
    let refused = "graphmail: error: the password must have 1 to 1024 bytes, none of them NUL\n\
                   hint: give it as the first line of standard input\n";
    for input in [b"\nright".to_vec(), b"a\0b\n".to_vec(), vec![b'a'; 1025]] {
        let output = hashed("", &input);
        let ended = (output.status.code(), text(&output.stderr));
        assert_eq!(ended, (Some(64), refused));
    }
    assert_eq!(
        hashed("--listen 127.0.0.1:0", b"right").status.code(),
        Some(64)
    );
    place.configure(&format!("[smtpd.users.scanner]\npassword = '{hash}'\n"));
    let service = Service::start(&place, "");
    let mut client = service.connect();
    assert_eq!(client.say(&auth("right")), "235 2.7.0 authenticated");
    assert_eq!(service.terminate().status.code(), Some(0));
}
