//! `doctor`, over hosts on which one thing is wrong at a time.

#[cfg(unix)]
mod credential;
#[cfg(unix)]
mod cron;
mod network;
mod outbox;
mod rights;
mod store;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphmail::http::Transport;
use graphmail::sandbox::Options;

use crate::support::expected;
use crate::support::host::{Run, World};

const CONFIG: &str = ".config/graphmail/config.toml";

/// A host whose user is signed in with all rights, the tokens in a file.
fn signed_in() -> World {
    let world = World::with(Options::default());
    let line = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file --scopes send+drafts";
    let run = world.run(line);
    assert_eq!(run.status, 0, "{run:?}");
    world
}

/// Signs in as an application with a mailbox.
fn application(world: &World) {
    drop(world.file("secret", "SECRET\n"));
    let run = world.run(
        "login -A reports --client-id 33333333-3333-4333-8333-333333333333 --tenant contoso.com --client-secret-file HOME/secret \
         --mailbox reports@contoso.com --token-store file",
    );
    assert_eq!(run.status, 0, "{run:?}");
}

/// The exit status and the checks, without the one that is about this host's own programs.
fn look(world: &World, line: &str) -> String {
    told(&world.run(line))
}

/// As [`look`], over that transport.
fn look_over(world: &World, transport: &(dyn Transport + Sync), line: &str) -> String {
    let words: Vec<_> = format!("graphmail {line}")
        .split(' ')
        .map(Into::into)
        .collect();
    told(&world.run_over(transport, &words, b""))
}

fn told(run: &Run) -> String {
    assert_eq!(run.stderr, "", "{run:?}");
    assert_eq!(run.waits, [0.0; 0], "nobody waits for a second try");
    let mut rest = String::new();
    let mut lines = run.stdout.lines().peekable();
    let mut seen = 0;
    while let Some(line) = lines.next() {
        if line
            .get(5..)
            .is_some_and(|name| name.starts_with("sendmail"))
        {
            seen += 1;
            if lines
                .peek()
                .is_some_and(|line| line.starts_with("     fix: "))
            {
                lines.next();
            }
        } else {
            rest += &format!("{line}\n");
        }
    }
    assert_eq!(seen, 1, "{run:?}");
    let has = |word: &str| run.stdout.lines().any(|line| line.starts_with(word));
    let status = match (has("FAIL "), has("warn ")) {
        (true, _) => 78,
        (_, true) => 1,
        _ => 0,
    };
    assert_eq!(run.status, status, "{}", run.stdout);
    rest
}

fn compare(name: &str, actual: impl AsRef<[u8]>) {
    expected::compare(&format!("doctor/{name}"), actual);
}

#[test]
fn all_is_well() {
    let world = signed_in();
    let before = world.requests().len();
    compare("well.txt", look(&world, "doctor"));
    assert_eq!(
        world.requests()[before..],
        [
            "GET /contoso.com/v2.0/.well-known/openid-configuration 200",
            "GET /v1.0 200",
            "POST /contoso.com/oauth2/v2.0/token 200",
            "GET /v1.0/me/mailFolders/drafts/messages?$select=id&$top=1 200",
        ]
    );
}

#[test]
fn one_object_says_the_same() {
    let world = signed_in();
    let mut json = world.run("doctor --json").json();
    let checks = json["checks"].as_array_mut().unwrap();
    // What `sendmail` is, is this host's.
    let last = checks.pop().unwrap();
    assert_eq!(last["name"], "sendmail");
    if last["status"] == "skip" || last["status"] == "pass" {
        assert_eq!(
            (json["ok"].take(), json["exit"].take()),
            (true.into(), 0.into())
        );
    }
    compare(
        "well.json",
        serde_json::to_string_pretty(&json["checks"]).unwrap() + "\n",
    );
}

#[test]
fn without_an_account_there_is_the_command_that_makes_one() {
    let world = World::alone();
    compare("no-account.txt", look(&world, "doctor"));
}

