//! `login` by device code.

use graphmail::Terminal;
use graphmail::sandbox::Options;
use serde_json::{Value, json};

use super::{CONFIG, LOGIN, LOOKUP, SEND, SENT, TOKEN, TOKENS, mode, signed_in, with_files};
use crate::support::expected;
use crate::support::host::World;

/// The code that the sandbox gave, as it was shown.
fn code(stderr: &str) -> &str {
    let rest = stderr.split("enter the code ").nth(1).expect("a code");
    rest.lines().next().unwrap()
}

#[test]
fn a_person_is_shown_where_to_go_and_the_rest_happens_by_itself() {
    let world = World::with(Options {
        polls_before_approval: 2,
        device_interval: 5,
        ..Options::default()
    });
    let run = world.run(LOGIN);
    assert_eq!(
        run.stderr,
        format!(
            "To sign in, open SANDBOX/devicelogin and enter the code {}\n\
             The code expires in 15 minutes.\n\
             graphmail: account default is signed in as you@sandbox.example (token store: keyring)\n\
             {LOOKUP}",
            code(&run.stderr)
        )
    );
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert_eq!(run.waits, [5.0, 5.0, 5.0]);
    let refused = "POST /contoso.com/oauth2/v2.0/token 400";
    let device = "POST /contoso.com/oauth2/v2.0/devicecode 200";
    assert_eq!(world.requests(), [device, refused, refused, TOKEN]);
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
client_id = \"11111111-1111-4111-8111-111111111111\"
auth = \"device-code\"
username = \"you@sandbox.example\"
token_store = \"keyring\"
",
        &world.read(CONFIG),
    );
}

#[test]
fn a_terminal_gets_a_qr_code_and_json_gets_one_object() {
    let mut world = World::with(Options::default());
    world.terminal = Terminal {
        stdin: true,
        stderr: true,
        ..Terminal::default()
    };
    let run = world.run(LOGIN);
    let lines: Vec<_> = run.stderr.lines().collect();
    assert!(lines.iter().filter(|line| line.contains('█')).count() > 10);

    let world = World::with(Options::default());
    let run = world.run(&format!("{LOGIN} --json --quiet"));
    assert_eq!(
        run.json(),
        json!({
            "ok": true,
            "account": "default",
            "auth": "device-code",
            "username": "you@sandbox.example",
            "token_store": "keyring",
        })
    );
    // What a person must do is said all the same.
    let told = format!(
        "To sign in, open SANDBOX/devicelogin and enter the code {}\n",
        code(&run.stderr)
    );
    assert_eq!(run.stderr, told);
}

#[test]
fn the_next_send_asks_for_no_token() {
    for world in [
        World::with(Options::default()),
        with_files(Options::default()),
    ] {
        let before = signed_in(&world);
        world.run(SEND).is_silent();
        world.run(SEND).is_silent();
        assert_eq!(world.requests()[before..], [SENT, SENT]);
    }
}

#[test]
fn the_file_store_is_its_owners_alone() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    let file = world.home().join(TOKENS);
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let mut record: Value = serde_json::from_str(&world.read(TOKENS)).unwrap();
    for secret in ["/access/token", "/refresh_token"] {
        let secret = record.pointer_mut(secret).expect("kept");
        assert!(secret.as_str().unwrap().len() > 40);
        *secret = json!("SECRET");
    }
    expected::compare("account/record.json", format!("{record:#}\n"));
    assert_eq!(world.keyring.asked(), 0);
    assert_eq!(before, 2);

    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    world.run(SEND).not_sent(
        78,
        &format!(
            "graphmail: error: HOME/{TOKENS} is accessible to other users (mode 0644, not 0600)\n\
             hint: chmod 600 HOME/{TOKENS}\n"
        ),
    );
}

/// The refresh token in the file store.
fn refresh_token(world: &World) -> String {
    let record: Value = serde_json::from_str(&world.read(TOKENS)).unwrap();
    record["refresh_token"].as_str().unwrap().to_owned()
}

