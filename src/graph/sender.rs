//! Whose mailbox the operations are about.

use url::Url;

use crate::cloud::Cloud;

/// Whose mailbox sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// That of the person who signed in.
    Me,
    /// That of the user with this id or user principal name.
    User(String),
}

impl From<Option<String>> for Sender {
    fn from(user: Option<String>) -> Self {
        user.map_or(Self::Me, Self::User)
    }
}

impl Sender {
    /// The user, unless it is the person who signed in.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Me => None,
            Self::User(user) => Some(user),
        }
    }

    /// Where something of this sender's is: `/me` or `/users/{user}`, and these segments.
    #[must_use]
    pub fn url(&self, cloud: &Cloud, segments: &[&str]) -> Url {
        let own = match self {
            Self::Me => vec!["me"],
            Self::User(user) => vec!["users", user],
        };
        cloud.graph_url(&[&own, segments].concat())
    }

    /// Where this sender's `sendMail` is.
    #[must_use]
    pub fn send_mail_url(&self, cloud: &Cloud) -> Url {
        self.url(cloud, &["sendMail"])
    }

    /// Where this sender's drafts are created.
    #[must_use]
    pub fn messages_url(&self, cloud: &Cloud) -> Url {
        self.url(cloud, &["messages"])
    }
}
