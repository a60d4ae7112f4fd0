//! The host's mail service, as a process.
#![cfg(unix)]

mod devices;

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
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
fn the_configuration_is_read_again() {
    let place = Place::new();
    let mut service = Service::start(&place, "");
    let mut before = service.connect();
    assert!(before.say("MAIL FROM:<a@b.org>").starts_with("250 "));
    assert!(before.say("RCPT TO:<pager>").starts_with("550 5.1.1 "));
    place.configure("[aliases]\npager = \"a@example.org\"\n");
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
    ] {
        let output = place.run(line);
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(status), said),
            "{line}"
        );
    }
}
