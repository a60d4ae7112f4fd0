//! What a verb works with.

use std::cell::RefCell;
use std::io::Read;

use crate::Terminal;
use crate::auth::store::Store;
use crate::config::{Flags, Settings};
use crate::http::{Link, Transport, WaitBudget};
use crate::seams::Seams;
use crate::ui::Ui;

/// What a verb works with.
pub(super) struct Context<'a> {
    pub(super) ui: &'a Ui<'a>,
    pub(super) settings: Settings,
    /// The options as they stand on the command line, which a child is given too.
    pub(super) flags: &'a Flags,
    pub(super) stdin: RefCell<&'a mut dyn Read>,
    pub(super) terminal: Terminal,
    pub(super) seams: &'a std::sync::Arc<dyn Seams>,
    pub(super) transport: &'a dyn Transport,
    pub(super) keyring: &'a dyn Store,
    pub(super) waits: WaitBudget,
}

impl Context<'_> {
    /// What it takes to talk to a service.
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            transport: self.transport,
            seams: self.seams.as_ref(),
            trace: self.ui,
            throttle: None,
            timeout: self.settings.timeout,
            waits: &self.waits,
        }
    }
}
