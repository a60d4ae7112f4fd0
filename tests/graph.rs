//! Graph's operations against a scripted network: what is asked, and what each answer means.

mod draft;
mod faults;
mod route;
mod staged;

use std::time::Duration;

use bytes::Bytes;
use graphmail::auth::{App, ClientSecret, Credential, Tokens};
use graphmail::cloud::Cloud;
use graphmail::exit::Class;
use graphmail::graph::{Answer, Error, Graph, Receipt, Sender, submit};
use graphmail::http::{Cause, Failure, Reason, RequestOutcome};
use graphmail::secret::Secret;
use graphmail::submission::{Format, Submission};

use crate::support::expected;
use crate::support::seams::Fixed;
use crate::support::transport::{Answer as Step, Scripted, answer, link};

/// Sends a message by `credential` over `script`.
fn send(
    credential: Credential,
    sender: &Sender,
    format: Format,
    script: &Scripted,
) -> Result<Receipt, Error> {
    let clock = Fixed::new();
    let cloud = Cloud::national("global").expect("global");
    let link = link(script, &clock);
    let app = App {
        client_id: "11111111-2222-3333-4444-555555555555".to_owned(),
        tenant: "contoso.com".to_owned(),
        cloud: cloud.clone(),
    };
    let tokens = Tokens::new(app, credential, link, None);
    let mut graph = Graph {
        cloud: &cloud,
        link,
        tokens,
    };
    let submission = Submission::Direct {
        format,
        body: Bytes::from_static(b"the body"),
        message_id: None,
        recipients: vec!["a@example.org".to_owned()],
    };
    submit(&mut graph, sender, &submission, &mut (), &mut ())
}

fn token() -> Credential {
    Credential::AccessToken(Secret::new("eyJ0.a.b"))
}

fn refused(step: Step) -> Error {
    let script = Scripted::new(vec![step]);
    send(token(), &Sender::Me, Format::Json, &script).expect_err("a refusal")
}

/// An error body as Graph documents it.
fn body(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"Why."}}}}"#)
}

#[test]
fn one_request_is_made_of_sender_format_and_body() {
    let root = "https://graph.microsoft.com/v1.0";
    let user = || Sender::User("reports/x@contoso.com".to_owned());
    for (sender, format, url, content_type) in [
        (Sender::Me, Format::Json, "/me/sendMail", "application/json"),
        (
            user(),
            Format::Mime,
            "/users/reports%2Fx@contoso.com/sendMail",
            "text/plain",
        ),
    ] {
        let script = Scripted::new(vec![answer(202, &[("request-id", "r1")], "")]);
        let receipt = send(token(), &sender, format, &script).expect("accepted");
        let [request] = <[_; 1]>::try_from(script.requests()).expect("one request");
        assert_eq!(request.method.name(), "POST");
        assert_eq!(request.url.expose().as_str(), format!("{root}{url}"));
        assert_eq!(request.bearer, Some(Secret::new("eyJ0.a.b")));
        assert_eq!(request.body, "the body");
        assert_eq!(request.timeout, Duration::from_secs(30));
        assert_eq!(
            request.headers,
            [
                ("content-type", content_type.to_owned()),
                ("client-request-id", receipt.client_request_id.clone()),
            ]
        );
        assert_eq!(receipt.request_id.as_deref(), Some("r1"));
    }
}

#[test]
fn only_202_is_acceptance() {
    for status in [200, 201, 204] {
        let error = refused(answer(status, &[], ""));
        assert_eq!(
            (error.class(), error.request_outcome()),
            (Class::Unknown, RequestOutcome::Unknown),
            "{status}"
        );
    }
    let script = Scripted::new(vec![answer(202, &[("retry-after", "10")], "")]);
    let receipt = send(token(), &Sender::Me, Format::Json, &script).expect("accepted");
    assert_eq!(receipt.request_id, None);
}

#[test]
fn a_documented_error_is_read_whole() {
    let error = refused(answer(
        403,
        &[("request-id", "r-header")],
        r#"{"error": {
            "code": "ErrorSendAsDenied",
            "message": "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.\r\nDetails",
            "innerError": {"request-id": "r-body", "client-request-id": "c", "date": "2026-01-01T10:00:00"}
        }}"#,
    ));
    let text = "HTTP 403 ErrorSendAsDenied: The user account which was used to submit this request does not \
                have the right to send mail on behalf of the specified sending account.";
    assert_eq!(
        (error.to_string().as_str(), error.class()),
        (text, Class::SignIn)
    );
    assert_eq!(
        error.answer(),
        Some(&Answer {
            status: 403,
            code: Some("ErrorSendAsDenied".to_owned()),
            message: text.split_once(": ").map(|(_, message)| message.to_owned()),
            request_id: Some("r-header".to_owned()),
            client_request_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            claims_required: false,
            request_outcome: RequestOutcome::Refused,
        })
    );
    assert_eq!(
        error.client_request_id(),
        Some("00000000-0000-4000-8000-000000000000")
    );
}

