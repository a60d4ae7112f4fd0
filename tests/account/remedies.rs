//! Runs the commands that `send` and `doctor` advise, in a set-up that is broken in one way, and the same line again.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use graphmail::sandbox::{Certificate, Options};

use crate::support::expected;
use crate::support::process::Bounded as _;
use crate::support::program::{PROGRAM, Place, text};

/// One broken set-up.
struct Case {
    cause: &'static str,
    /// Commands of a shell that break it.
    broken: &'static str,
    /// The line that fails.
    line: &'static str,
    /// The words of the message, of which the advice is run.
    about: &'static str,
    /// A fault of the sandbox, or nothing.
    fault: &'static str,
    /// The line that then succeeds, if it is another one.
    again: &'static str,
    /// The marked places in the advice that a person fills in, and with what.
    filled: &'static [(&'static str, &'static str)],
}

const SEND: &str = "graphmail send -t a@example.org --body x";
const LOGIN: &str = "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox a@contoso.com";

/// Most cases need nothing of this.
const PLAIN: Case = Case {
    cause: "",
    broken: "",
    line: SEND,
    about: "",
    fault: "",
    again: "",
    filled: &[],
};

const CASES: &[Case] = &[
    Case {
        cause: "token file readable for others",
        broken: "LOGIN --client-secret-file secret; chmod 644 .local/state/graphmail/tokens/default.json",
        ..PLAIN
    },
    Case {
        cause: "stored client secret lost",
        broken: "LOGIN --client-secret-file secret; rm -r .local/state/graphmail/tokens",
        filled: &[("FILE", "secret")],
        ..PLAIN
    },
    Case {
        cause: "client secret changed",
        broken: "LOGIN --client-secret-file secret; sed -i s/SECRET/WRONG/ .local/state/graphmail/tokens/default.json; \
                 sed -i 's/\"access\"/\"former\"/' .local/state/graphmail/tokens/default.json",
        filled: &[("FILE", "secret")],
        ..PLAIN
    },
    Case {
        cause: "token store of another variable",
        broken: "LOGIN --client-secret-file secret --token-store file; export GRAPHMAIL_TOKEN_STORE=keyring",
        ..PLAIN
    },
    Case {
        cause: "first login with a certificate without its key",
        broken: "sed -n '/BEGIN CERT/,$p' reports.pem >only.pem; \
                 sed '/BEGIN CERT/,$d' reports.pem >key",
        line: "LOGIN --certificate only.pem",
        filled: &[("KEY.pem", "key")],
        ..PLAIN
    },
    Case {
        cause: "first login with a wrong secret",
        broken: "echo WRONG >wrong; chmod 600 wrong",
        line: "LOGIN --client-secret-file wrong",
        filled: &[("file wrong", "file secret")],
        ..PLAIN
    },
    Case {
        cause: "az is not signed in",
        broken: "graphmail login --azure-cli; rm az-session",
        ..PLAIN
    },
    Case {
        cause: "client secret file readable for others",
        broken: "LOGIN --client-secret-file \"$HOME/secret\" --token-store none; chmod 644 secret",
        line: "graphmail doctor",
        about: "credential",
        ..PLAIN
    },
    Case {
        cause: "configuration writable for others",
        broken: "LOGIN --client-secret-file \"$HOME/secret\" --token-store none; chmod 666 .config/graphmail/config.toml",
        ..PLAIN
    },
    Case {
        cause: "no job flushes the outbox",
        broken: "LOGIN --client-secret-file secret; graphmail send --max-wait 1ms --queue on-failure -t a@example.org; \
                 sed -i -E 's/\"(created|not_before)\": *\"[^\"]*\"/\"\\1\": \"2026-01-01T00:00:00Z\"/g' \
                 .local/state/graphmail/outbox/new/*.json; rm -r .local/state/graphmail/rate",
        line: "graphmail doctor",
        about: "no process has sent them",
        fault: "POST /users/*/sendMail=429,retry-after=3600",
        // What cron does every five minutes.
        again: "sh -c \"$(sed 's,^\\*/5 \\* \\* \\* \\* ,,' table)\" && graphmail doctor",
        ..PLAIN
    },
    Case {
        cause: "no session for the timer",
        broken: "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
        line: "graphmail keepalive --install",
        // The advice is for a session of the user.
        filled: &[(
            "systemctl --user daemon-reload",
            ": >session; systemctl --user daemon-reload",
        )],
        ..PLAIN
    },
    Case {
        cause: "sign-in of a person lost",
        broken: "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com; rm -r .local/state/graphmail/tokens",
        ..PLAIN
    },
    Case {
        cause: "permission for large mail missing",
        broken: "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
        line: "graphmail doctor --large",
        about: "large mail",
        ..PLAIN
    },
    Case {
        cause: "ready token in place of the account's",
        broken: "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --scopes send+drafts; \
                 export GRAPHMAIL_ACCESS_TOKEN=x",
        line: "graphmail doctor",
        about: "ready token",
        ..PLAIN
    },
    Case {
        cause: "certificate file gone",
        broken: "cp -p reports.pem old.pem; LOGIN --certificate old.pem; rm old.pem",
        line: "graphmail doctor",
        about: "FAIL credential",
        filled: &[("FILE", "reports.pem")],
        ..PLAIN
    },
    Case {
        cause: "several accounts and no default",
        broken: "LOGIN -A a --client-secret-file secret; LOGIN -A b --client-secret-file secret; \
                 sed -i /default_account/d .config/graphmail/config.toml",
        ..PLAIN
    },
];

