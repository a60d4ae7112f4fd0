//! The decision what a composed message is written in, from what it asks for.

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

/// What a composed message can be written in.
pub(super) struct Formats {
    pub(super) format: Format,
    /// Why.
    pub(super) reasons: Vec<String>,
    /// Whether MIME may take its place where that is the smaller one: seldom, with text of controls,
    /// which JSON writes in six bytes each.
    pub(super) smaller: bool,
}

/// What `message` is written in.
///
/// # Errors
/// [`Error`] where no format carries it, or not the one of `choice`.
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
