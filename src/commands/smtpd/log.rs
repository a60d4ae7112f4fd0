//! The service's log: a line for each message that is accepted, and for each attempt to send one.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::peer::Peer;
use crate::commands::outbox::tries::Tried;
use crate::message::Envelope;
use crate::outbox::EntryId;
use crate::text;
use crate::ui::Ui;

/// Writes the lines.
#[derive(Clone, Copy)]
pub(super) struct Log<'l> {
    ui: &'l Ui<'l>,
}

impl<'l> Log<'l> {
    pub(super) const fn new(ui: &'l Ui<'l>) -> Self {
        Self { ui }
    }

    /// A message was accepted.
    pub(super) fn accepted(
        self,
        id: &EntryId,
        (peer, user): (Peer, Option<&str>),
        envelope: &Envelope,
        size: usize,
    ) {
        let sender = envelope
            .sender
            .as_ref()
            .map(|sender| sender.written().element.clone());
        let mut line = format!("{id}: {peer}");
        if let Some(user) = user {
            // Writing to a string cannot fail.
            let _ = write!(line, ", user={}", text::word(user));
        }
        let _ = write!(
            line,
            ", from=<{}>, size={size}, nrcpt={}, status=queued",
            text::word(&sender.unwrap_or_default()),
            envelope.recipients.len(),
        );
        self.line(&line);
    }

    /// A message was refused.
    pub(super) fn refused(self, peer: Peer, words: &str) {
        self.line(&format!("refused: {peer}, {words}"));
    }

    /// A client has given a wrong user name or password.
    pub(super) fn failed_login(self, peer: Peer, user: &str) {
        let user = text::word(user);
        self.line(&format!("login failed: {peer}, user={user}"));
    }

    /// An entry was tried.
    pub(super) fn tried(self, tried: &Tried<'_>, now: Timestamp) {
        let entry = tried.entry;
        let delay = now.duration_since(entry.created).as_secs_f32().max(0.0);
        let mut line = format!(
            "{}: account={}, mailbox={}, nrcpt={}, delay={delay:.1}, status={}",
            tried.id,
            text::word(&entry.account),
            text::word(entry.mailbox.as_deref().unwrap_or("me")),
            entry.to.len(),
            tried.state,
        );
        if let Some(attempt) = tried.attempt {
            let _ = write!(line, ", size={}", attempt.bytes);
            if let (Some(id), _) = attempt.request_ids {
                let _ = write!(line, ", request-id={}", text::word(id));
            }
        }
        if !tried.why.is_empty() {
            let _ = write!(line, " ({})", tried.why);
        }
        self.line(&line);
    }

    /// Something else happened.
    pub(super) fn line(self, text: &str) {
        self.ui.always(&format!("graphmail: {text}"));
    }
}
