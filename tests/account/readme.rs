//! The administrator's path of the README, command by command, with a sandbox in place of the tenant.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use graphmail::sandbox::{Certificate, Options};

use crate::support::process::Bounded as _;
use crate::support::program::{PROGRAM, Place, text};

/// The section with the administrator's path.
fn section() -> &'static str {
    let readme = include_str!("../../README.md");
    readme.split("\n## For the administrator\n").nth(1).unwrap()
}

/// The commands of the section's first block, without continued lines and comments.
fn commands() -> Vec<String> {
    let block = section().split("```sh\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let block = block.replace("\\\n", "").replace("&&\n", "&&");
    let without_comment = |line: &str| line.split(" # ").next().unwrap().trim_end().to_owned();
    block.lines().map(without_comment).collect()
}

#[test]
fn the_commands_for_the_administrator_run_one_after_the_other() {
    let pem = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates/reports.pem");
    let place = Place::with(Options {
        certificates: Certificate::all(&std::fs::read(&pem).unwrap()).unwrap(),
        ..Options::default()
    });
    std::fs::create_dir(place.home().join("bin")).unwrap();
    std::os::unix::fs::symlink(PROGRAM, place.home().join("bin/graphmail")).unwrap();
    // The sandbox has registered this certificate, so `openssl` makes this one.
    let openssl = format!(
        "umask 077; [ \"$*\" = 'req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=graphmail \
         -keyout reports.pem -out certificate.pem' ] || exit 9\n\
         sed '/BEGIN CERT/,$d' '{0}' >reports.pem; sed -n '/BEGIN CERT/,$p' '{0}' >certificate.pem",
        pem.display()
    );
    for (name, script) in [
        ("openssl", &*openssl),
        ("systemctl", "echo \"$@\" >>asked"),
        (
            "sudo",
            "[ \"$*\" = 'tee -a /etc/aliases' ] && cat >>aliases",
        ),
    ] {
        let path = place.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    let commands = commands();
    // The first build with the sandbox, and the installation, come before them.
    assert!(commands.len() <= 6, "{commands:?}");
    for command in &commands {
        let mut shell = place.bare("sh");
        let path = format!("{}/bin:/usr/bin:/bin", place.home().display());
        shell
            .args(["-c", command])
            .env("PATH", path)
            .env("GRAPHMAIL_GRAPH_URL", place.sandbox().graph_url())
            .env("GRAPHMAIL_LOGIN_URL", place.sandbox().login_url());
        let output = shell.run();
        // The environment of cron has neither this home nor this sandbox.
        let expected = if command.ends_with("--as-cron") {
            78
        } else {
            0
        };
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{command}: {output:?}"
        );
        if command.ends_with("--admin=powershell") {
            let role = "-Role 'Application Mail.Send' -CustomResourceScope 'graphmail reports'\n";
            assert!(text(&output.stdout).contains(role), "{output:?}");
        }
    }
    let aliases = std::fs::read_to_string(place.home().join("aliases")).unwrap();
    assert!(aliases.ends_with(": you@contoso.com\n"), "{aliases}");
    run_the_cron_job(&place);
    assert_eq!(place.sandbox().accepted().len(), 1);
    let asked = std::fs::read_to_string(place.home().join("asked")).unwrap();
    assert_eq!(
        asked,
        "--user daemon-reload\n--user enable --now graphmail-keepalive-reports.timer\n"
    );
}

/// Runs the job of the crontab line as cron does: only the home is known.
fn run_the_cron_job(place: &Place) {
    let line = section().split("```\n15 6 * * * ").nth(1).unwrap();
    let line = line.lines().next().unwrap();
    let folder = place.home().join(".cargo/bin");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(PROGRAM, folder.join("graphmail")).unwrap();
    drop(place.file("report.txt", "All is well.\n"));
    let mut shell = place.bare("sh");
    shell
        .args(["-c", line])
        .env("PATH", "/usr/bin:/bin")
        .env("GRAPHMAIL_GRAPH_URL", place.sandbox().graph_url())
        .env("GRAPHMAIL_LOGIN_URL", place.sandbox().login_url());
    let output = shell.run();
    assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
}
