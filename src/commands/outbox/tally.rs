//! The result of a flush: how many messages were sent, and why the others were not.

use serde_json::{Value, json};

use super::tries::Tried;
use crate::commands::Context;
use crate::commands::report::Result;
use crate::exit::{Class, Status};
use crate::outbox::EntryId;

/// The result of a flush.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) sent: usize,
    /// The entries that were not sent: id, state, class, reason.
    unsent: Vec<(EntryId, &'static str, Class, String)>,
}

impl Tally {
    /// Adds an entry that was not sent.
    pub(super) fn add(&mut self, id: &EntryId, state: &'static str, (class, why): (Class, String)) {
        self.unsent.push((id.clone(), state, class, why));
    }

    /// Adds an entry that was tried.
    pub(super) fn tried(&mut self, tried: &Tried<'_>) {
        match tried.class {
            Class::Success => self.sent += 1,
            class => self.add(tried.id, tried.state, (class, tried.why.clone())),
        }
    }

    /// The class of the first entry that needs action; [`Class::Later`] if all of them will be tried again.
    fn class(&self) -> Class {
        let classes = || self.unsent.iter().map(|(_, _, class, _)| *class);
        classes()
            .find(|class| *class != Class::Later)
            .or_else(|| classes().next())
            .unwrap_or(Class::Success)
    }

    /// Prints the result. The status is that of [`Tally::class`].
    pub(super) fn print(mut self, context: &Context<'_>) -> Result<Status> {
        // Entries that were tried at the same time have no order of their own.
        self.unsent
            .sort_by(|(one, ..), (other, ..)| one.as_str().cmp(other.as_str()));
        let class = self.class();
        let ui = context.ui;
        if ui.output_options().json {
            let entries: Vec<Value> = self
                .unsent
                .iter()
                .map(|(id, state, class, why)| {
                    json!({"id": id.as_str(), "state": state, "class": class.name(), "reason": why})
                })
                .collect();
            ui.json(&json!({
                "ok": class == Class::Success,
                "exit": class.number(),
                "sent": self.sent,
                "entries": entries,
            }))?;
            return Ok(class.into());
        }
        for (id, state, class, why) in &self.unsent {
            let line = format!("graphmail: {id} {state}: {why}");
            if *class == Class::Later {
                ui.info(&line);
            } else {
                ui.always(&line);
            }
        }
        ui.success(&format!(
            "graphmail: {} sent, {} not",
            self.sent,
            self.unsent.len()
        ));
        Ok(class.into())
    }
}
