//! The tokens of managed identities: the agent of Azure Arc, and answers of every shape.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use graphmail::auth::managed_identity::{Challenge, Failure, Host, Id, Unsupported};
use graphmail::auth::{App, Credential, Error, ManagedIdentity, Tokens};
use graphmail::cloud::Cloud;
use graphmail::exit::Class;
use graphmail::graph::{Graph, Sender, submit};
use graphmail::http::client::Client;
use graphmail::http::{self, Cause, Reason, WaitBudget};
use graphmail::sandbox::{Options, Sandbox};
use graphmail::seams::Environment;
use graphmail::secret::Secret;
use graphmail::submission::{Format, Submission};
use serde_json::json;

use super::app;
use crate::support::seams::Fixed;
use crate::support::transport::{self, Answer, Scripted, answer, link};

const ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";

fn arc(endpoint: &str, keys: &Path) -> ManagedIdentity {
    ManagedIdentity {
        id: None,
        host: Host::Arc {
            endpoint: endpoint.to_owned(),
            keys: keys.to_owned(),
        },
    }
}

fn machine() -> ManagedIdentity {
    ManagedIdentity {
        id: None,
        host: Host::Imds {
            root: "http://169.254.169.254".to_owned(),
        },
    }
}

fn ask(identity: ManagedIdentity, script: &Scripted) -> Result<Secret, Error> {
    let clock = Fixed::new();
    let credential = Credential::ManagedIdentity(identity);
    Tokens::new(app(), credential, link(script, &clock), None).bearer()
}

fn challenge(path: &Path) -> Answer {
    let realm = format!("Basic realm={}", path.display());
    answer(401, &[("www-authenticate", &realm)], "")
}

