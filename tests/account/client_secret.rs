//! Where a client secret can come from beside the store: a file, a command, systemd's credentials.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use graphmail::sandbox::Options;

use super::{CONFIG, LOOKED, SEND, TOKEN, TOKENS};
use crate::support::expected;
use crate::support::host::World;

const SECRET: &str = "s3cret~value.of-the-app";
const LOGIN: &str = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com";
const SENT: &str = "POST /v1.0/users/reports@contoso.com/sendMail 202";

fn world() -> World {
    World::with(Options {
        client_secret: Some(SECRET.to_owned()),
        ..Options::default()
    })
}

/// Writes a file that its owner alone may read.
fn private(world: &World, name: &str, text: &str) {
    let path = world.file(name, text);
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

fn config(rest: &str) -> String {
    format!(
        "[accounts.reports]\ntenant = \"contoso.com\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\nauth = \"client-secret\"\n\
         mailbox = \"reports@contoso.com\"\n{rest}"
    )
}

#[test]
fn a_secret_stays_in_its_file_where_nothing_is_kept() {
    let world = world();
    private(&world, "secret", SECRET);
    let run = world.run(&format!(
        "{LOGIN} --client-secret-file HOME/secret --token-store none"
    ));
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            0,
            "graphmail: account default is signed in as the application (token store: none)\n"
        )
    );
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
client_id = \"11111111-1111-4111-8111-111111111111\"
auth = \"client-secret\"
client_secret_file = \"HOME/secret\"
mailbox = \"reports@contoso.com\"
token_store = \"none\"
",
        &world.read(CONFIG),
    );
    world.run(SEND).is_silent();
    world.run(SEND).is_silent();
    assert_eq!(world.requests(), [TOKEN, LOOKED, TOKEN, SENT, TOKEN, SENT]);
    assert_eq!(world.keyring.asked(), 0);
    assert!(!world.home().join(TOKENS).exists());

    // It is read each time.
    private(&world, "secret", "another");
    assert_eq!(world.run(SEND).status, 77);
    std::fs::remove_file(world.home().join("secret")).unwrap();
    world.run(SEND).not_sent(
        77,
        "graphmail: error: HOME/secret cannot be read: No such file or directory (os error 2)\nhint: this user must be able to read the file: ls -ld HOME/secret; or: graphmail login --client-secret-file FILE\n",
    );

    // Asked for another store, the secret moves into it.
    private(&world, "secret", SECRET);
    assert_eq!(world.run("login --token-store file").status, 0);
    assert!(!world.read(CONFIG).contains("client_secret_file"));
    std::fs::remove_file(world.home().join("secret")).unwrap();
    world.run(SEND).is_silent();
    // And what the store had goes where nothing is kept.
    private(&world, "secret", SECRET);
    let back = "login --client-secret-file HOME/secret --token-store none";
    assert_eq!(world.run(back).status, 0);
    assert!(!world.home().join(TOKENS).exists());
    world.run(SEND).is_silent();
}

#[test]
fn a_command_prints_the_secret_for_each_token() {
    let world = world();
    private(&world, "secret", SECRET);
    let run = world.run(&format!(
        "{LOGIN} --client-secret-command 'cat HOME/secret; echo x >> HOME/runs'"
    ));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        world
            .read(CONFIG)
            .contains("client_secret_command = \"cat HOME/secret; echo x >> HOME/runs\"\n")
    );
    world.run(SEND).is_silent();
    assert_eq!(world.requests(), [TOKEN, LOOKED, TOKEN, SENT]);
    assert_eq!(world.read("runs"), "x\nx\n");
    assert_eq!(world.keyring.asked(), 0);
    // Without flags the same again.
    assert_eq!(world.run("login").status, 0);
    assert_eq!(world.read("runs"), "x\nx\nx\n");

    for (command, words) in [
        (
            "exit 3",
            "the client secret command failed (exit status: 3)",
        ),
        (
            "echo sealed >&2; exit 1",
            "the client secret command failed (exit status: 1): sealed",
        ),
        (
            "true",
            "the client secret command did not print one line with the client secret",
        ),
        (
            "echo TOPSECRET; echo TOPSECRET",
            "the client secret command did not print one line with the client secret",
        ),
        (
            "printf 'TOPSECRET\\033'",
            "the client secret command did not print one line with the client secret",
        ),
        (
            "yes TOPSECRET | tr -d '\\n' | head -c 100000",
            "the client secret command did not print one line with the client secret",
        ),
    ] {
        let command = shlex::try_quote(command).unwrap();
        let line = format!("login --client-secret-command {command}");
        world
            .run(&line)
            .failed(77, &format!("graphmail: error: {words}\nhint: run the account's client_secret_command in a shell: it must print only the secret\n"));
    }
}

