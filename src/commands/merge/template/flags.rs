//! The flags of a message that are templates.

use std::ffi::OsString;

use crate::commands::merge::escape::Kind;
use crate::commands::send::{ComposedArgs, RecipientArgs};

/// The flags whose values are addresses.
pub(super) const ADDRESSES: [&str; 5] = ["--to", "--cc", "--bcc", "--from", "--reply-to"];

/// The template of a Markdown file whose HTML is sent; that of its text has the flag's name.
pub(super) const MARKDOWN_AS_HTML: &str = "--markdown-file (HTML)";

/// The flags of the texts.
pub(super) struct TextNames {
    pub(super) text: &'static str,
    pub(super) html: &'static str,
    pub(super) markdown: &'static str,
}

pub(super) fn text_names(args: &ComposedArgs) -> TextNames {
    TextNames {
        text: if args.body.is_some() {
            "--body"
        } else {
            "--body-file"
        },
        html: if args.html.is_some() {
            "--html"
        } else {
            "--html-file"
        },
        markdown: "--markdown-file",
    }
}

/// The name of a template: the flag and the text itself, since a flag may have several values.
pub(super) fn template_name(flag: &str, text: &str) -> String {
    match flag {
        "--to" | "--cc" | "--bcc" | "--reply-to" | "--header" | "--category" | "--attach"
        | "--inline" => format!("{flag}\n{text}"),
        flag => flag.to_owned(),
    }
}

pub(super) fn kind(name: &str) -> Kind {
    let flag = name.split('\n').next().unwrap_or_default();
    match flag {
        MARKDOWN_AS_HTML => Kind::Markdown,
        "--html" | "--html-file" => Kind::Html,
        "--body" | "--body-file" | "--markdown-file" => Kind::Text,
        "--attach" | "--inline" => Kind::File,
        flag if ADDRESSES.contains(&flag) => Kind::Addresses,
        _ => Kind::Line,
    }
}

pub(super) fn shown_flag(flag: &'static str) -> &'static str {
    flag.split(' ').next().unwrap_or(flag)
}

/// Replaces each text of a flag by what `change` makes of it.
pub(super) fn each_flag<E>(
    recipients: &mut RecipientArgs,
    composed: &mut ComposedArgs,
    change: &mut dyn FnMut(&'static str, &str) -> Result<String, E>,
) -> Result<(), E> {
    for (flag, texts) in [
        ("--to", &mut recipients.to),
        ("--cc", &mut recipients.cc),
        ("--bcc", &mut recipients.bcc),
        ("--reply-to", &mut composed.reply_to),
        ("--header", &mut composed.header),
        ("--category", &mut composed.category),
        ("--inline", &mut composed.inline),
    ] {
        for text in texts.iter_mut() {
            *text = change(flag, text)?;
        }
        // An empty column of several is no recipient.
        if flag != "--header" && flag != "--inline" {
            texts.retain(|text| !text.trim().is_empty());
        }
    }
    for path in &mut composed.attach {
        // A path that is not UTF-8 is no template.
        if let Some(text) = path.to_str() {
            *path = OsString::from(change("--attach", text)?);
        }
    }
    for (flag, text) in [
        ("--from", &mut composed.from),
        ("--subject", &mut composed.subject),
        ("--flag-start", &mut composed.flag_start),
        ("--flag-due", &mut composed.flag_due),
        ("--at", &mut composed.at),
        ("--in-reply-to", &mut composed.in_reply_to),
        ("--references", &mut composed.references),
        ("--message-id", &mut composed.message_id),
    ] {
        if let Some(text) = text {
            *text = change(flag, text)?;
        }
    }
    Ok(())
}
