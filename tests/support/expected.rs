//! Whole expected outputs, in files.

use std::path::Path;

/// Compares `actual` with the whole of `tests/data/{name}`. `GRAPHMAIL_BLESS=1` writes the file.
#[track_caller]
pub fn compare(name: &str, actual: impl AsRef<[u8]>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    let actual = actual.as_ref();
    if std::env::var_os("GRAPHMAIL_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    if expected == actual {
        return;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&expected), text(actual), "{name}");
}
