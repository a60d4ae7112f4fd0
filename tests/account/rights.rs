//! What a large message takes and an account lacks, told with the consent that mends it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use graphmail::access::Permissions;
use graphmail::sandbox::Options;

use super::{LOGIN, SEND, with_files};
use crate::support::host::World;

/// A world where somebody is signed in with these scopes; how many requests that took.
fn signed_in(scopes: &str) -> (World, usize) {
    let world = with_files(Options::default());
    drop(world.file("big", vec![b'x'; 3_500_000]));
    let run = world.run(&format!("{LOGIN} --scopes {scopes}"));
    assert_eq!(run.status, 0, "{run:?}");
    let requests = world.requests().len();
    (world, requests)
}

/// The error and the hint for permissions that a person's account is known to lack.
fn lacking(missing: &str, scopes: &str, suffix: &str) -> String {
    format!(
        "graphmail: error: the message needs a draft, and the account \"default\" does not have {missing}\n\
         hint: add the delegated permission{} {missing} to the application; then: \
         graphmail login --account default --scopes {scopes}{suffix}\n",
        if missing.contains(" and ") { "s" } else { "" },
    )
}

const ELSEWHERE: &str = "; or: do not name the mailbox, if it is another address of your own";

#[test]
fn known_missing_permissions_are_an_error_before_any_request() {
    for (held, line, missing, scopes, suffix) in [
        (
            "send",
            "send -t a@example.org --attach HOME/big",
            "Mail.ReadWrite",
            "send+drafts",
            "",
        ),
        (
            "send+shared",
            "draft create -s x",
            "Mail.ReadWrite",
            "send+drafts+shared",
            "",
        ),
        ("send", "draft list", "Mail.ReadWrite", "send+drafts", ""),
        (
            "send+drafts",
            "send -t a@example.org --attach HOME/big --mailbox other@contoso.com",
            "Mail.ReadWrite.Shared and Mail.Send.Shared",
            "send+drafts+shared",
            ELSEWHERE,
        ),
        (
            "send+shared",
            "draft create -s x --mailbox other@contoso.com",
            "Mail.ReadWrite.Shared",
            "send+drafts+shared",
            ELSEWHERE,
        ),
    ] {
        let (world, requests) = signed_in(held);
        world
            .run(line)
            .failed(77, &lacking(missing, scopes, suffix));
        assert_eq!(world.requests().len(), requests, "{line}");
        let object = world.run(&format!("{line} --json")).json();
        assert_eq!(object["error"]["class"], "sign-in", "{line}");
        // What needs no draft goes on.
        world.run(SEND).is_silent();
        if !line.starts_with("draft list") {
            let run = world.run(&format!("{line} --dry-run"));
            let end = format!("\nmissing      {}\n", missing.replace(" and ", ", "));
            assert_eq!((run.status, run.stderr.as_str()), (77, ""), "{line}");
            assert!(run.stdout.ends_with(&end), "{}", run.stdout);
            let run = world.run(&format!("{line} --dry-run --json"));
            let wanted: Vec<_> = missing.split(" and ").collect();
            assert_eq!(run.json()["not_held"], serde_json::json!(wanted), "{line}");
            assert_eq!(run.status, 77, "{line}");
        }
    }
}

