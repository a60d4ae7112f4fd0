//! Makes untrusted text safe to print: text from a service, a program or a file cannot control the
//! terminal or forge a line of a log. Also writes times.

use std::fmt;

use jiff::Timestamp;

/// The longest line, in characters. A message has up to 500 recipients, and their list is one line.
pub const MAX_LINE: usize = 16_384;

/// The longest name, code or id in an answer, in characters. The longest that Graph documents, an
/// immutable id of a message, has about 200; a web link has about 400.
pub const MAX_FIELD: usize = 1_024;

/// Marks where text was cut.
pub const CUT: char = '…';

/// A time in UTC, to the second (RFC 3339).
#[must_use]
pub fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether `character` controls a terminal or disguises text: C0, DEL, C1, the line and paragraph
/// separators, bidirectional controls, and format characters without a width.
///
/// The joiners U+200C and U+200D are not among them: Persian, the scripts of India and many emoji
/// need them, and they change neither the order of characters nor the line.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' // soft hyphen
            | '\u{61c}' | '\u{200e}' | '\u{200f}' // bidirectional marks
            | '\u{180e}' | '\u{200b}' // zero width
            | '\u{2028}' | '\u{2029}' // line and paragraph separator
            | '\u{202a}'..='\u{202e}' // bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206f}' // invisible operators, bidirectional isolates, deprecated controls
            | '\u{feff}' // byte order mark
            | '\u{fff9}'..='\u{fffb}' // interlinear annotation
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

/// Whether `character` is a line break or a tab on a terminal, in a log, or in Unicode text.
const fn is_break(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// `text` as one line of at most `limit` characters: line breaks and tabs become spaces, other hidden
/// characters become U+FFFD, and a longer text ends in [`CUT`]. It is idempotent.
#[must_use]
pub fn filter(text: &str, limit: usize) -> String {
    let mut shown: String = text
        .chars()
        .take(limit)
        .map(|character| match character {
            character if is_break(character) => ' ',
            character if is_hidden(character) => char::REPLACEMENT_CHARACTER,
            character => character,
        })
        .collect();
    if text.chars().nth(limit).is_some() {
        shown.pop();
        shown.push(CUT);
    }
    shown
}

/// The error text of a service or a program as one line: each run of white space and hidden
/// characters becomes one space, and a text longer than `limit` bytes ends in [`CUT`].
#[must_use]
pub fn sentence(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || is_hidden(c)) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > limit {
            line.truncate(line.floor_char_boundary(limit));
            line.push(CUT);
            break;
        }
    }
    line
}

/// A name, code or id from an answer as one line of at most [`MAX_FIELD`] characters.
#[must_use]
pub fn field(text: &str) -> String {
    filter(text, MAX_FIELD)
}

/// As [`field`], but one word: a value in a line of `KEY=VALUE` pairs cannot start another pair. An
/// empty text becomes `-`.
#[must_use]
pub fn word(text: &str) -> String {
    let word = field(text).replace(char::is_whitespace, "\u{fffd}");
    if word.is_empty() {
        return "-".to_owned();
    }
    word
}

