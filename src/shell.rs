//! Words of commands to paste into a shell.

use std::path::Path;

use crate::text;

/// `word` as one word of a POSIX shell: as it is where that is safe, else quoted.
///
/// A word with a hidden character cannot be both shown and pasted: it is written as it is shown
/// ([`text::filter`]), so that the command fails, instead of doing what nobody saw.
#[must_use]
pub fn word(word: &str) -> String {
    let shown = text::filter(word, text::MAX_LINE);
    // Graph's ids end in `=`, which only begins something in a shell where it leads a word.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    if !shown.is_empty() && !shown.starts_with('=') && shown.bytes().all(plain) {
        return shown;
    }
    // Only a null byte has no quotation, and none is left.
    shlex::try_quote(&shown).map_or_else(|_| "''".to_owned(), Into::into)
}

/// The path as one word. What begins with `-` would be an option and is written as `./-…`.
#[must_use]
pub fn path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') {
        return word(&format!("./{text}"));
    }
    word(&text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{path, word};

    #[test]
    fn a_word_is_read_back_as_one_word() {
        let table = [
            ("AAMkAGI2-_abc=", "AAMkAGI2-_abc="),
            ("ops@example.com", "ops@example.com"),
            ("a b", "'a b'"),
            ("", "''"),
            ("$(touch x)", "'$(touch x)'"),
            ("a;b", "'a;b'"),
            ("=ls", "'=ls'"),
            ("~", "'~'"),
        ];
        for (text, shown) in table {
            assert_eq!(word(text), shown, "{text:?}");
            assert_eq!(shlex::split(&word(text)), Some(vec![text.to_owned()]));
        }
        let hostile = word("x\n;rm \u{202e}-rf\u{1b}");
        assert_eq!(hostile, "'x ;rm \u{fffd}-rf\u{fffd}'");
    }

    #[test]
    fn a_path_is_no_option() {
        assert_eq!(path(Path::new("-rf")), "./-rf");
        assert_eq!(path(Path::new("/it's mine")), "\"/it's mine\"");
    }
}
