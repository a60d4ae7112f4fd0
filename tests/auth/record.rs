//! What is stored of a sign-in, and whom it serves.

use graphmail::auth::store::{Access, Error, File, Kind, Record, Store as _, check_name};
use graphmail::auth::{App, CredentialKind};
use graphmail::cloud::Cloud;
use graphmail::secret::Secret;

fn app() -> App {
    App {
        client_id: "0000-aa".to_owned(),
        ..super::app()
    }
}

fn record() -> Record {
    Record {
        username: Some("jane@contoso.com".to_owned()),
        scopes: vec!["https://graph.microsoft.com/Mail.Send".to_owned()],
        access: Some(Access {
            token: Secret::new("ACCESS"),
            expires_at: "2026-11-20T10:00:00Z".parse().expect("a time"),
        }),
        refresh_token: Some(Secret::new("REFRESH")),
        ..Record::new(&app(), CredentialKind::DeviceCode)
    }
}

#[test]
fn a_record_is_written_and_read_whole() {
    let home = tempfile::tempdir().unwrap();
    let store = File::new(home.path());
    store.save("a", &record()).unwrap();
    assert_eq!(
        std::fs::read_to_string(store.path("a").unwrap()).unwrap(),
        r#"{
  "version": 1,
  "origin": "device-code",
  "authority": "https://login.microsoftonline.com",
  "graph": "https://graph.microsoft.com",
  "tenant": "contoso.com",
  "client_id": "0000-aa",
  "username": "jane@contoso.com",
  "scopes": [
    "https://graph.microsoft.com/Mail.Send"
  ],
  "access": {
    "token": "ACCESS",
    "expires_at": "2026-11-20T10:00:00Z"
  },
  "refresh_token": "REFRESH"
}"#
    );
    assert_eq!(store.load("a").unwrap(), Some(record()));
}

#[test]
fn an_unreadable_record_is_named_without_its_content() {
    let cases = [
        (
            r#"{"version":1,"origin":"TOPSECRET"}"#,
            "not a record at line 1, column 33",
        ),
        ("TOPSECRET", "not a record at line 1, column 1"),
        (
            r#"{"version":2,"vault":"TOPSECRET"}"#,
            "it has version 2, not 1",
        ),
    ];
    let home = tempfile::tempdir().unwrap();
    let store = File::new(home.path());
    store.save("a", &record()).unwrap();
    let path = store.path("a").unwrap();
    for (json, expected) in cases {
        std::fs::write(&path, json).unwrap();
        match store.load("a") {
            Err(Error::Unreadable { place, reason }) => {
                assert_eq!(
                    (place, reason.as_str()),
                    (path.display().to_string(), expected)
                );
            }
            other => panic!("{json}: {other:?}"),
        }
    }
}

#[test]
fn a_record_serves_its_own_app_alone() {
    let record = record();
    let upper = App {
        tenant: "CONTOSO.com".to_owned(),
        client_id: "0000-AA".to_owned(),
        ..app()
    };
    assert_eq!(record.mismatch(&upper), None);
    let other = |change: fn(&mut App)| {
        let mut app = app();
        change(&mut app);
        record.mismatch(&app).map(|mismatch| mismatch.what)
    };
    let cloud = |graph, login| Cloud::new("x", graph, login).expect("a cloud");
    assert_eq!(other(|app| app.tenant.push('x')), Some("tenant"));
    assert_eq!(other(|app| app.client_id.push('x')), Some("client id"));
    let mut evil = app();
    evil.cloud = cloud("https://graph.microsoft.com", "https://evil.example");
    assert_eq!(
        record.mismatch(&evil).map(|m| m.to_string()).as_deref(),
        Some(
            "the stored sign-in is for login authority https://login.microsoftonline.com, not https://evil.example"
        )
    );
    evil.cloud = cloud("https://evil.example", "https://login.microsoftonline.com");
    assert_eq!(record.mismatch(&evil).map(|m| m.what), Some("Graph"));
}

#[test]
fn an_access_token_ends_five_minutes_early() {
    let record = record();
    let usable = |now: &str, refused: Option<&str>| {
        record
            .usable(
                now.parse().expect("a time"),
                refused.map(Secret::new).as_ref(),
            )
            .is_some()
    };
    assert!(usable("2026-11-20T09:54:59Z", None));
    assert!(!usable("2026-11-20T09:55:00Z", None));
    assert!(!usable("2026-11-20T10:00:01Z", None));
    assert!(!usable("2026-11-20T09:00:00Z", Some("ACCESS")));
    assert!(usable("2026-11-20T09:00:00Z", Some("OTHER")));
}

#[test]
fn a_kind_is_found_by_its_name() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.name()), Some(kind));
    }
    assert_eq!(Kind::parse("Keyring"), None);
}

#[test]
fn an_account_cannot_leave_the_folder() {
    for name in [
        "reports",
        "a",
        "j.doe+ops@contoso.com",
        "A_b-9",
        &"x".repeat(100),
    ] {
        assert!(check_name(name).is_ok(), "{name}");
    }
    for name in [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "a b",
        "a\n",
        ".x",
        "a\0",
        "ä",
        "c:",
        &"x".repeat(101),
    ] {
        assert!(check_name(name).is_err(), "{name:?}");
    }
}
