//! The context of a command: settings, output and system services.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read};
use std::sync::Arc;
use std::time::Duration;

use crate::Terminal;
use crate::auth::HeldTokens;
use crate::auth::store::Store;
use crate::budget::Threads;
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
    /// The command line, for a command that continues this one.
    pub(super) arguments: &'a [OsString],
    pub(super) stdin: RefCell<Box<dyn Read + 'a>>,
    pub(super) terminal: Terminal,
    pub(super) seams: &'a Arc<dyn Seams>,
    pub(super) transport: &'a (dyn Transport + Sync),
    pub(super) keyring: &'a dyn Store,
    pub(super) waits: WaitBudget,
    /// The slots of the send budgets that the threads of this run hold.
    pub(super) slots: Arc<Threads>,
    /// The access tokens that the threads of this run have.
    pub(super) tokens: Arc<HeldTokens>,
    /// Whether the mail service carries out a command for a client, who has another configuration.
    pub(super) is_service: bool,
}

impl<'a> Context<'a> {
    /// Reads the answer to a question `[y/N]`: whether it is yes.
    ///
    /// # Errors
    /// Those of standard input.
    pub(super) fn reads_yes(&self) -> io::Result<bool> {
        let mut answer = String::new();
        BufReader::new(&mut *self.stdin.borrow_mut()).read_line(&mut answer)?;
        Ok(matches!(&*answer.trim().to_ascii_lowercase(), "y" | "yes"))
    }

    /// What the threads of this run share.
    pub(super) fn shared(&self) -> Shared<'a> {
        Shared {
            ui: self.ui,
            settings: self.settings.clone(),
            flags: self.flags,
            arguments: self.arguments,
            seams: self.seams,
            transport: self.transport,
            keyring: self.keyring,
            slots: Arc::clone(&self.slots),
            tokens: Arc::clone(&self.tokens),
        }
    }
}

impl Context<'_> {
    /// The connection to a service.
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            transport: self.transport,
            seams: self.seams.as_ref(),
            trace: self.ui,
            throttle: None,
            begun: None,
            timeout: self.settings.timeout,
            waits: &self.waits,
        }
    }
}

/// What the threads of a run share.
#[derive(Clone)]
pub(super) struct Shared<'a> {
    ui: &'a Ui<'a>,
    pub(super) settings: Settings,
    flags: &'a Flags,
    arguments: &'a [OsString],
    pub(super) seams: &'a Arc<dyn Seams>,
    transport: &'a (dyn Transport + Sync),
    keyring: &'a dyn Store,
    slots: Arc<Threads>,
    /// The access tokens of the run.
    pub(super) tokens: Arc<HeldTokens>,
}

impl<'a> Shared<'a> {
    /// A context for one thread, without standard input. Its waits count separately.
    pub(super) fn context(&self) -> Context<'a> {
        self.context_for(self.ui)
    }

    /// As [`Shared::context`], with another output.
    pub(super) fn context_for<'b>(&self, ui: &'b Ui<'b>) -> Context<'b>
    where
        'a: 'b,
    {
        Context {
            ui,
            settings: self.settings.clone(),
            flags: self.flags,
            arguments: self.arguments,
            stdin: RefCell::new(Box::new(io::empty())),
            terminal: Terminal::default(),
            seams: self.seams,
            transport: self.transport,
            keyring: self.keyring,
            waits: wait_budget(&self.settings),
            slots: Arc::clone(&self.slots),
            tokens: Arc::clone(&self.tokens),
            is_service: false,
        }
    }
}

/// How long a message waits for its turn among the messages of this host, unless `--max-wait` is
/// given: many processes may start at the same time, and each gets its turn.
const TURN: Duration = Duration::from_hours(1);

/// How long a run waits in total.
pub(super) fn wait_budget(settings: &Settings) -> WaitBudget {
    let waits = WaitBudget::new(settings.patience());
    match settings.max_wait {
        Some(_) => waits,
        None => waits.with_queueing(TURN),
    }
}
