//! What the commands say, as a session: each command line, its status, its two outputs.

use std::fmt::Write as _;

use std::sync::Arc;
use std::time::Duration;

use graphmail::http::client::Client;
use graphmail::http::{Failure, Request, Response, Transport};
use graphmail::sandbox::Options;

use super::{SEND, id, later, states};
use crate::support::expected;
use crate::support::host::World;
use crate::support::seams::Fixed;

/// A session's transcript; `ID` stands for the id of the one entry that there is.
struct Session {
    world: World,
    text: String,
    id: String,
}

impl Session {
    fn new(world: World) -> Self {
        Self {
            world,
            text: String::new(),
            id: String::new(),
        }
    }

    fn run(&mut self, line: &str) {
        let run = self.world.run(&line.replace("ID", &self.id));
        let host = self.world.sandbox().graph_url();
        let hide = |text: &str| {
            let text = text.replace(host.trim_start_matches("http://"), "HOST");
            if self.id.is_empty() {
                text
            } else {
                text.replace(&self.id, "ID")
            }
        };
        let _ = writeln!(self.text, "$ graphmail {line}   → {}", run.status);
        for (mark, output) in [("", &run.stdout), ("! ", &run.stderr)] {
            for line in hide(output).lines() {
                let _ = writeln!(self.text, "{mark}{line}");
            }
        }
    }

    /// Learns the id of the one entry.
    fn learn(&mut self) {
        self.id = id(&self.world);
        self.text = self.text.replace(&self.id, "ID");
    }
}

#[test]
fn a_session() {
    let mut session = Session::new(World::ready());
    session.run("outbox list");
    session.run("outbox flush");
    session.run("outbox show 20261120T100000000Z00000000");
    session
        .world
        .fault("POST /me/sendMail=429,retry-after=600,times=2");
    session.run(&format!("{SEND} --queue on-failure"));
    session.learn();
    session.run("outbox list");
    session.run("outbox flush");
    session.run("outbox flush --all --max-wait 0");
    later(&session.world, 10);
    session.run("outbox flush --json --log-file HOME/log");
    assert_eq!(session.world.read("log").lines().count(), 1);
    session.run("outbox list --json");
    session.run("outbox show ID");
    session.run("outbox show ID --json");
    session.run("outbox show ID --message");
    later(&session.world, 10);
    session.run("outbox retry ID");
    session
        .world
        .fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    session.run("outbox flush");
    session.run("outbox list");
    session.run("outbox flush ID");
    session.run("outbox flush ID --json");
    session.world.terminal.stderr = true;
    session.run("outbox retry ID");
    session.run("outbox flush");
    session.run("outbox list");
    assert_eq!(session.world.sandbox().accepted().len(), 1);
    expected::compare("outbox/session.txt", &session.text);
}

#[test]
fn doubt() {
    let mut session = Session::new(World::ready());
    session.world.fault("POST /me/sendMail=reset-before");
    session.run(&format!("{SEND} --queue always"));
    session.learn();
    session.run("outbox list");
    session.run("outbox flush");
    later(&session.world, 2);
    session.run("outbox flush --json");
    session.run("outbox list");
    session.run("outbox show ID");
    later(&session.world, 10);
    session
        .world
        .fault("GET /me/mailFolders/sentitems/messages=403");
    session.run("outbox flush");
    session.run("outbox show ID --json");
    session.run("outbox retry ID");
    session.run("outbox retry ID --yes --json");
    session.run("outbox flush");
    session.world.fault("POST /me/sendMail=reset-before");
    session.run(&format!("{SEND} --queue always --json"));
    session.learn();
    session.run("outbox drop ID --json");
    session.run("outbox list");
    expected::compare("outbox/doubt.txt", &session.text);
}

/// What became of an entry that was sent: its copy, and a report about it.
#[test]
fn an_entry_that_was_sent() {
    let mut session = Session::new(World::ready_with(Options {
        bounce: vec!["*@bad.example".to_owned()],
        ..Options::default()
    }));
    for to in ["a@example.org", "a@example.org,b@bad.example"] {
        session.id.clear();
        session.world.fault("POST /me/sendMail=429,retry-after=60");
        session.run(&format!("send -t {to} -s S --body B --queue always"));
        session.learn();
        later(&session.world, 2);
        session.run("outbox flush");
        session.run("outbox show ID");
        session.run("outbox show ID --json");
        session.run("outbox show ID --message");
    }
    session
        .world
        .fault("GET /me/mailFolders/*/messages=403,code=ErrorAccessDenied,times=2");
    session.run("outbox show ID");
    // They are known for a week, or two.
    later(&session.world, 8 * 24 * 60);
    session.run("outbox flush");
    session.run("outbox flush");
    session.run("outbox show ID");
    expected::compare("outbox/sent.txt", &session.text);
}