#[test]
fn an_arc_server_sends_a_message() {
    let keys = tempfile::tempdir().unwrap();
    let options = Options {
        arc_keys: Some(keys.path().to_owned()),
        ..Options::default()
    };
    let clock = Arc::new(Fixed::new());
    let sandbox = Sandbox::start(options, Arc::<Fixed>::clone(&clock) as _).unwrap();
    let root = sandbox.graph_url();
    let cloud = Cloud::new("sandbox", &root, &root).unwrap();
    let client = Client::new(&Environment::default());
    let identity = arc(
        &format!("{root}/himds/metadata/identity/oauth2/token"),
        keys.path(),
    );
    let app = App {
        client_id: String::new(),
        tenant: String::new(),
        cloud: cloud.clone(),
    };
    let link = link(&client, &*clock);
    let mut graph = Graph {
        cloud: &cloud,
        link,
        tokens: Tokens::new(app, Credential::ManagedIdentity(identity), link, None),
    };
    let message =
        json!({"message": {"toRecipients": [{"emailAddress": {"address": "a@example.org"}}]}});
    let submission = Submission::Direct {
        format: Format::Json,
        body: Bytes::from(message.to_string()),
        message_id: None,
        recipients: vec!["a@example.org".to_owned()],
    };
    let sender = Sender::User("reports@contoso.com".to_owned());
    submit(&mut graph, &sender, &submission, &mut (), &mut ()).expect("accepted");
    submit(&mut graph, &sender, &submission, &mut (), &mut ())
        .expect("accepted, by the same token");
    let statuses: Vec<_> = sandbox
        .exchanges()
        .iter()
        .map(|exchange| exchange.status)
        .collect();
    assert_eq!(statuses, [Some(401), Some(200), Some(202), Some(202)]);
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn a_challenge_is_met_with_what_its_file_holds() {
    let keys = tempfile::tempdir().unwrap();
    let path = keys.path().join("1.key");
    std::fs::write(&path, "QUJD\n").unwrap();
    let token = transport::json(200, &json!({"access_token": "TOKEN", "expires_in": "3600"}));
    let script = Scripted::new([challenge(&path), token]);
    assert_eq!(
        ask(arc(ENDPOINT, keys.path()), &script).unwrap(),
        Secret::new("TOKEN")
    );
    let [first, second] = <[_; 2]>::try_from(script.requests()).unwrap();
    assert_eq!(
        first.url.expose().as_str(),
        format!("{ENDPOINT}?api-version=2020-06-01&resource=https%3A%2F%2Fgraph.microsoft.com")
    );
    assert_eq!(
        (first.url.expose(), first.url.key()),
        (second.url.expose(), None)
    );
    assert_eq!(
        second.url.key(),
        Some(&("authorization", Secret::new("Basic QUJD")))
    );
    for request in [&first, &second] {
        assert!(request.headers.contains(&("metadata", "true".to_owned())));
        assert_eq!(request.bearer, None);
    }
    assert!(!format!("{second:?}").contains("QUJD"));
}

#[test]
#[cfg(unix)]
fn a_key_elsewhere_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("tokens");
    std::fs::create_dir_all(keys.join("deep/er.key")).unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let outside = put("outside.key", b"KEY");
    let link = keys.join("link.key");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    let elsewhere = [
        outside,
        link,
        put("tokens/key.txt", b"KEY"),
        put("tokens/key", b"KEY"),
        put("tokens/deep/x.key", b"KEY"),
        keys.join("../outside.key"),
        keys.join("deep/er.key"),
        "tokens/a.key".into(),
        "/etc/passwd".into(),
    ];
    for path in elsewhere {
        let script = Scripted::new([challenge(&path)]);
        let error = ask(arc(ENDPOINT, &keys), &script).unwrap_err();
        assert_eq!(
            (error.to_string(), error.class()),
            (
                format!(
                    "the Azure Arc agent's challenge: {} is not a key in {}",
                    path.display(),
                    keys.display()
                ),
                Class::SignIn
            )
        );
    }
    for path in [
        put("tokens/large.key", &[b'A'; 4097]),
        put("tokens/empty.key", b"\n"),
        put("tokens/bytes.key", b"\xff\xfe"),
        put("tokens/lines.key", b"A\r\nX-Evil: 1"),
    ] {
        let script = Scripted::new([challenge(&path)]);
        let error = ask(arc(ENDPOINT, &keys), &script).unwrap_err();
        let Error::ManagedIdentity(Failure::Challenge(Challenge::NotKey(named))) = &error else {
            panic!("{}: {error}", path.display());
        };
        assert_eq!((named, error.class()), (&path, Class::SignIn));
    }
    let whole = put("tokens/whole.key", &[b'A'; 4096]);
    let token = transport::json(200, &json!({"access_token": "TOKEN"}));
    let script = Scripted::new([challenge(&whole), token]);
    assert!(ask(arc(ENDPOINT, &keys), &script).is_ok());
}

#[test]
fn a_challenge_without_a_file_is_none() {
    let keys = tempfile::tempdir().unwrap();
    for field in [
        "",
        "Basic",
        "Basic realm=",
        "Bearer realm=/x.key",
        "Basic path=/x.key",
    ] {
        let script = Scripted::new([answer(401, &[("www-authenticate", field)], "")]);
        let error = ask(arc(ENDPOINT, keys.path()), &script).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the Azure Arc agent's challenge: it names no key file",
            "{field}"
        );
    }
    let path = keys.path().join("absent.key");
    let script = Scripted::new([challenge(&path)]);
    let error = ask(arc(ENDPOINT, keys.path()), &script).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the Azure Arc agent's challenge: {} cannot be read: No such file or directory (os error 2)",
            path.display()
        )
    );
}

