//! How often a client or a user did something lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use crate::mutex::locked;

/// Who sends messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    /// A client on the network.
    Client(IpAddr),
    /// A user who has logged in.
    User(String),
}

/// The times within the last `window`, by who did it.
pub(super) struct Times<K> {
    window: SignedDuration,
    of: Mutex<HashMap<K, Vec<Timestamp>>>,
}

impl<K: Clone + Eq + Hash> Times<K> {
    pub(super) fn new(window: SignedDuration) -> Self {
        Self {
            window,
            of: Mutex::default(),
        }
    }

    /// Adds `now` for each key and its limit. Returns the largest count; `None` if a limit is reached, and then
    /// nothing is added.
    pub(super) fn add(&self, keys: &[(K, usize)], now: Timestamp) -> Option<usize> {
        let mut of = locked(&self.of);
        of.retain(|_, times| {
            // A clock that was set back must not stop a client for longer.
            times.retain(|time| now.duration_since(*time).abs() < self.window);
            !times.is_empty()
        });
        let is_full = |(key, most): &(K, usize)| of.get(key).is_some_and(|it| it.len() >= *most);
        if keys.iter().any(is_full) {
            return None;
        }
        let counts = keys.iter().map(|(key, _)| {
            let times = of.entry(key.clone()).or_default();
            times.push(now);
            times.len()
        });
        Some(counts.max().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Times;

    #[test]
    fn a_limit_holds_within_any_minute() {
        let times = Times::new(SignedDuration::from_mins(1));
        let add = |keys: &[(&'static str, usize)], second: i64| {
            times.add(keys, Timestamp::from_second(1000 + second).unwrap())
        };
        assert_eq!(add(&[("a", 2)], 0), Some(1));
        assert_eq!(add(&[("a", 2)], 59), Some(2));
        assert_eq!(add(&[("a", 2)], 59), None);
        assert_eq!(add(&[("b", 9), ("a", 2)], 59), None);
        assert_eq!(
            add(&[("b", 1)], 59),
            Some(1),
            "the refused one did not count"
        );
        assert_eq!(add(&[("a", 2)], 60), Some(2), "the first is a minute ago");
        assert_eq!(add(&[("a", 2)], 60), None);
        assert_eq!(add(&[], 60), Some(0), "without a limit");
        assert_eq!(add(&[("a", 2)], -100), Some(1), "the clock was set back");
        assert_eq!(add(&[("a", 9), ("c", 9)], -100), Some(2));
    }
}
