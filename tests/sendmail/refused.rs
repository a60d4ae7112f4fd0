//! A message that is refused is kept: cron and PHP read neither the exit status nor the error.

use super::{CONFIG, call, world};
use crate::support::expected;
use crate::support::host::World;

/// The states of the outbox, and the files of its contents.
fn outbox(world: &World) -> Vec<String> {
    let root = world.home().join(".local/state/graphmail/outbox");
    let mut found = Vec::new();
    for state in ["new", "busy", "doubtful", "failed"] {
        for entry in std::fs::read_dir(root.join(state)).into_iter().flatten() {
            let entry = entry.unwrap().path();
            let contents = root.join("contents").join(entry.file_stem().unwrap());
            let files = std::fs::read_dir(contents).into_iter().flatten();
            let mut names: Vec<_> = files
                .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            found.push(format!("{state}: {}", names.join(" ")));
        }
    }
    found
}

#[test]
fn each_class_of_refusal() {
    let mut table = String::new();
    let looping = "Received: x\n".repeat(101);
    for (line, mail, settings) in [
        ("sendmail -t", "Subject: no recipients\n\nx\n", ""),
        (
            "sendmail -t a@x.org",
            "To: <a@x.org\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n\nx\n",
            "",
        ),
        ("sendmail 'a@x.org, b'", "Subject: one\n\nx\n", ""),
        (
            "sendmail a@x.org b",
            "Subject: one\n\nx\n",
            "[outbox]\nqueue = \"never\"\n",
        ),
        ("sendmail jane", "x\n", ""),
        ("sendmail file", "To: b@x.org\n\nx\n", ""),
        (
            "sendmail -t",
            "To: a@x.org\nFrom: b@x.org\n\nx\n",
            "from_policy = \"refuse\"\n",
        ),
        ("sendmail a@x.org", "x\n", "unknown = 1\n"),
        ("sendmail -t", "", ""),
        (
            "sendmail -t",
            "Subject: never\n\nx\n",
            "[outbox]\nqueue = \"never\"\n",
        ),
        (
            "sendmail -t",
            "Subject: on-failure\n\nx\n",
            "[outbox]\nqueue = \"on-failure\"\n",
        ),
        ("sendmail a@x.org", looping.as_str(), ""),
        // The caller keeps the message, and what is wrong on this host is temporary.
        ("sendmail -G a@x.org", "x\n", "unknown = 1\n"),
        (
            "sendmail -G a@x.org",
            "x\n",
            "[accounts.x]\nauth = \"client-secret\"\nclient_secret_file = \"/none\"\n",
        ),
        ("sendmail -G jane", "x\n", ""),
        ("sendmail -G a@x.org jane", "x\n", ""),
        ("sendmail -G -t", "To: <a@x.org\n\nx\n", ""),
    ] {
        let world = world();
        let config = CONFIG.replace("HOME", &world.home().to_string_lossy());
        world.configure(&(config + settings));
        let run = call(&world, line, mail);
        let (status, listed) = (run.status, outbox(&world));
        world.configure("");
        let list = call(&world, "mailq", "").stdout;
        table += &format!("{line}\n{}exit {status}, {listed:?}\n{list}\n", run.stderr);
    }
    expected::compare("sendmail/refused.txt", table);
}

/// An alias, the configuration or a variable is corrected, and the message goes as it would have gone.
#[test]
fn a_retry_reads_the_message_again() {
    let mail = "From: b@x.org\nTo: jane, a@x.org\nSubject: one\n\né \r x\n";
    let mut world = world();
    let id = call(&world, "sendmail -F Jane -N success jane", mail).kept(
        67,
        "graphmail: error: \"jane\" is a local name without an alias\n\
         hint: give it one in HOME/aliases or in [aliases] of the configuration; default = \"ADDRESS\" there receives all other mail\n",
    );
    let shown = world.run(&format!("outbox show {id}"));
    expected::compare("sendmail/refused-shown.txt", shown.stdout);
    let shown = world.run(&format!("outbox show --message {id}"));
    shown.is(0, mail, "");
    let again = world.run(&format!("outbox retry {id}"));
    assert_eq!(again.status, 67, "{again:?}");
    assert_eq!(outbox(&world), ["failed: input"]);
    drop(world.file("aliases", "jane: j@contoso.com\n"));
    world.run(&format!("outbox retry {id}")).is_silent();
    assert_eq!(outbox(&world), ["new: message"]);
    world.run("outbox flush").is_silent();
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    expected::compare("sendmail/refused-sent.eml", eml);
    assert_eq!(outbox(&world), Vec::<String>::new());
    world.set("GRAPHMAIL_QUEUE", "sometimes");
    let id = call(&world, "sendmail a@x.org", "x\n").kept(
        78,
        "graphmail: error: GRAPHMAIL_QUEUE is \"sometimes\": it must be never, on-failure or always\n",
    );
    world.set("GRAPHMAIL_QUEUE", "");
    world.run(&format!("outbox drop {id}")).is_silent();
    assert_eq!(outbox(&world), Vec::<String>::new());
}

