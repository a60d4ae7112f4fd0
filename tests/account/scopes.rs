//! Which rights a login asks for, and that a refresh asks for the same.

use std::time::Duration;

use graphmail::sandbox::Options;

use super::{LOGIN, SEND, with_files};
use crate::support::host::World;

/// Graph's permissions among the scopes of the last form that asked for any.
fn asked(world: &World) -> Vec<String> {
    let exchanges = world.sandbox().exchanges();
    let scopes = exchanges.iter().rev().find_map(|exchange| {
        url::form_urlencoded::parse(&exchange.body)
            .find(|(name, _)| name == "scope")
            .map(|(_, scopes)| world.hide(&scopes))
    });
    let scopes = scopes.expect("a form with scopes");
    scopes
        .split(' ')
        .filter_map(|scope| scope.strip_prefix("SANDBOX/"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_login_asks_for_no_more_than_sending_takes() {
    let send = "Mail.Send";
    let shared = "Mail.Send.Shared";
    for (flags, wanted) in [
        ("", &[send][..]),
        ("--mailbox reports@contoso.com", &[send, shared]),
        ("--scopes send", &[send]),
        ("--scopes send+shared", &[send, shared]),
        ("--scopes send+lookup", &[send, "Mail.ReadBasic"]),
        (
            "--scopes send+lookup+shared",
            &[send, shared, "Mail.ReadBasic", "Mail.ReadBasic.Shared"],
        ),
        ("--scopes send --mailbox reports@contoso.com", &[send]),
    ] {
        let world = with_files(Options::default());
        let run = world.run(&format!("{LOGIN} {flags}"));
        assert_eq!(run.status, 0, "{flags}: {run:?}");
        assert_eq!(asked(&world), wanted, "{flags}");
        // What a refresh gives is what a send then has.
        world.clock.advance(Duration::from_secs(3600));
        let out_of_another = world.run(&format!("{SEND} --mailbox other@contoso.com"));
        assert_eq!(asked(&world), wanted, "{flags}");
        let allowed = if wanted.contains(&shared) { 0 } else { 77 };
        assert_eq!(out_of_another.status, allowed, "{flags}");
        // A new login of the account keeps what it was given.
        assert_eq!(world.run(LOGIN).status, 0);
        assert!(
            wanted
                .iter()
                .all(|right| asked(&world).iter().any(|asked| asked == right))
        );
    }
    let world = World::alone();
    assert_eq!(
        world.run(&format!("{LOGIN} --scopes everything")).status,
        64
    );
}

#[test]
fn a_plan_names_the_rights_that_it_takes() {
    let world = World::alone();
    world.configure(
        "[accounts.a]\nauth = \"device-code\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\ntenant = \"t.example\"\nusername = \"me@contoso.com\"\n",
    );
    for (flags, wanted) in [
        ("", "Mail.Send"),
        ("--from me@contoso.com", "Mail.Send"),
        ("--mailbox me@contoso.com", "Mail.Send"),
        (
            "--mailbox Me@Contoso.com --from ME@contoso.com",
            "Mail.Send",
        ),
        (
            "--mailbox 48d31887-5fad-4d73-a9f5-3c356e68a038",
            "Mail.Send",
        ),
        ("--from other@contoso.com", "Mail.Send.Shared"),
        ("--mailbox other@contoso.com", "Mail.Send.Shared"),
    ] {
        let object = world
            .run(&format!("{SEND} --dry-run --json {flags}"))
            .json();
        assert_eq!(
            object["permissions"],
            serde_json::json!([wanted]),
            "{flags}"
        );
    }
}
