//! sendmail's face: its names, its options, its modes.

use std::ffi::OsString;

use crate::support::host::{Run, World};

const CONFIG: &str = r#"
[accounts.reports]
auth = "token-command"
token_command = "cat HOME/token"
username = "reports@contoso.com"

[aliases]
root = "ops@contoso.com"
file = "/var/mail/file"

[sendmail]
aliases_file = "HOME/aliases"
allowed_from = ["alerts@contoso.com"]
"#;

fn world() -> World {
    let mut world = World::ready();
    let token = world.environment.get("GRAPHMAIL_ACCESS_TOKEN").unwrap();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "");
    drop(world.file("token", token));
    drop(world.file("aliases", "postmaster: root\n"));
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
    call(&world, "sendmail jane", "x\n").failed(
        67,
        "graphmail: error: \"jane\" is no address beyond this host, and no alias gives one\nhint: give it one in /etc/aliases or in [aliases] of the configuration; default = \"ADDRESS\" there takes all others\n",
    );
    call(&world, "sendmail file", "x\n").failed(
        78,
        "graphmail: error: the alias \"file\" leads to \"/var/mail/file\", a file, a list file or a program, and Graph delivers to addresses alone\nhint: give it one in /etc/aliases or in [aliases] of the configuration; default = \"ADDRESS\" there takes all others\n",
    );
    let run = call(&world, "newaliases", "");
    assert_eq!(
        (run.status, &*run.stdout, &*run.stderr),
        (
            0,
            "3 aliases\n",
            "graphmail: warning: the alias \"file\" leads to \"/var/mail/file\", a file, a list file or a program, and Graph delivers to addresses alone\n"
        )
    );
}

#[test]
fn unknown_options_are_no_addresses_and_there_is_no_daemon() {
    let world = world();
    call(&world, "sendmail -Z a@x.org", "x\n").failed(
        64,
        "graphmail: error: -Z is no option of sendmail's\nhint: man graphmail-sendmail\n",
    );
    call(&world, "sendmail -bd -q30m", "").failed(
        64,
        "graphmail: error: -bd: graphmail is no daemon and has no such mode\nhint: -bm takes a message, -bs speaks SMTP on standard input, -q tries what waits\n",
    );
}

#[test]
fn a_mailbox_without_a_known_address_is_told() {
    let world = World::ready();
    call(&world, "sendmail a@x.org", "x\n").failed(
        78,
        "graphmail: error: the message has no usable From, and the account's own address is not known\nhint: name it as mailbox in the account, or as username for the signed-in user's\n",
    );
    assert_eq!(world.requests(), Vec::<String>::new());
}

/// What a client writes, and what it gets.
fn talk(world: &World, lines: &[&str]) -> String {
    let run = call(world, "sendmail -bs", &(lines.join("\r\n") + "\r\n"));
    assert_eq!((run.status, &*run.stderr), (0, ""));
    run.stdout.replace("\r\n", "\n")
}

#[test]
fn smtp_takes_several_messages() {
    let world = world();
    let said = talk(
        &world,
        &[
            "EHLO [127.0.0.1]",
            "MAIL FROM:<alerts@contoso.com> SIZE=100 BODY=8BITMIME",
            "RCPT TO:<a@x.org>",
            "RCPT TO:<root>",
            "RCPT TO:<root@localhost>",
            "DATA",
            "Subject: one",
            "To: a@x.org",
            "",
            "..a dot",
            "...",
            ".",
            "RSET",
            "MAIL FROM:<>",
            "RCPT TO:<b@x.org>",
            "DATA",
            ".",
            "QUIT",
        ],
    );
    assert_eq!(
        said,
        "220 localhost ESMTP graphmail\n\
         250-localhost you had me at EHLO\n250-SIZE 36700160\n250-PIPELINING\n250-ENHANCEDSTATUSCODES\n250 8BITMIME\n\
         250 2.1.0 go on\n250 2.1.5 go on\n250 2.1.5 go on\n250 2.1.5 go on\n\
         354 end with a dot on a line of its own\n250 2.0.0 taken\n\
         250 2.0.0 forgotten\n250 2.1.0 go on\n250 2.1.5 go on\n\
         354 end with a dot on a line of its own\n250 2.0.0 taken\n\
         221 2.0.0 goodbye\n"
    );
    let accepted = world.sandbox().accepted();
    let eml = |at: usize| String::from_utf8(accepted[at].eml.to_vec()).unwrap();
    assert_eq!(accepted.len(), 2);
    assert!(eml(0).starts_with("Subject: one\r\nTo: a@x.org\r\nFrom: alerts@contoso.com\r\n"));
    assert!(eml(0).ends_with("\r\n\r\n.a dot\r\n..\r\n"));
    assert_eq!(accepted[0].bcc, ["ops@contoso.com"]);
    assert_eq!(accepted[1].bcc, ["b@x.org"]);
}

