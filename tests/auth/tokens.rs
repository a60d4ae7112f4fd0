//! A person's sign-in: cached, else refreshed.

use std::time::Duration;

use graphmail::auth::store::{self, Memory, Record, Store as _};
use graphmail::auth::{Credential, CredentialKind, Error, Reason, Tokens, Warning};
use graphmail::cloud::Cloud;
use graphmail::exit::Class;
use graphmail::http::{Challenge, Failure, Renew as _};
use graphmail::secret::Secret;
use serde_json::{Value, json};

use super::run::{Fragile, REFRESH, Run, refreshed};
use super::{app, at, id_token, refusal, signed_in, token_reply, words};
use crate::support::transport::{Answer, answer, link};

#[test]
fn a_fresh_stored_token_makes_no_request_and_is_looked_up_once() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    for _ in 0..3 {
        assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-1"));
    }
    assert_eq!(store.calls(), ["load"]);
    assert_eq!(
        run.folder.path().read_dir().unwrap().count(),
        0,
        "no lock is made"
    );
}

#[test]
fn an_expiring_token_is_refreshed_and_both_new_ones_are_kept() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:05:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(run.transport.forms(), [REFRESH]);
    assert_eq!(store.held(), signed_in("ACCESS-2", "11:00:00", "REFRESH-2"));
    assert!(tokens.take_warnings().is_empty());

    let next = Run::new([]);
    let mut tokens = next.tokens(Credential::DeviceCode, &store);
    assert_eq!(
        tokens.bearer().unwrap(),
        Secret::new("ACCESS-2"),
        "the next run asks nobody"
    );
}

#[test]
fn what_a_reply_leaves_out_stays() {
    let changed = json!({ "id_token": id_token("doe@contoso.com") });
    let run = Run::new([token_reply("ACCESS-2", &changed)]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    run.tokens(Credential::DeviceCode, &store).bearer().unwrap();
    assert_eq!(
        store.held(),
        Record {
            username: Some("doe@contoso.com".to_owned()),
            scopes: words("https://graph.microsoft.com/Mail.Send offline_access openid profile"),
            // Of the refresh token that stays.
            renewed_at: Some(at("09:00:00")),
            ..signed_in("ACCESS-2", "11:00:00", "REFRESH-1")
        }
    );
}

#[test]
fn a_name_is_stored_without_hidden_characters() {
    let name = "d\u{9b}oe\u{202e}@contoso\u{2028}.com\u{1b}";
    let changed = json!({ "id_token": id_token(name) });
    let run = Run::new([token_reply("ACCESS-2", &changed)]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    run.tokens(Credential::DeviceCode, &store).bearer().unwrap();
    let stored = "d\u{fffd}oe\u{fffd}@contoso .com\u{fffd}";
    assert_eq!(store.held().username.as_deref(), Some(stored));
}

#[test]
fn a_long_run_refreshes_when_its_token_ends() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-1"));
    run.seams.advance(Duration::from_secs(55 * 60));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
}

#[test]
fn a_refused_token_is_replaced_though_it_is_fresh() {
    let run = Run::new([
        refreshed("ACCESS-2", "REFRESH-2"),
        refusal("invalid_grant", 700082),
    ]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    tokens.bearer().unwrap();
    assert!(tokens.renewable());
    assert_eq!(tokens.renew(None), Some(Secret::new("ACCESS-2")));
    assert!(tokens.take_error().is_none());
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.renew(None), None);
    let error = tokens.take_error().unwrap();
    assert_eq!(
        error.to_string(),
        "login.microsoftonline.com refused: AADSTS700082: Said no."
    );
}

#[test]
fn a_token_that_another_process_stored_is_taken_in_place_of_a_refused_one() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    tokens.bearer().unwrap();
    let others = signed_in("ACCESS-2", "11:30:00", "REFRESH-2");
    store.memory.save("reports", &others).unwrap();
    assert_eq!(tokens.renew(None), Some(Secret::new("ACCESS-2")));
}

#[test]
fn a_failed_refresh_leaves_the_sign_in_as_it_was() {
    let down = || answer(503, &[("retry-after", "3600")], "");
    let table: [(Vec<Answer>, Class); 5] = [
        (vec![down()], Class::Later),
        (
            vec![refusal("temporarily_unavailable", 90033)],
            Class::Later,
        ),
        (vec![refusal("invalid_grant", 50173)], Class::SignIn),
        (
            vec![Err(Failure::NotConfigured("proxy".into()))],
            Class::Config,
        ),
        (vec![answer(200, &[], "<html>")], Class::Config),
    ];
    for (answers, class) in table {
        let run = Run::new(answers);
        let before = signed_in("ACCESS-1", "10:00:00", "REFRESH-1");
        let store = Fragile::holding(&before);
        let error = run
            .tokens(Credential::DeviceCode, &store)
            .bearer()
            .unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert_eq!(store.held(), before, "{error}");
        assert!(!store.calls().contains(&"save") && !store.calls().contains(&"delete"));
    }
}

