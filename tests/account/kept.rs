//! `status`, `logout`, `accounts`; and to whom a stored sign-in is good.

use graphmail::sandbox::Options;
use serde_json::json;

use super::{CONFIG, LOGIN, SEND, TOKENS, signed_in, with_files};
use crate::support::expected;
use crate::support::host::World;

#[test]
fn status_says_who_with_what_rights_until_when() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    let run = world.run("status");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    expected::compare("account/status.txt", run.stdout);
    let run = world.run("status --json");
    expected::compare("account/status.json", format!("{:#}\n", run.json()));
    assert_eq!(world.requests().len(), before, "no network");
}

#[test]
fn status_of_a_ready_token_and_of_a_command() {
    let world = World::ready();
    let run = world.run("status");
    expected::same(
        "the output",
        "account       environment
auth          access-token
mailbox       the signed-in user's
token store   none
cloud         global (SANDBOX)
",
        &run.stdout,
    );
    let world = World::alone();
    world.configure("[accounts.a]\nauth = \"token-command\"\ntoken_command = \"false\"\nmailbox = \"m@x.example\"\n");
    let run = world.run("status --json");
    assert_eq!(
        run.json(),
        json!({
            "ok": true,
            "account": "a",
            "auth": "token-command",
            "cloud": "global",
            "graph": "https://graph.microsoft.com",
            "tenant": null,
            "client_id": null,
            "mailbox": "m@x.example",
            "username": null,
            "token_store": "none",
            "scopes": null,
            "roles": null,
            "credential_lifetime": "foreign",
            "credential_expires": null,
            "credential_renewed": null,
            "access_token_expires": null,
            "throttled": null,
        })
    );
}

#[test]
fn logout_forgets_the_tokens_and_keeps_the_account() {
    for mut world in [
        World::with(Options::default()),
        with_files(Options::default()),
    ] {
        signed_in(&world);
        world.terminal.stderr = true;
        let config = world.read(CONFIG);
        assert_eq!(
            world.run("logout").stderr,
            "graphmail: signed out of default\n"
        );
        assert_eq!(
            world.run("logout").stderr,
            "graphmail: default was not signed in\n"
        );
        assert_eq!(
            world.run("logout --json").json(),
            json!({"ok": true, "account": "default"})
        );
        assert!(!world.home().join(TOKENS).exists());
        assert_eq!(world.read(CONFIG), config);
        let refused = "graphmail: error: account \"default\" is not signed in: nothing is stored for it\n\
            hint: graphmail login --account default\n";
        world.run(&format!("{SEND} -s S")).not_sent(77, refused);
        world.run("status").failed(77, refused);
    }
}

#[test]
fn logout_is_of_the_account_and_not_of_a_ready_token() {
    let mut world = with_files(Options::default());
    signed_in(&world);
    world.set("GRAPHMAIL_ACCESS_TOKEN", "token");
    world.run("logout").is_silent();
    assert!(!world.home().join(TOKENS).exists());
}

const THREE: &str = "default_account = \"work\"

[accounts.home] # mine
auth = \"token-command\"
token_command = \"pass show graph\"

[accounts.work]
auth = \"device-code\"
client_id = \"11111111-1111-4111-8111-111111111111\"
tenant = \"contoso.com\"
username = \"jane@contoso.com\"

[accounts.reports]
auth = \"client-secret\"
client_id = \"11111111-1111-4111-8111-111111111111\"
tenant = \"contoso.com\"
mailbox = \"reports@contoso.com\"
token_store = \"file\"
";

