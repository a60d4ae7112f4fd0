//! `graphmail sandbox`, as a process: a command inside, or a server beside a script.
#![cfg(unix)]

use std::process::Output;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::expected;
use crate::support::process::Bounded as _;
use crate::support::program::{PROGRAM, Place, text};

fn run(place: &Place, line: &str) -> Output {
    let mut command = place.bare(PROGRAM);
    command.args(shlex::split(line).unwrap()).run()
}

#[test]
fn a_command_inside_sends_and_is_shown() {
    let place = Place::new();
    drop(place.file("README.md", "# Read me\n"));
    let output = run(
        &place,
        "sandbox -- graphmail send --to a@example.org --cc 'C <c@example.org>' --bcc b@example.org \
         --subject 'Hello \u{1f600}' --body 'Hi\nthere' --attach README.md --no-save",
    );
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), "graphmail: sandbox: 1 message was accepted\n")
    );
    expected::compare("sandbox_command/hello.txt", output.stdout);
    let left = std::fs::read_dir(place.home()).unwrap().count();
    assert_eq!(left, 1, "nothing stays but the user's own file");
}

#[test]
fn the_summary_shows_marks_and_the_text_of_html() {
    let place = Place::new();
    let output = run(
        &place,
        "sandbox --bounce a@* -- graphmail send --to a@example.org --subject Report --importance high --flag \
         --category Operations --category Night --at 2099-01-31T07:00:00Z \
         --sensitivity private --read-receipt --delivery-receipt --flag-due 2099-02-01T12:00:00Z \
         --html '<h1>Report</h1><ul><li>one<li>two</ul><p>See <a href=https://log.example/1>&lt;log&gt;</a>.</p>'",
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    expected::compare("sandbox_command/marks.txt", output.stdout);
}

#[test]
fn a_command_inside_may_have_a_managed_identity() {
    let place = Place::new();
    let script = "sh -c 'graphmail login -A i --managed-identity --mailbox r@example.org && graphmail send -A i -t a@example.org'";
    let output = run(&place, &format!("sandbox --managed-identity -- {script}"));
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        stdout.starts_with("Message 1 (as JSON, out of r@example.org)\n"),
        "{stdout}"
    );
    assert!(text(&output.stderr).ends_with("graphmail: sandbox: 1 message was accepted\n"));
    let shown = run(&place, "sandbox -- env");
    assert!(
        !text(&shown.stdout).contains("IDENTITY_ENDPOINT"),
        "{shown:?}"
    );
}

#[test]
fn a_command_inside_reaches_no_identity_of_the_host() {
    let place = Place::new();
    let output = place
        .bare(PROGRAM)
        .args(["sandbox", "--", "env"])
        .env("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
        .env("IDENTITY_HEADER", "host")
        .env("IDENTITY_SERVER_THUMBPRINT", "host")
        .env("IMDS_ENDPOINT", "http://127.0.0.1:1")
        .env("MSI_ENDPOINT", "http://127.0.0.1:1")
        .env("MSI_SECRET", "host")
        .env("AZURE_FEDERATED_TOKEN_FILE", "host")
        .env("AZURE_CLIENT_CERTIFICATE_PATH", "host")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "host")
        .env("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")
        .run();
    let variables: Vec<_> = text(&output.stdout)
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let value = |name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    let platform = ["IDENTITY_", "IMDS_", "MSI_", "AZURE_", "ACTIONS_"];
    let left: Vec<_> = variables
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| platform.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    assert_eq!(left, ["AZURE_POD_IDENTITY_AUTHORITY_HOST"]);
    assert_eq!(value(left[0]), value("GRAPHMAIL_GRAPH_URL"));
}

#[test]
fn programs_inside_find_sendmail_and_its_other_names() {
    let place = Place::new();
    let script = "for name in graphmail sendmail mailq newaliases; do command -v $name; done | \
        sed 's#.*/bin/##'; printf 'Subject: s\\n\\nb\\n' | sendmail a@example.org && mailq";
    let output = place
        .bare(PROGRAM)
        .args(["sandbox", "--", "sh", "-c", script])
        .run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let out = text(&output.stdout);
    assert!(
        out.starts_with("graphmail\nsendmail\nmailq\nnewaliases\n"),
        "{out}"
    );
    let err = text(&output.stderr);
    assert!(
        err.ends_with("graphmail: sandbox: 1 message was accepted\n"),
        "{err}"
    );
}