#[test]
fn a_dry_run_names_missing_permissions_for_another_mailbox() {
    let (world, requests) = signed_in("send+drafts");
    for (flag, missing) in [
        ("--mailbox other@contoso.com", Some("Mail.Send.Shared")),
        ("--mailbox YOU@Sandbox.example", None),
        ("--from You@SANDBOX.example", None),
        ("--from other@contoso.com", Some("Mail.Send.Shared")),
        (
            "--from other@contoso.com --attach HOME/big",
            Some("Mail.Send.Shared"),
        ),
        // Whose an object id is, nobody can see.
        ("--mailbox 48d31887-5fad-4d73-a9f5-3c356e68a038", None),
    ] {
        let line = format!("{SEND} {flag} --dry-run");
        let run = world.run(&line);
        let status = if missing.is_some() { 77 } else { 0 };
        assert_eq!((run.status, run.stderr.as_str()), (status, ""), "{line}");
        let told = run
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("missing      "));
        assert_eq!(told, missing, "{line}");
        let needed = run.stdout.lines();
        let needed = needed.filter_map(|line| line.strip_prefix("permissions  "));
        let needed: Vec<_> = needed.flat_map(|line| line.split(", ")).collect();
        let draft = flag.contains("big").then_some("Mail.ReadWrite");
        let wanted = draft.into_iter().chain([missing.unwrap_or("Mail.Send")]);
        assert_eq!(needed, wanted.collect::<Vec<_>>(), "{line}");
    }
    assert_eq!(world.requests().len(), requests);
    // Small or large: the signed-in person's own address has its case ignored.
    for own in [
        "--mailbox YOU@Sandbox.example",
        "--from You@SANDBOX.example",
    ] {
        for attached in ["", "--attach HOME/big"] {
            world.run(&format!("{SEND} {own} {attached}")).is_silent();
        }
    }
    for mailbox in ["you@sandbox.example", "YOU@Sandbox.example"] {
        let line = format!("draft create -s x --mailbox {mailbox}");
        assert_eq!(world.run(&line).status, 0, "{line}");
        let run = world.run(&format!("draft list --mailbox {mailbox}"));
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{mailbox}");
        assert!(run.stdout.ends_with("  -  x\n"), "{}", run.stdout);
    }
}

/// Of no use: a message is not uploaded to find out at its end that it may not be sent.
#[test]
fn without_mail_send_nothing_is_uploaded() {
    let (world, requests) = signed_in("send+drafts");
    let path = world.home().join(super::TOKENS);
    let record = std::fs::read_to_string(&path).unwrap();
    let only = record.replace("/Mail.Send\"", "/User.Read\"");
    assert_ne!(record, only);
    std::fs::write(&path, only).unwrap();
    world
        .run(&format!("{SEND} --attach HOME/big"))
        .failed(77, &lacking("Mail.Send", "send+drafts", ""));
    assert_eq!(world.requests().len(), requests);
    // A draft that stays one needs no more than writing.
    assert_eq!(world.run("draft create -s x").status, 0);
}

#[test]
fn sufficient_permissions_send_large_mail() {
    for (held, flags) in [
        ("send+drafts", ""),
        ("send+drafts+shared", ""),
        ("send+drafts+shared", "--mailbox other@contoso.com"),
    ] {
        let (world, _) = signed_in(held);
        world
            .run(&format!("{SEND} --attach HOME/big {flags}"))
            .is_silent();
    }
}

/// Where only Graph knows, its refusal is explained in the words of that account.
#[test]
fn a_refusal_by_graph_advises_consent() {
    let denied = |world: &World, line: &str, path: &str| {
        world.fault(&format!("POST {path}=403,code=ErrorAccessDenied"));
        let run = world.run(line);
        assert_eq!(run.status, 77, "{run:?}");
        run.stderr.lines().last().unwrap().to_owned()
    };
    let world = World::ready();
    drop(world.file("big", vec![b'x'; 3_500_000]));
    let large = "send -t a@example.org --attach HOME/big";
    assert_eq!(
        denied(&world, large, "/me/messages"),
        "hint: the token in GRAPHMAIL_ACCESS_TOKEN must hold Mail.ReadWrite"
    );
    assert_eq!(
        denied(&world, large, "/me/messages/*/send"),
        "hint: the token in GRAPHMAIL_ACCESS_TOKEN must hold Mail.Send"
    );

    let secret = "s3cret~value.of-the-app";
    let world = with_files(Options {
        client_secret: Some(secret.to_owned()),
        ..Options::default()
    });
    drop(world.file("big", vec![b'x'; 3_500_000]));
    let login = format!("{LOGIN} --mailbox reports@contoso.com --client-secret-file -");
    assert_eq!(world.run_with(&login, secret).status, 0);
    let application = "hint: the application needs the application permission Mail.ReadWrite for \
        the mailbox reports@contoso.com: graphmail doctor --account default --admin; a token from before that lasts up to an hour";
    for line in [large, "draft create -s x"] {
        assert_eq!(denied(&world, line, "/users/*/messages"), application);
    }

    let (world, _) = signed_in("send+drafts+shared");
    assert_eq!(
        denied(
            &world,
            &format!("{large} --mailbox other@contoso.com"),
            "/users/*/messages"
        ),
        "hint: the account holds Mail.ReadWrite.Shared; Exchange must also give it Full Access to \
         that mailbox, and Send As or Send on Behalf"
    );
}