/// It is too large to be sent.
#[test]
fn the_largest() {
    let world = world();
    let mail = vec![b'x'; 157_286_401];
    let words = ["sendmail", "a@x.org"].map(std::ffi::OsString::from);
    let id = world.run_words(&words, &mail).kept(
        65,
        "graphmail: error: standard input has more than 150 MB, which is too large for a message\n",
    );
    let path = format!(".local/state/graphmail/outbox/contents/{id}/input");
    assert!(std::fs::read(world.home().join(path)).unwrap() == mail);
    world.run(&format!("outbox retry {id}")).failed(
        65,
        "graphmail: error: the message has more than 150 MB, which is too large for a message\n",
    );
}

/// The others get the message; it is kept for the recipients whose aliases are wrong.
#[test]
fn a_recipient_whose_alias_is_wrong() {
    let world = world();
    drop(world.file("aliases", "loop: loop\nfile: /var/mail/file\n"));
    let mail = "To: Loop <loop>, a@x.org\nSubject: one\n\nx\n";
    let run = call(&world, "sendmail -t file@localhost", mail);
    let entries = outbox(&world);
    assert_eq!(entries, ["failed: input"]);
    let list = world.run("outbox list --json").stdout;
    let entry = list.split_once("\"to\":").unwrap().1;
    let text = format!("exit {}\n{}{entry}", run.status, run.stderr);
    assert_eq!(world.message().to, ["a@x.org"]);
    expected::compare("sendmail/refused-alias.txt", text);
}

#[test]
fn it_is_reported() {
    let world = world();
    let config = CONFIG.replace("HOME", &world.home().to_string_lossy());
    world.configure(&(config + "[outbox]\nreport_to = \"admin@example.org\"\n"));
    let run = call(&world, "sendmail jane", "Subject: one\n\nx\n");
    assert_eq!(run.status, 67, "{run:?}");
    world.run("outbox flush").is_silent();
    world.run("outbox flush").is_silent();
    let report = String::from_utf8(world.message().eml.to_vec()).unwrap();
    let (_, text) = report.split_once("\r\n\r\n").unwrap();
    expected::compare("sendmail/refused-report.txt", text.replace("\r\n", "\n"));
    assert_eq!(outbox(&world), ["failed: input"]);
}

/// The client of SMTP keeps what is refused.
#[test]
fn the_client_of_smtp_keeps_its_own() {
    let world = world();
    world.fault("POST /me/sendMail=400,code=ErrorMimeContentInvalid");
    let session =
        "HELO x\nMAIL FROM:<a@x.org>\nRCPT TO:<a@x.org>\nDATA\nSubject: s\n\nx\n.\nQUIT\n";
    let run = call(&world, "sendmail -bs", session);
    assert!(run.stdout.contains("\n554 5.6.0 "), "{run:?}");
    assert_eq!(outbox(&world), Vec::<String>::new());
}

/// A retry that was killed has left files beside the input.
#[test]
fn a_killed_retry_is_repeated() {
    let world = world();
    let id = call(&world, "sendmail jane", "x\n").kept(
        67,
        "graphmail: error: \"jane\" is a local name without an alias\n\
         hint: give it one in HOME/aliases or in [aliases] of the configuration; default = \"ADDRESS\" there receives all other mail\n",
    );
    drop(world.file(
        &format!(".local/state/graphmail/outbox/failed/{id}/message"),
        "half",
    ));
    drop(world.file("aliases", "jane: j@contoso.com\n"));
    world.run(&format!("outbox retry {id}")).is_silent();
    world.run("outbox flush").is_silent();
    assert_eq!(world.message().to, Vec::<String>::new());
    assert_eq!(world.message().bcc, ["j@contoso.com"]);
}

