//! The service's log: a line for each message that is accepted, and for each attempt to send one.

use std::fmt::Write as _;

use super::peer::Peer;
use crate::commands::outbox::tries::Tried;
use crate::outbox::EntryId;
use crate::seams::Seams;
use crate::syslog::Syslog;
use crate::text::{self, Visible};
use crate::ui::Ui;

/// A client, and the user who has logged in.
type Client<'n> = (Peer, Option<&'n str>);

fn named((peer, user): Client<'_>) -> String {
    let user = user.map(|user| format!(", user={}", text::word(user)));
    format!("{peer}{}", user.unwrap_or_default())
}

/// A path of the envelope. That of a bounce is empty.
fn path(address: &str) -> String {
    match address {
        "" => "<>".to_owned(),
        address => format!("<{}>", text::word(address)),
    }
}

/// A message of a client: its sender, the number of its recipients, its size.
fn described(client: Client<'_>, (sender, recipients, size): (&str, usize, usize)) -> String {
    let (client, sender) = (named(client), path(sender));
    format!("{client}, from={sender}, size={size}, nrcpt={recipients}")
}

/// Writes the lines.
#[derive(Clone, Copy)]
pub(super) struct Log<'l, 's> {
    ui: &'l Ui<'l>,
    syslog: Option<&'s Syslog>,
    seams: &'s dyn Seams,
}

impl<'l, 's> Log<'l, 's> {
    pub(super) const fn new(
        ui: &'l Ui<'l>,
        syslog: Option<&'s Syslog>,
        seams: &'s dyn Seams,
    ) -> Self {
        Self { ui, syslog, seams }
    }

    /// A message was accepted: its sender, the number of its recipients, and its size in bytes.
    pub(super) fn accepted(self, id: &EntryId, client: Client<'_>, message: (&str, usize, usize)) {
        let message = described(client, message);
        self.line(&format!("{id}: {message}, status=queued"));
    }

    /// A connection was refused.
    pub(super) fn refused(self, peer: Peer, words: &str) {
        self.line(&format!("refused: {peer}, {words}"));
    }

    /// A sender or a recipient was refused.
    pub(super) fn refused_path(
        self,
        client: Client<'_>,
        (sender, recipient): (&str, Option<&str>),
        words: &str,
    ) {
        let mut line = format!("refused: {}, from={}", named(client), path(sender));
        if let Some(recipient) = recipient {
            // Writing to a string cannot fail.
            let _ = write!(line, ", to={}", path(recipient));
        }
        self.line(&format!("{line}, {words}"));
    }

    /// A message was refused.
    pub(super) fn refused_message(
        self,
        client: Client<'_>,
        message: (&str, usize, usize),
        words: &str,
    ) {
        let message = described(client, message);
        self.line(&format!("refused: {message}, {words}"));
    }

    /// A client has given a wrong user name or password.
    pub(super) fn failed_login(self, peer: Peer, user: &str) {
        let user = text::word(user);
        self.line(&format!("login failed: {peer}, user={user}"));
    }

    /// An entry was tried.
    pub(super) fn tried(self, tried: &Tried<'_>) {
        let entry = tried.entry;
        let delay = self
            .seams
            .now()
            .duration_since(entry.created)
            .as_secs_f32()
            .max(0.0);
        let mut line = format!(
            "{}: account={}, mailbox={}, to={}, nrcpt={}, delay={delay:.1}, status={}",
            tried.id,
            text::word(&entry.account),
            text::word(entry.mailbox.as_deref().unwrap_or("me")),
            path(entry.to.first().map_or("", String::as_str)),
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
        if let Some(syslog) = self.syslog {
            let now = self.seams.now().to_zoned(self.seams.time_zone());
            syslog.line(&Visible::line(text), &now);
        }
    }
}
