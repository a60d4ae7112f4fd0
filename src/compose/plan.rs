//! The decision how a message travels, from what it asks for and how large it is.

use std::collections::HashSet;

use super::{Error, Obstacle, Part, Stamp, contents, fidelity, json, mime};
use crate::cloud::Cloud;
use crate::message::{Eml, Inline, Mail, Message};
use crate::submission::Format;

/// The user's choice of a format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// JSON unless the message needs MIME.
    #[default]
    Auto,
    /// JSON or an error.
    Json,
    /// MIME or an error.
    Mime,
}

/// What the service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request; of MIME in base64.
    pub request: u64,
    /// Recipients of one message.
    pub recipients: usize,
    /// Custom headers in JSON.
    pub json_headers: usize,
    /// Whether JSON has a follow-up flag.
    pub json_flag: bool,
}

impl Limits {
    /// The limits of a cloud.
    ///
    /// 4 MiB a request and 500 recipients are the documented defaults (Graph: "user: sendMail";
    /// Exchange Online limits), five headers are what the service takes. The metadata of the
    /// Chinese cloud have neither `internetMessageHeaders` nor `flag`.
    #[must_use]
    pub fn of(cloud: &Cloud) -> Self {
        let china = cloud.name() == "china";
        Self {
            request: 4_194_304,
            recipients: 500,
            json_headers: if china { 0 } else { 5 },
            json_flag: !china,
        }
    }
}

/// How a message travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// In one `sendMail` request.
    Direct {
        /// What the request is written in.
        format: Format,
        /// The request's bytes: exact, but for the line ends that an attached message
        /// (`message/rfc822`, as MIME) may need.
        size: u64,
        /// Why this format.
        reasons: Vec<String>,
        /// The Graph permissions that it takes.
        permissions: Vec<&'static str>,
        /// How many recipients the message names.
        recipients: usize,
    },
}

/// Decides how `mail` travels, from sizes alone: no attachment is read.
///
/// # Errors
/// [`Error`] where the message cannot be sent as it is, or not as `choice` wants it.
pub fn plan(mail: &Mail, choice: Choice, limits: &Limits) -> Result<Plan, Error> {
    let recipients = mail.recipients();
    if recipients == 0 {
        return Err(Error::NoRecipients);
    }
    if recipients > limits.recipients {
        return Err(Error::TooManyRecipients {
            count: recipients,
            limit: limits.recipients,
        });
    }
    let (format, size, reasons) = match mail {
        Mail::Composed(message) => composed(message, choice, limits)?,
        Mail::Ready(eml) => ready(eml, choice)?,
    };
    within(size, mail, limits)?;
    Ok(Plan::Direct {
        format,
        size,
        reasons,
        permissions: vec!["Mail.Send"],
        recipients,
    })
}

/// Refuses a request above the limit.
pub(super) fn within(size: u64, mail: &Mail, limits: &Limits) -> Result<(), Error> {
    if size <= limits.request {
        return Ok(());
    }
    Err(Error::TooLarge {
        size,
        limit: limits.request,
        parts: largest(mail),
    })
}

fn ready(eml: &Eml, choice: Choice) -> Result<(Format, u64, Vec<String>), Error> {
    if choice == Choice::Json {
        return Err(Error::ReadyAsJson);
    }
    let size = contents::encoded_length(eml.bytes().len() as u64);
    let reason = "a ready message goes as it is".to_owned();
    Ok((Format::Mime, size, vec![reason]))
}

fn composed(
    message: &Message,
    choice: Choice,
    limits: &Limits,
) -> Result<(Format, u64, Vec<String>), Error> {
    check(message)?;
    let json = fidelity::of_json(message, limits);
    let mime = fidelity::of_mime(message);
    let (format, reasons) = choose(choice, &json, &mime)?;
    let size = measure(message, format)?;
    // MIME is seldom the smaller one: text of controls, which JSON writes in six bytes each.
    if choice == Choice::Auto
        && size > limits.request
        && format == Format::Json
        && mime.is_empty()
        && let Ok(smaller) = measure(message, Format::Mime)
        && smaller <= limits.request
    {
        let reason = format!("JSON would take {size} bytes");
        return Ok((Format::Mime, smaller, vec![reason]));
    }
    Ok((format, size, reasons))
}

fn choose(
    choice: Choice,
    json: &[Obstacle],
    mime: &[Obstacle],
) -> Result<(Format, Vec<String>), Error> {
    let asked = |format: Format, obstacles: &[Obstacle]| match obstacles.first() {
        Some(&obstacle) => Err(Error::Format { format, obstacle }),
        None => Ok((
            format,
            vec![format!("--format {} asks for it", format.name())],
        )),
    };
    match (choice, json.first(), mime.first()) {
        (Choice::Json, ..) => asked(Format::Json, json),
        (Choice::Mime, ..) => asked(Format::Mime, mime),
        (Choice::Auto, None, _) => Ok((
            Format::Json,
            vec!["JSON carries all that is asked for".to_owned()],
        )),
        (Choice::Auto, Some(_), None) => Ok((
            Format::Mime,
            json.iter()
                .map(|obstacle| format!("{}: {}", obstacle.flag, obstacle.why))
                .collect(),
        )),
        (Choice::Auto, Some(&json), Some(&mime)) => Err(Error::Neither { json, mime }),
    }
}

fn measure(message: &Message, format: Format) -> Result<u64, Error> {
    let stamp = Stamp::sample(message);
    match format {
        Format::Json => json::measure(message, &stamp),
        Format::Mime => mime::measure(message, &stamp),
    }
}

/// What no format mends.
fn check(message: &Message) -> Result<(), Error> {
    if message.subject.chars().any(char::is_control) {
        return Err(Error::Subject);
    }
    let bad = |category: &String| category.is_empty() || category.chars().any(char::is_control);
    if message.categories.iter().any(bad) {
        return Err(Error::Category);
    }
    if let Some(flag) = message.follow_up
        && let (Some(start), Some(due)) = (flag.start, flag.due)
        && due < start
    {
        return Err(Error::DueBeforeStart);
    }
    if message.body.html.is_none() && !message.inlines.is_empty() {
        return Err(Error::InlineWithoutHtml);
    }
    let mut ids = HashSet::new();
    match message
        .inlines
        .iter()
        .map(Inline::content_id)
        .find(|id| !ids.insert(*id))
    {
        Some(id) => Err(Error::SameContentId(id.to_owned())),
        None => Ok(()),
    }
}

fn largest(mail: &Mail) -> Vec<Part> {
    let Mail::Composed(message) = mail else {
        return Vec::new();
    };
    let files = message
        .attachments
        .iter()
        .chain(message.inlines.iter().map(Inline::attachment))
        .map(|file| (file.name(), file.size()));
    let text = |name: &'static str, body: &Option<String>| {
        body.as_ref().map(|body| (name, body.len() as u64))
    };
    let mut parts: Vec<Part> = files
        .chain(text("text", &message.body.text))
        .chain(text("HTML", &message.body.html))
        .map(|(name, size)| Part {
            name: name.to_owned(),
            size,
        })
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.size));
    parts.truncate(3);
    parts
}
