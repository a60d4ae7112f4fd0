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
fn advice_for_the_account_of_the_environment_is_about_variables() {
    let mut world = World::with(Options::default());
    let unset = "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set";
    let hint = "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, GRAPHMAIL_CLIENT_SECRET_FILE, \
        AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE";
    world.run("status -A environment").failed(
        77,
        &format!(
            "graphmail: error: the account \"environment\" has no credential: {unset}\nhint: {hint}\n"
        ),
    );
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "33333333-3333-4333-8333-333333333333");
    world.set("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/c.pem");
    let run = world.run("status -A environment --warn-days 3");
    let hint = "hint: set AZURE_CLIENT_CERTIFICATE_PATH to a file that this user can read\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
    let run = world.run("doctor -A environment");
    assert!(!run.stdout.contains("graphmail login"), "{run:?}");
}

#[test]
fn advice_names_a_variable_that_overrides_the_account() {
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
fn the_first_login_without_a_keyring_advises_an_option() {
    let mut world = World::with(Options::default());
    world.keyring.fault = Some(|| graphmail::auth::store::Error::Unavailable {
        reason: "no session bus".into(),
    });
    let run = world
        .run("login -A new --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com");
    assert!(
        run.stderr
            .ends_with(": add --token-store file to this command\n"),
        "{run:?}"
    );
}

#[test]
fn an_account_that_never_signed_in_is_told_to_sign_in_with_the_store_of_the_variable() {
    let mut world = World::with(Options::default());
    world.configure(
        "[accounts.a]\nauth = \"device-code\"\ntenant = \"contoso.com\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\n",
    );
    world.set("GRAPHMAIL_TOKEN_STORE", "file");
    let run = world.run(SEND);
    let hint = "\nhint: graphmail login --account a --token-store file\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
    assert_eq!(
        world.run("login -A a --token-store file").status,
        0,
        "the advice"
    );
    world.run(SEND).is_silent();
}

#[test]
fn sendmail_is_not_advised_an_option_that_it_does_not_have() {
    let error = "graphmail: error: an application has no mailbox of its own\n";
    let mut world = World::with(Options::default());
    let send = |world: &World| world.run_with("sendmail a@example.org", "Subject: x\n\nx\n");
    world.configure("[accounts.a]\nauth = \"managed-identity\"\n");
    let id = send(&world).kept(
        78,
        &format!(
            "{error}hint: mailbox = \"ADDRESS\" under [accounts.a]; or: set GRAPHMAIL_MAILBOX to its address\n"
        ),
    );
    world.configure("[accounts.a]\nauth = \"managed-identity\"\nmailbox = \"a@contoso.com\"\n");
    let retry = world.run(&format!("outbox retry {id}"));
    assert_eq!(retry.status, 0, "{retry:?}");
    world.configure("");
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "33333333-3333-4333-8333-333333333333");
    world.set("AZURE_CLIENT_SECRET", "secret");
    drop(send(&world).kept(78, &format!("{error}hint: GRAPHMAIL_MAILBOX=ADDRESS\n")));
}

/// The same answer of Entra, for credentials of several kinds.
#[test]
fn advice_about_a_client_secret_is_for_the_credential_in_use() {
    let refused = |world: &World, line: &str, stdin: &str| {
        world.fault("POST /token=400,code=7000215");
        let run = world.run_with(line, stdin);
        assert_eq!(run.status, 77, "{run:?}");
        run.stderr.lines().last().unwrap().to_owned()
    };
    let copy = "hint: copy the secret's value, not its id, from Certificates & secrets";
    let none = |kind: &str| {
        format!(
            "hint: check the client id, the tenant and the cloud: the service expects a client secret, \
             and {kind} sends none"
        )
    };
    let secret = "s3cret~value.of-the-app";
    let world = with_files(Options {
        client_secret: Some(secret.to_owned()),
        ..Options::default()
    });
    drop(world.file("token", "FEDERATED.TOKEN.X\n"));
    let login = "login -A app --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox a@contoso.com";
    let with_secret = format!("{login} --client-secret-file -");
    assert_eq!(
        refused(&world, &with_secret, secret),
        format!(
            "{copy}; then: graphmail {}",
            with_secret.replace("-A app", "--account app")
        )
    );
    assert_eq!(world.run_with(&with_secret, secret).status, 0);
    assert_eq!(
        refused(&world, "status --check", ""),
        format!("{copy}; then: graphmail login --client-secret-file FILE")
    );
    let with_token = format!("{login} --federated-token-file HOME/token");
    assert_eq!(refused(&world, &with_token, ""), none("federated"));
    world.configure(&format!(
        "[accounts.app]\nauth = \"federated\"\nfederated_token_file = {:?}\n\
         tenant = \"contoso.com\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\nmailbox = \"a@contoso.com\"\n",
        world.home().join("token")
    ));
    assert_eq!(refused(&world, "status --check", ""), none("federated"));
    let mut world = with_files(Options::default());
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "33333333-3333-4333-8333-333333333333");
    world.set("AZURE_CLIENT_SECRET", secret);
    assert_eq!(
        refused(&world, "status --check", ""),
        format!("{copy}; then: put a new secret into AZURE_CLIENT_SECRET")
    );
}

#[test]
fn the_account_of_the_environment_is_listed_and_can_be_the_default() {
    let mut world = World::alone();
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "33333333-3333-4333-8333-333333333333");
    world.set("AZURE_CLIENT_SECRET", "secret");
    let own = "environment  client-secret  none  contoso.com  (from the environment)\n";
    world.run("accounts list").is(0, &format!("* {own}"), "");
    world.configure("[accounts.a]\nauth = \"token-command\"\ntoken_command = \"x\"\n");
    let configured = "a  token-command  none\n";
    world
        .run("accounts list")
        .is(0, &format!("* {configured}  {own}"), "");
    world.run("accounts use environment").is_silent();
    world
        .run("accounts list")
        .is(0, &format!("  {configured}* {own}"), "");
    let object = world.run("accounts list --json").json();
    assert_eq!(object["accounts"][0]["from_environment"], false);
    assert_eq!(object["accounts"][1]["from_environment"], true);
    world.run("accounts remove environment").failed(
        64,
        "graphmail: error: environment is an account of the environment, not of the configuration\n\
         hint: unset AZURE_CLIENT_SECRET\n",
    );
    world.set("AZURE_CLIENT_SECRET", "");
    let run = world.run("status");
    let error = "graphmail: error: AZURE_CLIENT_SECRET is set, but empty\n";
    assert!(run.stderr.starts_with(error), "{run:?}");
}