#[test]
fn an_expired_token_is_refreshed_once_and_the_new_ones_are_kept() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    let first = refresh_token(&world);
    world.clock.advance(std::time::Duration::from_secs(3600));
    world.run(SEND).is_silent();
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[before..], [TOKEN, SENT, SENT]);
    let second = refresh_token(&world);
    assert_ne!(first, second);
    world.clock.advance(std::time::Duration::from_secs(3600));
    world.run(SEND).is_silent();
    let exchanges = world.sandbox().exchanges();
    let form = String::from_utf8_lossy(&exchanges[before + 3].body);
    let form: Vec<_> = url::form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    assert!(form.contains(&("refresh_token".to_owned(), second)));
    assert_eq!(mode(&world.home().join(TOKENS)), 0o600);
}

#[test]
fn an_unreachable_login_service_destroys_nothing() {
    let world = with_files(Options::default());
    signed_in(&world);
    world.clock.advance(std::time::Duration::from_secs(3600));
    let kept = world.read(TOKENS);
    for (fault, words) in [
        (
            "503,retry-after=600",
            "127.0.0.1 is not available: HTTP status 503",
        ),
        (
            "400,error=temporarily_unavailable",
            "127.0.0.1 refused: AADSTS90033: The sandbox was told to answer this.",
        ),
        (
            "200,body=garbage",
            "127.0.0.1 is not a login authority, or a proxy answered for it (HTTP status 200)",
        ),
        (
            "401,body=empty",
            "127.0.0.1 is not a login authority, or a proxy answered for it (HTTP status 401)",
        ),
    ] {
        world.fault(&format!("POST /token={fault}"));
        let run = world.run(SEND);
        assert!(
            run.stderr.starts_with(&format!(
                "graphmail: error: the message was not sent: {words}\nhint: "
            )),
            "{}",
            run.stderr
        );
        assert!(matches!(run.status, 75 | 78), "{fault}: {}", run.status);
        assert_eq!(world.read(TOKENS), kept, "{fault}");
        // What the service asked for binds the next run too.
        world.clock.advance(std::time::Duration::from_mins(10));
    }
    assert_eq!(world.sandbox().accepted().len(), 0);
    // A reset is repeated, and then all is well.
    world.fault("POST /token=reset-after");
    world.run(SEND).is_silent();
}

#[test]
fn a_new_login_keeps_what_a_person_wrote_into_the_configuration() {
    let world = World::with(Options::default());
    world.configure(
        "# My accounts.
default_account = \"other\" # not touched

[accounts.default]
# The nightly jobs.
client_id = \"11111111-1111-4111-8111-111111111111\"     # registered by Jane
tenant = \"contoso.com\"
auth = \"device-code\"
mailbox = \"reports@contoso.com\"

[accounts.other]
auth = \"token-command\"
token_command = \"pass show graph\"

[clouds.bleu]
graph = \"https://graph.example.fr\"
login = \"https://login.example.fr\"
",
    );
    let run = world.run("login --account default");
    assert_eq!(run.status, 0, "{run:?}");
    expected::compare("account/config-after-login.toml", world.read(CONFIG));
    world
        .run("send -t a@example.org --account default")
        .is_silent();
    assert_eq!(world.message().mailbox, "reports@contoso.com");
}

#[test]
fn another_application_does_not_replace_an_account_that_was_not_named() {
    let world = World::with(Options::default());
    signed_in(&world);
    let before = world.requests().len();
    world
        .run("login --client-id 22222222-2222-4222-8222-222222222222 --tenant contoso.com")
        .failed(
            64,
            "graphmail: error: the account \"default\" is of another application or tenant\n\
         hint: name the account with --account: a new name to add one, this name to replace it\n",
        );
    assert_eq!(world.requests().len(), before);
    let run = world.run(
        "login --client-id 22222222-2222-4222-8222-222222222222 --tenant contoso.com --account two",
    );
    assert_eq!(run.status, 0);
    assert!(world.read(CONFIG).contains("[accounts.two]"));
    assert!(
        world
            .read(CONFIG)
            .starts_with("default_account = \"default\"\n")
    );
}

