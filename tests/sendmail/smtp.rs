//! `sendmail -bs`: SMTP on standard input and output.

use std::sync::atomic::Ordering;

use graphmail::seams::Seams as _;
use jiff::SignedDuration;

use super::{call, world};
use crate::support::host::World;

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
         250-localhost\n250-SMTPUTF8\n250-SIZE 36700160\n250-PIPELINING\n250-ENHANCEDSTATUSCODES\n250-DSN\n250 8BITMIME\n\
         250 2.1.0 ok\n250 2.1.5 ok\n250 2.1.5 ok\n250 2.1.5 ok\n\
         354 end the message with a line that contains only a dot\n250 2.0.0 accepted\n\
         250 2.0.0 ok\n250 2.1.0 ok\n250 2.1.5 ok\n\
         354 end the message with a line that contains only a dot\n250 2.0.0 accepted\n\
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

/// A client that is silent for five minutes (RFC 5321 section 4.5.3.2.7).
#[test]
fn smtp_does_not_wait_forever() {
    let world = world();
    world.clock.is_input_silent.store(true, Ordering::Relaxed);
    let before = world.clock.now();
    assert_eq!(
        talk(&world, &["EHLO me"]),
        "220 localhost ESMTP graphmail\n421 4.4.2 no command within five minutes\n"
    );
    assert_eq!(
        world.clock.now().duration_since(before),
        SignedDuration::from_mins(5)
    );
}

/// inetd gives one socket for all three streams.
#[test]
fn smtp_writes_only_replies_to_a_socket() {
    let mut world = world();
    world.set("GRAPHMAIL_TIMEOUTS", "1");
    let quit = |world: &World| call(world, "sendmail -bs", "QUIT\r\n");
    let told = quit(&world);
    world.terminal.is_one_socket = true;
    let silent = quit(&world);
    assert_eq!((told.stdout, &*silent.stderr), (silent.stdout, ""));
    assert!(told.stderr.starts_with("graphmail: "), "{}", told.stderr);
}

#[test]
fn smtp_takes_nobody_for_nobody() {
    let said = talk(
        &world(),
        &[
            "MAIL FROM:<>",
            "RCPT TO:<>",
            "rcpt to: <>",
            "RCPT TO:<postmaster>",
            "QUIT",
        ],
    );
    let told: Vec<_> = said.lines().skip(1).map(|line| &line[..3]).collect();
    assert_eq!(told, ["250", "553", "553", "250", "221"], "{said}");
}

/// RFC 5321 section 4.5.1: a server knows its postmaster.
#[test]
fn the_postmaster_is_known_without_an_alias() {
    let settings = |world: &World, aliases: &str| {
        let none = world.home().join("none");
        world.configure(&format!("[sendmail]\naliases_file = {none:?}\n{aliases}"));
    };
    let mut world = World::ready();
    world.set("GRAPHMAIL_MAILBOX", "you@sandbox.example");
    settings(&world, "");
    let run = call(&world, "sendmail -bv postmaster Postmaster", "");
    run.is(
        0,
        "postmaster... deliverable: you@sandbox.example\nPostmaster... deliverable: you@sandbox.example\n",
        "",
    );
    settings(&world, "[aliases]\ndefault = \"d@x.org\"\n");
    let run = call(&world, "sendmail -bv postmaster", "");
    run.is(0, "postmaster... deliverable: d@x.org\n", "");
    settings(&world, "[aliases]\nroot = \"postmaster\"\n");
    let run = call(&world, "sendmail -bv root", "");
    run.is(0, "root... deliverable: you@sandbox.example\n", "");
    let nobody = World::alone();
    settings(&nobody, "");
    let session = "MAIL FROM:<a@x.org>\r\nRCPT TO:<postmaster>\r\nQUIT\r\n";
    let run = call(&nobody, "sendmail -bs", session);
    let said: Vec<_> = run.stdout.lines().skip(1).collect();
    assert_eq!(
        said,
        [
            "250 2.1.0 ok",
            "550 5.1.1 postmaster: the account has no mailbox; set postmaster in [aliases]",
            "221 2.0.0 goodbye"
        ]
    );
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
        "MAIL FROM:<a@x.org> REQUIRETLS",
        "MAIL FROM:<a@x.org> SIZE=999999999",
        "MAIL FROM:<\u{e4}@x.org>",
        "MAIL a@x.org",
        "MAIL FROM:<a@x.org>",
        "MAIL FROM:<a@x.org>",
        "RCPT TO:<nobody>",
        "RCPT TO:<file>",
        "RCPT TO:<a b@x.org>",
        "RCPT TO:<a@x.org> CONNEG",
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
            "graphmail: error: standard input ends in the middle of a message, which was not sent\n"
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
            "553 5.6.7",
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
            "354 end t",
            "421 4.4.2",
        ]
    );
    assert_eq!(world.sandbox().accepted().len(), 0);
}

