//! What a flush came to.

use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::report::Result;
use crate::exit::{Class, Status};
use crate::outbox::EntryId;

/// What became of it all.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) sent: usize,
    /// The others: id, what they are now, why.
    others: Vec<(EntryId, &'static str, Class, String)>,
}

impl Tally {
    /// Counts an entry that was not sent.
    pub(super) fn add(&mut self, id: &EntryId, what: &'static str, (class, why): (Class, String)) {
        self.others.push((id.clone(), what, class, why));
    }

    /// The first that a script can act on; "later" where there is no other.
    fn class(&self) -> Class {
        let classes = || self.others.iter().map(|(_, _, class, _)| *class);
        classes()
            .find(|class| *class != Class::Later)
            .or_else(|| classes().next())
            .unwrap_or(Class::Success)
    }

    /// Tells of it; the status is that of [`Tally::class`].
    pub(super) fn tell(&self, context: &Context<'_>) -> Result<Status> {
        let class = self.class();
        let ui = context.ui;
        if ui.manner().json {
            let others: Vec<Value> = self
                .others
                .iter()
                .map(|(id, what, class, why)| {
                    json!({"id": id.as_str(), "state": what, "class": class.name(), "reason": why})
                })
                .collect();
            ui.json(&json!({
                "ok": class == Class::Success,
                "exit": class.number(),
                "sent": self.sent,
                "entries": others,
            }))?;
            return Ok(class.into());
        }
        for (id, what, class, why) in &self.others {
            let line = format!("graphmail: {id} {what}: {why}");
            if *class == Class::Later {
                ui.info(&line);
            } else {
                ui.always(&line);
            }
        }
        ui.success(&format!(
            "graphmail: {} sent, {} not",
            self.sent,
            self.others.len()
        ));
        Ok(class.into())
    }
}