#[test]
fn an_unreachable_service_says_when_to_come_back() {
    let run = Run::new([answer(503, &[("retry-after", "3600")], "")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { until: Some(until), .. } if until == at("11:00:00"))
    );
}

#[test]
fn a_failed_save_costs_a_warning_and_not_the_token() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1")).breaking("save");
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    let warnings: Vec<_> = tokens
        .take_warnings()
        .iter()
        .map(Warning::to_string)
        .collect();
    assert_eq!(
        warnings,
        ["the new tokens could not be stored: the keyring did not answer within 3 seconds"]
    );
    assert!(tokens.take_warnings().is_empty());
    assert_eq!(store.held(), signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
}

#[test]
fn a_store_that_does_not_answer_is_an_error_of_its_own() {
    let run = Run::new([]);
    let store = Fragile::default().breaking("load");
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert!(matches!(error, Error::Store(store::Error::TimedOut { .. })));
    assert_eq!(error.class(), Class::SignIn);
}

#[test]
fn a_record_of_others_counts_as_none_and_is_left_alone() {
    let with = |change: fn(&mut Record)| {
        let mut record = signed_in("ACCESS-1", "11:00:00", "REFRESH-1");
        change(&mut record);
        record
    };
    let text = |reason: &str| format!("account \"reports\" is not signed in: {reason}");
    let table = [
        (
            with(|record| record.authority = "https://login.example".to_owned()),
            "the stored sign-in is for login authority https://login.example, not https://login.microsoftonline.com",
        ),
        (
            with(|record| record.graph = Cloud::national("china").unwrap().graph().to_owned()),
            "the stored sign-in is for Graph https://microsoftgraph.chinacloudapi.cn, not https://graph.microsoft.com",
        ),
        (
            with(|record| record.tenant = "fabrikam.com".to_owned()),
            "the stored sign-in is for tenant fabrikam.com, not contoso.com",
        ),
        (
            with(|record| record.client_id = "OTHER".to_owned()),
            "the stored sign-in is for client id OTHER, not CLIENT",
        ),
        (
            with(|record| record.origin = CredentialKind::ClientSecret),
            "the stored sign-in is of another kind",
        ),
        (
            with(|record| (record.access, record.refresh_token) = (None, None)),
            "the stored sign-in has no refresh token",
        ),
    ];
    for (record, reason) in table {
        let run = Run::new([]);
        let store = Fragile::holding(&record);
        let error = run
            .tokens(Credential::DeviceCode, &store)
            .bearer()
            .unwrap_err();
        assert_eq!(
            (error.class(), error.to_string()),
            (Class::SignIn, text(reason))
        );
        assert_eq!(store.held(), record);
    }
}

#[test]
fn nothing_stored_and_nothing_to_store_in_are_told_apart() {
    let run = Run::new([]);
    let store = Memory::default();
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert!(matches!(
        error,
        Error::NotSignedIn {
            reason: Reason::NoRecord,
            ..
        }
    ));
    let mut storeless = Tokens::new(
        app(),
        Credential::DeviceCode,
        link(&run.transport, &run.seams),
        None,
    );
    assert!(matches!(storeless.bearer(), Err(Error::NoStore)));
}

#[test]
fn a_missing_lifetime_is_none() {
    let run = Run::new([
        token_reply("ACCESS-2", &json!({ "expires_in": Value::Null })),
        token_reply("ACCESS-3", &json!({})),
    ]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-3"));
}

/// Graph's demand of claims.
fn challenge() -> Challenge {
    let field = "Bearer error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";
    let response = answer(401, &[("www-authenticate", field)], "").unwrap();
    Challenge::from_response(&response).unwrap()
}

#[test]
fn claims_are_asked_for_whatever_another_process_has_stored() {
    let run = Run::new([
        refreshed("ACCESS-2", "REFRESH-2"),
        refreshed("ACCESS-3", "REFRESH-3"),
    ]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-0"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-1"));
    let others = signed_in("ACCESS-9", "11:00:00", "REFRESH-1");
    store.memory.save("reports", &others).unwrap();
    let renewed = tokens.renew(Some(&challenge()));
    assert_eq!(renewed, Some(Secret::new("ACCESS-2")));
    assert_eq!(store.held(), signed_in("ACCESS-2", "11:00:00", "REFRESH-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    // The claims were for that request alone.
    tokens.renew(None).unwrap();
    let forms = run.transport.forms();
    assert_eq!(
        forms[0],
        format!("{REFRESH}\nclaims={{\"access_token\":{{}}}}")
    );
    assert_eq!(forms[1], REFRESH.replace("REFRESH-1", "REFRESH-2"));
}
