//! A network that answers as it was told to, and a clock that waits by being moved.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use graphmail::http::{Failure, Request, Response, Trace, Transport};
use graphmail::seams::Seams;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Answers that are given in order, and the requests that asked for them.
pub(crate) struct Script {
    steps: Mutex<VecDeque<Result<Response, Failure>>>,
    requests: Mutex<Vec<Request>>,
}

impl Script {
    pub(crate) fn new(steps: Vec<Result<Response, Failure>>) -> Self {
        Self {
            steps: Mutex::new(steps.into()),
            requests: Mutex::default(),
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Each answer must have been asked for.
    pub(crate) fn finish(&self) {
        let left = self.steps.lock().unwrap().len();
        assert_eq!(left, 0, "answers that nothing asked for");
    }
}

impl Transport for Script {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        self.requests.lock().unwrap().push(request.clone());
        let step = self.steps.lock().unwrap().pop_front();
        step.expect("a request that the script expects")
    }
}

/// An answer.
pub(crate) fn answer(
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Response, Failure> {
    Ok(Response {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    })
}

/// Starts on 2026-01-01T10:00:00Z, moves when somebody waits, and leaves nothing to chance: two
/// bytes are always the least, more are a counter.
#[derive(Default)]
pub(crate) struct Clock {
    waits: Mutex<Vec<Duration>>,
    count: Mutex<u8>,
}

impl Clock {
    /// The waits so far, in milliseconds.
    pub(crate) fn waits(&self) -> Vec<u64> {
        let waits = self.waits.lock().unwrap();
        waits
            .iter()
            .map(|wait| u64::try_from(wait.as_millis()).unwrap())
            .collect()
    }
}

impl Seams for Clock {
    fn now(&self) -> Timestamp {
        let waited: Duration = self.waits.lock().unwrap().iter().sum();
        let start: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
        start + SignedDuration::try_from(waited).unwrap()
    }

    fn sleep(&self, pause: Duration) {
        self.waits.lock().unwrap().push(pause);
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut count = self.count.lock().unwrap();
        if bytes.len() > 2 {
            *count += 1;
        }
        let byte = if bytes.len() > 2 { *count } else { 0 };
        bytes.fill(byte);
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

/// Tells nobody.
pub(crate) struct NoTrace;

impl Trace for NoTrace {
    fn sending(&self, _: &Request, _: &str) {}
    fn received(&self, _: &Response) {}
    fn failed(&self, _: &Failure) {}
    fn waiting(&self, _: Duration, _: &str) {}
}
