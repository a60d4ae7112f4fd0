//! `--wait` and `--wait-bounce`: the copy in Sent Items, and reports in the inbox.

use std::time::Duration;

use graphmail::message::{DeliveryReport, FailedRecipient};
use graphmail::sandbox::Options;

use crate::support::host::World;

const SEND: &str =
    "send -t a@bad.example -c b@example.org -s S --body B --message-id '<mine@example.org>'";

fn bouncing() -> World {
    World::ready_with(Options {
        bounce: vec!["*@bad.example".to_owned()],
        ..Options::default()
    })
}

#[test]
fn the_copy_in_sent_items() {
    let world = World::ready_with(Options {
        sent_items_delay: Duration::from_secs(5),
        ..Options::default()
    });
    let run = world.run(&format!("{SEND} --wait"));
    assert_eq!((run.status, &*run.stderr), (0, ""));
    let lines: Vec<_> = run.stdout.lines().collect();
    let [id, message_id, link] = lines[..] else {
        panic!("{lines:?}");
    };
    assert!(id.starts_with("AAMk"), "{id}");
    assert_eq!(message_id, "<mine@example.org>");
    assert!(link.contains("ItemID="), "{link}");
    assert_eq!(run.waits, [1.0, 2.0, 4.0]);
    let json = world.run(&format!("{SEND} --json --wait=10s")).json();
    assert_eq!(json["status"], "accepted");
    assert!(json["id"].as_str().unwrap().starts_with("AAMk"));
    assert!(json["web_link"].is_string());
    assert_eq!(world.sandbox().accepted().len(), 2);
}

#[test]
fn a_copy_that_does_not_appear() {
    let world = World::ready_with(Options {
        sent_items_delay: Duration::from_hours(1),
        ..Options::default()
    });
    let run = world.run(&format!("{SEND} --wait=5s"));
    run.is_silent_but_for(
        "graphmail: warning: the message was accepted, but its copy is not in Sent Items yet\n",
    );
    assert_eq!(run.waits, [1.0, 2.0, 2.0]);
    world.fault("GET /me/mailFolders/*/messages=403,code=ErrorAccessDenied,after=1");
    let run = world.run(&format!("{SEND} --wait"));
    assert_eq!(run.status, 0);
    assert!(
        run.stderr.starts_with(
            "graphmail: warning: the message was accepted, but looking for it failed: HTTP 403"
        ),
        "{}",
        run.stderr
    );
}

/// The permissions of an opaque token are not known: the mailbox is asked.
#[test]
fn without_the_permission_nothing_is_sent() {
    for (permissions, flag) in [
        (&["Mail.Send"][..], "--wait"),
        (&["Mail.Send", "Mail.ReadBasic"], "--wait-bounce"),
    ] {
        let world = World::ready_with(Options {
            permissions: permissions.iter().map(ToString::to_string).collect(),
            ..Options::default()
        });
        let run = world.run(&format!("{SEND} {flag}"));
        assert_ne!(run.status, 0);
        let first =
            format!("graphmail: error: nothing was sent: {flag}: HTTP 403 ErrorAccessDenied:");
        assert!(run.stderr.starts_with(&first), "{}", run.stderr);
        let hint = if flag == "--wait" {
            "hold Mail.ReadBasic\n"
        } else {
            "hold Mail.Read\n"
        };
        assert!(run.stderr.ends_with(hint), "{}", run.stderr);
        assert_eq!(world.sandbox().accepted().len(), 0);
    }
}

/// What this run has not sent is not looked for.
#[test]
fn a_queued_or_repeated_message_is_not_looked_for() {
    let world = bouncing();
    let line = format!("{SEND} --wait --wait-bounce --idempotency-key k");
    assert_eq!(world.run(&line).status, 69);
    world.run(&line).is_silent_but_for(
        "graphmail: warning: --wait and --wait-bounce looked for nothing: a run before has sent the message\n\
         graphmail: nothing was sent: a message with this idempotency key was sent on 2026-11-20T10:00:00Z\n",
    );
    world.fault("POST /me/sendMail=503,retry-after=7200");
    let run = world.run(&format!(
        "{SEND} --wait-bounce --queue on-failure --max-wait 1s"
    ));
    assert_eq!(run.status, 0);
    let warning = "graphmail: warning: --wait-bounce looked for nothing: the message is queued; after it was sent: graphmail outbox show ";
    assert!(run.stderr.starts_with(warning), "{}", run.stderr);
}

