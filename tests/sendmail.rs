//! sendmail's face: its names, its options, its modes.

mod aliases;
mod long;
mod options;
mod refused;
mod sender;
mod smtp;

use std::ffi::OsString;

use crate::support::host::{Run, World};

const CONFIG: &str = r#"
[accounts.reports]
auth = "token-command"
token_command = "cat HOME/token"
username = "reports@contoso.com"

[aliases]
root = "ops@contoso.com"

[sendmail]
aliases_file = "HOME/aliases"
allowed_from = ["alerts@contoso.com"]
"#;

fn world() -> World {
    let mut world = World::ready();
    let token = world.environment.get("GRAPHMAIL_ACCESS_TOKEN").unwrap();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "");
    drop(world.file("token", token));
    drop(world.file("aliases", "postmaster: root\nfile: /var/mail/file\n"));
    world.configure(&CONFIG.replace("HOME", &world.home().to_string_lossy()));
    world
}

/// Runs under one of sendmail's names.
fn call(world: &World, line: &str, stdin: &str) -> Run {
    let words: Vec<OsString> = shlex::split(line)
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect();
    world.run_words(&words, stdin.as_bytes())
}

#[test]
fn cron_is_served_in_silence() {
    let world = world();
    let mail = "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> backup\nX-Cron-Env: <SHELL=/bin/sh>\n\nfailed\n";
    let run = call(
        &world,
        "/usr/sbin/sendmail -FCronDaemon -i -B8BITMIME -oem root",
        mail,
    );
    run.is_silent();
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert_eq!(
        eml,
        "From: \"Cron Daemon\" <reports@contoso.com>\r\n\
         To: \"root\" <ops@contoso.com>\r\n\
         Subject: Cron <root@host> backup\r\n\
         X-Cron-Env: <SHELL=/bin/sh>\r\n\
         Auto-Submitted: auto-generated\r\n\
         X-Original-From: root (Cron Daemon)\r\n\
         Date: Fri, 20 Nov 2026 11:00:00 +0100\r\n\
         Message-ID: <00000000-0000-4000-8000-000000000000@contoso.com>\r\n\
         \r\nfailed\r\n"
    );
}

/// To Exchange, an address in upper case is the same mailbox.
#[test]
fn the_case_of_an_address_changes_nothing() {
    for (from, to) in [
        ("reports@contoso.com", "bob@example.org"),
        ("REPORTS@Contoso.com", "Bob@Example.org"),
        ("Alerts@CONTOSO.com", "BOB@EXAMPLE.ORG"),
    ] {
        let world = world();
        let mail = format!("From: {from}\nTo: {to}\nSubject: s\n\nx\n");
        call(&world, "sendmail bob@example.org", &mail).is_silent();
        let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
        let fields = format!("From: {from}\r\nTo: {to}\r\nSubject: s\r\n");
        assert!(eml.starts_with(&fields), "{eml}");
        assert!(!eml.contains("Bcc:"), "{eml}");
    }
}

#[test]
fn the_word_sendmail_is_as_good_as_the_name() {
    let mail = "To: a@x.org\nSubject: s\n\nx\n";
    for line in [
        "sendmail -ti",
        "graphmail sendmail -ti",
        "graphmail --account reports sendmail -t -i",
        "/opt/bin/sendmail -t",
    ] {
        let world = world();
        call(&world, line, mail).is_silent();
        assert_eq!(world.message().subject, "s", "{line}");
    }
}

#[test]
fn names_are_looked_up_and_the_unknown_ones_refused() {
    let world = world();
    let run = call(&world, "sendmail -bv root postmaster a@x.org", "");
    assert_eq!(
        (run.status, &*run.stdout),
        (
            0,
            "root... deliverable: ops@contoso.com\npostmaster... deliverable: ops@contoso.com\na@x.org... deliverable: a@x.org\n"
        )
    );
    call(&world, "sendmail file", "x\n").kept(
        78,
        "graphmail: error: the alias \"file\" leads to \"/var/mail/file\", a file, a list file or a program, but Graph delivers only to addresses\nhint: correct it in HOME/aliases, or in [aliases] of the configuration, which takes precedence\n",
    );
    let run = call(&world, "newaliases", "");
    assert_eq!(
        (run.status, &*run.stdout, &*run.stderr),
        (
            0,
            "3 aliases\n",
            "graphmail: warning: the alias \"file\" leads to \"/var/mail/file\", a file, a list file or a program, but Graph delivers only to addresses\n"
        )
    );
}

