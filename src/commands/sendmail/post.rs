//! Rewrites a message from standard input for Graph, and sends it.

use super::local_names::{aliases_of, recipients, warn};
use super::refused::Refused;
use crate::commands::report::{Advice, Result, Step};
use crate::commands::send::{self, Job, SendOptions, Target};
use crate::commands::{Context, report};
use crate::config::{self, Account, Aliases, FromChoice, variable};
use crate::delivery::Delivered;
use crate::files::Octets;
use crate::message::{
    Envelope, FromPolicy, Recipient, Sending, SendmailError, SendmailInput, SendmailMessage,
};
use crate::outbox::{CommandLine, Queue};

/// Rewrites the message for the recipients of `line`, and sends it. Returns the recipients that cannot be used.
pub(super) fn send(
    octets: Octets,
    line: &CommandLine,
    keep_only: bool,
    context: &Context<'_>,
) -> Result<Option<Refused>> {
    let (job, refused) = job(octets, line, context.settings.account(), context)?;
    post(job, keep_only, context)?;
    Ok(refused)
}

/// Rewrites the message for the recipients of `line`, to be sent by `account`. Returns also the recipients that
/// cannot be used.
pub(in crate::commands) fn job(
    octets: Octets,
    line: &CommandLine,
    account: Result<Account, config::Error>,
    context: &Context<'_>,
) -> Result<(Job, Option<Refused>)> {
    let (recipients, refused) = recipients(&line.recipients);
    let envelope = Envelope {
        recipients,
        refused,
        fields: line.fields,
        sender: line.sender.as_deref().and_then(sender),
        is_response: matches!(line.sender.as_deref().map(str::trim), Some("" | "<>")),
        name: line.name.clone(),
        senders: Vec::new(),
        user: line.user.clone(),
    };
    rewritten(octets, &envelope, (account, line.delivery_receipt), context)
}

/// Rewrites the message for the recipients of `envelope`, to be sent by `account`.
pub(in crate::commands) fn rewritten(
    octets: Octets,
    envelope: &Envelope,
    (account, delivery_receipt): (Result<Account, config::Error>, bool),
    context: &Context<'_>,
) -> Result<(Job, Option<Refused>)> {
    let aliases = aliases_of(context)?;
    let resolve = |name: &str, host: Option<&str>| {
        let (found, faults) = aliases.resolve(name, host)?;
        warn(&faults, context);
        Ok::<_, SendmailError>(found)
    };
    let input = SendmailInput::new(octets)?;
    let mut message = SendmailMessage::read(&input, envelope, &resolve)
        .map_err(|error| report::of_aliases(error, &aliases))?;
    for surname in message.surnames() {
        let line =
            format!("graphmail: warning: {surname:?} is part of a name, and not a recipient");
        context.ui.info(&line);
    }
    let refused = message.refused();
    let refused = refused.map(|error| Refused::new(error, &aliases));
    let cron = envelope
        .name
        .as_deref()
        .is_some_and(|name| matches!(name, "CronDaemon" | "Cron Daemon" | "FAnacron" | "Anacron"));
    let cron = cron || message.is_from_cron();
    if cron || envelope.is_response {
        message.mark_automatic(!cron);
    }
    let target = target(account?, context)?;
    let sending = sending(&target, &aliases, envelope.user.as_deref(), context)?;
    if let Some(own) = sending.mailbox.as_ref().filter(|_| delivery_receipt) {
        message.ask_for_delivery_receipt(own);
    }
    let eml = message.finish(envelope, &sending)?;
    Ok((Job::from_message(eml, target, context)?, refused))
}

/// Queues the message, once for each idempotency key, and does not send it.
pub(in crate::commands) fn keep(
    job: Job,
    idempotency_key: Option<&str>,
    context: &Context<'_>,
) -> Result<Delivered> {
    let options = SendOptions {
        queue: Queue::Always,
        keep_only: true,
        may_skip_outbox: false,
        idempotency_key,
    };
    Ok(job.send(&options, context)?.0)
}

/// Sends the message, or queues it.
pub(super) fn post(job: Job, keep_only: bool, context: &Context<'_>) -> Result<()> {
    let options = SendOptions {
        // Like sendmail: the message is queued before it is sent.
        queue: send::queue(None, Queue::Always, context)?,
        keep_only,
        may_skip_outbox: true,
        idempotency_key: None,
    };
    let (done, rendered) = job.send(&options, context)?;
    if let Delivered::Kept {
        id,
        error: Some(error),
        ..
    } = done
        && let Some(hint) = rendered.hint(&error, context)
    {
        // The message stays queued until the user fixes the error, so the error is reported.
        let line = format!("graphmail: queued in the outbox as {id}: {error}");
        context.ui.info(report::with_hint(line, Some(&hint)));
    }
    Ok(())
}

/// The account and its mailbox. sendmail has no option for the mailbox.
fn target(account: Account, context: &Context<'_>) -> Result<Target> {
    let setting = report::mailbox_setting(&account.name);
    let is_of_environment = account.name == config::ENVIRONMENT_ACCOUNT;
    let target = Target::of_account(Some(account), None, context);
    target.map_err(|error| match error.downcast_ref() {
        Some(config::Error::NoMailbox) if is_of_environment => error.advised(setting),
        Some(config::Error::NoMailbox) => {
            let variable = Step::Set(variable::MAILBOX, "its address");
            error.advised(Advice::from(setting).or(variable))
        }
        _ => error,
    })
}

/// The sending mailbox and its settings, from account and configuration.
fn sending(
    target: &Target,
    aliases: &Aliases,
    user: Option<&str>,
    context: &Context<'_>,
) -> Result<Sending> {
    let settings = context.settings.file()?.sendmail.clone();
    Ok(Sending {
        mailbox: target.address().cloned(),
        allowed: settings.allowed_from,
        hosts: aliases.hosts().map(ToOwned::to_owned).collect(),
        policy: match settings.from_policy {
            None | Some(FromChoice::Rewrite) => FromPolicy::Rewrite,
            Some(FromChoice::Keep) => FromPolicy::Keep,
            Some(FromChoice::Refuse) => FromPolicy::Refuse,
        },
        now: context.seams.now().to_zoned(context.seams.time_zone()),
        uuid: context.seams.uuid(),
        // A request is base64.
        longest: target.limits(&context.settings)?.request / 4 * 3,
        default_name: settings.default_name.map(|template| {
            let user = user.map_or_else(|| context.seams.user_name(), ToOwned::to_owned);
            template.expand(&user, &context.seams.host_name())
        }),
    })
}

/// The envelope sender. `None` if it is empty, as in a bounce, or cannot be read. Graph has no envelope,
/// so the sender is only used if From is missing.
fn sender(text: &str) -> Option<Recipient> {
    let list = Recipient::parse_list(text).ok()?;
    <[Recipient; 1]>::try_from(list).ok().map(|[sender]| sender)
}
