//! Large messages that a killed run may have sent, and a journal that cannot be written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::support::host::World;

use super::resumed::all;
use super::{MERGE, accepted, world};

/// The step before the request that sends a large message.
const SENDING: usize = 3;

/// The command, after two runs that were killed when they were about to send a message.
fn killed_twice(world: &World) -> String {
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    let line = format!("{MERGE} --attach HOME/large.bin --journal HOME/journal");
    for _ in 0..2 {
        world.steps.end_at(SENDING);
        assert!(catch_unwind(AssertUnwindSafe(|| world.run(&line))).is_err());
    }
    world.steps.end_at(0);
    assert_eq!(accepted(world), [""; 0]);
    assert_eq!(world.sandbox().drafts().len(), 2);
    line
}

/// The other messages are sent first, and the wait is that of all.
#[test]
fn large_messages_that_may_have_been_sent_share_the_wait() {
    let world = world();
    let line = killed_twice(&world);
    let run = world.run(&line);
    assert_eq!(
        (run.status, &*run.stderr),
        (
            0,
            "graphmail: looking for 2 messages that may have been sent, for up to 30 s: a draft may still leave Drafts\n"
        )
    );
    assert_eq!(run.waits, [1.0, 2.0, 4.0, 8.0, 15.0]);
    let sent = world.sandbox().accepted();
    let subjects: Vec<_> = sent.iter().map(|message| &*message.subject).collect();
    assert_eq!(subjects, ["Invoice 3", "Invoice 1", "Invoice 2"]);
    assert_eq!(world.sandbox().drafts().len(), 0);
    assert_eq!(world.run(&line).status, 0);
    all(&world);
}

/// It says what is known, and what to do.
#[test]
fn the_time_may_be_too_short_for_a_draft() {
    let world = world();
    let line = killed_twice(&world);
    let in_drafts = "it may have been sent before; its draft is still in Drafts, not sent; run it again with a longer --max-wait";
    let run = world.run(&format!("{line} --max-wait 2s"));
    let expected = format!(
        "graphmail: looking for 2 messages that may have been sent, for up to 30 s: a draft may still leave Drafts\n\
         graphmail: row 1 doubtful: {in_drafts}\n\
         graphmail: row 2 doubtful: {in_drafts}\n\
         graphmail: 1 sent, 2 doubtful; journal: HOME/journal\n\
         hint: to send again what is not in Sent Items: "
    );
    assert_eq!(run.status, 76);
    assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
    let again = world.run(&format!("{line} --max-wait 2s --resend-doubtful"));
    assert_eq!(again.status, 76, "{again:?}");
    assert_eq!(accepted(&world), ["c@example.org Invoice 3"]);
    assert_eq!(world.run(&line).status, 0);
    all(&world);
}

/// It is not refused: the next run can send it.
#[test]
fn an_attachment_that_is_gone_after_the_check() {
    let world = world();
    for number in 1..=3 {
        drop(world.file(&format!("{number}.txt"), "x"));
    }
    let line = format!("{MERGE} --attach HOME/{{{{number}}}}.txt --journal HOME/journal");
    let file = world.home().join("2.txt");
    world
        .steps
        .at("answered", move || std::fs::remove_file(file).unwrap());
    let run = world.run(&line);
    assert_eq!(run.status, 66, "{run:?}");
    let expected = "graphmail: row 2 unsent: --attach: HOME/2.txt";
    assert!(run.stderr.starts_with(expected), "{}", run.stderr);
    drop(world.file("2.txt", "x"));
    assert_eq!(world.run(&line).status, 0);
    all(&world);
}

/// Each run names the journal and the reason, also if messages may have been sent.
#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_written() {
    use crate::support::process::Bounded as _;
    use crate::support::program::{Place, text};
    let place = Place::new();
    place.configure("[outbox]\nper_minute = 60000\n");
    let people: String = (1..=60)
        .map(|row| format!("p{row}@example.org,{row}\n"))
        .collect();
    drop(place.file("people.csv", &format!("email,number\n{people}")));
    let line = "merge --data people.csv -t '{{ email }}' -s '{{ number }}' --body B --journal journal --yes";
    let journal = place.home().join("journal").display().to_string();
    for _ in 0..2 {
        let whole = place.command(line);
        let mut limited = place.bare("/bin/sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]);
        limited.arg(whole.get_program()).args(whole.get_args());
        let variables = whole.get_envs();
        limited.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        let ended = limited.run();
        let stderr = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(73), "{stderr}");
        let error =
            format!("graphmail: error: the journal {journal} cannot be used: File too large");
        assert!(stderr.contains(&error), "{stderr}");
    }
    assert!(matches!(place.run(line).status.code(), Some(0 | 76)));
    let mut sent: Vec<_> = place.sandbox().accepted();
    sent.sort_by(|one, other| one.subject.cmp(&other.subject));
    let count = sent.len();
    sent.dedup_by(|one, other| one.subject == other.subject);
    assert_eq!(sent.len(), count);
}