#[test]
fn codes_are_read_as_deep_as_they_are_known() {
    let nested = |outer: &str, key: &str, inner: &str, innermost: &str| {
        format!(
            r#"{{"error":{{"code":"{outer}","{key}":{{"code":"{inner}","{key}":{{"code":"{innermost}","request-id":"r"}}}}}}}}"#
        )
    };
    for (body, code) in [
        (
            nested("BadRequest", "innerError", "ErrorInvalidRecipients", "x"),
            "ErrorInvalidRecipients",
        ),
        (
            nested(
                "Forbidden",
                "innererror",
                "ErrorAccessDenied",
                "ErrorSendAsDenied",
            ),
            "ErrorSendAsDenied",
        ),
        (
            nested("ErrorAccessDenied", "innerError", "x", "y"),
            "ErrorAccessDenied",
        ),
        (nested("x", "innererror", "y", "z"), "x"),
        (nested("", "innerError", "y", "z"), "y"),
    ] {
        let error = refused(answer(403, &[], &body));
        let answer = error.answer().expect("an answer");
        assert_eq!(
            (answer.code.as_deref(), answer.request_id.as_deref()),
            (Some(code), Some("r"))
        );
    }
}

#[test]
fn any_body_is_borne() {
    for body in [
        "",
        "<html><h1>Forbidden</h1></html>",
        "null",
        "[]",
        r#""error""#,
        r#"{"error":null}"#,
        r#"{"error":"invalid"}"#,
        r#"{"error":{"code":5,"message":["x"],"innerError":"x"}}"#,
        r#"{"error":{"code":" ","message":""}}"#,
        "{\"error\":{\"code\":\"Erro",
        "\u{feff}{}",
    ] {
        let error = refused(answer(403, &[], body));
        assert_eq!(
            (error.to_string().as_str(), error.class()),
            ("HTTP 403", Class::Refused),
            "{body:?}"
        );
    }
}

