//! `--dry-run`: everything is checked and shown; no network, no keyring, no account.

use super::pretty;
use crate::support::expected;
use crate::support::host::World;

const LINE: &str = "send -t '\"Doe, Jane\" <jane@example.org>' -b b@example.org -f me@example.org \
    -s 'Grüße' --body \"It's\" --attach HOME/note.txt";

/// A world that fails the test when anything of it is asked.
fn offline() -> World {
    let world = World::alone();
    drop(world.file("note.txt", "noted\n"));
    world
}

fn shown(world: &World, flags: &str) -> String {
    let run = world.run(&format!("{LINE} {flags}"));
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{flags}");
    assert_eq!(world.keyring.asked(), 0, "{flags}");
    run.stdout
}

#[test]
fn each_form_whole_without_network_keyring_or_account() {
    for (form, file) in [
        ("", "plan.txt"),
        ("=plan", "plan.txt"),
        ("=json", "request.json"),
        ("=eml", "message.eml"),
        ("=curl", "curl.sh"),
    ] {
        let world = offline();
        let text = shown(&world, &format!("--dry-run{form}"));
        expected::compare(&format!("send/dry-run/{file}"), text);
    }
    for form in ["", "=json", "=eml", "=curl"] {
        let world = offline();
        let run = world.run(&format!("{LINE} --json --dry-run{form}"));
        let name = form.trim_start_matches('=');
        let file = format!(
            "send/dry-run/object-{}.json",
            if name.is_empty() { "plan" } else { name }
        );
        expected::compare(&file, pretty(&run.json()));
    }
}

/// As a draft: which requests, of how many bytes, with which rights; and what each shows of it.
#[test]
fn each_form_of_what_goes_as_a_draft() {
    let world = offline();
    drop(world.file("small", vec![b'x'; 2_200_000]));
    drop(world.file("big.pdf", vec![b'x'; 9_000_000]));
    let large = "--attach HOME/small --attach HOME/big.pdf";
    for (form, file) in [
        ("--dry-run=plan", "plan.txt"),
        ("--dry-run=plan --json", "object.json"),
        (
            "--dry-run=plan --html '<p>It' --format mime",
            "plan-mime.txt",
        ),
    ] {
        // Of one host each, so that each has the same Message-ID.
        let world = offline();
        drop(world.file("small", vec![b'x'; 2_200_000]));
        drop(world.file("big.pdf", vec![b'x'; 9_000_000]));
        let text = shown(&world, &format!("{large} {form}"));
        expected::compare(&format!("send/dry-run/staged/{file}"), text);
    }
    world.run(&format!("{LINE} {large} --dry-run=curl")).failed(
        64,
        "graphmail: error: a draft with attachments cannot be sent with one command\n\
         hint: --dry-run shows the requests, --json --dry-run shows them as JSON\n",
    );
    for form in ["json", "eml"] {
        let format = if form == "json" { "json" } else { "mime" };
        let line = format!("{LINE} {large} --format {format} --dry-run={form}");
        world.run(&line).failed(64, IN_PARTS);
    }
}

#[test]
fn a_ready_message_that_is_taken_apart_is_shown_so() {
    let world = offline();
    let message = format!(
        "From: a@example.org\nTo: b@example.org\nContent-Type: multipart/mixed; boundary=b\n\n\
         --b\n\nText\n--b\nContent-Disposition: attachment; filename=x.txt\n\n{}\n--b--\n",
        "x\n".repeat(1_200_000)
    );
    let run = world.run_with("send --mime - --dry-run=plan", &message);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    expected::compare("send/dry-run/staged/ready-plan.txt", run.stdout);
    let run = world.run_with("send --mime - --dry-run=eml", &message);
    run.failed(64, IN_PARTS);
}

const IN_PARTS: &str = "graphmail: error: the message is sent as a draft with attachments, which takes several requests\n\
    hint: --dry-run shows the requests, --json --dry-run shows them as JSON\n";

/// Where the service may not have what a plan needs, the plan says so.
#[test]
fn a_plan_for_a_us_government_cloud_warns_of_upload_sessions() {
    let mut world = offline();
    world.set("GRAPHMAIL_CLOUD", "dod");
    drop(world.file("big.pdf", vec![b'x'; 9_000_000]));
    let text = shown(&world, "--attach HOME/big.pdf --dry-run");
    expected::compare("send/dry-run/staged/plan-dod.txt", text);
}

#[test]
fn a_plan_says_why_it_is_mime_and_out_of_whose_mailbox() {
    let world = offline();
    world.configure(
        "[accounts.work]
auth = \"device-code\"
client_id = \"id\"
tenant = \"contoso.com\"
cloud = \"usgov\"
mailbox = \"reports@contoso.com\"
",
    );
    let text = shown(&world, "--html x -H 'List-Id: x' --dry-run");
    expected::compare("send/dry-run/plan-mime.txt", text);
}

#[test]
fn a_plan_says_who_gets_a_ready_message_and_what_is_in_it() {
    let message = "From: a@example.org\nTo: Jane <b@example.org>, c@example.org\nCc: d@example.org\n\
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe=1B!?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\n\
        Content-Type: text/plain; name=\"x y.txt\"\nContent-Transfer-Encoding: base64\n\nSGVs\nbG8=\n--b--\n";
    let run = offline().run_with("send --mime - -b e@example.org --dry-run", message);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let shown: Vec<_> = run.stdout.lines().skip(2).take(7).collect();
    assert_eq!(
        shown,
        [
            "from         a@example.org",
            "to           Jane <b@example.org>, c@example.org",
            "cc           d@example.org",
            "bcc          e@example.org",
            "subject      Grüße\u{fffd}!",
            "attachment   x y.txt (text/plain, 5 bytes)",
            "recipients   4",
        ]
    );
}

#[test]
fn a_form_that_the_message_cannot_take_is_refused() {
    let world = offline();
    let refusals = [
        ("--dry-run=json --html x", 64),
        ("--dry-run=eml --category Red", 64),
        ("--dry-run=json --format mime --category Red", 64),
        ("--dry-run --attach HOME/absent", 66),
        ("--dry-run --to nobody", 65),
    ];
    for (flags, status) in refusals {
        let run = world.run(&format!("{LINE} {flags}"));
        assert_eq!((run.status, run.stdout.as_str()), (status, ""), "{flags}");
    }
}

#[test]
fn the_same_world_gives_the_same_bytes() {
    let bytes = || shown(&offline(), "--html '<p>x</p>' --dry-run=eml");
    assert_eq!(bytes(), bytes());
}

#[test]
fn a_ready_message_is_shown_as_it_would_go() {
    let message = "From: a@example.org\nTo: b@example.org\n\nx\n";
    let world = offline();
    let run = world.run_with("send --mime - -b c@example.org --dry-run=eml", message);
    expected::same(
        "the output",
        "Message-ID: <00000000-0000-4000-8000-000000000000@example.org>\r\nBcc: c@example.org\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\nx\r\n",
        &run.stdout,
    );
    let run = world.run_with("send --mime - --dry-run=json", message);
    assert_eq!(run.status, 64);
}