#[test]
fn smtp_accepts_paths_without_brackets() {
    let world = world();
    let said = talk(
        &world,
        &[
            "HELO x",
            "MAIL FROM:a@x.org SIZE=10",
            "rcpt to: b@x.org",
            "RCPT TO:<c@x.org.>",
            "RCPT TO:<c@x$.org>",
            "RCPT TO:root",
            "RCPT TO:",
            "DATA",
            "Subject: s",
            "",
            "x",
            ".",
            "QUIT",
        ],
    );
    assert_eq!(
        said,
        "220 localhost ESMTP graphmail\n250 localhost\n250 2.1.0 ok\n250 2.1.5 ok\n250 2.1.5 ok\n\
         553 5.1.3 \"c@x$.org\": the domain is malformed\n250 2.1.5 ok\n\
         501 5.5.2 RCPT TO:<forward-path> [parameters]\n\
         354 end the message with a line that contains only a dot\n250 2.0.0 accepted\n221 2.0.0 goodbye\n"
    );
    assert_eq!(
        world.message().bcc,
        ["b@x.org", "c@x.org", "ops@contoso.com"]
    );
}

#[test]
fn smtp_ends_at_an_http_request() {
    let world = world();
    let said = talk(
        &world,
        &["POST / HTTP/1.1", "Host: x", "", "MAIL FROM:<a@x.org>"],
    );
    let ends = "220 localhost ESMTP graphmail\n221 2.7.0 this is no web server\n";
    assert_eq!(said, ends);
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
            "550 5.1.3",
        ),
        (
            "POST /me/sendMail=400,code=ErrorMimeContentInvalid",
            "",
            "554 5.6.0",
        ),
        // The outbox has it, whatever comes.
        ("POST /me/sendMail=503,retry-after=3600", "", "250 2.0.0"),
        ("POST /me/sendMail=reset-after", "", "250 2.0.0"),
        ("POST /me/sendMail=403", "", "250 2.0.0"),
        // The account is at fault, not the message.
        (
            "POST /me/sendMail=404,code=ErrorInvalidUser",
            "",
            "250 2.0.0",
        ),
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
        // The client keeps what is refused, so the reply names no entry.
        let named = run.stdout.matches(" in the outbox").count();
        assert!(code.starts_with('2') || named == 0, "{fault}: {run:?}");
    }
}

/// The crate takes quotation marks off, and within them stands what would be another recipient.
#[test]
fn smtp_takes_one_recipient_from_one_path() {
    let world = world();
    let said = talk(
        &world,
        &[
            "HELO me",
            "MAIL FROM:<\"x, y@z.org, w\"@x.org>",
            "RCPT TO:<\"a@x.org, b\"@y.org>",
            "RCPT TO:<\"two words\"@y.org>",
            "DATA",
            "Subject: s",
            "",
            "x",
            ".",
            "QUIT",
        ],
    );
    assert!(
        said.ends_with("250 2.0.0 accepted\n221 2.0.0 goodbye\n"),
        "{said}"
    );
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    assert_eq!(
        world.message().bcc,
        ["\"a@x.org, b\"@y.org", "\"two words\"@y.org"]
    );
    assert!(
        eml.contains("\r\nReply-To: \"x, y@z.org, w\"@x.org\r\n"),
        "{eml}"
    );
}

#[test]
fn smtp_says_what_is_too_large() {
    let mut world = world();
    world.set("GRAPHMAIL_MESSAGE_LIMIT", "4MB");
    let text = format!("{}\r\n", "x".repeat(70)).repeat(60_000);
    let lines = [
        "HELO me",
        "MAIL FROM:<>",
        "RCPT TO:<a@x.org>",
        "DATA",
        "Subject: s",
        "",
        &text,
        ".",
        "QUIT",
    ];
    let said = talk(&world, &lines);
    let codes: Vec<&str> = said.lines().map(|line| &line[..9]).collect();
    assert_eq!(codes[5], "552 5.3.4", "{said}");
    assert_eq!(world.requests(), Vec::<String>::new());
}

/// The commands of one message to these recipients.
fn transaction(recipients: &[String]) -> String {
    let recipients = recipients.iter().map(|one| format!("RCPT TO:<{one}>\r\n"));
    let recipients: String = recipients.collect();
    format!("MAIL FROM:<>\r\n{recipients}DATA\r\nSubject: s\r\n\r\nx\r\n.")
}

fn users(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("u{n}@x.org")).collect()
}

/// The replies between the greeting and the goodbye, and how often each came one after the other:
/// `250 2.1.5 ok ×500`.
fn counted(replies: &str) -> Vec<String> {
    let mut lines: Vec<_> = replies.lines().collect();
    assert_eq!(lines.remove(0), "220 localhost ESMTP graphmail");
    assert_eq!(lines.remove(0), "250 localhost");
    assert_eq!(lines.pop(), Some("221 2.0.0 goodbye"));
    let same = lines.chunk_by(|one, next| one == next);
    same.map(|run| match run {
        [one] => (*one).to_owned(),
        _ => format!("{} ×{}", run[0], run.len()),
    })
    .collect()
}

