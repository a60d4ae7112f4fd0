//! Authorization codes: what the endpoint wants to know, and what a code is good for.

use std::time::Duration;

use graphmail::sandbox::{Options, Sandbox};

use super::{form, get, start};
use crate::support::loopback::Response;

const PATH: &str = "/contoso.example/oauth2/v2.0/authorize";
const TOKEN: &str = "/contoso.example/oauth2/v2.0/token";

/// The example of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://localhost:50123";

/// Asks for a code, with these fields beside the usual ones or in their place; an empty one is left out.
fn ask(sandbox: &Sandbox, changes: &[(&str, &str)]) -> Response {
    let scope = format!("{}/Mail.Send offline_access", sandbox.graph_url());
    let mut fields = vec![
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("response_mode", "query"),
        ("scope", scope.as_str()),
        ("state", "S&S"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    get(sandbox, &format!("{PATH}?{query}"))
}

/// The fields with which the browser is sent back.
fn back(answer: &Response) -> Vec<(String, String)> {
    assert_eq!(answer.status, 302, "{answer:?}");
    let location = answer.header("location");
    let query = location.strip_prefix("http://localhost:50123/?");
    url::form_urlencoded::parse(query.expect(location).as_bytes())
        .into_owned()
        .collect()
}

fn code(sandbox: &Sandbox) -> String {
    let fields = back(&ask(sandbox, &[]));
    let [(name, code), (state, value)] = &fields[..] else {
        panic!("{fields:?}");
    };
    assert_eq!(
        (name.as_str(), state.as_str(), value.as_str()),
        ("code", "state", "S&S")
    );
    code.clone()
}

/// Redeems the code, with these fields in the place of the usual ones.
fn redeem(sandbox: &Sandbox, code: &str, changes: &[(&str, &str)]) -> Response {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    form(sandbox, TOKEN, &fields)
}

/// `error` and AADSTS number of a refusal by the token endpoint.
fn refusal(answer: &Response) -> (String, u64) {
    assert_eq!(answer.status, 400, "{answer:?}");
    let body = answer.json();
    (
        body["error"].as_str().expect("an error").to_owned(),
        body["error_codes"][0].as_u64().expect("a number"),
    )
}

#[test]
fn a_code_is_good_once_for_whoever_holds_the_verifier() {
    let (sandbox, _) = start(Options::default());
    let first = code(&sandbox);
    for (changes, error, number) in [
        (("code_verifier", CHALLENGE), "invalid_grant", 501_481),
        (("code_verifier", ""), "invalid_request", 900_144),
        (("client_id", "other"), "invalid_grant", 70_000),
        (
            ("redirect_uri", "http://localhost:50124"),
            "invalid_grant",
            500_112,
        ),
        (("redirect_uri", ""), "invalid_request", 900_144),
        (("code", "x"), "invalid_grant", 70_000),
    ] {
        let answer = redeem(&sandbox, &first, &[changes]);
        assert_eq!(refusal(&answer), (error.to_owned(), number), "{changes:?}");
    }
    let tokens = redeem(&sandbox, &first, &[]).json();
    assert_eq!(
        tokens["scope"],
        format!("{}/Mail.Send", sandbox.graph_url())
    );
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string());
    assert_eq!(
        refusal(&redeem(&sandbox, &first, &[])),
        ("invalid_grant".to_owned(), 54_005)
    );
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn a_code_lives_ten_minutes() {
    let (sandbox, clock) = start(Options::default());
    let early = code(&sandbox);
    let late = code(&sandbox);
    clock.advance(Duration::from_secs(599));
    assert_eq!(redeem(&sandbox, &early, &[]).status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        refusal(&redeem(&sandbox, &late, &[])),
        ("invalid_grant".to_owned(), 70_008)
    );
}

#[test]
fn what_is_wrong_with_the_question_goes_back_with_the_browser() {
    let (sandbox, _) = start(Options::default());
    let too_long = format!("{CHALLENGE}A");
    for (changes, error, number) in [
        (
            ("response_type", "token"),
            "unsupported_response_type",
            70_005,
        ),
        (("response_type", ""), "invalid_request", 900_144),
        (("response_mode", "form_post"), "invalid_request", 90_023),
        (("prompt", "nothing"), "invalid_request", 90_023),
        (
            ("code_challenge_method", "plain"),
            "invalid_request",
            50_149,
        ),
        (("code_challenge_method", ""), "invalid_request", 900_144),
        (("code_challenge", ""), "invalid_request", 900_144),
        (("code_challenge", "short"), "invalid_request", 501_491),
        (("code_challenge", &too_long), "invalid_request", 501_491),
        (("scope", ""), "invalid_request", 900_144),
        (("scope", "Mail.Send"), "invalid_scope", 70_011),
    ] {
        let fields = back(&ask(&sandbox, &[changes]));
        assert_eq!(fields[0], ("error".to_owned(), error.to_owned()));
        let description = &fields[1].1;
        assert!(
            description.starts_with(&format!("AADSTS{number}: ")),
            "{changes:?}: {description}"
        );
        assert_eq!(fields[2], ("state".to_owned(), "S&S".to_owned()));
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let (sandbox, _) = start(Options::default());
    for redirect in [
        "http://localhost",
        "http://localhost:0",
        "http://localhost:+1",
        "http://localhost:70000",
        "http://localhost:50123/",
        "http://localhost:50123/path",
        "http://127.0.0.1:50123",
        "http://[::1]:50123",
        "https://localhost:50123",
        "http://localhost.evil.example:50123",
        "http://localhost:50123@evil.example",
        "https://evil.example",
    ] {
        let answer = ask(&sandbox, &[("redirect_uri", redirect)]);
        assert_eq!(
            refusal(&answer),
            ("invalid_request".to_owned(), 50_011),
            "{redirect}"
        );
    }
    for missing in ["redirect_uri", "client_id"] {
        let answer = ask(&sandbox, &[(missing, "")]);
        assert_eq!(refusal(&answer), ("invalid_request".to_owned(), 900_144));
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn what_no_client_should_ask_is_complained_of() {
    let (sandbox, _) = start(Options::default());
    assert_eq!(back(&ask(&sandbox, &[("state", "")]))[0].0, "code");
    assert_eq!(back(&ask(&sandbox, &[("colour", "red")]))[0].0, "code");
    assert_eq!(form(&sandbox, PATH, &[("client_id", "app")]).status, 405);
    assert_eq!(
        sandbox.complaints(),
        [
            "/authorize: the state is missing".to_owned(),
            format!("{PATH}: the form has the field \"colour\""),
            format!("POST {PATH}: the route does not have this method"),
        ]
    );
}

#[test]
fn a_person_or_a_tenant_may_deny_it() {
    let (sandbox, _) = start(Options::default());
    for (fault, error, number) in [
        ("302", "access_denied", "AADSTS65004"),
        (
            "302,error=interaction_required,code=50076",
            "interaction_required",
            "AADSTS50076",
        ),
    ] {
        sandbox.add_fault(format!("GET /authorize={fault}").parse().expect("a fault"));
        let fields = back(&ask(&sandbox, &[]));
        assert_eq!(
            fields,
            [
                ("error", error),
                (
                    "error_description",
                    &format!("{number}: The sandbox was told to answer this.")
                ),
                ("state", "S&S"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
    sandbox.add_fault("GET /authorize=503".parse().expect("a fault"));
    assert_eq!(ask(&sandbox, &[]).status, 503);
    assert_eq!(sandbox.complaints(), [""; 0]);
}
