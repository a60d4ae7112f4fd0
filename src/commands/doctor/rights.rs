//! Checks the permissions of the token.

use super::check::{Check, Verdict};
use super::trial;
use crate::access::{self, Access, Grant, Permissions};
use crate::auth::store::Record;
use crate::commands::report::{Advice, Command, LoginOption, Step};
use crate::commands::rights;
use crate::compose::Limits;
use crate::config::Account;
use crate::secret::Secret;

/// The permissions in `record` or `token` of this account, for its mailbox.
pub(super) fn access_of(record: Option<&Record>, token: &Secret, account: &Account) -> Access {
    let scopes = record.map_or(&[][..], |record| &record.scopes);
    let permissions = Permissions::of_sign_in(account, scopes, Some(token.expose()));
    Access::new(account, account.mailbox.as_deref(), permissions)
}

/// Checks the permissions for small mail, which needs one request, for large mail, which needs a draft, and
/// for a look into Sent Items if an answer is lost. Large mail can only fail if the account needs it: with
/// `large`, or with a `message_limit` that one request cannot hold.
pub(super) fn checks(access: &Access, large: bool, account: &Account) -> [Check; 3] {
    let limit = account.message_limit;
    let large =
        large || limit.is_some_and(|limit| limit > Limits::of_cloud(&account.cloud).request);
    let drafts = check("large mail", access::DRAFTS, access, account);
    [
        check("small mail", access::SEND, access, account),
        match drafts.status {
            Verdict::Pass => drafts,
            _ if large => drafts,
            _ => Check {
                status: Verdict::Skip,
                ..drafts
            },
        },
        lookup(access),
    ]
}

/// Nothing that is sent needs this permission, so its absence is no warning.
fn lookup(access: &Access) -> Check {
    const NAME: &str = "lost answers";
    let is_granted = |permission: &&&str| access.grant(permission) == Grant::Granted;
    if let Some(permission) = access::LOOKUPS.iter().find(is_granted) {
        return Check::pass(NAME, format!("{} is granted", access.form(permission)));
    }
    let (message, wanted) = access.without_lookup();
    match &access.permissions {
        Permissions::Unknown => {
            Check::skip(NAME, "cannot check whether Sent Items can be searched")
        }
        Permissions::Named(_) => Check::skip(NAME, message),
        Permissions::All(_) => {
            let scopes = access.scopes_with(&[wanted]);
            Check::skip(NAME, message).advised(LoginOption::Scopes(scopes))
        }
    }
}

fn check(name: &str, permission: &str, access: &Access, account: &Account) -> Check {
    let wanted = access.form(permission);
    let is_small = permission == access::SEND;
    match access.grant(permission) {
        Grant::Granted => Check::pass(name, format!("{wanted} is granted")),
        Grant::ForOwnMailbox => {
            let message = format!(
                "{wanted} is granted; if the mailbox is not the account's own, {} is needed",
                access::shared(permission)
            );
            Check::warn(name, message).advised(trial(account))
        }
        Grant::Missing => {
            let message = if is_small {
                format!("{wanted} is not granted")
            } else {
                format!("{wanted} is not granted: attachments of more than 3 MB will be refused")
            };
            Check::fail(name, message).advised(consent(wanted, access, account))
        }
        Grant::NotNamed => {
            // The usual grant for one mailbox is in Exchange, where only a test message can show it.
            let message = rights::not_named(&wanted);
            match account.is_application() {
                true if is_small => Check::skip(name, message)
                    .advised(Advice::from(trial(account)).or(Command::DoctorAdmin)),
                true => Check::warn(name, message).advised(Command::DoctorAdmin),
                false => Check::warn(name, message).advised(consent(wanted, access, account)),
            }
        }
        Grant::Unknown => {
            let message = format!("cannot check whether {wanted} is granted");
            let check = Check::skip(name, message);
            // A test message is small: it needs no draft.
            match is_small {
                true => check.advised(trial(account)),
                false => check,
            }
        }
    }
}

/// How the account gets the permission `wanted`.
fn consent(wanted: String, access: &Access, account: &Account) -> Step {
    let missing = vec![wanted];
    let scopes = access.scopes_with(&missing);
    if account.credential.kind().is_external() {
        return Step::Consent {
            permissions: missing,
            scopes,
            mailbox: account.mailbox.clone(),
        };
    }
    LoginOption::Scopes(scopes).into()
}

#[cfg(test)]
mod tests {
    use crate::commands::report::Situation;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::{access_of, checks};
    use crate::access::{Access, Grant};
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
            credential_expires: None,
            token_store: Kind::File,
            message_limit: None,
            recipient_limit: None,
        }
    }

    #[test]
    fn a_permission_that_is_not_in_an_applications_token_is_left_open() {
        let account = application();
        let rights = |claims: &str| access_of(None, &Secret::new(token(claims)), &account);
        let verdicts = |rights: Access| {
            let [small, large, _] = checks(&rights, true, &account);
            [small.status, large.status]
        };
        let both = r#"{"roles":["Mail.Send","Mail.ReadWrite"]}"#;
        assert_eq!(verdicts(rights(both)), [Verdict::Pass, Verdict::Pass]);
        let send = r#"{"roles":["Mail.Send"]}"#;
        assert_eq!(verdicts(rights(send)), [Verdict::Pass, Verdict::Warn]);
        let [_, unasked, _] = checks(&rights(send), false, &account);
        assert_eq!(unasked.status, Verdict::Skip);
        let large = Account {
            message_limit: Some(150 << 20),
            ..account.clone()
        };
        let [_, declared, _] = checks(&rights(send), false, &large);
        assert_eq!(declared.status, Verdict::Warn);
        let [mut small, large, _] = checks(&rights("{}"), true, &account);
        small.finish(&Situation::default());
        assert_eq!((small.status, large.status), (Verdict::Skip, Verdict::Warn));
        assert_eq!(
            (small.message.as_str(), small.hint.as_deref()),
            (
                "the token does not name Mail.Send: it is not granted, or granted in Exchange only",
                Some(
                    "graphmail send --to reports@contoso.com --subject Test; or: graphmail doctor --admin"
                )
            )
        );
        assert_eq!(
            rights("{}").grant("Mail.ReadWrite"),
            Grant::NotNamed,
            "so the mailbox is tried"
        );
        // The permissions of an opaque token are not known.
        let opaque = access_of(None, &Secret::new("opaque"), &account);
        assert_eq!(opaque.grant("Mail.Send"), Grant::Unknown);
        assert_eq!(verdicts(opaque), [Verdict::Skip, Verdict::Skip]);
    }
}
