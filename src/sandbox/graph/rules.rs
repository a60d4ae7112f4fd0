//! Validates the values of a message: recipients, headers, flags, extended properties.

use serde_json::Value;

use super::property::{address, items, set, text};
use crate::sandbox::directory::is_address;
use crate::sandbox::reply::Refusal;

/// The most recipients of one message (Graph: "message resource type").
const MAX_RECIPIENTS: usize = 500;
/// The most custom header fields of one message (Microsoft Q&A 762243).
const MAX_HEADERS: usize = 5;

/// Refuses a message that Graph would not send.
pub(super) fn check(message: &Value) -> Result<(), Refusal> {
    check_recipients(message)?;
    let others = items(message, "replyTo")
        .iter()
        .chain(message.get("from"))
        .chain(message.get("sender"));
    for recipient in others {
        check_address(address(recipient).unwrap_or_default())?;
    }
    properties(message)
}

/// Refuses values that are invalid in every message, also in an incomplete draft.
pub(super) fn properties(message: &Value) -> Result<(), Refusal> {
    headers(items(message, "internetMessageHeaders"))?;
    if let Some(flag) = message.get("flag") {
        follow_up(flag)?;
    }
    for property in items(message, "singleValueExtendedProperties") {
        extended(text(property, "id"), text(property, "value"))?;
    }
    for attachment in items(message, "attachments") {
        content_id(attachment)?;
    }
    match message.get("internetMessageId").and_then(Value::as_str) {
        Some(id) if !is_message_id(id) => Err(invalid("the internetMessageId is malformed")),
        _ => Ok(()),
    }
}

/// Refuses a `contentId` that would break the header field.
pub(super) fn content_id(attachment: &Value) -> Result<(), Refusal> {
    let id = text(attachment, "contentId");
    if id.bytes().all(is_id_byte) {
        return Ok(());
    }
    Err(invalid(format!("the contentId '{id}' is malformed")))
}

/// Refuses a message without recipients, with too many, or with an invalid address.
pub(super) fn check_recipients(message: &Value) -> Result<(), Refusal> {
    let recipients = ["toRecipients", "ccRecipients", "bccRecipients"]
        .into_iter()
        .flat_map(|property| items(message, property));
    let mut count = 0;
    for recipient in recipients {
        check_address(address(recipient).unwrap_or_default())?;
        count += 1;
    }
    match count {
        0 => Err(Refusal::new(
            400,
            "ErrorInvalidRecipients",
            "At least one recipient isn't valid., A message can't be sent because it contains no recipients.",
        )),
        1..=MAX_RECIPIENTS => Ok(()),
        _ => Err(Refusal::new(
            400,
            "ErrorExceededMaxRecipientLimit",
            format!("The message has {count} recipients, more than the {MAX_RECIPIENTS} allowed."),
        )),
    }
}

/// Refuses an invalid address.
pub(super) fn check_address(address: &str) -> Result<(), Refusal> {
    if is_address(address) {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "ErrorInvalidRecipients",
        format!("At least one recipient isn't valid., Recipient '{address}' is not resolved."),
    ))
}

fn headers(headers: &[Value]) -> Result<(), Refusal> {
    for header in headers {
        let (name, value) = (text(header, "name"), text(header, "value"));
        if !name
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("x-"))
        {
            return Err(Refusal::new(
                400,
                "InvalidInternetMessageHeader",
                format!(
                    "The internet message header name '{name}' should start with 'x-' or 'X-'."
                ),
            ));
        }
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b':')
        {
            return Err(invalid(format!("the header name '{name}' is malformed")));
        }
        if value.chars().any(char::is_control) {
            return Err(invalid(format!(
                "the value of the header '{name}' has a control character"
            )));
        }
    }
    if headers.len() > MAX_HEADERS {
        return Err(Refusal::new(
            400,
            "InvalidInternetMessageHeaderCollection",
            "Maximum number of headers in one message should be less than or equal to 5.",
        ));
    }
    Ok(())
}

fn follow_up(flag: &Value) -> Result<(), Refusal> {
    for property in ["startDateTime", "dueDateTime", "completedDateTime"] {
        let Some(moment) = flag.get(property) else {
            continue;
        };
        let local = text(moment, "dateTime");
        // A local time; its zone is in timeZone.
        if local.parse::<jiff::civil::DateTime>().is_err() {
            return Err(invalid(format!("the {property} '{local}' is malformed")));
        }
        if text(moment, "timeZone").is_empty() {
            return Err(invalid(format!("the {property} has no time zone")));
        }
    }
    if flag.get("dueDateTime").is_some() && flag.get("startDateTime").is_none() {
        return Err(invalid("the flag has a dueDateTime and no startDateTime"));
    }
    Ok(())
}

/// The types of a single-valued extended property
/// (Graph: "singleValueLegacyExtendedProperty resource type").
const PROPERTY_TYPES: [&str; 13] = [
    "ApplicationTime",
    "Binary",
    "Boolean",
    "CLSID",
    "Currency",
    "Double",
    "Error",
    "Float",
    "Integer",
    "Long",
    "Short",
    "String",
    "SystemTime",
];