#[test]
fn a_message_is_fit_for_a_terminal() {
    let long = "é".repeat(400);
    for (message, shown) in [
        (
            "a\\u001b[31mb\\u0007",
            "HTTP 400: a\u{fffd}[31mb\u{fffd}".to_owned(),
        ),
        (long.as_str(), format!("HTTP 400: {}…", "é".repeat(300))),
    ] {
        let error = refused(answer(
            400,
            &[],
            &format!(r#"{{"error":{{"message":"{message}"}}}}"#),
        ));
        assert_eq!(error.to_string(), shown);
    }
}

/// Each code of which Microsoft or a user of Graph tells, under the statuses that it is met with.
#[test]
fn every_code_has_its_class() {
    let codes = include_str!("data/graph/codes.txt");
    let found = codes.lines().fold(String::new(), |found, line| {
        let [status, code, _] = <[_; 3]>::try_from(line.split_whitespace().collect::<Vec<_>>())
            .expect("status, code, class");
        let error = refused(answer(status.parse().expect("a status"), &[], &body(code)));
        let class = error.class();
        let request_outcome = match class {
            Class::Later => RequestOutcome::Later(None),
            Class::Unknown => RequestOutcome::Unknown,
            _ => RequestOutcome::Refused,
        };
        assert_eq!(error.request_outcome(), request_outcome, "{line}");
        format!("{found}{status} {code:42} {}\n", class.name())
    });
    expected::compare("graph/codes.txt", found);
}

#[test]
fn a_code_that_nobody_knows_leaves_it_to_the_status() {
    let classes: Vec<_> = (300..=599)
        .filter(|status| ![423, 425, 429, 509].contains(status))
        .map(|status| refused(answer(status, &[], &body("NobodyKnows"))).class())
        .collect();
    let runs: Vec<_> = classes
        .chunk_by(|one, next| one == next)
        .map(|run| (run.len(), run[0].name()))
        .collect();
    assert_eq!(
        runs,
        [
            (100, "config"),  // 300–399
            (1, "message"),   // 400
            (1, "sign-in"),   // 401
            (2, "refused"),   // 402, 403
            (1, "recipient"), // 404
            (2, "message"),   // 405, 406
            (1, "config"),    // 407
            (1, "unknown"),   // 408
            (1, "later"),     // 409
            (38, "message"),  // 410–450, but for the temporary ones
            (1, "refused"),   // 451
            (48, "message"),  // 452–499
            (1, "unknown"),   // 500
            (1, "config"),    // 501
            (3, "unknown"),   // 502–504
            (1, "config"),    // 505
            (1, "unknown"),   // 506
            (1, "later"),     // 507
            (91, "unknown"),  // 508–599, but for 509
        ]
    );
}

#[test]
fn throttling_past_patience_is_later_with_the_time() {
    let error = refused(answer(
        429,
        &[("retry-after", "3600")],
        &body("ApplicationThrottled"),
    ));
    let time = "2026-11-20T11:00:00Z".parse().expect("a time");
    assert_eq!(
        (error.class(), error.request_outcome()),
        (Class::Later, RequestOutcome::Later(Some(time)))
    );
}

#[test]
fn missing_claims_are_marked() {
    let challenge = r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#;
    for status in [401, 403] {
        let error = refused(answer(status, &[("www-authenticate", challenge)], ""));
        assert!(error.answer().expect("an answer").claims_required);
        assert_eq!(error.class(), Class::SignIn);
    }
}

#[test]
fn without_an_answer_the_network_decides() {
    let cause = || {
        Cause::new(
            Reason::TimedOut,
            "no answer from graph.microsoft.com within 30 s",
        )
    };
    for (failure, class, request_outcome) in [
        (
            Failure::Interrupted(cause()),
            Class::Unknown,
            RequestOutcome::Unknown,
        ),
        (
            Failure::NotConfigured(cause()),
            Class::Config,
            RequestOutcome::Refused,
        ),
    ] {
        let error = refused(Err(failure));
        assert_eq!(
            (error.class(), error.request_outcome()),
            (class, request_outcome)
        );
        assert_eq!(
            error.to_string(),
            "no answer from graph.microsoft.com within 30 s"
        );
        assert!(error.client_request_id().is_some() && error.answer().is_none());
    }
    // As many as fit into a minute.
    let script = Scripted::new(vec![Err(Failure::NotConnected(cause())); 8]);
    let error = send(token(), &Sender::Me, Format::Json, &script).expect_err("no connection");
    assert_eq!(
        (error.class(), error.request_outcome()),
        (Class::Later, RequestOutcome::Later(None))
    );
}

const TOKEN: &str = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"eyJ0.c.d"}"#;

fn secret() -> Credential {
    Credential::ClientSecret(ClientSecret::Given(Secret::new("hunter2")))
}

#[test]
fn without_a_token_nothing_is_asked_of_graph() {
    let json = [("content-type", "application/json")];
    let invalid = r#"{"error":"invalid_client","error_description":"AADSTS7000215: no","error_codes":[7000215]}"#;
    let script = Scripted::new(vec![answer(401, &json, invalid)]);
    let error = send(secret(), &Sender::Me, Format::Json, &script).expect_err("no token");
    assert!(matches!(error, Error::NoToken(_)));
    assert_eq!(
        (error.class(), error.request_outcome()),
        (Class::SignIn, RequestOutcome::Refused)
    );
    assert_eq!(
        (error.client_request_id(), script.requests().len()),
        (None, 1)
    );

    let script = Scripted::new(vec![answer(503, &[("retry-after", "3600")], "")]);
    let error = send(secret(), &Sender::Me, Format::Json, &script).expect_err("no token");
    let time = "2026-11-20T11:00:00Z".parse().expect("a time");
    assert_eq!(
        (error.class(), error.request_outcome()),
        (Class::Later, RequestOutcome::Later(Some(time)))
    );
}

#[test]
fn a_refused_token_that_cannot_be_renewed_is_explained_by_the_login_service() {
    let json = [("content-type", "application/json")];
    let script = Scripted::new(vec![
        answer(200, &json, TOKEN),
        answer(401, &[], &body("InvalidAuthenticationToken")),
        answer(503, &[("retry-after", "3600")], ""),
    ]);
    let error = send(secret(), &Sender::Me, Format::Json, &script).expect_err("no token");
    assert!(matches!(error, Error::NoToken(_)), "{error:?}");
    assert_eq!(error.class(), Class::Later);

    // A ready token is all there is.
    let error = refused(answer(401, &[], &body("InvalidAuthenticationToken")));
    assert_eq!(error.answer().map(|answer| answer.status), Some(401));
}
