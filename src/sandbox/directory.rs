//! The mailboxes of the sandbox's tenant, and the syntax of addresses.

use crate::seams::Seams;

/// The user if no mailbox is configured.
const USER: &str = "you@sandbox.example";

/// The tenant's mailboxes.
#[derive(Debug)]
pub(super) struct Directory {
    mailboxes: Vec<String>,
    user: String,
    /// The user's object id.
    pub(super) user_id: String,
    /// The tenant's id, which is used if a request names the tenant by a domain.
    pub(super) tenant_id: String,
}

impl Directory {
    /// A tenant with these mailboxes; if there are none, every mailbox exists.
    pub(super) fn new(mailboxes: Vec<String>, seams: &dyn Seams) -> Self {
        Self {
            user: mailboxes
                .first()
                .cloned()
                .unwrap_or_else(|| USER.to_owned()),
            mailboxes,
            user_id: seams.uuid().to_string(),
            tenant_id: seams.uuid().to_string(),
        }
    }

    /// The signed-in user's address.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// The user's display name: the local part of the address.
    pub(super) fn user_name(&self) -> &str {
        self.user
            .split_once('@')
            .map_or(self.user.as_str(), |(local, _)| local)
    }

    /// The mailbox for the `{id}` of a URL, which is an address or the user's object id.
    pub(super) fn mailbox(&self, id: &str) -> Option<String> {
        if id == self.user_id || id.eq_ignore_ascii_case(&self.user) {
            return Some(self.user.clone());
        }
        self.exists(id).then(|| id.to_owned())
    }

    /// Whether the tenant has this address. Its users may send from it.
    pub(super) fn exists(&self, address: &str) -> bool {
        if self.mailboxes.is_empty() {
            return is_address(address);
        }
        self.mailboxes
            .iter()
            .any(|known| known.eq_ignore_ascii_case(address))
    }
}

/// Whether the text is an address: a dot-atom or a quoted string, `@`, and a host name (RFC 5321
/// section 4.1.2, without address literals). Both must be ASCII, with host names in their `xn--` form:
/// it is not documented that Exchange accepts others.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_is_right = if quoted {
        let inside = local.trim_matches('"');
        inside
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\')
    } else {
        local.split('.').all(is_atom)
    };
    local_is_right && text.len() <= 254 && domain.split('.').all(is_label)
}

/// An atom of RFC 5322 section 3.2.3.
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
}

/// A label of a host name (RFC 1123 section 2.1).
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn an_address_is_told_from_what_is_none() {
        for right in [
            "a@example.org",
            "a.b+c@x",
            "\"a b\"@example.org",
            "o'neil@xn--bcher-kva.example",
        ] {
            assert!(is_address(right), "{right}");
        }
        for wrong in [
            "",
            "a",
            "@example.org",
            "a@",
            "a b@example.org",
            "a@b@example.org",
            "a..b@example.org",
            "a@example..org",
            "a@-x.org",
            "a@b>,<c@example.org",
            "a@bücher.example",
            "ü@example.org",
            "a@exam\r\nple.org",
            "\"a\"b\"@example.org",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