#[test]
fn a_job_is_shown_and_not_installed() {
    let place = Place::new();
    let script = "graphmail login --account a --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com && graphmail keepalive --account a --install=cron; crontab -l";
    let bin = place.home().join("fake");
    std::fs::create_dir(&bin).unwrap();
    let crontab = bin.join("crontab");
    std::fs::write(
        &crontab,
        "#!/bin/sh\necho \"$@\" >>\"$HOME/crontab-called\"\n",
    )
    .unwrap();
    std::fs::set_permissions(
        &crontab,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let output = place
        .bare(PROGRAM)
        .args(["sandbox", "--", "sh", "-c", script])
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .run();
    let err = text(&output.stderr);
    let said = "graphmail: this is the sandbox: nothing is installed; this is the job\n";
    assert!(err.contains(said), "{err}");
    let out = text(&output.stdout);
    assert!(out.contains("graphmail keepalive"), "{out}");
    let called = std::fs::read_to_string(place.home().join("crontab-called")).unwrap();
    assert_eq!(called, "-l\n");
}

#[test]
fn the_status_is_the_commands() {
    let place = Place::new();
    for (script, status) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("exit 255", 255),
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        ("graphmail send", 65),
    ] {
        let output = run(&place, &format!("sandbox -- sh -c '{script}'"));
        assert_eq!(output.status.code(), Some(status), "{script}");
        assert!(text(&output.stderr).ends_with("graphmail: sandbox: no message was accepted\n"));
    }
    let output = run(&place, "sandbox -- no-such-command");
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(127),
            "graphmail: error: running no-such-command: No such file or directory (os error 2)\n\
             graphmail: sandbox: no message was accepted\n"
        )
    );
    assert_eq!(std::fs::read_dir(place.home()).unwrap().count(), 0);
}

/// graphmail forbids core files to itself, not to the user's own command.
#[test]
fn the_command_has_the_limit_of_core_files_that_graphmail_was_started_with() {
    let place = Place::new();
    let limits = "ulimit -S -c; ulimit -H -c";
    let script =
        format!("ulimit -S -c $(ulimit -H -c); {limits}; exec \"$0\" sandbox -- sh -c '{limits}'");
    let output = place.bare("sh").args(["-c", &script, PROGRAM]).run();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[..2], lines[2..]);
}

#[test]
fn a_person_signs_in_inside() {
    let place = Place::new();
    let output = run(
        &place,
        "sandbox -v --polls 0 -- sh -c 'graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com && graphmail status && graphmail send -t a@example.org -s Hello'",
    );
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.starts_with("To sign in, open http://127.0.0.1:"),
        "{stderr}"
    );
    assert!(
        stderr
            .contains("account sandbox is signed in as you@sandbox.example (token store: file)\n"),
        "{stderr}"
    );
    assert!(stdout.contains("auth          device-code\n"), "{stdout}");
    assert!(stdout.contains("  Subject      Hello\n"), "{stdout}");
    assert_eq!(
        std::fs::read_dir(place.home()).unwrap().count(),
        0,
        "nothing of it stays"
    );
}

#[test]
fn an_application_signs_in_with_its_certificate_inside() {
    let place = Place::new();
    let pem = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/certificates/reports.pem"
    );
    let script = "chmod 600 key.pem; graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox r@example.org --certificate key.pem && graphmail send -t a@example.org -s Hello";
    let copied = std::fs::copy(pem, place.home().join("key.pem"));
    assert!(copied.unwrap() > 0);
    let output = run(
        &place,
        &format!("sandbox --certificate {pem} -- sh -c '{script}'"),
    );
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(0),
            "graphmail: account sandbox is signed in as the application (token store: file)\n\
             graphmail: sandbox: 1 message was accepted\n"
        )
    );
    let output = run(&place, &format!("sandbox -- sh -c '{script}'"));
    assert_eq!(output.status.code(), Some(77));
    assert!(text(&output.stderr).contains("AADSTS700027"), "{output:?}");
    for (file, status) in [("absent", 66), ("/dev/null", 64)] {
        let output = run(&place, &format!("sandbox --certificate {file} -- true"));
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
}

