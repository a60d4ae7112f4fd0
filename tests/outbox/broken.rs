//! Entries that are not whole any more: given up once, said so, and in nobody's way.

use super::{SEND, entries, id, later, states};
use crate::support::files::last_record;
use crate::support::host::World;

/// As [`SEND`], with a message that has a file of its own.
const LONG: &str =
    "send -t a@example.org -s S --body-file HOME/long.txt --message-id '<mine@example.org>'";

/// A world with one entry that is new, its id, its file, and the folder of its contents.
fn kept(line: &str) -> (World, String, [String; 2]) {
    let world = World::ready();
    let path = if line.contains("--attach") {
        "messages"
    } else {
        "sendMail"
    };
    world.fault(&format!("POST /me/{path}=401"));
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    drop(world.file("long.txt", "x".repeat(20_000)));
    assert_eq!(world.run(line).status, 0);
    let poison = id(&world);
    let outbox = ".local/state/graphmail/outbox";
    let file = format!("{outbox}/new/{poison}.json");
    let contents = format!("{outbox}/contents/{poison}");
    (world, poison, [file, contents])
}

/// A flush fails once for it and sends the rest, the next says nothing; `retry` says what is missing.
fn is_given_up(world: &World, poison: &str, why: &str) {
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    let accepted = world.sandbox().accepted().len();
    later(world, 5);
    let line = format!("the entry {poison} cannot be read: {why}\n");
    world
        .run("outbox flush")
        .failed(73, &format!("graphmail: {poison} failed: {line}"));
    assert_eq!(world.sandbox().accepted().len(), accepted.max(1));
    let listed = entries(world);
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &"failed".into()));
    let said = listed[0]["last_error"].as_str().unwrap();
    assert!(said.ends_with(why), "{said}");
    let listed = world.run("outbox list").stdout;
    assert!(listed.contains(why), "{listed}");
    later(world, 300);
    world.run("outbox flush").is_silent();
    world.run(&format!("outbox retry {poison}")).failed(
        73,
        &format!(
            "graphmail: error: {line}hint: the rest of it can be read: graphmail outbox show {poison} --message; \
             then: graphmail outbox drop {poison}\n"
        ),
    );
    assert_eq!(states(world), ["failed"]);
}

fn is_dropped(world: &World, poison: &str) {
    world.run(&format!("outbox drop {poison}")).is_silent();
    assert_eq!(states(world), [""; 0]);
}

#[test]
fn without_its_message() {
    let (world, poison, [_, folder]) = kept(&format!("{LONG} --queue always"));
    std::fs::remove_file(world.home().join(folder).join("message")).unwrap();
    is_given_up(&world, &poison, "its file message is missing");
    is_dropped(&world, &poison);
}

#[test]
fn without_all_of_an_attachment() {
    let line = format!("{SEND} --attach HOME/large.bin --queue always");
    let (world, poison, [_, folder]) = kept(&line);
    drop(world.file(&format!("{folder}/attachment-1"), "x"));
    let why = "its file attachment-1 (\"large.bin\") has 1 bytes, not 3200000";
    is_given_up(&world, &poison, why);
    is_dropped(&world, &poison);
}

#[test]
fn without_its_record() {
    for (line, message) in [
        (format!("{LONG} --queue always"), "{\"message\":"),
        (
            format!("{LONG} --format mime --from me@example.org --queue always"),
            "From: ",
        ),
    ] {
        let (world, poison, [file, _]) = kept(&line);
        drop(world.file(&file, ""));
        let why = "its file is damaged: EOF while parsing a value at line 1 column 0";
        is_given_up(&world, &poison, why);
        let run = world.run(&format!("outbox show {poison} --message"));
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.stdout.contains(message), "{run:?}");
        is_dropped(&world, &poison);
    }
}

#[test]
fn with_an_entry_cut_short() {
    let (world, poison, [file, _]) = kept(&format!("{SEND} --queue always"));
    drop(world.file(&file, "{\"version\": 1,"));
    let why = "its file is damaged: EOF while parsing a value at line 1 column 14";
    is_given_up(&world, &poison, why);
}

/// A newer version keeps its mail where it finds it: nobody gives it up or drops it meanwhile.
#[test]
fn with_an_entry_of_a_newer_version() {
    let (world, newer, [path, _]) = kept(&format!("{SEND} --queue always"));
    let entry = world.read(&path);
    drop(world.file(&path, "{\"version\": 4}"));
    let why = format!(
        "the entry {newer} cannot be read: its file has version 4; this graphmail reads versions up to 3\n"
    );
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    for line in ["outbox flush".to_owned(), format!("outbox flush {newer}")] {
        later(&world, 5);
        world
            .run(&line)
            .failed(73, &format!("graphmail: {newer} new: {why}"));
        assert_eq!(states(&world), ["new"]);
    }
    let hint = "hint: leave it to the newer graphmail that queued it\n";
    for line in ["outbox retry", "outbox show"] {
        world
            .run(&format!("{line} {newer}"))
            .failed(73, &format!("graphmail: error: {why}{hint}"));
    }
    // Its own version sends it.
    let entry = entry.replace("SANDBOX", &world.sandbox().graph_url());
    drop(world.file(&path, entry));
    world.run("outbox flush").is_silent();
    assert_eq!(states(&world), [""; 0]);
}

#[test]
fn without_all_of_its_message() {
    let (world, poison, [_, folder]) = kept(&format!("{LONG} --queue always"));
    let path = format!("{folder}/message");
    let size = std::fs::metadata(world.home().join(&path)).unwrap().len();
    drop(world.file(&path, "{"));
    let why = format!("its message has 1 bytes, not {size}");
    is_given_up(&world, &poison, &why);
}

