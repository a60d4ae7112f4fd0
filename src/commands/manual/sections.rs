//! The sections of a command's page that its definition does not have, in Markdown.

use super::markdown;
use super::page::Page;

/// What follows the exit statuses, variables and files of a command, and what stands there if it has none of them.
const COMMON: [(&str, &str); 3] = [
    ("Exit status", "graphmail(1) lists all exit statuses."),
    (
        "Environment",
        "graphmail(1) lists the variables of all commands.",
    ),
    ("Files", "graphmail(1) lists the files of all commands."),
];

/// The page with these sections of the command, whose page has this name. `has_status`: its help has the exit statuses.
pub(super) fn append(mut page: Page, name: &str, has_status: bool) -> Page {
    let own = SECTIONS.iter().find(|(page, _)| *page == name);
    let own = own.map_or("", |(_, text)| text);
    if let Some(examples) = section(own, "Examples") {
        page = markdown::append(page, &format!("## Examples\n{examples}"));
    }
    for (heading, common) in COMMON {
        if heading == "Exit status" && has_status {
            continue;
        }
        let own = section(own, heading).unwrap_or_default();
        page = markdown::append(page, &format!("## {heading}\n{own}\n\n{common}\n"));
    }
    page
}

/// The text of the section with this heading.
fn section<'t>(text: &'t str, heading: &str) -> Option<&'t str> {
    let mut sections = text.split("## ").skip(1);
    sections.find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'))
}

/// The names of the pages, and their sections.
const SECTIONS: [(&str, &str); 27] = [
    (
        "graphmail-accounts",
        include_str!("pages/commands/graphmail-accounts.1.md"),
    ),
    (
        "graphmail-accounts-list",
        include_str!("pages/commands/graphmail-accounts-list.1.md"),
    ),
    (
        "graphmail-accounts-remove",
        include_str!("pages/commands/graphmail-accounts-remove.1.md"),
    ),
    (
        "graphmail-accounts-use",
        include_str!("pages/commands/graphmail-accounts-use.1.md"),
    ),
    (
        "graphmail-completions",
        include_str!("pages/commands/graphmail-completions.1.md"),
    ),
    (
        "graphmail-doctor",
        include_str!("pages/commands/graphmail-doctor.1.md"),
    ),
    (
        "graphmail-draft",
        include_str!("pages/commands/graphmail-draft.1.md"),
    ),
    (
        "graphmail-draft-create",
        include_str!("pages/commands/graphmail-draft-create.1.md"),
    ),
    (
        "graphmail-draft-delete",
        include_str!("pages/commands/graphmail-draft-delete.1.md"),
    ),
    (
        "graphmail-draft-list",
        include_str!("pages/commands/graphmail-draft-list.1.md"),
    ),
    (
        "graphmail-draft-send",
        include_str!("pages/commands/graphmail-draft-send.1.md"),
    ),
    (
        "graphmail-keepalive",
        include_str!("pages/commands/graphmail-keepalive.1.md"),
    ),
    (
        "graphmail-login",
        include_str!("pages/commands/graphmail-login.1.md"),
    ),
    (
        "graphmail-logout",
        include_str!("pages/commands/graphmail-logout.1.md"),
    ),
    (
        "graphmail-man",
        include_str!("pages/commands/graphmail-man.1.md"),
    ),
    (
        "graphmail-merge",
        include_str!("pages/commands/graphmail-merge.1.md"),
    ),
    (
        "graphmail-outbox",
        include_str!("pages/commands/graphmail-outbox.1.md"),
    ),
    (
        "graphmail-outbox-drop",
        include_str!("pages/commands/graphmail-outbox-drop.1.md"),
    ),
    (
        "graphmail-outbox-flush",
        include_str!("pages/commands/graphmail-outbox-flush.1.md"),
    ),
    (
        "graphmail-outbox-list",
        include_str!("pages/commands/graphmail-outbox-list.1.md"),
    ),
    (
        "graphmail-outbox-retry",
        include_str!("pages/commands/graphmail-outbox-retry.1.md"),
    ),
    (
        "graphmail-outbox-show",
        include_str!("pages/commands/graphmail-outbox-show.1.md"),
    ),
    (
        "graphmail-sandbox",
        include_str!("pages/commands/graphmail-sandbox.1.md"),
    ),
    (
        "graphmail-send",
        include_str!("pages/commands/graphmail-send.1.md"),
    ),
    (
        "graphmail-sendmail",
        include_str!("pages/commands/graphmail-sendmail.1.md"),
    ),
    (
        "graphmail-smtpd",
        include_str!("pages/commands/graphmail-smtpd.1.md"),
    ),
    (
        "graphmail-status",
        include_str!("pages/commands/graphmail-status.1.md"),
    ),
];
