//! sendmail's options where they meet this program's own: none of them loses a message unsaid.

use std::ffi::OsString;

use super::{CONFIG, call, world};
use crate::support::expected;

#[test]
fn a_mode_that_takes_no_message_throws_none_away() {
    let world = world();
    let mail = "To: a@x.org\nSubject: s\n\nx\n";
    let quiet = "to send a message, leave -q out; for quiet, use: graphmail --quiet sendmail …";
    let others = "to send a message, leave this option out, and do not call mailq or newaliases";
    for (line, words, hint) in [
        (
            "graphmail sendmail -q a@x.org",
            "-q only sends the queue and does not use \"a@x.org\"",
            quiet,
        ),
        (
            "sendmail -q -i a@x.org",
            "-q only sends the queue and does not use \"a@x.org\"",
            quiet,
        ),
        (
            "sendmail -tq",
            "-q only sends the queue and does not use -t",
            quiet,
        ),
        (
            "mailq a@x.org",
            "-bp only lists the queue and does not use \"a@x.org\"",
            others,
        ),
        (
            "sendmail -bi a@x.org",
            "-bi only checks the aliases and does not use \"a@x.org\"",
            others,
        ),
        (
            "sendmail -bs a@x.org",
            "-bs reads the recipients from SMTP and does not use \"a@x.org\"",
            others,
        ),
        (
            "sendmail -bv -t",
            "-bv sends nothing and does not use -t",
            "give ADDRESSes instead of -t",
        ),
    ] {
        call(&world, line, mail).failed(64, &format!("graphmail: error: {words}\nhint: {hint}\n"));
    }
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn an_account_is_no_recipient() {
    let world = world();
    let hint = "hint: put graphmail's own options before the word sendmail: graphmail --account NAME sendmail …; under the name sendmail, use the environment: GRAPHMAIL_ACCOUNT=NAME\n";
    for (line, words) in [
        (
            "graphmail sendmail -A reports a@x.org",
            "-A: sendmail's -A is -Ac or -Am; it does not choose an account",
        ),
        (
            "sendmail -Areports a@x.org",
            "-Areports: sendmail's -A is -Ac or -Am; it does not choose an account",
        ),
        (
            "sendmail --account reports a@x.org",
            "unknown sendmail option --account",
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
        .take_while(|line| !line.starts_with("sendmail options"))
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

/// What strangers can do who choose words of the command line (CVE-2016-10033): each option with a value
/// that asks for a file, a program, an account, a configuration or a header field, and what comes of it.
/// The message has `To: a@x.org` and no From.
#[rustfmt::skip]
const ATTACKS: &[&[&str]] = &[
    // Files and programs.
    &["-CHOME/www/avatar.jpg"], &["-C", "HOME/www/avatar.jpg"], &["-C=HOME/www/avatar.jpg"],
    &["-C/etc/graphmail/../../HOME/www/avatar.jpg"], &["-C/etc/passwd"], &["-C/nonexistent"], &["-C"],
    &["-XHOME/www/shell.php"], &["-X", "HOME/www/shell.php"], &["-X=HOME/www/shell.php"], &["-X"],
    &["-OQueueDirectory=HOME/www"], &["-O", "AliasFile=HOME/www/aliases"], &["-OForwardPath=HOME/www"],
    &["-oQHOME/www"], &["-oAHOME/www/aliases"], &["-oQ", "HOME/www"], &["-odq"], &["-odi"],
    &["-DHOME/www/debug"], &["-D", "HOME/www/debug"], &["-d0-99.127"], &["-dHOME/www/debug"],
    // The account and the configuration of this run.
    &["-Aevil"], &["-A", "evil"], &["-Ac"], &["-Am"],
    &["--config", "HOME/www/avatar.jpg"], &["--config=HOME/www/avatar.jpg"], &["--account=evil"],
    &["--log-file=HOME/www/shell.php"], &["--mailbox=ceo@x.org"], &["--help"], &["--version"],
    &["--"],
    // The sender.
    &["-fceo@x.org"], &["-f", "ceo@x.org"], &["-rceo@x.org"], &["-f<>"], &["-f"],
    &["-fa@x.org\nBcc: victim@y.org"], &["-fa@x.org\r\n Bcc: victim@y.org"],
    &["-f\"a\r\nBcc: victim@y.org\"@x.org"], &["-fx@x.org -XHOME/www/shell.php"],
    &["-fa@x.org,victim@y.org"], &["-f=?utf-8?q?a=40y.org=3e?= <b@x.org>"], &["-f|touch HOME/ran"],
    &["-f", "=?utf-8?q?a?=@x.org"], &["-Fa\x01b\x1b[31mc\x7f"], &["-Fa\u{85}\u{9b}b"], &["-F\x01"],
    &["-FA\nBcc: victim@y.org"], &["-FA\r\nBcc: victim@y.org\r\n\r\nx"], &["-F=?utf-8?q?=0d=0aBcc:_v=40y.org?="],
    &["-F\"A\" <victim@y.org>,"], &["-FCronDaemon"],
    // Other modes: none takes the message and throws it away.
    &["-bs"], &["-bp"], &["-bi"], &["-I"], &["-bv"], &["-bd"], &["-bD"], &["-bt"], &["-bh"], &["-bz"], &["-bm"],
    &["-q"], &["-q30m"], &["-qIHOME/www"], &["-qf"],
    // What is left.
    &["-h0"], &["-h", "99"], &["-Lx"], &["-L", "../../www/x"], &["-pESMTP:evil"], &["-Rhdrs"], &["-VHOME/www/x"],
    &["-BBINARYMIME"], &["-Nsuccess"], &["-Nnever"], &["-v"], &["-e/x"], &["-xHOME/www/x"], &["-G"], &["-U"],
    &["-m"], &["-n"], &["-Z"],
    // Recipients.
    &["|touch HOME/ran"], &["\"|touch HOME/ran\"@localhost"], &["HOME/www/shell.php"], &[":include:HOME/token"],
    &["program"], &["included"], &["--", "-CHOME/www/avatar.jpg"], &["--", "-b@x.org"],
    &["b@x.org\nBcc: victim@y.org"],
];

#[test]
fn what_strangers_can_do_with_options() {
    let mut table = String::new();
    for words in ATTACKS {
        let world = world();
        let home = world.home().to_string_lossy().into_owned();
        let evil = "[accounts.evil]\nauth = \"token-command\"\n\
                    token_command = \"touch HOME/ran; cat HOME/token\"\nusername = \"evil@x.org\"\n";
        drop(world.file("www/avatar.jpg", evil.replace("HOME", &home)));
        let aliases = "program: \"|touch HOME/ran\"\nincluded: :include:HOME/token\n";
        drop(world.file("aliases", aliases.replace("HOME", &home)));
        let words: Vec<String> = words
            .iter()
            .map(|word| word.replace("HOME", &home))
            .collect();
        let before = files(world.home());
        let arguments: Vec<OsString> = ["sendmail", "-t", "-i"]
            .into_iter()
            .map(ToOwned::to_owned)
            .chain(words.iter().cloned())
            .map(Into::into)
            .collect();
        let run = world.run_words(&arguments, b"To: a@x.org\nSubject: s\n\nx\n");
        assert_eq!(
            files(world.home()),
            before,
            "{words:?} wrote or removed a file"
        );
        let shown: Vec<_> = words
            .iter()
            .map(|word| world.hide(&format!("{word:?}")))
            .collect();
        let told = run.stderr.lines().next().unwrap_or_default();
        assert_eq!(run.stdout, "", "{words:?}");
        let sent: String = world.sandbox().accepted().iter().map(sent).collect();
        let what = match (&*sent, told) {
            ("", "") => "kept in the outbox".to_owned(),
            ("", told) => told.trim_start_matches("graphmail: ").to_owned(),
            (sent, told) if run.status != 0 => format!("{sent}\n{:48}{told}", ""),
            (sent, _) => sent.to_owned(),
        };
        table += &format!("{:44} {:2}  {what}\n", shown.join(" "), run.status);
    }
    expected::compare("sendmail/options.txt", &table);
}

/// A message that was sent: its From, its recipients, and fields other than those of every message.
fn sent(message: &graphmail::sandbox::Accepted) -> String {
    const USUAL: [&str; 6] = ["From", "To", "Bcc", "Subject", "Date", "Message-ID"];
    let eml = String::from_utf8(message.eml.to_vec()).unwrap();
    let (head, _) = eml.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ");
    let fields = head
        .split("\r\n")
        .map(|line| line.split_once(": ").unwrap());
    let fields: Vec<(&str, &str)> = fields.collect();
    let value = |name: &str| {
        fields
            .iter()
            .find(|field| field.0 == name)
            .map_or("-", |field| field.1)
    };
    let others: String = fields
        .iter()
        .filter(|(name, _)| !USUAL.contains(name))
        .map(|(name, value)| format!("; {name}: {value}"))
        .collect();
    format!(
        "From {}, to {}{others}",
        value("From"),
        [&*message.to, &message.cc, &message.bcc].concat().join(" ")
    )
}

/// All files of the user's but the state, with their size.
fn files(home: &std::path::Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut all = Vec::new();
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let (path, found) = entry
                .map(|entry| (entry.path(), entry.metadata().unwrap()))
                .unwrap();
            if !found.is_dir() {
                all.push((path, found.len()));
            } else if !path.ends_with(".local") {
                folders.push(path);
            }
        }
    }
    all.sort();
    all
}

/// The environment and the options before the word are the caller's own, and `-C` may name that file.
#[test]
fn a_file_of_the_callers_own_is_chosen() {
    let mut world = world();
    let other = CONFIG.replace("username = \"reports@", "username = \"other@");
    let other = other.replace("HOME", &world.home().to_string_lossy());
    let path = world.file("other.toml", other);
    let path = path.to_string_lossy().into_owned();
    let mail = "To: a@x.org\nSubject: s\n\nx\n";
    let ignored = format!(
        "graphmail: -C {path} is ignored, since it is neither below /etc/graphmail nor your own configuration; set GRAPHMAIL_CONFIG\n\
         graphmail: -X is ignored; set GRAPHMAIL_LOG_FILE\n"
    );
    let run = call(
        &world,
        &format!("sendmail -v -C {path} -X {path}.log -t"),
        mail,
    );
    assert!(run.stderr.starts_with(&world.hide(&ignored)), "{run:?}");
    call(&world, &format!("sendmail -C {path} -t"), mail).is_silent();
    let before = format!("graphmail --config {path} --log-file {path}.log");
    call(&world, &format!("{before} sendmail -C {path} -t"), mail).is_silent();
    assert_eq!(world.read("other.toml.log").lines().count(), 1);
    world.set("GRAPHMAIL_CONFIG", &path);
    call(&world, &format!("sendmail -C {path} -t"), mail).is_silent();
    let from = |message: graphmail::sandbox::Accepted| {
        let eml = String::from_utf8(message.eml.to_vec()).unwrap();
        let from = eml
            .split("\r\n")
            .find_map(|line| line.strip_prefix("From: "));
        from.unwrap().to_owned()
    };
    let from: Vec<_> = world.sandbox().accepted().into_iter().map(from).collect();
    assert_eq!(
        from,
        [
            "reports@contoso.com",
            "reports@contoso.com",
            "other@contoso.com",
            "other@contoso.com"
        ]
    );
    let missing = format!("{path}.missing");
    world.set("GRAPHMAIL_CONFIG", &missing);
    call(&world, &format!("sendmail -C {missing} a@x.org"), "x\n").failed(
        78,
        "graphmail: error: the message (20261120T100000000Z0c0c0c0c in the outbox) was not sent: HOME/other.toml.missing does not exist\n\
         hint: login writes that file: graphmail --config HOME/other.toml.missing login --client-id ID --tenant TENANT; \
         then: graphmail --config HOME/other.toml.missing outbox retry 20261120T100000000Z0c0c0c0c\n",
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
        ["graphmail: error: unknown sendmail option -Z\nhint: man graphmail-sendmail\n"]
    );
}
