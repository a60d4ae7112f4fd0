//! The header fields of a JSON message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::property::{items, text};
use super::rules::extended_value;

/// PidTagSensitivity
const SENSITIVITY: u16 = 0x0036;
/// PidTagInternetReferences
const REFERENCES: u16 = 0x1039;
/// PidTagInReplyToId
const IN_REPLY_TO: u16 = 0x1042;
/// PidTagDeferredSendTime
const DEFERRED: u16 = 0x3FEF;
/// The field of a MIME message with that property (RFC 2156).
const DEFERRED_DELIVERY: &str = "Deferred-Delivery";

/// The header fields from the message's properties, and its `internetMessageHeaders`.
pub(super) fn fields(message: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    let owned = |value: &str| value.replace(char::is_control, " ");
    add(
        "In-Reply-To",
        extended_value(message, IN_REPLY_TO).map(owned),
    );
    add("References", extended_value(message, REFERENCES).map(owned));
    let importance = text(message, "importance");
    add(
        "Importance",
        (importance != "normal").then(|| importance.to_owned()),
    );
    let sensitivity = extended_value(message, SENSITIVITY).and_then(sensitivity_of);
    add("Sensitivity", sensitivity.map(str::to_owned));
    let deferred =
        deferred_property(message).map(|time| time.strftime("%a, %d %b %Y %T +0000").to_string());
    add(DEFERRED_DELIVERY, deferred);
    let from = message
        .pointer("/from/emailAddress/address")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let asked =
        |property| (message.get(property) == Some(&Value::Bool(true))).then(|| format!("<{from}>"));
    add(
        "Disposition-Notification-To",
        asked("isReadReceiptRequested"),
    );
    add("Return-Receipt-To", asked("isDeliveryReceiptRequested"));
    for header in items(message, "internetMessageHeaders") {
        add(text(header, "name"), Some(text(header, "value").to_owned()));
    }
    fields
}

/// The value of the field Sensitivity for a value of the property. RFC 4021 section 2.1.55 registers the field,
/// [MS-OXCMAIL] section 2.1.3.2.2 its values.
fn sensitivity_of(property: &str) -> Option<&'static str> {
    let number: usize = property.parse().ok()?;
    SENSITIVITIES.get(number.checked_sub(1)?).copied()
}

/// The values of the field Sensitivity, by the value of the property from 1 on.
const SENSITIVITIES: [&str; 3] = ["Personal", "Private", "Company-Confidential"];

/// The sensitivity of a message, from its property or its header field; `None` if it is normal.
pub(in crate::sandbox) fn sensitivity(message: &Value) -> Option<&'static str> {
    let field = || {
        let mut headers = items(message, "internetMessageHeaders").iter();
        let header =
            headers.find(|header| text(header, "name").eq_ignore_ascii_case("Sensitivity"))?;
        let mut known = SENSITIVITIES.into_iter();
        known.find(|known| known.eq_ignore_ascii_case(text(header, "value").trim()))
    };
    let property = extended_value(message, SENSITIVITY).and_then(sensitivity_of);
    property.or_else(field)
}

fn deferred_property(message: &Value) -> Option<Timestamp> {
    extended_value(message, DEFERRED)?.parse().ok()
}

/// The time until which the delivery of a message is deferred, from its property or its header field.
pub(in crate::sandbox) fn deferred(message: &Value) -> Option<Timestamp> {
    let field = || {
        let mut headers = items(message, "internetMessageHeaders").iter();
        let field =
            headers.find(|header| text(header, "name").eq_ignore_ascii_case(DEFERRED_DELIVERY))?;
        jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(text(field, "value"))
            .ok()
    };
    deferred_property(message).or_else(field)
}

/// The text in encoded words (RFC 2047), for text that contains `=?`.
pub(super) fn encoded_words(value: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for character in value.chars() {
        // A word is at most 75 characters long, and 45 bytes become 60 characters of base64.
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= 45 => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join(" ")
}
