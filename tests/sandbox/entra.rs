//! Device codes, tokens, and every refusal of theirs.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphmail::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use super::{form, outcome, rows, start};
use crate::support::loopback::{self, Response};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const TOKEN: &str = "/contoso.example/oauth2/v2.0/token";

/// Asks for a device code with these scopes, `{}` standing for Graph.
fn ask(sandbox: &Sandbox, scope: &str) -> Response {
    let scope = scope.replace("{}", &sandbox.graph_url());
    let fields = [("client_id", "app"), ("scope", scope.as_str())];
    form(sandbox, "/contoso.example/oauth2/v2.0/devicecode", &fields)
}

fn redeem(sandbox: &Sandbox, code: &str) -> Response {
    let fields = [
        ("grant_type", DEVICE_CODE),
        ("client_id", "app"),
        ("device_code", code),
    ];
    form(sandbox, TOKEN, &fields)
}

/// Signs in with these scopes.
fn sign_in(sandbox: &Sandbox, scope: &str) -> Value {
    let code = ask(sandbox, scope).json();
    let code = code["device_code"].as_str().expect("a code").to_owned();
    redeem(sandbox, &code).json()
}

fn refresh(sandbox: &Sandbox, token: &Value) -> Response {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", token.as_str().expect("a token")),
    ];
    form(sandbox, TOKEN, &fields)
}

/// The status, `error` and AADSTS number.
fn refusal(response: &Response) -> (u16, String, u64) {
    let body = response.json();
    (
        response.status,
        body["error"].as_str().expect("an error").to_owned(),
        body["error_codes"][0].as_u64().expect("a number"),
    )
}

fn me(sandbox: &Sandbox, token: &Value) -> Response {
    let bearer = format!("Bearer {}", token.as_str().expect("a token"));
    let headers = [("Authorization", bearer.as_str())];
    loopback::request(&sandbox.graph_url(), "GET", "/v1.0/me", &headers, b"").expect("an answer")
}

#[test]
fn a_device_code_is_pending_as_often_as_told_and_then_gives_tokens() {
    let (sandbox, _) = start(Options {
        polls_before_approval: 2,
        device_interval: 3,
        mailboxes: vec!["ada@example.org".to_owned()],
        ..Options::default()
    });
    let graph = sandbox.graph_url();
    let asked = ask(
        &sandbox,
        "{}/Mail.Send {}/User.Read offline_access openid profile",
    );
    let code = asked.json()["device_code"]
        .as_str()
        .expect("a code")
        .to_owned();
    assert_eq!(
        asked.json(),
        json!({
            "device_code": code,
            "user_code": "BQUFBQUFB",
            "verification_uri": format!("{graph}/devicelogin"),
            "expires_in": 900,
            "interval": 3,
            "message": format!("To sign in, use a web browser to open the page {graph}/devicelogin and enter the code BQUFBQUFB to authenticate."),
        })
    );
    let pending = (400, "authorization_pending".to_owned(), 70016);
    assert_eq!(refusal(&redeem(&sandbox, &code)), pending);
    assert_eq!(refusal(&redeem(&sandbox, &code)), pending);
    let mut tokens = redeem(&sandbox, &code).json();
    let access = tokens["access_token"].take();
    let refresh = tokens["refresh_token"].take();
    let id_token = tokens["id_token"].take();
    assert_eq!(
        tokens,
        json!({
            "token_type": "Bearer",
            "scope": format!("{graph}/Mail.Send {graph}/User.Read profile openid"),
            "expires_in": 3600,
            "access_token": null,
            "refresh_token": null,
            "id_token": null,
        })
    );
    assert_ne!(access, refresh);
    assert_eq!(me(&sandbox, &access).json()["mail"], "ada@example.org");
    let claims = id_token.as_str().expect("a token").split('.').nth(1);
    let claims = URL_SAFE_NO_PAD
        .decode(claims.expect("claims"))
        .expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["preferred_username"], "ada@example.org");
    assert_eq!(claims["name"], "ada");
    assert_eq!(claims["aud"], "app");
    assert!(claims["tid"].is_string() && claims["oid"].is_string());
    // A code is good once.
    assert_eq!(
        refusal(&redeem(&sandbox, &code)),
        (400, "bad_verification_code".to_owned(), 70018)
    );
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn only_what_was_asked_for_is_given() {
    let (sandbox, _) = start(Options {
        permissions: vec!["Mail.Send".to_owned()],
        ..Options::default()
    });
    let tokens = sign_in(&sandbox, "{}/Mail.Send {}/User.Read");
    assert_eq!(
        tokens["scope"],
        format!("{}/Mail.Send", sandbox.graph_url())
    );
    assert_eq!(tokens.get("refresh_token"), None);
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(
        outcome(&me(&sandbox, &tokens["access_token"])),
        (403, "ErrorAccessDenied".to_owned())
    );
    let code = ask(&sandbox, "{}/User.Read").json();
    assert_eq!(
        refusal(&redeem(
            &sandbox,
            code["device_code"].as_str().expect("a code")
        )),
        (400, "invalid_grant".to_owned(), 65001)
    );
}

