//! What a request may do after each thing that can happen to it: the whole table, and an exchange
//! walking it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use graphmail::http::retry::{Decision, Event, Wait, decide};
use graphmail::http::{
    AttemptResult, Cause, Challenge, ExchangeResult, Failure, Link, Method, NoRenewal, Reason,
    Renew, Request, RequestOutcome, Response, Safety, Target, WaitBudget, exchange,
};
use graphmail::seams::Seams;
use graphmail::secret::Secret;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::support::expected;
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, answer, link};

/// One line for each run of statuses that are treated alike.
#[test]
fn the_table_is_the_one_that_is_written_down() {
    let told = Some(Duration::from_secs(7));
    let mut rows: Vec<(String, String, String)> = Vec::new();
    let mut add = |event: &str, name: String, decisions: String| match rows.last_mut() {
        Some((kind, last, known)) if kind == event && *known == decisions => {
            let first = last.split('-').next().unwrap_or(&name).to_owned();
            *last = format!("{first}-{name}");
        }
        _ => rows.push((event.to_owned(), name, decisions)),
    };
    for (kind, retry_after) in [
        ("status", None),
        ("status, told 7 s", told),
        ("status, told 0 s", Some(Duration::ZERO)),
    ] {
        // The highest that the HTTP library can read.
        for status in 100..=999 {
            add(
                kind,
                status.to_string(),
                row(Event::Status(status, retry_after)),
            );
        }
    }
    for (name, event) in [
        ("not connected", Event::NotConnected),
        ("not configured", Event::NotConfigured),
        ("interrupted", Event::Interrupted),
    ] {
        add("failure", name.to_owned(), row(event));
    }
    let header = "event            | which          | repeatable  | … renewable | verifiable  | … renewable | once        | … renewable\n".to_owned();
    let table = rows
        .into_iter()
        .fold(header, |table, (event, which, decisions)| {
            format!("{table}{event:16} | {which:14} | {decisions}\n")
        });
    expected::compare("http/retry-table.txt", table);
}

fn row(event: Event) -> String {
    let cells: Vec<_> = [Safety::Repeatable, Safety::Verifiable, Safety::Once]
        .into_iter()
        .flat_map(|safety| [false, true].map(|renewable| decide(safety, event, renewable)))
        .map(|decision| match decision {
            Decision::Done => "done".to_owned(),
            Decision::Again(Wait::Told(told)) => format!("again {told:?}"),
            Decision::Again(Wait::Growing) => "again".to_owned(),
            Decision::Renew => "renew".to_owned(),
            Decision::Unknown => "unknown".to_owned(),
            Decision::Stop => "stop".to_owned(),
        })
        .map(|cell| format!("{cell:11}"))
        .collect();
    cells.join(" | ").trim_end().to_owned()
}

/// The shared clock, but the part of a wait that is left to chance is always the shortest.
struct Even(Fixed);

impl Even {
    fn new() -> Self {
        Self(Fixed::new())
    }
}

impl Seams for Even {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn sleep(&self, pause: Duration) {
        self.0.sleep(pause);
    }
    fn random(&self, bytes: &mut [u8]) {
        match bytes {
            [_, _] => bytes.fill(0),
            _ => self.0.random(bytes),
        }
    }
    fn time_zone(&self) -> TimeZone {
        self.0.time_zone()
    }
}

/// Somebody wants the run to end in the moment between the look whether to wait and the wait.
struct Interrupted(Even, AtomicBool);

impl Seams for Interrupted {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn sleep(&self, pause: Duration) {
        self.0.sleep(pause);
    }
    fn rest(&self, _: Duration) {
        self.1.store(true, Ordering::Relaxed);
    }
    fn interrupted(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }
    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }
    fn time_zone(&self) -> TimeZone {
        self.0.time_zone()
    }
}

#[test]
fn an_interruption_ends_a_wait_until_the_run_tidies_up() {
    let clock = Interrupted(Even::new(), AtomicBool::new(false));
    let script = Scripted::new(vec![]);
    let waits = WaitBudget::new(Duration::from_secs(60));
    let link = Link {
        waits: &waits,
        ..link(&script, &clock)
    };
    let second = Duration::from_secs(1);
    assert!(!link.wait(second, "the first"), "it is cut off");
    assert!(!link.wait(second, "the second"), "there is none any more");
    waits.begin_cleanup();
    assert!(link.wait(second, "the third"));
    assert_eq!(clock.0.0.sleeps(), [1.0], "to its end");
}