#[test]
fn an_application_signs_in_with_another_issuers_token_inside() {
    let place = Place::new();
    drop(place.file("token", "ANOTHER.ISSUERS.TOKEN\n"));
    let script = "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox r@example.org --federated-token-file token && graphmail send -t a@example.org -s Hello";
    let output = run(
        &place,
        &format!("sandbox --federated-token-file token -- sh -c '{script}'"),
    );
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (
            Some(0),
            "graphmail: account sandbox is signed in as the application (token store: file)\n\
             graphmail: sandbox: 1 message was accepted\n"
        )
    );
    let output = run(&place, &format!("sandbox -- sh -c '{script}'"));
    assert_eq!(output.status.code(), Some(77));
    assert!(text(&output.stderr).contains("AADSTS50027"), "{output:?}");
    for (file, status) in [("absent", 66), ("/dev/null", 64)] {
        let output = run(
            &place,
            &format!("sandbox --federated-token-file {file} -- true"),
        );
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
}

#[test]
fn only_the_client_secret_in_the_file_signs_in_inside() {
    let place = Place::new();
    drop(place.file("secret", "right\n"));
    drop(place.file("another", "wrong\n"));
    let login = "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox r@example.org --client-secret-file";
    let inside = |file: &str| {
        run(
            &place,
            &format!("sandbox --client-secret-file secret -- sh -c '{login} {file}'"),
        )
    };
    assert_eq!(inside("secret").status.code(), Some(0));
    let output = inside("another");
    assert_eq!(output.status.code(), Some(77));
    assert!(text(&output.stderr).contains("AADSTS7000215"), "{output:?}");
    for (file, status) in [("absent", 66), ("/dev/null", 64)] {
        let output = run(
            &place,
            &format!("sandbox --client-secret-file {file} -- true"),
        );
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
}

#[test]
fn the_users_own_account_is_out_of_reach_inside() {
    let place = Place::new();
    let mut command = place.command("sandbox -- sh -c 'graphmail send -t a@example.org; env'");
    let output = command
        .env("GRAPHMAIL_FROM", "me@contoso.com")
        .env("GRAPHMAIL_CLOUD", "china")
        .env("AZURE_CLIENT_SECRET", "secret")
        .run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let stdout = text(&output.stdout);
    assert!(
        stdout.contains("  From         you@sandbox.example\n"),
        "{stdout}"
    );
    assert!(
        !stdout.contains("secret")
            && !stdout.contains("contoso")
            && !stdout.contains(&place.sandbox().ready_token())
    );
    assert_eq!(
        place.sandbox().exchanges().len(),
        0,
        "not the Graph outside"
    );
}

#[test]
fn json_is_one_object_whatever_the_command_prints() {
    let place = Place::new();
    let output = run(
        &place,
        "sandbox --json -- sh -c 'echo noise; graphmail send -t a@example.org -s Hello; exit 3'",
    );
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(text(&output.stderr), "noise\n");
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["ok"], false);
    assert_eq!(object["status"], 3);
    assert_eq!(object["complaints"], serde_json::json!([]));
    let accepted = object["accepted"].as_array().unwrap();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0]["message"]["subject"], "Hello");
}

