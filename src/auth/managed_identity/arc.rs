//! The agent of an Arc server. It issues the token to a process that can read a file which the agent
//! has just written (Azure Arc: "Authenticate against Azure resources with Azure Arc-enabled servers").

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::failure::{Challenge, MAX_KEY};
use super::{Failure, IDENTITY_ENDPOINT, endpoint, request};
use crate::cloud::is_loopback;
use crate::http::{Link, Response};
use crate::seams::Environment;
use crate::secret::Secret;

/// The agent's endpoint, unless `IDENTITY_ENDPOINT` names another.
pub(super) const ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
const VERSION: &str = "2020-06-01";

/// The files of an installed agent.
pub(super) struct Agent {
    /// Its program.
    pub(super) program: PathBuf,
    /// The folder with the keys of its challenges, readable for the group `himds` only.
    pub(super) keys: PathBuf,
}

impl Agent {
    /// The agent's files on this system.
    pub(super) fn locate(environment: &Environment) -> Self {
        if cfg!(windows) {
            let folder = |name| environment.path(name).unwrap_or_default();
            let agent = "AzureConnectedMachineAgent";
            return Self {
                program: folder("ProgramFiles").join(agent).join("himds.exe"),
                keys: folder("ProgramData").join(agent).join("Tokens"),
            };
        }
        Self {
            program: "/opt/azcmagent/bin/himds".into(),
            keys: "/var/opt/azcmagent/tokens".into(),
        }
    }
}

pub(super) fn ask(
    link: &Link<'_>,
    address: &str,
    keys: &Path,
    resource: &str,
) -> Result<Response, Failure> {
    let query = [("api-version", VERSION), ("resource", resource)];
    let url = endpoint(IDENTITY_ENDPOINT, address, is_loopback, &query)?;
    let response = request::get(link, url.clone(), None, true)?;
    if response.status != 401 {
        return Ok(response);
    }
    let path = response
        .header("www-authenticate")
        .and_then(realm)
        .ok_or(Challenge::NoFile)?;
    let key = read_key(Path::new(path), keys)?;
    let value = Secret::new(format!("Basic {}", key.expose()));
    request::get(link, url, Some(("authorization", value)), true)
}

/// The path in `Basic realm=/path/of.key`, with or without quotation marks.
fn realm(challenge: &str) -> Option<&str> {
    let (scheme, rest) = challenge.trim().split_once(' ')?;
    let (name, value) = rest.trim().split_once('=')?;
    let fits = scheme.eq_ignore_ascii_case("basic") && name.trim().eq_ignore_ascii_case("realm");
    let path = value.trim().trim_matches('"');
    (fits && !path.is_empty()).then_some(path)
}

/// Reads a key of the agent: a regular file directly in its folder, with the agent's suffix and of a
/// key's size.
fn read_key(path: &Path, folder: &Path) -> Result<Secret, Challenge> {
    let elsewhere = || Challenge::Elsewhere {
        path: path.to_owned(),
        folder: folder.to_owned(),
    };
    let unreadable = |source| Challenge::Unreadable {
        path: path.to_owned(),
        source,
    };
    let is_key = path.extension().is_some_and(|suffix| suffix == "key");
    if !is_key || !folder.is_absolute() || path.parent() != Some(folder) {
        return Err(elsewhere());
    }
    let entry = fs::symlink_metadata(path).map_err(unreadable)?;
    if !entry.is_file() {
        return Err(elsewhere());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_KEY + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    let key = text.trim();
    if key.is_empty() || text.len() as u64 > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Challenge::NotKey(path.to_owned()));
    }
    Ok(Secret::new(key))
}
