//! The device code flow, poll by poll.

use graphmail::auth::device_code::{Prompt, sign_in};
use graphmail::auth::store::{Access, Record};
use graphmail::auth::{CredentialKind, Error};
use graphmail::exit::Class;
use graphmail::http::Failure;
use graphmail::secret::Secret;
use serde_json::{Value, json};

use super::{app, at, id_token, refusal, token_reply, words};
use crate::support::seams::Fixed;
use crate::support::transport::{Answer, Scripted, answer, json as json_answer, link};

/// What a sign-in came to, and how.
struct Run {
    outcome: Result<Record, Error>,
    prompts: Vec<Prompt>,
    forms: Vec<String>,
    sleeps: Vec<f64>,
}

fn run(answers: impl IntoIterator<Item = Answer>) -> Run {
    let transport = Scripted::new(answers);
    let seams = Fixed::new();
    let mut prompts = Vec::new();
    let outcome = sign_in(
        &app(),
        &link(&transport, &seams),
        &["Mail.Send"],
        &mut |prompt| prompts.push(prompt.clone()),
    );
    Run {
        outcome,
        prompts,
        forms: transport.forms(),
        sleeps: seams.sleeps(),
    }
}

/// The device endpoint's reply, then these answers to the polls.
fn poll(answers: impl IntoIterator<Item = Answer>) -> Run {
    run([device_reply(&json!({}))].into_iter().chain(answers))
}

fn device_reply(others: &Value) -> Answer {
    let mut reply = json!({
        "user_code": "FJK3-9QT",
        "device_code": "DEVICE~.+",
        "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900,
        "interval": 5,
        "message": "To sign in, open https://microsoft.com/devicelogin and enter FJK3-9QT.",
    });
    super::merge(&mut reply, others);
    json_answer(200, &reply)
}

fn pending() -> Answer {
    refusal("authorization_pending", 70016)
}

fn granted() -> Answer {
    token_reply(
        "ACCESS",
        &json!({
            "scope": "https://graph.microsoft.com/Mail.Send openid profile email",
            "refresh_token": "REFRESH",
            "id_token": id_token("jane@contoso.com"),
        }),
    )
}

#[test]
fn a_person_signs_in() {
    let run = poll([pending(), pending(), granted()]);
    assert_eq!(
        run.outcome.unwrap(),
        Record {
            username: Some("jane@contoso.com".to_owned()),
            scopes: words("https://graph.microsoft.com/Mail.Send openid profile email"),
            access: Some(Access {
                token: Secret::new("ACCESS"),
                // From the poll's beginning: 3 × 5 seconds, and an hour.
                expires_at: at("11:00:15"),
            }),
            refresh_token: Some(Secret::new("REFRESH")),
            renewed_at: Some(at("10:00:15")),
            ..Record::new(&app(), CredentialKind::DeviceCode)
        }
    );
    assert_eq!(
        run.prompts,
        [Prompt {
            verification_uri: "https://microsoft.com/devicelogin".to_owned(),
            user_code: "FJK3-9QT".to_owned(),
            message: Some(
                "To sign in, open https://microsoft.com/devicelogin and enter FJK3-9QT.".to_owned()
            ),
            expires_at: at("10:15:00"),
        }]
    );
    let token = "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n\
        grant_type=urn:ietf:params:oauth:grant-type:device_code\n\
        device_code=DEVICE~.+\n\
        client_id=CLIENT";
    assert_eq!(
        run.forms,
        [
            "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/devicecode\n\
            scope=https://graph.microsoft.com/Mail.Send offline_access openid profile\n\
            client_id=CLIENT",
            token,
            token,
            token,
        ]
    );
    assert_eq!(run.sleeps, [5.0, 5.0, 5.0], "the first poll waits too");
}

