//! A token from a command of the user.

use std::time::Duration;

use serde::Deserialize;

use super::program;
pub use super::program::{LIMIT, limit};
use crate::secret::Secret;

/// Why the command gave no token.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It failed.
    #[error("the token command {0}")]
    Program(#[from] program::Failure),
    /// Its output is not a token.
    #[error("the output of the token command {0}")]
    Output(#[from] NotToken),
}

/// Why a text is not an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotToken {
    /// The text is empty.
    #[error("is empty")]
    Empty,
    /// A token is one word of visible ASCII characters (RFC 6750 section 2.1).
    #[error("has a space, a line end or another character that no token has")]
    Characters,
    /// JSON must have the token under one of three names.
    #[error("is JSON without a string access_token, accessToken or token")]
    Json,
}

/// Reads `text` as a token.
pub(super) fn token(text: &str) -> Result<Secret, NotToken> {
    let text = text.trim();
    if text.is_empty() {
        Err(NotToken::Empty)
    } else if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Secret::new(text))
    } else {
        Err(NotToken::Characters)
    }
}

/// Runs `command` in the system's shell with this process's environment, and reads the token that it
/// prints: alone, or in JSON as `access_token`, `accessToken` or `token`.
///
/// # Errors
/// A [`Failure`]. It never contains the standard output.
pub fn run(command: &str, limit: Duration) -> Result<Secret, Failure> {
    Ok(parse(&program::shell_output(command, limit)?)?)
}

fn parse(output: &[u8]) -> Result<Secret, NotToken> {
    #[derive(Deserialize)]
    struct Json {
        #[serde(alias = "accessToken", alias = "token")]
        access_token: String,
    }
    let text = std::str::from_utf8(output).map_err(|_| NotToken::Characters)?;
    if text.trim_start().starts_with('{') {
        let json: Json = serde_json::from_str(text).map_err(|_| NotToken::Json)?;
        return token(&json.access_token);
    }
    token(text)
}