const BEGUN: &str = "250 2.1.0 ok";
const GO_ON: &str = "250 2.1.5 ok";
const DATA: &str = "354 end the message with a line that contains only a dot";
const TAKEN: &str = "250 2.0.0 accepted";

/// Who got each message, in the order of the messages.
fn received(world: &World) -> Vec<Vec<String>> {
    let accepted = world.sandbox().accepted().into_iter();
    accepted.map(|message| message.bcc).collect()
}

/// RFC 5321 section 4.5.3.1.10: the client sends the others with the next transaction, and all get it once.
#[test]
fn smtp_takes_as_many_recipients_as_the_mailbox() {
    for (limit, most) in [("", 500), ("20", 20)] {
        let mut world = world();
        world.set("GRAPHMAIL_RECIPIENT_LIMIT", limit);
        let all = users(0..most + 7);
        // Who was named before is none more.
        let first = [&all[..], &all[..1]].concat();
        let (one, two) = (transaction(&first), transaction(&all[most..]));
        let said = talk(&world, &["HELO me", &one, &two, "QUIT"]);
        let go_on = format!("{GO_ON} ×{most}");
        let many = format!("452 4.5.3 at most {most} recipients ×7");
        let next = format!("{GO_ON} ×7");
        assert_eq!(
            counted(&said),
            [
                BEGUN, &go_on, &many, GO_ON, DATA, TAKEN, BEGUN, &next, DATA, TAKEN
            ]
        );
        assert_eq!(received(&world), [&all[..most], &all[most..]]);
    }
}

/// The addresses behind a name count, not the name.
#[test]
fn smtp_counts_the_addresses_behind_a_name() {
    let mut world = world();
    let list = |name: &str, range| format!("{name}: {}\n", users(range).join(", "));
    let aliases = list("five", 0..5) + &list("six", 3..9) + &list("more", 20..28);
    drop(world.file("aliases", aliases));
    world.set("GRAPHMAIL_RECIPIENT_LIMIT", "7");
    let one = transaction(&["five", "six", "u5@x.org", "more", "u6@x.org", "five"].map(Into::into));
    let two = transaction(&["six".into()]);
    // No other transaction would take it either: the reply to DATA says so.
    let three = transaction(&["more".into(), "u5@x.org".into()]);
    let said = talk(&world, &["HELO me", &one, &two, &three, "QUIT"]);
    let many = "452 4.5.3 at most 7 recipients";
    let never = "554 5.6.0 the message has 8 recipients, but Exchange accepts at most 7";
    assert_eq!(
        counted(&said),
        [
            BEGUN, GO_ON, many, GO_ON, many, GO_ON, many, DATA, TAKEN, // five
            BEGUN, GO_ON, DATA, TAKEN, // six
            BEGUN, GO_ON, many, DATA, never
        ]
    );
    let first = [users(0..5), users(5..7)].concat();
    assert_eq!(received(&world), [first, users(3..9)]);
}

/// However many the mailbox takes, a session keeps a limited number of them.
#[test]
fn smtp_takes_ten_thousand_recipients_at_most() {
    let mut world = world();
    world.set("GRAPHMAIL_RECIPIENT_LIMIT", "1000");
    let many = "452 4.5.3 at most 1000 recipients";
    // The same one again and again is no reason to keep more.
    let same = vec!["a@x.org".to_owned(); 11_000];
    for (recipients, taken, refused) in [
        (users(0..1_001), 1000, many.to_owned()),
        (users(0..20_000), 1000, format!("{many} ×19000")),
        (same, 10_000, format!("{many} ×1000")),
    ] {
        let go_on = format!("{GO_ON} ×{taken}");
        let recipients = transaction(&recipients);
        let (recipients, _) = recipients.split_once("DATA").unwrap();
        let said = talk(&world, &["HELO me", recipients.trim_end(), "RSET", "QUIT"]);
        assert_eq!(counted(&said), [BEGUN, &go_on, &refused, "250 2.0.0 ok"]);
    }
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn smtp_ends_after_too_many_commands_without_a_message() {
    let world = world();
    let message = [
        "MAIL FROM:<alerts@contoso.com>",
        "RCPT TO:<a@x.org>",
        "DATA",
        "Subject: one",
        "",
        ".",
    ];
    let idle = ["NOOP", "X", "RSET", "VRFY a", "RCPT TO", "DATA"];
    for command in idle {
        // A message in between begins the count anew.
        let mut lines = vec![command; 60];
        lines.extend(message);
        lines.extend(vec![command; 200]);
        lines.extend(message);
        let said = talk(&world, &lines);
        let replies: Vec<_> = said.lines().collect();
        let counted = command != "RCPT TO";
        let taken = replies
            .iter()
            .filter(|reply| **reply == "250 2.0.0 accepted");
        assert_eq!(taken.count(), if counted { 1 } else { 2 }, "{command}");
        if counted {
            assert_eq!(replies.len(), 1 + 60 + 4 + 101 + 1, "{command}");
            let last = replies.last().copied();
            assert_eq!(last, Some("421 4.7.0 too many commands without a message"));
        }
    }
}
