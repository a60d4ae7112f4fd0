//! Quotes words of commands that a user can paste into a shell.

use std::path::Path;

use crate::text;

/// `word` as one word of a POSIX shell: unchanged if that is safe, otherwise quoted.
///
/// Hidden characters are replaced as in all output ([`text::filter`]). The pasted command then fails
/// instead of doing something that it does not show.
#[must_use]
pub fn word(word: &str) -> String {
    let shown = text::filter(word, text::MAX_LINE);
    // Graph's ids end in `=`, which is special only at the start of a word.
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    if !shown.is_empty() && !shown.starts_with('=') && shown.bytes().all(is_safe) {
        return shown;
    }
    // Only a NUL byte cannot be quoted, and the filter has replaced it.
    shlex::try_quote(&shown).map_or_else(|_| "''".to_owned(), Into::into)
}

/// The path as one word. If it begins with `-`, it is written as `./-…`, so that it is not an option.
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
