//! The endpoints of managed identities, and what they refuse.

use graphmail::sandbox::{Options, Sandbox};

use super::start;
use crate::support::loopback::{self, Response};

const IMDS: &str = "/metadata/identity/oauth2/token";
const ARC: &str = "/himds/metadata/identity/oauth2/token";

/// Asks `path` for a token, `{}` in the query standing for Graph.
fn ask(sandbox: &Sandbox, path: &str, query: &str, headers: &[(&str, &str)]) -> Response {
    let root = sandbox.graph_url();
    let path = format!("{path}?{}", query.replace("{}", &root));
    loopback::request(&root, "GET", &path, headers, b"").unwrap()
}

#[test]
fn the_metadata_service_wants_its_header_version_and_resource() {
    let marked = ("Metadata", "true");
    let whole = "api-version=2018-02-01&resource={}";
    let twice = format!("{whole}&resource={{}}");
    let more = format!("{whole}&bypass_cache=true");
    let two = format!("{whole}&client_id=a&object_id=b");
    for (query, headers, words) in [
        (whole, vec![], "Required metadata header not specified"),
        (
            whole,
            vec![("Metadata", "True")],
            "Required metadata header not specified",
        ),
        (
            whole,
            vec![marked, ("X-Forwarded-For", "1.2.3.4")],
            "the request was forwarded",
        ),
        (
            whole,
            vec![marked, ("Authorization", "Bearer x")],
            "Authorization is not for this endpoint",
        ),
        (
            "resource={}",
            vec![marked],
            "api-version is not 2018-02-01, once",
        ),
        (
            "api-version=2019-08-01&resource={}",
            vec![marked],
            "api-version is not 2018-02-01, once",
        ),
        (
            "api-version=2018-02-01&resource={}/.default",
            vec![marked],
            "the resource is not this Graph, once",
        ),
        (&twice, vec![marked], "the resource is not this Graph, once"),
        (
            &more,
            vec![marked],
            "the query has the field \"bypass_cache\"",
        ),
        (&two, vec![marked], "several identities are named"),
    ] {
        let (sandbox, _) = start(Options::default());
        let response = ask(&sandbox, IMDS, query, &headers);
        assert_eq!(
            (response.status, &response.json()["error_description"]),
            (400, &words.into())
        );
        assert_eq!(sandbox.complaints(), [format!("GET {IMDS}: {words}")]);
    }
    let (sandbox, _) = start(Options::default());
    let body = ask(&sandbox, IMDS, whole, &[marked]).json();
    assert_eq!(
        (&body["expires_in"], &body["expires_on"], &body["resource"]),
        (
            &"3600".into(),
            &"1769853600".into(),
            &sandbox.graph_url().into()
        )
    );
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn an_identity_that_is_not_there_is_refused() {
    let (sandbox, _) = start(Options {
        user_assigned_identities: vec!["mine".to_owned()],
        ..Options::default()
    });
    for (id, status) in [
        ("client_id=mine", 200),
        ("msi_res_id=mine", 200),
        ("client_id=x", 400),
    ] {
        let query = format!("api-version=2018-02-01&resource={{}}&{id}");
        let response = ask(&sandbox, IMDS, &query, &[("Metadata", "true")]);
        assert_eq!(response.status, status, "{id}");
    }
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn app_service_wants_its_own_header() {
    let (sandbox, _) = start(Options::default());
    let (endpoint, header) = sandbox.app_service();
    assert_eq!(endpoint, format!("{}/msi/token", sandbox.graph_url()));
    let query = "api-version=2019-08-01&resource={}&principal_id=x";
    let key = "X-IDENTITY-HEADER";
    for (headers, status) in [
        (vec![(key, header.as_str())], 200),
        (vec![(key, "wrong")], 401),
        (vec![("Metadata", "true")], 400),
    ] {
        assert_eq!(ask(&sandbox, "/msi/token", query, &headers).status, status);
    }
    assert_eq!(
        sandbox.complaints(),
        ["GET /msi/token: X-IDENTITY-HEADER is missing"]
    );
}

#[test]
fn a_key_of_arcs_opens_once() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, _) = start(Options {
        arc_keys: Some(folder.path().to_owned()),
        ..Options::default()
    });
    let query = "api-version=2020-06-01&resource={}";
    let marked = ("Metadata", "true");
    let challenged = ask(&sandbox, ARC, query, &[marked]);
    assert_eq!(challenged.status, 401);
    let path = challenged
        .header("www-authenticate")
        .strip_prefix("Basic realm=")
        .unwrap();
    assert!(std::path::Path::new(path).starts_with(folder.path()) && path.ends_with(".key"));
    let answer = format!("Basic {}", std::fs::read_to_string(path).unwrap());
    for (value, status) in [("Basic x", 403), (&*answer, 200), (&*answer, 403)] {
        let response = ask(&sandbox, ARC, query, &[marked, ("Authorization", value)]);
        assert_eq!(response.status, status, "{value}");
    }
    assert_eq!(
        sandbox.complaints(),
        vec![format!("GET {ARC}: no such key"); 2]
    );
    let (sandbox, _) = start(Options::default());
    assert_eq!(ask(&sandbox, ARC, query, &[marked]).status, 404);
}
