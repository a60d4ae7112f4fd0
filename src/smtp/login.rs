//! AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

/// A name and a password that a client has sent.
#[derive(Debug)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// What the client sends next.
#[derive(Debug)]
pub(super) enum Step {
    /// The response of PLAIN.
    Plain,
    /// LOGIN's user name.
    User,
    /// LOGIN's password, of this user.
    Password(String),
}

/// The challenges of LOGIN, which its clients expect: `Username:` and `Password:` in base64.
const USER: &str = "VXNlcm5hbWU6";
const PASSWORD: &str = "UGFzc3dvcmQ6";

/// What follows a response.
pub(super) enum Answer {
    /// Another challenge.
    Challenge(Step),
    Login(Login),
    /// The response cannot be read.
    Malformed,
}

impl Step {
    /// The challenge of this step, in base64.
    pub(super) const fn challenge(&self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::User => USER,
            Self::Password(_) => PASSWORD,
        }
    }

    /// Reads a response: one line without its line end.
    pub(super) fn read(self, response: &[u8]) -> Answer {
        let Some(text) = decoded(response) else {
            return Answer::Malformed;
        };
        match self {
            Self::Plain => {
                // authzid NUL authcid NUL passwd (RFC 4616 section 2)
                let mut parts = text.splitn(3, '\0').skip(1);
                match (parts.next(), parts.next()) {
                    (Some(user), Some(password)) => login(user.to_owned(), password),
                    _ => Answer::Malformed,
                }
            }
            Self::User => Answer::Challenge(Self::Password(text)),
            Self::Password(user) => login(user, &text),
        }
    }
}

fn login(user: String, password: &str) -> Answer {
    let password = Secret::new(password);
    Answer::Login(Login { user, password })
}

fn decoded(response: &[u8]) -> Option<String> {
    String::from_utf8(STANDARD.decode(response.trim_ascii()).ok()?).ok()
}
