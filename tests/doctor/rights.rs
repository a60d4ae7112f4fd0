//! What the token allows, and the mailbox that can be looked at with it.

use graphmail::sandbox::Options;

use super::{application, compare, look, signed_in};
use crate::support::host::World;

#[test]
fn mail_send_alone_is_enough_for_small_mail() {
    let world = World::with(Options::default());
    let run = world.run("login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file");
    assert_eq!(run.status, 0, "{run:?}");
    compare("send-only.txt", look(&world, "doctor"));
    assert!(
        !world
            .requests()
            .iter()
            .any(|line| line.contains("mailFolders"))
    );
}

#[test]
fn large_mail_is_needed_on_request_or_by_the_account() {
    let mut world = World::with(Options::default());
    let run = world.run("login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file");
    assert_eq!(run.status, 0, "{run:?}");
    let line = |text: &str| {
        let mut lines = text.lines().skip_while(|line| !line.contains("large mail"));
        format!("{}\n{}", lines.next().unwrap(), lines.next().unwrap())
    };
    let failed = "FAIL large mail     Mail.ReadWrite is not granted: attachments of more than 3 MB will be refused\n     \
        fix: graphmail login --account default --scopes send+drafts";
    let skipped = failed.replace("FAIL", "skip");
    assert_eq!(line(&look(&world, "doctor")), skipped);
    assert_eq!(line(&look(&world, "doctor --large")), failed);
    world.set("GRAPHMAIL_MESSAGE_LIMIT", "3MB");
    assert_eq!(line(&look(&world, "doctor")), skipped);
    world.set("GRAPHMAIL_MESSAGE_LIMIT", "150MB");
    assert_eq!(line(&look(&world, "doctor")), failed);
}

#[test]
fn missing_permissions_fail() {
    let world = signed_in();
    let tokens = ".local/state/graphmail/tokens/default.json";
    let path = world.home().join(tokens);
    let mut record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let scopes = record["scopes"].as_array_mut().unwrap();
    scopes.retain(|scope| !scope.as_str().unwrap().ends_with("/Mail.Send"));
    std::fs::write(&path, record.to_string()).unwrap();
    compare("missing-rights.txt", look(&world, "doctor"));
}

#[test]
fn another_users_mailbox_needs_shared_permissions() {
    let world = World::with(Options {
        mailboxes: vec!["me@contoso.com".to_owned(), "team@contoso.com".to_owned()],
        ..Options::default()
    });
    let login = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file --mailbox team@contoso.com --scopes";
    for (scopes, name) in [
        ("send+drafts", "not-shared.txt"),
        ("send+drafts+shared", "shared.txt"),
    ] {
        let run = world.run(&format!("{login} {scopes}"));
        assert_eq!(run.status, 0, "{run:?}");
        compare(name, look(&world, "doctor"));
    }
}

#[test]
fn the_mailbox_of_the_environment_is_checked() {
    let mut world = World::with(Options {
        mailboxes: vec!["me@contoso.com".to_owned(), "team@contoso.com".to_owned()],
        ..Options::default()
    });
    let login = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file --scopes send";
    assert_eq!(world.run(login).status, 0);
    world.set("GRAPHMAIL_MAILBOX", "team@contoso.com");
    let text = look(&world, "doctor");
    let wanted = "FAIL small mail     Mail.Send.Shared is not granted\n";
    assert!(text.contains(wanted), "{text}");
    let shown = world.run("status").stdout;
    assert!(
        shown.contains("mailbox       team@contoso.com\n"),
        "{shown}"
    );
}

#[test]
fn an_object_id_leaves_the_needed_permission_open() {
    let mut world = World::with(Options::default());
    let login = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store file --scopes";
    for (scopes, told) in [
        (
            "send",
            "warn small mail     Mail.Send is granted; if the mailbox is not the account's own, Mail.Send.Shared is needed\n",
        ),
        ("send+shared", "ok   small mail     Mail.Send is granted\n"),
    ] {
        world.set("GRAPHMAIL_MAILBOX", "");
        assert_eq!(world.run(&format!("{login} {scopes}")).status, 0);
        world.set("GRAPHMAIL_MAILBOX", "48d31887-5fad-4d73-a9f5-3c356e68a038");
        let text = look(&world, "doctor");
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn a_missing_mailbox_fails() {
    let mut world = World::with(Options {
        mailboxes: vec!["reports@contoso.com".to_owned()],
        ..Options::default()
    });
    application(&world);
    world.set("GRAPHMAIL_MAILBOX", "gone@contoso.com");
    let text = look(&world, "doctor");
    assert!(
        text.contains("FAIL mailbox        HTTP 404 ErrorInvalidUser"),
        "{text}"
    );
    // A right that the token names is restricted to other mailboxes.
    world.fault("GET /users/*/mailFolders/*/messages=403,code=ErrorAccessDenied");
    let text = look(&world, "doctor");
    assert!(
        text.contains("FAIL mailbox        HTTP 403 ErrorAccessDenied"),
        "{text}"
    );
}

#[test]
fn an_application_may_lack_read_permission_for_its_mailbox() {
    let world = World::with(Options {
        permissions: vec!["Mail.Send".to_owned()],
        ..Options::default()
    });
    application(&world);
    world.fault("GET /users/*/mailFolders/*/messages=403,code=ErrorAccessDenied");
    let text = look(&world, "doctor");
    assert!(
        text.contains(
            "skip mailbox        cannot check without read permission; send a test message\n"
        ),
        "{text}"
    );
}

#[test]
fn an_application_whose_permissions_are_granted_in_exchange_passes() {
    let world = World::with(Options {
        permissions: vec!["User.Read".to_owned()],
        ..Options::default()
    });
    application(&world);
    let text = look(&world, "doctor");
    let wanted = "skip small mail     the token does not name Mail.Send: it is not granted, or granted in Exchange only\n     \
        hint: graphmail send --account reports --to reports@contoso.com --subject Test; or: graphmail doctor --account reports --admin\n";
    assert!(text.contains(wanted), "{text}");
    assert!(
        !text.contains("\nwarn ") && !text.contains("\nFAIL "),
        "{text}"
    );
}
