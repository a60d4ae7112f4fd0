//! Checks the permissions of the token.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::check::Check;
use super::trial;
use crate::access::{self, Whose};
use crate::auth::store::Record;
use crate::commands::report::{Command, LoginOption, Step};
use crate::config::Account;
use crate::secret::Secret;

/// The known permissions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// Entra returned them with the token: the list is complete.
    Told(Vec<String>),
    /// They are claims in the token. That is only a hint: access tokens are opaque to a client (Entra:
    /// "Access tokens in the Microsoft identity platform"), and permissions that Exchange grants are not
    /// in the token.
    Named(Vec<String>),
    /// They are not known.
    Unknown,
}

/// The permissions in `record` or `token` of this account.
pub(super) fn of(record: Option<&Record>, token: &Secret, account: &Account) -> Rights {
    let everything = account.cloud.application_scope();
    let scopes = record.map_or(&[][..], |record| &record.scopes);
    // The scope `.default` of an application does not name the granted permissions.
    if scopes.is_empty() || scopes.contains(&everything) {
        return claimed(token.expose()).map_or(Rights::Unknown, Rights::Named);
    }
    let prefix = account.cloud.scope("");
    let short = |scope: &String| scope.strip_prefix(&prefix).unwrap_or(scope).to_owned();
    Rights::Told(scopes.iter().map(short).collect())
}

/// The permissions in a JSON Web Token: a user's `scp`, an application's `roles`; `None` if it is not
/// such a token.
fn claimed(token: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        scp: String,
        #[serde(default)]
        roles: Vec<String>,
    }
    let claims = BASE64_URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1)?)
        .ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let scopes = claims.scp.split(' ').filter(|scope| !scope.is_empty());
    Some(scopes.map(str::to_owned).chain(claims.roles).collect())
}

impl Rights {
    /// Whether `permission` is granted, in the form that the mailbox of `account` needs; `None` if that
    /// is not known.
    pub(super) fn hold(&self, permission: &str, account: &Account) -> Option<bool> {
        let whose = whose(account);
        match self {
            Self::Told(held) => whose.is_allowed(permission, held),
            Self::Named(held) => whose.is_allowed(permission, held).filter(|held| *held),
            Self::Unknown => None,
        }
    }

    /// Checks the permissions for small mail, which needs one request, for large mail, which needs a draft,
    /// and for a look into Sent Items if an answer is lost.
    pub(super) fn checks(&self, account: &Account) -> [Check; 3] {
        [
            self.check("small mail", access::SEND, account),
            self.check("large mail", access::DRAFTS, account),
            self.lookup(account),
        ]
    }

    /// Whether messages of the mailbox can be read; `None` if that is not known.
    pub(super) fn may_read(&self, account: &Account) -> Option<bool> {
        let held = access::LOOKUPS.map(|permission| self.hold(permission, account));
        match held.contains(&Some(true)) {
            true => Some(true),
            false => Some(false).filter(|_| !held.contains(&None)),
        }
    }

    /// Nothing that is sent needs this permission, so its absence is no warning.
    fn lookup(&self, account: &Account) -> Check {
        const NAME: &str = "lost answers";
        let whose = whose(account);
        let is_held = |permission: &&&str| self.hold(permission, account) == Some(true);
        if let Some(permission) = access::LOOKUPS.iter().find(is_held) {
            return Check::pass(NAME, format!("{} is granted", whose.form(permission)));
        }
        if *self == Self::Unknown {
            let message = "cannot check whether Sent Items can be searched";
            return Check::skip(NAME, message);
        }
        let (without, wanted) = (access::WITHOUT_LOOKUP, whose.form(access::LOOKUP));
        let message = format!("{without}; {wanted} lets it look in Sent Items");
        let check = Check::skip(NAME, message);
        match self {
            Self::Told(held) => {
                let scopes = access::scopes(false, true, whose.needs_shared(held));
                check.advised(LoginOption::Scopes(scopes))
            }
            Self::Named(_) | Self::Unknown => check,
        }
    }