#[test]
fn arc_has_one_identity_and_its_key_stays_on_the_host() {
    let nothing = Scripted::new([]);
    let mut named = arc(ENDPOINT, Path::new("/var/opt/azcmagent/tokens"));
    named.id = Some(Id::Client("x".to_owned()));
    let error = ask(named, &nothing).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.class()),
        (
            "an Azure Arc server has only a system-assigned identity, but another one is configured",
            Class::Config
        )
    );
    for endpoint in [
        "http://169.254.169.254/",
        "http://example.org/",
        "https://localhost/",
    ] {
        let error = ask(arc(endpoint, Path::new("/x")), &nothing).unwrap_err();
        assert!(
            matches!(
                error,
                Error::ManagedIdentity(Failure::Variable("IDENTITY_ENDPOINT"))
            ),
            "{endpoint}"
        );
    }
}

#[test]
fn a_token_that_has_ended_is_refused() {
    let past = "2026-11-20T10:00:00Z".parse::<jiff::Timestamp>().unwrap();
    for fields in [
        json!({"expires_on": past.as_second()}),
        json!({"expires_in": 0}),
        json!({"expires_in": "-1"}),
    ] {
        let mut body = json!({"access_token": "TOKEN"});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let script = Scripted::new([answer(200, &[], &body.to_string())]);
        let error = ask(machine(), &script).unwrap_err();
        assert_eq!(error.class(), Class::SignIn);
        let words = "the token from the instance metadata service expired at ";
        assert!(error.to_string().starts_with(words), "{error}");
    }
}

#[test]
fn a_token_is_asked_for_again_when_its_end_is_near() {
    // At ten o'clock; five minutes before its end a token counts as ended.
    let near = "2026-11-20T10:04:59Z";
    let far = "2026-11-20T10:05:01Z";
    let epoch = |time: &str| time.parse::<jiff::Timestamp>().unwrap().as_second();
    for (fields, asked_again) in [
        (json!({"expires_on": epoch(near).to_string()}), true),
        (json!({"expires_on": epoch(far).to_string()}), false),
        (json!({"expires_on": epoch(far)}), false),
        (json!({"expires_on": "11/20/2026 10:04:59 +00:00"}), true),
        (
            json!({"expires_on": "11/20/2026 11:00:00 AM +00:00", "expires_in": "1"}),
            false,
        ),
        (json!({"expires_in": "299"}), true),
        (json!({"expires_in": 301}), false),
        (json!({"expires_on": "?", "expires_in": ""}), false),
        (json!({}), false),
    ] {
        let mut body = json!({"access_token": "TOKEN", "token_type": "Bearer"});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let count = if asked_again { 2 } else { 1 };
        let script = Scripted::new((0..count).map(|_| transport::json(200, &body)));
        let clock = Fixed::new();
        let credential = Credential::ManagedIdentity(machine());
        let mut tokens = Tokens::new(app(), credential, link(&script, &clock), None);
        for _ in 0..2 {
            assert_eq!(tokens.bearer().unwrap(), Secret::new("TOKEN"), "{fields}");
        }
        assert_eq!(script.requests().len(), count, "{fields}");
    }
}

#[test]
fn each_platform_puts_its_refusal_elsewhere() {
    for (body, words) in [
        (
            r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
            "Identity not found",
        ),
        (r#"{"error":"invalid_request"}"#, "invalid_request"),
        (
            r#"{"statusCode":400,"message":"No MSI found."}"#,
            "No MSI found.",
        ),
        (
            r#"{"error":{"code":"X","message":"Not\u001b[0m\there"}}"#,
            "Not [0m here",
        ),
        (
            r#"{"error":"e","error_description":"AADSTS70021: No.\r\nTrace ID: 1"}"#,
            "AADSTS70021: No.",
        ),
        ("<html>", "HTTP status 400"),
        ("", "HTTP status 400"),
    ] {
        let script = Scripted::new([answer(400, &[], body)]);
        let error = ask(machine(), &script).unwrap_err();
        assert_eq!(
            (error.to_string(), error.class()),
            (
                format!("the instance metadata service refused: {words}"),
                Class::SignIn
            )
        );
    }
    for body in [
        "<html>",
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":"TOP SECRET"}"#,
    ] {
        let script = Scripted::new([answer(200, &[], body)]);
        let error = ask(machine(), &script).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.class()),
            (
                "the answer of the instance metadata service (HTTP status 200) is not a token",
                Class::Config
            ),
            "{body}"
        );
    }
}

