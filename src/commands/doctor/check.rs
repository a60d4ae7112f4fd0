//! What one look found, and how all of them are told.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::commands::{Context, report};
use crate::config::{Account, ENVIRONMENT_ACCOUNT};
use crate::exit::{Class, Status};
use crate::text::Visible;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// It works.
    Pass,
    /// It works here and now, but not always or not for everything.
    Warn,
    /// It does not work.
    Fail,
    /// It was not looked at, or cannot be seen from here.
    Skip,
}

impl Verdict {
    /// The word at the head of the line.
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
    /// What was looked at.
    pub(super) name: String,
    /// How it came out.
    pub(super) status: Verdict,
    /// What was found, on one line.
    pub(super) message: String,
    /// The command that mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    /// What mends it, where that is no command alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

impl Check {
    fn new(name: &str, status: Verdict, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            status,
            message: message.into(),
            fix: None,
            hint: None,
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

    /// A failure in the words of `error`, with what mends that.
    pub(super) fn of_error(name: &str, error: impl Into<anyhow::Error>) -> Self {
        let (message, hint) = report::explained(&error.into());
        Self {
            hint,
            ..Self::fail(name, message)
        }
    }

    /// Its remedy names `account` in each command that acts on one, or what else mends that account.
    pub(super) fn name(&mut self, account: &Account) {
        for remedy in self.remedies() {
            *remedy = report::instead(remedy, account);
            if account.name != ENVIRONMENT_ACCOUNT {
                *remedy = report::naming(remedy, &account.name);
            }
        }
    }

    /// Its remedy names the account and the configuration file that the run was given.
    pub(super) fn complete(&mut self, context: &Context<'_>) {
        for remedy in self.remedies() {
            *remedy = report::complete(remedy, context);
        }
    }

    /// Its remedy names the configuration file that the run was given.
    pub(super) fn configure(&mut self, context: &Context<'_>) {
        for remedy in self.remedies() {
            *remedy = report::configured(std::mem::take(remedy), context);
        }
    }

    /// This command in the place of its remedy, if it has one.
    pub(super) fn overridden(&mut self, fix: Option<String>) {
        if self.remedies().next().is_some() {
            (self.fix, self.hint) = (fix, None);
        }
    }

    fn remedies(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.fix, &mut self.hint].into_iter().flatten()
    }

    /// With what a person does about it.
    pub(super) fn advised(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With the command that mends it.
    pub(super) fn mended_by(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// What the run ends with: the worst of the checks.
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

/// `ok   name  message`, and what mends it on lines of their own.
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

/// One object, of which [`from_json`] reads the checks again.
pub(super) fn as_json(checks: &[Check]) -> Value {
    let status = status(checks).number();
    json!({"ok": status == 0, "exit": status, "checks": checks})
}

/// The checks of what [`as_json`] made.
pub(super) fn from_json(json: &[u8]) -> serde_json::Result<Vec<Check>> {
    #[derive(Deserialize)]
    struct Report {
        checks: Vec<Check>,
    }
    serde_json::from_slice(json).map(|report: Report| report.checks)
}
