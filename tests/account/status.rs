//! `status --check` and `--warn-days`: whether a token can be had, and for how long.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use graphmail::sandbox::Options;
use serde_json::json;

use super::{LOGIN, TOKEN, TOKENS, signed_in, with_files};
use crate::support::host::World;

const DAY: Duration = Duration::from_secs(24 * 3600);
const REFUSED: &str = "POST /contoso.com/oauth2/v2.0/token 400";

#[test]
fn a_check_obtains_a_token_though_there_is_a_good_one() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    let kept = world.read(TOKENS);
    world.clock.advance(DAY / 48);
    let run = world.run("status --check");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(world.requests()[before..], [TOKEN]);
    assert_ne!(world.read(TOKENS), kept);
    let lines: Vec<_> = run.stdout.lines().skip(4).take(3).collect();
    assert_eq!(
        lines,
        [
            "rights        Mail.Send",
            "credential    expires 2027-02-18T10:30:01Z (90 days from now), unless it is used before",
            "access token  until 2026-11-20T11:30:01Z, renewed as needed",
        ]
    );
}

#[test]
fn a_check_fails_as_a_send_would_though_there_is_a_good_token() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    world.sandbox().revoke_refresh_tokens();
    assert_eq!(world.run("status").status, 0);
    let words = "127.0.0.1 refused: AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed.";
    let hint = "the stored sign-in has ended: graphmail login";
    world
        .run("status --check")
        .failed(77, &format!("graphmail: error: {words}\nhint: {hint}\n"));
    assert_eq!(world.requests()[before..], [REFUSED]);
    let run = world.run("status --check --json");
    assert_eq!(run.status, 77);
    let mut report = run.json();
    // Entra's ids are random.
    let error = report["error"].as_object_mut().unwrap();
    let ids = ["correlation_id", "trace_id"].map(|key| error.remove(key).is_some());
    assert_eq!(ids, [true; 2]);
    assert_eq!(
        report,
        json!({"ok": false, "error": {"class": "sign-in", "exit": 77, "message": words, "hint": hint, "entra_code": "AADSTS50173"}})
    );
    // Offline says nothing of the credential.
    world.fault("POST /token=503,retry-after=3600");
    assert_eq!(world.run("status --check").status, 75);
}

#[test]
fn other_credentials_are_checked_too() {
    let mut world = World::with_client_secret();
    let run = world.run("status --check");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stdout
            .contains("credential    only the service knows when it expires\n")
    );
    assert_eq!(world.requests(), [TOKEN]);
    world.set("AZURE_CLIENT_SECRET", "wrong");
    assert_eq!(world.run("status --check").status, 77);

    let world = World::with(Options::default());
    world.configure("[accounts.a]\nauth = \"token-command\"\ntoken_command = \"echo x\"\n");
    assert_eq!(world.run("status --check").status, 0);
    world.configure("[accounts.a]\nauth = \"token-command\"\ntoken_command = \"false\"\n");
    assert_eq!(world.run("status --check").status, 77);
}

#[test]
fn an_end_that_is_near_is_told_of_with_77() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    let error = |verb: &str| {
        format!(
            "account \"default\": the credential {verb} at 2027-02-18T10:00:01Z{}",
            if verb == "expires" {
                ", in 14 days or less"
            } else {
                ""
            }
        )
    };
    let warned = |verb, hint| format!("graphmail: error: {}\nhint: {hint}\n", error(verb));
    let whole = world.run("status");
    let run = world.run("status --warn-days 14");
    assert_eq!(run, whole);
    world.clock.advance(75 * DAY);
    assert_eq!(world.run("status --warn-days 14").status, 0);
    world.clock.advance(2 * DAY);
    let run = world.run("status --warn-days 14");
    let hint = "graphmail keepalive --account default";
    assert_eq!((run.status, run.stderr), (77, warned("expires", hint)));
    assert!(run.stdout.contains(
        "credential    expires 2027-02-18T10:00:01Z (13 days from now), unless it is used before\n"
    ));
    let run = world.run("status --warn-days 14 --json");
    assert_eq!(
        run.json(),
        json!({"ok": false, "error": {
            "class": "sign-in", "exit": 77, "message": error("expires"), "hint": hint,
            "account": "default", "credential_expires": "2027-02-18T10:00:01Z",
        }})
    );
    world.clock.advance(14 * DAY);
    let run = world.run("status --warn-days 14");
    let hint = "graphmail login --account default";
    assert_eq!((run.status, run.stderr), (77, warned("expired", hint)));
    assert!(
        run.stdout
            .contains("credential    expired 2027-02-18T10:00:01Z (1 day ago)\n"),
        "{}",
        run.stdout
    );
    assert_eq!(world.requests().len(), before, "no network");
    // A use, here the check, begins it anew.
    assert_eq!(world.run("status --check --warn-days 14").status, 0);
}

