//! `--log-file`: a line for each send, for whoever audits it; never a secret, a subject or a body.

use std::fs::{File, OpenOptions};
use std::io::Write;

use anyhow::Context as _;

use super::Target;
use crate::commands::deliver::Done;
use crate::commands::{Context, report, stamp};
use crate::exit::Class;
use crate::graph::Sender;
use crate::submission::Submission;

/// The file, open before anything is sent: a log that cannot be written stops the send.
pub(super) struct Log(Option<File>);

impl Log {
    pub(super) fn open(context: &Context<'_>) -> anyhow::Result<Self> {
        let Some(path) = &context.settings.log_file else {
            return Ok(Self(None));
        };
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .with_context(|| format!("opening the log file {}", path.display()))?;
        Ok(Self(Some(file)))
    }

    /// Writes the line of one send, in one write so that processes do not mix theirs.
    pub(super) fn write(
        &mut self,
        done: &anyhow::Result<Done>,
        submission: &Submission,
        target: &Target,
        context: &Context<'_>,
    ) {
        let Some(file) = &mut self.0 else { return };
        let mailbox = match &target.sender {
            Sender::Me => "me",
            Sender::User(user) => user,
        };
        let success = Class::Success;
        let (result, status, ids) = match done {
            Ok(Done::Accepted(receipt)) => (
                success.name(),
                Class::Success.into(),
                (
                    receipt.request_id.as_deref(),
                    Some(receipt.client_request_id.as_str()),
                ),
            ),
            Ok(Done::Kept { .. }) => ("kept", success.into(), (None, None)),
            Ok(Done::Duplicate(_)) => ("duplicate", success.into(), (None, None)),
            Err(error) => (
                report::class_of(error).name(),
                report::status_of(error),
                report::request_ids(error),
            ),
        };
        let line = format!(
            "{} account={} mailbox={mailbox} transport={} recipients={} bytes={} \
             request-id={} client-request-id={} message-id={} exit={} result={}\n",
            stamp(context.seams.now()),
            target.account_name(),
            submission.transport(),
            submission.recipients(),
            submission.body().len(),
            ids.0.unwrap_or("-"),
            ids.1.unwrap_or("-"),
            submission.message_id().unwrap_or("-"),
            status.number(),
            result,
        );
        if let Err(error) = file.write_all(line.as_bytes()) {
            // The message's own fate is what the exit status tells.
            context.ui.talk(&format!(
                "graphmail: warning: the log file could not be written: {error}"
            ));
        }
    }
}
