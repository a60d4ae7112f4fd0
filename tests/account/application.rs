//! An application without a secret: a certificate, another issuer's token, a job of GitHub Actions.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphmail::http::client::Client;
use graphmail::http::{Failure, Request, Response, Transport};
use graphmail::sandbox::{Certificate, Options};

use super::{CONFIG, LOOKED, TOKEN, TOKENS};
use crate::support::expected;
use crate::support::host::World;

const LOGIN: &str = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com";
const SEND: &str = "send -t a@example.org";
const SENT: &str = "POST /v1.0/users/reports@contoso.com/sendMail 202";
const DAY: u64 = 24 * 3600;

fn data(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates");
    std::fs::read(folder.join(name)).unwrap()
}

/// A sandbox where one certificate and one token are registered, and the files of both.
fn world() -> World {
    let world = World::with(Options {
        certificates: Certificate::all(&data("reports.pem")).unwrap(),
        federated_token: Some("FEDERATED.TOKEN.X".to_owned()),
        ..Options::default()
    });
    private(&world, "reports.pem", data("reports.pem"));
    private(&world, "token", "FEDERATED.TOKEN.X\n");
    world
}

/// Writes a file for the user alone.
fn private(world: &World, name: &str, contents: impl AsRef<[u8]>) {
    let path = world.file(name, contents);
    mode(&path, 0o600);
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_certificate_signs_in_and_its_tokens_are_kept() {
    let mut world = world();
    world.set("GRAPHMAIL_TOKEN_STORE", "");
    let run = world.run(&format!("{LOGIN} --certificate HOME/reports.pem"));
    run.failed(
        0,
        "graphmail: account default is signed in as the application (token store: file)\n",
    );
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
client_id = \"11111111-1111-4111-8111-111111111111\"
auth = \"certificate\"
certificate = \"HOME/reports.pem\"
mailbox = \"reports@contoso.com\"
token_store = \"file\"
",
        &world.read(CONFIG),
    );
    assert_eq!(world.keyring.asked(), 0, "no server has a keyring");
    world.run(SEND).is_silent();
    world.clock.advance(Duration::from_secs(3600));
    world.run(SEND).is_silent();
    assert_eq!(world.requests(), [TOKEN, LOOKED, SENT, TOKEN, SENT]);
    // What is forgotten is had again: the key is what signs in.
    assert_eq!(world.run("logout").status, 0);
    assert!(!world.home().join(TOKENS).exists());
    let status = world.run("status");
    assert_eq!((status.status, status.stderr.as_str()), (0, ""));
    assert!(status.stdout.contains("auth          certificate\n"));
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[5..], [TOKEN, SENT]);
    assert!(!world.read(TOKENS).contains("PRIVATE"));
}

#[test]
fn a_login_again_keeps_what_the_account_had() {
    let world = world();
    private(&world, "chain.pem", data("reports-pkcs1-chain.pem"));
    let line = format!("{LOGIN} --certificate HOME/chain.pem --send-certificate-chain");
    assert_eq!(world.run(&line).status, 0);
    let written = world.read(CONFIG);
    assert!(written.contains("certificate = \"HOME/chain.pem\"\nsend_certificate_chain = true\n"));
    assert_eq!(world.run("login --token-store none").status, 0);
    assert_eq!(
        world.read(CONFIG),
        written.replace("\"file\"", "\"none\""),
        "the chain goes along as before"
    );
    assert!(!world.home().join(TOKENS).exists());
    let before = world.requests().len();
    world.run(SEND).is_silent();
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[before..], [TOKEN, SENT, TOKEN, SENT]);

    // Another way to sign in takes the keys of the former one away.
    let line = format!("{LOGIN} --federated-token-file HOME/token --token-store file");
    assert_eq!(world.run(&line).status, 0);
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
client_id = \"11111111-1111-4111-8111-111111111111\"
auth = \"federated\"
mailbox = \"reports@contoso.com\"
token_store = \"file\"
federated_token_file = \"HOME/token\"
",
        &world.read(CONFIG),
    );
    world.run(SEND).is_silent();
}