#[test]
fn a_unit_of_systemd_brings_the_secret_along() {
    let mut world = world();
    world.configure(&config(""));
    private(
        &world,
        "credentials/graphmail.reports.client-secret",
        SECRET,
    );
    let folder = world.home().join("credentials").display().to_string();
    world.set("CREDENTIALS_DIRECTORY", &folder);
    world.run(SEND).is_silent();
    assert_eq!(world.requests(), [TOKEN, SENT]);
    assert_eq!(world.keyring.asked(), 0);
    let run = world.run("status");
    assert!(run.stdout.contains("token store   none\n"), "{run:?}");

    // Another account's is not this one's: the store is asked, which has nothing.
    world.configure(&config("").replace("reports]", "other]"));
    world.run(SEND).not_sent(
        77,
        "graphmail: error: account \"other\" is not signed in: nothing is stored for it\n\
         hint: graphmail login --account other --client-secret-file FILE\n",
    );
}

#[test]
fn the_unit_goes_before_what_the_configuration_says() {
    let mut world = world();
    private(
        &world,
        "credentials/graphmail.reports.client-secret",
        SECRET,
    );
    let folder = world.home().join("credentials").display().to_string();
    world.set("CREDENTIALS_DIRECTORY", &folder);
    // A file that the unit's user may not read.
    world.configure(&config("client_secret_file = \"/nowhere/secret\"\n"));
    world.run(SEND).is_silent();
    world.configure(&config("client_secret_command = \"exit 1\"\n"));
    world.run(SEND).is_silent();

    world.configure(&config(
        "client_secret_file = \"/secret\"\nclient_secret_command = \"true\"\n",
    ));
    world.run(SEND).failed(
        78,
        "graphmail: error: HOME/.config/graphmail/config.toml, line 7: client_secret_file and client_secret_command cannot be combined\nhint: edit HOME/.config/graphmail/config.toml:7\n",
    );
}

#[test]
fn a_login_in_a_unit_takes_its_credential() {
    let mut world = world();
    let unit = "credentials/graphmail.default.client-secret";
    private(&world, unit, SECRET);
    let folder = world.home().join("credentials").display().to_string();
    world.set("CREDENTIALS_DIRECTORY", &folder);
    let signed_in =
        "graphmail: account default is signed in as the application (token store: none)\n";
    for line in [LOGIN, "login"] {
        let run = world.run(line);
        assert_eq!((run.status, run.stderr.as_str()), (0, signed_in), "{line}");
    }
    assert_eq!(world.requests(), [TOKEN, LOOKED, TOKEN, LOOKED]);
    assert_eq!(world.keyring.asked(), 0);
    let kept = world.read(CONFIG);
    assert!(kept.contains("auth = \"client-secret\"\n"), "{kept}");
    assert!(!kept.contains("client_secret_file"), "{kept}");
    world.run(SEND).is_silent();

    // What a flag names goes before it.
    private(&world, unit, "old");
    private(&world, "secret", SECRET);
    let run = world.run("login --client-secret-file HOME/secret --token-store none");
    assert_eq!((run.status, run.stderr.as_str()), (0, signed_in));
}

#[test]
fn a_secret_that_all_may_read_is_warned_of() {
    let world = world();
    let path = world.file("secret", SECRET);
    let warned = "graphmail: warning: every user of this host can use the secret in HOME/secret (mode 0644): chmod o= HOME/secret\n";
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let line = format!("{LOGIN} --client-secret-file HOME/secret --token-store none");
    let run = world.run(&line);
    assert!(run.stderr.starts_with(warned), "{run:?}");
    let run = world.run(SEND);
    assert_eq!((run.status, run.stderr.as_str()), (0, warned));
    std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    world.run(SEND).is_silent();
}

#[test]
fn blanks_and_a_byte_order_mark_around_a_secret_are_not_of_it() {
    let world = world();
    private(&world, "secret", &format!("\u{feff}  {SECRET}  \r\n"));
    let line = format!("{LOGIN} --client-secret-file HOME/secret --token-store none");
    assert_eq!(world.run(&line).status, 0);
    world.run(SEND).is_silent();
}

#[test]
fn a_file_without_a_secret_is_refused_unseen() {
    let world = world();
    let long = "TOPSECRET".repeat(1000);
    for text in ["", "\n", "TOPSECRET\nTOPSECRET\n", "TOP\tSECRET", &long] {
        private(&world, "secret", text);
        let run = world.run(&format!("{LOGIN} --client-secret-file HOME/secret"));
        run.failed(
            64,
            "graphmail: error: HOME/secret does not contain the client secret on a single line\n\
             hint: give the secret's value, not its id, and nothing else\n",
        );
    }
    assert_eq!(world.requests(), [""; 0]);
}
