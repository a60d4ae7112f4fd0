//! Which mailbox a run uses, and which Graph permissions it needs for that (Microsoft Graph
//! permissions reference, "Mail permissions").

use crate::auth::Claims;
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

/// The least permission to read non-delivery reports in the inbox (Graph: "List messages").
pub const READ: &str = "Mail.Read";

/// The permissions each of which allows that.
pub const READS: [&str; 2] = [READ, DRAFTS];

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
    pub fn of_mailbox(account: &Account, user: Option<&str>) -> Self {
        let Some(user) = user.filter(|_| !account.is_application()) else {
            return Self::Own;
        };
        match (address(account.username.as_deref()), address(Some(user))) {
            (Some(own), Some(named)) if own.address().same_mailbox(named.address()) => Self::Own,
            (Some(_), Some(_)) => Self::Others,
            (None, _) | (_, None) => Self::Unknown,
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
}

/// The permissions of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permissions {
    /// All of them: Entra returned them with the token, or the token of a user names them (`scp`).
    All(Vec<String>),
    /// Those that the token of an application names (`roles`). Permissions that Exchange grants are in no
    /// token (Exchange: "Role Based Access Control for Applications").
    Named(Vec<String>),
    /// They are not known.
    Unknown,
}

impl Permissions {
    /// Those of a sign-in of `account`: the `scopes` that Entra returned, else the claims in `token`.
    #[must_use]
    pub fn of_sign_in(account: &Account, scopes: &[String], token: Option<&str>) -> Self {
        // The scope `.default` of an application does not name the granted permissions.
        if scopes.is_empty() || scopes.contains(&account.cloud.application_scope()) {
            return token.map_or(Self::Unknown, Self::of_token);
        }
        let prefix = account.cloud.scope("");
        let short = |scope: &String| scope.strip_prefix(&prefix).unwrap_or(scope).to_owned();
        Self::All(scopes.iter().map(short).collect())
    }

    /// The claims in a JSON Web Token: a user's `scp`, an application's `roles` (Entra: "Access token claims
    /// reference"). Access tokens are opaque to a client: what cannot be parsed is unknown.
    #[must_use]
    pub fn of_token(token: &str) -> Self {
        match Claims::of_token(token) {
            None => Self::Unknown,
            Some(Claims { scp: Some(scp), .. }) if !scp.is_empty() => {
                Self::All(scp.split_whitespace().map(ToOwned::to_owned).collect())
            }
            Some(Claims { roles, .. }) => Self::Named(roles),
        }
    }

    /// The names that are known.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::All(names) | Self::Named(names) => names,
            Self::Unknown => &[],
        }
    }
}

/// Whether a permission is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// It is.
    Granted,
    /// It is for the account's own mailbox, and whose mailbox it is is not known.
    ForOwnMailbox,
    /// It is not.
    Missing,
    /// The application's token does not name it: it is not granted, or granted in Exchange only.
    NotNamed,
    /// It is not known.
    Unknown,
}

/// The permissions of an account for the messages of one mailbox.
#[derive(Debug, Clone)]
pub struct Access {
    /// Those of the sign-in.
    pub permissions: Permissions,
    mailbox: Whose,
    from: Whose,
}

impl Access {
    /// For the mailbox `user`, an address or an object id; `None` is the signed-in user's.
    #[must_use]
    pub fn new(account: &Account, user: Option<&str>, permissions: Permissions) -> Self {
        let mailbox = Whose::of_mailbox(account, user);
        Self {
            permissions,
            mailbox,
            from: mailbox,
        }
    }

    /// The same for messages with this From: to send with another address than the mailbox's own needs the
    /// shared permission (Graph: "Send mail from another user").
    #[must_use]
    pub fn with_from(mut self, account: &Account, from: Option<&Mailbox>) -> Self {
        let from = from.map(|from| from.address().as_str());
        if self.mailbox == Whose::Own && Whose::of_mailbox(account, from) == Whose::Others {
            self.from = Whose::Others;
        }
        self
    }

    /// Whose mailbox `permission` is needed for.
    #[must_use]
    pub fn whose(&self, permission: &str) -> Whose {
        match self.permissions {
            Permissions::Named(_) => Whose::Own,
            _ if permission == SEND => self.from,
            _ => self.mailbox,
        }
    }

    /// The form of `permission` that is needed.
    #[must_use]
    pub fn form(&self, permission: &str) -> String {
        self.whose(permission).form(permission)
    }

    /// Whether `permission` is granted, in the form that is needed. The shared form also counts for the
    /// account's own mailbox.
    #[must_use]
    pub fn grant(&self, permission: &str) -> Grant {
        let names = self.permissions.names();
        let holds = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
        let whose = self.whose(permission);
        match &self.permissions {
            Permissions::Unknown => Grant::Unknown,
            _ if holds(&shared(permission)) => Grant::Granted,
            _ if holds(permission) => match whose {
                Whose::Own => Grant::Granted,
                Whose::Others => Grant::Missing,
                Whose::Unknown => Grant::ForOwnMailbox,
            },
            Permissions::Named(_) => Grant::NotNamed,
            Permissions::All(_) => Grant::Missing,
        }
    }

    /// Whether one of `permissions` is granted, each of which is enough.
    #[must_use]
    pub fn grant_of_any(&self, permissions: &[&str]) -> Grant {
        use Grant::{ForOwnMailbox, Granted, Missing, NotNamed, Unknown};
        let grants = [Granted, ForOwnMailbox, Unknown, NotNamed];
        let has = |grant: &Grant| {
            permissions
                .iter()
                .any(|permission| self.grant(permission) == *grant)
        };
        grants.into_iter().find(has).unwrap_or(Missing)
    }

    /// What is lacking without any of [`LOOKUPS`], and the permission that adds it.
    #[must_use]
    pub fn without_lookup(&self) -> (String, String) {
        let wanted = self.form(LOOKUP);
        let lacking = "if no answer arrives, graphmail cannot tell whether a message was sent";
        let text = format!("{lacking}; {wanted} lets it look in Sent Items");
        (text, wanted)
    }

    /// Those of `permissions` that have this grant, in the form that is needed.
    pub fn with_grant(&self, grant: Grant, permissions: &[&str]) -> Vec<String> {
        let permissions = permissions.iter();
        permissions
            .filter(|permission| self.grant(permission) == grant)
            .map(|permission| self.form(permission))
            .collect()
    }

    /// The value of `login --scopes` that adds the permissions in `missing` to those that the account holds.
    #[must_use]
    pub fn scopes_with(&self, missing: &[String]) -> &'static str {
        let names = || self.permissions.names().iter().chain(missing);
        let names = || names().map(|name| name.to_ascii_lowercase());
        let drafts = names().any(|name| name.starts_with("mail.readwrite"));
        let shared = names().any(|name| name.ends_with(".shared"));
        let lookup = names().any(|name| name.starts_with("mail.readbasic"));
        scopes(drafts, lookup, shared || self.mailbox == Whose::Others)
    }
}

fn address(user: Option<&str>) -> Option<Mailbox> {
    Mailbox::parse(user?).ok()
}