#[test]
fn another_issuers_token_is_read_anew_each_time() {
    let world = world();
    let line = format!("{LOGIN} --federated-token-file HOME/token");
    assert_eq!(world.run(&line).status, 0);
    world.run(SEND).is_silent();
    world.clock.advance(Duration::from_secs(3600));
    private(&world, "token", "ROTATED.TOKEN.X\n");
    world.run(SEND).not_sent(
        77,
        "graphmail: error: 127.0.0.1 refused: AADSTS50027: JWT token is invalid or malformed.\n\
         hint: run it again, and check the federated token's file if there is one: the assertion is not a well-formed JWT, or was used before\n",
    );
    private(&world, "token", "e30.e30.");
    world.run(SEND).not_sent(
        77,
        "graphmail: error: 127.0.0.1 refused: AADSTS70021: No matching federated identity record found for presented assertion. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.\n\
         hint: compare issuer, subject (case matters) and audience with the registration's federated credential\n",
    );
    private(&world, "token", "");
    world.run(SEND).not_sent(
        77,
        "graphmail: error: the federated token HOME/token is empty\n\
         hint: check what writes that file: the projected service account token, or the issuer's agent\n",
    );
    private(&world, "token", "FEDERATED.TOKEN.X");
    world.run(SEND).is_silent();
}

/// GitHub's endpoint before the network.
struct GitHub {
    client: Client,
    asked: Mutex<Vec<Request>>,
}

impl Transport for GitHub {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        if request.url.host() != "run.example" {
            return self.client.execute(request);
        }
        self.asked.lock().unwrap().push(request.clone());
        Ok(Response {
            status: 200,
            headers: Vec::new(),
            body: r#"{"value":"FEDERATED.TOKEN.X"}"#.into(),
        })
    }
}

#[test]
fn a_job_of_github_signs_in() {
    let mut world = world();
    let github = GitHub {
        client: Client::new(&world.environment),
        asked: Mutex::default(),
    };
    world.set(
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "https://run.example/7?api-version=2.0",
    );
    world.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "PROOF");
    let run = |line: &str| {
        let words: Vec<_> = format!("graphmail {line}")
            .split(' ')
            .map(Into::into)
            .collect();
        world.run_over(&github, &words, b"")
    };
    let login = run(&format!("{LOGIN} --github-actions"));
    assert_eq!(login.status, 0, "{login:?}");
    assert!(world.read(CONFIG).contains("auth = \"github-actions\"\n"));
    run(SEND).is_silent();
    assert_eq!(world.requests(), [TOKEN, LOOKED, SENT]);
    assert_eq!(github.asked.lock().unwrap().len(), 1);
    drop(github);

    world.set("ACTIONS_ID_TOKEN_REQUEST_URL", "");
    world.run(SEND).is_silent();
    world.clock.advance(Duration::from_secs(3600));
    world.run(SEND).not_sent(
        77,
        "graphmail: error: GitHub Actions issues no token to this process: ACTIONS_ID_TOKEN_REQUEST_URL is not set\n\
         hint: give the job permissions: id-token: write, and run it in GitHub Actions\n",
    );
}

