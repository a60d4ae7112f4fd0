//! Whole expected outputs, and the lines in which an output differs from them.

use std::path::Path;

use similar::TextDiff;

/// Compares `actual` with the whole of `tests/data/{name}`. `GRAPHMAIL_BLESS=1` writes the file.
#[track_caller]
pub fn compare(name: &str, actual: impl AsRef<[u8]>) {
    compare_file(Path::new("tests/data").join(name), actual);
}

/// Compares `actual` with the whole of a file of the repository. `GRAPHMAIL_BLESS=1` writes the file.
#[track_caller]
pub fn compare_file(name: impl AsRef<Path>, actual: impl AsRef<[u8]>) {
    let name = name.as_ref();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let actual = actual.as_ref();
    if std::env::var_os("GRAPHMAIL_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    if expected == actual {
        return;
    }
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    panic!(
        "the output is not the one in {0}\n{1}\nto renew {0}: GRAPHMAIL_BLESS=1 cargo test --test integration -- {test}",
        name.display(),
        difference(&expected, actual)
    );
}

/// Demands that a text is the expected one.
#[track_caller]
pub fn same(what: &str, expected: &str, actual: &str) {
    assert!(
        expected == actual,
        "{what} is not the expected one\n{}",
        difference(expected.as_bytes(), actual.as_bytes())
    );
}

/// The lines that differ: `-` for the expected ones, `+` for the actual ones.
fn difference(expected: &[u8], actual: &[u8]) -> String {
    let (expected, actual) = (visible(expected), visible(actual));
    TextDiff::from_lines(&expected, &actual)
        .unified_diff()
        .header("expected", "actual")
        .to_string()
}

/// The text with its control characters and its invalid bytes escaped, so that no difference is invisible.
fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() && character != '\n' {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

#[test]
fn a_difference_shows_lines_ends_and_bytes() {
    let expected = b"one\ntwo\nthree\r\nf\xff";
    let actual = b"one\n2\nthree\nf\xfe\n";
    assert_eq!(
        difference(expected, actual),
        "--- expected\n+++ actual\n@@ -1,4 +1,4 @@\n one\n-two\n-three\\r\n-f\\xff\n\\ No newline at end of file\n+2\n+three\n+f\\xfe\n"
    );
}
