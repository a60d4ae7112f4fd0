//! Chooses the format of a composed message, JSON or MIME.

use std::collections::HashSet;

use super::{Error, Limits, Obstacle, obstacles};
use crate::message::{Inline, Message};
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

/// The format of a composed message.
pub(super) struct Formats {
    pub(super) format: Format,
    /// The reasons for the format.
    pub(super) reasons: Vec<String>,
    /// Whether MIME may be used instead if it is smaller. That is rare: JSON writes a control character
    /// in six bytes.
    pub(super) smaller: bool,
}

/// Chooses the format of `message`.
///
/// # Errors
/// [`Error`] if no format supports the message, or if the format of `choice` does not.
pub(super) fn formats(
    message: &Message,
    choice: Choice,
    limits: &Limits,
) -> Result<Formats, Error> {
    check(message)?;
    let json = obstacles::json_obstacles(message, limits);
    let mime = obstacles::mime_obstacles(message);
    let (format, reasons) = choose(choice, &json, &mime)?;
    Ok(Formats {
        format,
        reasons,
        smaller: choice == Choice::Auto && format == Format::Json && mime.is_empty(),
    })
}

fn choose(
    choice: Choice,
    json: &[Obstacle],
    mime: &[Obstacle],
) -> Result<(Format, Vec<String>), Error> {
    let asked = |format: Format, obstacles: &[Obstacle]| match obstacles.first() {
        Some(obstacle) => Err(Error::Format {
            format,
            obstacle: obstacle.clone(),
        }),
        None => Ok((
            format,
            vec![format!("chosen by --format {}", format.name())],
        )),
    };
    match (choice, json.first(), mime.first()) {
        (Choice::Json, ..) => asked(Format::Json, json),
        (Choice::Mime, ..) => asked(Format::Mime, mime),
        (Choice::Auto, None, _) => Ok((
            Format::Json,
            vec!["JSON supports all given flags".to_owned()],
        )),
        (Choice::Auto, Some(_), None) => Ok((
            Format::Mime,
            json.iter()
                .map(|obstacle| format!("{}: {}", obstacle.flag, obstacle.why))
                .collect(),
        )),
        (Choice::Auto, Some(json), Some(mime)) => Err(Error::Neither {
            json: json.clone(),
            mime: mime.clone(),
        }),
    }
}

/// Checks what is wrong in both formats.
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