#[test]
fn the_environment_of_azure_identity_needs_no_login() {
    let mut world = world();
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    let home = world.home().display().to_string();
    let line = format!("{SEND} --mailbox reports@contoso.com");
    // AKS workload identity as it is: its authority ends with a slash. The roots of the sandbox
    // take its place here.
    world.set("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/");
    world.set("AZURE_FEDERATED_TOKEN_FILE", &format!("{home}/token"));
    world.run(&line).is_silent();
    // A certificate goes before it, and a secret before both.
    world.set(
        "AZURE_CLIENT_CERTIFICATE_PATH",
        &format!("{home}/reports.pem"),
    );
    world.set("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "True");
    world.run(&line).is_silent();
    world.set("AZURE_CLIENT_SECRET", "s3cret");
    world.run(&line).is_silent();
    let forms: Vec<_> = world
        .sandbox()
        .exchanges()
        .iter()
        .filter(|exchange| exchange.path.ends_with("/token"))
        .map(|exchange| {
            let field = |wanted| {
                url::form_urlencoded::parse(&exchange.body)
                    .find(|(name, _)| name == wanted)
                    .map(|(_, value)| value.into_owned())
            };
            (field("client_secret"), field("client_assertion"))
        })
        .collect();
    assert_eq!(forms[0], (None, Some("FEDERATED.TOKEN.X".to_owned())));
    assert!(forms[1].0.is_none() && forms[1].1.is_some(), "{forms:?}");
    assert_eq!(forms[2], (Some("s3cret".to_owned()), None));
    assert_eq!(world.keyring.asked(), 0);
    let tokens = world.home().join(".local/state/graphmail/tokens");
    assert!(!tokens.exists(), "nothing is kept");

    for (variable, left) in [
        ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"),
        (
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "AZURE_FEDERATED_TOKEN_FILE",
        ),
    ] {
        world.set(variable, "");
        world.set("AZURE_CLIENT_ID", "");
        world.run(&line).failed(
            78,
            &format!("graphmail: error: {left} is set, but AZURE_CLIENT_ID is not\nhint: set AZURE_CLIENT_ID, or unset {left}\n"),
        );
        world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    }
}

#[test]
fn each_attempt_has_an_assertion_of_its_own() {
    // The answer is lost, the first assertion used: the sandbox takes none twice.
    let world = World::with(Options {
        certificates: Certificate::all(&data("reports.pem")).unwrap(),
        faults: vec!["POST /token=503,process=yes,times=2".parse().unwrap()],
        ..Options::default()
    });
    private(&world, "reports.pem", data("reports.pem"));
    let login = format!("{LOGIN} --certificate HOME/reports.pem");
    assert_eq!(world.run(&login).status, 0);
    let token = "POST /contoso.com/oauth2/v2.0/token";
    assert_eq!(
        world.requests(),
        [
            format!("{token} 503"),
            format!("{token} 503"),
            format!("{token} 200"),
            LOOKED.to_owned()
        ]
    );
}

#[test]
fn a_certificate_that_is_not_registered_is_told_of_with_advice() {
    let world = world();
    private(&world, "other.pem", data("other.pem"));
    let upload = "hint: the registration does not have this certificate: upload the certificate to the registration (Certificates & secrets); or: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate FILE\n";
    world.run(&format!("{LOGIN} --certificate HOME/other.pem")).failed(
        77,
        &format!("graphmail: error: 127.0.0.1 refused: AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]\n{upload}"),
    );
    assert!(!world.home().join(CONFIG).exists());
    assert!(!world.home().join(TOKENS).exists());
}

#[test]
fn a_file_that_cannot_serve_ends_with_77_and_one_line_of_advice() {
    let world = world();
    let whole = String::from_utf8(data("reports.pem")).unwrap();
    let (key, own) = whole.split_at(whole.find("-----BEGIN CERTIFICATE").unwrap());
    private(&world, "no-key.pem", own);
    private(&world, "no-certificate.pem", key);
    private(&world, "encrypted.pem", data("encrypted.pem"));
    private(&world, "future.pem", data("future.pem"));
    private(&world, "empty.pem", "\n");
    drop(world.file("encrypted.plain.pem", "not to be lost"));
    let encoded: String = own.lines().filter(|line| !line.starts_with('-')).collect();
    private(&world, "own.cer", STANDARD.decode(encoded).unwrap());
    #[cfg(not(feature = "pkcs12"))]
    private(&world, "it's.pfx", data("reports.pfx"));
    for (file, told) in [
        (
            "absent.pem",
            "the certificate HOME/absent.pem cannot be read: No such file or directory (os error 2)\n\
             hint: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate FILE\n",
        ),
        (
            "no-key.pem",
            "HOME/no-key.pem contains no private key\nhint: (umask 077; cat KEY.pem HOME/no-key.pem >HOME/no-key.plain.pem); then: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate HOME/no-key.plain.pem\n",
        ),
        (
            "no-certificate.pem",
            "HOME/no-certificate.pem contains no certificate\nhint: (umask 077; cat HOME/no-certificate.pem CERTIFICATE.crt >HOME/no-certificate.plain.pem); then: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate HOME/no-certificate.plain.pem\n",
        ),
        (
            "encrypted.pem",
            "the private key in HOME/encrypted.pem is encrypted\n\
             hint: (umask 077; openssl pkey -in HOME/encrypted.pem -out HOME/encrypted.plain2.pem; openssl x509 -in HOME/encrypted.pem >>HOME/encrypted.plain2.pem); then: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate HOME/encrypted.plain2.pem\n",
        ),
        (
            "own.cer",
            "HOME/own.cer is a DER certificate without its key: PEM with both is needed\n\
             hint: append it to its key: openssl x509 -inform DER -in HOME/own.cer >>KEY.pem; then: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate KEY.pem\n",
        ),
        (
            "future.pem",
            "the certificate HOME/future.pem is not valid yet: it is valid from 2050-01-01T00:00:00Z to 2126-01-01T00:00:00Z\n\
             hint: set this host's clock, or wait\n",
        ),
        (
            "empty.pem",
            "HOME/empty.pem is empty: a certificate with its key is needed\n\
             hint: make a new certificate: openssl req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=graphmail -keyout key.pem -out certificate.pem && (umask 077; cat key.pem certificate.pem >graphmail.pem)\n",
        ),
        #[cfg(not(feature = "pkcs12"))]
        (
            "it's.pfx",
            "HOME/it's.pfx is not PEM; this build reads only PEM certificates\n\
             hint: convert it to PEM: (umask 077; openssl pkcs12 -in \"HOME/it's.pfx\" -nodes -out \"HOME/it's.pem\"); then: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --certificate \"HOME/it's.pem\"\n",
        ),
    ] {
        let line = format!("{LOGIN} --certificate \"HOME/{file}\"");
        world
            .run(&line)
            .failed(77, &format!("graphmail: error: {told}"));
    }
    assert_eq!(world.requests(), [""; 0], "nothing is asked of Entra");
    assert!(!world.home().join(CONFIG).exists());
}

/// Days from the tests' day to the certificate's end, 2126-01-01.
fn days_to_the_end() -> u64 {
    let end: jiff::Timestamp = "2126-01-01T00:00:00Z".parse().unwrap();
    let begin = "2026-11-20T10:00:00Z".parse().unwrap();
    u64::try_from(end.duration_since(begin).as_secs()).unwrap() / DAY
}

#[test]
fn a_certificate_that_ends_is_warned_of_and_then_refused() {
    let world = world();
    let line = format!("{LOGIN} --certificate HOME/reports.pem");
    assert_eq!(world.run(&line).status, 0);
    let left = days_to_the_end();
    world.clock.advance(Duration::from_secs((left - 30) * DAY));
    world.run(SEND).is_silent();
    world.clock.advance(Duration::from_secs(DAY));
    let warning = "graphmail: warning: the certificate HOME/reports.pem expires in 29 days, at 2126-01-01T00:00:00Z: create a new one, and upload it to the registration\n";
    world.run(SEND).failed(0, warning);
    // The token of the last run does; so does the warning.
    world.run(SEND).failed(0, warning);
    world.run(&format!("{SEND} --quiet")).failed(0, warning);
    // The last token outlives the certificate.
    let ends = Duration::from_secs(29 * DAY + 13 * 3600 + 1800);
    world.clock.advance(ends);
    assert_eq!(world.run(SEND).status, 0);
    world.clock.advance(Duration::from_secs(1860));
    let expired = "the certificate HOME/reports.pem has expired: it was valid from 2026-01-01T00:00:00Z to 2126-01-01T00:00:00Z";
    let run = world.run(SEND);
    run.failed(
        0,
        &format!("graphmail: warning: the next token cannot be obtained: {expired}\n"),
    );
    world.clock.advance(Duration::from_secs(3600));
    let asked = world.requests().len();
    world.run(SEND).not_sent(
        77,
        &format!(
            "graphmail: error: {expired}\n\
             hint: replace HOME/reports.pem with a new certificate and its key, and upload the certificate to the registration\n"
        ),
    );
    assert_eq!(world.requests().len(), asked, "nothing is asked of Entra");
}

#[test]
fn status_shows_the_end_of_a_certificate() {
    let world = world();
    let login = format!("{LOGIN} --certificate HOME/reports.pem");
    assert_eq!(world.run(&login).status, 0);
    let asked = world.requests().len();
    let left = days_to_the_end();
    world.clock.advance(Duration::from_secs((left - 20) * DAY));
    let run = world.run("status --warn-days 14");
    assert_eq!(run.status, 0, "{run:?}");
    let shown = "credential    expires 2126-01-01T00:00:00Z (20 days from now)\n";
    assert!(run.stdout.contains(shown), "{}", run.stdout);
    let run = world.run("status --warn-days 30");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            77,
            "graphmail: error: account \"default\": the credential expires at 2126-01-01T00:00:00Z, in 30 days or less\n\
             hint: replace HOME/reports.pem with a new certificate and its key, and upload the certificate to the registration\n"
        )
    );
    // Of one that cannot be read nobody knows that it lasts.
    drop(world.file("reports.pem", "none"));
    let run = world.run("status");
    assert_eq!(run.status, 0, "{run:?}");
    let why = if cfg!(feature = "pkcs12") {
        "HOME/reports.pem"
    } else {
        "HOME/reports.pem is not PEM"
    };
    assert!(
        run.stdout.contains(&format!("credential    {why}")),
        "{}",
        run.stdout
    );
    std::fs::remove_file(world.home().join("reports.pem")).unwrap();
    let words = "graphmail: error: the certificate HOME/reports.pem cannot be read: No such file or directory (os error 2)\n";
    for line in ["status --warn-days 1", "status --check"] {
        let run = world.run(line);
        assert_eq!(run.status, 77, "{line}");
        assert!(run.stderr.starts_with(words), "{line}: {}", run.stderr);
    }
    assert_eq!(world.requests().len(), asked, "no network");
}

