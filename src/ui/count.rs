//! The progress of many messages: how many are done, how fast, and how long the others take.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

use super::{SPINNER_TICK, Ui};

/// The template of the bar.
const BAR: &str = "{human_pos}/{human_len} {rate} {eta:3} {wide_bar}";
/// How often a line is written if there is no bar.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A bar on a terminal; otherwise a line each minute.
pub struct Count<'a> {
    ui: &'a Ui<'a>,
    bar: Option<ProgressBar>,
    total: u64,
    done: u64,
    begun: Timestamp,
    last_line: Timestamp,
}

impl<'a> Count<'a> {
    /// Nothing of `total` is done yet.
    #[must_use]
    pub fn new(ui: &'a Ui<'a>, total: u64, now: Timestamp) -> Self {
        let bar = ui.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template(BAR).map(|style| {
                style.with_key(
                    "rate",
                    |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                        let _ = write!(out, "{:.0}/min", state.per_sec() * 60.0);
                    },
                )
            });
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(SPINNER_TICK);
            ui.set_bar(bar.clone());
            bar
        });
        Self {
            ui,
            bar,
            total,
            done: 0,
            begun: now,
            last_line: now,
        }
    }

    /// One more is done.
    pub fn advance(&mut self, now: Timestamp) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        } else if now.duration_since(self.last_line) >= EVERY {
            self.last_line = now;
            self.ui.info(&format!("graphmail: {}", self.line(now)));
        }
    }

    /// `30 of 90 done, 15 per minute, 4 min left`
    fn line(&self, now: Timestamp) -> String {
        let (done, total) = (self.done, self.total);
        let seconds = now
            .duration_since(self.begun)
            .as_secs()
            .max(1)
            .unsigned_abs();
        let per_minute = done.saturating_mul(60) / seconds;
        let left = total.saturating_sub(done).saturating_mul(seconds) / done.max(1);
        let minutes = left.div_ceil(60);
        format!("{done} of {total} done, {per_minute} per minute, {minutes} min left")
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        if self.bar.is_some() {
            self.ui.finish();
        }
    }
}