/// Arguments of an old host, in Latin-1.
#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf_8() {
    use std::os::unix::ffi::OsStringExt as _;
    let world = world();
    let sent = |line: &[&[u8]]| {
        let words = line.iter().map(|word| OsString::from_vec(word.to_vec()));
        let words: Vec<_> = std::iter::once("sendmail".into()).chain(words).collect();
        let run = world.run_words(&words, b"Subject: s\n\nx\n");
        let accepted = world.sandbox().accepted();
        let eml = accepted.last().map(|message| message.eml.to_vec());
        let eml = String::from_utf8(eml.unwrap_or_default()).unwrap();
        let fields = eml.lines().filter(|line| {
            line.starts_with("From") || line.starts_with("Reply-To") || line.starts_with("X-")
        });
        let fields: Vec<_> = fields.map(str::to_owned).collect();
        (run, fields.join("\n"))
    };
    let own = "From: reports@contoso.com";
    for (line, fields) in [
        (
            &[&b"-F"[..], b"J\xf6rg", b"a@x.org"][..],
            "From: =?utf-8?B?SsO2cmc=?= <reports@contoso.com>",
        ),
        (
            &[b"-f", b"J\xf6rg <j@x.org>", b"a@x.org"],
            "From: reports@contoso.com\nReply-To: =?utf-8?B?SsO2cmc=?= <j@x.org>",
        ),
        (&[b"-f", b"j\xf6@x.org", b"a@x.org"], own),
        (&[b"J\xf6rg <a@x.org>"], own),
    ] {
        let (run, found) = sent(line);
        run.is_silent();
        assert_eq!(found, fields);
    }
    let (run, _) = sent(&[b"a@x.org", b"j\xf6@x.org", b"b@m\xfcller.de"]);
    run.failed(
        67,
        "graphmail: error: 20261120T100000000Z0f0f0f0f in the outbox is for the others: sent to 1 recipient, but not to all: recipient \"j\u{FFFD}@x.org\": \"j\u{FFFD}@x.org\": the part before the @ is not ASCII; recipient \"b@m\u{FFFD}ller.de\": \"b@m\u{FFFD}ller.de\": the domain is malformed\n",
    );
    let accepted = world.sandbox().accepted();
    assert_eq!(accepted.last().unwrap().bcc, ["a@x.org"]);
}

#[test]
fn one_bad_recipient_does_not_stop_the_others() {
    let world = world();
    let run = call(
        &world,
        "sendmail x@ nobody a@x.org file",
        "Subject: s\n\nx\n",
    );
    run.failed(
        67,
        "graphmail: error: 20261120T100000000Z03030303 in the outbox is for the others: sent to 1 recipient, but not to all: recipient \"x@\": \"x@\": the domain is malformed; \"nobody\" is a local name without an alias; the alias \"file\" leads to \"/var/mail/file\", a file, a list file or a program, but Graph delivers only to addresses\n\
         hint: give it one in HOME/aliases or in [aliases] of the configuration; default = \"ADDRESS\" there receives all other mail; then: graphmail outbox retry 20261120T100000000Z03030303\n",
    );
    assert_eq!(world.message().bcc, ["a@x.org"]);
    // Corrected, the others get it, and only they.
    drop(world.file("aliases", "nobody: n@x.org\n"));
    world
        .run("outbox drop 20261120T100000000Z03030303")
        .is_silent();
    let run = call(&world, "sendmail jane b@x.org", "Subject: t\n\nx\n");
    assert_eq!(run.status, 67, "{run:?}");
    drop(world.file("aliases", "jane: j@x.org\n"));
    let id = run.stderr.split_whitespace().nth(2).unwrap();
    world.run(&format!("outbox retry {id}")).is_silent();
    world.run("outbox flush").is_silent();
    let accepted = world.sandbox().accepted();
    let all: Vec<_> = accepted
        .iter()
        .map(|message| message.bcc.join(" "))
        .collect();
    assert_eq!(all, ["a@x.org", "b@x.org", "j@x.org"]);
}