#[test]
fn a_key_that_everybody_can_read_is_warned_of() {
    let world = world();
    let path = world.home().join("reports.pem");
    for (bits, is_warned) in [
        (0o600, false),
        (0o640, false),
        (0o660, false),
        (0o644, true),
    ] {
        mode(&path, bits);
        let run = world.run(&format!("{LOGIN} --certificate HOME/reports.pem"));
        let warning = "graphmail: warning: every user of this host can use the secret in HOME/reports.pem (mode 0644): chmod o= HOME/reports.pem\n";
        assert_eq!(run.stderr.starts_with(warning), is_warned, "{run:?}");
        assert_eq!(run.stderr.lines().count(), if is_warned { 2 } else { 1 });
        assert_eq!(run.status, 0);
        let run = world.run(SEND);
        assert_eq!(run.stderr, if is_warned { warning } else { "" });
    }
}

#[test]
fn a_store_that_fails_costs_a_warning_and_not_the_message() {
    let mut world = world();
    let line = format!("{LOGIN} --certificate HOME/reports.pem --token-store keyring");
    assert_eq!(world.run(&line).status, 0);
    world.keyring.fault = Some(|| graphmail::auth::store::Error::Unavailable {
        reason: "no session bus".to_owned(),
    });
    world.run(SEND).failed(
        0,
        "graphmail: warning: the stored tokens could not be used: the keyring is not available: no session bus\n",
    );
    assert_eq!(world.requests(), [TOKEN, LOOKED, TOKEN, SENT]);
}