/// What an exchange did, in one comparable piece.
#[derive(Debug, PartialEq)]
struct Walk {
    request_outcome: RequestOutcome,
    attempts: usize,
    waits: Vec<f64>,
}

/// The requests are answered by `steps` in order; each must be asked for.
fn walk(safety: Safety, steps: Vec<Result<Response, Failure>>) -> Walk {
    let (script, clock) = (Scripted::new(steps), Even::new());
    let ended = run(
        &script,
        &clock,
        Duration::from_secs(60),
        safety,
        &mut NoRenewal,
    );
    Walk {
        request_outcome: ended.request_outcome,
        attempts: script.requests().len(),
        waits: clock.0.sleeps(),
    }
}

fn run(
    script: &Scripted,
    clock: &Even,
    max_wait: Duration,
    safety: Safety,
    renewal: &mut dyn Renew,
) -> ExchangeResult {
    let link = Link {
        waits: Box::leak(Box::new(WaitBudget::new(max_wait))),
        ..link(script, clock)
    };
    let request = Request {
        method: Method::Post,
        url: "https://graph.example.org/v1.0/me/sendMail"
            .parse::<url::Url>()
            .expect("a URL")
            .into(),
        headers: vec![("content-type", "application/json".to_owned())],
        bearer: Some(Secret::new("1")),
        body: Bytes::from_static(b"{}"),
        timeout: link.timeout,
        stoppable: false,
        begun: None,
    };
    exchange(&link, request, safety, renewal)
}

fn failed(failure: impl FnOnce(Cause) -> Failure) -> Result<Response, Failure> {
    Err(failure(Cause::new(Reason::Other, "scripted")))
}

#[test]
fn accepted_is_done_whatever_else_the_answer_says() {
    for headers in [&[][..], &[("retry-after", "5")]] {
        assert_eq!(
            walk(Safety::Once, vec![answer(202, headers, "")]),
            Walk {
                request_outcome: RequestOutcome::Done,
                attempts: 1,
                waits: vec![]
            }
        );
    }
}

#[test]
fn doubt_is_never_followed_by_a_second_send() {
    for step in [
        answer(200, &[], ""),
        answer(408, &[], ""),
        answer(500, &[], ""),
        answer(502, &[], ""),
        answer(503, &[], ""),
        answer(503, &[("retry-after", "soon")], ""),
        answer(504, &[("retry-after", "1")], ""),
        failed(Failure::Interrupted),
    ] {
        let shown = format!("{step:?}");
        assert_eq!(
            walk(Safety::Once, vec![step]),
            Walk {
                request_outcome: RequestOutcome::Unknown,
                attempts: 1,
                waits: vec![]
            },
            "{shown}"
        );
    }
}

#[test]
fn what_was_surely_not_done_is_tried_again() {
    assert_eq!(
        walk(
            Safety::Once,
            vec![
                failed(Failure::NotConnected),
                answer(429, &[("retry-after", "3")], ""),
                answer(503, &[("retry-after", "Fri, 20 Nov 2026 10:00:16 GMT")], ""),
                answer(429, &[], ""),
                answer(202, &[], ""),
            ]
        ),
        // The date is 16 s after the start, of which 0.5 s and 3 s have passed.
        Walk {
            request_outcome: RequestOutcome::Done,
            attempts: 5,
            waits: vec![0.5, 3.0, 12.5, 4.0]
        }
    );
}

#[test]
fn what_may_be_doubled_is_tried_again_on_doubt() {
    assert_eq!(
        walk(
            Safety::Repeatable,
            vec![
                answer(504, &[], ""),
                failed(Failure::Interrupted),
                answer(200, &[], "")
            ]
        ),
        Walk {
            request_outcome: RequestOutcome::Done,
            attempts: 3,
            waits: vec![0.5, 1.0]
        }
    );
}