/// A JSON text with the hidden characters of its strings escaped as `\uXXXX` (RFC 8259 section 7): the
/// value is the same. Line breaks between its parts stay; a JSON string contains none.
#[must_use]
pub fn escape_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                text += &format!("\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// Text that is safe to print: it has no hidden characters except the line breaks between its lines.
/// Every constructor filters or escapes its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visible(String);

impl Visible {
    /// One line, even if `text` contains line breaks.
    #[must_use]
    pub fn line(text: &str) -> Self {
        Self(filter(text, MAX_LINE))
    }

    /// Several lines; each stays one line, even if it contains line breaks.
    pub fn lines<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Self {
        lines
            .into_iter()
            .map(|line| Self::line(line.as_ref()))
            .collect()
    }

    /// Text of several lines, split at `\n`. Only for text that contains no untrusted value, such as a
    /// help text; otherwise use [`Visible::lines`].
    #[must_use]
    pub fn block(text: &str) -> Self {
        Self::lines(text.split('\n'))
    }

    /// A JSON text on one line, with hidden characters escaped; it is not cut.
    #[must_use]
    pub fn json(value: &serde_json::Value) -> Self {
        Self(escape_json(&value.to_string()))
    }

    /// The same on several lines, indented.
    #[must_use]
    pub fn pretty_json(value: &serde_json::Value) -> Self {
        Self(escape_json(&format!("{value:#}")))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Joins them with line breaks.
impl FromIterator<Self> for Visible {
    fn from_iter<I: IntoIterator<Item = Self>>(lines: I) -> Self {
        let lines: Vec<_> = lines.into_iter().map(|line| line.0).collect();
        Self(lines.join("\n"))
    }
}

/// One line.
impl From<&str> for Visible {
    fn from(text: &str) -> Self {
        Self::line(text)
    }
}

/// One line.
impl From<&String> for Visible {
    fn from(text: &String) -> Self {
        Self::line(text)
    }
}

impl From<&Self> for Visible {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl fmt::Display for Visible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The bytes of a text file without the byte order mark that Windows editors add.
#[must_use]
pub fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Visible, filter, is_hidden, sentence, word};

    #[test]
    fn what_drives_a_terminal_or_hides_is_seen() {
        let table = [
            ("plain — ünï", "plain — ünï"),
            ("a\r\nb\tc", "a  b c"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a b c d"),
            (
                "\u{1b}[31mred\u{7}\u{7f}",
                "\u{fffd}[31mred\u{fffd}\u{fffd}",
            ),
            ("\u{9b}31m\u{9d}", "\u{fffd}31m\u{fffd}"),
            ("moc.\u{202e}evil\u{202c}", "moc.\u{fffd}evil\u{fffd}"),
            (
                "\u{2066}x\u{2069}\u{200e}\u{200f}\u{61c}",
                "\u{fffd}x\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "pay\u{200b}pal\u{feff}\u{ad}",
                "pay\u{fffd}pal\u{fffd}\u{fffd}",
            ),
            ("\u{e0041}", "\u{fffd}"),
            // Joiners are part of how these are written.
            ("👩\u{200d}💻 می\u{200c}روم", "👩\u{200d}💻 می\u{200c}روم"),
        ];
        for (text, shown) in table {
            assert_eq!(filter(text, 100), shown, "{text:?}");
        }
    }

    #[test]
    fn every_character_but_the_hidden_stays_and_a_second_pass_changes_nothing() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let shown = filter(&text, 9);
            assert_eq!(shown == text, !is_hidden(character), "{character:?}");
            assert!(!shown.contains(is_hidden), "{character:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        assert_eq!(filter("äöü", 3), "äöü");
        assert_eq!(filter("äöüß", 3), "äö…");
        assert_eq!(filter(&filter("äöüß", 3), 3), "äö…");
        assert_eq!(filter("a", 0), "…");
    }

    #[test]
    fn runs_of_blanks_and_hidden_characters_are_one_blank() {
        let text = "\u{1b}[31ma\r\n\tb\u{7}\u{9b}c \u{202e} d\n";
        assert_eq!(sentence(text, 100), "[31ma b c d");
        assert_eq!(sentence("äöü", 3), "ä…");
        assert_eq!(sentence("äöü", 6), "äöü");
    }

    #[test]
    fn a_word_has_no_blank_and_is_something() {
        assert_eq!(
            word("id\nresult=success x\u{a0}y"),
            "id\u{fffd}result=success\u{fffd}x\u{fffd}y"
        );
        assert_eq!(word(""), "-");
    }

    #[test]
    fn a_value_cannot_add_a_line() {
        assert_eq!(Visible::lines(["a\nforged", "b"]).as_str(), "a forged\nb");
        assert_eq!(Visible::from("a\nforged").as_str(), "a forged");
        assert_eq!(Visible::block("a\nb\u{1b}\n").as_str(), "a\nb\u{fffd}\n");
    }

    #[test]
    fn json_keeps_its_value_and_shows_what_is_hidden() {
        let value = json!({"a\u{9b}": "b\u{202e}\u{7f}\n\u{2028}\u{e0041}ü\"\\"});
        let text = Visible::json(&value);
        assert!(!text.as_str().contains(is_hidden), "{text}");
        assert!(
            text.as_str()
                .contains("\\u202e\\u007f\\n\\u2028\\udb40\\udc41ü"),
            "{text}"
        );
        let read: Value = serde_json::from_str(text.as_str()).expect("JSON");
        assert_eq!(read, value);
    }
}