/// `..` at the start of a line is a dot; a lone one ends the message as the client ends its lines.
#[test]
fn smtp_knows_lines_that_end_with_a_feed() {
    let commands = "EHLO me|MAIL FROM:<alerts@contoso.com>|RCPT TO:<a@x.org>|DATA|";
    let head = "To: a@x.org|Subject: s||";
    let table = [
        // A here-document.
        (
            "\n",
            format!("{head}..dot|...|x..|.|"),
            ".dot\r\n..\r\nx..\r\n",
        ),
        // Python's smtplib leaves the line ends of bytes alone.
        (
            "\r\n",
            format!("{head}..dot\n...\nx|.|"),
            ".dot\r\n..\r\nx\r\n",
        ),
        // Text that would like to go on as commands.
        (
            "\r\n",
            format!("{head}x\n.\nRSET\n.|y|.|"),
            "x\r\n.\r\nRSET\r\n.\r\ny\r\n",
        ),
    ];
    for (end, text, expected) in table {
        let world = world();
        let input = format!("{commands}{text}QUIT|").replace('|', end);
        let run = call(&world, "sendmail -bs", &input);
        assert!(
            run.stdout.ends_with("221 2.0.0 goodbye\r\n"),
            "{}",
            run.stdout
        );
        let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
        let (_, body) = eml.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, expected);
    }
}

#[test]
fn smtp_refuses_with_the_right_codes() {
    let world = world();
    let lines = [
        "HELO me",
        "RCPT TO:<a@x.org>",
        "DATA",
        "MAIL FROM:<a@x.org> SMTPUTF8",
        "MAIL FROM:<a@x.org> SIZE=999999999",
        "MAIL a@x.org",
        "MAIL FROM:<a@x.org>",
        "MAIL FROM:<a@x.org>",
        "RCPT TO:<nobody>",
        "RCPT TO:<file>",
        "RCPT TO:<a b@x.org>",
        "RCPT TO:<a@x.org> NOTIFY=NEVER",
        "VRFY root",
        "AUTH PLAIN AGEAYg==",
        "STARTTLS",
        "NOOP",
        "HELP",
        "HALLO",
        &format!("NOOP {}", "x".repeat(5000)),
        "RCPT TO:<a@x.org>",
        "DATA",
        "Subject: never ended",
    ];
    let run = call(&world, "sendmail -bs", &(lines.join("\r\n") + "\r\n"));
    assert_eq!(
        (run.status, &*run.stderr),
        (
            65,
            "graphmail: error: standard input ends within a message, which is not sent\n"
        )
    );
    let said = run.stdout;
    let codes: Vec<&str> = said
        .lines()
        .map(|line| line.get(..9).unwrap_or(line).trim_end())
        .collect();
    assert_eq!(
        codes,
        [
            "220 local",
            "250 local",
            "503 5.5.1",
            "503 5.5.1",
            "555 5.5.4",
            "552 5.3.4",
            "501 5.5.2",
            "250 2.1.0",
            "503 5.5.1",
            "550 5.1.1",
            "451 4.3.0",
            "553 5.1.3",
            "555 5.5.4",
            "252 2.5.0",
            "502 5.5.1",
            "502 5.5.1",
            "250 2.0.0",
            "214 2.0.0",
            "500 5.5.1",
            "500 5.5.2",
            "250 2.1.5",
            "354 end w",
            "421 4.4.2",
        ]
    );
    assert_eq!(world.sandbox().accepted().len(), 0);
}

#[test]
fn smtp_says_whether_to_try_again() {
    let message = [
        "EHLO me",
        "MAIL FROM:<a@x.org>",
        "RCPT TO:<a@x.org>",
        "DATA",
        "Subject: s",
        "",
        "x",
        ".",
        "QUIT",
    ];
    for (fault, queue, code) in [
        // What is refused for good.
        (
            "POST /me/sendMail=400,code=ErrorInvalidRecipients",
            "",
            "554 5.6.0",
        ),
        // The outbox has it, whatever comes.
        ("POST /me/sendMail=503,retry-after=3600", "", "250 2.0.0"),
        ("POST /me/sendMail=reset-after", "", "554 5.4.0"),
        ("POST /me/sendMail=403", "", "250 2.0.0"),
        ("POST /me/sendMail=403", "never", "451 4.3.0"),
        // Sent again it might be there twice.
        ("POST /me/sendMail=reset-after", "never", "554 5.4.0"),
    ] {
        let mut world = world();
        world.set("GRAPHMAIL_QUEUE", queue);
        world.fault(fault);
        let run = call(&world, "sendmail -bs", &(message.join("\r\n") + "\r\n"));
        assert!(
            run.stdout.lines().any(|line| line.starts_with(code)),
            "{fault}: {run:?}"
        );
    }
}

#[test]
fn what_cannot_go_waits_in_the_outbox() {
    let world = world();
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
             20261120T100000000Z04040404  new  2026-11-20T10:00:00Z  0  -  reports  b@x.org  two\n",
            ""
        )
    );
    assert_eq!(listed.stdout, call(&world, "sendmail -bp", "").stdout);
    // The second alone is due, and the service's wish to wait binds it too.
    let flushed = call(&world, "sendmail -q", "");
    assert_eq!(flushed.status, 75, "{flushed:?}");
}
