//! Seams that a test holds: a clock that only sleeping moves, waits as a list, counted randomness.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use graphmail::seams::Seams;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Begins at 2026-11-20T10:00:00Z, unless told otherwise.
pub struct Fixed {
    now: Mutex<Timestamp>,
    sleeps: Mutex<Vec<Duration>>,
    random: AtomicU8,
    /// Standard input has no bytes for as long as anybody waits.
    pub is_input_silent: AtomicBool,
}

impl Fixed {
    pub fn new() -> Self {
        Self::at("2026-11-20T10:00:00Z")
    }

    /// Begins at that moment.
    pub fn at(now: &str) -> Self {
        Self {
            now: Mutex::new(now.parse().unwrap()),
            sleeps: Mutex::default(),
            random: AtomicU8::new(0),
            is_input_silent: AtomicBool::new(false),
        }
    }

    /// Moves the clock without a wait.
    pub fn advance(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// Sets the clock back.
    pub fn set_back(&self, time: Duration) {
        *self.now.lock().unwrap() -= time;
    }

    /// Every wait so far, in seconds.
    pub fn sleeps(&self) -> Vec<f64> {
        let sleeps = self.sleeps.lock().unwrap();
        sleeps.iter().map(Duration::as_secs_f64).collect()
    }
}

impl Seams for Fixed {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, pause: Duration) {
        self.sleeps.lock().unwrap().push(pause);
        self.advance(pause);
    }

    /// Each call gives one byte, repeated; the next call the next byte.
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(self.random.fetch_add(1, Ordering::Relaxed));
    }

    fn wait_for_input(&self, limit: Duration) -> io::Result<bool> {
        let is_silent = self.is_input_silent.load(Ordering::Relaxed);
        if is_silent {
            self.advance(limit);
        }
        Ok(!is_silent)
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}
