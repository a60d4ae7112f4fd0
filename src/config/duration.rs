//! Durations in options, variables and the configuration.

use std::time::Duration;

/// Reads a duration above zero.
///
/// # Errors
/// What is wrong with the text.
pub fn limit(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be more than 0".to_owned()),
        limit => Ok(limit),
    }
}

/// The longest duration: a year, in the largest unit whose length is fixed.
const LONGEST: Duration = Duration::from_hours(8784);

/// Reads a duration: `30s`, `2m`, `1h 30m`, or a bare number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => of_units(text)?,
    };
    match duration > LONGEST {
        true => Err("the longest duration is 8784h".to_owned()),
        false => Ok(duration),
    }
}

fn of_units(text: &str) -> Result<Duration, String> {
    let duration: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "not a duration such as 30s, 2m or 1h30m, of at most 8784h".to_owned())?;
    Duration::try_from(duration).map_err(|_| "a duration cannot be negative".to_owned())
}
