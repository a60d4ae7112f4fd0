//! The two doors: data to standard output, talk to standard error.
//!
//! Whoever reads standard output reads data alone; everything else, down to the spinner, goes to
//! standard error and is left out where nobody asked for it.

mod uploads;

pub use uploads::Uploads;

use std::cell::RefCell;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::config::Settings;
use crate::http::{Failure, Request, Response, Trace};
use crate::text::Visible;

/// A spinner shows nothing before this much time: most requests are over sooner.
const SPINNER_DELAY: Duration = Duration::from_millis(250);
/// How often a spinner moves.
const SPINNER_TICK: Duration = Duration::from_millis(120);

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// One JSON object is the whole of standard output.
    pub json: bool,
    /// Nothing but errors.
    pub quiet: bool,
    /// 0: results; 1: what is done; 2: each HTTP exchange.
    pub verbose: u8,
    /// A person watches standard error.
    pub terminal: bool,
}

impl Manner {
    /// The manner that the settings ask for on this terminal.
    #[must_use]
    pub const fn of(settings: &Settings, terminal: bool) -> Self {
        Self {
            json: settings.json,
            quiet: settings.quiet,
            verbose: settings.verbose,
            terminal,
        }
    }
}

/// Standard output and standard error.
pub struct Ui<'a> {
    stdout: RefCell<&'a mut dyn Write>,
    stderr: RefCell<&'a mut dyn Write>,
    manner: Manner,
    spinner: RefCell<Option<Spinner>>,
}

/// What shows that something goes on.
struct Spinner {
    bar: ProgressBar,
    /// It spans several requests, so a request of its own neither replaces nor ends it.
    spanning: bool,
}

impl<'a> Ui<'a> {
    /// The doors of one run.
    pub fn new(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write, manner: Manner) -> Self {
        Self {
            stdout: RefCell::new(stdout),
            stderr: RefCell::new(stderr),
            manner,
            spinner: RefCell::new(None),
        }
    }

    /// How much is said.
    #[must_use]
    pub const fn manner(&self) -> Manner {
        self.manner
    }

    /// Writes lines to standard output.
    ///
    /// # Errors
    /// As [`Ui::raw`].
    pub fn data(&self, lines: &Visible) -> io::Result<()> {
        match lines.as_str() {
            "" => Ok(()),
            lines => self.raw(format!("{lines}\n").as_bytes()),
        }
    }