#[test]
fn accounts_are_listed_chosen_and_removed() {
    let mut world = World::alone();
    world.terminal.stderr = true;
    let run = world.run("accounts list");
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("", "graphmail: no accounts yet: graphmail login\n")
    );
    world.configure(THREE);
    expected::compare("account/list.txt", world.run("accounts list").stdout);
    world.terminal.stdout = true;
    expected::compare(
        "account/list-terminal.txt",
        world.run("accounts list").stdout,
    );
    world.terminal.columns = Some(40);
    expected::compare("account/list-narrow.txt", world.run("accounts list").stdout);
    world.terminal.columns = None;
    world.terminal.stdout = false;
    let run = world.run("accounts list --json");
    expected::compare("account/list.json", format!("{:#}\n", run.json()));

    assert_eq!(
        world.run("accounts use home").stderr,
        "graphmail: home is the default account\n"
    );
    assert_eq!(world.read(CONFIG), THREE.replace("\"work\"", "\"home\""));
    let unknown = "graphmail: error: there is no account \"x\"\nhint: the accounts are: home, reports, work\n";
    world.run("accounts use x").failed(78, unknown);
    world.run("accounts remove x").failed(78, unknown);

    assert_eq!(
        world.run("accounts remove home").stderr,
        "graphmail: removed home\n"
    );
    assert_eq!(
        world.run("accounts remove work --json").json(),
        json!({"ok": true, "account": "work"})
    );
    expected::same(
        "the configuration",
        "[accounts.reports]
auth = \"client-secret\"
client_id = \"11111111-1111-4111-8111-111111111111\"
tenant = \"contoso.com\"
mailbox = \"reports@contoso.com\"
token_store = \"file\"
",
        &world.read(CONFIG),
    );
    assert_eq!(
        world.run(&format!("{SEND} --dry-run --json")).json()["account"],
        "reports"
    );
}

#[test]
fn several_accounts_and_no_default() {
    let world = World::alone();
    world.configure(THREE.split_once("\n\n").unwrap().1);
    world.run(SEND).failed(
        78,
        "graphmail: error: there are several accounts and none is the default\n\
         hint: the accounts are home, reports, work: graphmail accounts use home; or: name one with --account\n",
    );
}

#[test]
fn removing_an_account_forgets_its_tokens() {
    let world = with_files(Options::default());
    signed_in(&world);
    world.run("accounts remove default").is_silent();
    assert!(!world.home().join(TOKENS).exists());
    assert_eq!(world.read(CONFIG), "");
}

/// A token for one Graph, or a refresh token for one Entra, goes to no other.
#[test]
fn a_sign_in_is_good_where_it_was_made_and_nowhere_else() {
    let other = World::with(Options::default());
    let elsewhere = other.sandbox().graph_url();
    for variable in ["GRAPHMAIL_GRAPH_URL", "GRAPHMAIL_LOGIN_URL"] {
        for expired in [false, true] {
            let mut world = with_files(Options::default());
            let before = signed_in(&world);
            let kept = world.read(TOKENS);
            if expired {
                world.clock.advance(std::time::Duration::from_secs(3600));
            }
            world.set(variable, &elsewhere);
            let run = world.run(SEND);
            let what = if variable.contains("GRAPH_URL") {
                "Graph"
            } else {
                "login authority"
            };
            let told = format!(
                "graphmail: error: account \"default\" is not signed in: the stored sign-in is for {what} SANDBOX, not {elsewhere}\n\
                 hint: graphmail login --account default; or: take the other cloud, URL or application out of the environment\n"
            );
            run.not_sent(77, &told);
            world.run("status").failed(77, &told);
            assert_eq!(world.requests().len(), before);
            assert_eq!(world.read(TOKENS), kept);
        }
    }
    assert_eq!(other.requests(), [""; 0], "the other saw nothing");
}

