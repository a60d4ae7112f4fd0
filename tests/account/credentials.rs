//! Signing in without a person: a client secret, a ready token, azure-identity's variables.

use graphmail::sandbox::Options;

use super::{CONFIG, LOOKED, TOKEN, TOKENS, signed_in, with_files};
use crate::support::expected;
use crate::support::host::World;

const SECRET: &str = "s3cret~value.of-the-app";
const LOGIN: &str = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com";
const SEND: &str = "send -t a@example.org";
const SENT: &str = "POST /v1.0/users/reports@contoso.com/sendMail 202";

fn options() -> Options {
    Options {
        client_secret: Some(SECRET.to_owned()),
        ..Options::default()
    }
}

#[test]
fn a_client_secret_from_a_file_or_standard_input() {
    for file in ["HOME/secret", "-"] {
        let world = with_files(options());
        let path = world.file("secret", format!("{SECRET}\n"));
        let owner_alone = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, owner_alone).unwrap();
        let line = format!("{LOGIN} --client-secret-file {file}");
        let run = world.run_with(&line, format!("{SECRET}\r\n"));
        assert_eq!((run.status, run.stdout.as_str()), (0, ""));
        assert_eq!(
            run.stderr,
            "graphmail: account default is signed in as the application (token store: file)\n"
        );
        world.run(SEND).is_silent();
        world.run(SEND).is_silent();
        world.clock.advance(std::time::Duration::from_secs(3600));
        world.run(SEND).is_silent();
        assert_eq!(world.requests(), [TOKEN, LOOKED, SENT, SENT, TOKEN, SENT]);
        assert!(world.read(TOKENS).contains(SECRET));
        expected::same(
            "the configuration",
            "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
client_id = \"11111111-1111-4111-8111-111111111111\"
auth = \"client-secret\"
mailbox = \"reports@contoso.com\"
token_store = \"file\"
",
            &world.read(CONFIG),
        );
    }
}

#[test]
fn a_client_secret_that_is_none_is_refused() {
    let refusals: [(&str, &str, u8, &str); 4] = [
        (
            "HOME/absent",
            "",
            66,
            "reading the client secret: HOME/absent cannot be read: No such file or directory (os error 2)",
        ),
        (
            "-",
            "",
            64,
            "standard input does not contain the client secret on a single line",
        ),
        (
            "-",
            "one\ntwo\n",
            64,
            "standard input does not contain the client secret on a single line",
        ),
        (
            "-",
            "wrong\n",
            77,
            "127.0.0.1 refused: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
        ),
    ];
    for (file, stdin, status, words) in refusals {
        let world = with_files(options());
        let run = world.run_with(&format!("{LOGIN} --client-secret-file {file}"), stdin);
        assert_eq!(run.status, status, "{}", run.stderr);
        let first = run.stderr.lines().next().unwrap();
        assert_eq!(first, format!("graphmail: error: {words}"));
        let hint = "\nhint: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com --client-secret-file FILE\n";
        assert_eq!(run.stderr.ends_with(hint), status == 66, "{}", run.stderr);
        assert!(!world.home().join(CONFIG).exists());
        assert!(!world.home().join(TOKENS).exists());
    }
}

/// An option of one credential has no effect with another.
#[test]
fn options_of_another_credential_are_refused() {
    let world = World::alone();
    for (line, option, other) in [
        (
            "--certificate F --no-open",
            "--no-open",
            "--certificate <FILE>",
        ),
        (
            "--token-command C --send-certificate-chain",
            "--token-command <COMMAND>",
            "--send-certificate-chain",
        ),
        (
            "--client-secret-file F --send-certificate-chain",
            "--client-secret-file <FILE>",
            "--send-certificate-chain",
        ),
        ("--azure-cli --no-open", "--azure-cli", "--no-open"),
    ] {
        let run = world.run(&format!("login {line}"));
        assert_eq!((run.status, &*run.stdout), (64, ""), "{line}");
        for named in [option, other] {
            assert!(run.stderr.contains(named), "{line}: {}", run.stderr);
        }
        assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    }
}

