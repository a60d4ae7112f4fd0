//! The HTTP client against servers on loopback: what it writes, whom it trusts, and what it knows
//! about a request that got no answer.

mod challenge;
mod proxy;
mod roots;
mod server;
mod target;
mod tls;
mod waits;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use graphmail::http::client::{Client, MAX_RESPONSE};
use graphmail::http::{Cause, Failure, Method, Reason, Request, Response, Target, Transport};
use graphmail::seams::Environment;
use graphmail::secret::Secret;

use server::{Authority, Connection, Server, Step};

const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nrequest-id: r1\r\ncontent-length: 0\r\n\r\n";
const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";

/// Long enough that only a broken test meets it.
const LONG: Duration = Duration::from_secs(30);
/// For the tests in which time must run out.
const SHORT: Duration = Duration::from_millis(400);

fn client(variables: &[(&str, &str)]) -> Client {
    Client::new(&Environment::from_pairs(variables.iter().copied()))
}

fn post(url: &str, timeout: Duration) -> Request {
    Request {
        method: Method::Post,
        url: url.parse::<url::Url>().unwrap().into(),
        headers: vec![("content-type", "application/json".to_owned())],
        bearer: Some(Secret::new("hunter2")),
        body: Bytes::from_static(b"{\"message\":{}}"),
        timeout,
        stoppable: false,
        begun: None,
    }
}

fn status(answer: Result<Response, Failure>) -> u16 {
    answer.unwrap().status
}

fn cause(reason: Reason, text: impl Into<String>) -> Cause {
    Cause::new(reason, text)
}

/// `SSL_CERT_FILE` for a certificate authority.
fn trusting(authority: &Authority) -> [(&str, &str); 1] {
    [("SSL_CERT_FILE", authority.file.path().to_str().unwrap())]
}

#[test]
fn a_request_is_written_whole() {
    let server = Server::plain([ACCEPTED, ACCEPTED]);
    let client = client(&[]);
    let url = format!("http://{}/v1.0/me/sendMail", server.address);
    let answer = client.execute(&post(&url, LONG)).unwrap();
    assert_eq!(
        (answer.status, answer.header("request-id"), &answer.body),
        (202, Some("r1"), &Bytes::new())
    );

    let mut get = post(&url, LONG);
    (get.method, get.body, get.bearer) = (Method::Get, Bytes::new(), None);
    assert_eq!(status(client.execute(&get)), 202);

    let common = format!(
        "accept: */*\r\nuser-agent: graphmail/{}\r\nhost: {}\r\n",
        env!("CARGO_PKG_VERSION"),
        server.address
    );
    assert_eq!(
        server.heard(),
        [
            format!(
                "POST /v1.0/me/sendMail HTTP/1.1\r\ncontent-type: application/json\r\n\
                 authorization: Bearer hunter2\r\ncontent-length: 14\r\n{common}\r\n{{\"message\":{{}}}}"
            ),
            format!(
                "GET /v1.0/me/sendMail HTTP/1.1\r\ncontent-type: application/json\r\n{common}\r\n"
            ),
        ]
    );
}

#[test]
fn a_request_without_a_body_says_so_where_a_body_could_be() {
    let server = Server::plain([ACCEPTED; 4]);
    let client = client(&[]);
    for method in [Method::Post, Method::Put, Method::Delete, Method::Get] {
        let mut request = post(&format!("http://{}/x", server.address), LONG);
        (request.method, request.body, request.headers) = (method, Bytes::new(), vec![]);
        assert_eq!(status(client.execute(&request)), 202);
    }
    let common = format!(
        "accept: */*\r\nuser-agent: graphmail/{}\r\nhost: {}\r\n\r\n",
        env!("CARGO_PKG_VERSION"),
        server.address
    );
    let bearer = "authorization: Bearer hunter2\r\n";
    let length = "content-length: 0\r\n";
    assert_eq!(
        server.heard(),
        [
            format!("POST /x HTTP/1.1\r\n{bearer}{length}{common}"),
            format!("PUT /x HTTP/1.1\r\n{bearer}{length}{common}"),
            format!("DELETE /x HTTP/1.1\r\n{bearer}{common}"),
            format!("GET /x HTTP/1.1\r\n{bearer}{common}"),
        ]
    );
}

