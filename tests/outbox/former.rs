//! Entries of former versions, which were folders, with their locks in another one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{SEND, id, later, states};
use crate::support::files::last_record;
use crate::support::host::World;

const LONG: &str = "send -t a@example.org -s S --body-file HOME/long.txt --queue always";

/// A world with an entry, and where it is.
fn kept(line: &str) -> (World, PathBuf, String) {
    let world = World::ready();
    drop(world.file("long.txt", "x".repeat(20_000)));
    world.fault("POST /me/sendMail=401");
    assert_eq!(world.run(line).status, 0);
    later(&world, 5);
    let outbox = world.home().join(".local/state/graphmail/outbox");
    let id = id(&world);
    (world, outbox, id)
}

/// Makes an entry of the former version of it.
fn age(outbox: &Path, id: &str) {
    let folder = outbox.join("new").join(id);
    let contents = outbox.join("contents").join(id);
    if contents.exists() {
        fs::rename(contents, &folder).unwrap();
    } else {
        fs::create_dir(&folder).unwrap();
    }
    let (file, former) = (
        outbox.join(format!("new/{id}.json")),
        folder.join("entry.json"),
    );
    let records = fs::read_to_string(&file).unwrap();
    fs::write(&former, records.replace("\"version\":3", "\"version\":2")).unwrap();
    fs::remove_file(file).unwrap();
    fs::create_dir_all(outbox.join("locks")).unwrap();
    fs::write(outbox.join("locks").join(id), "").unwrap();
}

#[test]
fn they_are_sent() {
    for line in [&format!("{SEND} --queue always"), LONG] {
        let (world, outbox, id) = kept(line);
        age(&outbox, &id);
        // What a killed process had begun.
        fs::create_dir(outbox.join("tmp/20261120T090000000Z01010101")).unwrap();
        assert_eq!(states(&world), ["new"]);
        // Processes of the former version may need the folder for a while.
        let locks = outbox.join("locks");
        assert_eq!(fs::read_dir(&locks).unwrap().count(), 0);
        let old = SystemTime::now() - Duration::from_hours(2);
        fs::File::open(&locks).unwrap().set_modified(old).unwrap();
        assert_eq!(states(&world), ["new"]);
        assert!(!locks.exists());
        assert_eq!(fs::read_dir(outbox.join("tmp")).unwrap().count(), 0);
        world.fault("POST /me/sendMail=429,retry-after=600");
        assert_eq!(world.run("outbox flush").status, 75);
        let file = outbox.join(format!("new/{id}.json"));
        let record = last_record(&fs::read(file).unwrap());
        assert_eq!(record["version"], 3);
        later(&world, 10);
        world.run("outbox flush").is_silent();
        assert_eq!(world.sandbox().accepted().len(), 1);
        assert_eq!(states(&world), [""; 0]);
        assert_eq!(fs::read_dir(outbox.join("contents")).unwrap().count(), 0);
    }
}

/// A process of the former version that still sends it keeps it.
#[test]
fn what_is_being_sent_stays_until_it_ends() {
    let (world, outbox, id) = kept(LONG);
    age(&outbox, &id);
    let lock = fs::File::open(outbox.join("locks").join(&id)).unwrap();
    lock.lock().unwrap();
    world.run("outbox flush").is_silent();
    assert!(outbox.join("new").join(&id).join("entry.json").exists());
    assert_eq!(world.sandbox().accepted().len(), 0);
    lock.unlock().unwrap();
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
}

/// The process that moved it was killed between its file and its contents.
#[test]
fn a_move_that_was_cut_off_is_ended() {
    let (world, outbox, id) = kept(LONG);
    age(&outbox, &id);
    let former = outbox.join("new").join(&id).join("entry.json");
    fs::rename(former, outbox.join(format!("new/{id}.json"))).unwrap();
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
    assert!(!outbox.join("new").join(&id).exists());
}

/// A backup was copied back: the entry that is there counts, and no other is stopped.
#[test]
fn one_that_is_there_already_stays() {
    let (world, outbox, id) = kept(LONG);
    let file = outbox.join(format!("new/{id}.json"));
    let record = fs::read(&file).unwrap();
    age(&outbox, &id);
    fs::write(&file, record).unwrap();
    fs::create_dir(outbox.join("contents").join(&id)).unwrap();
    let message = outbox.join("new").join(&id).join("message");
    fs::copy(&message, outbox.join("contents").join(&id).join("message")).unwrap();
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
    assert_eq!(states(&world), [""; 0]);
    assert!(!message.exists());
    let kept = outbox.join("new").join(format!("{id}.former/message"));
    assert!(kept.exists());
}

/// One without its record was not readable before, and is not now.
#[test]
fn one_without_its_record_is_set_aside() {
    let (world, outbox, id) = kept(LONG);
    age(&outbox, &id);
    fs::remove_file(outbox.join("new").join(&id).join("entry.json")).unwrap();
    assert_eq!(world.run("outbox flush").status, 73);
    assert_eq!(states(&world), ["failed"]);
    let shown = world.run(&format!("outbox show {id} --message"));
    assert!(shown.stdout.contains("\"message\":"), "{shown:?}");
}
