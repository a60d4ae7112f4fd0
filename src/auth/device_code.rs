//! A user signs in with a code in any browser (RFC 8628).

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use oauth2::{
    DeviceAuthorizationResponse, DeviceCodeErrorResponse, ExtraDeviceAuthorizationFields,
    HttpRequest, HttpResponse, RequestTokenError, SyncHttpClient,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::app::App;
use super::credential::CredentialKind;
use super::entra::{self, Endpoint};
use super::error::Error;
use super::refresh_token::full_scopes;
use super::refusal::Refusal;
use super::store::Record;
use crate::cloud::may_lead_to;
use crate::http::{Link, Safety, WaitBudget};
use crate::seams::Seams;
use crate::text;

/// After how many polls in a row without an answer the sign-in is given up. The waits between them
/// double, so this takes minutes.
const MAX_SILENT_POLLS: u32 = 10;

/// The seconds between polls if the service names none, or zero (RFC 8628 section 3.2).
const USUAL_INTERVAL: u64 = 5;

/// The longest accepted lifetime of a code or interval between polls, in seconds: a day. Entra's
/// codes last 15 minutes; larger numbers would overflow.
const LONGEST_TIME: u64 = 24 * 60 * 60;

/// The longest interval after unanswered polls: the user is waiting for the program.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// What to show to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The page to open, exactly as the service returned it.
    pub verification_uri: String,
    /// The code to type there, exactly as the service returned it.
    pub user_code: String,
    /// The service's sentence with these instructions.
    pub message: Option<String>,
    /// When the code expires.
    pub expires_at: Timestamp,
}

/// Entra's additional field in the answer of the device authorization endpoint.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    message: Option<String>,
}

impl ExtraDeviceAuthorizationFields for Message {}

/// Signs a user in: shows the code, and waits until it has been used.
///
/// `permissions` are Graph permissions such as `Mail.Send`. The caller saves the record.
///
/// # Errors
/// [`Error::Declined`], [`Error::CodeExpired`], or an error of Entra or the network.
pub fn sign_in(
    app: &App,
    link: &Link<'_>,
    permissions: &[&str],
    show: &mut dyn FnMut(&Prompt),
) -> Result<Record, Error> {
    let asked = full_scopes(app, permissions);
    let client = entra::client(app, None);
    let endpoint = Endpoint {
        link: *link,
        url: app.cloud.login_url(&app.tenant, "devicecode"),
    };
    let started = link.seams.now();
    let device: DeviceAuthorizationResponse<Message> = client
        .exchange_device_code()
        .add_scopes(entra::scopes(&asked))
        .request(&LimitedTimes(&endpoint))
        .map_err(|error| endpoint.error(error))?;
    let page = device.verification_uri();
    if !may_lead_to(&endpoint.url, page.url()) {
        return Err(Error::InsecurePage {
            authority: endpoint.authority(),
            page: text::field(page),
        });
    }
    let expires_at = after(started, device.expires_in());
    show(&Prompt {
        verification_uri: device.verification_uri().to_string(),
        user_code: device.user_code().secret().clone(),
        message: device.extra_fields().message.clone(),
        expires_at,
    });

    // The next poll serves as the retry.
    let waits = WaitBudget::new(Duration::ZERO);
    let single = Link {
        waits: &waits,
        ..*link
    };
    let poll = Poll::new(app, &single, expires_at);
    // The crate polls at once, before the user can have signed in.
    poll.sleep(device.interval());
    let reply = client
        .exchange_device_access_token(&device)
        .set_time_fn(clock(link.seams))
        .set_max_backoff_interval(LONGEST_INTERVAL.max(device.interval()))
        .request(
            &poll,
            |interval| poll.sleep(interval),
            Some(poll.remaining()),
        )
        .map_err(|error| poll.error(error))?;
    let mut record = Record::new(app, CredentialKind::DeviceCode);
    entra::accept(&mut record, &reply, &asked, poll.asked_at.get());
    Ok(record)
}

/// The device authorization endpoint. Limits the times in its answer to values that the crate accepts.
struct LimitedTimes<'a>(&'a Endpoint<'a>);

impl SyncHttpClient for LimitedTimes<'_> {
    type Error = Error;

    fn call(&self, form: HttpRequest) -> Result<HttpResponse, Error> {
        let mut response = self.0.call(form)?;
        if let Some(body) = limited(response.body()) {
            *response.body_mut() = body;
        }
        Ok(response)
    }
}

/// The answer with limited interval and lifetime; `None` if it is not an object.
fn limited(body: &[u8]) -> Option<Vec<u8>> {
    let mut answer: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    let seconds = |name| answer.get(name).and_then(Value::as_u64);
    let (interval, end) = (seconds("interval"), seconds("expires_in"));
    let end = end.map(|seconds| seconds.min(LONGEST_TIME));
    // The crate refuses values that are not whole numbers.
    if matches!(answer.get("interval"), None | Some(Value::Null)) || interval.is_some() {
        let interval = interval.filter(|seconds| *seconds > 0);
        // An interval that is longer than the lifetime is limited to it.
        let longest = end.unwrap_or(LONGEST_TIME).max(USUAL_INTERVAL);
        let interval = interval.unwrap_or(USUAL_INTERVAL).min(longest);
        answer.insert("interval".to_owned(), interval.into());
    }
    if let Some(end) = end {
        answer.insert("expires_in".to_owned(), end.into());
    }
    serde_json::to_vec(&answer).ok()
}

