//! A token from the sign-in of the Azure CLI, `az`.

use std::io;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::app::App;
use super::program;
use super::store::Access;
use super::{expiry, token_command};
use crate::seams::Seams;

/// The program. On Windows it is a script, which is found only with its extension.
const AZ: &str = if cfg!(windows) { "az.cmd" } else { "az" };

/// Why `az` printed no token.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The program does not exist.
    #[error("az is not installed, or not in PATH")]
    NotInstalled,
    /// It failed, for example because no user is signed in to it.
    #[error("az {0}")]
    Program(program::Failure),
    /// Its output is not a token.
    #[error("the output of az is not a token in JSON")]
    Output,
    /// The token is already expired.
    #[error("the token that az printed expired at {0}")]
    Expired(Timestamp),
}

impl From<program::Failure> for Failure {
    fn from(failure: program::Failure) -> Self {
        match failure {
            program::Failure::NotRun(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::NotInstalled
            }
            other => Self::Program(other),
        }
    }
}

/// What `az account get-access-token` prints (Azure CLI: "az account get-access-token").
#[derive(Deserialize)]
struct Token {
    #[serde(rename = "accessToken")]
    token: String,
    /// Seconds since 1970, from version 2.54 on.
    #[serde(default)]
    expires_on: Value,
    /// A local time of this host.
    #[serde(rename = "expiresOn")]
    local: Option<String>,
}

/// Asks `az` for a Graph access token, in `app`'s tenant if it names one. `az` has its own cache, so
/// graphmail stores nothing.
pub(super) fn obtain(app: &App, limit: Duration, seams: &dyn Seams) -> Result<Access, Failure> {
    let mut az = Command::new(AZ);
    az.args(["account", "get-access-token", "--output", "json", "--scope"])
        .arg(app.cloud.application_scope())
        // Its error text is shown without colors.
        .env("AZURE_CORE_NO_COLOR", "true");
    if !app.tenant.is_empty() {
        az.args(["--tenant", &app.tenant]);
    }
    let output = program::output(&mut az, limit)?;
    // The error could quote the token.
    let printed: Token = serde_json::from_slice(&output).map_err(|_| Failure::Output)?;
    let token = token_command::token(&printed.token).map_err(|_| Failure::Output)?;
    let local = || expiry::local(&printed.local?, &seams.time_zone());
    match expiry::moment(&printed.expires_on).or_else(local) {
        Some(ended) if ended <= seams.now() => Err(Failure::Expired(ended)),
        Some(expires_at) => Ok(Access { token, expires_at }),
        None => Ok(Access::lasting(token)),
    }
}
