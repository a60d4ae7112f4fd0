//! What each format can carry.

use super::Limits;
use crate::message::Message;

/// Something asked for that a format cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obstacle {
    /// The flag that asks for it, as a user writes it.
    pub flag: &'static str,
    /// Why the format cannot, as a clause.
    pub why: &'static str,
}

/// What JSON cannot carry (Graph: the message resource type).
pub(super) fn json_obstacles(message: &Message, limits: &Limits) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    if message.body.text.is_some() && message.body.html.is_some() {
        obstacles.push(Obstacle {
            flag: "text together with HTML",
            why: "JSON has one body",
        });
    }
    if message.headers.len() > limits.json_headers {
        obstacles.push(Obstacle {
            flag: "--header",
            why: if limits.json_headers == 0 {
                "JSON has no custom headers in this cloud"
            } else {
                "JSON has at most five custom headers"
            },
        });
    }
    let extension = |name: &str| {
        name.get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("x-"))
    };
    if message
        .headers
        .iter()
        .any(|header| !extension(header.name()))
    {
        obstacles.push(Obstacle {
            flag: "--header",
            why: "JSON has custom headers only with names that begin with x-",
        });
    }
    if message.follow_up.is_some() && !limits.json_flag {
        obstacles.push(Obstacle {
            flag: "--flag",
            why: "JSON has no follow-up flag in this cloud",
        });
    }
    obstacles
}

/// What MIME cannot carry: it comes without Graph's own properties.
pub(super) fn mime_obstacles(message: &Message) -> Vec<Obstacle> {
    let asked = [
        (
            !message.save,
            "--no-save",
            "MIME is always kept in Sent Items",
        ),
        (
            message.deliver_at.is_some(),
            "--at",
            "MIME cannot be deferred",
        ),
        (
            !message.categories.is_empty(),
            "--category",
            "MIME has no categories",
        ),
        (
            message.follow_up.is_some(),
            "--flag",
            "MIME has no follow-up flag",
        ),
    ];
    asked
        .into_iter()
        .filter(|(asked, ..)| *asked)
        .map(|(_, flag, why)| Obstacle { flag, why })
        .collect()
}
