//! Recipients as this host's programs name them.

use super::address::Mailbox;

/// An address, or a name that only the hosts of one network know.
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
        /// The host, where another than `localhost` is named: `web2`.
        host: Option<String>,
        /// How it was written.
        written: Written,
    },
}

/// How a recipient was written, encoded words and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All of it, without the commas around it.
    pub element: String,
    /// What stands before its angle brackets.
    pub phrase: Option<String>,
}

impl Recipient {
    /// Whom a mailbox names, written as an address alone.
    #[must_use]
    pub fn from_mailbox(mailbox: Mailbox) -> Self {
        let written = Written {
            element: mailbox.address().to_string(),
            phrase: None,
        };
        Self::new(mailbox, written)
    }

    /// A domain without a dot is this host's own network (`localhost`, a bare host name): no
    /// service outside it knows whom that names.
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
