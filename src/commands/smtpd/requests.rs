//! Commands that the service carries out for clients of this host: `mailq`, `outbox`, `doctor` and `sendmail -bv`.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::service::Service;
use crate::Terminal;
use crate::commands::host::{Call, Request};
use crate::commands::report::{self, Result, Run, Situation};
use crate::commands::sendmail::local_names;
use crate::commands::{Context, doctor, outbox};
use crate::exit::Status;
use crate::ui::{OutputOptions, Ui};

/// Carries a command out: the exit status, standard output and standard error.
pub(super) fn answer(call: Call, service: &Service<'_, '_>) -> (u8, Vec<u8>, Vec<u8>) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let options = OutputOptions {
        json: call.json,
        quiet: call.quiet,
        verbose: call.verbose,
        terminal: false,
    };
    let status = {
        let ui = Ui::new(&mut stdout, &mut stderr, options);
        let shared = service.shared();
        let context = Context {
            is_service: true,
            // What is asked is whether the service can sign in now.
            tokens: Arc::default(),
            terminal: Terminal {
                stdout: call.is_shown,
                columns: call.columns,
                ..Terminal::default()
            },
            ..shared.context_for(&ui)
        };
        carry_out(call.request, service, &context).unwrap_or_else(|error| {
            let situation = Situation::of_run(Run::Keeps, &context);
            report::failure(&error, &situation, context.seams.now(), context.ui)
        })
    };
    (status.number(), stdout, stderr)
}

fn carry_out(request: Request, service: &Service<'_, '_>, context: &Context<'_>) -> Result<Status> {
    match request {
        Request::Mailq => outbox::own_mailq(context),
        Request::Outbox(args) => outbox::own(&arguments(args)?, context),
        Request::Verify(recipients) => local_names::verify(&recipients, context),
        Request::Aliases => local_names::aliases(context),
        Request::Doctor(args) => doctor::of_service(&arguments(args)?, &service.facts(), context),
    }
}

/// The arguments of a command, from a client of this version.
fn arguments<T: DeserializeOwned>(value: Value) -> Result<T> {
    Ok(serde_json::from_value(value).map_err(std::io::Error::from)?)
}
