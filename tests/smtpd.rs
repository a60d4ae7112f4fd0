//! The host's mail service, as a process.
#![cfg(unix)]

mod busy;
mod devices;
mod host;
mod killed;

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;

use rustix::process::Signal;

use crate::support::process::{Bounded as _, Process, until};
use crate::support::program::{Place, text};

/// A running service, and the address of its port.
struct Service {
    process: Process,
    address: String,
}

impl Service {
    fn start(place: &Place, options: &str) -> Self {
        let line = format!("smtpd --listen 127.0.0.1:0 {options}");
        let mut process = place.command(&line).start();
        let said = process.error_line();
        let address = said.strip_prefix("graphmail: listening on ");
        let address = address.unwrap_or_else(|| panic!("{said}")).to_owned();
        Self { process, address }
    }

    fn connect(&self) -> Client<TcpStream> {
        Client::new(TcpStream::connect(&self.address).unwrap())
    }

    fn terminate(self) -> std::process::Output {
        self.process.signal(Signal::TERM);
        self.process.output()
    }
}

/// A client that speaks SMTP.
struct Client<S>(BufReader<S>);

impl<S: Read + Write> Client<S> {
    /// Connects, and reads the greeting.
    fn new(stream: S) -> Self {
        let mut client = Self(BufReader::new(stream));
        assert!(client.reply().starts_with("220 "));
        client
    }