/// The token endpoint, as it is polled.
struct Poll<'a> {
    endpoint: Endpoint<'a>,
    expires_at: Timestamp,
    /// When the last poll began.
    asked_at: Cell<Timestamp>,
    /// How many polls in a row had no answer.
    silent: Cell<u32>,
    /// The earliest time of the next poll, from the service.
    until: Cell<Option<Timestamp>>,
    /// Why polling ended.
    end: RefCell<Option<Error>>,
}

/// A poll without an answer: the crate doubles its interval (RFC 8628 section 3.5).
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no answer")
    }
}

impl std::error::Error for NoAnswer {}

impl SyncHttpClient for Poll<'_> {
    type Error = NoAnswer;

    fn call(&self, form: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        self.asked_at.set(self.endpoint.link.seams.now());
        let error = match self.endpoint.post(form, Safety::Repeatable) {
            Ok(response) => return Ok(entra::answer(StatusCode::OK, &response.body)),
            Err(error) => error,
        };
        match error {
            Error::Refused { ref refusal, .. } if is_pending(refusal) => {
                self.silent.set(0);
                let body = format!(r#"{{"error":"{}"}}"#, refusal.error);
                Ok(entra::answer(StatusCode::BAD_REQUEST, body.as_bytes()))
            }
            Error::Refused { ref refusal, .. } if refusal.is_temporary() => {
                self.no_answer(None, error)
            }
            Error::Unavailable { until, .. } => self.no_answer(until, error),
            error => Ok(self.stop(error)),
        }
    }
}

/// Whether the user has not finished yet.
fn is_pending(refusal: &Refusal) -> bool {
    matches!(
        refusal.error.as_str(),
        "authorization_pending" | "slow_down"
    )
}

impl<'a> Poll<'a> {
    fn new(app: &App, link: &Link<'a>, expires_at: Timestamp) -> Self {
        Self {
            endpoint: Endpoint::token(app, link),
            expires_at,
            asked_at: Cell::new(link.seams.now()),
            silent: Cell::new(0),
            until: Cell::new(None),
            end: RefCell::new(None),
        }
    }

    fn no_answer(&self, until: Option<Timestamp>, error: Error) -> Result<HttpResponse, NoAnswer> {
        self.silent.set(self.silent.get() + 1);
        if self.silent.get() >= MAX_SILENT_POLLS
            || until.is_some_and(|until| until > self.expires_at)
        {
            return Ok(self.stop(error));
        }
        self.until.set(until);
        Err(NoAnswer)
    }

    /// Ends polling. The crate continues after any error of ours, but not after an empty answer.
    fn stop(&self, error: Error) -> HttpResponse {
        self.end.replace(Some(error));
        entra::answer(StatusCode::BAD_REQUEST, b"")
    }

    fn remaining(&self) -> Duration {
        let remaining = self
            .expires_at
            .duration_since(self.endpoint.link.seams.now());
        Duration::try_from(remaining).unwrap_or_default()
    }

    /// Waits for the interval or until the time that the service named, whichever is later; at most a day.
    fn sleep(&self, interval: Duration) {
        let seams = self.endpoint.link.seams;
        let pause = self.until.take().map_or(Duration::ZERO, |until| {
            Duration::try_from(until.duration_since(seams.now())).unwrap_or_default()
        });
        seams.sleep(interval.max(pause).min(Duration::from_secs(LONGEST_TIME)));
    }

    fn error(&self, error: RequestTokenError<NoAnswer, DeviceCodeErrorResponse>) -> Error {
        match (self.end.take(), error) {
            (Some(Error::Refused { refusal, .. }), _) if is_declined(&refusal) => Error::Declined,
            (Some(Error::Refused { refusal, .. }), _) if refusal.error == "expired_token" => {
                Error::CodeExpired
            }
            (Some(error), _) => error,
            // Errors of the service ended above. This one comes from the crate's clock.
            (None, RequestTokenError::ServerResponse(_)) => Error::CodeExpired,
            (None, _) => self.endpoint.unintelligible(200),
        }
    }
}

/// Entra sends `authorization_declined` instead of RFC 8628's `access_denied`.
fn is_declined(refusal: &Refusal) -> bool {
    matches!(
        refusal.error.as_str(),
        "authorization_declined" | "access_denied"
    )
}

fn after(start: Timestamp, time: Duration) -> Timestamp {
    SignedDuration::try_from(time)
        .ok()
        .and_then(|time| start.checked_add(time).ok())
        .unwrap_or(Timestamp::MAX)
}

/// The clock in the crate's type.
fn clock(seams: &dyn Seams) -> impl Fn() -> chrono::DateTime<chrono::Utc> + Send + Sync + '_ {
    || {
        let now = seams.now();
        chrono::DateTime::from_timestamp_millis(now.as_millisecond()).unwrap_or_default()
    }
}
