//! Filters for dates and numbers.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, State, filters};

/// Adds the filters to `environment`.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("date", date);
    environment.add_filter("number", number);
    environment.add_filter("int", int);
    environment.add_filter("float", float);
}

fn refuse(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// Jinja's `int`, whose errors name the text.
fn int(
    state: &State<'_, '_>,
    value: &Value,
    default: Option<Value>,
    base: Option<u32>,
    options: Kwargs,
) -> Result<Value, Error> {
    let number = filters::int(state, value, default, base, options);
    number.map_err(|error| no_number("int", value, error))
}

/// Jinja's `float`, whose errors name the text.
fn float(
    state: &State<'_, '_>,
    value: &Value,
    default: Option<Value>,
    options: Kwargs,
) -> Result<Value, Error> {
    let number = filters::float(state, value, default, options);
    number.map_err(|error| no_number("float", value, error))
}

fn no_number(filter: &str, value: &Value, error: Error) -> Error {
    match value.as_str() {
        Some(text) if error.kind() == ErrorKind::InvalidOperation => refuse(format!(
            "{filter}: {text:?} is not a number; {filter}(0) takes 0 for such a text"
        )),
        _ => error,
    }
}

/// `{{ due|date('%d.%m.%Y') }}`: a date in another form, by strftime(3). It is read as ISO 8601, or with
/// `from='%d/%m/%Y'` in that form.
#[expect(clippy::needless_pass_by_value, reason = "the form of a filter")]
fn date(value: &Value, format: &str, options: Kwargs) -> Result<String, Error> {
    let from: Option<&str> = options.get("from")?;
    all_known(&options, "date: its argument by name is from")?;
    let text = value.to_string();
    let text = text.trim();
    let wrong = || match from {
        Some(from) => refuse(format!("date: {text:?} is not a date of the form {from:?}")),
        None => refuse(format!(
            "date: {text:?} is not a date such as 2026-01-31 or 2026-01-31T09:00:00Z; \
             for another form: date({format:?}, from='%d.%m.%Y')"
        )),
    };
    let moment = match from {
        Some(from) => strtime::parse(from, text)
            .ok()
            .and_then(|parsed| whole(&parsed)),
        None => iso(text),
    };
    moment
        .ok_or_else(wrong)?
        .to_string(format)
        .map_err(|error| refuse(format!("date: {format:?}: {error}")))
}

/// A date, a date and time, or a time with its offset, which stays.
fn iso(text: &str) -> Option<BrokenDownTime> {
    if let Some(moment) = strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", text)
        .ok()
        .and_then(|parsed| whole(&parsed))
    {
        return Some(moment);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some((&moment.to_zoned(TimeZone::UTC)).into());
    }
    let text = text.replacen(' ', "T", 1);
    let moment = text.parse::<DateTime>().ok();
    let midnight = || Some(text.parse::<Date>().ok()?.to_datetime(Time::midnight()));
    moment.or_else(midnight).map(Into::into)
}

/// The same moment with all parts that follow from those that were parsed, such as the weekday. `None` if there is
/// no such day.
fn whole(parsed: &BrokenDownTime) -> Option<BrokenDownTime> {
    if let Ok(zoned) = parsed.to_zoned() {
        return Some((&zoned).into());
    }
    if parsed.year().is_none() && parsed.hour().is_some() {
        return parsed.to_time().ok().map(Into::into);
    }
    let moment = parsed.to_datetime().ok();
    let midnight = || Some(parsed.to_date().ok()?.to_datetime(Time::midnight()));
    moment.or_else(midnight).map(Into::into)
}

/// Refuses other arguments by name, and says which there are.
fn all_known(options: &Kwargs, known: &str) -> Result<(), Error> {
    let unknown = |error: Error| match error.detail() {
        Some(detail) => refuse(format!("{known} ({detail})")),
        None => error,
    };
    options.assert_all_used().map_err(unknown)
}

/// `{{ total|number(2, thousands=',', point='.', from=',') }}`: a number with that many decimals, rounded half away from
/// zero. Its digits are not converted to binary, so that amounts of money stay exact.
#[expect(clippy::needless_pass_by_value, reason = "the form of a filter")]
fn number(value: &Value, decimals: Option<u32>, options: Kwargs) -> Result<String, Error> {
    let thousands: Option<&str> = options.get("thousands")?;
    let point: Option<&str> = options.get("point")?;
    let from: Option<&str> = options.get("from")?;
    all_known(
        &options,
        "number: its arguments by name are thousands, point and from",
    )?;
    let point = point.unwrap_or(".");
    if thousands == Some(point) {
        let other = if point == "," { "." } else { "," };
        return Err(refuse(format!(
            "number: thousands and point are both {point:?}; write point={other:?}, or other thousands"
        )));
    }
    let text = value.to_string();
    let (sign, whole, fraction) = parts(&text, from)?;
    let decimals = decimals.map_or(fraction.len(), |count| {
        usize::try_from(count).unwrap_or(usize::MAX)
    });
    if decimals > MOST_DECIMALS {
        return Err(refuse(format!("number: at most {MOST_DECIMALS} decimals")));
    }
    let (whole, fraction) = rounded(&whole, fraction, decimals);
    let is_zero = whole
        .bytes()
        .chain(fraction.bytes())
        .all(|digit| digit == b'0');
    let sign = if is_zero { "" } else { sign };
    let whole = grouped(&whole, thousands.unwrap_or_default());
    Ok(match fraction.is_empty() {
        true => format!("{sign}{whole}"),
        false => format!("{sign}{whole}{point}{fraction}"),
    })
}

/// The sign of a number, and its digits before and after the point. With `from`, that is the point, and the digits
/// before it may be in groups of three.
fn parts<'t>(text: &'t str, from: Option<&str>) -> Result<(&'static str, String, &'t str), Error> {
    let point = match from {
        None | Some(".") => '.',
        Some(",") => ',',
        Some(other) => return Err(refuse(format!("number: from is ',' or '.', not {other:?}"))),
    };
    let wrong = || match from {
        Some(from) => refuse(format!(
            "number: {text:?} is not a number with the point {from:?}"
        )),
        None => refuse(format!(
            "number: {text:?} is not a number such as 1234.5; for 1.234,50: number(2, from=',')"
        )),
    };
    let (sign, digits) = match text.trim().split_at_checked(1) {
        Some(("-", digits)) => ("-", digits),
        Some(("+", digits)) => ("", digits),
        _ => ("", text.trim()),
    };
    let (whole, fraction) = digits.split_once(point).unwrap_or((digits, ""));
    let separators: &[char] = match point {
        _ if from.is_none() => &[],
        ',' => &['.', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'],
        _ => &[',', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'],
    };
    let mut groups = whole.split(separators);
    let first = groups.next().unwrap_or_default();
    let others: Vec<_> = groups.collect();
    let all = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = others.is_empty() || (1..=3).contains(&first.len());
    let is_grouped = is_grouped && others.iter().all(|group| group.len() == 3 && all(group));
    let has_digits = first.len() + fraction.len() > 0;
    if !has_digits || !is_grouped || !all(first) || !all(fraction) {
        return Err(wrong());
    }
    Ok((sign, [&[first], &*others].concat().concat(), fraction))
}

/// No amount has more.
const MOST_DECIMALS: usize = 30;

/// The digits before and after the point with `decimals` after it.
fn rounded(whole: &str, fraction: &str, decimals: usize) -> (String, String) {
    let mut digits: Vec<u8> = whole
        .bytes()
        .chain(fraction.bytes().take(decimals))
        .collect();
    digits.resize(whole.len() + decimals, b'0');
    if fraction
        .as_bytes()
        .get(decimals)
        .is_some_and(|digit| *digit >= b'5')
    {
        let mut carries = true;
        for digit in digits.iter_mut().rev() {
            if !carries {
                break;
            }
            carries = *digit == b'9';
            *digit = if carries { b'0' } else { *digit + 1 };
        }
        if carries {
            digits.insert(0, b'1');
        }
    }
    let fraction = digits.split_off(digits.len() - decimals);
    let text = |digits: Vec<u8>| String::from_utf8(digits).unwrap_or_default();
    let whole = text(digits);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    (whole.to_owned(), text(fraction))
}

/// The digits in groups of three.
fn grouped(digits: &str, separator: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use minijinja::Environment;

    fn shown(expression: &str) -> String {
        let mut environment = Environment::new();
        super::add(&mut environment);
        environment
            .render_str(&format!("{{{{ {expression} }}}}"), ())
            .unwrap_or_else(|error| error.detail().unwrap_or_default().to_owned())
    }

    #[test]
    fn numbers() {
        for (expression, expected) in [
            ("'1234567.125'|number(2, thousands=',')", "1,234,567.13"),
            (
                "'1234567.125'|number(2, thousands='.', point=',')",
                "1.234.567,13",
            ),
            ("'999.995'|number(2)", "1000.00"),
            ("'-0.004'|number(2)", "0.00"),
            ("'-2.5'|number(0)", "-3"),
            ("'007'|number", "7"),
            ("12|number(2)", "12.00"),
            ("'1.10'|number", "1.10"),
            ("'.5'|number(1)", "0.5"),
            (
                "'1,5'|number(1)",
                "number: \"1,5\" is not a number such as 1234.5; for 1.234,50: number(2, from=',')",
            ),
            (
                "''|number",
                "number: \"\" is not a number such as 1234.5; for 1.234,50: number(2, from=',')",
            ),
            (
                "'1'|number(2, group=',')",
                "number: its arguments by name are thousands, point and from (unknown keyword argument 'group')",
            ),
            (
                "'1234'|number(2, thousands='.')",
                "number: thousands and point are both \".\"; write point=\",\", or other thousands",
            ),
            ("'1.234,50'|number(2, from=',')", "1234.50"),
            ("'-1 234 567,5'|number(2, from=',')", "-1234567.50"),
            ("'1234,5'|number(1, from=',', point=',')", "1234,5"),
            ("'1,234.5'|number(1, from='.')", "1234.5"),
            (
                "'1.5'|number(1, from=',')",
                "number: \"1.5\" is not a number with the point \",\"",
            ),
            (
                "'1234.567,5'|number(1, from=',')",
                "number: \"1234.567,5\" is not a number with the point \",\"",
            ),
            (
                "'1'|number(from=';')",
                "number: from is ',' or '.', not \";\"",
            ),
        ] {
            assert_eq!(shown(expression), expected, "{expression}");
        }
    }

    #[test]
    fn dates() {
        for (expression, expected) in [
            ("'2026-02-01'|date('%d.%m.%Y')", "01.02.2026"),
            ("'2026-02-01 09:05'|date('%H:%M')", "09:05"),
            (
                "'2026-02-01T23:05:00+02:00'|date('%-d %B %Y, %H:%M %:z')",
                "1 February 2026, 23:05 +02:00",
            ),
            ("'2026-02-01T23:05:00Z'|date('%d %b')", "01 Feb"),
            ("'1.2.2026'|date('%F', from='%d.%m.%Y')", "2026-02-01"),
            ("'1.2.2026'|date('%A', from='%d.%m.%Y')", "Sunday"),
            ("'9:05 PM'|date('%H:%M', from='%I:%M %p')", "21:05"),
            (
                "'1.2.2026'|date('%F')",
                "date: \"1.2.2026\" is not a date such as 2026-01-31 or 2026-01-31T09:00:00Z; for another form: date(\"%F\", from='%d.%m.%Y')",
            ),
            (
                "'31.2.2026'|date('%F', from='%d.%m.%Y')",
                "date: \"31.2.2026\" is not a date of the form \"%d.%m.%Y\"",
            ),
        ] {
            assert_eq!(shown(expression), expected, "{expression}");
        }
    }
}