#[test]
fn a_sign_in_of_another_kind_or_application_counts_as_none() {
    let world = with_files(Options::default());
    signed_in(&world);
    let config = world.read(CONFIG);
    for (from, to, reason) in [
        (
            "auth = \"device-code\"",
            "auth = \"client-secret\"\nmailbox = \"m@x.example\"",
            "the stored sign-in is of another kind",
        ),
        (
            "client_id = \"11111111-1111-4111-8111-111111111111\"",
            "client_id = \"other\"",
            "the stored sign-in is for client id 11111111-1111-4111-8111-111111111111, not other",
        ),
        (
            "tenant = \"contoso.com\"",
            "tenant = \"fabrikam.com\"",
            "the stored sign-in is for tenant contoso.com, not fabrikam.com",
        ),
    ] {
        world.configure(&config.replace(from, to));
        let run = world.run(SEND);
        assert_eq!(run.status, 77);
        let words = format!(
            "graphmail: error: the message was not sent: account \"default\" is not signed in: {reason}\n"
        );
        assert!(run.stderr.starts_with(&words), "{}", run.stderr);
    }
    assert_eq!(world.sandbox().accepted().len(), 0);
}

#[test]
fn a_stored_sign_in_that_cannot_be_read_is_not_shown() {
    let world = with_files(Options::default());
    signed_in(&world);
    let kept = world.read(TOKENS);
    for broken in [
        &kept[..kept.len() / 2],
        "",
        "null",
        &kept.replace("\"version\": 1", "\"version\": 9"),
    ] {
        let path = world.file(TOKENS, broken);
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        let run = world.run(SEND);
        assert_eq!(run.status, 77, "{run:?}");
        let start = format!(
            "graphmail: error: the message was not sent: the sign-in stored in HOME/{TOKENS} cannot be read: "
        );
        assert!(run.stderr.starts_with(&start), "{}", run.stderr);
        assert!(
            run.stderr.ends_with("hint: graphmail login\n"),
            "{}",
            run.stderr
        );
    }
    // A new login mends it.
    assert_eq!(world.run(LOGIN).status, 0);
    world.run(SEND).is_silent();
}

#[test]
fn an_account_that_was_alone_stays_the_default() {
    let world = World::alone();
    world.configure("[accounts.prod]\nauth = \"token-command\"\ntoken_command = \"echo a\"\n");
    assert_eq!(
        world
            .run("login --account test --token-command 'echo b'")
            .status,
        0
    );
    assert!(world.run("accounts list").stdout.starts_with("* prod"));
}

#[test]
fn accounts_that_are_added_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let file = &file;
            scope.spawn(move || {
                let text = format!("[accounts.a{number}]\nauth = \"token-command\"\n");
                let entry = toml::from_str::<graphmail::config::File>(&text)
                    .unwrap()
                    .accounts
                    .remove(&format!("a{number}"))
                    .unwrap();
                graphmail::config::put_account(
                    file,
                    &format!("a{number}"),
                    &entry,
                    &graphmail::seams::System,
                )
                .unwrap();
            });
        }
    });
    let kept = graphmail::config::File::read(&file).unwrap().unwrap();
    assert_eq!(kept.accounts.len(), 8);
}

/// What is stored goes by the account's name, whichever configuration names it.
#[test]
fn the_sign_in_of_an_account_of_another_configuration_is_left_alone() {
    let world = with_files(Options::default());
    signed_in(&world);
    let kept = world.read(TOKENS);
    let words = "the token store has another account under the name \"default\" (tenant contoso.com, client id 11111111-1111-4111-8111-111111111111)";
    let other = "--config HOME/other.toml --account default";
    world
        .run(&format!(
            "{other} login --client-id 22222222-2222-4222-8222-222222222222 --tenant contoso.com"
        ))
        .failed(
            78,
            &format!(
                "graphmail: error: {words}\n\
                 hint: choose another name: --account NAME; or: set GRAPHMAIL_STATE_DIR to another folder\n"
            ),
        );
    drop(world.file(
        "other.toml",
        "[accounts.default]\nauth = \"device-code\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\ntenant = \"fabrikam.com\"\ntoken_store = \"file\"\n",
    ));
    let warning = format!("graphmail: warning: the token store file was not changed: {words}\n");
    for line in ["logout", "accounts remove default"] {
        let run = world.run(&format!("{other} {line}"));
        run.is_silent_but_for(&warning);
        assert_eq!(world.read(TOKENS), kept);
    }
    world.run(SEND).is_silent();
}
