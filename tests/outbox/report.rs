//! `report_to`: somebody is told, once, of what needs a person.

use super::{SEND, cut, entries, id, later, states};
use crate::support::expected;
use crate::support::host::World;

const REPORT: &str = "[outbox]\nqueue = \"always\"\nreport_to = \"admin@example.org\"\n";

/// The text of the last message that arrived, `ID` for the entry's id.
fn text(world: &World, id: &str) -> String {
    let accepted = world.sandbox().accepted();
    let report = &accepted.last().unwrap().resource;
    assert_eq!(
        report["toRecipients"][0]["emailAddress"]["address"],
        "admin@example.org"
    );
    report["body"]["content"]
        .as_str()
        .unwrap()
        .replace(id, "ID")
}

#[test]
fn the_owner_is_told_once_of_what_is_given_up() {
    let world = World::ready();
    world.configure(REPORT);
    world.fault("POST /me/sendMail=429,retry-after=600");
    assert_eq!(world.run(SEND).status, 0);
    later(&world, 10);
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    assert_eq!(world.run("outbox flush").status, 65);
    let report = world.message().resource;
    assert_eq!(report["subject"], "Not sent: S");
    let first = id(&world);
    expected::compare("outbox/report.txt", text(&world, &first));
    world.run("outbox flush --all").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
    // A report that is refused as well is the end of it.
    world.run(&format!("outbox retry {first}")).is_silent();
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients,times=2");
    assert_eq!(world.run("outbox flush").status, 65);
    assert_eq!(states(&world), ["failed", "failed"]);
    world.run("outbox flush").is_silent();
    assert_eq!(states(&world), ["failed", "failed"]);
    assert_eq!(world.sandbox().accepted().len(), 1);
}

/// Wherever the process is ended, one report is sent.
#[test]
fn the_owner_is_told_once_by_processes_that_are_killed() {
    for step in 1.. {
        let world = World::ready();
        world.configure(REPORT);
        world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
        assert_eq!(world.run(SEND).status, 65);
        if cut(&world, "outbox flush", step).is_some() {
            assert!(step > 5, "{step} steps");
            break;
        }
        for _ in 0..4 {
            later(&world, 2);
            drop(world.run("outbox flush"));
        }
        let accepted = world.sandbox().accepted().len();
        let is_doubtful = states(&world).contains(&"doubtful".to_owned());
        assert!(
            accepted == 1 || accepted == 0 && is_doubtful,
            "step {step}: {accepted} reports, {:?}",
            states(&world)
        );
    }
}

/// What failed at once failed in a script that is over: a later flush reports it.
#[test]
fn of_what_failed_at_once() {
    let world = World::ready();
    world.configure(REPORT);
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    assert_eq!(world.run(SEND).status, 65);
    assert_eq!(world.sandbox().accepted().len(), 0);
    world.run("outbox flush").is_silent();
    world.run("outbox flush").is_silent();
    assert_eq!(world.message().resource["subject"], "Not sent: S");
    assert_eq!(states(&world), ["failed"]);
}

#[test]
fn of_what_stays_in_doubt() {
    let world = World::ready();
    world.configure(REPORT);
    world.fault("POST /me/sendMail=reset-before");
    assert_eq!(world.run(SEND).status, 76);
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 0);
    later(&world, 2);
    assert_eq!(world.run("outbox flush").status, 76);
    assert_eq!(world.message().resource["subject"], "Perhaps not sent: S");
    let id = id(&world);
    let text = text(&world, &id).replace(
        world.sandbox().graph_url().trim_start_matches("http://"),
        "HOST",
    );
    expected::compare("outbox/report-doubt.txt", text);
    later(&world, 60);
    assert_eq!(world.run("outbox flush").status, 76);
    assert_eq!(world.sandbox().accepted().len(), 1);
}

#[test]
fn of_what_cannot_be_read() {
    let world = World::ready();
    world.configure(REPORT);
    world.fault("POST /me/sendMail=401");
    assert_eq!(world.run(SEND).status, 0);
    let poison = id(&world);
    let entry = format!(".local/state/graphmail/outbox/new/{poison}.json");
    drop(world.file(&entry, ""));
    for status in [73, 0] {
        later(&world, 5);
        assert_eq!(world.run("outbox flush").status, status);
    }
    assert_eq!(
        world.message().resource["subject"],
        format!("Not sent: {poison} in the outbox")
    );
    expected::compare("outbox/report-broken.txt", text(&world, &poison));
}

/// Nothing may answer a report (RFC 3834).
#[test]
fn it_says_that_nobody_wrote_it() {
    let world = World::ready();
    world.configure(&format!(
        "[accounts.a]\nauth = \"device-code\"\nclient_id = \"x\"\ntenant = \"t\"\n\
         username = \"you@sandbox.example\"\n{REPORT}"
    ));
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    assert_eq!(world.run(SEND).status, 65);
    world.run("outbox flush").is_silent();
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert!(
        eml.contains("\r\nAuto-Submitted: auto-generated\r\n"),
        "{eml}"
    );
    assert!(
        eml.contains("\r\nX-Auto-Response-Suppress: All\r\n"),
        "{eml}"
    );
    assert_eq!(entries(&world)[0]["account"], "a");
}
