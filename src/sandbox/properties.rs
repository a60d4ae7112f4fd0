//! What the resource of an accepted message says about it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::attachment::Attachment;
use super::capture::Accepted;
use super::graph::{deferred, sensitivity};
use super::html;

/// A person in a message: the name, which may be empty, and the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person<'a> {
    pub(super) name: &'a str,
    pub(super) address: &'a str,
}

impl<'a> Person<'a> {
    /// The person in a `recipient` resource. A name that is the address is none.
    fn from_resource(resource: &'a Value) -> Self {
        let text = |pointer| resource.pointer(pointer).and_then(Value::as_str);
        let address = text("/emailAddress/address").unwrap_or_default();
        let name = text("/emailAddress/name").unwrap_or_default().trim();
        Self {
            name: if name == address { "" } else { name },
            address,
        }
    }
}

/// The properties with the people of a message, and the names of their fields.
pub(super) const PEOPLE: [(&str, &str); 4] = [
    ("From", "from"),
    ("To", "toRecipients"),
    ("Cc", "ccRecipients"),
    ("Bcc", "bccRecipients"),
];

/// The people in a property of a message resource: a `recipient`, or a collection of them.
pub(super) fn people<'a>(message: &'a Value, property: &str) -> Vec<Person<'a>> {
    match message.get(property) {
        Some(Value::Array(list)) => list.iter().map(Person::from_resource).collect(),
        Some(one @ Value::Object(_)) => vec![Person::from_resource(one)],
        _ => Vec::new(),
    }
}

impl Accepted {
    /// Its importance: `low`, `normal` or `high`.
    #[must_use]
    pub fn importance(&self) -> &str {
        let importance = self.resource.get("importance").and_then(Value::as_str);
        importance.unwrap_or("normal")
    }

    /// Whether it is flagged for follow-up.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        let status = self.resource.pointer("/flag/flagStatus");
        status.and_then(Value::as_str) == Some("flagged")
    }

    /// When the follow-up is due, on the clock of the time zone in which it was set.
    #[must_use]
    pub fn due(&self) -> Option<String> {
        let text = |name: &str| {
            let value = self.resource.pointer(&format!("/flag/dueDateTime/{name}"));
            value.and_then(Value::as_str)
        };
        // Graph: "dateTimeTimeZone resource type".
        let at = text("dateTime")?.split('.').next()?.replace('T', " ");
        let zone = text("timeZone").unwrap_or("UTC");
        Some(format!("{at} {zone}"))
    }

    /// Its sensitivity (RFC 4021, section 2.1.55), if it is not normal.
    #[must_use]
    pub fn sensitivity(&self) -> Option<&'static str> {
        sensitivity(&self.resource)
    }

    /// The receipts that it asks for.
    #[must_use]
    pub fn receipts(&self) -> Vec<&'static str> {
        let is_asked = |name: &str| self.resource.get(name) == Some(&Value::Bool(true));
        let known = [
            ("isReadReceiptRequested", "Read receipt"),
            ("isDeliveryReceiptRequested", "Delivery receipt"),
        ];
        let asked = known.into_iter().filter(|(name, _)| is_asked(name));
        asked.map(|(_, receipt)| receipt).collect()
    }

    /// The names of its categories.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        let names = self.resource.get("categories").and_then(Value::as_array);
        let names = names.into_iter().flatten();
        names.filter_map(Value::as_str).collect()
    }

    /// The time until which its delivery is deferred.
    #[must_use]
    pub fn deferred(&self) -> Option<Timestamp> {
        deferred(&self.resource)
    }

    /// Its body as text, without HTML.
    #[must_use]
    pub fn text(&self) -> String {
        match self.html() {
            Some(html) => html::text(html),
            None => self.body().to_owned(),
        }
    }

    /// Its body, if that is HTML.
    pub(super) fn html(&self) -> Option<&str> {
        let kind = self.resource.pointer("/body/contentType");
        (kind.and_then(Value::as_str) == Some("html")).then(|| self.body())
    }

    fn body(&self) -> &str {
        let body = self.resource.pointer("/body/content");
        body.and_then(Value::as_str).unwrap_or_default()
    }

    /// Its attachments with their positions, without the images that its HTML shows.
    pub(super) fn files(&self) -> Vec<(usize, &Attachment)> {
        let has_inline = self.attachments.iter().any(|attachment| attachment.inline);
        let shown = match self.html() {
            Some(html) if has_inline => html::content_ids(html),
            _ => BTreeSet::new(),
        };
        let is_shown = |attachment: &Attachment| {
            let id = attachment.content_id.as_deref();
            attachment.inline && id.is_some_and(|id| shown.contains(id))
        };
        let attachments = self.attachments.iter().enumerate();
        attachments
            .filter(|(_, attachment)| !is_shown(attachment))
            .collect()
    }
}