#[test]
fn any_status_is_an_answer_and_redirects_are_not_followed() {
    let server = Server::plain([
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\nretry-after: 3\r\ncontent-length: 9\r\n\r\nforbidden",
        "HTTP/1.1 504 Gateway Timeout\r\ntransfer-encoding: chunked\r\n\r\n3\r\nlat\r\n1\r\ne\r\n0\r\n\r\n",
    ]);
    let client = client(&[]);
    let url = format!("http://{}/", server.address);
    let answers: Vec<_> = (0..3)
        .map(|_| client.execute(&post(&url, LONG)).unwrap())
        .map(|answer| {
            (
                answer.status,
                answer.header("retry-after").map(str::to_owned),
                answer.body,
            )
        })
        .collect();
    assert_eq!(
        answers,
        [
            (307, None, Bytes::new()),
            (403, Some("3".to_owned()), Bytes::from_static(b"forbidden")),
            (504, None, Bytes::from_static(b"late")),
        ]
    );
}

/// Those who wait for a connection are told when there is one, and not before.
#[test]
fn who_waits_is_told_that_a_request_is_on_its_way() {
    let server = Server::plain([ACCEPTED]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    for (address, expected) in [(nobody, false), (server.address, true)] {
        let begun = Arc::new(AtomicBool::new(false));
        let request = Request {
            begun: Some(Arc::clone(&begun)),
            ..post(&format!("http://{address}/"), LONG)
        };
        let answer = client(&[]).execute(&request);
        assert_eq!(answer.is_ok(), expected);
        assert_eq!(begun.load(Ordering::Relaxed), expected);
    }
}

#[test]
fn an_endless_body_is_cut() {
    let long = "x".repeat(MAX_RESPONSE + 100_000);
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n",
        long.len()
    );
    let server = Server::plain([format!("{head}{long}").as_str()]);
    let answer = client(&[])
        .execute(&post(&format!("http://{}/", server.address), LONG))
        .unwrap();
    assert_eq!((answer.status, answer.body.len()), (400, MAX_RESPONSE));
}

#[test]
fn a_connection_that_the_service_closed_is_not_written_to() {
    let authority = Authority::new("company");
    let heard_in_time = || {
        let server = Server::start(vec![
            Connection::plain([ACCEPTED, ACCEPTED]),
            Connection::plain([ACCEPTED]),
        ]);
        let client = client(&trusting(&authority));
        let request = post(&format!("http://{}/", server.address), LONG);
        assert_eq!(status(client.execute(&request)), 202);
        assert_eq!(status(client.execute(&request)), 202, "one connection");
        server.wait_closed();
        client.execute(&request).map(|response| response.status) == Ok(202)
            && server.heard().len() == 3
    };
    assert!((0..200).all(|_| heard_in_time()));
}

/// Some servers close after each answer without saying so: no request is written to what they close.
#[test]
fn a_server_that_closes_after_its_answer_leaves_no_doubt() {
    const ANSWERS: usize = 200;
    let connections = (0..ANSWERS).map(|_| Connection::plain([ACCEPTED]));
    let server = Server::start(connections.collect());
    let request = post(&format!("http://{}/", server.address), LONG);
    let client = client(&[]);
    for _ in 0..ANSWERS {
        assert_eq!(status(client.execute(&request)), 202);
    }
}