    /// The next reply; only the last line of several.
    fn reply(&mut self) -> String {
        loop {
            let line = self.line();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// The next line; empty at the end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn say(&mut self, line: &str) -> String {
        self.write(&format!("{line}\r\n"));
        self.reply()
    }

    fn write(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Sends a message, and returns the reply to it.
    fn send(&mut self, subject: &str) -> String {
        assert_eq!(self.say("MAIL FROM:<you@sandbox.example>"), "250 2.1.0 ok");
        assert_eq!(self.say("RCPT TO:<a@example.org>"), "250 2.1.5 ok");
        assert!(self.say("DATA").starts_with("354 "));
        self.say(&format!("Subject: {subject}\r\n\r\nB\r\n."))
    }
}

/// The subjects of what has arrived, sorted.
fn arrived(place: &Place) -> Vec<String> {
    let accepted = place.sandbox().accepted();
    let mut subjects: Vec<_> = accepted
        .into_iter()
        .map(|message| message.subject)
        .collect();
    subjects.sort();
    subjects
}

#[test]
fn a_message_is_accepted_on_the_disk_and_sent_then() {
    let place = Place::new();
    let service = Service::start(&place, "--socket submit");
    let mut client = service.connect();
    assert_eq!(client.say("EHLO me"), "250 8BITMIME");
    let reply = client.send("one");
    let id = reply.strip_prefix("250 2.0.0 queued as ").expect(&reply);
    assert!(id.contains('Z'), "{id}");
    let local = UnixStream::connect(place.home().join("submit")).unwrap();
    assert!(Client::new(local).send("two").starts_with("250 2.0.0 "));
    until("both arrive", || arrived(&place) == ["one", "two"]);
    assert_eq!(client.say("QUIT"), "221 2.0.0 goodbye");
    let output = service.terminate();
    assert_eq!(output.status.code(), Some(0));
    let log = text(&output.stderr);
    let accepted = format!(
        "graphmail: {id}: client=127.0.0.1, from=<you@sandbox.example>, size=19, nrcpt=1, status=queued\n"
    );
    assert!(log.contains(&accepted), "{log}");
    let uid = format!(": uid={}, from=", rustix::process::getuid().as_raw());
    assert!(log.contains(&uid), "{log}");
    let sent = log
        .lines()
        .filter(|line| line.contains("status=sent, size="));
    assert_eq!(sent.count(), 2, "{log}");
}

#[test]
fn what_is_queued_is_sent_by_the_next_start() {
    let place = Place::new();
    place.fault("POST /me/sendMail=stall-before,times=1");
    let service = Service::start(&place, "");
    assert!(service.connect().send("one").starts_with("250 "));
    place.wait_for_requests(1);
    drop(service.process.kill());
    let again = Service::start(&place, "");
    assert!(again.connect().send("two").starts_with("250 "));
    until("the other arrives", || {
        arrived(&place).contains(&"two".to_owned())
    });
    assert_eq!(again.terminate().status.code(), Some(0));
    let listed = place.run("outbox list");
    let listed = text(&listed.stdout);
    assert!(listed.contains("  doubtful  "), "{listed}");
    assert_eq!(
        arrived(&place),
        ["two"],
        "what may have been sent is not sent again"
    );
}

#[test]
fn many_clients_at_once() {
    let place = Place::new();
    place.configure("[outbox]\nper_minute = 10000\n");
    let service = Service::start(&place, "");
    std::thread::scope(|scope| {
        for client in 0..20 {
            let mut connection = service.connect();
            scope.spawn(move || {
                for message in 0..5 {
                    let reply = connection.send(&format!("{client:02}-{message}"));
                    assert!(reply.starts_with("250 2.0.0 queued as "), "{reply}");
                }
            });
        }
    });
    until("all arrive", || place.sandbox().accepted().len() == 100);
    let mut subjects = arrived(&place);
    subjects.dedup();
    assert_eq!(subjects.len(), 100);
    assert_eq!(service.terminate().status.code(), Some(0));
}

#[test]
fn a_session_ends_with_the_service_and_a_message_does_not() {
    let place = Place::new();
    let service = Service::start(&place, "");
    let mut idle = service.connect();
    let mut sending = service.connect();
    assert!(
        sending
            .say("MAIL FROM:<you@sandbox.example>")
            .starts_with("250 ")
    );
    assert!(sending.say("RCPT TO:<a@example.org>").starts_with("250 "));
    assert!(sending.say("DATA").starts_with("354 "));
    service.process.signal(Signal::TERM);
    assert_eq!(idle.reply(), "421 4.3.2 the service ends");
    assert!(
        sending
            .say("Subject: late\r\n\r\n.")
            .starts_with("250 2.0.0 queued as ")
    );
    assert_eq!(sending.reply(), "421 4.3.2 the service ends");
    assert_eq!(service.process.output().status.code(), Some(0));
    assert_eq!(place.run("outbox flush --all").status.code(), Some(0));
    assert_eq!(arrived(&place), ["late"]);
}

#[test]
fn a_message_that_cannot_be_written_is_refused_for_now() {
    let place = Place::new();
    let mut service = Service::start(&place, "");
    let mut client = service.connect();
    let folder = place.home().join(".local/state/graphmail/outbox/tmp");
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    let why = format!("making {}: File exists (os error 17)", folder.display());
    assert_eq!(client.send("no room"), format!("451 4.3.0 {why}"));
    // The service may also read the outbox now, as it does after its start.
    let warning = "graphmail: warning: reading the outbox: ";
    let line = std::iter::repeat_with(|| service.process.error_line())
        .find(|line| !line.starts_with(warning));
    assert_eq!(
        line.unwrap(),
        format!(
            "graphmail: refused: client=127.0.0.1, from=<you@sandbox.example>, size=23, nrcpt=1, {why}"
        )
    );
    std::fs::remove_file(&folder).unwrap();
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .unwrap();
    assert!(client.send("room").starts_with("250 2.0.0 queued as "));
    until("the message arrives", || arrived(&place) == ["room"]);
    drop(service.terminate());
}

#[test]
fn the_configuration_is_read_again() {
    let place = Place::new();
    let mut service = Service::start(&place, "");
    let mut before = service.connect();
    assert!(before.say("MAIL FROM:<a@b.org>").starts_with("250 "));
    assert!(before.say("RCPT TO:<pager>").starts_with("550 5.1.1 "));
    place.configure("[aliases]\npager = \"a@example.org\"\n");
    assert_eq!(
        service.process.error_line(),
        "graphmail: refused: client=127.0.0.1, from=<a@b.org>, to=<pager>, 550 5.1.1 pager: user unknown"
    );
    service.process.signal(Signal::HUP);
    assert_eq!(
        service.process.error_line(),
        "graphmail: the configuration was read again"
    );
    let mut after = service.connect();
    assert!(after.say("MAIL FROM:<a@b.org>").starts_with("250 "));
    assert_eq!(after.say("RCPT TO:<pager>"), "250 2.1.5 ok");
    place.configure("nonsense");
    service.process.signal(Signal::HUP);
    let said = service.process.error_line();
    assert!(
        said.starts_with("graphmail: warning: the configuration was not read again: "),
        "{said}"
    );
    assert!(service.connect().say("NOOP").starts_with("250 "));
    assert_eq!(service.terminate().status.code(), Some(0));
}

/// A file that was named and is gone is a fault of the new configuration, too.
#[test]
fn a_configuration_that_is_gone_is_not_read_again() {
    let place = Place::new();
    let file = place.file("service.toml", "[aliases]\npager = \"a@example.org\"\n");
    let mut command = place.command("smtpd --socket submit");
    let mut process = command.env("GRAPHMAIL_CONFIG", &file).start();
    assert_eq!(process.error_line(), "graphmail: listening on submit");
    // It handles signals when it greets.
    drop(Client::new(
        UnixStream::connect(place.home().join("submit")).unwrap(),
    ));
    std::fs::remove_file(&file).unwrap();
    process.signal(Signal::HUP);
    assert_eq!(
        process.error_line(),
        format!(
            "graphmail: warning: the configuration was not read again: {} does not exist",
            file.display()
        )
    );
    let mut client = Client::new(UnixStream::connect(place.home().join("submit")).unwrap());
    assert!(client.say("MAIL FROM:<a@b.org>").starts_with("250 "));
    assert_eq!(client.say("RCPT TO:<pager>"), "250 2.1.5 ok");
    process.signal(Signal::TERM);
    assert_eq!(process.output().status.code(), Some(0));
}

#[test]
fn what_cannot_be_listened_on() {
    let place = Place::new();
    for (line, status, said) in [
        (
            "smtpd",
            64,
            "graphmail: error: nothing to listen on\nhint: give --listen ADDR:PORT or --socket PATH\n",
        ),
        (
            "smtpd --listen 0.0.0.0:0",
            78,
            "graphmail: error: 0.0.0.0:0 can be reached from the network, and everyone there could send mail\n\
             hint: set allow = [\"192.168.1.0/24\"] in [smtpd], or [smtpd.users.NAME]\n",
        ),
        (
            "-A nosuch smtpd --listen 127.0.0.1:0",
            78,
            "graphmail: error: there is no account \"nosuch\"\nhint: there are no accounts yet: graphmail login --account nosuch --client-id ID --tenant TENANT\n",
        ),
    ] {
        let output = place.run(line);
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(status), said),
            "{line}"
        );
    }
}

