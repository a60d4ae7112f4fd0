//! A second run continues: what is sent, found, changed, refused or doubtful.

use std::fmt::Write as _;

use crate::support::expected;
use crate::support::host::World;

use super::{MERGE, PEOPLE, accepted, begins, journal, told, world};

/// What a run said, and the report.
fn shown(world: &World, line: &str) -> String {
    let run = world.run(&format!("{line} --report HOME/report.csv"));
    let report = world.read("report.csv");
    format!(
        "$ {line}\nexit {}\n{}{}\n{report}\n",
        run.status,
        told(world, &run.stdout),
        told(world, &run.stderr)
    )
}

pub(super) fn all(world: &World) {
    assert_eq!(
        accepted(world),
        [
            "a@example.org Invoice 1",
            "b@example.org Invoice 2",
            "c@example.org Invoice 3"
        ]
    );
}

#[test]
fn a_refused_row_is_tried_again_and_the_others_are_not() {
    let world = world();
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients,after=1");
    let mut text = shown(&world, MERGE);
    text += &shown(&world, MERGE);
    text += &shown(&world, MERGE);
    expected::compare("merge/refused.txt", text);
    all(&world);
}

/// A lost answer: the copy in Sent Items shows that the message was sent, and its absence shows nothing.
#[test]
fn a_doubtful_row_is_searched_and_never_sent_again() {
    let world = world();
    world.fault("POST /me/sendMail=504,process=yes");
    world.fault("POST /me/sendMail=504");
    let mut text = shown(&world, &format!("{MERGE} --key '{{{{ number }}}}'"));
    text += &shown(&world, &format!("{MERGE} --key '{{{{ number }}}}'"));
    expected::compare("merge/doubtful.txt", text);
    assert_eq!(
        accepted(&world),
        ["a@example.org Invoice 1", "c@example.org Invoice 3"]
    );
}

/// The user has looked in Sent Items. What is found there is not sent again.
#[test]
fn doubtful_rows_are_sent_again_when_asked() {
    let world = world();
    world.fault("POST /me/sendMail=504,process=yes");
    world.fault("POST /me/sendMail=504");
    world.fault("GET /me/mailFolders/sentitems/messages=403,code=ErrorAccessDenied");
    assert_eq!(world.run(MERGE).status, 76);
    let again = format!("{MERGE} --resend-doubtful");
    let text = shown(&world, &again) + &shown(&world, &again);
    expected::compare("merge/resent.txt", text);
    all(&world);
}

/// A dry run says what the run would do, and changes nothing.
#[test]
fn a_dry_run_reads_the_journal() {
    let world = world();
    let dry = MERGE.replace("--yes", "--dry-run");
    world.run(&format!("{MERGE} --limit 2")).status_is(0);
    let mut text = String::new();
    let mut dry_run = |people: &str, line: &str| {
        drop(world.file("people.csv", people));
        let run = world.run(line);
        let _ = write!(
            text,
            "$ {line}\nexit {}\n{}{}",
            run.status, run.stdout, run.stderr
        );
    };
    dry_run(PEOPLE, &dry);
    dry_run(&PEOPLE.replace("Bob", "Robert"), &dry);
    dry_run(&PEOPLE[..58], &dry);
    dry_run(
        &PEOPLE[..58].replace("Bob", "Robert"),
        &format!("--json {dry}"),
    );
    expected::compare("merge/dry-run-again.txt", world.hide(&text));
    assert_eq!(accepted(&world).len(), 2);
}

#[test]
fn without_the_permission_a_doubtful_row_stays_doubtful() {
    let mut world = World::with(graphmail::sandbox::Options {
        permissions: vec!["Mail.Send".to_owned()],
        ..Default::default()
    });
    let token = world.sandbox().ready_token();
    world.set("GRAPHMAIL_ACCESS_TOKEN", &token);
    drop(world.file("people.csv", PEOPLE));
    world.configure("[outbox]\nconcurrency = 1\n");
    world.fault("POST /me/sendMail=504,process=yes");
    let text = shown(&world, MERGE) + &shown(&world, MERGE);
    expected::compare("merge/no-lookup.txt", text);
    all(&world);
}

#[test]
fn a_throttled_mailbox_ends_the_run_and_the_next_one_continues() {
    let world = world();
    world.fault("POST /me/sendMail=429,retry-after=7200,after=1");
    let mut text = shown(&world, &format!("--max-wait 10 {MERGE}"));
    world.clock.advance(std::time::Duration::from_hours(3));
    text += &shown(&world, MERGE);
    expected::compare("merge/throttled.txt", text);
    all(&world);
}