/// A service that is known to keep its connections closes one after it has refused a request.
#[test]
fn a_service_that_closes_after_a_refusal_leaves_no_doubt() {
    const ROUNDS: usize = 10;
    let refused = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let answers = (0..20).map(|_| ACCEPTED).chain([refused]);
    let steps = || {
        answers
            .clone()
            .map(|answer| Step::Answer(answer.to_owned()))
    };
    let connections = (0..ROUNDS * 2).map(|number| Connection {
        // The second is for the first request after the refusal.
        steps: steps().skip(if number % 2 == 0 { 0 } else { 20 }).collect(),
        ..Connection::default()
    });
    let server = Server::start(connections.collect());
    let request = post(&format!("http://{}/", server.address), LONG);
    for _ in 0..ROUNDS {
        let client = client(&[]);
        for _ in 0..20 {
            assert_eq!(status(client.execute(&request)), 202);
        }
        assert_eq!(status(client.execute(&request)), 400);
        assert_eq!(status(client.execute(&request)), 400, "a new connection");
    }
}

#[test]
fn a_connection_that_is_announced_to_close_is_not_used_again() {
    let closing = ACCEPTED.replace("202 Accepted\r\n", "202 Accepted\r\nConnection: close\r\n");
    assert_ne!(closing, ACCEPTED);
    let server = Server::start(vec![
        Connection::plain([&closing, "never"]),
        Connection::plain([ACCEPTED]),
    ]);
    let request = post(&format!("http://{}/", server.address), LONG);
    let client = client(&[]);
    assert_eq!(status(client.execute(&request)), 202);
    assert_eq!(status(client.execute(&request)), 202);
}

#[test]
fn after_503_the_next_attempt_takes_another_connection() {
    let server = Server::start(vec![
        Connection::plain([UNAVAILABLE, UNAVAILABLE]),
        Connection::plain([ACCEPTED]),
    ]);
    let client = client(&[]);
    let request = post(&format!("http://{}/", server.address), LONG);
    assert_eq!(status(client.execute(&request)), 503);
    assert_eq!(status(client.execute(&request)), 202);
}

#[test]
fn a_status_counts_even_if_its_body_breaks_off() {
    let broken = |line: &str| format!("HTTP/1.1 {line}\r\ncontent-length: 10\r\n\r\n{{");
    for line in ["202 Accepted", "403 Forbidden", "504 Gateway Timeout"] {
        let server = Server::plain([broken(line).as_str()]);
        let request = post(&format!("http://{}/", server.address), LONG);
        let expected: u16 = line.get(..3).unwrap().parse().unwrap();
        assert_eq!(status(client(&[]).execute(&request)), expected);
    }
    let server = Server::plain([broken("200 OK").as_str()]);
    let request = post(&format!("http://{}/", server.address), LONG);
    let failure = client(&[]).execute(&request);
    // A 200 without the body that it promised is no answer.
    let text = format!(
        "{} closed the connection in the middle of its answer",
        server.address
    );
    let expected = Failure::Interrupted(cause(Reason::Closed, text));
    assert_eq!(failure.err(), Some(expected));
}

#[test]
fn what_is_not_written_is_known_not_to_be() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let deaf = Server::start(vec![Connection::silent(Step::Greet(""))]);
    let plain = Server::start(vec![Connection::silent(Step::Greet(
        "HTTP/1.1 400 \r\n\r\n",
    ))]);
    for (url, timeout, expected) in [
        (
            format!("http://{nobody}/secret?token=hunter2"),
            LONG,
            cause(
                Reason::ConnectionRefused,
                format!("connecting to {nobody}: connection refused"),
            ),
        ),
        (
            format!("https://{}/", deaf.address),
            SHORT,
            cause(
                Reason::TimedOut,
                format!("connecting to {}: no answer within 0.4 s", deaf.address),
            ),
        ),
        (
            format!("https://{}/", plain.address),
            LONG,
            cause(
                Reason::Tls,
                format!(
                    "connecting to {}: the server does not speak TLS",
                    plain.address
                ),
            ),
        ),
    ] {
        assert_eq!(
            client(&[]).execute(&post(&url, timeout)).err(),
            Some(Failure::NotConnected(expected)),
            "{url}"
        );
    }
}