/// A short message is in the file of its entry, where it may be damaged, and where it is read if the rest is damaged.
#[test]
fn with_a_short_message_that_is_damaged() {
    let (world, poison, [path, _]) = kept(&format!("{SEND} --queue always"));
    let records = world.read(&path);
    let (body, rest) = records.split_once('\n').unwrap();
    drop(world.file(&path, format!("{body}\n{{")));
    let shown = world.run(&format!("outbox show {poison} --message"));
    assert!(shown.stdout.starts_with("{\"message\":"), "{shown:?}");
    for (damaged, why) in [
        (
            "{\"body\":\"{}\"}".to_owned(),
            format!("its message has 2 bytes, not {}", shown.stdout.len()),
        ),
        (
            "{\"body\":1}".to_owned(),
            "its file is damaged: invalid type: integer `1`, expected a string at line 1 column 9"
                .to_owned(),
        ),
    ] {
        let (world, poison, [path, _]) = kept(&format!("{SEND} --queue always"));
        let rest = rest.replace("SANDBOX", &world.sandbox().graph_url());
        drop(world.file(&path, format!("{damaged}\n{rest}")));
        is_given_up(&world, &poison, &why);
    }
}

/// Former versions did not note how long it is.
#[test]
fn with_an_entry_of_a_former_version() {
    let (world, _, [path, _]) = kept(&format!("{LONG} --queue always"));
    let entry = world
        .read(&path)
        .replace("SANDBOX", &world.sandbox().graph_url());
    let mut entry = last_record(entry.as_bytes());
    let size = entry["message"].as_object_mut().unwrap().remove("size");
    assert!(size.is_some(), "{entry}");
    entry["version"] = 1.into();
    drop(world.file(&path, format!("{entry:#}")));
    // Such a file is replaced: a former version cannot read what is appended.
    world.fault("POST /me/sendMail=429,retry-after=600");
    later(&world, 5);
    assert_eq!(world.run("outbox flush").status, 75);
    let records = world.read(&path);
    assert_eq!(records.matches("\"version\":3").count(), 2, "{records}");
    assert!(!records.contains("\"version\": 1"), "{records}");
    later(&world, 10);
    world.run("outbox flush").is_silent();
    assert_eq!(states(&world), [""; 0]);
}

/// A power cut leaves a part of the last line, with or without its bytes: nothing was done after it.
#[test]
fn with_a_last_line_cut_short() {
    for rest in [
        "\n{\"version\":3,\"acc",
        "\n",
        "\0\0\0",
        "{",
        // The zeros that it was written over.
        "\n{\"version\":3,\"acc\0\0\0\0",
        "\0\0\0ount\":\"environment\"}\0\0",
        "\n{\"version\":3,\"account\":\"\0\0\0\",\"to\":[]}\0",
        "\n{\"version\": 3}",
    ] {
        let (world, poison, [path, _]) = kept(&format!("{SEND} --queue always"));
        let records = world.read(&path);
        let records = records.replace("SANDBOX", &world.sandbox().graph_url());
        let records = records.trim_end_matches(['\0', '\n']);
        let is_complete = rest.ends_with('}');
        drop(world.file(&path, format!("{records}{rest}")));
        if is_complete {
            let why = "its file is damaged: missing field `account` at line 2 column 14";
            is_given_up(&world, &poison, why);
            continue;
        }
        // The next records take its place.
        world.fault("POST /me/sendMail=429,retry-after=600");
        later(&world, 5);
        assert_eq!(world.run("outbox flush").status, 75);
        assert_eq!(states(&world), ["new"]);
        later(&world, 10);
        world.run("outbox flush").is_silent();
        assert_eq!(states(&world), [""; 0], "{rest:?}");
    }
}

/// A message that is tried for days does not fill the disk with its records.
#[test]
fn after_many_attempts() {
    let subject = "x".repeat(8_000);
    let line = format!("send -t a@example.org -s {subject} --body B --queue always");
    let (world, _, [path, _]) = kept(&line);
    let path = world.home().join(path);
    let mut sizes = Vec::new();
    for _ in 0..8 {
        world.fault("POST /me/sendMail=429,retry-after=600");
        later(&world, 10);
        assert_eq!(world.run("outbox flush").status, 75);
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    assert!(sizes.iter().all(|size| *size <= 64 << 10), "{sizes:?}");
    assert!(!sizes.is_sorted(), "{sizes:?}");
    later(&world, 10);
    world.run("outbox flush").is_silent();
    assert_eq!(states(&world), [""; 0]);
}

/// What a dead process left may have been sent, and is not given up as if it had not.
#[test]
fn in_the_hands_of_a_process_that_is_gone() {
    let (world, poison, [path, _]) = kept(&format!("{SEND} --queue always --idempotency-key k"));
    let busy = path.replace("/new/", "/busy/");
    std::fs::rename(world.home().join(&path), world.home().join(&busy)).unwrap();
    drop(world.file(&busy, ""));
    assert_eq!(states(&world), ["doubtful"]);
    let run = world.run("outbox flush");
    assert_eq!(run.status, 73, "{run:?}");
    assert!(
        run.stderr.contains(&format!("{poison} doubtful: ")),
        "{run:?}"
    );
    assert_eq!(states(&world), ["doubtful"]);
    let run = world.run(&format!("{SEND} --queue always --idempotency-key k"));
    assert_eq!(run.status, 76, "{run:?}");
    assert_eq!(world.sandbox().accepted().len(), 0);
}
