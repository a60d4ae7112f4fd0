//! The error of a command: a domain's error with its exit class and advice.

use std::error::Error;
use std::fmt::{self, Display};

use jiff::Timestamp;
use serde_json::Value;

use super::advice::{Advice, SignIn};
use crate::exit::{Class, Status};
use crate::graph::SentCopy;
use crate::interrupt;
use crate::outbox::EntryId;

/// The result of a command.
pub(in crate::commands) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command failed. `?` converts a domain's error; a type that does not implement [`Explain`] does
/// not compile.
pub(in crate::commands) struct Failure(Box<Inner>);

struct Inner {
    source: anyhow::Error,
    class: Class,
    status: Status,
    advice: Advice,
    detail: Detail,
    entry: Option<EntryId>,
}

/// Details of some errors, for the JSON report and the log.
#[derive(Debug, Default)]
pub(in crate::commands) struct Detail {
    /// Graph's error code.
    pub(super) graph_code: Option<String>,
    /// Graph's id of the request.
    pub(super) request_id: Option<String>,
    /// graphmail's id of the request.
    pub(super) client_request_id: Option<String>,
    /// The number in Entra's error, as in `AADSTS50076`.
    pub(super) entra_code: Option<String>,
    /// Entra's id of the sign-in.
    pub(super) correlation_id: Option<String>,
    /// Entra's id of the answer.
    pub(super) trace_id: Option<String>,
    /// When it can be retried.
    pub(super) retry_at: Option<Timestamp>,
    /// The account whose credential expires, and when.
    pub(super) expiry: Option<(String, String)>,
    /// The rows of a data file that have errors.
    pub(super) rows: Vec<String>,
    /// The Message-ID of a message that was not delivered.
    pub(super) message_id: Option<String>,
    /// The id and the web link of its copy in Sent Items.
    pub(super) copy: (Option<String>, Option<String>),
    /// The recipients that did not get it.
    pub(super) failed_recipients: Vec<Value>,
}

impl Detail {
    /// The credential of `account` expires at `end`, a formatted time.
    pub(in crate::commands) fn of_expiry(account: &str, end: &str) -> Self {
        Self {
            expiry: Some((account.to_owned(), end.to_owned())),
            ..Self::default()
        }
    }

    /// The message `message_id` was sent, and not delivered to `recipients`.
    pub(in crate::commands) fn of_bounce(
        message_id: &str,
        copy: Option<&SentCopy>,
        recipients: Vec<Value>,
    ) -> Self {
        let id = copy.map(|copy| copy.id.to_string());
        let web_link = copy.and_then(|copy| copy.web_link.clone());
        Self {
            message_id: Some(message_id.to_owned()),
            copy: (id, web_link),
            failed_recipients: recipients,
            ..Self::default()
        }
    }
}

/// The exit class, advice and details of an error that a command can return.
pub(in crate::commands) trait Explain:
    Error + Send + Sync + Sized + 'static
{
    /// The exit class.
    fn class(&self) -> Class;

    /// Whether a signal interrupted the command.
    fn is_interruption(&self) -> bool {
        false
    }

    /// The exit status: that of the signal after an interruption, else that of the class.
    fn status(&self) -> Status {
        if Explain::is_interruption(self) {
            interrupt::status()
        } else {
            Explain::class(self).into()
        }
    }

    /// What the user can do about it.
    fn advice(&self) -> Advice {
        Advice::none()
    }

    /// Details for the report.
    fn detail(&self) -> Detail {
        Detail::default()
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(Inner {
            class: Explain::class(&error),
            status: error.status(),
            advice: Explain::advice(&error),
            detail: Explain::detail(&error),
            entry: None,
            source: error.into(),
        }))
    }
}

impl Failure {
    /// A bug: a state that no input can cause.
    pub(in crate::commands) fn bug(what: &'static str) -> Self {
        Self(Box::new(Inner {
            source: anyhow::Error::msg(what),
            class: Class::Bug,
            status: Class::Bug.into(),
            advice: Advice::none(),
            detail: Detail::default(),
            entry: None,
        }))
    }

    /// The exit class.
    pub(in crate::commands) fn class(&self) -> Class {
        self.0.class
    }

    /// The exit status.
    pub(in crate::commands) fn status(&self) -> Status {
        self.0.status
    }

    /// What the user can do about it.
    pub(in crate::commands) fn advice(&self) -> &Advice {
        &self.0.advice
    }

    /// Details for the report.
    pub(super) fn detail(&self) -> &Detail {
        &self.0.detail
    }

    /// `request-id` and `client-request-id` of the failed request.
    pub(in crate::commands) fn request_ids(&self) -> (Option<&str>, Option<&str>) {
        let Detail {
            request_id,
            client_request_id,
            ..
        } = &self.0.detail;
        (request_id.as_deref(), client_request_id.as_deref())
    }

    /// As a mail server gets it that keeps the message and tries it again: what is wrong on this host is temporary, and
    /// must not return the message to its sender.
    pub(in crate::commands) fn deferred(mut self) -> Self {
        let is_of_host = matches!(
            self.0.class,
            Class::Input | Class::Bug | Class::Outbox | Class::Io | Class::SignIn | Class::Config
        );
        if is_of_host {
            self.0.class = Class::Later;
            self.0.status = Class::Later.into();
        }
        self
    }

