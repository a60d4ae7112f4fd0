//! Scripted faults: what fails, on which route, and how often.

mod default_error;
mod script;

pub(super) use self::script::Script;

use std::fmt;
use std::str::FromStr;

use super::route::{self, Destination, Origin, Route};
use crate::exit::Class;

/// One scripted fault, read from `METHOD PATH=ACTION[,key=value…]`.
///
/// `PATH` is `/devicecode`, `/authorize`, `/token`, one of the platform's (`/metadata/identity/oauth2/token`,
/// `/msi/token`, `/himds/metadata/identity/oauth2/token`), `/upload/*`, `/me`, or below `/me` or `/users/*` one of
/// `/sendMail`, `/messages`, `/messages/*`, `/messages/*/send`, `/messages/*/attachments`,
/// `/messages/*/attachments/createUploadSession` and `/mailFolders/*/messages`. One mailbox, message
/// or folder may replace each `*`. `ACTION` is one of:
///
/// | action | what happens | its keys |
/// |---|---|---|
/// | a status, 200 to 599 | the answer has this status and an error body as Graph or Entra writes it | `retry-after`, `code` (Graph's code, or Entra's AADSTS number), `error` (Entra), `body=garbage` or `body=empty`, `process=yes`: the request still takes effect, `claims=yes` (Graph's 401): the answer is a claims challenge; from then on, an access token must have been requested with exactly these claims |
/// | `garbage` | a 200 whose body is not JSON | `process=yes` |
/// | `reset-before`, `reset-after` | the connection is reset, before or after the request took effect | |
/// | `stall-before`, `stall-after` | the request is never answered | |
///
/// A 302 of `/authorize` redirects the browser to the application with the error, by default `access_denied`.
///
/// Every action takes `times=N` (default: 1) and `after=N`: the first N requests that reach this fault
/// pass. Faults are tried in order, and a request meets at most one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: String,
    route: Route,
    pub(super) action: Action,
    times: u32,
    after: u32,
}

/// A fault whose text is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fault {text:?}: {part}: {reason} (an example: 'POST /me/sendMail=429,retry-after=2')")]
pub struct InvalidFault {
    /// The whole text.
    pub text: String,
    /// The malformed part.
    pub part: String,
    /// Why.
    pub reason: &'static str,
}

impl InvalidFault {
    /// The exit class.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::Usage
    }
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Answers instead of the service.
    Answer(Answer),
    /// Resets the connection.
    Reset(When),
    /// Never answers.
    Stall(When),
}

/// Before or after the request takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

/// A scripted answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) code: Option<String>,
    pub(super) error: Option<String>,
    pub(super) body: Body,
    pub(super) process: bool,
    /// Adds a claims challenge.
    pub(super) claims: bool,
}

/// The body of a scripted answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// The service's error body; empty if the status is no error.
    Error,
    /// Bytes that are not JSON.
    Garbage,
    /// No bytes.
    Empty,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        parse(text).map_err(|(part, reason)| InvalidFault {
            text: text.to_owned(),
            part: part.to_owned(),
            reason,
        })
    }
}

type Wrong<'a> = (&'a str, &'static str);

fn parse(text: &str) -> Result<Fault, Wrong<'_>> {
    let (operation, script) = text
        .split_once('=')
        .ok_or((text, "there is no '=' between the route and the action"))?;
    let (method, path) = operation
        .trim()
        .split_once(' ')
        .ok_or((operation, "a route is a method, a space and a path"))?;
    let route = route(method, path.trim())?;
    let mut words = script.split(',').map(str::trim);
    let action = words.next().unwrap_or_default();
    let mut fault = Fault {
        text: text.to_owned(),
        action: parse_action(action)?,
        route,
        times: 1,
        after: 0,
    };
    for word in words {
        let (key, value) = word
            .split_once('=')
            .ok_or((word, "it is not of the form key=value"))?;
        fault.set(word, key, value)?;
    }
    Ok(fault)
}

