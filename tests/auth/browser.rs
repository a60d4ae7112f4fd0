//! The sign-in with a browser, against a scripted Entra and over real sockets on loopback.

use std::cell::Cell;
use std::io::Read as _;
use std::net::{IpAddr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use graphmail::auth::browser::{Person, Prompt, sign_in};
use graphmail::auth::store::{Access, Record};
use graphmail::auth::{CredentialKind, Error};
use graphmail::exit::Class;
use graphmail::http::Failure;
use graphmail::secret::Secret;
use serde_json::json;

use super::{app, at, id_token, refusal, token_reply, words};
use crate::support::browser::{IPV4, OnPanic, ask, get};
use crate::support::expected;
use crate::support::loopback::Response;
use crate::support::seams::Fixed;
use crate::support::transport::{Answer, Scripted, link};

const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// What held randomness makes: 32 bytes of 0, 32 bytes of 1.
const STATE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const VERIFIER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// What a sign-in came to, and how.
struct Run<T> {
    outcome: Result<Record, Error>,
    prompt: Prompt,
    forms: Vec<String>,
    strangers: u32,
    visited: T,
}

/// The person behind the browser.
struct Tester<'a> {
    prompts: mpsc::Sender<Prompt>,
    strangers: &'a Cell<u32>,
    interrupted: &'a AtomicBool,
}

impl Person for Tester<'_> {
    fn show(&mut self, prompt: &Prompt) {
        self.prompts.send(prompt.clone()).unwrap();
    }

    fn warn_of_unrelated_answer(&mut self) {
        self.strangers.set(self.strangers.get() + 1);
    }

    fn has_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// What a visitor may do beside asking the port.
struct Room<'a> {
    port: u16,
    clock: &'a Fixed,
    interrupted: &'a AtomicBool,
}

impl Room<'_> {
    fn get(&self, path: &str) -> Response {
        get(IPV4, self.port, path).unwrap()
    }
}

/// Signs in, while `visit` is the browser.
fn run<T: Send>(
    answers: impl IntoIterator<Item = Answer>,
    username: Option<&str>,
    visit: impl FnOnce(&Room<'_>) -> T + Send,
) -> Run<T> {
    let transport = Scripted::new(answers);
    let seams = Fixed::new();
    let interrupted = AtomicBool::new(false);
    let strangers = Cell::new(0);
    thread::scope(|scope| {
        let (prompts, shown) = mpsc::channel::<Prompt>();
        let (clock, flag) = (&seams, &interrupted);
        let visiting = scope.spawn(move || {
            let prompt = shown.recv().unwrap();
            let _end = OnPanic(|| flag.store(true, Ordering::Relaxed));
            let visited = visit(&Room {
                port: prompt.port,
                clock,
                interrupted: flag,
            });
            // Whatever is still waited for will not come.
            flag.store(true, Ordering::Relaxed);
            (prompt, visited)
        });
        let mut tester = Tester {
            prompts,
            strangers: &strangers,
            interrupted: &interrupted,
        };
        let outcome = sign_in(
            &app(),
            &link(&transport, &seams),
            &["Mail.Send"],
            username,
            &mut tester,
        );
        let (prompt, visited) = visiting.join().unwrap();
        Run {
            outcome,
            prompt,
            forms: transport.forms(),
            strangers: strangers.get(),
            visited,
        }
    })
}

fn granted() -> Answer {
    token_reply(
        "ACCESS",
        &json!({
            "scope": "https://graph.microsoft.com/Mail.Send openid profile email",
            "refresh_token": "REFRESH",
            "id_token": id_token("jane@contoso.com"),
        }),
    )
}

fn code() -> String {
    format!("/?code=0.AQ~%2B%2F&state={STATE}&session_state=x")
}

#[test]
fn a_person_signs_in() {
    let run = run([granted()], None, |room| room.get(&code()));
    let port = run.prompt.port;
    assert_eq!(
        run.outcome.unwrap(),
        Record {
            username: Some("jane@contoso.com".to_owned()),
            scopes: words("https://graph.microsoft.com/Mail.Send openid profile email"),
            access: Some(Access {
                token: Secret::new("ACCESS"),
                expires_at: at("11:00:00"),
            }),
            refresh_token: Some(Secret::new("REFRESH")),
            renewed_at: Some(at("10:00:00")),
            ..Record::new(&app(), CredentialKind::Browser)
        }
    );
    let (page, query) = run.prompt.url.as_str().split_once('?').unwrap();
    assert_eq!(
        page,
        "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize"
    );
    let mut fields: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "client_id=CLIENT",
            // SHA-256 of the verifier.
            "code_challenge=VtX6czP210fbQsI5QH5dpMMvTHnzXQkrE0_TWkAtnFw",
            "code_challenge_method=S256",
            "prompt=select_account",
            &format!("redirect_uri=http://localhost:{port}"),
            "response_mode=query",
            "response_type=code",
            "scope=https://graph.microsoft.com/Mail.Send offline_access openid profile",
            &format!("state={STATE}"),
        ]
    );
    assert_eq!(run.prompt.expires_at, at("10:15:00"));
    assert_eq!(
        run.forms,
        [format!(
            "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n\
            grant_type=authorization_code\n\
            code=0.AQ~+/\n\
            code_verifier={VERIFIER}\n\
            client_id=CLIENT\n\
            redirect_uri=http://localhost:{port}\n\
            scope=https://graph.microsoft.com/Mail.Send offline_access openid profile"
        )]
    );
    let page = run.visited;
    assert_eq!(page.status, 200);
    expected::compare("auth/browser-signed-in.html", page.text());
    let fields = [
        ("content-type", "text/html; charset=utf-8"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("connection", "close"),
    ];
    for (name, value) in fields {
        assert_eq!(page.header(name), value, "{name}");
    }
}