#[test]
fn what_can_be_asked_about_is_not_repeated_on_doubt_and_any_success_is_one() {
    for (step, request_outcome) in [
        (answer(200, &[], ""), RequestOutcome::Done),
        (answer(201, &[], ""), RequestOutcome::Done),
        (answer(504, &[], ""), RequestOutcome::Unknown),
        (failed(Failure::Interrupted), RequestOutcome::Unknown),
    ] {
        let steps = vec![answer(503, &[("retry-after", "3")], ""), step];
        assert_eq!(
            walk(Safety::Verifiable, steps),
            Walk {
                request_outcome,
                attempts: 2,
                waits: vec![3.0]
            }
        );
    }
}

#[test]
fn refusals_end_at_once() {
    for step in [
        answer(302, &[("location", "https://elsewhere.example")], ""),
        answer(400, &[], ""),
        answer(401, &[], ""),
        answer(403, &[("retry-after", "1")], ""),
        answer(413, &[], ""),
        answer(507, &[], ""),
        failed(Failure::NotConfigured),
    ] {
        for safety in [Safety::Once, Safety::Verifiable, Safety::Repeatable] {
            assert_eq!(
                walk(safety, vec![step.clone()]),
                Walk {
                    request_outcome: RequestOutcome::Refused,
                    attempts: 1,
                    waits: vec![]
                },
                "{step:?}"
            );
        }
    }
}

#[test]
fn a_wait_beyond_patience_is_not_begun_but_told() {
    for (after, waited) in [
        ("61", vec![]),
        ("58", vec![3.0]),
        ("Fri, 20 Nov 2026 11:00:00 GMT", vec![]),
    ] {
        let mut steps = vec![answer(429, &[("retry-after", after)], "")];
        if !waited.is_empty() {
            steps.insert(0, answer(429, &[("retry-after", "3")], ""));
        }
        let until = match after {
            "Fri, 20 Nov 2026 11:00:00 GMT" => "2026-11-20T11:00:00Z",
            _ => "2026-11-20T10:01:01Z",
        };
        assert_eq!(
            walk(Safety::Once, steps.clone()),
            Walk {
                request_outcome: RequestOutcome::Later(Some(until.parse().expect("a time"))),
                attempts: steps.len(),
                waits: waited,
            },
            "{after}"
        );
    }
    assert_eq!(
        walk(
            Safety::Once,
            vec![answer(429, &[("retry-after", "99999999999999999999")], "")]
        ),
        Walk {
            request_outcome: RequestOutcome::Later(Some(
                "2026-11-20T11:00:00Z".parse().expect("a time")
            )),
            attempts: 1,
            waits: vec![]
        },
        "a time that no calendar has is trusted for an hour"
    );
}

#[test]
fn growing_waits_end_when_patience_does() {
    let steps = vec![failed(Failure::NotConnected); 8];
    // 45.5 s have passed, and the next wait would be 15 s.
    assert_eq!(
        walk(Safety::Once, steps),
        Walk {
            request_outcome: RequestOutcome::Later(None),
            attempts: 8,
            waits: vec![0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0],
        }
    );
}

#[test]
fn without_patience_nothing_waits() {
    let (script, clock) = (
        Scripted::new(vec![failed(Failure::NotConnected)]),
        Even::new(),
    );
    let ended = run(
        &script,
        &clock,
        Duration::ZERO,
        Safety::Once,
        &mut NoRenewal,
    );
    assert_eq!(
        (ended.request_outcome, clock.0.sleeps()),
        (RequestOutcome::Later(None), vec![])
    );
}

#[test]
fn a_service_that_says_again_without_end_is_left() {
    let steps = vec![answer(429, &[("retry-after", "1")], ""); 20];
    let last = "2026-11-20T10:00:20Z".parse().expect("a time");
    assert_eq!(
        walk(Safety::Once, steps),
        Walk {
            request_outcome: RequestOutcome::Later(Some(last)),
            attempts: 20,
            waits: vec![1.0; 19]
        }
    );
}