/// Those of a sign-in are known.
#[test]
fn without_a_known_permission_nothing_is_asked() {
    let world = World::with(Options::default());
    let login = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --device-code --scopes send";
    assert_eq!(world.run(login).status, 0);
    let requests = world.requests().len();
    for (flag, what, scopes) in [
        (
            "--wait",
            "--wait looks in Sent Items",
            ("Mail.ReadBasic", "send+lookup"),
        ),
        (
            "--wait-bounce",
            "--wait-bounce reads the inbox",
            ("Mail.ReadWrite", "send+drafts"),
        ),
    ] {
        let (permission, scopes) = scopes;
        world.run(&format!("{SEND} {flag}")).failed(
            77,
            &format!(
                "graphmail: error: {what}, and the account \"default\" does not have {permission}\n\
                 hint: add the delegated permission {permission} to the application; then: \
                 graphmail login --account default --scopes {scopes}\n"
            ),
        );
    }
    assert_eq!(world.requests().len(), requests);
}

#[test]
fn a_report_in_the_inbox() {
    let world = bouncing();
    let why = "the message was sent, but not delivered to a@bad.example: 5.1.10 550 5.1.10 \
               RESOLVER.ADR.RecipientNotFound; Recipient a@bad.example not found by SMTP address lookup";
    let run = world.run(&format!("{SEND} --wait --wait-bounce"));
    assert_eq!(
        (run.status, &*run.stderr),
        (69, &*format!("graphmail: error: {why}\n"))
    );
    let lines: Vec<_> = run.stdout.lines().collect();
    let [id, "<mine@example.org>", link] = lines[..] else {
        panic!("{lines:?}");
    };
    assert!(
        id.starts_with("AAMk") && link.contains("ItemID="),
        "{lines:?}"
    );
    assert_eq!(run.waits, [0.0; 0]);
    let json = world
        .run(&format!("{SEND} --json --wait --wait-bounce"))
        .json();
    assert!(json["error"]["id"].as_str().unwrap().starts_with("AAMk"));
    assert!(json["error"]["web_link"].is_string());
    let json = world.run(&format!("{SEND} --json --wait-bounce=1s")).json();
    assert_eq!(json["error"]["exit"], 69);
    assert_eq!(json["error"]["message"], why);
    assert_eq!(json["error"]["message_id"], "<mine@example.org>");
    assert_eq!(
        json["error"]["failed_recipients"],
        serde_json::json!([{
            "address": "a@bad.example",
            "status": "5.1.10",
            "diagnostic": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a@bad.example not found by SMTP \
                           address lookup",
        }])
    );
    assert_eq!(world.sandbox().accepted().len(), 3);
    let run = world.run("send -t b@example.org -s S --wait-bounce=4s");
    run.is_silent();
    assert_eq!(run.waits, [1.0, 2.0, 1.0]);
}

/// As Postfix reports: the returned message is whole, and nothing names it in the header section.
#[test]
fn a_report_of_another_host() {
    let report = "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example\r\nX-Postfix-Queue-ID: 1\r\n\r\n\
        Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 <a@example.org>:\r\n    User unknown; try later\r\n\r\n\
        Final-Recipient: rfc822; b@example.org\r\nAction: delayed\r\nStatus: 4.0.0\r\n\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\n\
        Message-ID: <mine@example.org>\r\nSubject: S\r\n\r\nB\r\n--b--\r\n";
    let parsed = DeliveryReport::parse(report.as_bytes()).expect("a report");
    assert!(parsed.is_about("<mine@example.org>") && !parsed.is_about("<other@example.org>"));
    assert_eq!(
        parsed.failed,
        [FailedRecipient {
            address: "a@example.org".to_owned(),
            status: "5.1.1".to_owned(),
            diagnostic: "550 5.1.1 <a@example.org>:    User unknown; try later".to_owned(),
        }]
    );
    assert_eq!(DeliveryReport::parse(b"Subject: S\r\n\r\nB\r\n"), None);
}