    /// Replaces its advice.
    pub(in crate::commands) fn advised(mut self, advice: impl Into<Advice>) -> Self {
        self.0.advice = advice.into();
        self
    }

    /// Sets the account that the commands of its advice name.
    pub(in crate::commands) fn for_account(mut self, name: &str) -> Self {
        self.0.advice = self.0.advice.for_account(name);
        self
    }

    /// Sets the sign-in that failed, if none is set.
    pub(in crate::commands) fn for_sign_in(mut self, sign_in: SignIn) -> Self {
        self.0.advice = self.0.advice.for_sign_in(sign_in);
        self
    }

    /// Sets the mailbox that the commands on drafts in its advice name, if none is set.
    pub(in crate::commands) fn in_mailbox(mut self, user: &str) -> Self {
        self.0.advice = self.0.advice.in_mailbox(user);
        self
    }

    /// The entry of the outbox that has the message.
    pub(in crate::commands) fn entry(&self) -> Option<&EntryId> {
        self.0.entry.as_ref()
    }

    /// Sets the entry of the outbox that has the message.
    pub(in crate::commands) fn in_entry(mut self, id: &EntryId) -> Self {
        self.0.entry = Some(id.clone());
        self
    }

    /// Adds the lines about rows of a data file.
    pub(in crate::commands) fn with_rows(mut self, rows: Vec<String>) -> Self {
        self.0.detail.rows = rows;
        self
    }

    /// Adds what was attempted, before the reason.
    pub(in crate::commands) fn context(
        mut self,
        what: impl Display + Send + Sync + 'static,
    ) -> Self {
        self.0.source = self.0.source.context(what);
        self
    }

    /// The domain's error, if it is of this type.
    pub(in crate::commands) fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.0.source.downcast_ref()
    }

    /// The error and its causes, outermost first, each once, and the ids of the request.
    pub(in crate::commands) fn words(&self) -> String {
        self.words_from(0)
    }

    /// As [`Failure::words`], without the outermost text, which names the entry of [`Failure::in_entry`]: for a
    /// message that is not in the outbox any more.
    pub(in crate::commands) fn words_without_entry(&self) -> String {
        self.words_from(1)
    }

    /// The error and its causes without the outermost `skipped`, if there are more.
    fn words_from(&self, skipped: usize) -> String {
        let mut chain = self.0.source.chain().skip(skipped);
        let first = chain.next().map(ToString::to_string);
        let mut words = first.unwrap_or_else(|| self.0.source.to_string());
        for cause in chain {
            let cause = cause.to_string();
            // Some errors already end with the text of their cause.
            if !words.ends_with(&cause) {
                words = format!("{words}: {cause}");
            }
        }
        let Detail {
            entra_code,
            correlation_id,
            trace_id,
            ..
        } = &self.0.detail;
        let (graph, ours) = self.request_ids();
        // Entra usually begins its text with the code.
        let code = entra_code.as_deref().filter(|code| !words.contains(code));
        let ids = [
            ("error", code),
            ("correlation-id", correlation_id.as_deref()),
            ("trace-id", trace_id.as_deref()),
            // Graph's id is shown only with ours.
            ("request-id", graph.and(ours).and(graph)),
            ("client-request-id", ours),
        ];
        let ids = ids.into_iter();
        let ids: Vec<_> = ids
            .filter_map(|(name, id)| Some(format!("{name} {}", id?)))
            .collect();
        if ids.is_empty() {
            return words;
        }
        format!("{words} ({})", ids.join(", "))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.source, formatter)
    }
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0.source, formatter)
    }
}

/// Adds to an error what was attempted.
pub(in crate::commands) trait WithContext<T> {
    /// Adds what was attempted, before the reason.
    fn context(self, what: impl Display + Send + Sync + 'static) -> Result<T>;

    /// The same; `what` is called only for an error.
    fn with_context<C: Display + Send + Sync + 'static>(
        self,
        what: impl FnOnce() -> C,
    ) -> Result<T>;
}

impl<T, E: Into<Failure>> WithContext<T> for std::result::Result<T, E> {
    fn context(self, what: impl Display + Send + Sync + 'static) -> Result<T> {
        self.map_err(|error| error.into().context(what))
    }

    fn with_context<C: Display + Send + Sync + 'static>(
        self,
        what: impl FnOnce() -> C,
    ) -> Result<T> {
        self.map_err(|error| error.into().context(what()))
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;
    use crate::auth::{Error, Refusal};

    #[test]
    fn a_refused_sign_in_shows_its_code_and_ids() {
        let body = |description: &str| {
            format!(
                r#"{{"error":"e","error_description":"{description}","error_codes":[1],"trace_id":"T","correlation_id":"C"}}"#
            )
        };
        for (description, words) in [
            (
                "AADSTS1: no.",
                "a refused: AADSTS1: no. (correlation-id C, trace-id T)",
            ),
            (
                "no.",
                "a refused: no. (error AADSTS1, correlation-id C, trace-id T)",
            ),
        ] {
            let refusal = Refusal::parse(body(description).as_bytes()).expect("a refusal");
            let error = Error::Refused {
                authority: "a".to_owned(),
                refusal: Box::new(refusal),
            };
            assert_eq!(Failure::from(error).words(), words);
        }
    }
}
