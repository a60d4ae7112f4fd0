//! Progress bars of an upload session: one for the current attachment, one for the message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{SPINNER_DELAY, Ui};
use crate::graph::{DraftId, Progress};
use crate::interrupt::{Message, Sending};
use crate::text::Visible;

/// The template of a bar: name, bytes done, total, time left, and the bar itself, which fills the
/// rest of the line. Without the bar these are at most 40 columns.
const BAR: &str = "{msg:10!} {bytes}/{total_bytes} {eta:3} {wide_bar}";

/// The progress bars of one message; none if standard error is not a terminal.
pub struct Uploads<'a> {
    ui: &'a Ui<'a>,
    interrupted: Arc<AtomicBool>,
    bars: Option<Bars>,
    /// Whether there are bars, for one message at a time.
    has_bars: bool,
    message: Message,
    sending: Sending,
}

struct Bars {
    group: MultiProgress,
    whole: ProgressBar,
    file: ProgressBar,
    /// The bytes of the files before the current one.
    before: u64,
    shown: bool,
}

impl<'a> Uploads<'a> {
    /// Bars on `ui`, if it shows progress; `interrupted` is set when a signal arrives.
    #[must_use]
    pub fn new(ui: &'a Ui<'a>, interrupted: Arc<AtomicBool>) -> Self {
        Self {
            ui,
            interrupted,
            bars: None,
            has_bars: ui.shows_progress(),
            message: Message::default(),
            sending: Sending::begin(),
        }
    }

    /// No bars, for one of several messages that are sent at the same time.
    #[must_use]
    pub fn hidden(ui: &'a Ui<'a>, interrupted: Arc<AtomicBool>) -> Self {
        let mut uploads = Self::new(ui, interrupted);
        uploads.has_bars = false;
        uploads
    }
}

impl Progress for Uploads<'_> {
    fn start(&mut self, total: u64) {
        self.bars = None;
        if !self.has_bars {
            return;
        }
        let group = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let bar = |message: &str| {
            let bar = group.add(ProgressBar::new(total).with_message(message.to_owned()));
            if let Ok(style) = ProgressStyle::with_template(BAR) {
                bar.set_style(style);
            }
            bar
        };
        let file = bar("");
        let whole = bar("together");
        self.ui.set_bar(whole.clone());
        self.bars = Some(Bars {
            group,
            whole,
            file,
            before: 0,
            shown: false,
        });
    }

    fn begin(&mut self, name: &str, size: u64) {
        if let Some(bars) = &self.bars {
            bars.file.set_message(Visible::from(name).to_string());
            bars.file.set_length(size);
            bars.file.reset();
            bars.whole.set_position(bars.before);
        }
    }

    fn advance(&mut self, to: u64) {
        let Some(bars) = &mut self.bars else { return };
        bars.file.set_position(to);
        bars.whole.set_position(bars.before.saturating_add(to));
        if !bars.shown && bars.whole.elapsed() >= SPINNER_DELAY {
            bars.group.set_draw_target(ProgressDrawTarget::stderr());
            bars.shown = true;
        }
    }

    fn end(&mut self) {
        if let Some(bars) = &mut self.bars {
            let size = bars.file.length().unwrap_or_default();
            bars.before = bars.before.saturating_add(size);
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn created(&mut self, id: &DraftId) {
        self.message.draft = Some(id.to_string());
        self.sending.set(self.message.clone());
    }

    fn sending(&mut self) {
        self.message.sending = true;
        self.sending.set(self.message.clone());
    }
}

impl Drop for Uploads<'_> {
    fn drop(&mut self) {
        if let Some(bars) = &self.bars {
            bars.file.finish_and_clear();
            self.ui.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

    use super::BAR;

    /// A terminal of 40 columns, and what was written to it.
    #[derive(Debug, Clone, Default)]
    struct Narrow(Arc<Mutex<String>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            40
        }
        fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn write_line(&self, line: &str) -> std::io::Result<()> {
            self.write_str(&format!("{line}\n"))
        }
        fn write_str(&self, text: &str) -> std::io::Result<()> {
            self.0.lock().expect("a lock").push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> std::io::Result<()> {
            self.write_str("\n")
        }
        fn flush(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_bar_fits_on_forty_columns() {
        let terminal = Narrow::default();
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let bar = ProgressBar::with_draw_target(Some(150 << 20), target)
            .with_message("a-long-name-of-a-file.tar.gz");
        bar.set_style(ProgressStyle::with_template(BAR).expect("a template"));
        bar.set_position(123 << 20);
        bar.tick();
        let written = terminal.0.lock().expect("a lock").clone();
        assert!(
            written.contains("a-long-nam 123.00 MiB/150.00 MiB"),
            "{written:?}"
        );
        let widest = written
            .lines()
            .map(|line| line.trim_end().chars().count())
            .max();
        assert!(widest.is_some_and(|widest| widest <= 40), "{written:?}");
    }
}
