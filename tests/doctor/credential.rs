//! What an application proves itself with, out of files: whether they can be read, by whom else, and
//! for how long they are good.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use graphmail::sandbox::{Certificate, Options};

use super::{compare, look};
use crate::support::host::World;

const DAY: u64 = 24 * 3600;
/// Whole days from the tests' time to the certificate's end, 2126-01-01.
const DAYS_LEFT: u64 = 36_200;

/// A host where the application `app` signs in with the file `name`, as `keys` say.
fn world(name: &str, contents: &[u8], keys: &str) -> World {
    let certificate = certificate();
    let world = World::with(Options {
        certificates: Certificate::all(&certificate).unwrap(),
        federated_token: Some("FEDERATED.TOKEN.X".to_owned()),
        client_secret: Some("SECRET".to_owned()),
        ..Options::default()
    });
    let path = world.file(name, contents);
    mode(&path, 0o600);
    let path = path.display();
    world.configure(&format!(
        "[accounts.a]\ntenant = \"contoso.com\"\nclient_id = \"app\"\nmailbox = \"reports@contoso.com\"\n\
         token_store = \"none\"\n{keys} = \"{path}\"\n"
    ));
    world
}

fn certificate() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates");
    std::fs::read(folder.join("reports.pem")).unwrap()
}

fn mode(path: &Path, bits: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
}

/// What doctor says where all is well, where everybody may read the file, and where it is gone.
fn modes(world: &World, name: &str) -> String {
    let path = world.home().join(name);
    let mut told = format!("== 0600\n{}", look(world, "doctor"));
    mode(&path, 0o644);
    told += &format!("== 0644\n{}", look(world, "doctor"));
    std::fs::remove_file(path).unwrap();
    told + &format!("== absent\n{}", look(world, "doctor"))
}

#[test]
fn a_certificates_file_is_looked_at() {
    let keys = "auth = \"certificate\"\ncertificate";
    let world = world("key.pem", &certificate(), keys);
    compare("certificate.txt", modes(&world, "key.pem"));
}

#[test]
fn a_certificates_end_is_told_before_it_comes() {
    let keys = "auth = \"certificate\"\ncertificate";
    let world = world("key.pem", &certificate(), keys);
    world
        .clock
        .advance(Duration::from_secs((DAYS_LEFT - 30) * DAY));
    let mut told = format!("== in 30 days\n{}", look(&world, "doctor"));
    world.clock.advance(Duration::from_secs(DAY));
    told += &format!("== in 29 days\n{}", look(&world, "doctor"));
    world.clock.advance(Duration::from_secs(30 * DAY));
    told += &format!("== a day ago\n{}", look(&world, "doctor"));
    compare("certificate-ends.txt", told);
}

#[test]
fn another_issuers_token_is_looked_at() {
    let keys = "auth = \"federated\"\nfederated_token_file";
    let world = world("token", b"FEDERATED.TOKEN.X\n", keys);
    compare("federated.txt", modes(&world, "token"));
}

#[test]
fn a_client_secrets_file_is_looked_at() {
    let keys = "auth = \"client-secret\"\nclient_secret_file";
    let world = world("secret", b"SECRET\n", keys);
    compare("client-secret-file.txt", modes(&world, "secret"));
}

#[test]
fn a_folder_that_a_send_would_make_is_no_failure() {
    let keys = "auth = \"certificate\"\ncertificate";
    let world = world("key.pem", &certificate(), keys);
    let config = world.read(super::CONFIG).replace("\"none\"", "\"file\"");
    world.configure(&config.replace("HOME", &world.home().to_string_lossy()));
    let text = look(&world, "doctor");
    for line in [
        "ok   token store    file HOME/.local/state/graphmail/tokens/a.json\n",
        "ok   token          a new token was issued\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn a_token_that_a_platform_projects_is_as_it_is_meant() {
    let keys = "auth = \"federated\"\nfederated_token_file";
    let world = world("token", b"FEDERATED.TOKEN.X\n", keys);
    let path = world.home().join("token");
    mode(&path, 0o444);
    // The superuser may write what is his, but this is another's.
    drop(std::os::unix::fs::chown(&path, Some(12345), None));
    let text = look(&world, "doctor");
    let line = "ok   credential     federated, the token in HOME/token\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_secret_that_comes_with_a_unit_is_said_to() {
    let world = world("unused", b"", "auth = \"client-secret\"\nmailbox_");
    world.configure(
        "[accounts.a]\ntenant = \"contoso.com\"\nclient_id = \"app\"\nauth = \"client-secret\"\n\
         mailbox = \"reports@contoso.com\"\ntoken_store = \"none\"\n",
    );
    let told = "the client secret is the systemd credential graphmail.a.client-secret, and this process does not have it";
    let run = "run it in that unit; or: as root: systemd-run --pipe --wait --uid=USER \
        -p LoadCredential=graphmail.a.client-secret:FILE graphmail doctor";
    let text = look(&world, "doctor");
    let wanted = format!("FAIL credential     {told}\n     hint: {run} --account a\n");
    assert!(text.contains(&wanted), "{text}");
    assert!(!text.contains("--token-store"), "{text}");
    let hint = format!("graphmail: error: {told}\nhint: {run}\n");
    world.run("send -t a@example.org").not_sent(77, &hint);
}
