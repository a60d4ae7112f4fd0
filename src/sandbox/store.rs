//! The contents of the mailboxes, and open uploads.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::attachment::Attachment;
use super::capture::Accepted;
use super::contents::Spool;
use super::grants::{later, random};
use crate::seams::Seams;

/// A message in Drafts.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The id that changes when the message is moved.
    pub id: String,
    /// The immutable id (Graph: "Obtain immutable identifiers for Outlook resources").
    pub immutable_id: String,
    /// The address of its mailbox.
    pub mailbox: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID, with angle brackets.
    pub internet_message_id: String,
    /// The resource, without ids and attachments.
    pub message: Value,
    /// Its attachments so far, in order.
    pub attachments: Vec<Attachment>,
}

/// A folder, by its well-known name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Drafts,
    Inbox,
    SentItems,
    DeletedItems,
}

impl Folder {
    /// The folder with this name in a URL (Graph: "mailFolder resource type").
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [
            Self::Drafts,
            Self::Inbox,
            Self::SentItems,
            Self::DeletedItems,
        ]
        .into_iter()
        .find(|folder| folder.name().eq_ignore_ascii_case(name))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Drafts => "drafts",
            Self::Inbox => "inbox",
            Self::SentItems => "sentitems",
            Self::DeletedItems => "deleteditems",
        }
    }
}

/// A message in a folder.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) mailbox: String,
    pub(super) folder: Folder,
    pub(super) id: String,
    pub(super) immutable_id: String,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) is_draft: bool,
    /// When it becomes visible.
    visible: Timestamp,
    /// The message, without ids and attachments.
    pub(super) message: Value,
    pub(super) attachments: Vec<Attachment>,
    /// The MIME bytes that a draft was created from, and how many of its attachments they contain.
    pub(super) mime: Option<(Bytes, usize)>,
    /// The message as it arrived, if it is a non-delivery report.
    pub(super) report: Option<Bytes>,
}

impl Item {
    /// A new message in `folder`.
    pub(super) fn new(
        mailbox: String,
        folder: Folder,
        message: Value,
        attachments: Vec<Attachment>,
        seams: &dyn Seams,
    ) -> Self {
        let now = seams.now();
        let mut item = Self {
            mailbox,
            folder,
            id: id(seams),
            immutable_id: id(seams),
            created: now,
            modified: now,
            is_draft: folder == Folder::Drafts,
            visible: now,
            message,
            attachments: Vec::new(),
            mime: None,
            report: None,
        };
        for attachment in attachments {
            item.attach(attachment, seams);
        }
        item
    }

    /// The copy of a message that was sent in one request.
    pub(super) fn copy(accepted: &Accepted, seams: &dyn Seams) -> Self {
        let mut message = accepted.resource.clone();
        if let Some(message) = message.as_object_mut() {
            message.remove("attachments");
        }
        let (mailbox, files) = (accepted.mailbox.clone(), accepted.attachments.clone());
        Self::new(mailbox, Folder::SentItems, message, files, seams)
    }

    /// Attaches the file and returns its id.
    pub(super) fn attach(&mut self, mut attachment: Attachment, seams: &dyn Seams) -> String {
        attachment.id = id(seams);
        let given = attachment.id.clone();
        if !attachment.inline
            && let Some(message) = self.message.as_object_mut()
        {
            message.insert("hasAttachments".to_owned(), json!(true));
        }
        self.attachments.push(attachment);
        self.modified = seams.now();
        given
    }

    /// Its size in the mailbox, in bytes.
    pub(super) fn size(&self) -> u64 {
        let body = self.message.pointer("/body/content");
        let body = body.and_then(Value::as_str).unwrap_or_default().len() as u64;
        let files: u64 = self.attachments.iter().map(|it| it.contents.size()).sum();
        body + files
    }

    /// Moves it to another folder. Its changeable id changes.
    pub(super) fn move_to(&mut self, folder: Folder, delay: Duration, seams: &dyn Seams) {
        let now = seams.now();
        self.is_draft &= folder != Folder::SentItems;
        self.folder = folder;
        self.id = id(seams);
        self.modified = now;
        self.visible = later(now, delay);
    }

    /// A string property of the message.
    pub(super) fn text(&self, property: &str) -> &str {
        let value = self.message.get(property).and_then(Value::as_str);
        value.unwrap_or_default()
    }
}

/// An open upload session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    /// The secret in its URL.
    pub(super) secret: String,
    /// The draft's immutable id.
    pub(super) draft: String,
    /// The `attachmentItem`.
    pub(super) attachment: Value,
    pub(super) size: u64,
    pub(super) expires: Timestamp,
    pub(super) spool: Spool,
    /// How many ranges were received.
    pub(super) answered: u32,
}

/// All mailboxes.
#[derive(Debug, Default)]
pub(super) struct Store {
    items: Vec<Item>,
    pub(super) sessions: Vec<Session>,
}

impl Store {
    pub(super) fn add(&mut self, item: Item) {
        self.items.push(item);
    }

    /// The mailbox's message with this id, immutable or not.
    pub(super) fn item(&mut self, mailbox: &str, id: &str, now: Timestamp) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| {
            item.mailbox.eq_ignore_ascii_case(mailbox)
                && (item.id == id || item.immutable_id == id)
                && item.visible <= now
        })
    }

    /// The draft with this immutable id, in any mailbox.
    pub(super) fn draft(&mut self, immutable_id: &str) -> Option<&mut Item> {
        self.items
            .iter_mut()
            .find(|item| item.immutable_id == immutable_id && item.folder == Folder::Drafts)
    }

    /// The mailbox's messages in the folder, the newest first.
    pub(super) fn folder(&self, mailbox: &str, folder: Folder, now: Timestamp) -> Vec<&Item> {
        let items = self.items.iter().rev().filter(|item| {
            item.mailbox.eq_ignore_ascii_case(mailbox)
                && item.folder == folder
                && item.visible <= now
        });
        items.collect()
    }

    /// Deletes the message permanently.
    pub(super) fn remove(&mut self, immutable_id: &str) {
        self.items.retain(|item| item.immutable_id != immutable_id);
    }

    /// Ends the draft's upload sessions, and returns their number.
    pub(super) fn end_sessions(&mut self, draft: &str) -> usize {
        let before = self.sessions.len();
        self.sessions.retain(|session| session.draft != draft);
        before - self.sessions.len()
    }

    /// All messages in the Drafts of all mailboxes, the oldest first.
    pub(super) fn drafts(&self) -> Vec<Draft> {
        let drafts = self
            .items
            .iter()
            .filter(|item| item.folder == Folder::Drafts);
        drafts
            .map(|item| Draft {
                id: item.id.clone(),
                immutable_id: item.immutable_id.clone(),
                mailbox: item.mailbox.clone(),
                created: item.created,
                subject: item.text("subject").to_owned(),
                internet_message_id: item.text("internetMessageId").to_owned(),
                message: item.message.clone(),
                attachments: item.attachments.clone(),
            })
            .collect()
    }
}

/// An id as Outlook's: it needs percent-encoding, and its case matters.
fn id(seams: &dyn Seams) -> String {
    format!("AAMk{}=", random(seams))
}
