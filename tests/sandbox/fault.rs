//! Faults, each as a client meets it.

use std::io::{ErrorKind, Read as _};
use std::time::Duration;

use graphmail::sandbox::{Options, Sandbox};
use serde_json::json;

use super::{form, hello, outcome, send, start};
use crate::support::loopback;
use crate::support::process::until;

fn with(fault: &str) -> Sandbox {
    let faults = vec![fault.parse().unwrap_or_else(|error| panic!("{error}"))];
    start(Options {
        faults,
        ..Options::default()
    })
    .0
}

/// What a raw `sendMail` meets: the kind of failure.
fn failure(sandbox: &Sandbox) -> ErrorKind {
    let bearer = format!("Bearer {}", sandbox.ready_token());
    let body = json!({"message": hello()}).to_string();
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let answer = loopback::request(
        &sandbox.graph_url(),
        "POST",
        "/v1.0/me/sendMail",
        &headers,
        body.as_bytes(),
    );
    answer.expect_err("no answer").kind()
}

#[test]
fn a_status_is_answered_once_with_the_usual_code() {
    for (fault, status, code, accepted) in [
        ("400", 400, "BadRequest", 0),
        ("401", 401, "InvalidAuthenticationToken", 0),
        ("403", 403, "ErrorAccessDenied", 0),
        ("404", 404, "ResourceNotFound", 0),
        ("429", 429, "ApplicationThrottled", 0),
        ("500", 500, "ErrorInternalServerError", 0),
        ("502", 502, "UnknownError", 0),
        ("503", 503, "ErrorServerBusy", 0),
        ("504,process=yes", 504, "UnknownError", 1),
        (
            "403,code=ErrorMessageSubmissionBlocked",
            403,
            "ErrorMessageSubmissionBlocked",
            0,
        ),
        ("500,body=garbage", 500, "", 0),
        ("502,body=empty", 502, "", 0),
        ("202,process=yes", 202, "", 1),
        ("200", 200, "", 0),
        ("garbage", 200, "", 0),
        ("garbage,process=yes", 200, "", 1),
    ] {
        let sandbox = with(&format!("POST /me/sendMail={fault}"));
        let answer = send(&sandbox, &hello());
        assert_eq!(outcome(&answer), (status, code.to_owned()), "{fault}");
        assert_eq!(sandbox.accepted().len(), accepted, "{fault}");
        assert!(!answer.header("request-id").is_empty(), "{fault}");
        assert_eq!(send(&sandbox, &hello()).status, 202, "{fault}");
        assert_eq!(sandbox.complaints(), [""; 0], "{fault}");
        let statuses: Vec<_> = sandbox.exchanges().iter().map(|it| it.status).collect();
        assert_eq!(statuses, [Some(status), Some(202)], "{fault}");
    }
}

#[test]
fn a_status_may_name_a_pause_and_a_redirect_leads_astray() {
    let sandbox = with("POST /me/sendMail=429,retry-after=2");
    assert_eq!(send(&sandbox, &hello()).header("retry-after"), "2");
    let sandbox = with("POST /me/sendMail=307");
    let answer = send(&sandbox, &hello());
    assert_eq!((answer.status, answer.header("location")), (307, "/moved"));
}

#[test]
fn entra_s_faults_are_entra_s_errors() {
    for (fault, status, error, number) in [
        ("400", 400, "invalid_grant", 70000),
        (
            "400,error=authorization_declined",
            400,
            "authorization_declined",
            65004,
        ),
        ("400,error=slow_down", 400, "slow_down", 90023),
        (
            "400,error=invalid_grant,code=700082",
            400,
            "invalid_grant",
            700082,
        ),
        ("401", 401, "invalid_client", 7000215),
        ("503,retry-after=9", 503, "temporarily_unavailable", 90033),
    ] {
        let sandbox = with(&format!("POST /token={fault}"));
        let fields = [("grant_type", "refresh_token"), ("client_id", "app")];
        let answer = form(&sandbox, "/common/oauth2/v2.0/token", &fields);
        let body = answer.json();
        assert_eq!(answer.status, status, "{fault}");
        assert_eq!(body["error"], error, "{fault}");
        assert_eq!(body["error_codes"], json!([number]), "{fault}");
    }
}

#[test]
fn a_reset_is_a_reset_before_or_after_the_message_is_taken() {
    for (fault, accepted) in [("reset-before", 0), ("reset-after", 1)] {
        let sandbox = with(&format!("POST /me/sendMail={fault}"));
        assert_eq!(failure(&sandbox), ErrorKind::ConnectionReset, "{fault}");
        assert_eq!(sandbox.accepted().len(), accepted, "{fault}");
        assert_eq!(sandbox.exchanges()[0].status, None, "{fault}");
        assert_eq!(send(&sandbox, &hello()).status, 202, "{fault}");
    }
}

#[test]
fn a_stall_never_answers() {
    for (fault, accepted) in [("stall-before", 0), ("stall-after", 1)] {
        let sandbox = with(&format!("POST /me/sendMail={fault}"));
        let bearer = format!("Bearer {}", sandbox.ready_token());
        let body = json!({"message": hello()}).to_string();
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
        ];
        let mut stream = loopback::send(
            &sandbox.graph_url(),
            "POST",
            "/v1.0/me/sendMail",
            &headers,
            body.as_bytes(),
        )
        .expect("a connection");
        until("a request", || !sandbox.exchanges().is_empty());
        // The message after it is answered, and still nothing came of the stalled one.
        assert_eq!(send(&sandbox, &hello()).status, 202, "{fault}");
        stream
            .set_read_timeout(Some(Duration::from_millis(1)))
            .expect("a time-out");
        let silence = stream.read(&mut [0]).expect_err("no answer").kind();
        assert!(
            matches!(silence, ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "{fault}"
        );
        assert_eq!(sandbox.accepted().len(), accepted + 1, "{fault}");
    }
}

#[test]
fn a_fault_that_never_happens_is_complained_of() {
    let sandbox = with("POST /me/sendMail=503,times=3,after=1");
    sandbox.add_fault("GET /me=401".parse().expect("a fault"));
    let statuses: Vec<_> = (0..3).map(|_| send(&sandbox, &hello()).status).collect();
    assert_eq!(statuses, [202, 503, 503]);
    assert_eq!(
        sandbox.complaints(),
        [
            "the fault 'POST /me/sendMail=503,times=3,after=1' happened 2 of 3 times",
            "the fault 'GET /me=401' happened 0 of 1 times",
        ]
    );
}

#[test]
fn a_mailbox_s_route_has_its_own_faults() {
    let sandbox = with("POST /users/*/sendMail=500");
    assert_eq!(send(&sandbox, &hello()).status, 202);
    let body = json!({"message": hello()}).to_string();
    let path = "/v1.0/users/b@example.org/sendMail";
    let answer = super::post(&sandbox, path, "application/json", body.as_bytes());
    assert_eq!(answer.status, 500);
}
