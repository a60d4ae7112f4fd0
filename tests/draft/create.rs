//! `draft create`: the flags of `send`, and a draft in place of a sent message.

use serde_json::{Value, json};

use crate::support::expected;
use crate::support::host::World;

/// The one draft of the sandbox as Graph holds it.
fn kept(world: &World) -> Value {
    let drafts = world.sandbox().drafts();
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    drafts[0].message.clone()
}

#[test]
fn what_send_would_send_stays_in_drafts() {
    let world = World::ready();
    drop(world.file("small", b"small"));
    let big: Vec<u8> = (0..7_000_000_u32)
        .flat_map(u32::to_le_bytes)
        .take(7_000_000)
        .collect();
    drop(world.file("big", &big));
    let line = "draft create -t a@example.org -b b@example.org -s Kept --body Text --category Red \
        --at '+2h' --attach HOME/small --attach HOME/big";
    let run = world.run(line);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{run:?}");
    let id = world.sandbox().drafts()[0].immutable_id.clone();
    let link = "SANDBOX/owa/?ItemID=";
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines[0], id);
    assert!(lines[1].starts_with(link), "{run:?}");
    assert_eq!(lines.len(), 2);
    let asked = world.requests();
    let asked: Vec<_> = asked
        .iter()
        .map(|line| line.replace(&id, "ID"))
        .map(|line| line.split("/upload/").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "POST /v1.0/me/messages 201",
            "POST /v1.0/me/messages/ID/attachments 201",
            "POST /v1.0/me/messages/ID/attachments/createUploadSession 201",
            "PUT ",
            "PUT ",
        ]
    );
    let draft = kept(&world);
    assert_eq!(draft["categories"], json!(["Red"]));
    assert_eq!(
        draft["singleValueExtendedProperties"][0]["value"],
        "2026-11-20T12:00:00Z"
    );
    world.run(&format!("draft send {id}")).is_silent();
    let message = world.message();
    assert_eq!(
        (message.subject.as_str(), &*message.bcc),
        ("Kept", &["b@example.org".to_owned()][..])
    );
    let attached = |index: usize| message.attachments[index].contents.to_vec().unwrap();
    assert!(
        attached(0) == b"small" && attached(1) == big,
        "byte for byte"
    );
}

#[test]
fn in_json_it_is_one_object() {
    let world = World::ready();
    let object = world
        .run("draft create -s Kept --message-id '<kept@example.org>' -t a@example.org --json")
        .json();
    let id = &world.sandbox().drafts()[0].immutable_id;
    let listed = world.run("draft list --json").json();
    assert_eq!(
        object,
        json!({
            "ok": true,
            "status": "draft",
            "id": id,
            "web_link": listed["drafts"][0]["web_link"],
            "message_id": "<kept@example.org>",
            "recipients": 1,
        })
    );
    assert!(object["web_link"].is_string());
}

#[test]
fn a_draft_needs_no_recipient_until_it_is_sent() {
    let world = World::ready();
    for line in [
        "draft create -s Whose",
        "draft create -s Whose --format mime -f you@sandbox.example",
    ] {
        let run = world.run(line);
        assert_eq!(run.status, 0, "{run:?}");
        let id = run.stdout.lines().next().unwrap().to_owned();
        let refused = world.run(&format!("draft send {id}"));
        assert_eq!(refused.status, 65, "{refused:?}");
        world.run(&format!("draft delete {id}")).is_silent();
    }
    world.run("send -s Whose").failed(
        65,
        "graphmail: error: the message has no recipient\nhint: name one with --to, --cc or --bcc\n",
    );
}