fn token(claims: &str) -> String {
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn a_json_web_token_names_the_permissions_of_a_user_or_an_application() {
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    for (token, permissions) in [
        (
            token(r#"{"scp":"Mail.Send User.Read"}"#),
            Permissions::All(named(&["Mail.Send", "User.Read"])),
        ),
        (
            token(r#"{"roles":["Mail.Send"],"aud":"x"}"#),
            Permissions::Named(named(&["Mail.Send"])),
        ),
        (token("{}"), Permissions::Named(Vec::new())),
        (token(r#"{"roles":"Mail.Send"}"#), Permissions::Unknown),
        ("opaque".to_owned(), Permissions::Unknown),
        ("EwB.???.x".to_owned(), Permissions::Unknown),
    ] {
        assert_eq!(Permissions::of_token(&token), permissions, "{token}");
    }
}

#[test]
fn doctor_and_a_dry_run_read_the_permissions_in_a_ready_token() {
    let mut world = World::with(Options::default());
    drop(world.file("big", vec![b'x'; 3_500_000]));
    let unnamed = |permission: &str| {
        format!(
            "the token does not name {permission}: it is not granted, or granted in Exchange only"
        )
    };
    let (send, drafts) = (unnamed("Mail.Send"), unnamed("Mail.ReadWrite"));
    let lost = "Mail.ReadWrite is not granted: attachments of more than 3 MB will be refused";
    for (claims, flags, missing, note, checks) in [
        (
            r#"{"scp":"User.Read"}"#,
            "",
            Some("Mail.Send"),
            None,
            ["FAIL small mail     Mail.Send is not granted", lost],
        ),
        (
            r#"{"scp":"Mail.Send"}"#,
            "--attach HOME/big",
            Some("Mail.ReadWrite"),
            None,
            ["ok   small mail     Mail.Send is granted", lost],
        ),
        (
            r#"{"scp":"Mail.Send Mail.ReadWrite"}"#,
            "--attach HOME/big",
            None,
            None,
            [
                "ok   small mail     Mail.Send is granted",
                "ok   large mail     Mail.ReadWrite is granted",
            ],
        ),
        // Exchange may grant more to an application.
        (
            r#"{"roles":["User.Read.All"]}"#,
            "--mailbox other@contoso.com",
            None,
            Some(send.as_str()),
            [&send, &drafts],
        ),
        ("opaque", "--attach HOME/big", None, None, ["", ""]),
    ] {
        let value = match claims {
            "opaque" => "opaque".to_owned(),
            claims => token(claims),
        };
        world.set("GRAPHMAIL_ACCESS_TOKEN", &value);
        let run = world.run(&format!("{SEND} {flags} --dry-run"));
        let line = |label: &str| run.stdout.lines().find_map(|line| line.strip_prefix(label));
        assert_eq!(line("missing      "), missing, "{claims}");
        assert_eq!(
            line("notes        ").filter(|_| note.is_some()),
            note,
            "{claims}"
        );
        let status = if missing.is_some() { 77 } else { 0 };
        assert_eq!((run.status, run.stderr.as_str()), (status, ""), "{claims}");
        let run = world.run(&format!("{SEND} {flags} --dry-run --json"));
        let object = run.json();
        assert_eq!(
            object["not_held"],
            serde_json::json!(Vec::from_iter(missing))
        );
        let notes = object["notes"].to_string();
        assert_eq!(notes.contains("does not name"), note.is_some(), "{notes}");
        let doctor = world.run("doctor").stdout;
        for check in checks {
            assert!(doctor.contains(check), "{doctor}");
        }
    }
}