#[test]
fn the_request_is_a_form_without_a_bearer() {
    let transport = Scripted::new([device_reply(&json!({})), granted()]);
    let seams = Fixed::new();
    sign_in(
        &app(),
        &link(&transport, &seams),
        &["Mail.Send"],
        &mut |_| {},
    )
    .unwrap();
    let requests = transport.requests();
    for request in &requests {
        assert_eq!(
            request.headers[0],
            ("accept", "application/json".to_owned())
        );
        let form = "application/x-www-form-urlencoded".to_owned();
        assert_eq!(request.headers[1], ("content-type", form));
        assert_eq!(request.bearer, None);
    }
    let body = String::from_utf8(requests[1].body.to_vec()).unwrap();
    assert!(body.contains("&device_code=DEVICE%7E.%2B&"), "{body}");
}

#[test]
fn a_page_and_a_code_are_shown_as_they_came() {
    let strange = json!({
        "verification_uri": "HTTPS://Microsoft.com:443/devicelogin",
        "user_code": "a b",
        "message": null,
    });
    let run = run([device_reply(&strange), granted()]);
    assert_eq!(
        run.prompts[0].verification_uri,
        "HTTPS://Microsoft.com:443/devicelogin"
    );
    assert_eq!(run.prompts[0].user_code, "a b");
    assert_eq!(run.prompts[0].message, None);
}

#[test]
fn slow_down_adds_five_seconds_for_good() {
    let run = poll([
        refusal("slow_down", 0),
        pending(),
        refusal("slow_down", 0),
        granted(),
    ]);
    assert!(run.outcome.is_ok());
    assert_eq!(run.sleeps, [5.0, 10.0, 10.0, 15.0]);
}

#[test]
fn the_services_own_interval_is_kept() {
    let answers = [device_reply(&json!({ "interval": 90 })), pending()];
    let silent = [answer(503, &[], "busy"), granted()];
    let run = run(answers.into_iter().chain(silent));
    assert!(run.outcome.is_ok());
    assert_eq!(run.sleeps, [90.0, 90.0, 90.0], "silence never shortens it");
}

#[test]
fn an_interval_that_is_none_is_the_usual_one() {
    for interval in [json!(0), Value::Null] {
        let answers = [device_reply(&json!({ "interval": interval })), pending()];
        let run = run(answers
            .into_iter()
            .chain([refusal("slow_down", 70016), granted()]));
        assert!(run.outcome.is_ok(), "{:?}", run.outcome);
        assert_eq!(
            run.sleeps,
            [5.0, 5.0, 10.0],
            "RFC 8628 sections 3.2 and 3.5"
        );
    }
}

#[test]
fn absurd_times_overflow_nothing() {
    let most = json!(u64::MAX);
    let run = run([
        device_reply(&json!({ "interval": most, "expires_in": most })),
        granted(),
    ]);
    assert!(run.outcome.is_ok(), "{:?}", run.outcome);
    assert_eq!(run.sleeps, [86_400.0], "no longer than any code works");
}

#[test]
fn hiccups_are_survived_with_longer_waits() {
    let run = poll([
        Err(Failure::NotConnected("no route".into())),
        Err(Failure::Interrupted("timed out".into())),
        answer(502, &[], "<html>"),
        refusal("temporarily_unavailable", 90033),
        pending(),
        granted(),
    ]);
    assert!(run.outcome.is_ok(), "{:?}", run.outcome);
    assert_eq!(run.sleeps, [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]);
}

#[test]
fn retry_after_is_obeyed_once() {
    let run = poll([
        answer(429, &[("retry-after", "120")], ""),
        pending(),
        granted(),
    ]);
    assert!(run.outcome.is_ok());
    assert_eq!(run.sleeps, [5.0, 120.0, 10.0]);
}

#[test]
fn a_retry_after_past_the_codes_end_is_the_end() {
    let run = poll([answer(429, &[("retry-after", "3600")], "")]);
    let error = run.outcome.unwrap_err();
    assert_eq!(error.class(), Class::Later);
    assert_eq!(
        error.to_string(),
        "login.microsoftonline.com is not available: HTTP status 429"
    );
    assert_eq!(run.sleeps, [5.0]);
}

