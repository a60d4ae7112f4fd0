//! What the service does for the users of its host, beside their messages.

use std::os::unix::fs::DirBuilderExt as _;

use rustix::process::Signal;

use super::{Service, arrived, sendmail, with_socket};
use crate::support::host::World;
use crate::support::process::{Bounded as _, until};
use crate::support::program::{Place, text};

/// Runs a command as a user who has neither an account nor an outbox of their own.
fn ask(place: &Place, line: &str) -> (Option<i32>, String, String) {
    let mut command = place.unsigned(line);
    let output = command
        .env("XDG_STATE_HOME", place.home().join("nowhere"))
        .run();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), stdout.to_owned(), stderr.to_owned())
}

#[test]
fn doctor_asks_the_service() {
    let place = Place::new();
    with_socket(&place);
    let service = Service::start(&place, "--socket submit");
    let (status, json, said) = ask(&place, "doctor --json");
    assert_eq!((status, &*said), (Some(0), ""), "{json}");
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let first = &report["checks"][0];
    assert_eq!(first["name"], "service");
    let message = first["message"].as_str().unwrap();
    assert!(
        message.starts_with("running since 20") && message.ends_with(", no message sent since")
    );
    // The service's own token is checked, not one of this user.
    assert!(json.contains(r#""name":"token","status":"pass""#), "{json}");
    let output = sendmail(
        &place,
        "a@example.org",
        "From: you@sandbox.example\nSubject: one\n\nB\n",
    );
    assert_eq!(output.status.code(), Some(0));
    until("the time of the message is known", || {
        ask(&place, "doctor").1.contains(", last message sent 20")
    });
    drop(service.terminate());
    let (status, told, _) = ask(&place, "doctor");
    assert_eq!(status, Some(78));
    let socket = place.home().join("submit");
    let line = format!(
        "FAIL service        nothing answers at {}: ",
        socket.display()
    );
    assert!(told.starts_with(&line), "{told}");
    assert!(
        told.contains("\n     fix: systemctl restart graphmail\n"),
        "{told}"
    );
}

/// As every command, it prints one object for `--json`: when it ends.
#[test]
fn the_service_ends_with_an_object() {
    for (options, told) in [("", ""), ("--json", "{\"ok\":true}\n")] {
        let output = Service::start(&Place::new(), options).terminate();
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(0), told)
        );
    }
}

/// A list from the service looks as one of an own outbox: the caller's terminal counts.
#[test]
fn lists_of_the_service_are_aligned_on_a_terminal() {
    let place = Place::new();
    with_socket(&place);
    place.fault("POST /me/sendMail=429,retry-after=600");
    let _service = Service::start(&place, "--socket submit");
    for subject in [
        "one",
        "a subject that is wider than all that is left of the line",
    ] {
        let message = format!("From: you@sandbox.example\nSubject: {subject}\n\nB\n");
        let output = sendmail(&place, "a@example.org", &message);
        assert_eq!(output.status.code(), Some(0));
    }
    let mut world = World::alone();
    let socket = place.home().join("submit");
    world.configure(&format!("[sendmail]\nsubmit = {socket:?}\n"));
    assert!(!world.run("outbox list").stdout.contains("SUBJECT"));
    world.terminal.stdout = true;
    world.terminal.columns = Some(160);
    let listed = world.run("outbox list").stdout;
    let mut lines = listed.lines();
    let head = lines.next().unwrap();
    let column = head.find("SUBJECT").expect(head);
    assert!(
        lines.next().unwrap()[column..].starts_with("one"),
        "{listed}"
    );
    assert!(
        listed.lines().all(|line| line.chars().count() <= 160),
        "{listed}"
    );
}