/// It takes mail, which waits.
#[test]
fn a_service_that_cannot_sign_in_says_so() {
    let place = Place::new();
    let account = "default_account = \"x\"\n[accounts.x]\nauth = \"client-secret\"\nclient_secret_file = \"HOME/none\"\n\
                   tenant = \"contoso.com\"\nclient_id = \"00000000-0000-0000-0000-000000000000\"\n\
                   mailbox = \"you@sandbox.example\"\n";
    for (settings, warning) in [
        ("", "no account is signed in"),
        (account, "HOME/none cannot be read"),
    ] {
        place.configure(settings);
        let mut process = place.unsigned("smtpd --listen 127.0.0.1:0").start();
        assert!(process.error_line().starts_with("graphmail: listening on "));
        let said = process.error_line();
        let said = said.replace(&*place.home().to_string_lossy(), "HOME");
        let expected = format!("graphmail: warning: nothing can be sent: {warning}");
        assert!(said.starts_with(&expected), "{said}");
        process.signal(Signal::TERM);
        assert_eq!(process.output().status.code(), Some(0));
    }
}

/// Only the socket of a service that has ended is replaced.
#[test]
fn files_in_place_of_the_socket_stay() {
    let place = Place::new();
    let listen = |name: &str| {
        let output = place.run(&format!("smtpd --socket {name}"));
        (
            output.status.code(),
            text(&output.stderr).to_owned(),
            place
                .home()
                .join(name)
                .symlink_metadata()
                .unwrap()
                .file_type(),
        )
    };
    let refused = |name: &str| {
        format!("graphmail: error: listening on {name}: it exists, and is not a socket\n")
    };
    drop(place.file("important", "data"));
    let (status, said, _) = listen("important");
    assert_eq!((status, said), (Some(74), refused("important")));
    assert_eq!(
        std::fs::read(place.home().join("important")).unwrap(),
        b"data"
    );
    let stale = place.home().join("stale");
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    std::os::unix::fs::symlink(&stale, place.home().join("link")).unwrap();
    let (status, said, kind) = listen("link");
    assert_eq!((status, said), (Some(74), refused("link")));
    assert!(kind.is_symlink());
    let mut service = Service::start(&place, "--socket stale");
    assert_eq!(
        service.process.error_line(),
        "graphmail: listening on stale"
    );
    let local = UnixStream::connect(&stale).unwrap();
    assert!(Client::new(local).say("NOOP").starts_with("250 "));
    assert_eq!(service.terminate().status.code(), Some(0));
}