#[test]
fn a_device_code_expires() {
    let (sandbox, clock) = start(Options::default());
    let code = ask(&sandbox, "{}/Mail.Send").json();
    clock.advance(Duration::from_secs(900));
    assert_eq!(
        refusal(&redeem(
            &sandbox,
            code["device_code"].as_str().expect("a code")
        )),
        (400, "expired_token".to_owned(), 70019)
    );
}

#[test]
fn each_refresh_gives_a_new_token_and_leaves_the_old_one_good() {
    let (sandbox, clock) = start(Options {
        access_token_lifetime: Duration::from_secs(60),
        ..Options::default()
    });
    let first = sign_in(&sandbox, "{}/Mail.Send {}/User.Read offline_access");
    clock.advance(Duration::from_secs(60));
    assert_eq!(
        outcome(&me(&sandbox, &first["access_token"])),
        (401, "InvalidAuthenticationToken".to_owned())
    );
    let second = refresh(&sandbox, &first["refresh_token"]).json();
    assert_eq!(second["expires_in"], 60);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(me(&sandbox, &second["access_token"]).status, 200);
    assert_eq!(refresh(&sandbox, &first["refresh_token"]).status, 200);
    sandbox.expire_access_tokens();
    assert_eq!(me(&sandbox, &second["access_token"]).status, 401);
    assert_eq!(me(&sandbox, &json!(sandbox.ready_token())).status, 401);
    sandbox.revoke_refresh_tokens();
    assert_eq!(
        refusal(&refresh(&sandbox, &second["refresh_token"])),
        (400, "invalid_grant".to_owned(), 50173)
    );
}

