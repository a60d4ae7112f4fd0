//! Recipients on the command line, and the aliases of local names.

use crate::commands::report::{self, Result};
use crate::commands::{Context, send};
use crate::config::{self, Aliases};
use crate::exit::{Class, Status};
use crate::message::limits;
use crate::message::{Mailbox, Recipient, SendmailError};
use crate::text::Visible;

/// The aliases of this host.
pub(in crate::commands) fn aliases_of(context: &Context<'_>) -> Result<Aliases, config::Error> {
    let own = send::Target::resolve(None, false, context).ok();
    let own = own.as_ref().and_then(send::Target::address);
    let is_own =
        |name: &str| own.is_some_and(|own| own.address().domain().eq_ignore_ascii_case(name));
    let mut names = context.seams.host_names();
    // Exchange has the mailboxes of this domain, even if the host is named after it.
    for name in names.iter_mut().filter(|name| is_own(name)) {
        name.truncate(name.find('.').unwrap_or(name.len()));
    }
    let aliases = context.settings.aliases(names)?;
    Ok(aliases.with_postmaster(own.cloned()))
}

/// Reports the targets of an alias that are left out.
pub(in crate::commands) fn warn(faults: &[SendmailError], context: &Context<'_>) {
    for fault in faults {
        context.ui.info(&format!("graphmail: warning: {fault}"));
    }
}

/// The recipients of the command line, and those that cannot be read.
pub(super) fn recipients(written: &[String]) -> (Vec<Recipient>, Vec<SendmailError>) {
    let (mut all, mut refused) = (Vec::new(), Vec::new());
    for text in written {
        let end = text.floor_char_boundary(limits::SHOWN);
        let written = text.get(..end).unwrap_or_default().to_owned();
        let (found, faults) = Recipient::parse_each(text);
        // A remote address may begin with the same character.
        let is_remote = |one: &Recipient| matches!(one, Recipient::Mailbox { .. });
        let is_program = text.trim_start_matches('"').starts_with('|');
        if is_program && !(faults.is_empty() && found.iter().all(is_remote)) {
            refused.push(SendmailError::Program(written));
            continue;
        }
        all.extend(found);
        let fault = |source| SendmailError::Recipient {
            written: written.clone(),
            source,
        };
        refused.extend(faults.into_iter().map(fault));
    }
    (all, refused)
}

/// `-bv`: prints the addresses of each recipient.
pub(in crate::commands) fn verify(written: &[String], context: &Context<'_>) -> Result<Status> {
    let aliases = aliases_of(context)?;
    let (recipients, refused) = recipients(written);
    let mut unknown = refused.into_iter().next();
    for recipient in recipients {
        let written = recipient.written().element.clone();
        let (found, faults) = aliases
            .mailboxes_of(&recipient)
            .map_err(|error| report::of_aliases(error, &aliases))?;
        warn(&faults, context);
        if found.is_empty() {
            context
                .ui
                .data(&Visible::line(&format!("{written}... user unknown")))?;
            unknown = Some(SendmailError::Unknown(written));
            continue;
        }
        let found: Vec<_> = found.iter().map(Mailbox::address).collect();
        let found: Vec<_> = found.iter().map(|address| address.as_str()).collect();
        let line = format!("{written}... deliverable: {}", found.join(", "));
        context.ui.data(&Visible::line(&line))?;
    }
    unknown.map_or(Ok(Class::Success.into()), |error| {
        Err(report::of_aliases(error, &aliases))
    })
}

/// `newaliases`: checks the aliases. There is no database to rebuild.
pub(in crate::commands) fn aliases(context: &Context<'_>) -> Result<Status> {
    let aliases = aliases_of(context)?;
    warn(&aliases.faults(), context);
    let line = format!("{} aliases", aliases.count());
    context.ui.data(&Visible::line(&line))?;
    aliases
        .readable()
        .map_err(|error| report::of_aliases(error, &aliases))?;
    Ok(Class::Success.into())
}
