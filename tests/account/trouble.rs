//! What Entra refuses, and how the polls fare: one line each, with one line of advice.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use graphmail::sandbox::{Certificate, Options};

use super::{CONFIG, LOGIN, SEND, signed_in, with_files};
use crate::support::expected;
use crate::support::host::{Run, World};

/// AADSTS numbers that a mail sender meets, with OAuth's error beside them.
const CODES: &[(u32, &str)] = &[
    (50034, "invalid_grant"),
    (50053, "invalid_grant"),
    (50055, "invalid_grant"),
    (50059, "invalid_request"),
    (50076, "interaction_required"),
    (50105, "invalid_grant"),
    (50128, "invalid_request"),
    (50144, "invalid_grant"),
    (50158, "interaction_required"),
    (50173, "invalid_grant"),
    (50194, "invalid_request"),
    (53003, "invalid_grant"),
    (530034, "invalid_grant"),
    (65001, "invalid_grant"),
    (70000, "invalid_grant"),
    (70043, "invalid_grant"),
    (700016, "unauthorized_client"),
    (700082, "invalid_grant"),
    (7000218, "invalid_client"),
    (90002, "invalid_request"),
    (900023, "invalid_request"),
    (12345, "invalid_grant"),
];

fn row(table: &mut String, name: &str, run: &Run) {
    assert_eq!(run.stdout, "");
    let words = run.stderr.trim_end().replace('\n', "\n     ");
    let words = words.replace(": The sandbox was told to answer this.", ": …");
    let _ = writeln!(table, "{name}\n  {} {words}", run.status);
}

/// The same codes, where no person signs in: no advice sends anybody to a browser.
#[test]
fn each_kind_of_application_has_its_own_advice() {
    const CODES: [(u32, &str); 11] = [
        (50076, "interaction_required"),
        (50158, "interaction_required"),
        (53003, "invalid_grant"),
        (530034, "invalid_grant"),
        (65001, "invalid_grant"),
        (70043, "invalid_grant"),
        (7000215, "invalid_client"),
        (7000222, "invalid_client"),
        (7000229, "unauthorized_client"),
        (700027, "invalid_client"),
        (12345, "invalid_grant"),
    ];
    let data = |name: &str| {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/certificates");
        std::fs::read(folder.join(name)).unwrap()
    };
    let options = || Options {
        certificates: Certificate::all(&data("reports.pem")).unwrap(),
        federated_token: Some("FEDERATED.TOKEN.X".to_owned()),
        client_secret: Some("SECRET".to_owned()),
        ..Options::default()
    };
    let login = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --mailbox reports@contoso.com";
    let mut hints = BTreeMap::<String, Vec<String>>::new();
    let mut hint = |name: &str, run: &Run| {
        assert_eq!((run.status, run.stdout.as_str()), (77, ""));
        let hint = run.stderr.lines().last().unwrap().to_owned();
        hints.entry(hint).or_default().push(name.to_owned());
    };
    for kind in [
        "--client-secret-file HOME/secret",
        "--client-secret-file HOME/secret --token-store none",
        "--certificate HOME/reports.pem --token-store none",
        "--federated-token-file HOME/token --token-store none",
        "",
    ] {
        for (code, error) in CODES {
            let mut world = with_files(options());
            for (name, contents) in [("secret", "SECRET\n"), ("token", "FEDERATED.TOKEN.X\n")] {
                drop(world.file(name, contents));
            }
            drop(world.file("reports.pem", data("reports.pem")));
            for name in ["secret", "token", "reports.pem"] {
                let path = world.home().join(name);
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
                std::fs::set_permissions(path, mode).unwrap();
            }
            if kind.is_empty() {
                world.set("AZURE_TENANT_ID", "contoso.com");
                world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
                world.set("AZURE_CLIENT_SECRET", "SECRET");
                world.set("GRAPHMAIL_MAILBOX", "reports@contoso.com");
            } else {
                world.fault(&format!("POST /token=400,code={code},error={error}"));
                let run = world.run(&format!("{login} {kind}"));
                hint(&format!("login {kind} {code}"), &run);
                let run = world.run(&format!("{login} {kind}"));
                assert_eq!(run.status, 0, "{run:?}");
                world.clock.advance(std::time::Duration::from_secs(3600));
            }
            world.fault(&format!("POST /token=400,code={code},error={error}"));
            let kind = match kind {
                "" => "AZURE_CLIENT_SECRET",
                kind => kind,
            };
            hint(&format!("send {kind} {code}"), &world.run(SEND));
        }
    }
    let mut table = String::new();
    for (hint, cases) in hints {
        let _ = writeln!(table, "{hint}\n    {}", cases.join("\n    "));
    }
    for forbidden in ["--browser", "--device-code", "graphmail login\n"] {
        assert!(!table.contains(forbidden), "{table}");
    }
    expected::compare("account/application-refusals.txt", table);
}

