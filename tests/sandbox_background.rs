//! `graphmail sandbox --background`, whose output a shell evaluates.
#![cfg(unix)]

use std::process::{Command, Output};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::process::{Bounded as _, within};
use crate::support::program::{PROGRAM, Place, text};

/// A shell that runs the script; `graphmail` is the program.
fn shell(place: &Place, script: &str) -> Command {
    let programs = std::path::Path::new(PROGRAM).parent().unwrap();
    let mut shell = place.bare("sh");
    shell
        .args(["-c", script])
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    shell
}

fn end(id: &str) {
    let id = Pid::from_raw(id.trim().parse().unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
}

/// The last line of the output.
fn last(output: &Output) -> &str {
    text(&output.stdout).lines().last().unwrap_or_default()
}

#[test]
fn a_shell_evaluates_the_environment() {
    let place = Place::new();
    let script = "eval \"$(graphmail sandbox --background)\"\n\
         printf 'Subject: S\\n\\nB\\n' | sendmail a@example.org || exit\n\
         graphmail send -t b@example.org -s S || exit\n\
         echo \"$GRAPHMAIL_SANDBOX_URL\" \"$GRAPHMAIL_SANDBOX_PID\"";
    let output = shell(&place, script).run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (url, id) = last(&output).split_once(' ').unwrap();
    assert_eq!(
        text(&output.stderr),
        format!("graphmail: to see the messages, open {url}\n")
    );
    end(id);
}

/// A script that tests with a real account at hand does not use it if the sandbox cannot start.
#[test]
fn without_a_sandbox_the_script_stops_or_sends_nothing() {
    let place = Place::new();
    let port = place.sandbox().graph_url();
    let port = port.rsplit(':').next().unwrap();
    for options in [
        &format!("--background --port {port}"),
        "--background --folder /proc/x",
        "--background --nosuch",
        "--backgroud",
        "--background --fault nonsense",
        "--background --background",
        "--background=yes",
    ] {
        let run = |before: &str| {
            let script = format!(
                "{before}\neval \"$(graphmail sandbox {options})\"\n\
                 graphmail send --to customer@example.com --subject 'only a test' --body x\n\
                 echo \"send: $?\"\n\
                 printf 'Subject: s\\n\\nb\\n' | graphmail sendmail customer@example.com\n\
                 echo \"sendmail: $?\""
            );
            let mut shell = shell(&place, &script);
            let real = place.sandbox();
            let output = shell
                .env("GRAPHMAIL_GRAPH_URL", real.graph_url())
                .env("GRAPHMAIL_LOGIN_URL", real.login_url())
                .env("GRAPHMAIL_ACCESS_TOKEN", real.ready_token())
                .run();
            (output.status.code(), text(&output.stdout).to_owned())
        };
        assert_eq!(run("set -eu"), (Some(1), String::new()), "{options}");
        let sent = "send: 78\nsendmail: 78\n".to_owned();
        assert_eq!(run(""), (Some(0), sent), "{options}");
    }
    assert_eq!(place.sandbox().accepted().len(), 0);
}

/// What a shell does not evaluate has no commands for it.
#[test]
fn only_a_shell_gets_commands() {
    let place = Place::new();
    for (line, status) in [
        ("sandbox --nosuch", 64),
        ("sandbox --bounce a@b.c --nosuch", 64),
        ("sandbox -- sh -c 'exit 3' --background", 3),
        ("--json sandbox --background --folder /proc/x", 74),
        ("sandbox --background --help", 0),
    ] {
        let output = place.bare(PROGRAM).args(shlex::split(line).unwrap()).run();
        let stdout = text(&output.stdout);
        assert!(!stdout.contains("\nfalse\n"), "{line}: {stdout}");
        assert_eq!(output.status.code(), Some(status), "{line}: {output:?}");
    }
}

/// A lock is free again when the script ends, and the reader of a pipe sees its end.
#[test]
fn no_file_of_the_shell_stays_open() {
    let place = Place::new();
    let script = "exec 9>job.lock\nflock -n 9 || exit 9\n\
         eval \"$(graphmail sandbox --background)\"\necho \"$GRAPHMAIL_SANDBOX_PID\"";
    let runs = [(); 2].map(|()| shell(&place, script).run());
    for run in &runs {
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        end(last(run));
    }
    let script =
        "exec 3>&1\neval \"$(graphmail sandbox --background)\"\necho \"$GRAPHMAIL_SANDBOX_PID\"";
    let mut piped = shell(&place, &format!("({script}) | cat"));
    let output = within("the end of the pipe", move || piped.run());
    end(last(&output));
}

/// A sandbox whose address nobody can know ends.
#[test]
fn without_standard_output_nothing_keeps_running() {
    let place = Place::new();
    let output = shell(&place, "graphmail sandbox --background >/dev/full").run();
    assert_eq!(output.status.code(), Some(74), "{output:?}");
    // The sandbox removes its folder when it ends.
    let left = std::fs::read_dir(place.home()).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn a_second_sandbox_replaces_the_first_in_path_and_reports_it() {
    let place = Place::new();
    let script = "for n in 1 2 3; do\n\
         eval \"$(graphmail sandbox --background)\"\n\
         ids=\"${ids-}$GRAPHMAIL_SANDBOX_PID \"\n\
         done\n\
         echo \"$PATH\" | tr : '\\n' | grep -c graphmail-sandbox-\n\
         echo \"$ids\"";
    let output = shell(&place, script).run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).starts_with("1\n"), "{output:?}");
    let ids: Vec<_> = last(&output).split_whitespace().collect();
    let reported: Vec<_> = text(&output.stderr)
        .lines()
        .filter(|line| line.contains("another"))
        .collect();
    let line = |id| format!("graphmail: another sandbox is still running; to end it: kill {id}");
    assert_eq!(reported, [line(ids[0]), line(ids[1])]);
    ids.into_iter().for_each(end);
}
