//! graphmail-troubleshooting(7): symptoms, causes and commands. The codes and the advice are those of the tables that
//! errors use; the causes are here if the advice does not name them.

use std::fmt::Write as _;

use crate::auth::aadsts::{self, Action};
use crate::commands::report;
use crate::graph;

/// The file name of the page.
pub(super) const FILE: &str = "graphmail-troubleshooting.7";

/// The page in Markdown.
pub(super) fn text() -> String {
    const TEXT: &str = include_str!("pages/graphmail-troubleshooting.7.md");
    let (before, after) = TEXT.split_once("## See also").unwrap_or((TEXT, ""));
    let mut text = before.to_owned();
    text += "## Error codes of Graph\n\nAn error shows the code after the HTTP status. The exit status of a code is that of \
             a refusal. If graphmail cannot know whether Graph has processed the request, it is 76: see above.\n\n";
    for (codes, cause, command) in GRAPH {
        let advice = codes.first().and_then(|code| report::graph_advice(code));
        let class = codes.first().and_then(|code| graph::class_of(code));
        let status = class.map(|class| format!("Exit status {}.", class.number()));
        let advice = advice.map(of_advice).unwrap_or_default();
        entry(
            &mut text,
            codes,
            &[cause, &advice, command, &status.unwrap_or_default()],
        );
    }
    text += "## Error codes of Entra for a person\n\nAn error shows them as AADSTS and the number. The exit status is 77, or \
             75 if the service is not available.\n\n";
    of_entra(&mut text, false);
    text += "## Error codes of Entra for an application\n\nOther codes have the same causes as for a person.\n\n";
    of_entra(&mut text, true);
    text + "## See also" + after
}

/// The entry of some codes: sentences, of which some may be empty.
fn entry(text: &mut String, codes: &[impl std::fmt::Display], sentences: &[&str]) {
    let codes: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let sentences = sentences.iter().filter(|sentence| !sentence.is_empty());
    let sentences: Vec<_> = sentences.copied().collect();
    let _ = writeln!(text, "{}\n: {}\n", codes.join(", "), sentences.join(" "));
}

/// The codes of one table of Entra.
fn of_entra(text: &mut String, is_application: bool) {
    for (codes, remedy) in aadsts::table(is_application) {
        let cause = ENTRA.iter().find(|(code, _)| codes.contains(code));
        let cause = cause.map_or("", |(_, cause)| cause);
        let command = match remedy.action {
            Action::None => "",
            Action::SignIn => "Run `graphmail login`.",
            Action::Browser => "Run `graphmail login --browser`.",
            Action::Certificate => {
                "Upload it, or run `graphmail login --certificate FILE` with another one."
            }
            Action::ClientSecret => "Then run `graphmail login --client-secret-file FILE`.",
            Action::Consent => "`graphmail doctor --admin` prints how.",
        };
        // The cause here replaces the reason of the advice.
        let advice = match cause {
            "" => of_advice(remedy.advice),
            _ => sentence(parts(remedy.advice).0),
        };
        entry(text, codes, &[cause, &advice, command]);
    }
}

/// Advice as sentences: the reason, and then the instruction.
fn of_advice(advice: &str) -> String {
    match parts(advice) {
        (instruction, Some(reason)) => format!("{} {}", sentence(reason), sentence(instruction)),
        (instruction, None) => sentence(instruction),
    }
}

/// The instruction, and the reason that follows it after a colon.
fn parts(advice: &str) -> (&str, Option<&str>) {
    match advice.split_once(": ") {
        // What follows is a part of the instruction, or in brackets.
        Some((before, rest))
            if before.contains('(')
                || rest.starts_with("its id")
                || rest.starts_with("the address") =>
        {
            (advice, None)
        }
        Some((instruction, reason)) => (instruction, Some(reason)),
        None => (advice, None),
    }
}

/// A text as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .collect();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