    fn check(&self, name: &str, permission: &str, account: &Account) -> Check {
        let whose = whose(account);
        let wanted = whose.form(permission);
        let drafts = permission == access::DRAFTS;
        match (self.hold(permission, account), self) {
            (Some(true), _) => Check::pass(name, format!("{wanted} is granted")),
            (None, Self::Told(_)) => {
                let message = format!(
                    "{wanted} is granted; if the mailbox is not the account's own, {} is needed",
                    access::shared(permission)
                );
                Check::warn(name, message).advised(trial(account))
            }
            (_, Self::Told(held)) => {
                let fix = LoginOption::Scopes(access::scopes(
                    drafts,
                    access::has_lookup(held),
                    whose.needs_shared(held),
                ));
                if permission == access::SEND {
                    Check::fail(name, format!("{wanted} is not granted")).advised(fix)
                } else {
                    let message = format!(
                        "{wanted} is not granted: attachments of more than 3 MB will be refused"
                    );
                    Check::warn(name, message).advised(fix)
                }
            }
            (_, Self::Named(held)) => {
                let message = format!(
                    "the token does not name {wanted}: it is not granted, or granted in Exchange only"
                );
                let check = Check::warn(name, message);
                match account.is_application() {
                    true => check.advised(Command::DoctorAdmin),
                    false => check.advised(Step::Consent {
                        scopes: access::scopes(
                            drafts,
                            access::has_lookup(held),
                            whose.needs_shared(held),
                        ),
                        permission: wanted,
                    }),
                }
            }
            (_, Self::Unknown) => {
                let message = format!("cannot check whether {wanted} is granted");
                // A test message is small: it needs no draft.
                if permission == access::SEND {
                    Check::warn(name, message).advised(trial(account))
                } else {
                    Check::skip(name, message)
                }
            }
        }
    }
}

/// Whether the account's mailbox is its own.
fn whose(account: &Account) -> Whose {
    Whose::of(account, account.mailbox.as_deref())
}

#[cfg(test)]
mod tests {
    use crate::commands::report::Situation;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::{Rights, claimed, of};
    use crate::auth::store::Kind;
    use crate::auth::{ClientSecret, Credential};
    use crate::cloud::Cloud;
    use crate::commands::doctor::check::Verdict;
    use crate::config::Account;
    use crate::secret::Secret;

    fn token(claims: &str) -> String {
        format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    fn application() -> Account {
        Account {
            name: "a".to_owned(),
            tenant: Some("t".to_owned()),
            client_id: Some("c".to_owned()),
            cloud: Cloud::national("global").expect("global"),
            credential: Credential::ClientSecret(ClientSecret::Stored),
            mailbox: Some("reports@contoso.com".to_owned()),
            username: None,
            token_store: Kind::File,
            message_limit: None,
            recipient_limit: None,
        }
    }

    #[test]
    fn a_token_names_scopes_or_roles_if_it_is_one_of_json() {
        let named = |claims: &str| claimed(&token(claims)).map(|held| held.join(","));
        assert_eq!(
            named(r#"{"scp":"Mail.Send User.Read"}"#).as_deref(),
            Some("Mail.Send,User.Read")
        );
        assert_eq!(
            named(r#"{"roles":["Mail.Send"],"aud":"x"}"#).as_deref(),
            Some("Mail.Send")
        );
        assert_eq!(named("{}").as_deref(), Some(""));
        assert_eq!(named(r#"{"roles":"Mail.Send"}"#), None);
        assert_eq!(claimed("opaque"), None);
        assert_eq!(claimed("EwB.???.x"), None);
    }

    #[test]
    fn what_an_applications_token_does_not_name_may_be_granted_all_the_same() {
        let account = application();
        let rights = |claims: &str| of(None, &Secret::new(token(claims)), &account);
        let verdicts = |rights: Rights| {
            let [small, large, _] = rights.checks(&account);
            [small.status, large.status]
        };
        let both = r#"{"roles":["Mail.Send","Mail.ReadWrite"]}"#;
        assert_eq!(verdicts(rights(both)), [Verdict::Pass, Verdict::Pass]);
        let send = r#"{"roles":["Mail.Send"]}"#;
        assert_eq!(verdicts(rights(send)), [Verdict::Pass, Verdict::Warn]);
        let [mut small, large, _] = rights("{}").checks(&account);
        small.finish(&Situation::default());
        assert_eq!((small.status, large.status), (Verdict::Warn, Verdict::Warn));
        assert_eq!(
            (small.message.as_str(), small.fix.as_deref()),
            (
                "the token does not name Mail.Send: it is not granted, or granted in Exchange only",
                Some("graphmail doctor --admin")
            )
        );
        assert_eq!(
            rights("{}").hold("Mail.ReadWrite", &account),
            None,
            "so the mailbox is tried"
        );
        // The permissions of an opaque token are not known.
        let opaque = of(None, &Secret::new("opaque"), &account);
        assert_eq!(opaque, Rights::Unknown);
        assert_eq!(verdicts(opaque), [Verdict::Warn, Verdict::Skip]);
    }
}