#[test]
fn an_application_signs_in_with_its_secret() {
    let (sandbox, _) = start(Options {
        client_secret: Some("s3cret~.+".to_owned()),
        ..Options::default()
    });
    let scope = format!("{}/.default", sandbox.graph_url());
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_secret", "s3cret~.+"),
        ("scope", scope.as_str()),
    ];
    let mut tokens = form(&sandbox, TOKEN, &fields).json();
    let access = tokens["access_token"].take();
    assert_eq!(
        tokens,
        json!({"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": null})
    );
    assert_eq!(
        outcome(&me(&sandbox, &access)),
        (400, "BadRequest".to_owned())
    );
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn every_refusal_has_its_error_and_number() {
    let (sandbox, _) = start(Options {
        client_secret: Some("right".to_owned()),
        ..Options::default()
    });
    let url = sandbox.login_url();
    for line in rows(include_str!("../data/sandbox/refused-forms.txt")) {
        let cells: Vec<&str> = line.split_ascii_whitespace().collect();
        let [status, error, number, tenant, endpoint, body] = cells[..] else {
            panic!("{line}");
        };
        let body = body.replace('$', &url).replace("DEVICE", DEVICE_CODE);
        let fields: Vec<(&str, &str)> = body
            .split('&')
            .filter_map(|field| field.split_once('='))
            .collect();
        let path = format!("/{tenant}/oauth2/v2.0/{endpoint}");
        let found = refusal(&form(&sandbox, &path, &fields));
        let (status, number) = (status.parse(), number.parse());
        let wanted = (
            status.expect("a status"),
            error.to_owned(),
            number.expect("a number"),
        );
        assert_eq!(found, wanted, "{line}");
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn an_error_is_shaped_as_entra_shapes_it() {
    let (sandbox, _) = start(Options::default());
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("client-request-id", "11111111-2222-3333-4444-555555555555"),
    ];
    let body = b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=app&device_code=x";
    let answer = loopback::request(&sandbox.login_url(), "POST", TOKEN, &headers, body);
    let answer = answer.expect("an answer");
    let trace = answer.header("x-ms-request-id");
    let url = sandbox.login_url();
    assert_eq!(
        answer.json(),
        json!({
            "error": "bad_verification_code",
            "error_description": format!("AADSTS70018: Invalid verification code. The device code is not one of this client's. Trace ID: {trace} Correlation ID: 11111111-2222-3333-4444-555555555555 Timestamp: 2026-01-31 09:00:00Z"),
            "error_codes": [70018],
            "timestamp": "2026-01-31 09:00:00Z",
            "trace_id": trace,
            "correlation_id": "11111111-2222-3333-4444-555555555555",
            "error_uri": format!("{url}/error?code=70018"),
        })
    );
    assert_eq!(answer.header("cache-control"), "no-store, no-cache");
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(answer.header("date"), "Sat, 31 Jan 2026 09:00:00 GMT");
}

#[test]
fn a_form_that_is_none_is_complained_of() {
    const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
    let table: [(&[_], _, _); 7] = [
        (
            &[("Content-Type", "application/json")],
            "{}",
            "the content type is not application/x-www-form-urlencoded",
        ),
        (
            &[FORM],
            "client_id=a&scope=a b",
            "the form has bytes that are to be percent-encoded",
        ),
        (
            &[FORM],
            "client_id=a&scope=%2",
            "the form has a broken percent-encoding",
        ),
        (&[FORM], "client_id", "the form has a field without a value"),
        (
            &[FORM],
            "client_id=a&client_id=b",
            "the form has a field twice",
        ),
        (
            &[FORM],
            "client_id=a&colour=b",
            "the form has the field \"colour\"",
        ),
        (
            &[FORM, ("Authorization", "Basic x")],
            "client_id=a",
            "Authorization is not for Entra",
        ),
    ];
    for (headers, body, complaint) in table {
        let (sandbox, _) = start(Options::default());
        let path = "/common/oauth2/v2.0/devicecode";
        let answer =
            loopback::request(&sandbox.login_url(), "POST", path, headers, body.as_bytes());
        assert_eq!(answer.expect("an answer").status, 400, "{body}");
        let complaints = sandbox.complaints();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].ends_with(complaint), "{complaints:?}");
    }
}

#[test]
fn what_everybody_may_see_takes_no_token() {
    let (sandbox, _) = start(Options::default());
    let root = sandbox.graph_url();
    let ask = |path, headers: &[_]| loopback::request(&root, "GET", path, headers, b"").unwrap();
    let discovery = "/contoso.example/v2.0/.well-known/openid-configuration";
    assert_eq!(
        ask(discovery, &[]).json(),
        json!({
            "token_endpoint": format!("{root}{TOKEN}"),
            "issuer": format!("{root}/contoso.example/v2.0"),
            "device_authorization_endpoint": format!("{root}/contoso.example/oauth2/v2.0/devicecode"),
        })
    );
    let service = ask("/v1.0", &[]);
    assert_eq!(service.status, 200);
    assert!(!service.header("request-id").is_empty() && !service.header("date").is_empty());
    assert_eq!(sandbox.complaints(), [""; 0]);
    ask(discovery, &[("Authorization", "Bearer x")]);
    assert_eq!(
        sandbox.complaints(),
        [format!("GET {discovery}: Authorization is not for Entra")]
    );
}
