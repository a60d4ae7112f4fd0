//! A service that is down, busy or stuck, and the clients of its host.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Output, Stdio};

use super::{Client, Service, arrived, with_socket};
use crate::support::process::{Bounded as _, Process, until};
use crate::support::program::{Place, text};

/// A command of a user who has an outbox of their own, and no account.
fn user(place: &Place, line: &str) -> std::process::Command {
    let mut command = place.unsigned(line);
    command.env("XDG_STATE_HOME", place.home().join("own"));
    command
}

/// Begins `sendmail` of that user.
fn begin(place: &Place, subject: &str) -> Process {
    let mut command = user(place, "sendmail a@example.org");
    let mut process = command.stdin(Stdio::piped()).start();
    let message = format!("From: you@sandbox.example\nSubject: {subject}\n\nB\n");
    process.stdin().write_all(message.as_bytes()).unwrap();
    process
}

/// The message was queued for this reason. Returns its id.
#[track_caller]
fn queued(place: &Place, output: &Output, why: &str) -> String {
    let said = text(&output.stderr);
    let id = said.strip_prefix("graphmail: queued in the outbox as ");
    let id = id.and_then(|rest| rest.split_once(':')).expect(said).0;
    let socket = place.home().join("submit");
    let expected = format!(
        "graphmail: queued in the outbox as {id}: the mail service at {} takes no mail now: {why}\n\
         hint: graphmail outbox flush{}\n",
        socket.display(),
        // Those of root without the option are about the outbox of the service.
        if uzers::get_effective_uid() == 0 {
            " --all-users"
        } else {
            ""
        }
    );
    assert_eq!((output.status.code(), said), (Some(0), &*expected));
    id.to_owned()
}

/// The number of entries in that user's outbox.
fn own(place: &Place) -> usize {
    let new = place.home().join("own/graphmail/outbox/new");
    new.read_dir().map_or(0, Iterator::count)
}

const DOWN: &str = "Connection refused (os error 111)";

#[test]
fn what_the_service_does_not_take_is_handed_over_later() {
    let place = Place::new();
    with_socket(&place);
    drop(UnixListener::bind(place.home().join("submit")).unwrap());
    let id = queued(&place, &begin(&place, "one").output(), DOWN);
    let listed = user(&place, "outbox list").run();
    assert_eq!(listed.status.code(), Some(75));
    assert!(
        text(&listed.stdout).starts_with(&format!("{id}  new  ")),
        "{listed:?}"
    );
    // Nobody takes it yet.
    let flush = |place: &Place| {
        let state = place.home().join("own/graphmail");
        let mut flush = user(place, "outbox flush");
        flush.env("GRAPHMAIL_STATE_DIR", state).run()
    };
    let output = flush(&place);
    let said = format!(
        "graphmail: {id} kept: the mail service at {} takes no mail now: {DOWN}\n",
        place.home().join("submit").display()
    );
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(75), &*said)
    );
    // The next message takes it along.
    let mut service = Service::start(&place, "--socket submit");
    assert_eq!(
        service.process.error_line(),
        "graphmail: listening on submit"
    );
    let output = begin(&place, "two").output();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert_eq!(own(&place), 0);
    until("both arrive", || arrived(&place) == ["one", "two"]);
    drop(service.terminate());
    // A flush does, too, even if it names the outbox.
    queued(&place, &begin(&place, "three").output(), DOWN);
    let mut service = Service::start(&place, "--socket submit");
    assert_eq!(
        service.process.error_line(),
        "graphmail: listening on submit"
    );
    let output = flush(&place);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert_eq!(own(&place), 0);
    until("all arrive", || arrived(&place) == ["one", "three", "two"]);
    drop(service.terminate());
}

/// The service has the message, but its reply is lost: the message is handed over again, and kept once.
#[test]
fn what_may_have_been_handed_over_is_handed_over_again_and_sent_once() {
    let place = Place::new();
    with_socket(&place);
    let [submit, real] = ["submit", "real"].map(|name| place.home().join(name));
    drop(UnixListener::bind(&submit).unwrap());
    let id = queued(&place, &begin(&place, "one").output(), DOWN);
    let service = Service::start(&place, "--socket real");
    std::fs::remove_file(&submit).unwrap();
    let listener = UnixListener::bind(&submit).unwrap();
    let to = real.clone();
    let relay = std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = UnixStream::connect(to).unwrap();
        let (mut from_client, mut to_server) =
            (client.try_clone().unwrap(), server.try_clone().unwrap());
        let forth =
            std::thread::spawn(move || drop(std::io::copy(&mut from_client, &mut to_server)));
        let mut replies = BufReader::new(server);
        let mut line = String::new();
        replies.read_line(&mut line).unwrap();
        (&client).write_all(line.as_bytes()).unwrap();
        line.clear();
        replies.read_line(&mut line).unwrap();
        client.shutdown(Shutdown::Both).unwrap();
        forth.join().unwrap();
        line
    });
    let flush = || {
        user(&place, "outbox flush")
            .env("GRAPHMAIL_STATE_DIR", place.home().join("own/graphmail"))
            .run()
    };
    let output = flush();
    assert_eq!(output.status.code(), Some(76), "{output:?}");
    assert!(
        text(&output.stderr).starts_with(&format!("graphmail: {id} doubtful: ")),
        "{output:?}"
    );
    let reply = relay.join().unwrap();
    assert!(reply.contains(" queued as "), "{reply}");
    std::fs::rename(&real, &submit).unwrap();
    let output = flush();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    until("it arrives", || arrived(&place) == ["one"]);
    assert_eq!(begin(&place, "two").output().status.code(), Some(0));
    until("the next one arrives", || arrived(&place) == ["one", "two"]);
    drop(service.terminate());
}

