//! `draft`: what an interrupted send left in Drafts, listed, sent and deleted.

mod create;

use serde_json::Value;

use crate::support::host::World;

/// A world with a draft that a refused attachment left, since its deletion was refused too.
fn with_a_left_draft() -> World {
    let world = World::ready();
    drop(world.file("big", vec![b'x'; 3_500_000]));
    world.fault("POST /me/messages/*/attachments/createUploadSession=403,code=ErrorAccessDenied");
    world.fault("DELETE /me/messages/*=403,code=ErrorAccessDenied");
    let run = world.run("send -t a@example.org -s 'Left behind' --attach HOME/big");
    assert_eq!(run.status, 77, "{run:?}");
    assert!(run.stderr.contains("is left in Drafts"), "{run:?}");
    world
}

fn listed(world: &World) -> Vec<Value> {
    let run = world.run("draft list --json");
    assert_eq!(run.status, 0, "{run:?}");
    run.json()["drafts"].as_array().unwrap().clone()
}

#[test]
fn a_draft_is_listed_and_sent() {
    let world = with_a_left_draft();
    let drafts = listed(&world);
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0]["subject"], "Left behind");
    assert_eq!(drafts[0]["to"], serde_json::json!(["a@example.org"]));
    let id = drafts[0]["id"].as_str().unwrap();
    let line = world.run("draft list").stdout;
    assert!(line.starts_with(id), "{line}");
    assert!(line.ends_with("  a@example.org  Left behind\n"), "{line}");

    world.run(&format!("draft send {id}")).is_silent();
    assert_eq!(world.message().subject, "Left behind");
    assert_eq!(listed(&world), Vec::<Value>::new());
    let again = world.run(&format!("draft send {id} --json"));
    assert_ne!(again.status, 0, "{again:?}");
    assert_eq!(world.sandbox().accepted().len(), 1, "it went once");
}

#[test]
fn a_draft_is_deleted_and_one_that_is_gone_is_no_error() {
    let world = with_a_left_draft();
    let id = listed(&world)[0]["id"].as_str().unwrap().to_owned();
    let run = world.run(&format!("draft delete {id} --json"));
    assert_eq!(
        (run.status, run.json()["deleted"].as_bool()),
        (0, Some(true))
    );
    assert_eq!(listed(&world), Vec::<Value>::new());
}

/// A copy in Sent Items has an id like any draft.
#[test]
fn what_is_no_draft_stays() {
    let world = with_a_left_draft();
    let id = listed(&world)[0]["id"].as_str().unwrap().to_owned();
    world.run(&format!("draft send {id}")).is_silent();
    let run = world.run(&format!("draft delete {id}"));
    run.failed(
        65,
        &format!(
            "graphmail: error: {id} is not a draft: it was sent or received, and is not deleted\n"
        ),
    );
    let deletions = world.requests();
    let deletions = deletions.iter().filter(|asked| asked.starts_with("DELETE"));
    assert_eq!(deletions.count(), 1, "the one that was refused at first");
}