/// Tokens to renew with, in order.
struct Tokens(Vec<Option<&'static str>>);

impl Renew for Tokens {
    fn renewable(&self) -> bool {
        !self.0.is_empty()
    }
    fn renew(&mut self, _: Option<&Challenge>) -> Option<Secret> {
        self.0.remove(0).map(Secret::new)
    }
}

/// How a send under the token "1" ends, and the tokens of its attempts.
fn renewing(tokens: &[Option<&'static str>], statuses: &[u16]) -> (RequestOutcome, Vec<String>) {
    let steps = statuses.iter().map(|status| answer(*status, &[], ""));
    let (script, clock) = (Scripted::new(steps), Even::new());
    let max_wait = Duration::from_secs(60);
    let mut tokens = Tokens(tokens.to_vec());
    let ended = run(&script, &clock, max_wait, Safety::Once, &mut tokens);
    let sent = script.requests().into_iter().filter_map(|request| {
        let token = request.bearer?;
        Some(token.expose().to_owned())
    });
    (ended.request_outcome, sent.collect())
}

#[test]
fn a_refused_token_is_renewed_once() {
    for (tokens, statuses, request_outcome, bearers) in [
        (
            &[Some("2")][..],
            &[401, 202][..],
            RequestOutcome::Done,
            &["1", "2"][..],
        ),
        (
            &[Some("2"), Some("3")],
            &[401, 401],
            RequestOutcome::Refused,
            &["1", "2"],
        ),
        (&[None], &[401], RequestOutcome::Refused, &["1"]),
        (&[], &[401], RequestOutcome::Refused, &["1"]),
        (&[Some("2")], &[403], RequestOutcome::Refused, &["1"]),
        (
            &[Some("2")],
            &[429, 401, 202],
            RequestOutcome::Done,
            &["1", "1", "2"],
        ),
        (
            &[Some("2")],
            &[401, 504],
            RequestOutcome::Unknown,
            &["1", "2"],
        ),
    ] {
        let bearers = bearers.iter().map(|bearer| (*bearer).to_owned()).collect();
        assert_eq!(
            renewing(tokens, statuses),
            (request_outcome, bearers),
            "{statuses:?}"
        );
    }
}

#[test]
fn a_request_without_a_token_is_not_given_one() {
    let (script, clock) = (Scripted::new([answer(401, &[], "")]), Even::new());
    let link = link(&script, &clock);
    let request = Request {
        method: Method::Put,
        url: Target::confidential(
            "https://outlook.example.org/?authtoken=x"
                .parse()
                .expect("a URL"),
        ),
        headers: vec![],
        bearer: None,
        body: Bytes::new(),
        timeout: link.timeout,
        stoppable: false,
        begun: None,
    };
    let mut tokens = Tokens(vec![Some("2")]);
    let ended = exchange(&link, request, Safety::Verifiable, &mut tokens);
    assert_eq!(
        (ended.request_outcome, tokens.0),
        (RequestOutcome::Refused, vec![Some("2")])
    );
}

#[test]
fn each_attempt_has_an_identifier_of_its_own() {
    let steps = vec![
        answer(429, &[], ""),
        failed(Failure::NotConnected),
        answer(202, &[], ""),
    ];
    let (script, clock) = (Scripted::new(steps), Even::new());
    let ended = run(
        &script,
        &clock,
        Duration::from_secs(60),
        Safety::Once,
        &mut NoRenewal,
    );
    let sent: Vec<_> = script
        .requests()
        .into_iter()
        .map(|request| {
            let [(content, json), (name, id)] = <[_; 2]>::try_from(request.headers).expect("two");
            assert_eq!(
                (content, json.as_str(), name),
                ("content-type", "application/json", "client-request-id")
            );
            assert_eq!(
                (request.body, request.timeout),
                (Bytes::from_static(b"{}"), Duration::from_secs(30))
            );
            uuid::Uuid::parse_str(&id).expect("a UUID")
        })
        .collect();
    assert_eq!(sent.len(), 3);
    assert!(
        sent[0] != sent[1] && sent[1] != sent[2] && sent[0] != sent[2],
        "{sent:?}"
    );
    assert_eq!(ended.client_request_id, sent[2].to_string());
    assert!(matches!(
        ended.last,
        AttemptResult::Answered(Response { status: 202, .. })
    ));
}
