//! Output: data to standard output, messages and progress to standard error.

mod count;
mod uploads;

pub use count::Count;
pub use uploads::Uploads;

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::config::Settings;
use crate::http::{Failure, Request, Response, Trace};
use crate::mutex::locked;
use crate::text::Visible;

/// A spinner appears after this time: most requests take less.
const SPINNER_DELAY: Duration = Duration::from_millis(250);
/// How often a spinner moves.
const SPINNER_TICK: Duration = Duration::from_millis(120);

/// What is written to standard output and standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// Standard output is one JSON object.
    pub json: bool,
    /// Only [`Ui::always`] writes to standard error.
    pub quiet: bool,
    /// 0: results; 1: also the steps; 2: also each HTTP exchange.
    pub verbose: u8,
    /// Standard error is a terminal.
    pub terminal: bool,
}

impl OutputOptions {
    /// The options in the settings; `terminal`: standard error is a terminal.
    #[must_use]
    pub const fn from_settings(settings: &Settings, terminal: bool) -> Self {
        Self {
            json: settings.json,
            quiet: settings.quiet,
            verbose: settings.verbose,
            terminal,
        }
    }
}

/// Standard output and standard error. Threads may share them.
pub struct Ui<'a> {
    stdout: Mutex<&'a mut (dyn Write + Send)>,
    stderr: Mutex<&'a mut (dyn Write + Send)>,
    output_options: OutputOptions,
    spinner: Mutex<Option<Spinner>>,
    /// Nothing is written to standard error.
    is_silent: AtomicBool,
}

struct Spinner {
    bar: ProgressBar,
    /// It covers several requests, so a single request neither replaces nor ends it.
    spanning: bool,
}

impl<'a> Ui<'a> {
    /// The output of one run.
    pub fn new(
        stdout: &'a mut (dyn Write + Send),
        stderr: &'a mut (dyn Write + Send),
        output_options: OutputOptions,
    ) -> Self {
        Self {
            stdout: Mutex::new(stdout),
            stderr: Mutex::new(stderr),
            output_options,
            spinner: Mutex::new(None),
            is_silent: AtomicBool::new(false),
        }
    }

    /// Writes nothing to standard error from now on.
    pub fn silence(&self) {
        self.is_silent.store(true, Ordering::Relaxed);
    }

    /// What is written.
    #[must_use]
    pub const fn output_options(&self) -> OutputOptions {
        self.output_options
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

    /// Writes bytes to standard output unchanged: a message or a generated script. They are not
    /// filtered and can contain terminal control sequences.
    ///
    /// A closed pipe is not an error: the reader has read what it needs.
    ///
    /// # Errors
    /// Any other failure to write.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = locked(&self.stdout);
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.map_err(|error| {
                io::Error::new(error.kind(), format!("writing to standard output: {error}"))
            }),
        }
    }

    /// Writes one JSON value and a newline to standard output.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &serde_json::Value) -> io::Result<()> {
        self.data(&Visible::json(value))
    }

    /// Writes a line to standard error, unless `--quiet` is given.
    pub fn info(&self, line: impl Into<Visible>) {
        if !self.output_options.quiet {
            self.always(line);
        }
    }

    /// Writes a line if standard error is a terminal, and neither `--json` nor `--quiet` is given.
    pub fn success(&self, line: impl Into<Visible>) {
        if self.output_options.terminal && !self.output_options.json {
            self.info(line);
        }
    }

    /// Writes a line if `-v` is given.
    pub fn detail(&self, line: impl Into<Visible>) {
        if self.output_options.verbose >= 1 {
            self.always(line);
        }
    }

    /// Writes a line in any case: errors, and what the user must do.
    ///
    /// A string is written as one line, even if it contains line breaks; for several lines use
    /// [`Visible::lines`].
    pub fn always(&self, line: impl Into<Visible>) {
        if self.is_silent.load(Ordering::Relaxed) {
            return;
        }
        // One write: other processes may write to the same standard error.
        let line = format!("{}\n", line.into());
        let write = || {
            // An error on standard error cannot be reported anywhere.
            drop(locked(&self.stderr).write_all(line.as_bytes()));
        };
        match locked(&self.spinner).as_ref() {
            Some(spinner) => spinner.bar.suspend(write),
            None => write(),
        }
    }

    /// Shows a spinner, over any number of requests, until [`Ui::finish`].
    pub fn begin(&self, what: &str) {
        self.finish();
        self.spin(what, true);
    }

    /// Whether progress is shown on standard error.
    fn shows_progress(&self) -> bool {
        let output_options = self.output_options;
        output_options.terminal
            && !output_options.quiet
            && !output_options.json
            && output_options.verbose <= 1
    }

    /// Shows `bar` as the spinner, over any number of requests, until [`Ui::finish`].
    fn set_bar(&self, bar: ProgressBar) {
        self.finish();
        let spanning = true;
        *locked(&self.spinner) = Some(Spinner { bar, spanning });
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
        *locked(&self.spinner) = Some(Spinner { bar, spanning });
    }

    /// Removes the spinner of [`Ui::begin`].
    pub fn finish(&self) {
        if let Some(spinner) = locked(&self.spinner).take() {
            spinner.bar.finish_and_clear();
        }
    }

    /// Whether the spinner covers several requests.
    fn is_spanning(&self) -> bool {
        let spinner = locked(&self.spinner);
        spinner.as_ref().is_some_and(|spinner| spinner.spanning)
    }

    /// Ends the spinner of one request.
    fn finish_request(&self) {
        if !self.is_spanning() {
            self.finish();
        }
    }
}

impl Trace for Ui<'_> {
    fn sending(&self, request: &Request) {
        if self.output_options.verbose >= 2 {
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
        if !self.is_spanning() {
            self.spin(&format!("waiting for {}", request.url.host()), false);
        }
    }

    fn received(&self, response: &Response) {
        self.finish_request();
        if self.output_options.verbose >= 2 {
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
        self.finish_request();
        if self.output_options.verbose >= 2 {
            self.always(&format!("< no answer: {failure}"));
        }
    }

    fn waiting(&self, pause: Duration, reason: &str) {
        let line = format!(
            "graphmail: {reason}; trying again in {:.0} s",
            pause.as_secs_f32().max(1.0)
        );
        if self.output_options.verbose >= 1 {
            self.always(&line);
        } else if self.output_options.terminal && !self.output_options.json {
            self.info(&line);
        }
    }
}

/// Whether the value of this response header field is shown: it contains no secret.
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