/// A session of `sendmail -bs` is one with the service.
#[test]
fn smtp_of_sendmail_is_brought_to_the_service() {
    let place = Place::new();
    with_socket(&place);
    let service = Service::start(&place, "--socket submit");
    let session = "EHLO me\r\nMAIL FROM:<you@sandbox.example>\r\nRCPT TO:<a@example.org>\r\n\
        DATA\r\nSubject: by -bs\r\n\r\nB\r\n.\r\nQUIT\r\n";
    let output = sendmail(&place, "-bs", session);
    let said = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(said.contains("\r\n250 2.0.0 queued as "), "{said}");
    assert!(said.ends_with("\r\n221 2.0.0 goodbye\r\n"), "{said}");
    until("it arrives", || arrived(&place) == ["by -bs"]);
    // Without QUIT, and after an error.
    let output = sendmail(&place, "-bs", "NONSENSE\r\n");
    assert!(text(&output.stdout).contains("\r\n500 "), "{output:?}");
    drop(service.terminate());
    let output = sendmail(&place, "-Ac -bs", "QUIT\r\n");
    assert!(
        text(&output.stdout).starts_with("220 localhost "),
        "{output:?}"
    );
}

/// `%U` is the user who sends, not the one of the service; and what cannot be read is set aside.
#[test]
fn the_service_names_the_user_and_tidies_the_outbox() {
    let place = Place::new();
    with_socket(&place);
    let configured = place.home().join(".config/graphmail/config.toml");
    let before = std::fs::read_to_string(&configured).unwrap();
    place.configure(&format!("{before}default_name = \"%U of us\"\n"));
    let new = place.home().join(".local/state/graphmail/outbox/new");
    let mut private = std::fs::DirBuilder::new();
    private.mode(0o700).recursive(true).create(&new).unwrap();
    let damaged = new.join("20260101T100000000Z00000000.json");
    std::fs::write(&damaged, "{").unwrap();
    let service = Service::start(&place, "--socket submit");
    let output = sendmail(
        &place,
        "-f you@sandbox.example a@example.org",
        "Subject: one\n\nB\n",
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    until("it arrives", || arrived(&place) == ["one"]);
    let eml = place.sandbox().accepted()[0].eml.to_vec();
    let user = uzers::get_user_by_uid(uzers::get_current_uid()).unwrap();
    let named = format!("From: \"{} of us\" <", user.name().to_string_lossy());
    let eml = text(&eml).to_owned();
    assert!(eml.contains(&named), "{eml}");
    until("the damaged entry is set aside", || !damaged.exists());
    let log = service.terminate();
    let line = "graphmail: 20260101T100000000Z00000000: status=failed (";
    assert!(text(&log.stderr).contains(line), "{log:?}");
}

/// The service has read its configuration when it began.
#[test]
fn a_hint_to_edit_the_configuration_of_the_service_says_to_reload_it() {
    let place = Place::new();
    let socket = place.home().join("submit");
    place.configure(&format!(
        "[sendmail]\nsubmit = {socket:?}\n[accounts.reports]\nauth = \"client-secret\"\ntenant = \"contoso.com\"\n\
         client_id = \"id\"\nclient_secret_command = \"echo secret\"\n"
    ));
    let mut process = place.unsigned("smtpd --socket submit").start();
    assert_eq!(process.error_line(), "graphmail: listening on submit");
    let (_, told, _) = ask(&place, "doctor");
    let setting = "mailbox = \"ADDRESS\" under [accounts.reports]";
    let hint = format!("hint: {setting}; then: systemctl reload graphmail\n");
    assert!(told.contains(&hint), "{told}");
    process.signal(rustix::process::Signal::TERM);
    assert_eq!(process.output().status.code(), Some(0));
    place.configure(
        "[accounts.reports]\nauth = \"client-secret\"\ntenant = \"contoso.com\"\n\
         client_id = \"id\"\nclient_secret_command = \"echo secret\"\n",
    );
    let told = place.unsigned("doctor").run();
    let hint = format!("hint: {setting}\n");
    assert!(text(&told.stdout).contains(&hint), "{told:?}");
}

/// A configuration with which the service would not start, and a secret that is gone: root's commands name the file
/// of the service.
#[test]
fn doctor_names_faults_of_the_service_and_commands_for_its_own_file() {
    let place = Place::new();
    let socket = place.home().join("submit");
    let configuration = format!(
        "[sendmail]\nsubmit = {socket:?}\n[accounts.reports]\nauth = \"client-secret\"\ntenant = \"contoso.com\"\n\
         client_id = \"id\"\nclient_secret_file = \"/nowhere/secret\"\nmailbox = \"reports@contoso.com\"\n\
         token_store = \"file\"\n"
    );
    place.configure(&configuration);
    let mut process = place.unsigned("smtpd --socket submit").start();
    assert_eq!(process.error_line(), "graphmail: listening on submit");
    let file = place.home().join(".config/graphmail/config.toml");
    let (status, told, _) = ask(&place, "doctor");
    assert_eq!(status, Some(78));
    let credential = format!(
        "\nFAIL credential     /nowhere/secret cannot be read: No such file or directory (os error 2)\n     \
         hint: this user must be able to read the file: ls -ld /nowhere/secret; or: \
         graphmail --config {} login --account reports --client-secret-file FILE\n",
        file.display()
    );
    assert!(told.contains(&credential), "{told}");
    place.configure("nonsense");
    std::fs::create_dir_all(place.home().join("other/graphmail")).unwrap();
    std::fs::write(
        place.home().join("other/graphmail/config.toml"),
        &configuration,
    )
    .unwrap();
    let told = place
        .unsigned("doctor")
        .env("XDG_CONFIG_HOME", place.home().join("other"))
        .run();
    let line = format!(
        "\nFAIL configuration  the next start fails: {}, line 1: ",
        file.display()
    );
    assert!(text(&told.stdout).contains(&line), "{told:?}");
    process.signal(Signal::TERM);
    assert_eq!(process.output().status.code(), Some(0));
}

/// As in a container, where the health check is `graphmail doctor`.
#[test]
fn doctor_finds_a_service_without_a_socket() {
    let place = Place::new();
    let file = place.home().join(".local/state/graphmail/outbox/service");
    let service = Service::start(&place, "");
    let takes = format!("ok   service        takes mail at {}\n", service.address);
    let doctor = || place.command("doctor").run();
    until("doctor finds it", || {
        text(&doctor().stdout).starts_with(&takes)
    });
    service.process.signal(Signal::KILL);
    let address = service.address.clone();
    drop(service.process.output());
    let output = doctor();
    assert_eq!(output.status.code(), Some(78));
    let fails = format!(
        "FAIL service        nothing answers at {address}: Connection refused (os error 111)\n     \
         hint: start it again, or delete {} if there is no service any more\n",
        file.display()
    );
    assert!(text(&output.stdout).starts_with(&fails), "{output:?}");
    let service = Service::start(&place, "");
    until("it names its address", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text == format!("{}\n", service.address))
    });
    assert_eq!(service.terminate().status.code(), Some(0));
    assert!(!file.exists());
}

/// `-bv` shows the aliases of the service, which apply to the mail of all users.
#[test]
fn names_are_checked_by_the_service() {
    let place = Place::new();
    let socket = place.home().join("submit");
    place.configure(&format!(
        "[sendmail]\nsubmit = {socket:?}\n[aliases]\npager = \"a@example.org\"\n"
    ));
    let service = Service::start(&place, "--socket submit");
    until("it listens", || socket.exists());
    place.configure(&format!("[sendmail]\nsubmit = {socket:?}\n"));
    let found = "pager... deliverable: a@example.org\n".to_owned();
    let (status, told, _) = ask(&place, "sendmail -bi");
    assert_eq!((status, &*told), (Some(0), "1 aliases\n"));
    let verified = ask(&place, "sendmail -bv pager");
    assert_eq!(verified, (Some(0), found, String::new()));
    let (status, told, _) = ask(&place, "sendmail -Ac -bv pager");
    assert_eq!((status, &*told), (Some(67), "pager... user unknown\n"));
    drop(service.terminate());
}
