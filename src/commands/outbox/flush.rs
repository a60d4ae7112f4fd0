//! `outbox flush`: sends the due entries, and settles the doubtful ones.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::bounce::{self, Unreadable};
#[cfg(unix)]
use super::decide;
use super::housekeeping;
use super::tally::Tally;
use super::tries::{Tried, Tries};
#[cfg(unix)]
use crate::commands::host;
use crate::commands::report::{Command, Result, Run, Situation, WithContext as _};
use crate::commands::send::log::Log;
#[cfg(unix)]
use crate::commands::sendmail::handover::{self, HandedOver};
use crate::commands::{Context, ledger};
use crate::exit::{Class, Status};
use crate::interrupt;
use crate::outbox::{Entry, EntryId, Error, Listed, Outbox, State};

/// Which entries a flush without ids tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    /// Those that are due.
    Due,
    /// All.
    All,
    /// All, even if their mailbox is throttled.
    Now,
}

pub(super) fn flush(
    outbox: Option<Outbox<'_>>,
    ids: &[EntryId],
    selection: Selection,
    context: &Context<'_>,
) -> Result<Status> {
    let Some(outbox) = outbox else {
        return match ids.first() {
            Some(id) => Err(Error::NotFound(id.clone()).into()),
            None => Tally::default().print(context),
        };
    };
    // An entry that is not sent now is sent by the next flush.
    context.waits.shorten(context.settings.patience());
    let stop = interrupt::flag().context("listening for Ctrl-C")?;
    let file = context.settings.file()?;
    let keys = outbox.keys()?;
    housekeeping::tidy(&outbox, &keys, context)?;
    let at_work = ledger::at_work(&file.outbox);
    let mut flush = Flush {
        outbox,
        context,
        tally: Tally::default(),
        unreadable: Vec::new(),
        #[cfg(unix)]
        not_now: None,
    };
    let log = Log::open(context)?;
    let due = flush.due(ids, selection != Selection::Due)?;
    let Flush {
        tally, unreadable, ..
    } = flush;
    let tally = Mutex::new(tally);
    let done = |tried: &Tried<'_>| {
        tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tried(tried);
    };
    let tries = Tries::new((outbox, keys), (log, at_work), Arc::clone(&stop), &done)
        .ignoring_throttling(selection == Selection::Now);
    (due.into_iter()).for_each(|(id, entry)| tries.push(id, entry));
    tries.run(context);
    if !stop.load(Ordering::Relaxed) {
        bounce::send_all(&outbox, &unreadable, context)?;
    }
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let status = tally.print(context)?;
    match stop.load(Ordering::Relaxed) {
        true => Ok(interrupt::status()),
        false => Ok(status),
    }
}

/// Selects entries.
struct Flush<'f, 'c> {
    outbox: Outbox<'f>,
    context: &'f Context<'c>,
    tally: Tally,
    unreadable: Vec<Unreadable>,
    /// Why the host's mail service takes no message now.
    #[cfg(unix)]
    not_now: Option<(Class, String)>,
}

impl Flush<'_, '_> {
    /// The entries to be tried, oldest first.
    fn due(&mut self, ids: &[EntryId], all: bool) -> Result<Vec<(EntryId, Entry)>> {
        let now = self.context.seams.now();
        let only = self.context.settings.account_name();
        let listed = if ids.is_empty() {
            self.outbox.list()?
        } else {
            let found: Result<Vec<_>, _> = ids.iter().map(|id| self.outbox.find(id)).collect();
            found?
        };
        let named = !ids.is_empty();
        let mut due = Vec::new();
        for Listed { id, state, entry } in listed {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.set_aside(&id, state, named, &error);
                    continue;
                }
            };
            if only.is_some_and(|only| only != entry.account) {
                continue;
            }
            #[cfg(unix)]
            if handover::is_for_service(&entry, state) {
                due.extend(self.hand_over(&id, state));
                continue;
            }
            match state {
                State::New | State::Doubtful if named || all || entry.is_due(now) => {
                    due.push((id, entry));
                }
                State::Busy if named => {
                    let why = "another process is sending it".to_owned();
                    self.tally.add(&id, "busy", (Class::Later, why));
                }
                State::Failed if named => {
                    let situation = Situation::of_run(Run::Keeps, self.context);
                    let retry = situation.run(Command::OutboxRetry(id.to_string()));
                    let why = format!("to requeue it: {retry}");
                    self.tally.add(&id, "failed", (Class::Usage, why));
                }
                State::New | State::Doubtful | State::Busy | State::Failed => {}
            }
        }
        Ok(due)
    }

    /// Hands an entry over to the host's mail service. Returns the entry if there is none any more, to send it here.
    #[cfg(unix)]
    fn hand_over(&mut self, id: &EntryId, state: State) -> Option<(EntryId, Entry)> {
        let (outbox, context) = (self.outbox, self.context);
        if let Some(reason) = &self.not_now {
            let state = if state == State::New {
                "kept"
            } else {
                state.name()
            };
            self.tally.add(id, state, reason.clone());
            return None;
        }
        if !matches!(state, State::New | State::Doubtful) {
            return None;
        }
        let socket = host::configured_socket(context);
        let done = match handover::one(&outbox, id, &socket, context) {
            Ok(HandedOver::NoService) if state == State::Doubtful => {
                let why = "the mail service, which is gone, may have it".to_owned();
                self.tally.add(id, state.name(), (Class::Unknown, why));
                return None;
            }
            Ok(HandedOver::NoService) => decide::accept(&outbox, id, State::New, context).map(Some),
            Ok(HandedOver::Done) => Ok(None),
            Err(error) => Err(error),
        };
        match done {
            Ok(Some(())) => Some((id.clone(), outbox.find(id).ok()?.entry.ok()?)),
            Ok(None) => {
                self.tally.sent += 1;
                None
            }
            Err(error) => {
                let reason = (error.class(), error.words());
                if error.class() == Class::Later {
                    self.not_now = Some(reason.clone());
                }
                let state = outbox.find(id).map_or("kept", |found| match found.state {
                    State::New => "kept",
                    state => state.name(),
                });
                self.tally.add(id, state, reason);
                None
            }
        }
    }

    /// Sets an entry aside whose file cannot be read. One of a newer version stays: that version
    /// can read it.
    fn set_aside(&mut self, id: &EntryId, state: State, named: bool, why: &Error) {
        let reason = (why.class(), why.to_string());
        if matches!(why, Error::Newer { .. }) {
            if named || matches!(state, State::New | State::Doubtful) {
                self.tally.add(id, state.name(), reason);
            }
            return;
        }
        match housekeeping::set_aside(&self.outbox, id, why) {
            Ok(Some(unreadable)) => {
                self.tally.add(id, unreadable.state.name(), reason);
                self.unreadable.push(unreadable);
            }
            // It was set aside before.
            Ok(None) if named || state == State::Doubtful => {
                self.tally.add(id, state.name(), reason);
            }
            Ok(None) => {}
            Err(error) => self
                .tally
                .add(id, state.name(), (error.class(), error.to_string())),
        }
    }
}
