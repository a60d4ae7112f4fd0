//! Non-delivery reports, as Exchange sends them to the mailbox of the sender (RFC 3464).

use serde_json::json;

use super::capture::{Accepted, Bounce};
use super::store::{Folder, Item};
use crate::seams::Seams;

/// The status of a failed recipient (RFC 3463).
const STATUS: &str = "5.1.10";
/// What the server of the recipient answers.
const ANSWER: &str = "550 5.1.10 RESOLVER.ADR.RecipientNotFound";

/// The recipients of a message to which it is not delivered, because their addresses match one of `patterns`.
pub(super) fn failed(accepted: &Accepted, patterns: &[String]) -> Vec<Bounce> {
    let all = [&accepted.to, &accepted.cc, &accepted.bcc];
    let failed = all.into_iter().flatten().filter(|address| {
        let mut patterns = patterns.iter();
        patterns.any(|pattern| matches(pattern, address))
    });
    failed
        .map(|address| Bounce {
            recipient: address.clone(),
            answer: ANSWER.to_owned(),
        })
        .collect()
}

/// The report about the recipients to which the message is not delivered; `None` if there is none.
pub(super) fn report(accepted: &Accepted, seams: &dyn Seams) -> Option<Item> {
    let failed = &accepted.bounced;
    if failed.is_empty() {
        return None;
    }
    let own = accepted.resource.get("internetMessageId");
    let own = own.and_then(serde_json::Value::as_str).unwrap_or_default();
    let subject = format!("Undeliverable: {}", accepted.subject);
    let groups: String = failed
        .iter()
        .map(|Bounce { recipient, answer }| {
            format!(
                "\r\nFinal-Recipient: rfc822;{recipient}\r\nAction: failed\r\nStatus: {STATUS}\r\n\
                 Diagnostic-Code: smtp;{answer}; Recipient {recipient}\r\n not found by SMTP address lookup\r\n"
            )
        })
        .collect();
    let (date, to) = (
        seams.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
        &accepted.mailbox,
    );
    let mime = format!(
        "From: Microsoft Outlook <postmaster@sandbox.example>\r\nTo: {to}\r\nDate: {date}\r\n\
         Message-ID: <{id}@sandbox.example>\r\nIn-Reply-To: {own}\r\nReferences: {own}\r\n\
         Subject: Undeliverable\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=report\r\n\r\n\
         --report\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\
         --report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns;sandbox.example\r\n{groups}\
         --report\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {own}\r\n\
         --report--\r\n",
        id = seams.uuid(),
    );
    let message = json!({
        "subject": subject,
        "from": {"emailAddress": {"name": "Microsoft Outlook", "address": "postmaster@sandbox.example"}},
        "toRecipients": [{"emailAddress": {"address": accepted.mailbox}}],
        "singleValueExtendedProperties": [{"id": "String 0x1a", "value": "REPORT.IPM.Note.NDR"}],
    });
    let mut item = Item::new(
        accepted.mailbox.clone(),
        Folder::Inbox,
        message,
        Vec::new(),
        seams,
    );
    item.report = Some(mime.into());
    Some(item)
}

/// Whether `address` matches `pattern`, in which `*` is any text. Case does not matter.
fn matches(pattern: &str, address: &str) -> bool {
    let (pattern, address) = (pattern.to_lowercase(), address.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = address.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    #[test]
    fn patterns() {
        for (pattern, address, expected) in [
            ("*@bad.example", "A@Bad.example", true),
            ("*@bad.example", "a@good.example", false),
            ("a@x", "a@x", true),
            ("a@x", "a@xy", false),
            ("no*@*.example", "nobody@a.example", true),
            ("no*@*.example", "body@a.example", false),
            ("*", "a@x", true),
        ] {
            assert_eq!(
                super::matches(pattern, address),
                expected,
                "{pattern} {address}"
            );
        }
    }
}