fn route<'a>(method: &'a str, path: &'a str) -> Result<Route, Wrong<'a>> {
    let (origin, full) = match path {
        "/token" | "/devicecode" | "/authorize" => {
            (Origin::Service, format!("/*/oauth2/v2.0{path}"))
        }
        _ if path.starts_with("/upload/") => (Origin::Upload, path.to_owned()),
        _ if ["/metadata/", "/msi/", "/himds/"]
            .iter()
            .any(|root| path.starts_with(root)) =>
        {
            (Origin::Service, path.to_owned())
        }
        _ => (Origin::Service, format!("/v1.0{path}")),
    };
    match route::find(origin, method, &full) {
        Destination::Service(route) => Ok(route),
        Destination::WrongMethod(_) => Err((method, "the route does not have this method")),
        Destination::NoSegment(_) | Destination::Elsewhere => Err((
            path,
            "the routes are /devicecode, /authorize, /token, /msi/token, /metadata/identity/oauth2/token (also below /himds), /upload/*, /me, and of /me or /users/*: /sendMail, /messages, /messages/*, /messages/*/send, /messages/*/attachments, /messages/*/attachments/createUploadSession and /mailFolders/*/messages",
        )),
    }
}

fn parse_action(action: &str) -> Result<Action, Wrong<'_>> {
    let answer = |status, body| {
        Action::Answer(Answer {
            status,
            retry_after: None,
            code: None,
            error: None,
            body,
            process: false,
            claims: false,
        })
    };
    match action {
        "garbage" => Ok(answer(200, Body::Garbage)),
        "reset-before" => Ok(Action::Reset(When::Before)),
        "reset-after" => Ok(Action::Reset(When::After)),
        "stall-before" => Ok(Action::Stall(When::Before)),
        "stall-after" => Ok(Action::Stall(When::After)),
        status => match status.parse() {
            Ok(status @ 200..=599) => Ok(answer(status, Body::Error)),
            Ok(_) => Err((action, "a status is between 200 and 599")),
            Err(_) => Err((
                action,
                "an action is a status, garbage, reset-before, reset-after, stall-before or stall-after",
            )),
        },
    }
}

impl Fault {
    /// Reads one `key=value`; `word` is the whole text, for the error.
    fn set<'a>(&mut self, word: &'a str, key: &str, value: &str) -> Result<(), Wrong<'a>> {
        let number = || value.parse().map_err(|_| (word, "it takes a number"));
        match key {
            "times" => match number()? {
                0 => return Err((word, "times must be at least 1")),
                times => self.times = times,
            },
            "after" => self.after = number()?,
            _ => {
                let entra = self.route.is_sign_in();
                let Action::Answer(answer) = &mut self.action else {
                    return Err((word, "this action only takes times and after"));
                };
                answer.set(word, key, value, entra)?;
            }
        }
        Ok(())
    }
}