#[test]
fn a_ready_message_is_whole_while_one_request_holds_it() {
    let world = World::ready();
    let head = "Message-ID: <ready@example.org>\r\nFrom: you@sandbox.example\r\nTo: a@example.org\r\nSubject: Ready\r\n\
        Content-Type: multipart/signed; boundary=b\r\n\r\n";
    let signed = format!(
        "{head}--b\r\n\r\nx\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\ny\r\n--b--\r\n"
    );
    let run = world.run_with("draft create --mime - -b b@example.org", &signed);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.requests(), ["POST /v1.0/me/messages 201"]);
    let id = run.stdout.lines().next().unwrap();
    world.run(&format!("draft send {id}")).is_silent();
    assert_eq!(
        String::from_utf8(world.message().eml.to_vec()).unwrap(),
        signed,
        "without Bcc"
    );

    let large = signed.replace(
        "\r\nx\r\n",
        &format!("\r\n{}\r\n", "x\r\n".repeat(1_100_000)),
    );
    let refused = world.run_with("draft create --mime -", &large);
    refused.failed(
        65,
        "graphmail: error: the message of 3300208 bytes is too large for one request, and splitting it would break its multipart/signed\n\
         hint: sign or encrypt a smaller message, one with a link to the file\n",
    );
    let apart = large
        .replace("multipart/signed", "multipart/mixed")
        .replace(
            "--b\r\n\r\nx",
            "--b\r\nContent-Disposition: attachment; filename=x\r\n\r\nx",
        );
    let run = world.run_with("draft create --mime - --json", &apart);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox().drafts()[0].attachments.len(), 2);
}

#[test]
fn what_fails_leaves_no_draft() {
    let world = World::ready();
    drop(world.file("big", vec![b'x'; 3_500_000]));
    world.fault("POST /me/messages/*/attachments/createUploadSession=507,code=ErrorQuotaExceeded");
    let run = world.run("draft create -t a@example.org --attach HOME/big");
    assert_eq!(run.stdout, "");
    expected::compare("draft/failed.txt", format!("{} {}", run.status, run.stderr));
    assert!(world.sandbox().drafts().is_empty());
    assert!(world.sandbox().accepted().is_empty());
}

#[test]
fn no_save_means_nothing_for_a_draft() {
    World::alone().run("draft create -s x --no-save").failed(
        64,
        "graphmail: error: unexpected argument '--no-save' found\nhint: graphmail draft create --help\n",
    );
}

#[test]
fn a_dry_run_shows_all_but_the_send() {
    let line =
        "draft create -s Kept --body Text --message-id '<kept@example.org>' -f me@example.org";
    for (name, flags) in [
        ("plan.txt", "--attach HOME/big --dry-run"),
        ("plan.json", "--attach HOME/big --dry-run --json"),
        ("request.json", "--dry-run=json"),
        ("message.eml", "--dry-run=eml"),
        ("curl.sh", "--dry-run=curl"),
    ] {
        let world = World::alone();
        drop(world.file("big", vec![b'x'; 9_000_000]));
        let run = world.run(&format!("{line} {flags}"));
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{flags}");
        expected::compare(&format!("draft/dry-run/{name}"), run.stdout);
    }
}

/// Graph answers with the whole draft.
#[test]
fn a_long_text_and_many_recipients_are_no_hindrance() {
    let world = World::ready();
    drop(world.file("long", "ä".repeat(1_700_000)));
    let run = world.run("draft create -s Long --body-file HOME/long");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let body = kept(&world)["body"]["content"].as_str().unwrap().len();
    assert_eq!(body, 3_400_000);
    let crowd: Vec<_> = (0..500)
        .map(|number| {
            format!("\"Somebody with a long name {number}\" <r{number}@list.example.org>")
        })
        .collect();
    let words = [
        "graphmail",
        "draft",
        "create",
        "-s",
        "Crowd",
        "--to",
        &crowd.join(","),
    ];
    let words: Vec<_> = words.iter().map(Into::into).collect();
    for _ in 0..30 {
        assert_eq!(world.run_words(&words, b"").status, 0);
    }
    let list = world.run("draft list");
    assert_eq!(
        (list.status, list.stdout.lines().count()),
        (0, 31),
        "{}",
        list.stderr
    );
}
