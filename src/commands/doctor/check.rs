//! The result of one check, and the report of all checks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::commands::report::{Advice, Failure, Situation};
use crate::exit::{Class, Status};
use crate::text::Visible;

/// Whose configuration and outbox are examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of a user, on a host without a mail service.
    User,
    /// Those of a user whose mail the service sends.
    Client,
    /// Those of the service.
    Service,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// It works.
    Pass,
    /// It works now, but not always or not for all mail.
    Warn,
    /// It does not work.
    Fail,
    /// It was not or cannot be checked.
    Skip,
}

impl Verdict {
    /// The word at the start of the line.
    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
            Self::Skip => "skip",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Check {
    /// What was checked.
    pub(super) name: String,
    pub(super) status: Verdict,
    /// What was found, on one line.
    pub(super) message: String,
    /// The command that fixes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    /// How to fix it, if that is more than one command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    /// What `fix` and `hint` are made from.
    #[serde(skip)]
    pub(super) advice: Advice,
}

impl Check {
    fn new(name: &str, status: Verdict, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            status,
            message: message.into(),
            fix: None,
            hint: None,
            advice: Advice::none(),
        }
    }

    pub(super) fn pass(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Pass, message)
    }

    pub(super) fn warn(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Warn, message)
    }

    pub(super) fn fail(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Fail, message)
    }

    pub(super) fn skip(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Skip, message)
    }

    /// A failure with the text and the advice of `error`.
    pub(super) fn of_error(name: &str, error: impl Into<Failure>) -> Self {
        let error = error.into();
        Self::fail(name, error.words()).advised(error.advice().clone())
    }

    /// Adds the advice.
    pub(super) fn advised(mut self, advice: impl Into<Advice>) -> Self {
        self.advice = advice.into();
        self
    }

    /// Renders its advice for this situation.
    pub(super) fn finish(&mut self, situation: &Situation<'_>) {
        let advice = std::mem::take(&mut self.advice);
        match situation.command(&advice) {
            Some(command) => self.fix = Some(command),
            None if !advice.is_empty() => self.hint = situation.line(&advice),
            None => {}
        }
    }
}

/// The exit status: that of the worst result.
pub(super) fn status(checks: &[Check]) -> Status {
    let any = |verdict| checks.iter().any(|check| check.status == verdict);
    if any(Verdict::Fail) {
        Class::Config.into()
    } else if any(Verdict::Warn) {
        Status::WARNINGS
    } else {
        Class::Success.into()
    }
}

/// `ok   name  message`, then `fix:` and `hint:` on separate lines.
pub(super) fn as_text(checks: &[Check]) -> Visible {
    let width = checks.iter().map(|check| check.name.len()).max();
    let width = width.unwrap_or_default();
    checks
        .iter()
        .map(|check| {
            let (word, name) = (check.status.word(), &check.name);
            let line = |word: &str, remedy: &Option<String>| {
                let remedy = remedy.as_ref();
                remedy.map(|remedy| format!("     {word}: {remedy}"))
            };
            let (fix, hint) = (line("fix", &check.fix), line("hint", &check.hint));
            let verdict = format!("{word:4} {name:width$}  {}", check.message);
            Visible::lines([Some(verdict), fix, hint].into_iter().flatten())
        })
        .collect()
}

/// One JSON object, which [`from_json`] can read.
pub(super) fn as_json(checks: &[Check]) -> Value {
    let status = status(checks).number();
    json!({"ok": status == 0, "exit": status, "checks": checks})
}

/// The checks in the output of [`as_json`].
pub(super) fn from_json(json: &[u8]) -> serde_json::Result<Vec<Check>> {
    #[derive(Deserialize)]
    struct Report {
        checks: Vec<Check>,
    }
    serde_json::from_slice(json).map(|report: Report| report.checks)
}
