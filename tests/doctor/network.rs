//! The way to the services, and their clock.

use std::sync::Mutex;
use std::time::Duration;

use graphmail::http::client::Client;
use graphmail::http::{Cause, Failure, Reason, Request, Response, Transport};
use graphmail::seams::Seams as _;
use jiff::SignedDuration;

use super::{compare, look, look_over, signed_in};
use crate::support::host::World;

type Answer = Result<Response, Failure>;
type Change<'a> = dyn Fn(&Request, Answer) -> Answer + Sync + 'a;

/// The host's network, with something between.
struct Between<'a> {
    client: Client,
    timeouts: Mutex<Vec<Duration>>,
    change: Box<Change<'a>>,
}

impl<'a> Between<'a> {
    fn new(world: &World, change: impl Fn(&Request, Answer) -> Answer + Sync + 'a) -> Self {
        Self {
            client: Client::new(&world.environment),
            timeouts: Mutex::default(),
            change: Box::new(change),
        }
    }
}

impl Transport for Between<'_> {
    fn execute(&self, request: &Request) -> Answer {
        self.timeouts.lock().unwrap().push(request.timeout);
        (self.change)(request, self.client.execute(request))
    }
}

fn is_login(request: &Request) -> bool {
    request.url.to_string().contains("contoso.com")
}

fn failure(reason: Reason, text: &str) -> Failure {
    let text = format!("connecting to login.example: {text}");
    match reason {
        Reason::UntrustedCertificate | Reason::NoRoots => {
            Failure::NotConfigured(Cause::new(reason, text))
        }
        _ => Failure::NotConnected(Cause::new(reason, text)),
    }
}

#[test]
fn name_connection_and_tls_fail_apart() {
    let world = signed_in();
    let mut text = String::new();
    for (reason, words) in [
        (Reason::Dns, "no such host"),
        (Reason::ConnectionRefused, "connection refused"),
        (Reason::TimedOut, "no answer within 10 s"),
        (Reason::Tls, "no common version"),
        (
            Reason::UntrustedCertificate,
            "an authority that this host does not trust",
        ),
        (Reason::NoRoots, "this host has no CA certificates"),
        (Reason::Proxy, "407"),
    ] {
        let between = Between::new(&world, |request, answer| {
            if is_login(request) {
                return Err(failure(reason, words));
            }
            answer
        });
        let told = look_over(&world, &between, "doctor");
        if reason == Reason::Dns {
            compare("unreachable.txt", &told);
        }
        let lines = told.lines().skip_while(|line| !line.contains(" login "));
        text += &lines
            .take(2)
            .map(|line| format!("{line}\n"))
            .collect::<String>();
    }
    compare("steps.txt", text);
}

#[test]
fn a_send_without_certificate_authorities_is_not_to_be_repeated() {
    let world = signed_in();
    let between = Between::new(&world, |_, _| {
        Err(failure(Reason::NoRoots, "this host has no CA certificates"))
    });
    let words = ["graphmail", "send", "-t", "a@example.org", "--body", "y"].map(Into::into);
    world.run_over(&between, &words, b"").failed(
        78,
        "graphmail: error: the message was not sent: connecting to login.example: this host has no CA certificates (client-request-id 04040404-0404-4404-8404-040404040404)\n\
         hint: install the package ca-certificates; or: set SSL_CERT_FILE to a PEM file with the certificate authorities\n",
    );
}

#[test]
fn what_answers_must_be_the_service() {
    let world = signed_in();
    let between = Between::new(&world, |request, _| {
        Ok(Response {
            status: if is_login(request) { 200 } else { 302 },
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: "<html>Welcome to the hotel</html>".into(),
        })
    });
    compare("portal.txt", look_over(&world, &between, "doctor"));
    let between = Between::new(&world, |request, answer| {
        let body = r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'contoso.com' not found.","error_codes":[90002]}"#;
        match answer {
            Ok(answer) if is_login(request) => Ok(Response {
                status: 400,
                body: body.into(),
                ..answer
            }),
            other => other,
        }
    });
    compare("no-tenant.txt", look_over(&world, &between, "doctor"));
}

#[test]
fn a_clock_that_is_off_is_seen_in_the_services_date() {
    let world = signed_in();
    let mut text = String::new();
    for seconds in [0_i64, 60, -60, 61, -61, 300, -300, 301, -86_400] {
        let now = world.clock.now();
        let there = now - SignedDuration::from_secs(seconds);
        let date = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&there)
            .unwrap();
        let between = Between::new(&world, |_, answer| {
            let mut answer = answer?;
            for (name, value) in &mut answer.headers {
                if name == "date" {
                    value.clone_from(&date);
                }
            }
            Ok(answer)
        });
        let told = look_over(&world, &between, "doctor");
        let clock = told.lines().skip_while(|line| !line.contains(" clock "));
        let clock = clock.take_while(|line| !line.contains(" token "));
        text += &clock.map(|line| format!("{line}\n")).collect::<String>();
    }
    compare("clock.txt", text);
}

#[test]
fn each_request_has_ten_seconds_and_no_second_try() {
    let world = signed_in();
    let unavailable = |_: &Request, answer: Answer| {
        Ok(Response {
            status: 503,
            ..answer?
        })
    };
    for (line, limit) in [("doctor", 10), ("doctor --timeout 3s", 3)] {
        let between = Between::new(&world, unavailable);
        let told = look_over(&world, &between, line);
        assert_eq!(
            told.matches("not available: HTTP status 503").count(),
            3,
            "{told}"
        );
        assert_eq!(
            *between.timeouts.lock().unwrap(),
            [Duration::from_secs(limit); 3]
        );
    }
}

#[test]
fn proxy_and_authorities_are_named_with_the_variable_and_without_the_password() {
    let mut world = World::alone();
    world.configure(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"false\"\ncloud = \"bleu\"\n\
         [clouds.bleu]\ngraph = \"https://graph.example.fr\"\nlogin = \"https://login.example.fr\"\n",
    );
    let refused = |_: &Request, _| Err(failure(Reason::Proxy, "407"));
    let mut text = String::new();
    let authority = rcgen::generate_simple_self_signed(["x".to_owned()])
        .unwrap()
        .cert;
    let pem = world.file("ca.pem", authority.pem());
    for (name, value) in [
        ("HTTPS_PROXY", "http://user:hunter2@proxy.example.fr:3128"),
        ("NO_PROXY", ".example.fr"),
        ("HTTPS_PROXY", "socks5://user:hunter2@proxy:1"),
        ("SSL_CERT_FILE", &pem.to_string_lossy()),
        ("SSL_CERT_FILE", "/absent.pem"),
    ] {
        world.set(name, value);
        // The client itself would refuse what is not usable, before it came to this.
        let told = look_over(&world, &Between::new(&World::alone(), refused), "doctor");
        assert!(!told.contains("hunter2"), "{told}");
        let lines = told.lines().skip_while(|line| !line.contains(" proxy "));
        let lines = lines.take_while(|line| !line.contains(" login "));
        text += &lines.map(|line| format!("{line}\n")).collect::<String>();
    }
    compare("settings.txt", text);
    drop(look(&signed_in(), "doctor -q"));
}
