//! `--log-file`: an audit log with a line for each send. It never contains a secret, a subject or a body.

use std::fs::File;
use std::io::Write;
#[cfg(unix)]
use std::path::Path;

use super::Target;
use crate::commands::report::{Result, WithContext as _};
use crate::commands::{Context, stamp};
use crate::delivery::{self, Delivered, Outcome};
use crate::exit::Class;
use crate::files;
use crate::graph::{Receipt, Sender};
use crate::submission::Submission;
#[cfg(unix)]
use crate::syslog::{self, Syslog};
use crate::text::{self, Visible};

/// The log file and syslog. The file is opened before anything is sent, so that an unwritable log stops the send.
pub(in crate::commands) struct Log {
    file: Option<File>,
    #[cfg(unix)]
    syslog: Option<Syslog>,
}

impl Log {
    /// The log file, and syslog if the configuration says so.
    pub(in crate::commands) fn open(context: &Context<'_>) -> Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            syslog: syslog(context)?,
            ..Self::of_file(context)?
        })
    }

    /// The log file alone.
    pub(in crate::commands) fn of_file(context: &Context<'_>) -> Result<Self> {
        let file = context.settings.log_file.as_ref().map(|path| {
            files::open_log(path)
                .with_context(|| format!("opening the log file {}", path.display()))
        });
        Ok(Self {
            file: file.transpose()?,
            #[cfg(unix)]
            syslog: None,
        })
    }

    /// Whether a line goes anywhere.
    const fn is_kept(&self) -> bool {
        #[cfg(unix)]
        if self.syslog.is_some() {
            return true;
        }
        self.file.is_some()
    }

    /// Writes the line of one send with a single write, so that lines of several processes do not mix.
    pub(in crate::commands) fn write(&mut self, line: &Line<'_>, context: &Context<'_>) {
        if !self.is_kept() {
            return;
        }
        let text = line.text();
        #[cfg(unix)]
        if let Some(syslog) = &self.syslog {
            let now = context.seams.now().to_zoned(context.seams.time_zone());
            syslog.line(&Visible::line(&text), &now);
        }
        let Some(file) = &mut self.file else { return };
        let text = Visible::line(&format!("{} {text}", stamp(context.seams.now())));
        if let Err(error) = append(file, &text) {
            // Only a warning: the exit status reports what happened to the message.
            context.ui.info(&format!(
                "graphmail: warning: cannot write the log file: {error}"
            ));
        }
    }
}

/// Syslog, if the configuration says so and there is a daemon.
#[cfg(unix)]
pub(in crate::commands) fn syslog(context: &Context<'_>) -> Result<Option<Syslog>> {
    if context.settings.file()?.log.syslog != Some(true) {
        return Ok(None);
    }
    let connected = Syslog::connect(Path::new(syslog::SOCKET));
    Ok(connected
        .inspect_err(|error| {
            let text = format!("graphmail: warning: syslog cannot be used: {error}");
            context.ui.info(&text);
        })
        .ok())
}

/// Appends a line. [`Visible`] has no line breaks from other sources.
fn append(file: &mut File, line: &Visible) -> std::io::Result<()> {
    file.write_all(format!("{line}\n").as_bytes())
}

/// The values of a log line.
pub(in crate::commands) struct Line<'a> {
    pub(in crate::commands) account: &'a str,
    pub(in crate::commands) sender: &'a Sender,
    pub(in crate::commands) submission: &'a Submission,
    /// The bytes of the message in all requests.
    pub(in crate::commands) bytes: u64,
    /// `request-id` and `client-request-id`.
    pub(in crate::commands) request_ids: (Option<&'a str>, Option<&'a str>),
    pub(in crate::commands) exit: u8,
    pub(in crate::commands) result: &'static str,
}

impl<'a> Line<'a> {
    fn text(&self) -> String {
        let submission = self.submission;
        format!(
            "account={} mailbox={} transport={} recipients={} bytes={} \
             request-id={} client-request-id={} message-id={} exit={} result={}",
            text::word(self.account),
            text::word(self.sender.user().unwrap_or("me")),
            submission.transport(),
            submission.recipients().len(),
            self.bytes,
            text::word(self.request_ids.0.unwrap_or("-")),
            text::word(self.request_ids.1.unwrap_or("-")),
            text::word(submission.message_id().unwrap_or("-")),
            self.exit,
            self.result,
        )
    }

    /// The line of a `send`.
    pub(super) fn of_send(
        done: &'a Result<Delivered>,
        submission: &'a Submission,
        bytes: u64,
        target: &'a Target,
    ) -> Self {
        let (exit, result, request_ids) = match done {
            Ok(Delivered::Accepted(receipt)) => {
                (Class::Success.number(), Class::Success.name(), ids(receipt))
            }
            Ok(Delivered::Kept { .. }) => (Class::Success.number(), "kept", (None, None)),
            Ok(Delivered::Duplicate(_)) => (Class::Success.number(), "duplicate", (None, None)),
            Err(error) => (
                error.status().number(),
                error.class().name(),
                error.request_ids(),
            ),
        };
        Self {
            account: target.account_name(),
            sender: &target.sender,
            submission,
            bytes,
            request_ids,
            exit,
            result,
        }
    }

    /// The line of an entry of the outbox.
    pub(in crate::commands) fn of_entry(
        account: &'a str,
        sender: &'a Sender,
        submission: &'a Submission,
        outcome: &'a Outcome,
    ) -> Self {
        let (class, request_ids) = match outcome {
            Outcome::Accepted(receipt) => (Class::Success, ids(receipt)),
            Outcome::Deferred(_, error) | Outcome::Rejected(error) | Outcome::Unknown(error) => {
                let ids = match error {
                    delivery::Error::Graph(error) => {
                        (error.request_id(), error.client_request_id())
                    }
                    delivery::Error::Exhausted { .. } | delivery::Error::NoAnswer => (None, None),
                };
                (error.class(), ids)
            }
        };
        Self {
            account,
            sender,
            submission,
            bytes: submission.size(),
            request_ids,
            exit: class.number(),
            result: class.name(),
        }
    }
}

fn ids(receipt: &Receipt) -> (Option<&str>, Option<&str>) {
    (
        receipt.request_id.as_deref(),
        Some(&receipt.client_request_id),
    )
}