#[test]
fn an_application_needs_a_mailbox_and_a_tenant() {
    let world = with_files(options());
    let line = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --client-secret-file -";
    let run = world.run_with(line, SECRET);
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            0,
            "graphmail: account default is signed in as the application (token store: file)\n\
             graphmail: an application has no mailbox: name one with send --mailbox USER, \
             or permanently: graphmail login --account default --client-secret-file FILE --mailbox USER\n"
        )
    );
    world.run(SEND).failed(
        78,
        "graphmail: error: an application has no mailbox of its own\n\
         hint: name it with --mailbox USER, in GRAPHMAIL_MAILBOX or in the account\n",
    );
    world
        .run(&format!("{SEND} --mailbox reports@contoso.com"))
        .is_silent();

    let world = with_files(options());
    let line = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant common --client-secret-file -";
    world.run_with(line, SECRET).failed(
        78,
        "graphmail: error: an application cannot sign in to \"common\": it is not a specific tenant\n\
         hint: name the tenant: its domain or its id\n",
    );
    assert_eq!(world.requests(), [""; 0]);
}

#[test]
fn the_variables_of_azure_identity_need_no_login() {
    let mut world = World::with(options());
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("AZURE_CLIENT_SECRET", SECRET);
    let line = format!("{SEND} --mailbox reports@contoso.com");
    world.run(&line).is_silent();
    assert_eq!(world.requests(), [TOKEN, SENT]);
    assert_eq!(world.keyring.asked(), 0);
    only_the_rate_is_written(&world);

    world.set("AZURE_TENANT_ID", "");
    world.run(&line).failed(
        78,
        "graphmail: error: AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID is not\nhint: set AZURE_TENANT_ID, or unset AZURE_CLIENT_SECRET\n",
    );
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_AUTHORITY_HOST", "http://login.example.org");
    world.run(&line).failed(
        78,
        "graphmail: error: AZURE_AUTHORITY_HOST: http://login.example.org must be https\nhint: set AZURE_AUTHORITY_HOST to the login authority, such as https://login.microsoftonline.com; set GRAPHMAIL_LOGIN_URL for one on loopback\n",
    );
}

#[test]
fn the_variables_of_azure_identity_stand_beside_a_configuration_where_they_are_asked_for() {
    let mut world = with_files(options());
    let before = signed_in(&world);
    world.set("AZURE_TENANT_ID", "fabrikam.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("AZURE_CLIENT_SECRET", SECRET);
    let line = format!("{SEND} --mailbox reports@contoso.com");
    // What is written down on purpose goes before what happens to be set.
    let run = world.run("status");
    assert!(
        run.stdout.contains("tenant        contoso.com\n"),
        "{run:?}"
    );
    world.run(&format!("{line} -A environment")).is_silent();
    assert_eq!(
        world.requests()[before..],
        ["POST /fabrikam.com/oauth2/v2.0/token 200", SENT]
    );
    let run = world.run("status -A environment");
    assert!(
        run.stdout.contains("tenant        fabrikam.com\n"),
        "{run:?}"
    );
    world.set("AZURE_CLIENT_SECRET", "");
    world.run(&format!("{line} -A environment")).failed(
        78,
        "graphmail: error: AZURE_CLIENT_SECRET is set, but empty\n\
         hint: set AZURE_CLIENT_SECRET to a value, or unset it\n",
    );
}

#[test]
fn a_ready_token_is_used_as_it_is_and_kept_nowhere() {
    let world = World::ready();
    world.run(SEND).is_silent();
    let exchange = world.sandbox().exchanges().remove(0);
    let bearer = format!("Bearer {}", world.sandbox().ready_token());
    assert_eq!(exchange.header("authorization"), Some(bearer.as_str()));
    assert_eq!(world.keyring.asked(), 0);
    only_the_rate_is_written(&world);

    let mut world = World::ready();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "two words");
    world.run(SEND).not_sent(
        77,
        "graphmail: error: the access token has a space, a line end or another character that no token has\nhint: set GRAPHMAIL_ACCESS_TOKEN to a whole token, without quotation marks; or: unset GRAPHMAIL_ACCESS_TOKEN\n",
    );
}

#[test]
fn nobody_is_signed_in() {
    let world = World::alone();
    world.run(SEND).failed(
        77,
        "graphmail: error: no account is signed in (looked in HOME/.config/graphmail/config.toml, /etc/graphmail/config.toml, the environment)\nhint: graphmail login --client-id ID --tenant TENANT\n",
    );
    world.run("status").failed(
        77,
        "graphmail: error: no account is signed in (looked in HOME/.config/graphmail/config.toml, /etc/graphmail/config.toml, the environment)\nhint: graphmail login --client-id ID --tenant TENANT\n",
    );
}

/// Nothing of a sign-in lies in the user's folder.
fn only_the_rate_is_written(world: &World) {
    let names = |folder: &str| {
        let entries = std::fs::read_dir(world.home().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(""), [".local"]);
    assert_eq!(names(".local/state/graphmail"), ["rate"]);
}
