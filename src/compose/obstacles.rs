//! Which flags each format supports.

use std::borrow::Cow;

use super::Limits;
use crate::message::{Header, Message};

/// A flag that a format does not support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The flag, as a user writes it; `--header` with the name of the field.
    pub flag: Cow<'static, str>,
    /// Why the format does not support it, as a clause.
    pub why: &'static str,
}

/// The flags of the message that JSON does not support (Graph: the message resource type).
pub(super) fn json_obstacles(message: &Message, limits: &Limits) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    if message.body.text.is_some() && message.body.html.is_some() {
        obstacles.push(Obstacle {
            flag: "text together with HTML".into(),
            why: "JSON supports only one body",
        });
    }
    if message.headers.len() > limits.json_headers {
        obstacles.push(Obstacle {
            flag: "--header".into(),
            why: if limits.json_headers == 0 {
                "JSON supports no custom header fields in this cloud"
            } else {
                "JSON supports at most five custom header fields"
            },
        });
    }
    // RFC 5322 section 2.1.1. Graph's own limit is not documented; MIME folds the value.
    let is_long = |header: &Header| header.name().len() + ": ".len() + header.value().len() > 998;
    if let Some(header) = message.headers.iter().find(|header| is_long(header)) {
        obstacles.push(Obstacle {
            flag: named(header),
            why: "JSON supports only fields of at most 998 characters",
        });
    }
    let extension = |name: &str| {
        name.get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("x-"))
    };
    let standard = |header: &&Header| !extension(header.name());
    if let Some(header) = message.headers.iter().find(standard) {
        obstacles.push(Obstacle {
            flag: named(header),
            why: "JSON supports only custom header fields whose names begin with x-",
        });
    }
    if message.follow_up.is_some() && !limits.json_flag {
        obstacles.push(Obstacle {
            flag: "--flag".into(),
            why: "JSON supports no follow-up flag in this cloud",
        });
    }
    obstacles
}

/// The flags of the message that MIME does not support: it cannot set properties of Graph.
pub(super) fn mime_obstacles(message: &Message) -> Vec<Obstacle> {
    let asked = [
        (
            !message.save,
            "--no-save",
            "MIME messages are always saved in Sent Items",
        ),
        (
            message.deliver_at.is_some(),
            "--at",
            "MIME messages cannot be deferred",
        ),
        (
            !message.categories.is_empty(),
            "--category",
            "MIME supports no categories",
        ),
        (
            message.follow_up.is_some(),
            "--flag",
            "MIME supports no follow-up flag",
        ),
    ];
    asked
        .into_iter()
        .filter(|(asked, ..)| *asked)
        .map(|(_, flag, why)| Obstacle {
            flag: flag.into(),
            why,
        })
        .collect()
}

fn named(header: &Header) -> Cow<'static, str> {
    format!("--header {}", header.name()).into()
}
