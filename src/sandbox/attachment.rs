//! Attachments of a message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::contents::Contents;

/// A file that is attached to a message.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Graph's id; empty for an attachment of a MIME message.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// Its media type, as received.
    pub content_type: String,
    /// Its Content-ID, without angle brackets.
    pub content_id: Option<String>,
    /// Whether it is shown within the body.
    pub inline: bool,
    /// Whether it was uploaded through an upload session.
    pub uploaded: bool,
    /// The contents.
    pub contents: Contents,
}

impl Attachment {
    /// The attachments of a message resource that contains their contents.
    pub(super) fn all(message: &Value) -> Vec<Self> {
        let list = message.get("attachments").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(Self::from_resource)
            .collect()
    }

    /// The attachment of a `fileAttachment` resource with its contents.
    pub(super) fn from_resource(resource: &Value) -> Self {
        let bytes = STANDARD.decode(text(resource, "contentBytes"));
        Self::with_contents(resource, Contents::from_bytes(bytes.unwrap_or_default()))
    }

    /// The attachment of a `fileAttachment` or `attachmentItem` resource with these contents.
    pub(super) fn with_contents(resource: &Value, contents: Contents) -> Self {
        Self {
            id: String::new(),
            name: text(resource, "name").to_owned(),
            content_type: text(resource, "contentType").to_owned(),
            content_id: Some(text(resource, "contentId").to_owned()).filter(|id| !id.is_empty()),
            inline: resource.get("isInline").and_then(Value::as_bool) == Some(true),
            uploaded: false,
            contents,
        }
    }

    /// The resource without its contents.
    pub(super) fn description(&self) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.fileAttachment",
            "id": self.id,
            "name": self.name,
            "contentType": self.content_type,
            "size": self.contents.size(),
            "isInline": self.inline,
            "contentId": self.content_id,
        })
    }

    /// The resource. Contents that came through an upload session are too large for it and are left out.
    pub(super) fn resource(&self) -> Value {
        let mut resource = self.description();
        if !self.uploaded
            && let Some(properties) = resource.as_object_mut()
        {
            // Only attachments that came in one request get here; their contents are in memory.
            let bytes = self.contents.to_vec().unwrap_or_default();
            let bytes = STANDARD.encode(bytes);
            properties.insert("contentBytes".to_owned(), Value::String(bytes));
        }
        resource
    }
}

fn text<'a>(value: &'a Value, property: &str) -> &'a str {
    let value = value.get(property).and_then(Value::as_str);
    value.unwrap_or_default()
}