/// As Debian's: `-l` fails if there is no table, and says so. A table that cannot be read has another mode here.
const CRONTAB: &str = "case $1 in
-l) [ -e table ] || { echo 'no crontab for you' >&2; exit 1; }
    [ \"$(stat -c %a table)\" != 400 ] || { echo 'Permission denied' >&2; exit 1; }; cat table ;;
-) cat >table.new && mv -f table.new table ;;
esac";

/// A host with `az`, `crontab` and `systemctl` of these tests.
fn place() -> Place {
    let pem = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates/reports.pem");
    let pem = std::fs::read_to_string(pem).unwrap();
    let place = Place::with(Options {
        client_secret: Some("SECRET".to_owned()),
        certificates: Certificate::all(pem.as_bytes()).unwrap(),
        ..Options::default()
    });
    std::fs::create_dir(place.home().join("bin")).unwrap();
    std::os::unix::fs::symlink(PROGRAM, place.home().join("bin/graphmail")).unwrap();
    let az = format!(
        "[ \"$1\" = login ] && {{ : >\"$HOME/az-session\"; exit; }}\n\
         [ -e \"$HOME/az-session\" ] || {{ echo 'Please run az login' >&2; exit 1; }}\n\
         echo '{{\"accessToken\": \"{}\"}}'",
        place.sandbox().ready_token()
    );
    let session = "[ -e \"$HOME/session\" ] || { echo 'Failed to connect to bus' >&2; exit 1; }";
    for (name, script) in [
        ("az", &*az),
        ("crontab", CRONTAB),
        ("systemctl", session),
        ("sendmail", "exit 9"),
        ("loginctl", session),
    ] {
        let path = place.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    for (name, contents) in [
        ("secret", "SECRET\n"),
        ("reports.pem", &pem),
        ("az-session", ""),
    ] {
        let path = place.file(name, contents);
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }
    place
}

/// Runs these lines in one shell.
fn shell(place: &Place, lines: &[&str]) -> Output {
    let mut shell: Command = place.bare("sh");
    let script = lines.join("\n").replace("LOGIN", LOGIN);
    shell
        .args(["-c", &script])
        .env(
            "PATH",
            format!("{}/bin:/usr/bin:/bin", place.home().display()),
        )
        .env("GRAPHMAIL_GRAPH_URL", place.sandbox().graph_url())
        .env("GRAPHMAIL_LOGIN_URL", place.sandbox().login_url());
    if !lines
        .iter()
        .any(|line| line.contains("GRAPHMAIL_TOKEN_STORE") || line.contains("none"))
    {
        shell.env("GRAPHMAIL_TOKEN_STORE", "file");
    }
    shell.run()
}

/// The message about this, and the commands of its advice.
fn advice(output: &str, about: &str) -> (String, Vec<String>) {
    let lines: Vec<_> = output.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains(about) && !line.starts_with("ok"));
    let message = lines[at.unwrap()]
        .trim_start_matches("graphmail: error: ")
        .to_owned();
    let lines = lines.get(at.unwrap()..).unwrap();
    let hint = lines
        .iter()
        .find_map(|line| line.trim().strip_prefix("hint: "));
    let fix = lines
        .iter()
        .find_map(|line| line.trim().strip_prefix("fix: "));
    let hint = fix.or(hint).unwrap_or_default();
    let first = hint.split("; or: ").next().unwrap();
    let steps = first.split("; then: ").map(|step| {
        let starts = [
            "graphmail ",
            "chmod ",
            "az ",
            "unset ",
            "(umask ",
            "systemctl ",
            "loginctl ",
            "t=$(",
        ];
        let start = starts.iter().filter_map(|start| step.find(start)).min();
        start.map_or_else(|| format!("# {step}"), |start| step[start..].to_owned())
    });
    // Entra's ids are random.
    let message = message
        .split(" (correlation-id ")
        .next()
        .unwrap()
        .to_owned();
    (message, steps.collect())
}

