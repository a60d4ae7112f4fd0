//! Tokens from a command. The commands are those of a POSIX shell.
#![cfg(unix)]

use std::time::Duration;

use graphmail::auth::program;
use graphmail::auth::token_command::{Failure, LIMIT, NotToken, run};
use graphmail::secret::Secret;

use crate::support::process::until;

#[test]
fn a_token_is_printed_alone_or_in_json() {
    for command in [
        "echo TOKEN",
        "printf '  TOKEN\\r\\n\\n'",
        r#"echo '{"accessToken":"TOKEN","expiresOn":"2026-11-20"}'"#,
        r#"echo '{"access_token":"TOKEN"}'"#,
        r#"printf '\n{"token":"TOKEN"}'"#,
        "echo noise >&2; echo TOKEN",
    ] {
        assert_eq!(
            run(command, LIMIT).unwrap(),
            Secret::new("TOKEN"),
            "{command}"
        );
    }
}

#[test]
fn what_is_no_token_is_refused_unseen() {
    for (command, expected) in [
        ("true", NotToken::Empty),
        ("echo; echo", NotToken::Empty),
        (r#"echo '{"token":""}'"#, NotToken::Empty),
        ("printf 'TOPSECRET\\nTOPSECRET'", NotToken::Characters),
        ("echo Bearer TOPSECRET", NotToken::Characters),
        ("printf 'TOPSECRET\\033[0m'", NotToken::Characters),
        ("printf 'TOPSECRET\\303\\244'", NotToken::Characters),
        ("printf 'TOPSECRET\\377'", NotToken::Characters),
        (r#"echo '{"secret":"TOPSECRET"}'"#, NotToken::Json),
        (r#"echo '{"token":["TOPSECRET"]}'"#, NotToken::Json),
        ("echo '{TOPSECRET'", NotToken::Json),
    ] {
        let failure = run(command, LIMIT).unwrap_err();
        assert!(
            !format!("{failure} {failure:?}").contains("TOPSECRET"),
            "{command}"
        );
        assert!(
            matches!(failure, Failure::Output(found) if found == expected),
            "{command}"
        );
    }
}

#[test]
fn a_failure_shows_what_the_command_complained_of() {
    let failure = run(
        "echo TOPSECRET; echo 'not logged in,' >&2; echo 'run x' >&2; exit 3",
        LIMIT,
    );
    assert_eq!(
        failure.unwrap_err().to_string(),
        "the token command failed (exit status: 3): not logged in, run x"
    );
    let failure = run("yes complaint | head -c 100000 >&2; exit 1", LIMIT).unwrap_err();
    let Failure::Program(program::Failure::Failed { complaint, .. }) = failure else {
        panic!("{failure}");
    };
    assert_eq!(complaint.len(), 1024 + '…'.len_utf8());
}

#[test]
fn a_long_output_ends_the_command() {
    let failure = run("yes", LIMIT).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the token command printed more than 256 KB"
    );
    let whole = run("yes | tr -d '\\n' | head -c 262144", LIMIT).unwrap();
    assert_eq!(whole.expose().len(), 262_144);
}

#[test]
fn a_command_that_does_not_end_is_killed() {
    let limit = Duration::from_millis(50);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    // The one that sleeps is a child of the shell, which is not all that is to go.
    let command = format!("sleep 1000000 & echo $! > '{}'; wait", file.display());
    let failure = run(&command, limit).unwrap_err();
    let Failure::Program(program::Failure::TimedOut { limit: told }) = failure else {
        panic!("{failure}");
    };
    assert_eq!(told, limit);
    if let Some(id) = std::fs::read_to_string(file)
        .ok()
        .filter(|id| !id.is_empty())
    {
        // A signal arrives when it does, and whoever adopts it may not have waited for it yet.
        let stat = format!("/proc/{}/stat", id.trim());
        until("the end of the child", || {
            std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "))
        });
    }
}
