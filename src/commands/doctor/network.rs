//! Checks the connection to the login authority and to Graph: proxy, certificates, DNS, TCP, TLS, clock.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use super::check::{Check, Verdict};
use crate::auth::{self, Refusal};
use crate::commands::Context;
use crate::commands::report::Step;
use crate::config::Account;
use crate::http::{
    AttemptResult, Cause, Failure, Link, Method, NoRenewal, Reason, Request, Response, Safety,
    exchange, proxy_for, trusted,
};

/// A larger difference of the clocks is a warning.
const SKEW_TO_WARN_OF: SignedDuration = SignedDuration::from_secs(60);
/// A larger difference is a failure: assertions with this host's time are outside of the five to ten
/// minutes for which they are valid (Entra: "Microsoft identity platform application authentication
/// certificate credentials", claims; AADSTS700024), and expired tokens seem valid.
const SKEW_THAT_FAILS: SignedDuration = SignedDuration::from_mins(5);

/// Which services can be reached.
pub(super) struct Reach {
    /// The login authority answers, or is not needed.
    pub(super) login: bool,
    /// Graph answers.
    pub(super) graph: bool,
}

/// Proxy and certificate authorities, from the environment.
pub(super) fn settings(account: &Account, context: &Context<'_>) -> [Check; 2] {
    let environment = context.settings.environment();
    let proxy = match proxy_for(environment, &account.cloud.graph_url(&[])) {
        Ok(None) => Check::pass("proxy", "none"),
        Ok(Some((variable, place))) => Check::pass("proxy", format!("{place} ({variable})")),
        Err(failure) => unreached("proxy", failure.cause(), ""),
    };
    let trust = match trusted(environment) {
        Ok((named, count)) if !named.is_empty() => Check::pass(
            "certificates",
            format!("{count} certificate authorities ({})", named.join(" and ")),
        ),
        Ok(_) => Check::pass("certificates", "the system's"),
        Err(failure) if failure.cause().reason == Reason::NoRoots && is_plain(account) => {
            Check::skip("certificates", "none, and none are needed for plain http")
        }
        Err(failure) => unreached("certificates", failure.cause(), ""),
    };
    [proxy, trust]
}

/// Whether both services are reached without TLS, as the sandbox is.
fn is_plain(account: &Account) -> bool {
    let mut roots = [account.cloud.login(), account.cloud.graph()].into_iter();
    roots.all(|root| root.starts_with("http:"))
}

/// Requests a public resource of both services, and compares their clock with this host's.
pub(super) fn reach(account: &Account, link: Link<'_>, checks: &mut Vec<Check>) -> Reach {
    let mut date = None;
    let mut login = true;
    if !account.credential.kind().is_external() {
        let tenant = account.tenant.as_deref().unwrap_or("common");
        let answer = ask(&link, account.cloud.openid_configuration_url(tenant));
        let check = self::login(account.cloud.login(), &answer);
        login = check.status != Verdict::Fail;
        checks.push(check);
        date = date_of(&answer);
    } else {
        let message = "not needed: the account gets its token elsewhere";
        checks.push(Check::skip("login", message));
    }
    let answer = ask(&link, account.cloud.graph_url(&[]));
    let graph = self::graph(account.cloud.graph(), &answer);
    let reach = Reach {
        login,
        graph: graph.status != Verdict::Fail,
    };
    checks.push(graph);
    if let Some(date) = date.or_else(|| date_of(&answer)) {
        checks.push(clock(date, link.seams.now()));
    } else {
        checks.push(Check::skip(
            "clock",
            "not compared: no answer has a Date field",
        ));
    }
    reach
}

fn ask(link: &Link<'_>, url: Url) -> Result<Response, Failure> {
    let request = Request {
        method: Method::Get,
        url: url.into(),
        headers: Vec::new(),
        bearer: None,
        body: Bytes::new(),
        timeout: link.timeout,
        stoppable: false,
        begun: None,
    };
    match exchange(link, request, Safety::Repeatable, &mut NoRenewal).last {
        AttemptResult::Answered(response) => Ok(response),
        AttemptResult::Failed(failure) => Err(failure),
    }
}

