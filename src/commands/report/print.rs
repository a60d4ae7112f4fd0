//! Prints an error and its hint.

use serde_json::{Value, json};

use crate::exit::{Class, Status};
use crate::text::Visible;
use crate::ui::Ui;

/// `graphmail: error: what was attempted: why`, then the hint on its own line.
pub(super) fn print(words: &str, hint: Option<&str>, ui: &Ui<'_>) {
    ui.always(with_hint(format!("graphmail: error: {words}"), hint));
}

/// A line, and the hint on a second line.
pub(in crate::commands) fn with_hint(line: String, hint: Option<&str>) -> Visible {
    let hint = hint.map(|hint| format!("hint: {hint}"));
    Visible::lines([Some(line), hint].into_iter().flatten())
}

/// Prints the JSON object of an error.
pub(super) fn print_json(
    (class, status): (Class, Status),
    words: &str,
    hint: Option<&str>,
    detail: Value,
    ui: &Ui<'_>,
) {
    let mut body = json!({
        "class": class.name(),
        "exit": status.number(),
        "message": words,
        "hint": hint,
    });
    if let (Some(body), Value::Object(detail)) = (body.as_object_mut(), detail) {
        body.extend(detail);
        body.retain(|_, value| !value.is_null());
    }
    // The error is also written to standard error.
    drop(ui.json(&json!({"ok": false, "error": body})));
}
