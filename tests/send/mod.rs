//! `send`, seen from outside: what was typed, and what Graph then has.

mod dry_run;
mod environment;
mod flags;
mod injected;
mod lenient;
mod output;
mod piped;
mod ready;
mod refused;
mod size;
mod wait;
mod whole;

use graphmail::sandbox::Accepted;
use serde_json::{Value, json};

use crate::support::host::World;

/// What Graph holds of a message, with how it was sent beside it.
fn held(message: &Accepted) -> Value {
    let mut held = message.resource.clone();
    let record = message.record();
    for fact in ["mailbox", "saveToSentItems", "transport"] {
        held[fact] = record["sendMail"][fact].clone();
    }
    held
}

/// A ready world whose account knows the user's address, as after a login.
fn known() -> World {
    let mut world = World::ready();
    world.configure(
        "[accounts.work]
auth = \"token-command\"
token_command = \"false\"
username = \"you@sandbox.example\"
",
    );
    world.set("GRAPHMAIL_ACCOUNT", "work");
    world
}

/// A ready message of these header lines and body.
fn eml(lines: &[&str], body: &str) -> String {
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}

/// A pretty-printed value with a line end.
fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The request that the sandbox got, as JSON.
fn request(world: &World) -> Value {
    let exchanges = world.sandbox().exchanges();
    let last = exchanges.last().expect("a request");
    serde_json::from_slice(&last.body).unwrap_or_else(|_| json!(null))
}