#[test]
fn who_may_wait_in_the_outbox_keeps_nobody_waiting() {
    let world = World::ready();
    let fault = "POST /me/sendMail=429,retry-after=30";
    world.fault(fault);
    assert_eq!(world.run(&format!("{SEND} --queue on-failure")).status, 0);
    assert_eq!(
        (states(&world), world.clock.sleeps()),
        (vec!["new".to_owned()], vec![])
    );
    later(&world, 1);
    world.fault(fault);
    let line = format!("{SEND} --queue on-failure --max-wait 1m");
    world.run(&line).is_silent();
    assert_eq!(world.clock.sleeps(), [30.0]);
}

/// What was sent before its time-out is as old as the attempt, not as its end.
#[test]
fn a_time_out_is_settled_by_the_copy_that_was_there_before_it() {
    let world = World::ready();
    let clock = Arc::clone(&world.clock);
    let script = Late(Client::new(&world.environment), clock);
    let line =
        "graphmail send -t a@example.org -s S --body B --message-id <late@x> --queue on-failure";
    let words: Vec<_> = line.split(' ').map(Into::into).collect();
    assert_eq!(world.run_over(&script, &words, b"").status, 76);
    later(&world, 2);
    assert_eq!(world.run("outbox flush").status, 0);
    assert_eq!(states(&world), [""; 0]);
    assert_eq!(world.sandbox().accepted().len(), 1);
}

/// A network on which the answer to a message comes too late.
struct Late(Client, Arc<Fixed>);

impl Transport for Late {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        let answer = self.0.execute(request)?;
        if request.url.expose().path().ends_with("/sendMail") {
            self.1.advance(Duration::from_mins(2));
            return Err(Failure::Interrupted("scripted".into()));
        }
        Ok(answer)
    }
}

/// A list's program sends one message to one subscriber after the other, all under one Message-ID.
#[test]
fn the_copy_of_another_message_settles_no_doubt() {
    let world = World::ready();
    let send = "send --message-id <list@x> --queue always --to";
    world.run(&format!("{send} a@example.org")).is_silent();
    world.fault("POST /me/sendMail=reset-before");
    assert_eq!(world.run(&format!("{send} b@example.org")).status, 76);
    later(&world, 2);
    assert_eq!(world.run("outbox flush").status, 76);
    assert_eq!(states(&world), ["doubtful"]);
    world.fault("POST /me/sendMail=reset-after");
    assert_eq!(world.run(&format!("{send} C@Example.org")).status, 76);
    later(&world, 2);
    assert_eq!(world.run("outbox flush").status, 76);
    assert_eq!(
        states(&world),
        ["doubtful"],
        "its own copy settles the other"
    );
    assert_eq!(world.sandbox().accepted().len(), 2);
}

/// What waiting does not mend is said, though the message is safe.
#[test]
fn a_sign_in_that_is_missing() {
    let mut session = Session::new(World::ready());
    session.world.fault("POST /me/sendMail=401,times=2");
    session.run(&format!("{SEND} --queue always"));
    session.learn();
    later(&session.world, 2);
    session.run("outbox flush");
    later(&session.world, 5);
    session.run("outbox flush");
    session.run("outbox list");
    expected::compare("outbox/sign-in.txt", &session.text);
}

#[test]
fn after_five_days_it_is_given_up() {
    let mut world = World::ready();
    world.fault("POST /me/sendMail=503,retry-after=61,times=60");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    let mut flushes = 0;
    let last = loop {
        later(&world, 4 * 60);
        let run = world.run("outbox flush");
        flushes += 1;
        if states(&world) != ["new"] {
            break run;
        }
        assert_eq!(run.status, 75, "{run:?}");
    };
    assert_eq!((flushes, states(&world)), (30, vec!["failed".to_owned()]));
    last.failed(
        69,
        &format!(
            "graphmail: {} failed: given up after 5 days: HTTP 503 \
             ErrorServerBusy: The sandbox was told to answer this.\n",
            id(&world)
        ),
    );
    let run = world.run("outbox list");
    assert!(
        run.stdout.contains("(given up after 5 days: HTTP 503"),
        "{run:?}"
    );
    // One of the scripted refusals is left over.
    assert_eq!(world.complaints().len(), 1);
}

/// The clock of a host may be set by days; the five days are of attempts that were made.
#[test]
fn a_clock_that_is_set_gives_nothing_up() {
    let world = World::ready();
    world.fault("POST /me/sendMail=503,retry-after=61,times=4");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    for days in [6, 60, 600] {
        later(&world, days * 24 * 60);
        assert_eq!(world.run("outbox flush --now").status, 75);
        assert_eq!(states(&world), ["new"], "{days} days");
    }
    later(&world, 4 * 60);
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
}

