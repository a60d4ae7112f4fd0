//! `doctor --as-cron`, with the real program.

use std::os::unix::fs::PermissionsExt as _;

use graphmail::sandbox::Sandbox;
use serde_json::Value;

use crate::support::process::{self, Bounded as _};
use crate::support::program::{Place, text};

/// A configuration that leads to the sandbox without any variable, by a token command that writes
/// down the environment of the program that runs it.
fn configure(place: &Place, sandbox: &Sandbox) -> String {
    let token = place.file("token", &sandbox.ready_token());
    let seen = place.home().join("seen");
    let folder = place.home().join("folder");
    let command = format!(
        "cat /proc/$PPID/environ >'{}'; pwd >'{}'; cat '{}'",
        seen.display(),
        folder.display(),
        token.display()
    );
    let path = place.file(
        "config.toml",
        &format!(
            "[accounts.a]\nauth = \"token-command\"\ntoken_command = {}\ncloud = \"here\"\n\n\
             [clouds.here]\ngraph = \"{}\"\nlogin = \"{}\"\n",
            toml::Value::from(command),
            sandbox.graph_url(),
            sandbox.login_url()
        ),
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

/// The passwd line of this process's user, as the system's own program gives it.
fn passwd() -> Vec<String> {
    let user = rustix::process::getuid().as_raw().to_string();
    let output = process::command("getent").args(["passwd", &user]).run();
    text(&output.stdout)
        .trim_end()
        .split(':')
        .map(str::to_owned)
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_checks_run_with_what_cron_gives_a_job_and_nothing_else() {
    let place = Place::new();
    let config = configure(&place, place.sandbox());
    let output = place
        .bare(crate::support::program::PROGRAM)
        .args(["doctor", "--as-cron", "--json", "--config", &config])
        .env("GRAPHMAIL_ACCOUNT", "absent")
        .env("GRAPHMAIL_ACCESS_TOKEN", "hunter2")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .run();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!text(&output.stdout).contains("hunter2"));

    let passwd = passwd();
    let seen = std::fs::read_to_string(place.home().join("seen")).unwrap();
    let mut seen: Vec<_> = seen.split_terminator('\0').collect();
    seen.sort_unstable();
    // What PAM gives on this host is its own affair.
    let of_pam = ["/etc/environment", "/etc/default/locale"]
        .map(|path| std::fs::read_to_string(path).unwrap_or_default())
        .concat();
    let cron = ["HOME", "LOGNAME", "PATH", "SHELL"];
    seen.retain(|variable| {
        let name = variable.split('=').next().unwrap();
        cron.contains(&name) || !of_pam.contains(&format!("{name}="))
    });
    assert_eq!(
        seen,
        [
            format!("HOME={}", passwd[5]),
            format!("LOGNAME={}", passwd[0]),
            "PATH=/usr/bin:/bin".to_owned(),
            "SHELL=/bin/sh".to_owned(),
        ]
    );
    let folder = std::fs::read_to_string(place.home().join("folder")).unwrap();
    assert_eq!(folder.trim_end(), passwd[5]);

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = |status: &str| {
        let checks = report["checks"].as_array().unwrap();
        let checks = checks.iter().filter(|check| check["status"] == status);
        checks
            .map(|check| check["message"].as_str().unwrap().to_owned())
            // Both are about the programs of this host.
            .filter(|message| !message.contains("sendmail") && !message.contains("in cron's PATH"))
            .collect::<Vec<_>>()
    };
    assert_eq!(said("fail"), [""; 0]);
    assert_eq!(
        said("warn"),
        [
            format!(
                "HOME is {} here, but {} for cron",
                place.home().display(),
                passwd[5]
            ),
            "GRAPHMAIL_ACCESS_TOKEN is set here, but cron will not have it".to_owned(),
            "GRAPHMAIL_ACCOUNT is set here, but cron will not have it".to_owned(),
        ]
    );
    let names: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "program",
            "environment",
            "environment",
            "environment",
            "configuration",
            "account",
            "credential",
            "token store",
            "proxy",
            "certificates",
            "login",
            "graph",
            "clock",
            "token",
            "small mail",
            "large mail",
            "lost answers",
            "mailbox",
            "sendmail"
        ]
    );
    assert_eq!(place.sandbox().complaints(), [""; 0]);
}

#[test]
fn what_fails_for_cron_fails_here() {
    let place = Place::new();
    let output = place
        .bare(crate::support::program::PROGRAM)
        .args(["doctor", "--as-cron", "--config", "absent.toml"])
        .run();
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    // The path is the one that was meant here, wherever cron starts.
    let absent = place.home().join("absent.toml");
    let expected = format!(
        "FAIL configuration  {0} does not exist\n     hint: login writes that file: graphmail --config {0} login --client-id ID --tenant TENANT\n",
        absent.display()
    );
    assert!(
        text(&output.stdout).contains(&expected),
        "{}",
        text(&output.stdout)
    );
}