#[test]
fn a_merge_waits_for_a_throttled_mailbox() {
    let world = world();
    world.fault("POST /me/sendMail=429,retry-after=600,after=1");
    let run = world.run(&format!("{MERGE} --journal HOME/journal"));
    assert_eq!(
        (run.status, &*run.stderr),
        (0, "graphmail: 2 of 3 done, 0 per minute, 5 min left\n")
    );
    assert_eq!(run.waits, [600.0]);
    all(&world);
}

#[test]
fn a_refused_sign_in_ends_the_run() {
    let mut world = world();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "expired");
    let run = world.run(MERGE);
    let text = format!(
        "exit {}\n{}{}",
        run.status,
        run.stdout,
        told(&world, &run.stderr)
    );
    expected::compare("merge/sign-in.txt", text);
    drop(world.complaints());
}

/// Rows are added, removed and corrected between two runs.
#[test]
fn changed_rows_are_reported_and_not_sent() {
    let mut text = String::new();
    for key in ["", " --key '{{ number }}'"] {
        for (name, people) in [
            (
                "a row is added",
                format!("email,name,number\nn@example.org,New,0\n{}", &PEOPLE[18..]),
            ),
            (
                "a row is removed",
                PEOPLE.replace("a@example.org,Ann,1\n", ""),
            ),
            (
                "a row is corrected, and moves",
                PEOPLE
                    .replace("a@example.org,Ann,1\n", "")
                    .replace("Cat", "Catherine")
                    .replace("c@", "C@"),
            ),
            ("a row is corrected", PEOPLE.replace("Bob", "Robert")),
            (
                "all rows are corrected",
                PEOPLE.replace("example.org,", "example.org,Dr. "),
            ),
        ] {
            let world = world();
            let line = format!("{MERGE}{key}");
            begins(&world, &world.run(&line));
            drop(world.file("people.csv", people));
            let _ = write!(text, "## {name}\n{}", shown(&world, &line));
            let _ = writeln!(text, "accepted {}", accepted(&world).len());
        }
    }
    expected::compare("merge/changed.txt", text);
}

/// Also by a flag that is no text, and by an attachment of another size.
#[test]
fn a_changed_flag_or_attachment_changes_the_row() {
    let world = world();
    let line = format!("{MERGE} --attach HOME/{{{{number}}}}.txt");
    for number in 1..=3 {
        drop(world.file(&format!("{number}.txt"), "one"));
    }
    begins(&world, &world.run(&line));
    drop(world.file("2.txt", "other"));
    let changed = "graphmail: row 2 changed: it was sent before with other contents\n";
    let run = world.run(&line);
    assert_eq!(run.status, 65);
    assert!(run.stderr.starts_with(changed), "{}", run.stderr);
    drop(world.file("2.txt", "two"));
    assert_eq!(world.run(&line).status, 0);
    assert_eq!(world.run(&format!("{line} --importance high")).status, 65);
    all(&world);
}

/// The default journal belongs to the path of the data file, not to the letter.
#[test]
fn the_default_journal_belongs_to_a_file_of_data() {
    let world = world();
    begins(&world, &world.run(MERGE));
    let corrected = MERGE.replace("Invoice", "Bill");
    assert_eq!(world.run(&corrected).status, 65);
    all(&world);
    drop(world.file("copy.csv", PEOPLE));
    let copy = world.run(&MERGE.replace("people.csv", "copy.csv"));
    assert_eq!(copy.status, 0);
    assert!(
        copy.stderr.starts_with("graphmail: a new journal begins: "),
        "{}",
        copy.stderr
    );
}

/// A pipe has no name that the next run could give, so it has no default journal. Several have the same name in turn.
#[test]
fn data_of_a_pipe_need_a_journal() {
    let world = world();
    let line = MERGE.replace("--data HOME/people.csv", "--data -");
    let error = "graphmail: error: the default journal belongs to a file of data; name one with --journal\n";
    world.run_with(&line, PEOPLE).failed(64, error);
    #[cfg(unix)]
    {
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, PEOPLE.as_bytes()).unwrap();
        drop(writer);
        let number = std::os::fd::AsRawFd::as_raw_fd(&reader);
        let of_pipe = MERGE.replace("HOME/people.csv", &format!("/dev/fd/{number}"));
        world.run(&of_pipe).failed(64, error);
    }
    let dry = line.replace("--yes", "--dry-run");
    assert_eq!(world.run_with(&dry, PEOPLE).status, 0);
    assert_eq!(accepted(&world), [""; 0]);
}

