//! A message on its way: a bar for each attachment, one for the whole, and the wish to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{SPINNER_DELAY, Ui};
use crate::graph::{DraftId, Progress};
use crate::interrupt::{self, Message};
use crate::text::Visible;

/// What a bar shows: how far, of how much, how long it may still take. Without the bar itself, which
/// takes what room there is, these are 40 columns at most.
const BAR: &str = "{msg:10!} {bytes}/{total_bytes} {eta:3} {wide_bar}";

/// The bars of one message; none where nobody watches.
pub struct Uploads<'a> {
    ui: &'a Ui<'a>,
    interrupted: Arc<AtomicBool>,
    bars: Option<Bars>,
    message: Message,
}

struct Bars {
    group: MultiProgress,
    whole: ProgressBar,
    file: ProgressBar,
    /// The bytes of the files before the present one.
    before: u64,
    shown: bool,
}

impl<'a> Uploads<'a> {
    /// Bars on `ui`, if it shows any; `interrupted` says whether somebody wants to stop.
    #[must_use]
    pub fn new(ui: &'a Ui<'a>, interrupted: Arc<AtomicBool>) -> Self {
        interrupt::note(Some(Message::default()));
        Self {
            ui,
            interrupted,
            bars: None,
            message: Message::default(),
        }
    }
}

impl Progress for Uploads<'_> {
    fn start(&mut self, total: u64) {
        self.bars = None;
        if !self.ui.shows_progress() {
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
        self.ui.hold(whole.clone());
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
        interrupt::note(Some(self.message.clone()));
    }

    fn sending(&mut self) {
        self.message.sending = true;
        interrupt::note(Some(self.message.clone()));
    }
}

impl Drop for Uploads<'_> {
    fn drop(&mut self) {
        interrupt::note(None);
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

    /// A narrow terminal: what was written to it.
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