#[test]
fn silence_ends_the_sign_in() {
    let silent = || Err(Failure::NotConnected("no route".into()));
    let run = poll((0..10).map(|_| silent()));
    let error = run.outcome.unwrap_err();
    assert_eq!(error.class(), Class::Later);
    assert_eq!(error.to_string(), "no route");
}

#[test]
fn an_answer_ends_the_silence() {
    let silence = || (0..9).map(|_| answer(500, &[], ""));
    let hour = device_reply(&json!({ "expires_in": 3600 }));
    let answers = [hour].into_iter().chain(silence());
    let run = run(answers
        .chain([pending()])
        .chain(silence())
        .chain([granted()]));
    assert!(run.outcome.is_ok(), "{:?}", run.outcome);
}

#[test]
fn what_never_changes_ends_the_sign_in_at_once() {
    let fault = || Err(Failure::NotConfigured("certificate not trusted".into()));
    let message = "certificate not trusted";
    for run in [run([fault()]), poll([fault()])] {
        let error = run.outcome.unwrap_err();
        assert_eq!(error.class(), Class::Config);
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_refusal_ends_the_sign_in_as_what_it_is() {
    let end = |error, code| {
        let error = poll([pending(), refusal(error, code)]).outcome.unwrap_err();
        (error.class(), error.to_string())
    };
    let refused = |line: &str| format!("login.microsoftonline.com refused: {line}");
    let declined = "the sign-in was declined in the browser".to_owned();
    let expired = "the sign-in was not finished before its code expired".to_owned();
    let table = [
        ("authorization_declined", 70001, declined.clone()),
        ("access_denied", 70001, declined),
        ("expired_token", 70019, expired),
        (
            "bad_verification_code",
            70018,
            refused("AADSTS70018: Said no."),
        ),
        (
            "invalid_client",
            7000218,
            refused("AADSTS7000218: Said no."),
        ),
        ("invalid_grant", 53003, refused("AADSTS53003: Said no.")),
    ];
    for (error, code, message) in table {
        assert_eq!(end(error, code), (Class::SignIn, message), "{error}");
    }
}

#[test]
fn entras_own_data_is_kept() {
    let run = run([refusal("invalid_client", 700016)]);
    let Err(Error::Refused { refusal, .. }) = run.outcome else {
        panic!("{:?}", run.outcome);
    };
    assert_eq!(refusal.codes, [700016]);
    assert_eq!(refusal.correlation_id.as_deref(), Some("C"));
    assert_eq!(refusal.trace_id.as_deref(), Some("T"));
    assert!(run.prompts.is_empty());
}

#[test]
fn a_code_that_nobody_uses_expires() {
    let run = poll((0..180).map(|_| pending()));
    assert!(
        matches!(run.outcome, Err(Error::CodeExpired)),
        "{:?}",
        run.outcome
    );
    assert_eq!(run.sleeps, [5.0; 181]);
}

#[test]
fn another_server_is_not_believed() {
    let page = || {
        answer(
            200,
            &[("content-type", "text/html")],
            "<html>Wi-Fi TOPSECRET</html>",
        )
    };
    let portal = || answer(302, &[("location", "http://wifi.example/")], "");
    let shown = |run: Run| {
        let error = run.outcome.unwrap_err();
        (error.class(), error.to_string())
    };
    let message = |status| {
        let host = "login.microsoftonline.com";
        format!(
            "{host} is not a login authority, or a proxy answered for it (HTTP status {status})"
        )
    };
    for run in [run([page()]), poll([page()])] {
        assert_eq!(shown(run), (Class::Config, message(200)));
    }
    for run in [run([portal()]), poll([portal()])] {
        assert_eq!(shown(run), (Class::Config, message(302)));
    }
}
