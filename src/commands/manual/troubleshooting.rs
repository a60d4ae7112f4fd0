//! graphmail-troubleshooting(7): symptoms, causes and commands, from the tables that errors use.

use std::fmt::Write as _;

use crate::auth::aadsts::{self, Action};
use crate::commands::report;

/// The file name of the page.
pub(super) const FILE: &str = "graphmail-troubleshooting.7";

/// The page in Markdown.
pub(super) fn text() -> String {
    let mut text = include_str!("pages/graphmail-troubleshooting.7.md").to_owned();
    text += "\n## Error codes of Graph\n\nAn error shows the code after the HTTP status.\n\n";
    for (code, advice) in report::graph_codes() {
        let _ = writeln!(text, "`{code}`\n: {}\n", sentence(advice));
    }
    text +=
        "## Error codes of Entra for a person\n\nAn error shows them as AADSTS and the number.\n\n";
    codes(&mut text, false);
    text += "## Error codes of Entra for an application\n\nOther codes have the same advice as for a person.\n\n";
    codes(&mut text, true);
    text
}

/// The codes of one table.
fn codes(text: &mut String, is_application: bool) {
    for (codes, remedy) in aadsts::table(is_application) {
        let codes: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
        let command = match remedy.action {
            Action::None => "",
            Action::SignIn => " Then run `graphmail login`.",
            Action::Browser => " Then run `graphmail login --browser`.",
            Action::Certificate => " Or run `graphmail login --certificate FILE`.",
            Action::ClientSecret => " Then run `graphmail login --client-secret-file FILE`.",
            Action::Consent => " `graphmail doctor --admin` prints how.",
        };
        let advice = sentence(remedy.advice);
        let _ = writeln!(text, "{}\n: {advice}{command}\n", codes.join(", "));
    }
}

/// Advice as a sentence.
fn sentence(advice: &str) -> String {
    let mut characters = advice.chars();
    let first: String = characters
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .collect();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}
