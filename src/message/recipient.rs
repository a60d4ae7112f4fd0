//! Recipients as programs on this host write them.

use super::address::{AddressError, Mailbox};

/// An address, or a local name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// `jane@x.org`, with or without a name.
    Mailbox {
        /// The mailbox.
        mailbox: Mailbox,
        /// How it was written.
        written: Written,
    },
    /// `root`, `Cron Daemon <root>`, `root@localhost`.
    Local {
        /// The user's name: `root`.
        name: String,
        /// The host, if it is not `localhost`: `web2`.
        host: Option<String>,
        /// How it was written.
        written: Written,
    },
}

/// How a recipient was written, before decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The whole list element, without commas. Obsolete syntax is written again.
    pub element: String,
    /// The text before the angle brackets.
    pub phrase: Option<String>,
}

/// An address list as programs on this host write it.
#[derive(Debug, Clone, Default)]
pub(super) struct RecipientList {
    /// The recipients that can be read.
    pub(super) recipients: Vec<Recipient>,
    /// The elements that cannot be read.
    pub(super) faults: Vec<AddressError>,
    /// Whether the list has no obsolete syntax and no error, so that it can be sent as it is.
    pub(super) is_strict: bool,
}

impl Recipient {
    /// The recipient `mailbox`, written as a bare address.
    #[must_use]
    pub fn from_mailbox(mailbox: Mailbox) -> Self {
        let written = Written {
            element: mailbox.address().to_string(),
            phrase: None,
        };
        Self::new(mailbox, written)
    }

    /// A mailbox whose domain has no dot (`localhost`, a bare host name) is a local name: it has a
    /// meaning only on this network.
    pub(super) fn new(mailbox: Mailbox, written: Written) -> Self {
        let address = mailbox.address();
        let far = address.domain().contains('.') || address.domain().starts_with('[');
        if far
            && !address
                .domain()
                .eq_ignore_ascii_case("localhost.localdomain")
        {
            return Self::Mailbox { mailbox, written };
        }
        let host = address.domain();
        Self::Local {
            name: address.local().to_owned(),
            host: (!host.to_ascii_lowercase().starts_with("localhost")).then(|| host.to_owned()),
            written,
        }
    }

    /// How it was written.
    #[must_use]
    pub const fn written(&self) -> &Written {
        match self {
            Self::Mailbox { written, .. } | Self::Local { written, .. } => written,
        }
    }
}
