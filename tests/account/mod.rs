//! Accounts, seen from outside: signing in, what is kept of it, and who may use it.

mod advice;
mod application;
mod azure_cli;
mod browser;
mod claims;
mod client_secret;
mod command;
mod credentials;
mod details;
mod job;
mod keepalive;
mod kept;
mod login;
mod managed_identity;
mod processes;
#[cfg(unix)]
mod readme;
mod remedies;
mod rights;
mod scopes;
mod sender;
mod status;
mod stores;
mod trouble;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use graphmail::sandbox::Options;

use crate::support::host::World;

const LOGIN: &str = "login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com";
const SEND: &str = "send -t a@example.org";
const TOKEN: &str = "POST /contoso.com/oauth2/v2.0/token 200";
const SENT: &str = "POST /v1.0/me/sendMail 202";
/// A login looks whether the mailbox exists.
const LOOKED: &str =
    "GET /v1.0/users/reports@contoso.com/mailFolders/drafts/messages?$select=id&$top=1 200";

/// Follows a sign-in that has only the permission to send.
pub(crate) const LOOKUP: &str = "graphmail: if no answer arrives, graphmail cannot tell whether a message was sent; \
     Mail.ReadBasic lets it look in Sent Items: graphmail login --account default --scopes send+lookup\n";

/// The file of the account's tokens, below the user's folder.
const TOKENS: &str = ".local/state/graphmail/tokens/default.json";
const CONFIG: &str = ".config/graphmail/config.toml";

/// A world with a sandbox, where tokens are kept in files.
fn with_files(options: Options) -> World {
    let mut world = World::with(options);
    world.set("GRAPHMAIL_TOKEN_STORE", "file");
    world
}

/// Signs in and leaves the requests so far out of the count.
fn signed_in(world: &World) -> usize {
    let run = world.run(LOGIN);
    assert_eq!(run.status, 0, "{run:?}");
    world.requests().len()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