#[test]
fn each_refusal_has_a_line_of_advice() {
    let mut table = String::new();
    for (code, error) in CODES {
        let world = World::with(Options::default());
        world.fault(&format!("POST /devicecode=400,code={code},error={error}"));
        let run = world.run(LOGIN);
        row(&mut table, &format!("login {code}"), &run);
        assert!(!world.home().join(CONFIG).exists(), "nothing is written");

        let world = with_files(Options::default());
        signed_in(&world);
        world.clock.advance(std::time::Duration::from_secs(3600));
        world.fault(&format!("POST /token=400,code={code},error={error}"));
        // A send says the same, of an account that has the application's ids.
        let send = world.run(SEND);
        let again =
            "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com";
        let same = run.stderr.replace(again, "graphmail login");
        if send.stderr.replace("the message was not sent: ", "") == same {
            send.not_sent(run.status, &same);
        } else {
            row(&mut table, &format!("send {code}"), &send);
        }
        assert_eq!(world.sandbox().accepted().len(), 0);
    }
    expected::compare("account/refusals.txt", table);
}

#[test]
fn the_polls_go_on_as_the_service_says() {
    let mut table = String::new();
    for faults in [
        &["400,error=slow_down,times=2"][..],
        &["503,times=2"],
        &["429,retry-after=20"],
        &["reset-before", "reset-after"],
        &["400,error=authorization_declined"],
        &["400,error=access_denied"],
        &["400,error=expired_token"],
        &["400,error=authorization_pending,times=1000"],
        &["400,error=bad_verification_code"],
        &["500,times=20"],
    ] {
        let mut world = World::with(Options {
            device_interval: 5,
            ..Options::default()
        });
        for fault in faults {
            world.fault(&format!("POST /token={fault}"));
        }
        let run = world.run(LOGIN);
        drop(world.complaints());
        let first = run.stderr.find('\n').unwrap();
        let said = Run {
            stderr: run.stderr[first + 1..].to_owned(),
            ..run.clone()
        };
        row(&mut table, &faults.join(" + "), &said);
        let waits: Vec<_> = run.waits.iter().map(f64::to_string).collect();
        let _ = match waits.len() {
            0..=20 => writeln!(table, "  waits {}", waits.join(" ")),
            many => writeln!(table, "  {many} waits, {} s", run.waits.iter().sum::<f64>()),
        };
        assert_eq!(run.status == 0, world.home().join(CONFIG).exists());
    }
    expected::compare("account/polls.txt", table);
}

#[test]
fn a_revoked_sign_in_asks_for_a_new_one() {
    let world = with_files(Options::default());
    signed_in(&world);
    world.clock.advance(std::time::Duration::from_secs(3600));
    world.sandbox().revoke_refresh_tokens();
    world.run(SEND).not_sent(
        77,
        "graphmail: error: 127.0.0.1 refused: AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed.\n\
         hint: the stored sign-in has ended: graphmail login\n",
    );
    signed_in(&world);
    world.run(SEND).is_silent();
}

#[test]
fn the_advice_names_another_account_than_the_default_one() {
    let world = with_files(Options::default());
    signed_in(&world);
    assert_eq!(world.run(&format!("{LOGIN} -A b")).status, 0);
    world.clock.advance(std::time::Duration::from_secs(3600));
    for (code, hint) in [
        (
            50173,
            "the stored sign-in has ended: graphmail login --account b",
        ),
        (
            50076,
            "multi-factor authentication is required: graphmail login --account b",
        ),
        (
            53003,
            "a Conditional Access policy forbids this sign-in; sign in on a managed device: graphmail login --account b --browser; or: ask an administrator",
        ),
        (12345, "graphmail login --account b"),
    ] {
        for line in [
            format!("{SEND} -A b"),
            "status --check -A b".to_owned(),
            "keepalive -A b".to_owned(),
        ] {
            world.fault(&format!("POST /token=400,code={code},error=invalid_grant"));
            let run = world.run(&line);
            assert_eq!(run.status, 77, "{line}");
            assert!(
                run.stderr.ends_with(&format!("\nhint: {hint}\n")),
                "{}",
                run.stderr
            );
        }
    }
}

#[test]
fn a_permission_that_was_not_granted_is_named() {
    let world = with_files(Options {
        permissions: vec!["User.Read".to_owned()],
        ..Options::default()
    });
    let run = world.run(LOGIN);
    assert_eq!(run.status, 77);
    assert!(run.stderr.contains("AADSTS65001"), "{}", run.stderr);
    assert!(
        run.stderr.ends_with("hint: grant the permission: an administrator may have to consent (API permissions of the registration); \
             then: graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com\n"),
        "{}",
        run.stderr
    );
}