/// Runs `sendmail` of a user without an account.
fn sendmail(place: &Place, line: &str, message: &str) -> std::process::Output {
    let mut command = place.unsigned(&format!("sendmail {line}"));
    let mut process = command.stdin(std::process::Stdio::piped()).start();
    // What does not read its input has ended.
    drop(process.stdin().write_all(message.as_bytes()));
    process.output()
}

/// The host's configuration: where the service is.
fn with_socket(place: &Place) {
    let socket = place.home().join("submit");
    place.configure(&format!("[sendmail]\nsubmit = {socket:?}\n"));
}

#[test]
fn sendmail_hands_its_message_over() {
    let place = Place::new();
    with_socket(&place);
    let service = Service::start(&place, "--socket submit");
    let message = "From: you@sandbox.example\nTo: a@example.org\nBcc: b@example.org\nSubject: one\n\n.\n\0\rB";
    let output = sendmail(&place, "-t -f root c@example.org", message);
    assert_eq!(
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr)
        ),
        (Some(0), "", "")
    );
    until("it arrives", || arrived(&place) == ["one"]);
    let accepted = place.sandbox().accepted();
    assert_eq!(accepted[0].to, ["a@example.org"]);
    assert_eq!(accepted[0].bcc, ["b@example.org", "c@example.org"]);
    let log = service.terminate();
    let log = text(&log.stderr);
    assert!(
        log.contains(", from=<root>, size=82, nrcpt=3, status=queued\n"),
        "{log}"
    );
}

#[test]
fn the_service_keeps_what_it_refuses() {
    let place = Place::new();
    with_socket(&place);
    let service = Service::start(&place, "--socket submit");
    let output = sendmail(
        &place,
        "a@example.org nobody",
        "From: you@sandbox.example\nSubject: some\n\nB\n",
    );
    assert_eq!(output.status.code(), Some(67));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("graphmail: error: ") && said.contains("nobody"),
        "{said}"
    );
    until("the other recipient gets it", || {
        arrived(&place) == ["some"]
    });
    let output = sendmail(&place, "-t", "Subject: none\n\nB\n");
    assert_eq!(output.status.code(), Some(65), "{output:?}");
    let listed = place.run("outbox list --json");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let states: Vec<_> = listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["state"].clone())
        .collect();
    assert_eq!(states, ["failed", "failed"]);
    drop(service.terminate());
}

#[test]
fn without_the_service_sendmail_works_alone() {
    let place = Place::new();
    let message = "From: you@sandbox.example\nSubject: alone\n\nB\n";
    let output = sendmail(&place, "a@example.org", message);
    assert_eq!(
        output.status.code(),
        Some(77),
        "nobody is signed in: {output:?}"
    );
    with_socket(&place);
    let service = Service::start(&place, "--socket submit");
    let output = sendmail(&place, "-Ac a@example.org", message);
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    drop(service.terminate());
    assert_eq!(arrived(&place), [""; 0]);
}

#[test]
fn a_service_that_ends_before_its_reply_may_have_the_message() {
    let place = Place::new();
    with_socket(&place);
    let listener = std::os::unix::net::UnixListener::bind(place.home().join("submit")).unwrap();
    let service = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 me\r\n").unwrap();
        let mut command = String::new();
        let mut stream = BufReader::new(stream);
        stream.read_line(&mut command).unwrap();
        let sizes: u64 = command
            .split_whitespace()
            .skip(1)
            .map(|size| size.parse::<u64>().unwrap())
            .sum();
        stream.take(sizes).read_to_end(&mut Vec::new()).unwrap();
    });
    let output = sendmail(&place, "a@example.org", "Subject: x\n\nB\n");
    service.join().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(76),
            "graphmail: error: the mail service of this host may have the message: unexpected end of file\n\
             hint: look for it in the outbox of the service\n"
        )
    );
}