/// A full disk, or a home that cannot be written: the message is sent at once.
#[test]
fn without_an_outbox_it_is_sent_directly() {
    let world = world();
    let outbox = world.home().join(".local/state/graphmail/outbox");
    let entries = outbox.join("tmp");
    let block = {
        let entries = entries.clone();
        move || {
            std::fs::remove_dir_all(&entries).unwrap();
            std::fs::write(&entries, "").unwrap();
        }
    };
    // The disk is full when the entry is written.
    world.steps.at("the entry has a file", block);
    call(&world, "sendmail a@x.org", "Subject: one\n\nx\n").is_silent();
    for line in ["sendmail a@x.org", "sendmail -odq a@x.org"] {
        call(&world, line, "Subject: two\n\nx\n").is_silent();
    }
    assert_eq!(world.sandbox().accepted().len(), 3);
    world.fault("POST /me/sendMail=429,retry-after=3600");
    call(&world, "sendmail a@x.org", "Subject: three\n\nx\n").failed(
        75,
        "graphmail: warning: the message cannot be queued: making HOME/.local/state/graphmail/outbox/tmp: File exists (os error 17)\n\
         graphmail: error: the message was not sent: HTTP 429 ApplicationThrottled: The sandbox was told to answer this. \
         (request-id 99999999-9999-4999-8999-999999999999, client-request-id 08080808-0808-4808-8808-080808080808)\n\
         hint: it is safe to run it again after 2026-11-20T11:00:00Z, or with a --max-wait that lasts until then\n",
    );
    // What is refused cannot be kept.
    call(&world, "sendmail -t", "Subject: four\n\nx\n").failed(
        65,
        "graphmail: error: the message was neither sent nor kept (making HOME/.local/state/graphmail/outbox/tmp: File exists (os error 17)): \
         the message has no recipients\n\
         hint: name them on the command line, or in To, Cc or Bcc with -t; for a resent message, in Resent-To, Resent-Cc or Resent-Bcc\n",
    );
}

/// A nearly full disk has room for the entry, but not for the note that it is being sent.
#[test]
fn an_entry_that_cannot_be_updated_is_removed_and_sent_directly() {
    let long = format!("Subject: long\n\n{}", "a line of text\n".repeat(300_000));
    let smtp = "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.org>\r\nDATA\r\nSubject: s\r\n\r\nx\r\n.\r\nQUIT\r\n";
    let short = "Subject: short\n\nx\n";
    for (step, line, input) in [
        ("about to note", "sendmail a@x.org", short),
        ("about to note", "sendmail -bs", smtp),
        ("about to note", "sendmail a@x.org", &*long),
        ("the draft is created", "sendmail a@x.org", &*long),
    ] {
        let world = world();
        world.steps.refuse_notes_at(step, || {});
        let run = call(&world, line, input);
        assert_eq!((run.status, &*run.stderr), (0, ""), "{step} {line}");
        assert_eq!(world.sandbox().accepted().len(), 1, "{step} {line}");
        world.run("outbox list").is_silent();
    }
    let world = world();
    world.fault("POST /me/sendMail=429,retry-after=3600");
    world.steps.refuse_notes_at("about to note", || {});
    let run = call(&world, "sendmail a@x.org", short);
    assert_eq!(run.status, 75, "{run:?}");
    assert!(
        run.stderr.starts_with("graphmail: warning: the message cannot be queued: cannot write to the outbox: writing HOME/"),
        "{run:?}"
    );
    // As each message that is not sent: kept for the user, and not sent by a flush.
    assert!(outbox(&world).iter().all(|name| name.starts_with("failed")));
}

#[test]
fn an_outbox_that_cannot_keep_it_is_named() {
    let world = world();
    drop(world.file(".local/state/graphmail", ""));
    for line in ["sendmail", "sendmail a@x.org b"] {
        let run = call(&world, line, "Subject: s\n\nx\n");
        let error = run.stderr.lines().find(|line| line.contains("error"));
        let error = error.unwrap();
        assert!(
            error.starts_with("graphmail: error: the message was neither sent nor kept (making HOME/.local/state/graphmail/outbox: "),
            "{run:?}"
        );
    }
}