#[test]
fn what_may_have_arrived_is_in_doubt() {
    let silent = Server::start(vec![Connection::silent(Step::Silence)]);
    let closing = Server::plain([""]);
    let babbling = Server::plain(["220 mail.example.org ESMTP\r\n"]);
    for (server, timeout, expected) in [
        (
            &silent,
            SHORT,
            cause(
                Reason::TimedOut,
                format!("no answer from {} within 0.4 s", silent.address),
            ),
        ),
        (
            &closing,
            LONG,
            cause(
                Reason::Closed,
                format!(
                    "{} closed the connection before it answered",
                    closing.address
                ),
            ),
        ),
        (
            &babbling,
            LONG,
            cause(
                Reason::Other,
                format!(
                    "talking to {}: invalid HTTP version parsed",
                    babbling.address
                ),
            ),
        ),
    ] {
        let request = post(&format!("http://{}/", server.address), timeout);
        assert_eq!(
            client(&[]).execute(&request).err(),
            Some(Failure::Interrupted(expected))
        );
        assert_eq!(server.heard().len(), 1, "it was not repeated");
    }
}

#[test]
fn a_company_authority_is_trusted_and_no_other() {
    let (company, other) = (Authority::new("company"), Authority::new("other"));
    let start = || {
        Server::start(vec![Connection {
            tls: Some(company.server("localhost")),
            ..Connection::plain([ACCEPTED])
        }])
    };
    let url = |host: &str, server: &Server| format!("https://{host}:{}/", server.address.port());

    let server = start();
    assert_eq!(
        status(client(&trusting(&company)).execute(&post(&url("localhost", &server), LONG))),
        202
    );

    let server = start();
    let failure = client(&trusting(&other)).execute(&post(&url("localhost", &server), LONG));
    let text = format!(
        "connecting to localhost:{}: the server's certificate is from an authority that this host does not trust",
        server.address.port()
    );
    assert_eq!(
        failure.err(),
        Some(Failure::NotConfigured(cause(
            Reason::UntrustedCertificate,
            text
        )))
    );

    let server = start();
    let failure = client(&trusting(&company)).execute(&post(&url("127.0.0.1", &server), LONG));
    assert!(
        matches!(&failure, Err(Failure::NotConfigured(cause)) if cause.reason == Reason::CertificateName),
        "a certificate for another name: {failure:?}"
    );
    assert_eq!(server.heard(), Vec::<String>::new());
}