#[test]
fn a_configuration_that_cannot_be_read_is_named_with_its_line() {
    let world = World::alone();
    world.configure("[accounts.a]\nauth = \"device-code\"\ntennant = \"x\"\n");
    compare("configuration.txt", look(&world, "doctor"));
}

#[cfg(unix)]
#[test]
fn what_others_may_write_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = signed_in();
    let chmod = |name: &str, mode| {
        let path = world.home().join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let head = |text: String| {
        text.lines()
            .take(2)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let mut text = String::new();
    chmod(CONFIG, 0o666);
    text += &head(look(&world, "doctor"));
    chmod(CONFIG, 0o664);
    text += &head(look(&world, "doctor"));
    chmod(CONFIG, 0o600);
    chmod(".config/graphmail", 0o777);
    text += &head(look(&world, "doctor"));
    chmod(".config/graphmail", 0o1777);
    text += &head(look(&world, "doctor"));
    compare("modes.txt", text);
}

/// The token of the Azure CLI or of a command says whose application it is.
#[test]
fn the_administrators_commands_have_the_ids_of_an_applications_token() {
    let world = World::alone();
    let claims = r#"{"idtyp":"app","roles":["Mail.Send"],"appid":"00000000-0000-4000-8000-000000000001","tid":"00000000-0000-4000-8000-000000000002"}"#;
    let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
    drop(world.file("token", token));
    world.configure(&format!(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"cat '{}/token'\"\nmailbox = \"reports@contoso.com\"\n",
        world.home().display()
    ));
    let mut text = String::new();
    for line in [
        "doctor --admin",
        "doctor --admin=az",
        "doctor --admin=powershell",
    ] {
        let run = world.run(line);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        text += &format!("$ graphmail {line}\n{}", run.stdout);
    }
    compare("admin-token.txt", text);
}

#[test]
fn the_administrators_commands_have_the_accounts_own_ids() {
    let world = signed_in();
    application(&world);
    let before = world.requests().len();
    let mut text = String::new();
    for line in [
        "doctor --admin",
        "doctor -A reports --admin",
        "doctor -A reports --admin --json",
        "doctor -A reports --admin=az",
        "doctor -A reports --admin=powershell",
        "doctor -A reports --admin=portal",
        "doctor --admin=az",
    ] {
        let run = world.run(line);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        text += &format!("$ graphmail {line}\n{}", run.stdout);
    }
    compare("admin.txt", text);
    assert_eq!(world.requests().len(), before);
    // An identity of the host has neither a registration nor a tenant here.
    let mut identities = String::new();
    for id in [
        "",
        "managed_identity = \"11111111-2222-3333-4444-555555555555\"\n",
        "managed_identity = \"object:11111111-2222-3333-4444-555555555555\"\n",
        "managed_identity = \"/subscriptions/s/resourceGroups/g/providers/p/userAssignedIdentities/mailer\"\n",
    ] {
        world.configure(&format!(
            "[accounts.a]\nauth = \"managed-identity\"\nmailbox = \"reports@contoso.com\"\n{id}"
        ));
        let run = world.run("doctor --admin");
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        identities += &format!("== {}\n{}", id.trim_end(), run.stdout);
    }
    compare("admin-identity.txt", identities);
    // A quotation mark stays in its text, in PowerShell's way; without an address it is an id.
    world.configure(
        "[accounts.a]\nauth = \"client-secret\"\nclient_id = \"it's\"\ntenant = \"a/b\"\nmailbox = \"1b-2\"\n",
    );
    let run = world.run("doctor --admin --json").json();
    assert_eq!(
        run["consent_url"],
        "SANDBOX/a%2Fb/adminconsent?client_id=it%27s"
    );
    assert_eq!(
        run["powershell"][1],
        "$app = Get-MgServicePrincipal -Filter 'AppId eq ''it''''s'''"
    );
    assert_eq!(
        run["powershell"][4],
        "New-ManagementScope -Name 'graphmail a' -RecipientRestrictionFilter 'ExternalDirectoryObjectId -eq ''1b-2'''"
    );
}