#[test]
fn without_an_application_login_says_how_to_register_one() {
    for (cloud, portal) in [
        ("", "https://entra.microsoft.com"),
        ("--cloud usgov", "https://portal.azure.us"),
        ("--cloud china", "https://portal.azure.cn"),
    ] {
        let world = World::alone();
        let run = world.run(&format!("login {cloud}"));
        assert_eq!(run.status, 64);
        let text = run.stderr.replace(portal, "PORTAL");
        expected::compare("account/register.txt", text);
    }
    let world = World::alone();
    let run = world.run("login --certificate HOME/certificate.pem");
    assert_eq!(run.status, 64);
    expected::compare("account/register-application.txt", run.stderr);
}

#[test]
fn the_variables_of_login() {
    let mut world = World::with(Options::default());
    for (name, value) in [
        (
            "GRAPHMAIL_CLIENT_ID",
            "44444444-4444-4444-8444-444444444444",
        ),
        ("GRAPHMAIL_TENANT", "env.example.com"),
        ("GRAPHMAIL_MAILBOX", "box@example.com"),
        ("GRAPHMAIL_TOKEN_STORE", "file"),
        ("GRAPHMAIL_ACCOUNT", "named"),
        (
            "GRAPHMAIL_STATE_DIR",
            world.home().join("state").to_str().unwrap(),
        ),
        (
            "GRAPHMAIL_CONFIG",
            world.home().join("own.toml").to_str().unwrap(),
        ),
    ] {
        world.environment.set(name, value);
    }
    let run = world.run("login --tenant flag.example.com");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(
        world.read("own.toml"),
        "default_account = \"named\"

[accounts.named]
tenant = \"flag.example.com\"
client_id = \"44444444-4444-4444-8444-444444444444\"
auth = \"device-code\"
mailbox = \"box@example.com\"
username = \"you@sandbox.example\"
token_store = \"file\"
"
    );
    assert!(world.home().join("state/tokens/named.json").is_file());
}

#[test]
fn a_name_that_cannot_be_a_files_is_refused_before_the_sign_in() {
    let world = World::with(Options::default());
    let run = world.run(&format!("{LOGIN} --account ../x"));
    run.failed(
        78,
        "graphmail: error: \"../x\" is not an account name (letters, digits and . _ - @ +, at most 100, not beginning with a dot)\n",
    );
    assert_eq!(world.requests(), [""; 0]);
}

#[test]
#[cfg(unix)]
fn a_file_store_behind_a_link_is_refused_before_anybody_signs_in() {
    let world = super::with_files(Options::default());
    let state = world.home().join(".local/state/graphmail");
    std::fs::create_dir_all(&state).unwrap();
    std::os::unix::fs::symlink("/tmp", state.join("tokens")).unwrap();
    world.run(LOGIN).failed(
        74,
        "graphmail: error: cannot use HOME/.local/state/graphmail/tokens: HOME/.local/state/graphmail/tokens is a link, which is not followed\n\
         hint: rm HOME/.local/state/graphmail/tokens\n",
    );
    assert_eq!(world.requests(), [""; 0]);
}

/// The form of ids is checked before anything is asked.
#[test]
fn ids_of_another_form() {
    let world = World::alone();
    for (options, why) in [
        (
            "--client-id graphmail --tenant contoso.com",
            "--client-id: \"graphmail\" is not an application id\n\
             hint: copy the application (client) id from the overview page of the application\n",
        ),
        (
            "--client-id 11111111-1111-4111-8111-111111111111 --tenant contoso",
            "--tenant: \"contoso\" is neither a domain, such as contoso.com, nor a tenant id\n",
        ),
        (
            "--client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports",
            "--mailbox: \"reports\" is neither an address nor a user's id\n",
        ),
    ] {
        let run = world.run(&format!("login {options}"));
        run.failed(64, &format!("graphmail: error: {why}"));
    }
}