/// An authority of the same name with another key is none.
#[test]
fn an_authority_is_found_among_others_of_its_name() {
    let names = ["other", "company", "company"];
    let [other, namesake, company] = names.map(Authority::new);
    for (bundle, is_trusted) in [
        (vec![&other, &namesake, &company], true),
        (vec![&company, &namesake], true),
        (vec![&other, &namesake], false),
    ] {
        let server = Server::start(vec![Connection {
            tls: Some(company.server("localhost")),
            ..Connection::plain([ACCEPTED])
        }]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.pem");
        let pem = |authority: &&Authority| std::fs::read_to_string(authority.file.path()).unwrap();
        std::fs::write(&path, bundle.iter().map(pem).collect::<String>()).unwrap();
        let client = client(&[("SSL_CERT_FILE", path.to_str().unwrap())]);
        let url = format!("https://localhost:{}/", server.address.port());
        let answer = client.execute(&post(&url, LONG));
        assert_eq!(answer.is_ok(), is_trusted, "{answer:?}");
    }
}

/// The folder is read only if the file does not have the server's authority.
#[test]
fn the_authorities_of_a_folder_are_trusted_besides_those_of_a_file() {
    let (company, other) = (Authority::new("company"), Authority::new("other"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(company.file.path(), folder.path().join("company.pem")).unwrap();
    let folder = folder.path().to_str().unwrap();
    for (file, folder, is_trusted) in [
        (&other, folder, true),
        (&company, folder, true),
        (&company, "/absent", true),
        (&other, "/absent", false),
    ] {
        let server = Server::start(vec![Connection {
            tls: Some(company.server("localhost")),
            ..Connection::plain([ACCEPTED])
        }]);
        let [file] = trusting(file);
        let client = client(&[file, ("SSL_CERT_DIR", folder)]);
        let url = format!("https://localhost:{}/", server.address.port());
        let answer = client.execute(&post(&url, LONG));
        match answer {
            Ok(answer) => assert_eq!((answer.status, is_trusted), (202, true)),
            Err(Failure::NotConfigured(cause)) => assert_eq!(
                (cause.reason, is_trusted),
                (Reason::UntrustedCertificate, false)
            ),
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn settings_are_read_at_the_first_request_and_named_when_unusable() {
    let server = Server::plain([ACCEPTED]);
    let request = post(&format!("http://{}/", server.address), LONG);
    for (variable, value, expected) in [
        (
            "SSL_CERT_FILE",
            "/nowhere/ca.pem",
            cause(
                Reason::Roots,
                "SSL_CERT_FILE: /nowhere/ca.pem: no such file or directory",
            ),
        ),
        (
            "HTTPS_PROXY",
            "socks5://user:hunter2@p:1080",
            cause(
                Reason::Proxy,
                "HTTPS_PROXY: only http and https proxies are supported",
            ),
        ),
    ] {
        let client = client(&[(variable, value)]);
        assert_eq!(
            client.execute(&request).err(),
            Some(Failure::NotConfigured(expected))
        );
    }
    assert_eq!(server.heard(), Vec::<String>::new());
}

#[test]
fn nothing_unfit_is_sent() {
    let server = Server::plain([ACCEPTED]);
    let mut request = post(&format!("http://{}/", server.address), LONG);
    request.bearer = Some(Secret::new("hunter2\r\nx: y"));
    let text = "the access token contains characters that a header field cannot contain";
    assert_eq!(
        client(&[]).execute(&request).err(),
        Some(Failure::NotConfigured(cause(Reason::Request, text)))
    );
    assert_eq!(
        client(&[])
            .execute(&post("http://graph.example.org/", LONG))
            .err(),
        Some(Failure::NotConfigured(cause(
            Reason::Request,
            "graph.example.org would be reached without TLS"
        )))
    );
    let url = format!("http://{}/?authtoken=hunter3", server.address);
    let mut request = post(&url, LONG);
    request.url = Target::confidential(url.parse().unwrap());
    let text = format!(
        "{} would receive an access token that is not for it",
        server.address
    );
    assert_eq!(
        client(&[]).execute(&request).err(),
        Some(Failure::NotConfigured(cause(Reason::Request, text)))
    );
    assert_eq!(server.heard(), Vec::<String>::new());
}

#[test]
fn the_platform_is_asked_directly_with_its_own_key() {
    let server = Server::plain([ACCEPTED]);
    // No other request could be made with these.
    let client = client(&[
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("SSL_CERT_FILE", "/absent"),
    ]);
    let platform = |url: &str, key| {
        let mut request = post(url, LONG);
        request.url = Target::platform(url.parse().unwrap(), key);
        (request.method, request.body, request.bearer) = (Method::Get, Bytes::new(), None);
        request.headers = vec![("metadata", "true".to_owned())];
        request
    };
    let url = format!("http://{}/msi/token?a=b", server.address);
    let key = Some(("x-identity-header", Secret::new("hunter2")));
    let request = platform(&url, key);
    assert!(!format!("{request:?}").contains("hunter2"));
    assert_eq!(status(client.execute(&request)), 202);
    assert_eq!(
        server.heard(),
        [format!(
            "GET /msi/token?a=b HTTP/1.1\r\nmetadata: true\r\nx-identity-header: hunter2\r\n\
             accept: */*\r\nuser-agent: graphmail/{}\r\nhost: {}\r\n\r\n",
            env!("CARGO_PKG_VERSION"),
            server.address
        )]
    );

    let mut borne = platform(&url, None);
    borne.bearer = Some(Secret::new("hunter2"));
    let far = platform("http://10.0.0.1/", None);
    let broken = platform(&url, Some(("x-identity-header", Secret::new("a\nb"))));
    let given = format!(
        "{} would receive an access token that is not for it",
        server.address
    );
    for (request, text) in [
        (borne, given.as_str()),
        (far, "10.0.0.1 would be reached without TLS"),
        (
            broken,
            "the endpoint's key contains characters that a header field cannot contain",
        ),
    ] {
        assert_eq!(
            client.execute(&request).err(),
            Some(Failure::NotConfigured(cause(Reason::Request, text)))
        );
    }
}

#[test]
fn a_request_and_its_answer_show_no_secret() {
    let mut request = post(
        "https://outlook.example.org/hunter2?authtoken=hunter2",
        LONG,
    );
    request.url = Target::confidential(request.url.expose().clone());
    request.body = Bytes::from_static(b"client_secret=hunter2");
    let answer = Response {
        status: 201,
        headers: vec![("location".to_owned(), "https://x/hunter2".to_owned())],
        body: Bytes::from_static(b"{\"access_token\":\"hunter2\"}"),
    };
    let shown = format!("{request:?} {answer:?}");
    assert_eq!(
        shown,
        "Request { method: Post, url: https://outlook.example.org/[not shown], \
         headers: [\"content-type\"], bytes: 21, .. } \
         Response { status: 201, bytes: 26, .. }"
    );
}

/// A proxy that gives `answer` to a CONNECT, with Graph behind it.
fn proxy(authority: &Authority, answer: &'static str) -> Server {
    Server::start(vec![Connection {
        connect: Some(answer),
        tls: Some(authority.server("graph.example.org")),
        ..Connection::plain([ACCEPTED])
    }])
}

#[test]
fn a_proxy_is_asked_for_a_tunnel_and_sees_no_token() {
    let authority = Authority::new("company");
    let proxy = proxy(&authority, "HTTP/1.1 200 Connection established\r\n\r\n");
    let value = format!("http://us%40er:p%3Ass@{}", proxy.address);
    let [roots] = trusting(&authority);
    let client = client(&[
        roots,
        ("HTTPS_PROXY", &value),
        ("NO_PROXY", "other.example.org"),
    ]);
    assert_eq!(
        status(client.execute(&post("https://graph.example.org/v1.0/me", LONG))),
        202
    );

    let heard = proxy.heard();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        heard[0],
        format!(
            "CONNECT graph.example.org:443 HTTP/1.1\r\nHost: graph.example.org:443\r\n\
             user-agent: graphmail/{version}\r\nproxy-authorization: Basic dXNAZXI6cDpzcw==\r\n\r\n"
        )
    );
    let request = &heard[1];
    assert!(
        request.starts_with("POST /v1.0/me HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(!request.contains("proxy-"), "{request}");

    let server = Server::plain([ACCEPTED]);
    let local = post(&format!("http://{}/", server.address), LONG);
    assert_eq!(
        status(client.execute(&local)),
        202,
        "loopback is reached without it"
    );
}

#[test]
fn a_proxy_that_does_not_do_is_named_without_its_password() {
    let authority = Authority::new("company");
    let refusing = proxy(
        &authority,
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
    );
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (address, why) in [
        (
            refusing.address,
            "tunnel error: proxy authorization required",
        ),
        (nobody, "connection refused"),
    ] {
        let value = format!("user:hunter2@{address}");
        let text = format!("connecting to graph.example.org through the proxy {address}: {why}");
        assert_eq!(
            client(&[("HTTPS_PROXY", &value)])
                .execute(&post("https://graph.example.org/", LONG))
                .err(),
            Some(Failure::NotConnected(cause(Reason::Proxy, text)))
        );
    }
}
