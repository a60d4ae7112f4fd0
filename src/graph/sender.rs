//! The mailbox that an operation uses.

use url::Url;

use crate::cloud::Cloud;

/// The mailbox that sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// The mailbox of the signed-in user.
    Me,
    /// The mailbox of the user with this id or user principal name.
    User(String),
}

impl From<Option<String>> for Sender {
    fn from(user: Option<String>) -> Self {
        user.map_or(Self::Me, Self::User)
    }
}

impl Sender {
    /// The user; `None` for the signed-in user.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Me => None,
            Self::User(user) => Some(user),
        }
    }

    /// The URL of a resource of this mailbox: `/me` or `/users/{user}`, then these segments.
    #[must_use]
    pub fn url(&self, cloud: &Cloud, segments: &[&str]) -> Url {
        let own = match self {
            Self::Me => vec!["me"],
            Self::User(user) => vec!["users", user],
        };
        cloud.graph_url(&[&own, segments].concat())
    }

    /// The URL of `sendMail`.
    #[must_use]
    pub fn send_mail_url(&self, cloud: &Cloud) -> Url {
        self.url(cloud, &["sendMail"])
    }

    /// The URL at which drafts are created.
    #[must_use]
    pub fn messages_url(&self, cloud: &Cloud) -> Url {
        self.url(cloud, &["messages"])
    }
}