#[test]
fn a_stored_token_of_another_kind_is_replaced() {
    let world = world();
    let line = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --client-secret-file - --token-store file";
    assert_eq!(world.run_with(line, "s3cret").status, 0);
    let config = world.read(CONFIG).replace(
        "auth = \"client-secret\"",
        &format!(
            "auth = \"certificate\"\ncertificate = \"{}/reports.pem\"",
            world.home().display()
        ),
    );
    world.configure(&config);
    world.run(SEND).is_silent();
    assert_eq!(world.requests(), [TOKEN, LOOKED, TOKEN, SENT]);
    assert!(!world.read(TOKENS).contains("s3cret"));
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let world = World::alone();
    for flags in [
        "--certificate a --client-secret-file b",
        "--certificate a --device-code",
        "--github-actions --federated-token-file b",
        "--send-certificate-chain",
        "--certificate-password-file a",
    ] {
        assert_eq!(world.run(&format!("{LOGIN} {flags}")).status, 64, "{flags}");
    }
    world.configure(
        "[accounts.a]\nauth = \"certificate\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\ntenant = \"t.example\"\n",
    );
    world.run(SEND).failed(
        78,
        "graphmail: error: account \"a\" has auth = \"certificate\" but no certificate\n\
         hint: graphmail login --account a --certificate FILE\n",
    );
}

#[test]
fn other_ids_leave_the_kind_of_credential() {
    let world = world();
    let run = world.run(&format!("{LOGIN} --certificate HOME/reports.pem"));
    assert_eq!(run.status, 0, "{run:?}");
    let config = world.read(CONFIG);
    assert_eq!(world.run(LOGIN).status, 0);
    assert_eq!(world.read(CONFIG), config);
    let run = world.run("login --account default --client-id 22222222-2222-4222-8222-222222222222 --tenant contoso.com");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(
        world.read(CONFIG),
        config.replace(
            "client_id = \"11111111-1111-4111-8111-111111111111\"",
            "client_id = \"22222222-2222-4222-8222-222222222222\""
        )
    );
    // A person is what is asked for, or nobody.
    let run = world.run(
        "login --account default --client-id 11111111-1111-4111-8111-111111111111 --device-code",
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.read(CONFIG).contains("auth = \"device-code\""));
}