#[test]
fn a_sign_in_of_old_still_loads() {
    let world = with_files(Options::default());
    assert_eq!(world.run(LOGIN).status, 0);
    let kept = std::fs::read_to_string(world.home().join(TOKENS)).unwrap();
    let old: Vec<_> = kept
        .lines()
        .filter(|line| !line.contains("renewed_at"))
        .collect();
    assert_eq!(old.len() + 1, kept.lines().count());
    let old = old.join("\n").replace(",\n}", "\n}");
    let path = world.file(TOKENS, old);
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let run = world.run("status --json");
    let object = run.json();
    assert_eq!(object["credential_expires"], "2027-02-17T07:00:01Z");
    assert_eq!(object["credential_renewed"], json!(null));
}

#[test]
fn an_application_shows_its_roles() {
    let world = World::with_client_secret();
    let run = world.run("status --json");
    assert_eq!(run.json()["roles"], json!(null), "no token is stored yet");
    let world = World::with(Options::default());
    drop(world.file("secret", "SECRET\n"));
    let login = "login --client-id 33333333-3333-4333-8333-333333333333 --tenant contoso.com --client-secret-file HOME/secret --token-store file";
    assert_eq!(world.run(login).status, 0);
    let object = world.run("status --json").json();
    assert_eq!(
        object["roles"],
        json!(["Mail.Send", "Mail.ReadWrite", "User.Read", "Mail.ReadBasic"])
    );
    let shown = world.run("status").stdout;
    assert!(
        shown.contains("rights        Mail.Send Mail.ReadWrite User.Read Mail.ReadBasic\n"),
        "{shown}"
    );
}

#[test]
fn the_end_of_any_credential_can_be_declared() {
    let mut world = World::alone();
    let configure = |world: &World, line: &str| {
        world.configure(&format!(
            "[accounts.a]\nauth = \"client-secret\"\ntenant = \"t\"\nclient_id = \"c\"\n\
             client_secret_file = \"/run/secrets/mail\"\ntoken_store = \"none\"\n{line}"
        ));
    };
    configure(&world, "");
    let run = world.run("status --warn-days 14");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            0,
            "graphmail: warning: only the service knows when the credential of account a expires: \
             set credential_expires = \"YYYY-MM-DD\" under [accounts.a]\n"
        )
    );
    configure(&world, "credential_expires = \"2026-12-01\"\n");
    let run = world.run("status --warn-days 14");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            77,
            "graphmail: error: account \"a\": the credential expires at 2026-12-01T00:00:00Z, in 14 days or less\n\
             hint: put a new client secret into /run/secrets/mail; \
             then: set credential_expires = \"YYYY-MM-DD\" to its new date\n"
        )
    );
    let run = world.run("status --warn-days 7");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let run = world.run("keepalive");
    assert_eq!(run.status, 77, "the weekly job reports it: {run:?}");
    configure(&world, "credential_expires = \"soon\"\n");
    assert_eq!(world.run("status").status, 78);
    // A ready token tells its own end.
    let token = format!(
        "e30.{}.x",
        URL_SAFE_NO_PAD.encode(r#"{"scp":"Mail.Send","exp":1795172400}"#)
    );
    configure(&world, "");
    world.set("GRAPHMAIL_ACCESS_TOKEN", &token);
    let run = world.run("status --warn-days 1 --json");
    assert_eq!(
        run.json()["error"]["credential_expires"],
        "2026-11-20T11:00:00Z"
    );
}
