//! The search in messages.

use mail_parser::{Address, Message, MimeHeaders as _, PartType};

use super::view::name;
use crate::sandbox::attachment::Attachment;
use crate::sandbox::capture::Accepted;
use crate::sandbox::graph::essence;
use crate::sandbox::html;
use crate::sandbox::parsed::{self, parsed};
use crate::sandbox::properties::{PEOPLE, people};

/// The largest attached message that is searched, in bytes.
const SEARCHED: u64 = 1024 * 1024;

/// Whether each of these words in lower case occurs in the subject, the addresses, the text, the name of a file,
/// or in an attached message.
pub(super) fn has_all(message: &Accepted, words: &[String]) -> bool {
    let mut text = vec![message.subject.clone(), message.text()];
    for (_, property) in PEOPLE {
        for person in people(&message.resource, property) {
            text.extend([person.name.to_owned(), person.address.to_owned()]);
        }
    }
    for attachment in &message.attachments {
        text.push(name(attachment).to_owned());
        if is_message(attachment) {
            let raw = attachment.contents.to_vec().unwrap_or_default();
            parsed(&raw)
                .iter()
                .for_each(|attached| collect(attached, &mut text));
        }
    }
    let text = text.join("\n").to_lowercase();
    words.iter().all(|word| text.contains(word))
}

fn is_message(attachment: &Attachment) -> bool {
    essence(&attachment.content_type) == "message/rfc822" && attachment.contents.size() <= SEARCHED
}

/// What the search reads of an attached message, and of the messages in it.
fn collect(message: &Message<'_>, text: &mut Vec<String>) {
    text.extend(message.subject().map(str::to_owned));
    let fields = [message.from(), message.to(), message.cc()];
    let addresses = fields.into_iter().flatten().flat_map(Address::iter);
    for address in addresses {
        let words = [address.name(), address.address()];
        text.extend(words.into_iter().flatten().map(str::to_owned));
    }
    for part in &message.parts {
        text.extend(part.attachment_name().map(str::to_owned));
        match &part.body {
            PartType::Message(inner) => collect(inner, text),
            PartType::Html(contents) => text.push(html::text(contents)),
            _ => text.extend(parsed::text(part, message).map(String::from)),
        }
    }
}
