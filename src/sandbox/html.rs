//! The HTML of a message: its text, and a form of it that loads nothing.

mod contained;
mod css;
mod resources;
mod rules;
mod text;
mod tokens;

pub(super) use self::contained::{Contained, contained, content_ids};
pub(super) use self::text::text;
