//! The context of a command: settings, output and system services.

use std::cell::RefCell;
use std::io::Read;

use crate::Terminal;
use crate::auth::store::Store;
use crate::config::{Flags, Settings};
use crate::http::{Link, Transport, WaitBudget};
use crate::seams::Seams;
use crate::ui::Ui;

/// The settings, output and system services of a run.
pub(super) struct Context<'a> {
    pub(super) ui: &'a Ui<'a>,
    pub(super) settings: Settings,
    /// The options on the command line; a child process gets them, too.
    pub(super) flags: &'a Flags,
    pub(super) stdin: RefCell<&'a mut dyn Read>,
    pub(super) terminal: Terminal,
    pub(super) seams: &'a std::sync::Arc<dyn Seams>,
    pub(super) transport: &'a dyn Transport,
    pub(super) keyring: &'a dyn Store,
    pub(super) waits: WaitBudget,
}

impl Context<'_> {
    /// The connection to a service.
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
