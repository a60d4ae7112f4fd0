//! The types of the requests, as Graph's metadata (v1.0) declares them.

use super::Kind::{
    Binary, Boolean, Choice, Computed, Integer, List, Named, Object, Parameter, Text,
};
use super::Type;

/// The parameters of the action `sendMail`.
pub(in crate::sandbox::graph) static SEND_MAIL: Type = Type {
    name: "microsoft.graph.sendMail",
    properties: &[
        ("message", Object(&MESSAGE)),
        ("saveToSentItems", Parameter),
    ],
    required: &[],
};

/// A message.
pub(in crate::sandbox::graph) static MESSAGE: Type = Type {
    name: "microsoft.graph.message",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.message")),
        ("attachments", List(&Object(&FILE_ATTACHMENT))),
        ("bccRecipients", List(&Object(&RECIPIENT))),
        ("body", Object(&ITEM_BODY)),
        ("categories", List(&Text)),
        ("ccRecipients", List(&Object(&RECIPIENT))),
        ("flag", Object(&FOLLOWUP_FLAG)),
        ("from", Object(&RECIPIENT)),
        ("importance", Choice(&["low", "normal", "high"])),
        ("inferenceClassification", Choice(&["focused", "other"])),
        ("internetMessageHeaders", List(&Object(&HEADER))),
        ("internetMessageId", Text),
        ("isDeliveryReceiptRequested", Boolean),
        ("isReadReceiptRequested", Boolean),
        ("replyTo", List(&Object(&RECIPIENT))),
        ("sender", Object(&RECIPIENT)),
        ("singleValueExtendedProperties", List(&Object(&EXTENDED))),
        ("subject", Text),
        ("toRecipients", List(&Object(&RECIPIENT))),
        ("bodyPreview", Computed),
        ("changeKey", Computed),
        ("conversationId", Computed),
        ("conversationIndex", Computed),
        ("createdDateTime", Computed),
        ("hasAttachments", Computed),
        ("id", Computed),
        ("isDraft", Computed),
        ("isRead", Computed),
        ("lastModifiedDateTime", Computed),
        ("parentFolderId", Computed),
        ("receivedDateTime", Computed),
        ("sentDateTime", Computed),
        ("uniqueBody", Computed),
        ("webLink", Computed),
    ],
    required: &[],
};

static ITEM_BODY: Type = Type {
    name: "microsoft.graph.itemBody",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.itemBody")),
        ("content", Text),
        ("contentType", Choice(&["text", "html"])),
    ],
    required: &[],
};

static RECIPIENT: Type = Type {
    name: "microsoft.graph.recipient",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.recipient")),
        ("emailAddress", Object(&EMAIL_ADDRESS)),
    ],
    required: &[],
};

static EMAIL_ADDRESS: Type = Type {
    name: "microsoft.graph.emailAddress",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.emailAddress")),
        ("address", Text),
        ("name", Text),
    ],
    required: &[],
};

static FOLLOWUP_FLAG: Type = Type {
    name: "microsoft.graph.followupFlag",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.followupFlag")),
        ("completedDateTime", Object(&MOMENT)),
        ("dueDateTime", Object(&MOMENT)),
        ("flagStatus", Choice(&["notFlagged", "complete", "flagged"])),
        ("startDateTime", Object(&MOMENT)),
    ],
    required: &[],
};

static MOMENT: Type = Type {
    name: "microsoft.graph.dateTimeTimeZone",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.dateTimeTimeZone")),
        ("dateTime", Text),
        ("timeZone", Text),
    ],
    required: &["dateTime", "timeZone"],
};

static HEADER: Type = Type {
    name: "microsoft.graph.internetMessageHeader",
    properties: &[
        (
            "@odata.type",
            Named("#microsoft.graph.internetMessageHeader"),
        ),
        ("name", Text),
        ("value", Text),
    ],
    required: &["name", "value"],
};

/// A file that is attached to a message.
pub(in crate::sandbox::graph) static FILE_ATTACHMENT: Type = Type {
    name: "microsoft.graph.fileAttachment",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.fileAttachment")),
        ("contentBytes", Binary),
        ("contentId", Text),
        ("contentLocation", Text),
        ("contentType", Text),
        ("isInline", Boolean),
        ("name", Text),
        ("id", Computed),
        ("lastModifiedDateTime", Computed),
        ("size", Computed),
    ],
    required: &["@odata.type", "name", "contentBytes"],
};

static EXTENDED: Type = Type {
    name: "microsoft.graph.singleValueLegacyExtendedProperty",
    properties: &[
        (
            "@odata.type",
            Named("#microsoft.graph.singleValueLegacyExtendedProperty"),
        ),
        ("id", Text),
        ("value", Text),
    ],
    required: &["id", "value"],
};

/// The parameters of the action `createUploadSession`.
pub(in crate::sandbox::graph) static CREATE_UPLOAD_SESSION: Type = Type {
    name: "microsoft.graph.createUploadSession",
    properties: &[("AttachmentItem", Object(&ATTACHMENT_ITEM))],
    required: &["AttachmentItem"],
};

static ATTACHMENT_ITEM: Type = Type {
    name: "microsoft.graph.attachmentItem",
    properties: &[
        ("@odata.type", Named("#microsoft.graph.attachmentItem")),
        ("attachmentType", Choice(&["file", "item", "reference"])),
        ("contentId", Text),
        ("contentType", Text),
        ("isInline", Boolean),
        ("name", Text),
        ("size", Integer),
    ],
    required: &["attachmentType", "name", "size"],
};
