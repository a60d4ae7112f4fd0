//! Which mailbox a run uses, and which Graph permissions it needs for that (Microsoft Graph
//! permissions reference, "Mail permissions").

use crate::config::Account;
use crate::message::Mailbox;

/// The permission to send a message.
pub const SEND: &str = "Mail.Send";

/// The permission to create drafts, for messages that do not fit one request.
pub const DRAFTS: &str = "Mail.ReadWrite";

/// The least permission to look for a message in Sent Items (Graph: "List messages"). It covers everything but
/// body, preview and attachments, and needs no more than the Message-ID and the recipients.
pub const LOOKUP: &str = "Mail.ReadBasic";

/// The permissions each of which allows that. `.All` is an application's older form of [`LOOKUP`].
pub const LOOKUPS: [&str; 4] = [LOOKUP, "Mail.Read", DRAFTS, "Mail.ReadBasic.All"];

/// What an account lacks without any of [`LOOKUPS`].
pub const WITHOUT_LOOKUP: &str =
    "if no answer arrives, graphmail cannot tell whether a message was sent";

/// The form of a delegated permission that also covers other users' mailboxes.
#[must_use]
pub fn shared(permission: &str) -> String {
    format!("{permission}.Shared")
}

/// The value of `login --scopes` that asks for the permissions to send and these. Drafts include the lookup.
#[must_use]
pub const fn scopes(drafts: bool, lookup: bool, shared: bool) -> &'static str {
    match (drafts, lookup, shared) {
        (false, false, false) => "send",
        (false, true, false) => "send+lookup",
        (true, _, false) => "send+drafts",
        (false, false, true) => "send+shared",
        (false, true, true) => "send+lookup+shared",
        (true, _, true) => "send+drafts+shared",
    }
}

/// Whether a sign-in that held these permissions asked for [`LOOKUP`].
#[must_use]
pub fn has_lookup(held: &[String]) -> bool {
    held.iter().any(|scope| scope.starts_with(LOOKUP))
}

/// Whether a mailbox is the account's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The signed-in user's own, or any mailbox of an application, whose permissions have one form for
    /// all mailboxes.
    Own,
    /// Another user's, or a shared mailbox.
    Others,
    /// An object id; or an address, if the signed-in user is not known.
    Unknown,
}

impl Whose {
    /// The relation of the mailbox `user` to `account`: an address or an object id; `None` is the
    /// signed-in user's.
    #[must_use]
    pub fn of(account: &Account, user: Option<&str>) -> Self {
        let Some(user) = user.filter(|_| !account.is_application()) else {
            return Self::Own;
        };
        match (address(account.username.as_deref()), address(Some(user))) {
            (Some(own), Some(named)) if own.address().same_mailbox(named.address()) => Self::Own,
            (Some(_), Some(_)) => Self::Others,
            (None, _) | (_, None) => Self::Unknown,
        }
    }

    /// The same for a message with this From: another address than the mailbox's own needs the shared
    /// permission (Graph: "Send mail from another user").
    #[must_use]
    pub fn and_from(self, account: &Account, from: Option<&Mailbox>) -> Self {
        let from = from.map(|from| from.address().as_str());
        match (self, Self::of(account, from)) {
            (Self::Own, Self::Others) => Self::Others,
            (whose, _) => whose,
        }
    }

    /// The form of `permission` that is needed for this mailbox.
    #[must_use]
    pub fn form(self, permission: &str) -> String {
        match self {
            Self::Own | Self::Unknown => permission.to_owned(),
            Self::Others => shared(permission),
        }
    }

    /// Whether a sign-in has to ask for the shared permissions: for another's mailbox, or to keep those that the
    /// account holds.
    #[must_use]
    pub fn needs_shared(self, held: &[String]) -> bool {
        let is_shared = |scope: &String| scope.to_ascii_lowercase().ends_with(".shared");
        self == Self::Others || held.iter().any(is_shared)
    }

    /// Whether the permissions `held` include `permission` for this mailbox; `None` if that depends on whose
    /// mailbox it is. The shared form also counts for the account's own mailbox.
    #[must_use]
    pub fn is_allowed(self, permission: &str, held: &[String]) -> Option<bool> {
        let holds = |wanted: &str| held.iter().any(|held| held.eq_ignore_ascii_case(wanted));
        match (self, holds(permission), holds(&shared(permission))) {
            (_, _, true) | (Self::Own, true, _) => Some(true),
            (Self::Unknown, true, false) => None,
            (_, false, false) | (Self::Others, true, false) => Some(false),
        }
    }
}

fn address(user: Option<&str>) -> Option<Mailbox> {
    Mailbox::parse(user?).ok()
}