#[test]
fn faults_permissions_and_mailboxes_are_as_asked_for() {
    let place = Place::new();
    let send = "graphmail send -t a@example.org";
    for (flags, script, status, told) in [
        (
            "--fault 'POST /me/sendMail=403,code=ErrorSendAsDenied'",
            send.to_owned(),
            77,
            "HTTP 403 ErrorSendAsDenied",
        ),
        (
            "--permission User.Read",
            send.to_owned(),
            77,
            "HTTP 403 ErrorAccessDenied",
        ),
        (
            "--mailbox me@x.example",
            format!("{send} -f other@x.example"),
            77,
            "HTTP 403 ErrorSendAsDenied",
        ),
        (
            "--mailbox me@x.example",
            format!("{send} --mailbox other@x.example"),
            67,
            "HTTP 404 ErrorInvalidUser",
        ),
        (
            "--fault 'POST /token=400'",
            "true".to_owned(),
            0,
            "the fault 'POST /token=400' happened 0 of 1 times",
        ),
    ] {
        let output = run(&place, &format!("sandbox {flags} -- {script}"));
        assert_eq!(output.status.code(), Some(status), "{flags}: {output:?}");
        assert!(
            text(&output.stderr).contains(told),
            "{}",
            text(&output.stderr)
        );
    }
    let output = run(&place, "sandbox --fault nonsense -- true");
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn the_message_limit_is_as_asked_for() {
    let place = Place::new();
    drop(place.file("large", &"x".repeat(3_500_000)));
    let send = "graphmail send -t a@example.org --attach large";
    for (limit, status, told) in [
        (
            "3MB",
            65,
            "the mailbox may send at most 3145728 bytes (largest: large 3500000 bytes)",
        ),
        ("5MB", 0, "1 message was accepted"),
    ] {
        let output = run(
            &place,
            &format!("sandbox --message-limit {limit} -- {send}"),
        );
        assert_eq!(output.status.code(), Some(status), "{limit}: {output:?}");
        let stderr = text(&output.stderr);
        assert!(stderr.contains(told), "{limit}: {stderr}");
    }
    let output = run(&place, "sandbox --message-limit 3.5MB -- true");
    assert_eq!(output.status.code(), Some(64));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("not a size such as 36700160 or 150MB"),
        "{stderr}"
    );
}

#[test]
fn a_server_prints_an_environment_that_a_script_takes_over() {
    let place = Place::new();
    let mut server = place
        .bare(PROGRAM)
        .args(["sandbox", "--folder", "captured"])
        .start();
    let mut variables = String::new();
    while !variables.contains("GRAPHMAIL_TOKEN_STORE") {
        variables += &(server.output_line() + "\n");
    }
    let script = format!(
        "eval \"$VARIABLES\"; {PROGRAM} send -t a@example.org -s Hello && {PROGRAM} login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com && {PROGRAM} send -t b@example.org"
    );
    let mut shell = place.bare("sh");
    let output = shell
        .args(["-c", &script])
        .env("VARIABLES", &variables)
        .env("GRAPHMAIL_FROM", "outside@example.org")
        .run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let captured = place.home().join("captured");
    let mut names: Vec<_> = std::fs::read_dir(&captured)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["0001.eml", "0001.json", "0002.eml", "0002.json"]);
    let record: Value =
        serde_json::from_slice(&std::fs::read(captured.join("0001.json")).unwrap()).unwrap();
    assert_eq!(record["message"]["subject"], "Hello");
    assert_eq!(
        record["message"]["from"]["emailAddress"]["address"],
        "you@sandbox.example"
    );

    server.signal(Signal::INT);
    assert_eq!(server.status().code(), Some(0));
}

#[test]
fn a_server_in_json() {
    let place = Place::new();
    let mut server = place.bare(PROGRAM).args(["sandbox", "--json"]).start();
    let line = server.output_line();
    drop(server.kill());
    let object: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(object["ok"], true);
    assert_eq!(object["environment"]["GRAPHMAIL_GRAPH_URL"], object["url"]);
}

#[test]
fn a_port_that_is_taken_is_told_of() {
    let place = Place::new();
    let port = place.sandbox().graph_url();
    let port = port.rsplit(':').next().unwrap();
    let output = run(&place, &format!("sandbox --port {port}"));
    assert_eq!(output.status.code(), Some(74));
    assert_eq!(
        text(&output.stderr),
        format!(
            "graphmail: error: cannot listen on 127.0.0.1:{port}: Address already in use (os error 98)\n"
        )
    );
}

#[test]
fn two_sandboxes_share_a_folder() {
    let place = Place::new();
    let output = run(
        &place,
        "sandbox --folder shared -- sh -c 'graphmail send -t a@example.org; graphmail sandbox --folder shared -- graphmail send -t b@example.org; graphmail send -t c@example.org'",
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut names: Vec<_> = std::fs::read_dir(place.home().join("shared"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "0001.eml",
            "0001.json",
            "0002.eml",
            "0002.json",
            "0003.eml",
            "0003.json"
        ]
    );
}
