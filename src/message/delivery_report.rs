//! A non-delivery report (RFC 3464): which recipients did not get a message, and why.

use std::fmt;

use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};

use super::header_section::HeaderSection;

/// A report about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The Message-IDs of the messages that it may be about, with angle brackets: that of the message which is
    /// returned, and those in In-Reply-To and References.
    pub message_ids: Vec<String>,
    /// The recipients that failed.
    pub failed: Vec<FailedRecipient>,
}

/// A recipient that did not get a message (RFC 3464 section 2.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedRecipient {
    /// The address in Final-Recipient.
    pub address: String,
    /// The status code, such as `5.1.10` (RFC 3463).
    pub status: String,
    /// The text of Diagnostic-Code; empty if there is none.
    pub diagnostic: String,
}

impl fmt::Display for FailedRecipient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            address,
            status,
            diagnostic,
        } = self;
        let separator = if diagnostic.is_empty() { "" } else { " " };
        write!(out, "{address}: {status}{separator}{diagnostic}")
    }
}

impl DeliveryReport {
    /// Parses a report; `None` if the message is none.
    #[must_use]
    pub fn parse(mime: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(mime)?;
        let mut parts = message.parts.iter();
        let status = parts.find(|part| part.is_content_type("message", "delivery-status"))?;
        let failed = recipients(&String::from_utf8_lossy(status.contents()));
        let mut message_ids: Vec<_> = ids(&message);
        for part in &message.parts {
            match &part.body {
                PartType::Message(returned) => message_ids.extend(own_id(returned)),
                _ if part.is_content_type("text", "rfc822-headers") => {
                    let headers = MessageParser::default().parse_headers(part.contents());
                    message_ids.extend(headers.as_ref().and_then(own_id));
                }
                _ => {}
            }
        }
        Some(Self {
            message_ids,
            failed,
        })
    }

    /// Whether it is about the message with this Message-ID, with its angle brackets.
    #[must_use]
    pub fn is_about(&self, message_id: &str) -> bool {
        self.message_ids.iter().any(|known| known == message_id)
    }
}

fn own_id(message: &Message<'_>) -> Option<String> {
    message.message_id().map(|id| format!("<{id}>"))
}

/// The Message-IDs in In-Reply-To and References.
fn ids(message: &Message<'_>) -> Vec<String> {
    let fields = [message.in_reply_to(), message.references()];
    let ids = fields.into_iter().filter_map(|field| field.as_text_list());
    ids.flatten().map(|id| format!("<{id}>")).collect()
}

/// The recipients with the action `failed`. The first group of fields is about the whole message.
fn recipients(text: &str) -> Vec<FailedRecipient> {
    let text = text.replace("\r\n", "\n");
    let groups = text.split("\n\n").skip(1);
    groups.filter_map(recipient).collect()
}

fn recipient(group: &str) -> Option<FailedRecipient> {
    let (section, _) = HeaderSection::parse(group.as_bytes()).ok()?;
    let value = |name| {
        let field = section.named(name).last();
        field.map_or_else(String::new, |field| field.text().trim().to_owned())
    };
    // The type comes first: `rfc822; a@example.org` (RFC 3464 section 2.1.2).
    let text = |name| {
        let value = value(name);
        let text = value
            .split_once(';')
            .map(|(_, text)| text.trim().to_owned());
        text.unwrap_or(value)
    };
    let is_failed = value("Action").eq_ignore_ascii_case("failed");
    is_failed.then(|| FailedRecipient {
        address: text("Final-Recipient"),
        status: value("Status"),
        diagnostic: text("Diagnostic-Code"),
    })
}