#[test]
fn an_endpoint_that_never_answers_costs_the_patience_and_no_more() {
    let late = || {
        let text = "169.254.169.254: no answer in time".to_owned();
        let reason = Reason::TimedOut;
        Err(http::Failure::Interrupted(Cause { reason, text }))
    };
    let clock = Fixed::new();
    let credential = Credential::ManagedIdentity(machine());
    // Ten seconds each, and the pause between them, are enough.
    let script = Scripted::new([late(), late()]);
    let error = Tokens::new(app(), credential.clone(), link(&script, &clock), None)
        .bearer()
        .unwrap_err();
    assert_eq!(error.class(), Class::Later);
    let limits: Vec<_> = script.requests().iter().map(|sent| sent.timeout).collect();
    assert_eq!(limits, [Duration::from_secs(10); 2]);
    // Who wants to wait less, or not at all, does.
    let script = Scripted::new([late()]);
    let mut link = link(&script, &clock);
    let waits = WaitBudget::new(Duration::ZERO);
    link.waits = &waits;
    link.timeout = Duration::from_secs(2);
    assert!(Tokens::new(app(), credential, link, None).bearer().is_err());
    assert_eq!(script.requests()[0].timeout, Duration::from_secs(2));
}

#[test]
fn the_variables_of_the_platform_tell_the_host() {
    let host = |variables: &[(&str, &str)]| {
        Host::detect(&Environment::from_pairs(variables.iter().copied()))
    };
    let endpoint = ("IDENTITY_ENDPOINT", "http://localhost:1/msi/token");
    let header = ("IDENTITY_HEADER", "H");
    let app_service = Host::AppService {
        endpoint: endpoint.1.to_owned(),
        header: Secret::new("H"),
    };
    let arc = Host::Arc {
        endpoint: endpoint.1.to_owned(),
        keys: "/var/opt/azcmagent/tokens".into(),
    };
    let imds = |root: &str| Host::Imds {
        root: root.to_owned(),
    };
    let thumbprint = ("IDENTITY_SERVER_THUMBPRINT", "T");
    let msi = ("MSI_ENDPOINT", "http://localhost:2/");
    let table = [
        (vec![], imds("http://169.254.169.254")),
        (vec![header, thumbprint], imds("http://169.254.169.254")),
        (vec![endpoint], Host::NoHeader),
        (
            vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:2579")],
            imds("http://127.0.0.1:2579"),
        ),
        (vec![endpoint, header, msi], app_service),
        (
            vec![endpoint, header, thumbprint],
            Host::Unsupported(Unsupported::ServiceFabric),
        ),
        (vec![msi], Host::Unsupported(Unsupported::CloudShell)),
        (
            vec![msi, ("MSI_SECRET", "S"), endpoint],
            Host::Unsupported(Unsupported::MachineLearning),
        ),
        (vec![endpoint, ("IMDS_ENDPOINT", "http://localhost:1")], arc),
    ];
    for (variables, expected) in table {
        assert_eq!(host(&variables), expected, "{variables:?}");
    }
}

#[test]
fn an_identity_is_named_in_three_ways() {
    const UUID: &str = "11111111-2222-3333-4444-555555555555";
    let resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
    let object = format!("object:{UUID}");
    for (text, expected) in [
        (UUID, Id::Client(UUID.to_owned())),
        (&object, Id::Object(UUID.to_owned())),
        (resource, Id::Resource(resource.to_owned())),
    ] {
        assert_eq!(Id::parse(text), Ok(expected));
    }
    for text in [
        "",
        "reports",
        "object:x",
        "client:",
        "/etc/passwd",
        "/subscriptions/a b",
    ] {
        assert!(Id::parse(text).is_err(), "{text}");
    }
}
