//! Reads JSON by its declared types. Undeclared properties and values of another type are refused.

mod types;

pub(super) use self::types::{CREATE_UPLOAD_SESSION, FILE_ATTACHMENT, MESSAGE, SEND_MAIL};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::sandbox::reply::Refusal;

/// An entity or complex type.
pub(super) struct Type {
    name: &'static str,
    properties: &'static [(&'static str, Kind)],
    required: &'static [&'static str],
}

/// The type of a property's value.
pub(super) enum Kind {
    /// `Edm.String`
    Text,
    /// `Edm.Boolean`
    Boolean,
    /// `Edm.Boolean` as the parameter of an action; a string with the value is also accepted.
    Parameter,
    /// `Edm.Int64`
    Integer,
    /// `Edm.Binary`: base64
    Binary,
    /// An enumeration. Case does not matter; the declared spelling is stored.
    Choice(&'static [&'static str]),
    /// The annotation `@odata.type`, which must have this value.
    Named(&'static str),
    /// A structured value.
    Object(&'static Type),
    /// A collection.
    List(&'static Kind),
    /// Declared, but read-only.
    Computed,
}

use Kind::{Binary, Boolean, Choice, Computed, Integer, List, Named, Object, Parameter, Text};

fn body_read(message: String) -> Refusal {
    Refusal::new(400, "RequestBodyRead", message)
}

impl Type {
    /// Reads `value` as this type, and replaces it with the value that the service would store: null
    /// properties are removed, enumerations are spelled as declared.
    pub(super) fn read(&self, value: &mut Value) -> Result<(), Refusal> {
        let Value::Object(object) = value else {
            return Err(wrong_node(self.name, value, "StartObject"));
        };
        object.retain(|_, value| !value.is_null());
        for (name, value) in object.iter_mut() {
            let Some((_, kind)) = self.properties.iter().find(|(known, _)| known == name) else {
                return Err(body_read(format!(
                    "The property '{name}' does not exist on type '{}'. Make sure to only use property names that are defined by the type.",
                    self.name
                )));
            };
            kind.read(name, value)?;
        }
        match self.required.iter().find(|name| !object.contains_key(**name)) {
            Some(&"@odata.type") => Err(body_read(
                "A value of the abstract type 'microsoft.graph.attachment' was found without the annotation '@odata.type' that names its type.".to_owned(),
            )),
            Some(missing) => Err(body_read(format!(
                "The required property '{missing}' of type '{}' is missing.",
                self.name
            ))),
            None => Ok(()),
        }
    }
}

impl Kind {
    fn read(&self, name: &str, value: &mut Value) -> Result<(), Refusal> {
        match self {
            Text if value.is_string() => Ok(()),
            Text => Err(wrong_literal(name, value, "Edm.String")),
            Boolean if value.is_boolean() => Ok(()),
            Boolean => Err(wrong_literal(name, value, "Edm.Boolean")),
            Integer if value.is_i64() => Ok(()),
            Integer => Err(wrong_literal(name, value, "Edm.Int64")),
            Parameter => match value.as_str() {
                Some("true") => replace(value, Value::Bool(true)),
                Some("false") => replace(value, Value::Bool(false)),
                _ => Boolean.read(name, value),
            },
            Binary => match value.as_str().map(|text| STANDARD.decode(text)) {
                Some(Ok(_)) => Ok(()),
                _ => Err(wrong_literal(name, &Value::Null, "Edm.Binary")),
            },
            Choice(names) => match value.as_str() {
                None => Err(wrong_literal(name, value, "an enumeration")),
                Some(text) => match names.iter().find(|known| known.eq_ignore_ascii_case(text)) {
                    Some(known) => replace(value, Value::from(*known)),
                    None => Err(body_read(format!(
                        "Requested value '{text}' was not found (property '{name}')."
                    ))),
                },
            },
            Named(known) if value.as_str() == Some(known) => Ok(()),
            Named(known) => Err(body_read(format!(
                "A type named {value} could not be resolved by the model; '{known}' is expected here."
            ))),
            Object(kind) => kind.read(value),
            List(kind) => match value {
                Value::Array(items) => items.iter_mut().try_for_each(|item| kind.read(name, item)),
                _ => Err(wrong_node(name, value, "StartArray")),
            },
            Computed => Err(Refusal::new(
                400,
                "ErrorInvalidPropertySet",
                format!("The property '{name}' is read-only and can't be set."),
            )),
        }
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "an arm of a match whose other arms refuse"
)]
fn replace(value: &mut Value, new: Value) -> Result<(), Refusal> {
    *value = new;
    Ok(())
}

fn wrong_node(name: &str, value: &Value, expected: &str) -> Refusal {
    let node = match value {
        Value::Object(_) => "StartObject",
        Value::Array(_) => "StartArray",
        _ => "PrimitiveValue",
    };
    body_read(format!(
        "An unexpected '{node}' node was found for '{name}' when reading from the JSON reader. A '{expected}' node was expected."
    ))
}

/// Shows the literal only if it cannot be a user's text.
fn wrong_literal(name: &str, value: &Value, expected: &str) -> Refusal {
    let literal = match value {
        Value::Bool(_) | Value::Number(_) => format!("the literal '{value}'"),
        Value::Object(_) | Value::Array(_) => "a structured value".to_owned(),
        Value::String(_) | Value::Null => "the literal".to_owned(),
    };
    body_read(format!(
        "Cannot convert {literal} of the property '{name}' to the expected type '{expected}'."
    ))
}

/// The media type of a Content-Type in lower case, if it is valid (RFC 6838 section 4.2) and not a
/// multipart; otherwise `application/octet-stream`.
pub(in crate::sandbox) fn essence(content_type: &str) -> String {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match essence.split_once('/') {
        Some((kind, subtype)) if is_name(kind) && is_name(subtype) && kind != "multipart" => {
            essence
        }
        _ => "application/octet-stream".to_owned(),
    }
}
