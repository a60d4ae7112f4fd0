//! Comparisons in templates.
//!
//! Jinja compares a text with a number without an error: each text is greater than each number, and equals none. The
//! columns of CSV are texts, so `--only 'age > 9'` would be true for all rows. Therefore each comparison of a template
//! becomes a call of a filter that refuses such a pair:
//!
//! ```text
//! {% if age > 9 %}   →   {% if ((age)|graphmail_compare("age",">","9",(9))) %}
//! ```

mod rewrite;

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, tests};

pub(super) use self::rewrite::checked;

/// The filter. A template has no other use for it.
const FILTER: &str = "graphmail_compare";

/// The tests that compare, with their other names.
const TESTS: [(&str, &[&str]); 7] = [
    ("==", &["==", "eq", "equalto"]),
    ("!=", &["!=", "ne"]),
    ("<", &["<", "lt", "lessthan"]),
    ("<=", &["<=", "le"]),
    (">", &[">", "gt", "greaterthan"]),
    (">=", &[">=", "ge"]),
    ("in", &["in"]),
];

/// Adds the filter, and the tests that compare.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter(FILTER, compare);
    for (operator, names) in TESTS {
        for name in names {
            let test = move |state: &State<'_, '_>, left: &Value, right: &Value| {
                compared(state, left, (operator, right), &["", ""])
            };
            environment.add_test(*name, test);
        }
    }
}

/// The filter: `left|graphmail_compare("left", "<", "right", right)`, and for `a < b < c` more of them. All of
/// the comparisons must be true.
#[expect(clippy::needless_pass_by_value, reason = "the form of a filter")]
fn compare(
    state: &State<'_, '_>,
    left: &Value,
    source: &str,
    others: Rest<Value>,
) -> Result<bool, Error> {
    let (mut left, mut left_source) = (left, source);
    for other in others.chunks(3) {
        let [operator, source, right] = other else {
            return Err(ErrorKind::MissingArgument.into());
        };
        let (operator, source) = (
            operator.as_str().unwrap_or_default(),
            source.as_str().unwrap_or_default(),
        );
        if !compared(state, left, (operator, right), &[left_source, source])? {
            return Ok(false);
        }
        (left, left_source) = (right, source);
    }
    Ok(true)
}

/// One comparison. `sources` are its operands in the template, or empty.
fn compared(
    state: &State<'_, '_>,
    left: &Value,
    (operator, right): (&str, &Value),
    sources: &[&str; 2],
) -> Result<bool, Error> {
    for (value, source) in [left, right].into_iter().zip(sources) {
        if value.is_undefined() {
            return Err(match source.is_empty() {
                true => ErrorKind::UndefinedError.into(),
                false => Error::new(
                    ErrorKind::UndefinedError,
                    format!("`{source}` is undefined"),
                ),
            });
        }
    }
    let refuse = |other: &Value| match Pair::of(left, other, operator) {
        Some(pair) => Err(pair.error(operator, sources)),
        None => Ok(()),
    };
    if !matches!(operator, "in" | "not in") {
        refuse(right)?;
    }
    Ok(match operator {
        "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        _ => {
            if matches!(right.kind(), ValueKind::Seq | ValueKind::Iterable) {
                right.try_iter()?.try_for_each(|item| refuse(&item))?;
            } else if !matches!(right.kind(), ValueKind::Map | ValueKind::String) {
                let why = format!("{} has no items that in could find", right.kind());
                return Err(Error::new(ErrorKind::InvalidOperation, why));
            }
            tests::is_in(state, left, right)? == (operator == "in")
        }
    })
}

/// A text, and a number or a truth value, which are compared.
struct Pair<'v> {
    text: &'v str,
    other: &'v Value,
    is_left: bool,
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    text.contains(|character: char| character.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

/// The most characters of a text in an error.
const SHOWN: usize = 40;

impl<'v> Pair<'v> {
    /// The pair, if its comparison has no meaning. A text that is no number does not equal a number.
    fn of(left: &'v Value, right: &'v Value, operator: &str) -> Option<Self> {
        let (text, other, is_left) = match (left.as_str(), right.as_str()) {
            (Some(text), None) => (text, right, true),
            (None, Some(text)) => (text, left, false),
            _ => return None,
        };
        let is_order = operator.starts_with(['<', '>']);
        let is_alike = match other.kind() {
            ValueKind::Number => is_number(text),
            ValueKind::Bool => ["true", "false"].contains(&text.trim().to_lowercase().as_str()),
            _ => return None,
        };
        (is_order || is_alike).then_some(Self {
            text,
            other,
            is_left,
        })
    }

    fn error(&self, operator: &str, [left, right]: &[&str; 2]) -> Error {
        let shown = crate::text::filter(self.text, SHOWN);
        let (text, other) = (format!("the text {shown:?}"), self.other);
        let (other, change) = match other.kind() {
            ValueKind::Bool => (
                format!("the truth value {}", other.to_string().to_lowercase()),
                Change::Quote,
            ),
            _ => (format!("the number {other}"), self.conversion()),
        };
        let (one, two) = match self.is_left {
            true => (text, other),
            false => (other, text),
        };
        let is_search = matches!(operator, "in" | "not in");
        let is_converted = self.is_left && matches!(change, Change::Filter(_));
        if left.is_empty() || is_search && !is_converted {
            let advice = match change {
                Change::Quote => "compare it with 'true' or 'false'",
                Change::Filter(_) => "convert the text with |int or |float",
            };
            let why = format!("{operator} compares {one} with {two}; {advice}");
            return Error::new(ErrorKind::InvalidOperation, why);
        }
        let (mut new_left, mut new_right) = ((*left).to_owned(), (*right).to_owned());
        let (text, other) = match self.is_left {
            true => (&mut new_left, &mut new_right),
            false => (&mut new_right, &mut new_left),
        };
        match change {
            Change::Filter(filter) => *text = filtered(text, filter),
            Change::Quote => {
                if self.text.contains(char::is_uppercase) {
                    *text = filtered(text, "lower");
                }
                *other = match other.to_lowercase() {
                    word if matches!(&*word, "true" | "false") => format!("'{word}'"),
                    _ => filtered(other, "string"),
                };
            }
        }
        let why = format!(
            "{left} {operator} {right} compares {one} with {two}; write {new_left} {operator} {new_right}"
        );
        Error::new(ErrorKind::InvalidOperation, why)
    }

    /// The filter that makes a number of the text.
    fn conversion(&self) -> Change {
        let is_fraction = |text: &str| text.contains('.');
        match is_number(self.text) {
            true if is_fraction(self.text) || is_fraction(&self.other.to_string()) => {
                Change::Filter("float")
            }
            true => Change::Filter("int"),
            // Otherwise the filter is an error.
            false => Change::Filter("int(0)"),
        }
    }
}

/// How a comparison is corrected.
#[derive(Debug, Clone, Copy)]
enum Change {
    Filter(&'static str),
    Quote,
}

/// The operand with a filter.
fn filtered(operand: &str, filter: &str) -> String {
    let is_plain = |character: char| !character.is_whitespace() && !"+-*/~%".contains(character);
    match operand.chars().all(is_plain) {
        true => format!("{operand}|{filter}"),
        false => format!("({operand})|{filter}"),
    }
}
