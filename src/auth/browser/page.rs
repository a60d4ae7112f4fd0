//! The page that the browser shows at the end: one line, and advice if the sign-in failed.

use maud::{DOCTYPE, html};

use crate::auth::aadsts;
use crate::auth::error::Error;
use crate::auth::store::Record;
use crate::http::loopback::Page;

/// The page for the result of the sign-in.
pub(super) fn result(outcome: &Result<Record, Error>) -> Page {
    let Err(error) = outcome else {
        return page(200, "Signed in.", "You can close this tab.");
    };
    let advice = match error {
        Error::Refused { refusal, .. } => refusal
            .codes
            .iter()
            .find_map(|code| aadsts::remedy(*code, false)),
        _ => None,
    };
    let advice = advice.map(|remedy| match remedy.action {
        aadsts::Action::None | aadsts::Action::Consent => format!(" To fix it: {}.", remedy.advice),
        _ => format!(" The reason: {}. Sign in again.", remedy.advice),
    });
    let error = error.to_string();
    let text = format!(
        "What went wrong: {}.{}",
        error.trim_end_matches('.'),
        advice.unwrap_or_default()
    );
    page(400, "Not signed in.", &text)
}

/// The page for an answer of another sign-in.
pub(super) fn unrelated_answer() -> Page {
    page(
        400,
        "Not signed in.",
        "This answer belongs to another sign-in, perhaps to an earlier one. Use the page that graphmail showed last.",
    )
}

const STYLE: &str = ":root{color-scheme:light dark}body{margin:20vh auto 0;max-width:34rem;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}h1{font-size:1.4rem}";

fn page(status: u16, title: &str, text: &str) -> Page {
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "graphmail: " (title) }
                link rel="icon" href="data:,";
                style { (STYLE) }
            }
            body {
                h1 { (title) }
                p { (text) }
            }
        }
    };
    Page {
        status,
        html: html.into_string(),
    }
}
