//! A network that a test writes down beforehand.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use graphmail::http::{Failure, Link, Request, Response, Trace, Transport, WaitBudget};
use graphmail::seams::Seams;

/// What one request meets.
pub type Answer = Result<Response, Failure>;

/// Gives the answers in their order, and keeps the requests. A request too many fails the test,
/// and so does an answer that nobody asked for.
pub struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<Request>>,
}

impl Scripted {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            requests: Mutex::default(),
        }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The requests so far, each as `METHOD URL` and its form, decoded.
    pub fn forms(&self) -> Vec<String> {
        let form = |request: &Request| {
            let mut text = format!("{} {}", request.method.name(), request.url);
            for (name, value) in url::form_urlencoded::parse(&request.body) {
                text.push_str(&format!("\n{name}={value}"));
            }
            text
        };
        self.requests().iter().map(form).collect()
    }
}

impl Transport for Scripted {
    fn execute(&self, request: &Request) -> Answer {
        self.requests.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| panic!("unexpected: {} {}", request.method.name(), request.url))
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if !thread::panicking() {
            let left = self.answers.lock().unwrap();
            assert!(left.is_empty(), "never asked for: {left:?}");
        }
    }
}

/// An answer of JSON.
pub fn json(status: u16, body: &serde_json::Value) -> Answer {
    answer(
        status,
        &[("content-type", "application/json")],
        &body.to_string(),
    )
}

/// An answer.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Ok(Response {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_owned().into(),
    })
}

/// A link with a minute of patience.
pub fn link<'a>(transport: &'a dyn Transport, seams: &'a dyn Seams) -> Link<'a> {
    Link {
        transport,
        seams,
        trace: &Untraced,
        throttle: None,
        begun: None,
        timeout: Duration::from_secs(30),
        waits: Box::leak(Box::new(WaitBudget::new(Duration::from_secs(60)))),
    }
}

/// Nobody listens.
pub struct Untraced;

impl Trace for Untraced {
    fn sending(&self, _: &Request) {}
    fn received(&self, _: &Response) {}
    fn failed(&self, _: &Failure) {}
    fn waiting(&self, _: Duration, _: &str) {}
}