/// Checks an id `{type} {tag}`, `{type} {guid} Name {name}` or `{type} {guid} Id {number}`, and that the value
/// has this type.
fn extended(id: &str, value: &str) -> Result<(), Refusal> {
    let words: Vec<&str> = id.split(' ').collect();
    let is_guid = |text: &str| {
        text.starts_with('{') && text.ends_with('}') && uuid::Uuid::try_parse(text).is_ok()
    };
    let kind = match words.as_slice() {
        [kind, tag] if property_tag(tag).is_some() => kind,
        [kind, guid, "Name", name, ..] if is_guid(guid) && !name.is_empty() => kind,
        [kind, guid, "Id", number] if is_guid(guid) && property_tag(number).is_some() => kind,
        _ => {
            return Err(invalid(format!(
                "the extended property id '{id}' is malformed"
            )));
        }
    };
    let value_is_right = match *kind {
        "Boolean" => matches!(value, "true" | "false"),
        "Integer" => value.parse::<i32>().is_ok(),
        "Short" => value.parse::<i16>().is_ok(),
        "Long" => value.parse::<i64>().is_ok(),
        "SystemTime" => value.parse::<jiff::Timestamp>().is_ok(),
        known => PROPERTY_TYPES.contains(&known),
    };
    if value_is_right {
        return Ok(());
    }
    Err(invalid(format!(
        "the extended property '{id}' has a type that does not exist or a value that is not of its type"
    )))
}

/// The number of a property tag: `0x3FEF`.
fn property_tag(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("0x").filter(|digits| {
        (1..=4).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })?;
    u16::from_str_radix(digits, 16).ok()
}

/// Writes the tags of extended properties as the service returns them: lower case, no leading zeros.
pub(super) fn normalise_ids(message: &mut Value) {
    let properties = message
        .get_mut("singleValueExtendedProperties")
        .and_then(Value::as_array_mut);
    for property in properties.into_iter().flatten() {
        if let Some((kind, tag)) = text(property, "id").split_once(' ')
            && let Some(tag) = property_tag(tag)
        {
            let id = format!("{kind} {tag:#x}");
            set(property, "id", Value::String(id));
        }
    }
}

/// The value of the extended property with this tag, of any type.
pub(super) fn extended_value(message: &Value, wanted: u16) -> Option<&str> {
    items(message, "singleValueExtendedProperties")
        .iter()
        .find(|property| {
            text(property, "id")
                .split_once(' ')
                .and_then(|(_, tag)| property_tag(tag))
                == Some(wanted)
        })
        .map(|property| text(property, "value"))
}

/// Whether the text is a Message-ID with its angle brackets (RFC 5322 section 3.6.4).
fn is_message_id(text: &str) -> bool {
    text.strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'))
        .and_then(|text| text.split_once('@'))
        .is_some_and(|(left, right)| {
            [left, right]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(is_id_byte))
                && !right.contains('@')
        })
}

/// The bytes of an identifier that do not break the header field.
fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"<>".contains(&byte)
}

fn invalid(detail: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        400,
        "ErrorInvalidArgument",
        format!("The request is invalid: {detail}."),
    )
}

#[cfg(test)]
mod tests {
    use super::{extended, is_message_id};

    #[test]
    fn an_extended_property_is_a_type_and_a_tag_and_a_value_of_that_type() {
        for (id, value) in [
            ("SystemTime 0x3FEF", "2026-02-01T07:00:00Z"),
            ("Integer 0x0036", "2"),
            ("String 0x1042", "<a@b>"),
            (
                "String {00020329-0000-0000-C000-000000000046} Name x-thing",
                "",
            ),
            (
                "Boolean {00020329-0000-0000-C000-000000000046} Id 0x8503",
                "true",
            ),
        ] {
            assert_eq!(extended(id, value), Ok(()), "{id}");
        }
        for (id, value) in [
            ("SystemTime 0x3FEF", "tomorrow"),
            ("Integer 0x0036", "private"),
            ("Integer 0x00000036", "2"),
            ("Integer 0x+36", "2"),
            ("Integer 36", "2"),
            ("integer 0x36", "2"),
            ("0x36", "2"),
            ("Text 0x36", "2"),
            ("String 00020329-0000-0000-C000-000000000046 Name x", ""),
            ("String {00020329-0000-0000-C000-000000000046} Named x", ""),
        ] {
            assert!(extended(id, value).is_err(), "{id}");
        }
    }

    #[test]
    fn a_message_id_has_brackets_and_two_sides() {
        assert!(is_message_id("<a.b@c>"));
        for wrong in [
            "a@b",
            "<a>",
            "<@b>",
            "<a@>",
            "<a@b@c>",
            "<a b@c>",
            "<a@b>\r\nX: y",
        ] {
            assert!(!is_message_id(wrong), "{wrong}");
        }
    }
}