#[test]
fn a_kept_credential_that_takes_no_ids_is_not_exchanged_for_another() {
    let world = World::alone();
    for (auth, flags, named) in [
        (
            "managed-identity",
            "--client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
            "--client-id",
        ),
        ("managed-identity", "--tenant contoso.com", "--tenant"),
        (
            "azure-cli",
            "--client-id 11111111-1111-4111-8111-111111111111",
            "--client-id",
        ),
    ] {
        world.configure(&format!("[accounts.a]\nauth = \"{auth}\"\n"));
        let told = format!(
            "graphmail: error: the account \"a\" signs in with {auth}, which takes no {named}\n\
             hint: name the new credential too: --device-code, --client-secret-file FILE or --certificate FILE\n"
        );
        world
            .run(&format!("login --account a {flags}"))
            .failed(64, &told);
    }
}

#[test]
fn a_keyring_that_is_absent_costs_an_application_only_its_cache() {
    let mut world = world();
    world.set("GRAPHMAIL_TOKEN_STORE", "");
    let run = world.run(&format!(
        "{LOGIN} --certificate HOME/reports.pem --token-store keyring"
    ));
    assert_eq!(run.status, 0, "{run:?}");
    world.keyring.fault = Some(|| graphmail::auth::store::Error::Unavailable {
        reason: "no session bus".to_owned(),
    });
    let told = "graphmail: warning: the stored tokens could not be used: the keyring is not available: no session bus\n";
    world.run(SEND).is_silent_but_for(told);
    for line in ["status", "status --check"] {
        let run = world.run(line);
        assert_eq!((run.status, run.stderr.as_str()), (0, told), "{line}");
    }
    let run = world.run("doctor");
    assert_eq!(run.status, 1, "{run:?}");
    for found in [
        "warn token store    the keyring is not available: no session bus\n",
        "ok   token          a new token was issued\n",
        "mailbox ",
    ] {
        assert!(run.stdout.contains(found), "{}", run.stdout);
    }
    world.fault("POST /token=400,code=7000215");
    assert_eq!(world.run("status --check").status, 77);
}

#[test]
fn a_weekly_job_watches_a_certificate() {
    let world = world();
    let login = format!("{LOGIN} --certificate HOME/reports.pem --token-store file");
    assert_eq!(world.run(&login).status, 0);
    let run = world.run("keepalive");
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    let (before, end) = run.stderr.split_once(" until ").unwrap();
    assert_eq!(
        before,
        "graphmail: account default: the credential is valid"
    );
    let end: jiff::Timestamp = end.trim_end().parse().unwrap();
    let line = world.run("keepalive --print=cron").stdout;
    assert!(
        line.ends_with(" keepalive --quiet # graphmail keepalive\n"),
        "{line}"
    );
    let now = graphmail::seams::Seams::now(&*world.clock);
    let ahead = u64::try_from(end.duration_since(now).as_secs()).unwrap();
    world.clock.advance(Duration::from_secs(ahead - 29 * DAY));
    let run = world.run("keepalive --quiet");
    assert_eq!(run.status, 77);
    let hint = "hint: replace HOME/reports.pem with a new certificate and its key";
    assert!(
        run.stderr.contains(&format!(
            "the credential expires at {end}, in 30 days or less\n{hint}"
        )),
        "{}",
        run.stderr
    );
}

/// The advised command names the account if a variable would choose another one.
#[test]
fn advice_names_the_account_that_a_variable_does_not() {
    let mut world = world();
    let login = format!("{LOGIN} -A reports --certificate HOME/reports.pem --token-store none");
    assert_eq!(world.run(&login).status, 0);
    std::fs::remove_file(world.home().join("reports.pem")).unwrap();
    let hint = |run: crate::support::host::Run| run.stderr.lines().last().unwrap().to_owned();
    assert_eq!(
        hint(world.run("send -A reports -t a@example.org")),
        "hint: graphmail login --certificate FILE"
    );
    world.set("GRAPHMAIL_ACCOUNT", "sandbox");
    assert_eq!(
        hint(world.run("send -A reports -t a@example.org")),
        "hint: graphmail login --account reports --certificate FILE"
    );
}