#[test]
fn each_advised_command_fixes_its_cause() {
    let mut table = String::new();
    for case in CASES {
        let place = place();
        if !case.fault.is_empty() {
            place.fault(case.fault);
        }
        let broken = format!("{{ {}; }} >broken.log 2>&1", case.broken);
        let output = shell(&place, &[&broken, case.line]);
        assert_ne!(output.status.code(), Some(0), "{}: {output:?}", case.cause);
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        let (message, steps) = advice(&told, case.about);
        let mut commands = steps.join("\n");
        for (mark, value) in case.filled {
            assert!(commands.contains(mark), "{}: {commands}", case.cause);
            commands = commands.replace(mark, value);
        }
        // A login that failed is the repeated command itself.
        let again = if case.line.contains("LOGIN") {
            SEND
        } else if case.again.is_empty() {
            case.line
        } else {
            case.again
        };
        let export = case
            .broken
            .split("; ")
            .find(|part| part.starts_with("export"));
        let output = shell(&place, &[export.unwrap_or(":"), &commands, again]);
        let fixed = output.status.code() == Some(0);
        let hidden = |text: &str| text.replace(&*place.home().to_string_lossy(), "HOME");
        let _ = writeln!(
            table,
            "{}\n  message  {}\n  command  {}\n  fixed    {}",
            case.cause,
            hidden(&message),
            hidden(&steps.join("; then: ")),
            if fixed {
                "yes".to_owned()
            } else {
                format!("{output:?}")
            },
        );
    }
    expected::compare("account/remedies.txt", table);
}

#[test]
fn the_advised_job_keeps_the_lines_of_a_crontab_or_stops() {
    let case = CASES.iter().find(|case| !case.again.is_empty()).unwrap();
    let place = place();
    place.fault(case.fault);
    let broken = format!("{{ {}; }} >broken.log 2>&1", case.broken);
    let output = shell(&place, &[&broken, case.line]);
    let command = advice(text(&output.stdout), case.about).1.join("\n");
    let table = || std::fs::read_to_string(place.home().join("table")).unwrap();
    shell(&place, &["echo '# mine' >table", &command]);
    let lines = table();
    let (mine, job) = lines.split_once('\n').unwrap();
    assert_eq!(mine, "# mine");
    assert!(
        job.starts_with("*/5 * * * * /") && job.ends_with("/graphmail outbox flush\n"),
        "{job}"
    );
    let output = shell(&place, &["chmod 400 table", &command]);
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(1), "Permission denied\n")
    );
    assert_eq!(table(), lines);
}
