//! The claims that a service demands of the next token.

use graphmail::http::{Challenge, Response};

/// Base64 of `{"access_token":{}}`.
const CLAIMS: &str = "eyJhY2Nlc3NfdG9rZW4iOnt9fQ==";

fn of(fields: &[&str]) -> Option<String> {
    let response = Response {
        status: 401,
        headers: fields
            .iter()
            .map(|field| ("www-authenticate".to_owned(), (*field).to_owned()))
            .collect(),
        body: bytes::Bytes::new(),
    };
    Challenge::from_response(&response).map(|challenge| challenge.claims().to_owned())
}

#[test]
fn claims_are_found_among_other_offers() {
    let graph = format!(
        r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="{CLAIMS}""#
    );
    let fields: [&[&str]; 8] = [
        &[&graph],
        &["Basic realm=\"x\"", &graph],
        &["garbage \"", &graph],
        &[&format!("Negotiate YWJj==, {graph}")],
        &[&format!("Negotiate , {graph}, Basic realm=\"a, b\"")],
        &[&format!(
            "bearer ERROR=insufficient_claims,,Claims = \"{CLAIMS}\""
        )],
        &[&format!(
            r#"Bearer error_description="she said \"no\", twice", error="insufficient_claims", claims="{}""#,
            CLAIMS.trim_end_matches('=')
        )],
        &[&format!(
            "Bearer error=\"insufficient_claims\" , claims=\"{CLAIMS}\" "
        )],
    ];
    for fields in fields {
        let found = of(fields);
        assert_eq!(
            found.as_deref(),
            Some(r#"{"access_token":{}}"#),
            "{fields:?}"
        );
    }
    // Both alphabets: the claims hold ÿ and ¿.
    for encoded in ["eyJhIjoiw7_Dv8K_In0=", "eyJhIjoiw7/Dv8K/In0="] {
        let field = format!("Bearer error=\"insufficient_claims\", claims=\"{encoded}\"");
        assert_eq!(of(&[&field]).as_deref(), Some("{\"a\":\"ÿÿ¿\"}"));
    }
}

#[test]
fn what_is_no_claims_challenge_is_none() {
    for field in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer realm=\"\", error=\"invalid_token\"".to_owned(),
        "Bearer error=\"insufficient_claims\"".to_owned(),
        format!("Bearer error=\"invalid_token\", claims=\"{CLAIMS}\""),
        format!("Basic error=\"insufficient_claims\", claims=\"{CLAIMS}\""),
        format!("error=\"insufficient_claims\", claims=\"{CLAIMS}\""),
        format!("Bearer error=\"insufficient_claims\" claims=\"{CLAIMS}\""),
        format!("Bearer error=\"insufficient_claims\", claims=\"{CLAIMS}"),
        format!("Bearer error=\"insufficient_claims\", claims=\"{CLAIMS}\\"),
        format!("Bearer error=\"insufficient_claims\", claims={CLAIMS}"),
        "Bearer error=\"insufficient_claims\", claims=\"not base64!\"".to_owned(),
        // A string, an array, and bytes that are no text.
        "Bearer error=\"insufficient_claims\", claims=\"ImEi\"".to_owned(),
        "Bearer error=\"insufficient_claims\", claims=\"W10=\"".to_owned(),
        "Bearer error=\"insufficient_claims\", claims=\"//79\"".to_owned(),
        format!(
            "Bearer error=\"insufficient_claims\", claims=\"{}\"",
            "A".repeat(9000)
        ),
    ] {
        assert_eq!(of(&[&field]), None, "{field}");
    }
}