fn login(root: &str, answer: &Result<Response, Failure>) -> Check {
    #[derive(Deserialize)]
    struct Configuration {
        #[serde(rename = "token_endpoint")]
        _token_endpoint: String,
    }
    let response = match answer {
        Ok(response) => response,
        Err(failure) => return unreached("login", failure.cause(), root),
    };
    if response.status >= 500 {
        return unavailable("login", root, response);
    }
    if response.status == 200 && serde_json::from_slice::<Configuration>(&response.body).is_ok() {
        return Check::pass("login", format!("{root} answers"));
    }
    let authority = root.to_owned();
    Check::of_error(
        "login",
        match Refusal::parse(&response.body).map(Box::new) {
            Some(refusal) => auth::Error::Refused { authority, refusal },
            None => auth::Error::Unintelligible {
                authority,
                status: response.status,
            },
        },
    )
}

/// Every answer of Graph has a request-id (Graph: "Best practices", reliability and support).
fn graph(root: &str, answer: &Result<Response, Failure>) -> Check {
    match answer {
        Ok(response) if response.status >= 500 => unavailable("graph", root, response),
        Ok(response) if response.header("request-id").is_some() => {
            Check::pass("graph", format!("{root} answers"))
        }
        Ok(response) => Check::fail(
            "graph",
            format!(
                "the answer of {root} (HTTP status {}) is not from Graph",
                response.status
            ),
        )
        .advised("check HTTPS_PROXY, the cloud and GRAPHMAIL_GRAPH_URL"),
        Err(failure) => unreached("graph", failure.cause(), root),
    }
}

fn unavailable(name: &str, root: &str, response: &Response) -> Check {
    let message = format!("{root} is not available: HTTP status {}", response.status);
    Check::warn(name, message).advised("run it again later")
}

fn date_of(answer: &Result<Response, Failure>) -> Option<Timestamp> {
    let date = answer.as_ref().ok()?.header("date")?;
    Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
}

fn clock(there: Timestamp, here: Timestamp) -> Check {
    let ahead = here.duration_since(there);
    let direction = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let message = format!(
        "this host is {} s {direction} the service",
        ahead.as_secs().unsigned_abs()
    );
    let check = match ahead.abs() {
        skew if skew > SKEW_THAT_FAILS => Check::fail("clock", message),
        skew if skew > SKEW_TO_WARN_OF => Check::warn("clock", message),
        _ => return Check::pass("clock", "agrees with the service's"),
    };
    check.advised(Step::Program("timedatectl set-ntp true".to_owned()))
}

/// The failure of a request, with the step that failed (DNS, connection or TLS) and how to fix it.
fn unreached(name: &str, cause: &Cause, root: &str) -> Check {
    let url = Url::parse(root).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let (step, hint) = match cause.reason {
        Reason::Dns => (
            "name resolution: ",
            format!("check /etc/resolv.conf and the cloud until this works: getent hosts {host}"),
        ),
        Reason::Tls
        | Reason::UntrustedCertificate
        | Reason::CertificateTime
        | Reason::CertificateName
        | Reason::BadCertificate => (
            "TLS: ",
            "if the network has its own certificate authority, set SSL_CERT_FILE=/path/to/ca.pem; otherwise check the clock".to_owned(),
        ),
        Reason::Roots => (
            "",
            "set that variable to a readable path with PEM certificates, or unset it".to_owned(),
        ),
        Reason::NoRoots => (
            "",
            "install the package ca-certificates, or set SSL_CERT_FILE=/path/to/ca.pem".to_owned(),
        ),
        Reason::Proxy => ("", "check HTTPS_PROXY and NO_PROXY".to_owned()),
        Reason::ConnectionRefused
        | Reason::TimedOut
        | Reason::Closed
        | Reason::Request
        | Reason::Other => (
            "connection: ",
            format!("allow this host to connect to {root}, or set HTTPS_PROXY=http://HOST:PORT"),
        ),
    };
    Check::fail(name, format!("{step}{}", cause.text)).advised(hint)
}
