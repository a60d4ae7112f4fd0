//! A message as Graph returns it.

use serde_json::{Value, json};

use super::property::{set, text};
use super::query;
use crate::sandbox::reply::Refusal;
use crate::sandbox::store::Item;

/// The number of characters in a preview (Graph: "message resource type").
const PREVIEW: usize = 255;

/// The message as a whole answer.
pub(super) fn entity(item: &Item, immutable: bool, origin: &str) -> Value {
    let mailbox = &item.mailbox;
    let context = format!("{origin}/v1.0/$metadata#users('{mailbox}')/messages/$entity");
    let mut entity = json!({"@odata.context": context});
    for (name, value) in message(item, immutable, origin)
        .as_object()
        .into_iter()
        .flatten()
    {
        set(&mut entity, name, value.clone());
    }
    entity
}

/// The message with its default properties, in Graph's order.
pub(super) fn message(item: &Item, immutable: bool, origin: &str) -> Value {
    let held = |property: &str| item.message.get(property).cloned().unwrap_or_default();
    let id = id(item, immutable);
    let item_id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let body = held("body");
    let preview: String = match text(&body, "contentType") {
        "text" => text(&body, "content").chars().take(PREVIEW).collect(),
        _ => String::new(),
    };
    json!({
        "@odata.etag": format!("W/\"{}\"", item.modified.as_millisecond()),
        "id": id,
        "createdDateTime": item.created.to_string(),
        "lastModifiedDateTime": item.modified.to_string(),
        "changeKey": item.modified.as_millisecond().to_string(),
        "categories": held("categories"),
        "receivedDateTime": item.created.to_string(),
        "sentDateTime": held("sentDateTime"),
        "hasAttachments": held("hasAttachments"),
        "internetMessageId": held("internetMessageId"),
        "subject": held("subject"),
        "bodyPreview": preview,
        "importance": held("importance"),
        "parentFolderId": item.folder.name(),
        "conversationId": item.immutable_id,
        "isDeliveryReceiptRequested": held("isDeliveryReceiptRequested"),
        "isReadReceiptRequested": held("isReadReceiptRequested"),
        "isRead": true,
        "isDraft": item.is_draft,
        "webLink": format!("{origin}/owa/?ItemID={item_id}&exvsurl=1&viewmodel=ReadMessageItem"),
        "inferenceClassification": "focused",
        "body": body,
        "sender": held("sender"),
        "from": held("from"),
        "toRecipients": held("toRecipients"),
        "ccRecipients": held("ccRecipients"),
        "bccRecipients": held("bccRecipients"),
        "replyTo": held("replyTo"),
        "flag": held("flag"),
    })
}

/// The requested properties of an answer. Its id and annotations are always included.
pub(super) fn select(whole: &Value, select: &[String]) -> Result<Value, Refusal> {
    if select.is_empty() {
        return Ok(whole.clone());
    }
    let mut found = json!({});
    for (name, value) in whole.as_object().into_iter().flatten() {
        if name.starts_with('@') || name == "id" {
            set(&mut found, name, value.clone());
        }
    }
    query::selected(whole, select, "microsoft.graph.message", &mut found)?;
    Ok(found)
}

/// The URL of the message.
pub(super) fn location(item: &Item, immutable: bool, origin: &str) -> String {
    let (mailbox, id) = (&item.mailbox, id(item, immutable));
    format!("{origin}/v1.0/users('{mailbox}')/messages('{id}')")
}

/// The message's id, immutable or not.
fn id(item: &Item, immutable: bool) -> &str {
    if immutable {
        &item.immutable_id
    } else {
        &item.id
    }
}