    /// Writes bytes to standard output as they are: a message, or a script of this program's own.
    /// They are what was asked for, to the byte, and may drive a terminal.
    ///
    /// A reader that went away is no error: it has read what it wanted.
    ///
    /// # Errors
    /// Any other failure to write.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = self.stdout.borrow_mut();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        }
    }

    /// Writes one JSON value and a line end to standard output.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &serde_json::Value) -> io::Result<()> {
        self.data(&Visible::json(value))
    }

    /// Says a line, unless `--quiet`.
    pub fn info(&self, line: impl Into<Visible>) {
        if !self.manner.quiet {
            self.always(line);
        }
    }

    /// Says a line that only a person who watches needs.
    pub fn success(&self, line: impl Into<Visible>) {
        if self.manner.terminal && !self.manner.json {
            self.info(line);
        }
    }

    /// Says a line for `-v`.
    pub fn detail(&self, line: impl Into<Visible>) {
        if self.manner.verbose >= 1 {
            self.always(line);
        }
    }

    /// Says a line whatever was asked for: errors, warnings, and what a person must do.
    ///
    /// A string is one line, whatever stands in it: several are said as [`Visible::lines`].
    pub fn always(&self, line: impl Into<Visible>) {
        // Written at once: other processes may write to the same standard error.
        let line = format!("{}\n", line.into());
        let say = || {
            // A closed standard error leaves nobody to tell.
            drop(self.stderr.borrow_mut().write_all(line.as_bytes()));
        };
        match self.spinner.borrow().as_ref() {
            Some(spinner) => spinner.bar.suspend(say),
            None => say(),
        }
    }

    /// Shows that something goes on, over any number of requests, until [`Ui::finish`].
    pub fn begin(&self, what: &str) {
        self.finish();
        self.spin(what, true);
    }

    /// Whether a person watches who wants to see how it goes on.
    fn shows_progress(&self) -> bool {
        let manner = self.manner;
        manner.terminal && !manner.quiet && !manner.json && manner.verbose <= 1
    }

    /// Lets `bar` stand for the spinner, over any number of requests, until [`Ui::finish`].
    fn hold(&self, bar: ProgressBar) {
        self.finish();
        let spanning = true;
        *self.spinner.borrow_mut() = Some(Spinner { bar, spanning });
    }

    fn spin(&self, what: &str, spanning: bool) {
        if !self.shows_progress() {
            return;
        }
        let what = Visible::from(what);
        let style = ProgressStyle::with_template("{activity}").map(|style| {
            style.with_key(
                "activity",
                move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    if state.elapsed() >= SPINNER_DELAY {
                        let _ = write!(out, "{what}… {} s", state.elapsed().as_secs());
                    }
                },
            )
        });
        let Ok(style) = style else { return };
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style);
        bar.enable_steady_tick(SPINNER_TICK);
        *self.spinner.borrow_mut() = Some(Spinner { bar, spanning });
    }

    /// Takes what [`Ui::begin`] showed away.
    pub fn finish(&self) {
        if let Some(spinner) = self.spinner.borrow_mut().take() {
            spinner.bar.finish_and_clear();
        }
    }

    /// Whether a spinner spans the present request.
    fn spanned(&self) -> bool {
        let spinner = self.spinner.borrow();
        spinner.as_ref().is_some_and(|spinner| spinner.spanning)
    }

    /// Ends the spinner of one request.
    fn answered(&self) {
        if !self.spanned() {
            self.finish();
        }
    }
}

impl Trace for Ui<'_> {
    fn sending(&self, request: &Request) {
        if self.manner.verbose >= 2 {
            let mut lines = vec![format!("> {} {}", request.method.name(), request.url)];
            for (name, value) in &request.headers {
                lines.push(format!("> {name}: {value}"));
            }
            if request.bearer.is_some() {
                lines.push("> authorization: Bearer [redacted]".to_owned());
            }
            if let Some((name, _)) = request.url.key() {
                lines.push(format!("> {name}: [redacted]"));
            }
            lines.push(format!("> {} bytes", request.body.len()));
            self.always(Visible::lines(lines));
        }
        if !self.spanned() {
            self.spin(&format!("waiting for {}", request.url.host()), false);
        }
    }

    fn received(&self, response: &Response) {
        self.answered();
        if self.manner.verbose >= 2 {
            let mut lines = vec![format!("< {}", response.status)];
            for (name, value) in &response.headers {
                let shown = if may_show(name) { value } else { "[not shown]" };
                lines.push(format!("< {name}: {shown}"));
            }
            lines.push(format!("< {} bytes", response.body.len()));
            self.always(Visible::lines(lines));
        }
    }

    fn failed(&self, failure: &Failure) {
        self.answered();
        if self.manner.verbose >= 2 {
            self.always(&format!("< no answer: {failure}"));
        }
    }

    fn waiting(&self, pause: Duration, reason: &str) {
        let line = format!(
            "graphmail: {reason}; trying again in {:.0} s",
            pause.as_secs_f32().max(1.0)
        );
        if self.manner.verbose >= 1 {
            self.always(&line);
        } else if self.manner.terminal && !self.manner.json {
            self.info(&line);
        }
    }
}

/// Response fields whose values say nothing secret. Others are named without their values.
fn may_show(name: &str) -> bool {
    matches!(
        name,
        "content-type"
            | "content-length"
            | "date"
            | "request-id"
            | "client-request-id"
            | "retry-after"
            | "x-ms-ags-diagnostic"
            | "x-ms-request-id"
            | "server"
            | "connection"
            | "cache-control"
            | "allow"
    )
}