#[test]
fn the_pauses_grow_from_a_minute_to_four_hours() {
    let mut world = World::ready();
    world.set("GRAPHMAIL_QUEUE", "always");
    world.fault("POST /me/sendMail=401,times=11");
    assert_eq!(world.run(SEND).status, 0);
    let mut pauses = Vec::new();
    for _ in 0..10 {
        let next = super::entries(&world)[0]["not_before"].clone();
        let next: jiff::Timestamp = next.as_str().unwrap().parse().unwrap();
        let now = graphmail::seams::Seams::now(&*world.clock);
        let pause = next.duration_since(now).as_secs();
        pauses.push(pause);
        world.clock.advance(std::time::Duration::from_secs(
            u64::try_from(pause).unwrap() + 1,
        ));
        drop(world.run("outbox flush"));
    }
    for (attempt, pause) in pauses.iter().enumerate() {
        let full = (60 << attempt).min(4 * 3600);
        assert!((full / 2 - 1..=full).contains(pause), "{pauses:?}");
    }
}

/// What was attached is what is sent, whatever became of the file; and nobody else may read it.
#[cfg(unix)]
#[test]
fn what_is_kept_is_a_copy_and_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::ready();
    let path = world.file("large.bin", vec![b'x'; 3_200_000]);
    world.fault("POST /me/messages=401");
    let line = format!("{SEND} --attach HOME/large.bin --attach HOME/large.bin --queue always");
    assert_eq!(world.run(&line).status, 0);
    std::fs::write(&path, vec![b'y'; 3_200_000]).unwrap();
    std::fs::remove_file(&path).unwrap();
    let root = world.home().join(".local/state/graphmail/outbox");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                assert_eq!(mode, 0o600, "{}", path.display());
            }
        }
    }
    later(&world, 2);
    world.run("outbox flush").is_silent();
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert!(eml.contains("eHh4eHh4eHh4"), "x in base64");
}

#[cfg(unix)]
#[test]
fn an_outbox_that_cannot_be_written_stops_the_send() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::ready();
    drop(world.file(".local/state/graphmail/outbox", "a file in its place"));
    let run = world.run(&format!("{SEND} --queue always"));
    assert_eq!(run.status, 73, "{run:?}");
    std::fs::remove_file(world.home().join(".local/state/graphmail/outbox")).unwrap();
    let folder = world.home().join(".local/state/graphmail/outbox");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    world.run(&format!("{SEND} --queue always")).failed(
        73,
        "graphmail: error: HOME/.local/state/graphmail/outbox must belong to you and be closed to other users\n\
         hint: as its owner: chmod 700 HOME/.local/state/graphmail/outbox\n",
    );
    assert_eq!(world.requests(), [""; 0]);
}

#[test]
fn what_was_kept_for_another_service_stays() {
    let mut world = World::ready();
    world.fault("POST /me/sendMail=401");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    later(&world, 5);
    let url = world.sandbox().graph_url();
    world.set("GRAPHMAIL_GRAPH_URL", "https://graph.example.org");
    let run = world.run("outbox flush");
    assert_eq!(run.status, 78, "{run:?}");
    world.set("GRAPHMAIL_GRAPH_URL", &url);
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
}

/// What looks is not narrowed by the environment: mail of another account must not be overlooked.
#[test]
fn the_entries_of_all_accounts_are_listed() {
    let mut world = World::ready();
    world.fault("POST /me/sendMail=401");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    world.set("GRAPHMAIL_ACCOUNT", "other");
    assert_eq!(states(&world), ["new"]);
    let run = world.run("outbox list --account other");
    assert_eq!((run.status, &*run.stdout), (0, ""));
    let run = world.run("outbox list --account environment");
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
}

#[test]
fn a_name_that_no_entry_has() {
    let world = World::alone();
    for verb in ["show", "flush", "retry", "drop"] {
        world.run(&format!("outbox {verb} nope")).failed(
            64,
            "graphmail: error: \"nope\" is not the id of an outbox entry\nhint: graphmail outbox list\n",
        );
    }
}

/// On a terminal, a list has a header, and its columns are aligned.
#[test]
fn a_list_for_a_person() {
    let mut world = World::ready();
    world.terminal.stdout = true;
    world.run("outbox list").is(0, "", "");
    world.fault("POST /me/sendMail=503,retry-after=3600");
    for (to, subject) in [
        ("a@example.org", "one"),
        (
            "operations-and-more@example.org,b@example.org",
            "'The nightly report of the warehouse'",
        ),
    ] {
        let line = format!("send -t {to} -s {subject} --body B --queue always");
        assert_eq!(world.run(&line).status, 0);
    }
    expected::compare("outbox/list-terminal.txt", world.run("outbox list").stdout);
    // If the columns do not fit, the recipients are shortened before the subject, or a row has two lines.
    for columns in [120, 80, 60] {
        world.terminal.columns = Some(columns);
        let narrow = world.run("outbox list").stdout;
        let lines = narrow.lines().filter(|line| {
            // Reasons are whole.
            !line.starts_with("    (") && !line.starts_with("mailbox ")
        });
        let widest = lines.map(|line| line.chars().count()).max();
        assert!(columns < 80 || widest <= Some(columns.into()), "{narrow}");
        expected::compare(&format!("outbox/list-{columns}.txt"), narrow);
    }
    world.terminal.stdout = false;
    assert!(!world.run("outbox list").stdout.contains('…'));
}
