//! Checks which program `sendmail` is: cron uses it to mail the output of jobs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::check::{Check, Verdict};
use crate::commands::report::{Run, Situation, Step};
use crate::commands::{Context, sendmail};

const NAME: &str = "sendmail";

/// The paths at which programs look for sendmail, before PATH (Filesystem Hierarchy Standard 3.0, /usr/sbin/sendmail and
/// /usr/lib/sendmail).
const PLACES: [&str; 2] = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];

/// Programs that send mail over SMTP with a password, which Exchange Online no longer accepts.
const SMTP_CLIENTS: [&str; 5] = ["msmtp", "ssmtp", "esmtp", "dma", "nullmailer-send"];

/// Installs graphmail as sendmail.
const LINK: &str = "sudo ln -sf \"$(command -v graphmail)\" /usr/sbin/sendmail";

pub(super) fn check(context: &Context<'_>) -> Check {
    let places = places(context);
    own(&places, context).unwrap_or_else(|| check_places(&places))
}

/// Where programs look for sendmail.
fn places(context: &Context<'_>) -> Vec<PathBuf> {
    let path = context.settings.environment().get_os("PATH");
    let path = path.map(OsString::from).unwrap_or_default();
    PLACES
        .iter()
        .map(PathBuf::from)
        .chain(std::env::split_paths(&path).map(|folder| folder.join("sendmail")))
        .collect()
}

/// The result if sendmail is this program: whether it knows where to send the mail of this user.
fn own(places: &[PathBuf], context: &Context<'_>) -> Option<Check> {
    let (place, program) = found(places).filter(|(_, program)| is_this(program))?;
    let message = describe(place, &program);
    let user = context.seams.user_name();
    Some(match sendmail::fault_of_user(&user, context) {
        None => Check::pass(NAME, message),
        Some(fault) => Check::warn(NAME, format!("{message}, but {}", fault.words()))
            .advised(fault.advice().clone()),
    })
}

/// Why the mail of a failed job does not reach this user, with the command that helps. One reason is a missing sendmail.
/// Another one is a user without an alias, if this program is sendmail.
pub(in crate::commands) fn fault(context: &Context<'_>) -> Option<String> {
    let places = places(context);
    let mut check = match own(&places, context) {
        Some(check) => check,
        None if found(&places).is_none() => check_places(&places),
        None => return None,
    };
    if check.status == Verdict::Pass {
        return None;
    }
    check.finish(&Situation::of_run(Run::Keeps, context));
    let mends = check.fix.or(check.hint);
    let mends = mends.map_or_else(String::new, |mends| format!(": {mends}"));
    Some(format!("sendmail: {}{mends}", check.message))
}

/// The first of `places` that exists, and the program, with all links followed.
fn found(places: &[PathBuf]) -> Option<(&PathBuf, PathBuf)> {
    places
        .iter()
        .find_map(|place| Some((place, place.canonicalize().ok()?)))
}

/// Whether this program is at the path.
fn is_this(program: &Path) -> bool {
    let this = std::env::current_exe().and_then(|path| path.canonicalize());
    this.is_ok_and(|this| this == program)
}

/// The result for the first of `places` that exists.
fn check_places(places: &[PathBuf]) -> Check {
    let Some((place, program)) = found(places) else {
        let message = "not installed: cron cannot mail the output of jobs";
        return Check::skip(NAME, message).advised(Step::Program(LINK.to_owned()));
    };
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let message = describe(place, &program);
    if SMTP_CLIENTS.contains(&&*name) {
        let message = format!("{message}, which sends with SMTP and a password");
        return Check::warn(NAME, message).advised(Step::Program(LINK.to_owned()));
    }
    Check::pass(NAME, message)
}

fn describe(place: &Path, program: &Path) -> String {
    if place == program {
        place.display().to_string()
    } else {
        format!("{} is {}", place.display(), program.display())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::PathBuf;

    use super::{Check, LINK, Step, check_places};

    #[test]
    fn links_are_followed_to_the_program() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().canonicalize().expect("a path");
        let file = |name: &str| {
            let path = real.join(name);
            drop(std::fs::File::create(&path).expect("a file"));
            path
        };
        let link = |to: &PathBuf, name: &str| {
            let path = real.join(name);
            std::os::unix::fs::symlink(to, &path).expect("a link");
            path
        };
        let absent = real.join("absent");
        let none = Check::skip(
            "sendmail",
            "not installed: cron cannot mail the output of jobs",
        );
        assert_eq!(
            check_places(std::slice::from_ref(&absent)),
            none.advised(Step::Program(LINK.to_owned()))
        );

        let msmtp = link(&link(&file("msmtp"), "alternative"), "sendmail");
        let shown = format!("{} is {}", msmtp.display(), real.join("msmtp").display());
        let message = format!("{shown}, which sends with SMTP and a password");
        assert_eq!(
            check_places(&[absent, msmtp]),
            Check::warn("sendmail", message).advised(Step::Program(LINK.to_owned()))
        );

        let exim = file("exim4");
        let message = exim.display().to_string();
        assert_eq!(check_places(&[exim]), Check::pass("sendmail", message));
    }
}
