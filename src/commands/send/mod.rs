//! `send`: one message from flags or a file to Graph.

mod args;
mod dry_run;
mod log;
mod read;

use anyhow::Context as _;
use serde_json::json;

pub(super) use args::Args;

use self::args::FormatChoice;
use super::Context;
use super::error::UsageError;
use super::{report, session};
use crate::auth::Credential;
use crate::compose::{self, Choice, Limits};
use crate::config::{self, Account, variable};
use crate::exit::{Class, Status};
use crate::graph::{Receipt, Sender, submit as to_graph};
use crate::interrupt;
use crate::message::Mailbox;
use crate::submission::Submission;
use crate::ui::Uploads;

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Status> {
    let target = Target::of(args, context)?;
    let choice = choice(args, context)?;
    let mail = read::read(args, &target, context)?;
    let limits = Limits::of(target.cloud());
    if let Some(form) = args.dry_run {
        return dry_run::run(form, &mail, choice, &limits, &target, context);
    }
    let plan = compose::plan(&mail, choice, &limits)?;
    let submission = compose::render(&mail, &plan, context.seams.as_ref(), &limits)?;
    drop(mail);
    context.ui.detail(&format!(
        "graphmail: sending {} bytes as {}; mailbox: {}",
        submission.body().len(),
        submission.transport(),
        target.mailbox_name(),
    ));
    let mut log = log::Log::open(context)?;
    let sent = submit(&submission, &target, context);
    log.write(&sent, &submission, &target, context);
    let receipt = sent?;
    if let Err(error) = accepted(&receipt, &submission, context) {
        // Any other status would have a script send the message again.
        context.ui.talk(&format!(
            "graphmail: warning: the message was accepted, but this could not be written: {error}"
        ));
    }
    Ok(Class::Success.into())
}

/// Who sends: the account, and whose mailbox.
struct Target {
    /// None only for a dry run on a host without an account.
    account: Option<Account>,
    sender: Sender,
    /// The mailbox's address, where it is known: From of MIME, and the domain of a Message-ID.
    address: Option<Mailbox>,
    cloud: crate::cloud::Cloud,
}

impl Target {
    fn of(args: &Args, context: &Context<'_>) -> anyhow::Result<Self> {
        let settings = &context.settings;
        let account = match settings.account() {
            Err(config::Error::NoAccount) if args.dry_run.is_some() => None,
            account => Some(account?),
        };
        let mailbox = session::mailbox(args.mailbox.as_deref(), account.as_ref(), context)?;
        let cloud = match &account {
            Some(account) => account.cloud.clone(),
            None => settings.cloud(&settings.file()?, None)?,
        };
        let address = mailbox
            .as_deref()
            .or_else(|| account.as_ref()?.username.as_deref())
            .and_then(|address| Mailbox::parse(address).ok());
        Ok(Self {
            account,
            sender: mailbox.map_or(Sender::Me, Sender::User),
            address,
            cloud,
        })
    }

    const fn cloud(&self) -> &crate::cloud::Cloud {
        &self.cloud
    }

    fn mailbox_name(&self) -> &str {
        match &self.sender {
            Sender::Me => "the signed-in user's",
            Sender::User(user) => user,
        }
    }

    /// Whether a person sends out of, or as, another's mailbox.
    fn is_shared(&self, from: Option<&Mailbox>) -> bool {
        let Some(account) = &self.account else {
            return false;
        };
        let own = account
            .username
            .as_deref()
            .and_then(|name| Mailbox::parse(name).ok());
        let person = matches!(
            account.credential,
            Credential::DeviceCode | Credential::Browser
        );
        let Some(own) = own.filter(|_| person) else {
            return false;
        };
        let others = |mailbox: &Mailbox| mailbox.address() != own.address();
        self.address.as_ref().is_some_and(others) || from.is_some_and(others)
    }

    fn account_name(&self) -> &str {
        self.account.as_ref().map_or("-", |account| &account.name)
    }
}

/// `--format`, else its variable.
fn choice(args: &Args, context: &Context<'_>) -> anyhow::Result<Choice> {
    let given = match args.format {
        Some(given) => given,
        None => match context.settings.environment().get(variable::FORMAT) {
            Some(text) => clap::ValueEnum::from_str(&text, false).map_err(|_| {
                UsageError::new(format!(
                    "{} is {text:?}: it must be auto, json or mime",
                    variable::FORMAT
                ))
            })?,
            None => FormatChoice::Auto,
        },
    };
    Ok(match given {
        FormatChoice::Auto => Choice::Auto,
        FormatChoice::Json => Choice::Json,
        FormatChoice::Mime => Choice::Mime,
    })
}

/// Signs in and sends, once.
fn submit(
    submission: &Submission,
    target: &Target,
    context: &Context<'_>,
) -> anyhow::Result<Receipt> {
    let Some(account) = &target.account else {
        return Err(config::Error::NoAccount.into());
    };
    let mut uploads = match submission {
        Submission::Direct { .. } => None,
        Submission::Staged { .. } => {
            let stop = interrupt::flag().context("listening for Ctrl-C")?;
            Some(Uploads::new(context.ui, stop))
        }
    };
    let receipt = session::with_graph(account, context, |graph| match &mut uploads {
        None => to_graph(graph, &target.sender, submission, &mut ()),
        Some(uploads) => to_graph(graph, &target.sender, submission, uploads),
    })?;
    receipt.map_err(|error| report::unsent("the message", error))
}

/// Says that Graph has it.
fn accepted(
    receipt: &Receipt,
    submission: &Submission,
    context: &Context<'_>,
) -> std::io::Result<()> {
    let recipients = submission.recipients();
    let ui = context.ui;
    if ui.manner().json {
        ui.json(&json!({
            "ok": true,
            "status": "accepted",
            "transport": submission.transport(),
            "recipients": recipients,
            "request_id": receipt.request_id,
            "client_request_id": receipt.client_request_id,
            "message_id": submission.message_id(),
        }))?;
        return Ok(());
    }
    let unit = if recipients == 1 {
        "recipient"
    } else {
        "recipients"
    };
    ui.success(&format!("graphmail: accepted for {recipients} {unit}"));
    ui.detail(&format!(
        "graphmail: request-id {}, client-request-id {}, message-id {}",
        receipt.request_id.as_deref().unwrap_or("none"),
        receipt.client_request_id,
        submission.message_id().unwrap_or("chosen by the service"),
    ));
    Ok(())
}
