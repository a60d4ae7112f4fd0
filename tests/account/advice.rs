//! Advised commands, as the run that is told of them must be given them.

use graphmail::sandbox::Options;

use super::{SEND, signed_in, with_files};
use crate::support::host::World;

#[test]
fn an_advised_command_keeps_the_configuration_file() {
    let world = World::with(Options::default());
    drop(world.file(
        "its own.toml",
        "[accounts.a]\nauth = \"device-code\"\ntenant = \"t\"\nclient_id = \"c\"\ntoken_store = \"file\"\n",
    ));
    let run = world.run("status --config 'HOME/its own.toml'");
    let hint = "--config 'HOME/its own.toml' login --account a\n";
    assert!(
        run.stderr.ends_with(&format!("\nhint: graphmail {hint}")),
        "{run:?}"
    );
}

#[test]
fn the_environments_account_is_mended_by_variables() {
    let mut world = World::with(Options::default());
    let unset = "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set";
    let hint = "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, \
        AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE";
    world.run("status -A environment").failed(
        77,
        &format!(
            "graphmail: error: the account \"environment\" has no credential: {unset}\nhint: {hint}\n"
        ),
    );
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "app");
    world.set("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/c.pem");
    let run = world.run("status -A environment --warn-days 3");
    let hint = "hint: set AZURE_CLIENT_CERTIFICATE_PATH to a file that this user can read\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
    let run = world.run("doctor -A environment");
    assert!(!run.stdout.contains("graphmail login"), "{run:?}");
}

#[test]
fn a_variable_that_overrides_is_what_is_advised() {
    let mut world = with_files(Options::default());
    signed_in(&world);
    world.set("GRAPHMAIL_TOKEN_STORE", "keyring");
    let run = world.run("status");
    assert!(
        run.stderr
            .ends_with("\nhint: unset GRAPHMAIL_TOKEN_STORE\n"),
        "{run:?}"
    );

    world.set("GRAPHMAIL_ACCESS_TOKEN", "worn-out");
    let run = world.run(SEND);
    assert!(
        run.stderr
            .ends_with(": put a new token into GRAPHMAIL_ACCESS_TOKEN\n"),
        "{run:?}"
    );
}

#[test]
fn the_first_login_without_a_keyring_is_told_of_its_own_command() {
    let mut world = World::with(Options::default());
    world.keyring.fault = Some(|| graphmail::auth::store::Error::Unavailable {
        reason: "no session bus".into(),
    });
    let run = world.run("login -A new --client-id id --tenant contoso.com");
    assert!(
        run.stderr
            .ends_with(": add --token-store file to this command\n"),
        "{run:?}"
    );
}
