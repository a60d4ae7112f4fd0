//! Another issuer's token: out of a file, or from GitHub.

use graphmail::auth::client_credentials;
use graphmail::auth::federated::Job;
use graphmail::auth::{App, Credential, CredentialKind, Error};
use graphmail::exit::Class;
use graphmail::seams::Environment;
use graphmail::secret::Secret;
use serde_json::json;

use super::{app, token_reply};
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, answer, json as json_answer, link};

const TOKEN_FORM: &str = "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n\
    grant_type=client_credentials\n\
    scope=https://graph.microsoft.com/.default\n\
    client_id=CLIENT\n\
    client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer\n\
    client_assertion=";

fn job(url: &str) -> Job {
    Job::from_environment(&Environment::from_pairs([
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "PROOF"),
    ]))
}

fn obtain(
    transport: &Scripted,
    app: &App,
    credential: &Credential,
) -> Result<CredentialKind, Error> {
    let seams = Fixed::new();
    client_credentials::obtain(app, &link(transport, &seams), credential)
        .map(|record| record.origin)
}

#[test]
fn the_file_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let transport = Scripted::new([token_reply("A", &json!({})), token_reply("B", &json!({}))]);
    for token in ["one.two.three", "four.five.six"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        let origin = obtain(
            &transport,
            &app(),
            &Credential::FederatedTokenFile(file.clone()),
        );
        assert_eq!(origin.unwrap(), CredentialKind::Federated);
    }
    assert_eq!(
        transport.forms(),
        ["one.two.three", "four.five.six"].map(|token| format!("{TOKEN_FORM}{token}"))
    );
}

#[test]
fn a_file_without_a_token_is_refused_before_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let transport = Scripted::new([]);
    let refused = || {
        let error = obtain(
            &transport,
            &app(),
            &Credential::FederatedTokenFile(file.clone()),
        )
        .unwrap_err();
        assert_eq!(error.class(), Class::SignIn);
        error.to_string().replace(file.to_str().unwrap(), "FILE")
    };
    assert_eq!(
        refused(),
        "the federated token FILE cannot be read: No such file or directory (os error 2)"
    );
    for (contents, words) in [
        ("", "is empty"),
        (" \n", "is empty"),
        (
            "TOPSECRET two",
            "has a space, a line end or another character that no token has",
        ),
    ] {
        std::fs::write(&file, contents).unwrap();
        assert_eq!(refused(), format!("the federated token FILE {words}"));
    }
    std::fs::write(&file, "x".repeat(300_000)).unwrap();
    assert_eq!(refused(), "the federated token file FILE is too large");
}

#[test]
fn github_is_asked_for_a_token_of_the_job() {
    let transport = Scripted::new([
        json_answer(200, &json!({"count": 1, "value": "GITHUB.TOKEN.X"})),
        token_reply("ACCESS", &json!({})),
    ]);
    let job = job("https://run.example/idtoken/7?api-version=2.0");
    let origin = obtain(&transport, &app(), &Credential::GitHubActions(job));
    assert_eq!(origin.unwrap(), CredentialKind::GitHubActions);
    let requests = transport.requests();
    assert_eq!(
        requests[0].url.expose().as_str(),
        "https://run.example/idtoken/7?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"
    );
    assert_eq!(requests[0].bearer, Some(Secret::new("PROOF")));
    assert_eq!(
        requests[1].bearer, None,
        "the job's proof goes to GitHub alone"
    );
    assert_eq!(transport.forms()[1], format!("{TOKEN_FORM}GITHUB.TOKEN.X"));
}

#[test]
fn without_githubs_token_nothing_is_asked_of_entra() {
    for (status, body, words, class) in [
        (
            403,
            "{}",
            "run.example issued no token: HTTP status 403",
            Class::SignIn,
        ),
        (
            200,
            "{}",
            "run.example issued no token: HTTP status 200",
            Class::SignIn,
        ),
        (
            200,
            r#"{"value":""}"#,
            "run.example issued no token: HTTP status 200",
            Class::SignIn,
        ),
        (
            200,
            "<html>",
            "run.example issued no token: HTTP status 200",
            Class::SignIn,
        ),
    ] {
        let transport = Scripted::new([answer(status, &[], body)]);
        let job = job("https://run.example/");
        let error = obtain(&transport, &app(), &Credential::GitHubActions(job)).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.class()), (words, class));
    }
    let busy = (0..20).map(|_| answer(503, &[("retry-after", "20")], ""));
    let transport = Scripted::new(busy.take(4));
    let error = obtain(
        &transport,
        &app(),
        &Credential::GitHubActions(job("https://run.example/")),
    )
    .unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.class()),
        (
            "run.example is not available: HTTP status 503",
            Class::Later
        )
    );
}

#[test]
fn what_proves_the_job_never_leaves_over_plain_http() {
    let transport = Scripted::new([]);
    for url in ["http://run.example/", "ftp://localhost/", "run.example"] {
        let error = obtain(&transport, &app(), &Credential::GitHubActions(job(url))).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.class()),
            (
                "ACTIONS_ID_TOKEN_REQUEST_URL is not an https URL",
                Class::SignIn
            )
        );
        assert!(!format!("{:?}", job(url)).contains("PROOF"));
    }
    for (set, missing) in [
        (
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        ),
        (
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
        ),
    ] {
        let job = Job::from_environment(&Environment::from_pairs([(set, "https://run.example")]));
        let error = obtain(&transport, &app(), &Credential::GitHubActions(job)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("GitHub Actions issues no token to this process: {missing} is not set")
        );
    }
}