/// Graph would refuse the message for all recipients.
#[test]
fn a_form_that_graph_refuses_does_not_stop_the_others() {
    let world = world();
    let mail = "To: a@x_y.org, b@[1.2.3.4], c@-x.org, d@x.org\nSubject: s\n\nx\n";
    let run = call(&world, "sendmail -t", mail);
    let refused = ["a@x_y.org", "b@[1.2.3.4]", "c@-x.org"].map(|address| {
        format!("recipient {address:?}: {address:?}: Microsoft Graph does not accept this form of address")
    });
    let error = format!(
        "graphmail: error: 20261120T100000000Z03030303 in the outbox is for the others: sent to 1 recipient, but not to all: {}\n",
        refused.join("; ")
    );
    run.failed(67, &error);
    let message = world.message();
    assert_eq!(message.to, ["d@x.org"]);
    let eml = String::from_utf8(message.eml.to_vec()).unwrap();
    let original = "\r\nX-Original-To: a@x_y.org, b@[1.2.3.4], c@-x.org, d@x.org\r\n";
    assert!(eml.contains(original), "{eml}");
    let session = "HELO x\nMAIL FROM:<>\nRCPT TO:<a@x_y.org>\nRCPT TO:<b@[1.2.3.4]>\nRCPT TO:<d@x.org>\nQUIT\n";
    let run = call(&world, "sendmail -bs", session);
    assert_eq!(
        run.stdout,
        "220 localhost ESMTP graphmail\r\n\
         250 localhost\r\n\
         250 2.1.0 ok\r\n\
         550 5.1.3 \"a@x_y.org\": Microsoft Graph does not accept this form of address\r\n\
         553 5.1.3 invalid address\r\n\
         250 2.1.5 ok\r\n\
         221 2.0.0 goodbye\r\n"
    );
}

#[test]
fn unknown_options_are_no_addresses_and_there_is_no_daemon() {
    let world = world();
    call(&world, "sendmail -Z a@x.org", "x\n").failed(
        64,
        "graphmail: error: unknown sendmail option -Z\nhint: man graphmail-sendmail\n",
    );
    call(&world, "sendmail -bd -q30m", "").failed(
        64,
        "graphmail: error: -bd: graphmail is not a daemon and does not have this mode\nhint: -bm sends a message, -bs speaks SMTP on standard input, -q sends the queue\n",
    );
}

#[test]
fn a_mailbox_without_a_known_address_is_told() {
    let world = World::ready();
    call(&world, "sendmail a@x.org", "x\n").kept(
        78,
        "graphmail: error: the message has no usable From, and the account's address is not known\nhint: set GRAPHMAIL_MAILBOX to its address\n",
    );
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn what_cannot_go_waits_in_the_outbox() {
    let world = world();
    call(&world, "mailq", "").is(0, "Mail queue is empty\n", "");
    world.fault("POST /me/sendMail=503,retry-after=3600");
    call(&world, "sendmail a@x.org", "Subject: one\n\nx\n").is_silent();
    call(&world, "sendmail -odq b@x.org", "Subject: two\n\nx\n").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 0);
    let listed = call(&world, "mailq", "");
    assert_eq!(
        (listed.status, &*listed.stdout, &*listed.stderr),
        (
            0,
            "20261120T100000000Z01010101  new  2026-11-20T10:00:00Z  1  2026-11-20T11:00:00Z  reports  a@x.org  one\n    \
             (HTTP 503 ErrorServerBusy: The sandbox was told to answer this.)\n\
             20261120T100000000Z04040404  new  2026-11-20T10:00:00Z  0  -  reports  b@x.org  two\n\
             mailbox reports@contoso.com is throttled until 2026-11-20T11:00:00Z: HTTP 503\n\
             -- 1 Kbytes in 2 Requests.\n",
            ""
        )
    );
    assert_eq!(listed.stdout, call(&world, "sendmail -bp", "").stdout);
    // The second alone is due, and the service's wish to wait binds it too.
    let flushed = call(&world, "sendmail -q", "");
    assert_eq!(flushed.status, 75, "{flushed:?}");
}
