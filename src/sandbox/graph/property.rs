//! Reads and sets properties of JSON objects.

use serde_json::Value;

/// The elements of a collection; empty if it is absent.
pub(super) fn items<'a>(value: &'a Value, property: &str) -> &'a [Value] {
    value
        .get(property)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A string property; empty if it is absent.
pub(super) fn text<'a>(value: &'a Value, property: &str) -> &'a str {
    value
        .get(property)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A recipient's address.
pub(super) fn address(recipient: &Value) -> Option<&str> {
    recipient.pointer("/emailAddress/address")?.as_str()
}

/// Whether the attachment is shown within the body.
pub(super) fn inline(attachment: &Value) -> bool {
    attachment
        .get("isInline")
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

/// Sets a property of a JSON object.
pub(super) fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