#[test]
fn a_draft_that_is_not_there_is_not_sent() {
    let world = with_a_left_draft();
    let id = listed(&world)[0]["id"].as_str().unwrap().to_owned();
    world.fault("POST /me/messages/*/send=404,code=ErrorItemNotFound");
    let run = world.run(&format!("draft send {id}"));
    assert_eq!((run.status, run.stdout.as_str()), (66, ""));
    assert!(
        run.stderr.starts_with(&format!(
            "graphmail: error: the draft was not sent: there is no draft {id}"
        )) && run.stderr.ends_with("hint: graphmail draft list\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_no_id_is_refused_before_the_network() {
    let world = World::alone();
    assert_eq!(world.run("draft send 'a b'").status, 64);
    for wrong in ["..", "../x", "%2e%2e", "a/b?c#d"] {
        for verb in ["send", "delete"] {
            let run = world.run(&format!("draft {verb} '{wrong}'"));
            assert_eq!((run.status, run.stdout.as_str()), (64, ""), "{wrong}");
            let said = format!("{wrong:?} is not a draft id");
            assert!(run.stderr.contains(&said), "{}", run.stderr);
        }
    }
}

/// Of an id that Graph does not know, what is wanted is done; one that is none is a mistake.
#[test]
fn an_unknown_id_is_gone_and_a_malformed_one_is_refused() {
    let world = World::ready();
    let run = world.run("draft delete AAMkUnknown=");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (0, "graphmail: the draft no longer exists\n")
    );
    world.fault("GET /me/messages/*=400,code=ErrorInvalidIdMalformed");
    let run = world.run("draft delete AAMkMalformed=");
    assert_eq!((run.status, run.stdout.as_str()), (66, ""));
    let hint = "\nhint: graphmail draft list\n";
    assert!(run.stderr.ends_with(hint), "{}", run.stderr);
}

/// A message whose upload fails, and what else goes wrong; how its error ends.
fn stopped(flags: &str, faults: &[&str]) -> String {
    let world = World::ready();
    drop(world.file("big", vec![b'x'; 3_500_000]));
    for fault in faults {
        world.fault(fault);
    }
    let run = world.run(&format!("send -t a@example.org --attach HOME/big {flags}"));
    assert_eq!(run.status, 75, "{run:?}");
    let drafts = world.sandbox().drafts();
    let id = drafts.first().map(|draft| draft.immutable_id.clone());
    let said = match id {
        Some(id) => run.stderr.replace(&id, "ID"),
        None => run.stderr,
    };
    let (_, why) = said
        .split_once("was told to answer this.")
        .unwrap_or(("", &said));
    let (left, hint) = why.split_once(" (request-id ").unwrap_or(("", why));
    format!("{left}\n{}", hint.split_once('\n').unwrap().1)
}

#[test]
fn whoever_leaves_a_draft_says_how_it_goes() {
    let full = "hint: free space in the mailbox, then run it again\n";
    assert_eq!(stopped("", &["PUT /upload/*=507"]), format!("\n{full}"));
    let mut left = full.replace(
        "hint: ",
        "; the draft ID is left in Drafts\nhint: graphmail draft delete ID; then: ",
    );
    assert_eq!(
        stopped("", &["PUT /upload/*=507", "DELETE /me/messages/*=403"]),
        left
    );
    left = left.replace("delete ID;", "delete ID --mailbox you@sandbox.example;");
    assert_eq!(
        stopped(
            "--mailbox you@sandbox.example",
            &["PUT /upload/*=507", "DELETE /users/*/messages/*=403"]
        ),
        left
    );
    // What is deleted by another is gone.
    assert_eq!(
        stopped(
            "",
            &[
                "PUT /upload/*=507",
                "DELETE /me/messages/*=404,code=ErrorItemNotFound"
            ]
        )
        .lines()
        .last(),
        full.lines().last()
    );
    // Another run makes another draft, where one was deleted meanwhile.
    for (fault, left, hint) in [
        (
            "POST /me/messages/*/attachments/createUploadSession=404",
            "; the draft no longer exists",
            "it is safe to run it again",
        ),
        (
            "POST /me/messages=429,retry-after=600",
            "",
            "it is safe to run it again after 2026-11-20T10:10:00Z, or with a --max-wait that lasts until then",
        ),
        ("POST /me/messages=409", "", "it is safe to run it again"),
    ] {
        assert_eq!(stopped("", &[fault]), format!("{left}\nhint: {hint}\n"));
    }
    // A draft with a Message-ID that follows no standard cannot be searched for.
    let world = World::ready();
    world.fault("POST /me/messages=reset-after");
    let odd = "Message-ID: what is this\nFrom: a@example.org\nTo: b@example.org\n\nx\n";
    let run = world.run_with("draft create --mime -", odd);
    assert_eq!(run.status, 75, "{run:?}");
    let hint = "hint: graphmail draft list; then: it is safe to run it again\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
    // One of graphmail's is found, whoever sends.
    let world = World::ready();
    world.fault("POST /me/messages=reset-after");
    assert_eq!(world.run("draft create -t a@example.org").status, 0);
    assert_eq!(world.sandbox().drafts().len(), 1);
}

#[test]
fn a_draft_without_recipients_is_listed_and_not_sent() {
    let world = World::ready();
    assert_eq!(world.run("draft create -s 'To nobody'").status, 0);
    let id = world.sandbox().drafts()[0].immutable_id.clone();
    let line = world.run("draft list").stdout;
    assert!(
        line.starts_with(&id) && line.ends_with("  -  To nobody\n"),
        "{line}"
    );
    let run = world.run(&format!("draft send {id}"));
    assert_eq!((run.status, run.stdout.as_str()), (65, ""));
    let hint = run.stderr.lines().last().unwrap();
    assert!(
        hint.starts_with("hint: the draft has no recipient, or an invalid one"),
        "{hint}"
    );
}
