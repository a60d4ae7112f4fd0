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
        &format!("graphmail: error: {id} is no draft: it was sent or received, and stays\n"),
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
    assert_eq!(world.run("draft delete ..").status, 64);
}
