//! The outbox of the host's mail service: the commands for it are carried out by the service.

use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::Args;
use crate::commands::Context;
use crate::commands::context::Shared;
use crate::commands::host::{self, Connection, status_of};
use crate::commands::report::{self, Result, Run, Situation};
use crate::exit::Status;
use crate::smtp::OwnCommand;
use crate::ui::{OutputOptions, Ui};

/// A command for the outbox.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::commands) enum Request {
    /// `mailq`
    Mailq,
    /// `outbox …`
    Outbox(Args),
}

/// A command, and how its results are printed.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::commands) struct Call {
    request: Request,
    json: bool,
    quiet: bool,
    verbose: u8,
}

/// Has the service carry the command out, and prints its output. `None` if there is no service, or if this user
/// may not use its outbox: then the user's own outbox is meant.
pub(super) fn ask(request: &Request, context: &Context<'_>) -> Result<Option<Status>> {
    let Some(path) = host::socket(context) else {
        return Ok(None);
    };
    let Ok(mut connection) = Connection::open(&path) else {
        return Ok(None);
    };
    let options = context.ui.output_options();
    let call = serde_json::json!({
        "request": request,
        "json": options.json,
        "quiet": options.quiet,
        "verbose": options.verbose,
    });
    let reply = exchange(&mut connection, &call.to_string())?;
    let Some((status, words)) = status_of(&reply) else {
        let reason = reply.get(10..).unwrap_or(&reply);
        context.ui.info(&format!("graphmail: {reason}"));
        return Ok(None);
    };
    let mut sizes = words
        .split(' ')
        .map(|size| size.parse().unwrap_or_default());
    let mut next = || connection.bytes(sizes.next().unwrap_or_default());
    let (stdout, stderr) = (next()?, next()?);
    context.ui.raw(&stdout)?;
    for line in String::from_utf8_lossy(&stderr).lines() {
        context.ui.always(line);
    }
    Ok(Some(Status::of_number(status)))
}

fn exchange(connection: &mut Connection, call: &str) -> io::Result<String> {
    let size = call.len() as u64;
    let output = connection.output();
    output.write_all(OwnCommand::Outbox { size }.line().as_bytes())?;
    output.write_all(call.as_bytes())?;
    connection.reply()
}

/// Carries a command out in the service: the exit status, standard output and standard error.
pub(in crate::commands) fn answer(call: &Call, shared: &Shared<'_>) -> (u8, Vec<u8>, Vec<u8>) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let options = OutputOptions {
        json: call.json,
        quiet: call.quiet,
        verbose: call.verbose,
        terminal: false,
    };
    let status = {
        let ui = Ui::new(&mut stdout, &mut stderr, options);
        carry_out(&call.request, &shared.context_for(&ui))
    };
    (status.number(), stdout, stderr)
}

fn carry_out(request: &Request, context: &Context<'_>) -> Status {
    let done = match request {
        Request::Mailq => super::own_mailq(context),
        Request::Outbox(args) => super::own(args, context),
    };
    done.unwrap_or_else(|error| {
        let situation = Situation::of_run(Run::Keeps, context);
        report::failure(&error, &situation, context.seams.now(), context.ui)
    })
}