#[test]
fn whoever_signed_in_before_is_named() {
    let run = run([granted()], Some("jane@contoso.com"), |room| {
        room.get(&code())
    });
    let query = run.prompt.url.query().unwrap();
    assert!(query.contains("&login_hint=jane%40contoso.com"), "{query}");
    assert!(!query.contains("prompt="), "{query}");
}

#[test]
fn localhost_is_either_address() {
    if TcpListener::bind((IPV6, 0)).is_err() {
        // A host without ::1, where a browser takes 127.0.0.1.
        return;
    }
    for ip in [IPV4, IPV6] {
        let run = run([granted()], None, move |room| {
            get(ip, room.port, &code()).unwrap().status
        });
        assert_eq!((run.visited, run.outcome.is_ok()), (200, true), "{ip}");
    }
}

#[test]
fn what_else_browsers_ask_is_no_answer() {
    let run = run([granted()], None, |room| {
        // A connection that was opened ahead of need, and says nothing.
        let idle = TcpStream::connect((IPV4, room.port)).unwrap();
        let port = room.port;
        let raw = |request: String| ask(IPV4, port, &request).unwrap();
        let answers = [
            room.get("/favicon.ico"),
            room.get("/"),
            room.get("/?"),
            room.get(&format!("/other?code=X&state={STATE}")),
            raw(format!(
                "POST /?code=X&state={STATE} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 0\r\n\r\n"
            )),
            raw(format!(
                "GET {} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n",
                code()
            )),
            raw(format!(
                "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n",
                code()
            )),
        ];
        let long = format!("GET /?x={} HTTP/1.1\r\n", "x".repeat(100_000));
        // The answer may be lost with the rest of the request.
        let long = ask(IPV4, port, &long).map_or(431, |answer| answer.status);

        let last = room.get(&code()).status;
        drop(idle);
        (answers.map(|answer| answer.status), long, last)
    });
    assert_eq!(run.visited, ([404, 404, 404, 404, 405, 421, 421], 431, 200));
    assert_eq!((run.outcome.is_ok(), run.strangers), (true, 0));
    assert_eq!(run.forms.len(), 1);
}

