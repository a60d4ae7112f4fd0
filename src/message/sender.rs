//! The senders that a client or a mailbox may use.

use super::address::{Address, AddressError, Mailbox};

/// One address, or all addresses of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SenderPattern {
    /// `scanner@contoso.com`
    Address(Address),
    /// `@contoso.com`: the domain, in ASCII.
    Domain(String),
}

impl SenderPattern {
    /// Reads `scanner@contoso.com` or `@contoso.com`.
    ///
    /// # Errors
    /// [`AddressError`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        match text.starts_with('@') {
            true => {
                let some = Mailbox::parse(&format!("postmaster{text}"));
                let some = some.map_err(|error| AddressError::new(text, error.fault))?;
                Ok(Self::Domain(some.address().domain().to_owned()))
            }
            false => Ok(Self::Address(Mailbox::parse(text)?.address().clone())),
        }
    }

    /// Whether it is or contains `address`.
    #[must_use]
    pub fn matches(&self, address: &Address) -> bool {
        match self {
            Self::Address(one) => one.same_mailbox(address),
            Self::Domain(domain) => address.domain().eq_ignore_ascii_case(domain),
        }
    }
}
