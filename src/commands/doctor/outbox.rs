//! Checks the outbox: whether queued messages are sent, and which entries need the user.

use std::io::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::check::{Check, Whose};
use crate::commands::report::{Advice, Command, Result, Step};
use crate::commands::{Context, deliver, hold, stamp};
use crate::config::Account;
use crate::outbox::{Listed, Outbox, State};
use crate::shell;

const NAME: &str = "outbox";

/// If a message is due for longer than this, no job flushes the outbox.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);

/// After so many attempts, a message that is still to be sent is a failure.
const REPEATED: u32 = 3;

/// Installs a cron job that flushes the outbox. A crontab that cannot be read is not replaced: only the
/// words of cron, and of BusyBox, in the locale C tell that there is none yet.
const FLUSH: &str = "t=$(LC_ALL=C crontab -l 2>&1) || case $t in *'no crontab for'*|*'No such file'*) t= ;; *) \
     echo \"$t\" >&2; false ;; esac && printf '%s\\n' \"$t\" \"*/5 * * * * $(command -v graphmail) outbox flush\" | crontab -";

/// The outbox, if it is not empty, and whether its mailboxes or that of `account` are throttled.
pub(super) fn checks(account: Option<&Account>, whose: Whose, context: &Context<'_>) -> Vec<Check> {
    // A client of the service needs no outbox.
    let lacking = context.settings.lacking_folder();
    let lacking = lacking.filter(|_| whose != Whose::Client);
    let taken =
        lacking.map(|why| Check::warn(NAME, why.to_string()).advised(Step::Program(why.remedy())));
    let (listed, unread) = match listed(context) {
        Ok(listed) => (listed, None),
        Err(error) => (Vec::new(), Some(Check::of_error(NAME, error))),
    };
    let mut held = hold::of_entries(&listed, context);
    let own = account.and_then(|account| hold::of_account(account, context));
    held.extend(own.filter(|own| !held.contains(own)));
    let full = full(context).filter(|_| whose != Whose::Client);
    let outbox = unread.or_else(|| check_entries(&listed, whose, context.seams.now()));
    let throttled = held
        .iter()
        .map(|held| Check::warn("throttling", held.as_text()).advised(Command::OutboxFlushNow));
    taken
        .into_iter()
        .chain(full)
        .chain(outbox)
        .chain(throttled)
        .collect()
}

/// The bytes that an outbox must have room for.
const ROOM: usize = 1 << 20;

/// Whether the outbox has no room for a message.
fn full(context: &Context<'_>) -> Option<Check> {
    let folder = deliver::folder(context).ok()?;
    if !folder.exists() {
        return None;
    }
    let write = || {
        let mut file = tempfile::tempfile_in(&folder)?;
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    };
    let error = write().err()?;
    let message = format!("{} takes no message: {error}", folder.display());
    let line = format!("df -h {0}; ls -ld {0}", shell::path(&folder));
    Some(Check::fail(NAME, message).advised(Advice::from(Step::Program(line)).because("see why")))
}

fn listed(context: &Context<'_>) -> Result<Vec<Listed>> {
    let root = deliver::folder(context)?;
    let outbox = Outbox::existing(&root, context.seams.as_ref())?;
    Ok(outbox.map_or(Ok(Vec::new()), |outbox| outbox.list())?)
}

fn check_entries(listed: &[Listed], whose: Whose, now: Timestamp) -> Option<Check> {
    let count = |state| listed.iter().filter(|one| one.state == state).count();
    let told: Vec<_> = [
        (State::New, "to be sent"),
        (State::Busy, "being sent"),
        (State::Doubtful, "may have been sent"),
        (State::Failed, "failed"),
    ]
    .into_iter()
    .map(|(state, words)| (count(state), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if told.is_empty() {
        return None;
    }
    let new = || {
        let new = listed.iter().filter(|one| one.state == State::New);
        new.filter_map(|one| one.entry.as_ref().ok())
    };
    let message = told.join(", ");
    let message = match new().map(|entry| entry.created).min() {
        Some(oldest) => format!("{message}, the oldest since {}", stamp(oldest)),
        None => message,
    };
    let due = new()
        .map(|entry| entry.not_before.unwrap_or(entry.created))
        .min();
    let repeated = new().max_by_key(|entry| entry.attempts);
    let repeated = repeated.filter(|entry| entry.attempts >= REPEATED);
    Some(match due {
        _ if let Some(entry) = repeated => {
            let why = entry
                .last_error
                .as_deref()
                .unwrap_or("no error is recorded");
            let message = format!("{message}; {} attempts failed: {why}", entry.attempts);
            Check::fail(NAME, message).advised(Command::OutboxList)
        }
        Some(due) if now.duration_since(due) > OVERDUE => {
            let since = stamp(due);
            let message = format!("{message}; no process has sent them since {since}");
            let check = Check::warn(NAME, message);
            match whose {
                Whose::Service => check.advised(Command::OutboxList),
                Whose::User | Whose::Client => check.advised(Step::Program(FLUSH.to_owned())),
            }
        }
        _ if count(State::Doubtful) + count(State::Failed) > 0 => {
            Check::warn(NAME, message).advised(Command::OutboxList)
        }
        _ => Check::pass(NAME, message),
    })
}