#[test]
fn another_state_is_refused_and_waited_past() {
    let run = run([granted()], None, |room| {
        let strangers = [
            "/?code=STOLEN&state=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB".to_owned(),
            "/?code=STOLEN&state=A".to_owned(),
            format!("/?code=STOLEN&state={STATE}A"),
            "/?code=STOLEN".to_owned(),
            "/?error=access_denied&state=x".to_owned(),
            "/?error=access_denied".to_owned(),
            format!("/?state={STATE}"),
        ];
        let pages = strangers.map(|path| room.get(&path));
        (pages, room.get(&code()).status)
    });
    let (pages, last) = run.visited;
    for page in &pages {
        assert_eq!(page.status, 400);
        expected::compare("auth/browser-stranger.html", page.text());
    }
    assert_eq!((last, run.strangers), (200, 7));
    assert!(run.outcome.is_ok());
    assert!(!run.forms.join("").contains("STOLEN"));
}

/// The end of a sign-in that Entra refuses with these fields: class, words, page.
fn refused(fields: &str) -> (Class, String, String) {
    let path = format!("/?{fields}&state={STATE}");
    let run = run([], None, move |room| room.get(&path));
    let error = run.outcome.unwrap_err();
    assert_eq!(run.visited.status, 400);
    (
        error.class(),
        error.to_string(),
        run.visited.text().to_owned(),
    )
}

#[test]
fn a_refusal_is_what_entra_says_it_is() {
    let declined = "the sign-in was declined in the browser";
    let said = "login.microsoftonline.com refused: ";
    for (fields, class, words) in [
        ("error=access_denied", Class::SignIn, declined.to_owned()),
        (
            "error=access_denied&error_description=AADSTS65004%3A+User+declined.%0D%0ATrace+ID%3A+1",
            Class::SignIn,
            declined.to_owned(),
        ),
        (
            "error=access_denied&error_description=AADSTS53003%3A+Blocked.",
            Class::SignIn,
            format!("{said}AADSTS53003: Blocked."),
        ),
        (
            "error=consent_required",
            Class::SignIn,
            format!("{said}consent_required"),
        ),
        (
            "error=temporarily_unavailable",
            Class::Later,
            format!("{said}temporarily_unavailable"),
        ),
        (
            "error=x%1B%5B31m&error_description=%00%0A",
            Class::SignIn,
            format!("{said}x [31m"),
        ),
    ] {
        let (found, text, page) = refused(fields);
        assert_eq!((found, text), (class, words), "{fields}");
        assert!(page.contains("<h1>Not signed in.</h1>"), "{page}");
    }
    let (.., page) = refused(
        "error=consent_required&error_description=AADSTS65001%3A+%3Cscript%3E+%26+such.%0D%0ATrace+ID%3A+1",
    );
    expected::compare("auth/browser-refused.html", page);
}

#[test]
fn nobody_comes_in_time() {
    let run = run([], None, |room| {
        room.clock.advance(Duration::from_secs(15 * 60));
    });
    let error = run.outcome.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sign-in in the browser was not finished within 15 minutes"
    );
    assert_eq!(error.class(), Class::SignIn);
}

#[test]
fn a_person_may_stop_it() {
    let run = run([], None, |room| {
        room.interrupted.store(true, Ordering::Relaxed);
    });
    let error = run.outcome.unwrap_err();
    assert!(error.is_interruption(), "{error}");
    // The port is closed with it.
    assert!(TcpStream::connect((IPV4, run.prompt.port)).is_err());
}

#[test]
fn a_code_is_not_redeemed_twice() {
    for (answer, class) in [
        (Err(Failure::Interrupted("reset".into())), Class::Later),
        (refusal("invalid_grant", 54005), Class::SignIn),
    ] {
        let run = run([answer], None, |room| room.get(&code()).text().to_owned());
        assert_eq!(run.outcome.unwrap_err().class(), class);
        assert!(run.visited.contains("Not signed in."), "{}", run.visited);
    }
    // Where nothing was written, it may go again.
    let run = run(
        [Err(Failure::NotConnected("no route".into())), granted()],
        None,
        |room| room.get(&code()).status,
    );
    assert_eq!((run.outcome.is_ok(), run.visited), (true, 200));
}

#[test]
fn a_browser_that_has_nothing_more_to_say_is_served() {
    let run = run([granted()], None, |room| {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
            code(),
            room.port
        );
        let mut stream = TcpStream::connect((IPV4, room.port)).unwrap();
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    });
    assert!(run.outcome.is_ok(), "{:?}", run.outcome);
    assert!(run.visited.contains("Signed in."), "{}", run.visited);
}