/// Codes of Graph with the same advice and exit status, their cause, and what else to do.
const GRAPH: [(&[&str], &str, &str); 24] = [
    (
        &["InvalidAuthenticationToken"],
        "The token is not for this cloud, or is no longer valid.",
        "Run `graphmail login`.",
    ),
    (
        &[
            "ErrorAccessDenied",
            "Authorization_RequestDenied",
            "Forbidden",
        ],
        "A permission is missing, or does not include this mailbox.",
        "`graphmail doctor --admin` prints how an administrator grants it.",
    ),
    (
        &["ErrorSendAsDenied"],
        "The account may not use this From.",
        "",
    ),
    (
        &["ErrorInvalidSender"],
        "From is not an address of the sending mailbox.",
        "",
    ),
    (
        &["ErrorInvalidRecipients"],
        "The message has no recipient, or the address of one is not valid.",
        "",
    ),
    (
        &[
            "ErrorRecipientLimitExceeded",
            "ErrorExceededMaxRecipientLimit",
        ],
        "The message has more recipients than the mailbox may use.",
        "Send it to fewer recipients at once. Set `recipient_limit` of the account.",
    ),
    (
        &["ErrorMessageSizeExceeded"],
        "",
        "Set `message_limit` of the account to the size that the mailbox accepts.",
    ),
    (
        &["ErrorAttachmentSizeLimitExceeded"],
        "An attachment is too large.",
        "Send a link to the file.",
    ),
    (
        &[
            "ErrorMimeContentInvalid",
            "ErrorMimeContentConversionFailed",
        ],
        "Exchange cannot read the MIME message.",
        "Check its structure: `graphmail send --mime FILE --dry-run`.",
    ),
    (
        &[
            "InvalidInternetMessageHeader",
            "InvalidInternetMessageHeaderCollection",
        ],
        "Graph does not accept a header field of the message.",
        "Omit the field, or use `graphmail send --format mime`.",
    ),
    (
        &["ErrorItemNotFound", "ErrorInvalidIdMalformed"],
        "There is no message with this id.",
        "`graphmail draft list` prints the ids of the drafts.",
    ),
    (
        &["ErrorInvalidUser"],
        "The mailbox is not that of a user of this tenant.",
        "",
    ),
    (
        &["ResourceNotFound", "Request_ResourceNotFound"],
        "Graph does not find the mailbox.",
        "",
    ),
    (&["ErrorNonExistentMailbox"], "", ""),
    (
        &[
            "MailboxNotEnabledForRESTAPI",
            "MailboxNotSupportedForRESTAPI",
        ],
        "The mailbox is not in Exchange Online, or has no licence.",
        "",
    ),
    (
        &[
            "ErrorAccountSuspend",
            "ErrorMessageSubmissionBlocked",
            "ErrorMessageBlocked",
        ],
        "Microsoft has blocked the sender, as after spam.",
        "",
    ),
    (
        &["ErrorAccountSuspendShowTierUpgrade"],
        "Microsoft has suspended the account.",
        "Ask an administrator.",
    ),
    (&["ErrorQuotaExceeded"], "The mailbox is full.", ""),
    (
        &["ErrorSubmissionQuotaExceeded", "ErrorExceededMessageLimit"],
        "",
        "",
    ),
    (&["ErrorExceededHourlyMessageLimit"], "", ""),
    (
        &[
            "ErrorMessageThrottled",
            "ApplicationThrottled",
            "TooManyRequests",
            "CommandConcurrencyLimitReached",
        ],
        "The service throttles the mailbox or the application.",
        "`graphmail doctor` prints until when. Wait, or use a longer `--max-wait`.",
    ),
    (
        &[
            "ErrorServerBusy",
            "ErrorMailboxStoreUnavailable",
            "ErrorMailboxMoveInProgress",
            "ErrorIrresolvableConflict",
        ],
        "The mailbox is busy, or moves to another server.",
        "Run the command again later.",
    ),
    (
        &[
            "ErrorMessageTransientError",
            "ErrorMessageTimeout",
            "ErrorInternalServerError",
            "ErrorInternalServerTransientError",
        ],
        "The service failed while it processed the request.",
        "Look in Sent Items before you send the message again.",
    ),
    (
        &[
            "RequestBodyRead",
            "UnableToDeserializePostBody",
            "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
            "ErrorMimeContentInvalidBase64String",
            "ErrorInvalidArgument",
            "ErrorInvalidParameter",
            "ErrorInvalidPropertySet",
            "ErrorInvalidRequest",
        ],
        "Graph does not understand the request of graphmail.",
        "Report it, with the output of `-vv`.",
    ),
];

/// The cause of Entra's codes whose advice does not name it, by one of the codes.
const ENTRA: [(u32, &str); 19] = [
    (16000, "The request does not say which tenant is meant."),
    (
        50011,
        "The registration does not have the redirect URI of a browser's sign-in.",
    ),
    (50020, "The account is not in this tenant."),
    (
        50057,
        "The tenant does not know the account, or has disabled it.",
    ),
    (50105, "The application is for assigned users only."),
    (65001, "A permission has no consent."),
    (
        70003,
        "The registration does not allow this kind of sign-in.",
    ),
    (70016, "The sign-in is still pending."),
    (
        700_030,
        "Subject and issuer of the certificate are not trusted there.",
    ),
    (70011, "A scope is not valid."),
    (7_000_215, "The client secret is wrong."),
    (7_000_112, "The application is disabled."),
    (
        7_000_218,
        "The registration does not allow the sign-in of a person without a secret.",
    ),
    (
        70021,
        "No federated credential of the registration fits the token.",
    ),
    (90002, "There is no such tenant in this cloud."),
    (900_382, "The tenant is in another cloud."),
    (90072, "The account is not in the tenant."),
    (90094, "An administrator has not consented."),
    (
        9_001_023,
        "The tenant `common` or `organizations` cannot be used here.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Class;

    /// Each exit status has an entry.
    #[test]
    fn each_exit_status_has_an_entry() {
        let text = text();
        for class in Class::ALL {
            let term = format!("\n`{}`\n: ", class.number());
            assert!(class == Class::Success || text.contains(&term), "{class:?}");
        }
    }

    /// Each code of Graph is in one entry, with the codes of its advice and its exit status.
    #[test]
    fn each_code_of_graph_has_one_entry() {
        let mut listed: Vec<_> = GRAPH.iter().flat_map(|(codes, ..)| *codes).collect();
        let mut known: Vec<_> = graph::codes().collect();
        listed.sort();
        known.sort_unstable();
        assert_eq!(listed.into_iter().copied().collect::<Vec<_>>(), known);
        for (codes, cause, command) in GRAPH {
            let of_code = |code: &&str| (graph::class_of(code), report::graph_advice(code));
            let all: Vec<_> = codes.iter().map(of_code).collect();
            assert!(all.iter().all(|one| *one == all[0]), "{codes:?}: {all:?}");
            let has_advice = all[0].1.is_some() || !command.is_empty();
            assert!(has_advice, "{codes:?}: {cause}");
        }
    }

    /// Each entry of Entra has a cause.
    #[test]
    fn each_code_of_entra_has_a_cause() {
        for is_application in [false, true] {
            for (codes, remedy) in aadsts::table(is_application) {
                let has_cause = ENTRA.iter().any(|(code, _)| codes.contains(code));
                let is_reason = remedy.action != Action::None && !remedy.advice.contains(": ");
                let names_it = remedy.advice.contains(": ") || is_reason;
                assert!(has_cause || names_it, "{codes:?}: {}", remedy.advice);
            }
        }
    }
}
