//! sendmail's options where they meet this program's own: none of them loses a message unsaid.

use super::{call, world};

#[test]
fn a_mode_that_takes_no_message_throws_none_away() {
    let world = world();
    let mail = "To: a@x.org\nSubject: s\n\nx\n";
    let quiet = "leave -q out to send a message; it is sendmail's option here, and quiet is: graphmail --quiet sendmail …";
    let others = "leave it out to send a message (mailq and newaliases send none)";
    for (line, words, hint) in [
        (
            "graphmail sendmail -q a@x.org",
            "-q only tries what waits, and \"a@x.org\" stands beside it",
            quiet,
        ),
        (
            "sendmail -q -i a@x.org",
            "-q only tries what waits, and \"a@x.org\" stands beside it",
            quiet,
        ),
        (
            "sendmail -tq",
            "-q only tries what waits, and -t stands beside it",
            quiet,
        ),
        (
            "mailq a@x.org",
            "-bp only lists what waits, and \"a@x.org\" stands beside it",
            others,
        ),
        (
            "sendmail -bi a@x.org",
            "-bi only checks the aliases, and \"a@x.org\" stands beside it",
            others,
        ),
        (
            "sendmail -bs a@x.org",
            "-bs takes its recipients from SMTP, and \"a@x.org\" stands beside it",
            others,
        ),
        (
            "sendmail -bv -t",
            "-bv sends nothing, and -t stands beside it",
            "name the ADDRESSes in place of -t",
        ),
    ] {
        call(&world, line, mail).failed(64, &format!("graphmail: error: {words}\nhint: {hint}\n"));
    }
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn an_account_is_no_recipient() {
    let world = world();
    let hint = "hint: graphmail's own options stand before the word: graphmail --account NAME sendmail …; under the name sendmail the environment gives them: GRAPHMAIL_ACCOUNT=NAME\n";
    for (line, words) in [
        (
            "graphmail sendmail -A reports a@x.org",
            "-A: sendmail's -A is -Ac or -Am, and names no account",
        ),
        (
            "sendmail -Areports a@x.org",
            "-Areports: sendmail's -A is -Ac or -Am, and names no account",
        ),
        (
            "sendmail --account reports a@x.org",
            "--account is no option of sendmail's",
        ),
    ] {
        let run = call(&world, line, "x\n");
        run.failed(64, &format!("graphmail: error: {words}\n{hint}"));
    }
    call(&world, "sendmail -Am a@x.org", "x\n").is_silent();
    call(
        &world,
        "graphmail -A reports sendmail -Ac a@x.org",
        "Subject: y\n\nx\n",
    )
    .is_silent();
    assert_eq!(world.sandbox().accepted().len(), 2);
}

#[test]
fn help_is_that_of_sendmail_under_each_of_its_names() {
    let world = world();
    let help = call(&world, "graphmail sendmail --help", "");
    assert_eq!((help.status, &*help.stderr), (0, ""));
    for name in ["/usr/sbin/sendmail", "mailq", "newaliases"] {
        assert_eq!(call(&world, &format!("{name} --help"), ""), help, "{name}");
        let version = call(&world, &format!("{name} --version"), "").stdout;
        assert!(version.starts_with("graphmail "), "{version}");
    }
    let options: Vec<&str> = help
        .stdout
        .lines()
        .skip_while(|line| *line != "Options:")
        .take_while(|line| !line.starts_with("Options of sendmail's"))
        .collect();
    assert_eq!(
        options,
        [
            "Options:",
            "  -h, --help",
            "          Print help (see a summary with '-h')",
            ""
        ]
    );
    assert!(
        help.stdout.contains(
            "\nUsage: graphmail [GLOBAL OPTIONS] sendmail [SENDMAIL OPTIONS] [ADDRESS]...\n"
        ),
        "{}",
        help.stdout
    );
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let world = world();
    call(&world, "sendmail -C /nonexistent/g.toml a@x.org", "x\n").failed(
        78,
        "graphmail: error: /nonexistent/g.toml is not there\nhint: -C names the configuration that is read in place of all others\n",
    );
}

/// Processes that share standard error do not part an error from its hint.
#[test]
fn an_error_and_its_hint_are_written_at_once() {
    struct Writes(Vec<Vec<u8>>);
    impl std::io::Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let world = world();
    let mut stderr = Writes(Vec::new());
    let host = graphmail::Host {
        stdin: &mut std::io::empty(),
        stdout: &mut std::io::sink(),
        stderr: &mut stderr,
        terminal: world.terminal,
        environment: world.environment.clone(),
        seams: std::sync::Arc::new(crate::support::seams::Fixed::new()),
        transport: &crate::support::transport::Scripted::new([]),
        keyring: &world.keyring,
    };
    let words = ["sendmail", "-Z"].map(Into::into);
    assert_eq!(graphmail::run(words, host).number(), 64);
    let written: Vec<_> = stderr
        .0
        .iter()
        .map(|one| String::from_utf8_lossy(one))
        .collect();
    assert_eq!(
        written,
        ["graphmail: error: -Z is no option of sendmail's\nhint: man graphmail-sendmail\n"]
    );
}