impl Answer {
    fn set<'a>(
        &mut self,
        word: &'a str,
        key: &str,
        value: &str,
        entra: bool,
    ) -> Result<(), Wrong<'a>> {
        if value.is_empty() || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err((word, "a value is visible ASCII"));
        }
        let owned = || Some(value.to_owned());
        match (key, value) {
            ("retry-after", _) => self.retry_after = owned(),
            ("code", _) if entra && value.parse::<u32>().is_err() => {
                return Err((word, "Entra's code is a number, as in AADSTS70043"));
            }
            ("code", _) => self.code = owned(),
            ("error", _) if entra => self.error = owned(),
            ("error", _) => return Err((word, "Graph has no such field; it has code=")),
            ("body", "garbage") => self.body = Body::Garbage,
            ("body", "empty") => self.body = Body::Empty,
            ("body", _) => return Err((word, "a body is garbage or empty")),
            ("process", "yes") => self.process = true,
            ("process", "no") => self.process = false,
            ("process", _) => return Err((word, "it is yes or no")),
            ("claims", "yes") if !entra && self.status == 401 => self.claims = true,
            ("claims", "no") => self.claims = false,
            ("claims", _) => return Err((word, "it is yes, with Graph's 401, or no")),
            _ => {
                return Err((
                    word,
                    "the keys are retry-after, code, error, body, process, claims, times and after",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Answer, Body, Fault, When};

    fn fault(text: &str) -> Fault {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn refusal(text: &str) -> String {
        text.parse::<Fault>().expect_err(text).to_string()
    }

    #[test]
    fn every_key_of_an_answer_is_read() {
        let parsed = fault(
            "POST /token=400,retry-after=7,code=700082,error=invalid_grant,body=empty,process=yes,times=2,after=3",
        );
        assert_eq!(
            (parsed.action, parsed.times, parsed.after),
            (
                Action::Answer(Answer {
                    status: 400,
                    retry_after: Some("7".to_owned()),
                    code: Some("700082".to_owned()),
                    error: Some("invalid_grant".to_owned()),
                    body: Body::Empty,
                    process: true,
                    claims: false,
                }),
                2,
                3
            )
        );
        assert_eq!(
            fault("GET /me=stall-after").action,
            Action::Stall(When::After)
        );
        for route in [
            "POST /users/*/sendMail",
            "POST /me/messages",
            "GET /me/messages/*",
            "PATCH /me/messages/*",
            "DELETE /users/*/messages/*",
            "POST /me/messages/*/send",
            "POST /me/messages/*/attachments",
            "GET /me/messages/*/attachments",
            "POST /me/messages/*/attachments/createUploadSession",
            "GET /me/mailFolders/sentitems/messages",
            "GET /msi/token",
            "GET /metadata/identity/oauth2/token",
            "GET /himds/metadata/identity/oauth2/token",
            "PUT /upload/*",
            "GET /upload/*",
            "DELETE /upload/*",
        ] {
            assert_eq!(
                fault(&format!("{route}=reset-before")).action,
                Action::Reset(When::Before)
            );
        }
    }

    #[test]
    fn a_refusal_names_the_part_the_reason_and_an_example() {
        assert_eq!(
            refusal("POST /me/sendMial=429"),
            "fault \"POST /me/sendMial=429\": /me/sendMial: the routes are /devicecode, /authorize, /token, /msi/token, \
             /metadata/identity/oauth2/token (also below /himds), /upload/*, /me, \
             and of /me or /users/*: /sendMail, /messages, /messages/*, /messages/*/send, /messages/*/attachments, \
             /messages/*/attachments/createUploadSession and /mailFolders/*/messages (an example: 'POST /me/sendMail=429,retry-after=2')"
        );
        for (text, part) in [
            ("POST /me/sendMail", "POST /me/sendMail: there is no '='"),
            ("/me/sendMail=429", "/me/sendMail: a route is a method"),
            ("GET /me/sendMail=429", "GET: the route does not have"),
            ("PATCH /me/messages=429", "PATCH: the route does not have"),
            (
                "POST /me/messages/*/sent=429",
                "/me/messages/*/sent: the routes",
            ),
            ("PUT /upload=429", "/upload: the routes"),
            ("POST /upload/*=429", "POST: the route does not have"),
            ("POST /token=100", "100: a status is between"),
            ("POST /token=explode", "explode: an action is"),
            ("POST /token=429,times", "times: it is not of the form"),
            ("POST /token=429,times=x", "times=x: it takes a number"),
            ("POST /token=429,times=0", "times=0: times must be"),
            ("POST /token=429,colour=red", "colour=red: the keys are"),
            ("POST /token=429,code=Busy", "code=Busy: Entra's code is"),
            ("POST /token=429,body=x", "body=x: a body is"),
            ("POST /token=429,process=x", "process=x: it is yes or no"),
            ("POST /token=429,error=", "error=: a value is"),
            ("POST /token=401,claims=yes", "claims=yes: it is yes, with"),
            ("GET /me=403,claims=yes", "claims=yes: it is yes, with"),
            ("GET /me=401,error=x", "error=x: Graph has no such field"),
            ("GET /me=reset-after,code=x", "code=x: this action only"),
        ] {
            let expected = format!("fault {text:?}: {part}");
            assert!(refusal(text).starts_with(&expected), "{}", refusal(text));
        }
    }
}