/// A row that was sent and is now wrong is an error as any other.
#[test]
fn a_changed_row_may_have_an_error() {
    let world = world();
    begins(&world, &world.run(MERGE));
    drop(world.file("people.csv", PEOPLE.replace("b@example.org", "b")));
    world.run(MERGE).failed(
        65,
        "graphmail: row 2, --to: \"b\": an address has the form name@domain\n\
         graphmail: error: nothing was sent: 1 of 3 rows has an error\n",
    );
    drop(world.file("people.csv", PEOPLE.replace("Bob", "Bob' --")));
    let line = format!("{MERGE} --attach 'HOME/{{{{ name }}}}'");
    assert_eq!(world.run(&line).status, 65);
    all(&world);
}

#[test]
fn a_limit_sends_the_next_rows() {
    let world = world();
    let line = format!("{MERGE} --limit 2");
    let text = shown(&world, &line) + &shown(&world, &line) + &shown(&world, &line);
    expected::compare("merge/limit.txt", text);
    all(&world);
}

#[test]
fn one_run_at_a_time_uses_a_journal() {
    let world = world();
    let path = world.home().join("journal");
    let held = graphmail::files::Journal::open(&path)
        .unwrap()
        .expect("it is free");
    let line = format!("{MERGE} --journal HOME/journal");
    world.run(&line).failed(
        75,
        "graphmail: error: nothing was sent: another merge is at work with the journal HOME/journal\n",
    );
    drop(held);
    world.run(&line).is_silent();
    world.run(&format!("{line} --key '{{{{ number }}}}'")).failed(
        64,
        "graphmail: error: the journal HOME/journal is of another merge: it was begun without --key\n\
         hint: name another file with --journal\n",
    );
    world.run(&format!("{line} --draft")).failed(
        64,
        "graphmail: error: the journal HOME/journal is of another merge: it was begun without --draft\n\
         hint: name another file with --journal\n",
    );
    drop(world.file("journal", "x\n"));
    world.run(&line).failed(
        64,
        "graphmail: error: HOME/journal is not a journal of graphmail merge (line 1)\n\
         hint: name another file with --journal\n",
    );
}

/// If nothing was sent, the settings may be corrected. The journal is then that of the new ones.
#[test]
fn the_settings_of_a_run_that_sent_nothing_may_be_corrected() {
    let world = world();
    let line = format!("{MERGE} --journal HOME/journal");
    world.fault("POST /users/other@example.org/sendMail=404,code=ErrorInvalidUser");
    let wrong = format!("{line} --mailbox other@example.org --key '{{{{ number }}}}'");
    assert_eq!(world.run(&wrong).status, 67);
    let dry = world.run(&format!("{} --dry-run", line.replace(" --yes", "")));
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    assert!(world.read("journal").contains("other@example.org"));
    world.run(&line).is_silent();
    assert!(!world.read("journal").contains("other@example.org"));
    all(&world);
    world.run(&wrong).failed(
        64,
        "graphmail: error: the journal HOME/journal is of another merge: it was begun without --mailbox\n\
         hint: name another file with --journal\n",
    );
}

/// A row that may have been sent belongs to its mailbox.
#[test]
fn the_settings_of_a_doubtful_run_stay() {
    let world = world();
    let line = format!("{MERGE} --journal HOME/journal --limit 1");
    world.fault("POST /me/sendMail=504");
    assert_eq!(world.run(&line).status, 76);
    assert_eq!(
        world
            .run(&format!("{line} --mailbox other@example.org"))
            .status,
        64
    );
}

/// A line that a killed process has not finished says nothing.
#[test]
fn a_torn_line_is_removed() {
    let world = world();
    drop(world.file("people.csv", &PEOPLE[..38]));
    begins(&world, &world.run(MERGE));
    let path = journal(&world);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"{\"key\":\"x\",\"row"].concat()).unwrap();
    drop(world.file("people.csv", PEOPLE));
    assert_eq!(world.run(MERGE).status, 0);
    all(&world);
    assert!(std::fs::read(&path).unwrap().starts_with(&whole));
    assert_eq!(world.run(MERGE).status, 0);
}

/// The journal is private: it has addresses.
#[cfg(unix)]
#[test]
fn the_journal_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    begins(&world, &world.run(MERGE));
    let mode = std::fs::metadata(journal(&world))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let lines = std::fs::read_to_string(journal(&world)).unwrap();
    assert_eq!(lines.lines().count(), 7, "{lines}");
}
