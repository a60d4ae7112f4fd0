//! Accounts of the Azure CLI, by the real program and an `az` of these tests.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use crate::support::expected;
use crate::support::process::Bounded as _;
use crate::support::program::{Place, text};
use crate::visible::EVIL;

const CONFIG: &str = ".config/graphmail/config.toml";
const AZ: &str = "graphmail: error: az";

/// Puts an `az` into PATH that does this.
fn az(place: &Place, script: &str) {
    let path = place.file("az", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o700)).unwrap();
}

/// An `az` that is signed in, and writes down its arguments.
fn signed_in(place: &Place, expiry: &str) {
    let token = place.sandbox().ready_token();
    az(
        place,
        &format!(
            "printf '%s\\n' \"$@\" > \"$HOME/arguments\"\n\
             echo '{{\"accessToken\": \"{token}\", {expiry}, \"tokenType\": \"Bearer\"}}'"
        ),
    );
}

fn run(place: &Place, line: &str) -> Output {
    let path = format!("{}:/usr/bin:/bin", place.home().display());
    place.unsigned(line).env("PATH", path).run()
}

#[test]
fn the_cli_is_tried_at_login_and_asked_for_each_send() {
    for expiry in [
        "\"expires_on\": 4102444800, \"expiresOn\": \"2000-01-01 00:00:00.000000\"",
        "\"expiresOn\": \"2099-12-31 12:00:00.123456\"",
        "\"subscription\": \"S\"",
    ] {
        let place = Place::new();
        signed_in(&place, expiry);
        let output = run(&place, "login --azure-cli --tenant contoso.com");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let read = |name: &str| std::fs::read_to_string(place.home().join(name)).unwrap();
        expected::same(
            "the configuration",
            "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
auth = \"azure-cli\"
token_store = \"none\"
",
            &read(CONFIG),
        );
        assert_eq!(
            read("arguments").lines().collect::<Vec<_>>(),
            [
                "account",
                "get-access-token",
                "--output",
                "json",
                "--scope",
                &format!("{}/.default", place.sandbox().graph_url()),
                "--tenant",
                "contoso.com",
            ]
        );
        let output = run(&place, "send -t a@example.org -s S --body B");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        assert_eq!(place.sandbox().accepted().len(), 1);
    }
}

#[test]
fn without_a_tenant_the_cli_takes_its_own() {
    let place = Place::new();
    signed_in(&place, "\"expires_on\": 4102444800");
    assert_eq!(run(&place, "login --azure-cli").status.code(), Some(0));
    let arguments = std::fs::read_to_string(place.home().join("arguments")).unwrap();
    assert!(!arguments.contains("--tenant"), "{arguments}");
}

#[test]
fn a_cli_that_gives_no_token_is_told_of() {
    let missing = format!(
        "{AZ} is not installed, or not in PATH\n\
         hint: install the Azure CLI; or: graphmail login --help\n"
    );
    let not_token = "graphmail: error: the output of az is not a token in JSON\n\
        hint: see what this prints: az account get-access-token --resource-type ms-graph --query expiresOn\n";
    for (script, words) in [
        (None, missing.as_str()),
        (
            Some("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1"),
            "graphmail: error: az failed (exit status: 1): ERROR: Please run 'az login' to setup account.\nhint: az login\n",
        ),
        (Some("echo TOPSECRET"), not_token),
        (Some("echo '{\"accessToken\": 1}'"), not_token),
        (Some("echo '{\"accessToken\": \"two words\"}'"), not_token),
        (
            Some("echo '{\"accessToken\": \"T\", \"expires_on\": 946684800}'"),
            "graphmail: error: the token that az printed expired at 2000-01-01T00:00:00Z\n\
             hint: az login; or: set the clock of this host\n",
        ),
    ] {
        let place = Place::new();
        if let Some(script) = script {
            az(&place, script);
        }
        let output = run(&place, "login --azure-cli");
        assert_eq!(text(&output.stderr), words);
        assert_eq!(output.status.code(), Some(77));
        assert!(!place.home().join(CONFIG).exists());
    }
}

/// What it writes to standard error is one line of a limited length, without what drives a terminal; if it
/// gives a token, nobody asks what else it says.
#[test]
fn what_the_cli_complains_of_is_cut_and_filtered() {
    let complaint = format!("ERROR: {}", EVIL.repeat(5_000_000 / EVIL.len()));
    let place = Place::new();
    drop(place.file("complaint", &complaint));
    az(&place, "cat \"$HOME/complaint\" >&2; exit 1");
    let output = run(&place, "login --azure-cli");
    let shown: String = "ERROR: "
        .chars()
        .chain("evil [2J 31m forged line".chars().cycle())
        .take(1_024)
        .collect();
    assert_eq!(
        text(&output.stderr),
        format!("graphmail: error: az failed (exit status: 1): {shown}…\nhint: az login\n")
    );
    assert_eq!(output.status.code(), Some(77));

    drop(place.file("complaint", "ERROR: \u{1b}[2J\n"));
    az(
        &place,
        "cat \"$HOME/complaint\" >&2; printf 'AADSTS7000\\377\\033\\r\\n' >&2; exit 3",
    );
    let output = run(&place, "login --azure-cli");
    assert_eq!(
        text(&output.stderr),
        "graphmail: error: az failed (exit status: 3): ERROR: [2J AADSTS7000\u{fffd}\nhint: az login\n"
    );

    let token = place.sandbox().ready_token();
    let json = format!("{{\"accessToken\": \"{token}\", \"expires_on\": 4102444800}}");
    az(
        &place,
        &format!("cat \"$HOME/complaint\" >&2; echo '{json}'"),
    );
    assert_eq!(run(&place, "login --azure-cli").status.code(), Some(0));
    let output = run(&place, "send -t a@example.org -s S --body B");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