/// As on a volume that became read-only or full: the client keeps the message, and sends it later.
#[test]
fn without_a_usable_outbox_the_client_tries_again() {
    let place = Place::new();
    let service = Service::start(&place, "");
    let mut client = service.connect();
    client.say("HELO me");
    assert!(client.send("one").starts_with("250 2.0.0 "));
    until("it arrives", || arrived(&place) == ["one"]);
    let state = place.home().join(".local/state/graphmail");
    let (outbox, away) = (state.join("outbox"), state.join("away"));
    std::fs::rename(&outbox, &away).unwrap();
    std::fs::write(&outbox, "").unwrap();
    let reply = client.send("two");
    assert!(reply.starts_with("451 4.3.0 "), "{reply}");
    std::fs::remove_file(&outbox).unwrap();
    std::fs::rename(&away, &outbox).unwrap();
    assert!(client.send("two").starts_with("250 2.0.0 "));
    until("it arrives", || arrived(&place) == ["one", "two"]);
    assert_eq!(service.terminate().status.code(), Some(0));
}

/// Its first line about a port says that all sockets can be used.
#[test]
fn the_queue_of_the_host_is_asked_of_the_service() {
    let place = Place::new();
    with_socket(&place);
    let service = Service::start(&place, "--socket submit");
    let output = sendmail(&place, "-t", "Subject: none\n\nB\n");
    assert_eq!(output.status.code(), Some(65), "{output:?}");
    let ask = |line: &str| {
        let output = place
            .unsigned(line)
            .env("XDG_STATE_HOME", place.home().join("nowhere"))
            .run();
        let shown = (
            text(&output.stdout).to_owned(),
            text(&output.stderr).to_owned(),
        );
        (output.status.code(), shown)
    };
    let (status, (listed, said)) = ask("outbox list");
    assert_eq!((status, &*said), (Some(0), ""));
    let id = listed.split_whitespace().next().unwrap().to_owned();
    assert!(listed.contains("  failed  "), "{listed}");
    let (status, (queue, _)) = ask("sendmail -bp");
    assert_eq!(status, Some(0));
    assert!(queue.starts_with(&listed), "{queue}");
    assert!(queue.ends_with("-- 1 Kbytes in 1 Request.\n"), "{queue}");
    let (status, (shown, _)) = ask(&format!("outbox show --message {id}"));
    assert_eq!((status, &*shown), (Some(0), "Subject: none\n\nB\n"));
    let (status, (json, _)) = ask("outbox list --json");
    assert_eq!(status, Some(0));
    assert!(json.contains(&id), "{json}");
    assert_eq!(ask(&format!("outbox drop {id}")).0, Some(0));
    assert_eq!(
        ask("outbox list"),
        (Some(0), (String::new(), String::new()))
    );
    let (status, (_, said)) = ask(&format!("outbox show {id}"));
    assert_eq!(status, Some(64));
    assert_eq!(
        said,
        format!("graphmail: error: the outbox has no entry {id}\nhint: graphmail outbox list\n")
    );
    assert_eq!(ask("outbox flush").0, Some(0));
    drop(service.terminate());
    let (status, (own, said)) = ask("outbox list");
    assert_eq!(
        (status, &*own),
        (Some(75), ""),
        "without the service only the own outbox is shown"
    );
    let socket = place.home().join("submit");
    let warning = format!(
        "graphmail: warning: the mail service of this host cannot be asked: nothing answers at {}: Connection refused (os error 111)\n\
         hint: systemctl restart graphmail\n",
        socket.display()
    );
    assert_eq!(said, warning);
    // Nobody can say that the queue is empty.
    let (status, (queue, said)) = ask("sendmail -bp");
    assert_eq!((status, &*queue, said), (Some(75), "", warning.clone()));
    let (status, (_, said)) = ask(&format!("outbox show {id}"));
    assert_eq!(status, Some(64));
    assert!(said.starts_with(&warning), "{said}");
}