/// The service of a user who has one outbox for all.
#[test]
fn the_service_sends_what_waits_for_it_in_its_own_outbox() {
    let place = Place::new();
    with_socket(&place);
    let output = super::sendmail(
        &place,
        "a@example.org",
        "From: you@sandbox.example\nSubject: one\n\nB\n",
    );
    queued(&place, &output, "No such file or directory (os error 2)");
    let service = Service::start(&place, "--socket submit");
    until("it arrives", || arrived(&place) == ["one"]);
    drop(service.terminate());
}

#[test]
fn a_user_has_ten_connections_and_sendmail_waits_for_one() {
    let place = Place::new();
    with_socket(&place);
    let mut service = Service::start(&place, "--socket submit");
    assert_eq!(
        service.process.error_line(),
        "graphmail: listening on submit"
    );
    let connect = || UnixStream::connect(place.home().join("submit")).unwrap();
    let mut idle: Vec<_> = (0..10).map(|_| Client::new(connect())).collect();
    let busy = "421 4.7.0 too many connections of your user";
    assert_eq!(Client(BufReader::new(connect())).line(), busy);
    queued(&place, &begin(&place, "late").output(), busy);
    let waiting = begin(&place, "in time");
    // Each try is refused and logged: the first one has been.
    for _ in 0..27 {
        let line = service.process.error_line();
        assert!(line.contains("refused: uid="), "{line}");
    }
    idle.pop();
    let output = waiting.output();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    until("both arrive", || arrived(&place) == ["in time", "late"]);
    let told = {
        idle.push(Client::new(connect()));
        user(&place, "doctor").run()
    };
    let line = format!("FAIL service        it takes no connection now: {busy}\n");
    assert!(text(&told.stdout).starts_with(&line), "{told:?}");
    drop(idle);
    drop(service.terminate());
}

/// A service that accepts no connection, as after SIGSTOP.
#[test]
fn doctor_does_not_wait_for_a_service_that_is_stuck() {
    let place = Place::new();
    with_socket(&place);
    let _stuck = UnixListener::bind(place.home().join("submit")).unwrap();
    let told = user(&place, "doctor").run();
    let line = format!(
        "FAIL service        nothing answers at {}: no answer within 10 s\n     \
         fix: systemctl restart graphmail\n",
        place.home().join("submit").display()
    );
    assert!(text(&told.stdout).starts_with(&line), "{told:?}");
}

/// The account of the host, whose secret only the service can read, is no fault of a user.
#[test]
fn doctor_of_a_user_leaves_the_secret_to_the_service() {
    let place = Place::new();
    let socket = place.home().join("submit");
    place.configure(&format!(
        "[sendmail]\nsubmit = {socket:?}\n[accounts.reports]\nauth = \"client-secret\"\ntenant = \"contoso.com\"\n\
         client_id = \"00000000-0000-4000-8000-000000000001\"\nclient_secret_file = \"/nowhere/secret\"\n\
         mailbox = \"reports@contoso.com\"\ntoken_store = \"file\"\n"
    ));
    let listener = UnixListener::bind(&socket).unwrap();
    let service = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 me\r\n").unwrap();
        let mut stream = BufReader::new(stream);
        stream.read_line(&mut String::new()).unwrap();
        let refusal = b"550 5.7.1 not for you\r\n";
        stream.get_mut().write_all(refusal).unwrap();
        // A connection that is closed before the whole command is read loses the reply.
        drop(std::io::copy(&mut stream, &mut std::io::sink()));
    });
    let told = user(&place, "doctor").run();
    service.join().unwrap();
    let said = text(&told.stdout);
    let first = format!(
        "ok   service        takes mail at {}; not for you\n",
        socket.display()
    );
    assert!(said.starts_with(&first), "{said}");
    assert!(
        said.contains(
            "\nskip credential     /nowhere/secret cannot be read: No such file or directory (os error 2); \
             the service sends the mail\n"
        ),
        "{said}"
    );
    assert!(!said.contains("FAIL"), "{said}");
}
