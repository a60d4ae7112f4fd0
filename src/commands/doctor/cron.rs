//! `doctor --as-cron`: runs graphmail again with the environment of a cron job.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use super::check::{self, Check};
use super::pam;
use crate::auth::client_secret::CREDENTIALS_DIRECTORY;
use crate::auth::{ClientSecret, Credential, CredentialKind};
use crate::commands::Context;
use crate::commands::error::UsageError;
use crate::commands::report::{
    Advice, Command, Result, Run, Situation, Step, WithContext as _, in_crontab,
};
use crate::config::{Account, ENVIRONMENT_ACCOUNT, Flags, Settings, variable};
use crate::seams::Environment;

/// The PATH of Debian's cron (crontab(5): "PATH is set to "/usr/bin:/bin"").
const PATH: &str = "/usr/bin:/bin";

/// Variables that change a run, in addition to [`PREFIXES`] and the network variables.
const RELEVANT: [&str; 3] = ["XDG_CONFIG_HOME", "XDG_STATE_HOME", CREDENTIALS_DIRECTORY];
/// Prefixes of graphmail's own variables and of variables with credentials.
const PREFIXES: [&str; 5] = [
    "GRAPHMAIL_",
    "AZURE_",
    "IDENTITY_",
    "MSI_",
    "ACTIONS_ID_TOKEN_",
];

/// The user's entry in the passwd database, which cron uses.
#[derive(Debug, Clone)]
struct User {
    name: OsString,
    home: PathBuf,
}

/// Compares this environment with that of a cron job, then runs all checks in the latter.
pub(super) fn examine(large: bool, context: &Context<'_>) -> Result<Vec<Check>> {
    let user = user()?;
    let program = std::env::current_exe().context("finding this program")?;
    let mut checks = vec![reachable(&program)];
    let given = pam::variables(|path| std::fs::read_to_string(path).ok());
    let here = context.settings.environment();
    let account = context.settings.account().ok();
    let matters = |name: &str| match &account {
        Some(account) => has_effect(name, account, context),
        None => true,
    };
    let is_verbose = context.flags.verbose > 0;
    checks.extend(differences(here, &user, &given, matters, is_verbose));
    let situation = Situation::of_run(Run::Uses, context);
    checks.iter_mut().for_each(|check| check.finish(&situation));
    if !user.home.is_dir() {
        let message = format!(
            "{} is HOME for cron, but does not exist",
            user.home.display()
        );
        let mut check = Check::fail("environment", message).advised(in_crontab("HOME", "FOLDER"));
        check.finish(&situation);
        checks.push(check);
        return Ok(checks);
    }
    let output = process::Command::new(&program)
        .args(arguments(context.flags, large)?)
        .env_clear()
        .envs(&given)
        .envs(environment(&user))
        .current_dir(&user.home)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running {} in {}", program.display(), user.home.display()))?;
    let report = check::from_json(&output.stdout);
    checks.extend(report.with_context(|| {
        format!(
            "the checks in cron's environment ended with {}",
            output.status
        )
    })?);
    Ok(checks)
}

/// The variables that cron sets; they take precedence over those of PAM (crontab(5): "SHELL is set to
/// /bin/sh, and LOGNAME and HOME are set from the /etc/passwd line of the crontab's owner").
fn environment(user: &User) -> [(&'static str, OsString); 4] {
    [
        ("HOME", user.home.clone().into()),
        ("LOGNAME", user.name.clone()),
        ("PATH", PATH.into()),
        ("SHELL", "/bin/sh".into()),
    ]
}

/// The command line of the child process.
fn arguments(flags: &Flags, large: bool) -> std::io::Result<Vec<OsString>> {
    let mut arguments: Vec<OsString> = vec!["doctor".into(), "--json".into()];
    arguments.extend(large.then(|| "--large".into()));
    let mut option = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    if let Some(account) = &flags.account {
        option("--account", account.into());
    }
    if let Some(config) = &flags.config {
        option("--config", std::path::absolute(config)?.into());
    }
    if let Some(timeout) = flags.timeout {
        option("--timeout", format!("{}ms", timeout.as_millis()).into());
    }
    arguments.extend((0..flags.verbose).map(|_| "-v".into()));
    Ok(arguments)
}

#[cfg(unix)]
fn user() -> Result<User> {
    use uzers::os::unix::UserExt as _;
    let id = uzers::get_current_uid();
    let user = uzers::get_user_by_uid(id).ok_or_else(|| {
        UsageError::new(format!(
            "user {id} is not in the passwd database, so cron runs no jobs for this user"
        ))
    })?;
    Ok(User {
        name: user.name().to_owned(),
        home: user.home_dir().to_owned(),
    })
}

#[cfg(not(unix))]
fn user() -> Result<User> {
    Err(UsageError::new("there is no cron on this system").into())
}

/// Whether a job finds graphmail in cron's PATH.
fn reachable(program: &Path) -> Check {
    const NAME: &str = "program";
    let found = std::env::split_paths(PATH)
        .map(|folder| folder.join("graphmail"))
        .find(|path| path.is_file());
    match found {
        Some(path) => Check::pass(NAME, path.display().to_string()),
        // A job with the full path runs, as that of keepalive does.
        None => Check::skip(NAME, format!("graphmail is not in cron's PATH ({PATH})")).advised(
            format!("use the full path in the crontab: {}", program.display()),
        ),
    }
}

/// Whether the variable changes what a run with this account does.
fn has_effect(name: &str, account: &Account, context: &Context<'_>) -> bool {
    let here = context.settings.environment();
    let kind = account.credential.kind();
    let is_default = |folder: &str| {
        let home = here.path("HOME").map(|home| home.join(folder));
        home.is_some() && here.path(name) == home
    };
    match name {
        // They change what is printed, or only a login.
        variable::JSON | variable::QUIET | variable::VERBOSE => false,
        variable::CLIENT_ID | variable::TENANT => false,
        variable::ACCOUNT => context.settings.other_account().is_some(),
        variable::TOKEN_STORE => {
            let rest = here.iter().filter(|(other, _)| *other != name);
            let settings = Settings::from_flags(context.flags, &Environment::from_pairs(rest));
            let without = settings.and_then(|settings| settings.account());
            without.map_or(true, |without| without.token_store != account.token_store)
        }
        "XDG_CONFIG_HOME" => !is_default(".config"),
        "XDG_STATE_HOME" => !is_default(".local/state"),
        CREDENTIALS_DIRECTORY => matches!(
            account.credential,
            Credential::ClientSecret(ClientSecret::Unit(_) | ClientSecret::File(_))
        ),
        "NO_PROXY" | "no_proxy" => {
            let mut proxies = variable::NETWORK[..4].iter();
            proxies.any(|proxy| here.get(proxy).is_some())
        }
        _ if name.starts_with("AZURE_") => {
            account.name == ENVIRONMENT_ACCOUNT
                || matches!(
                    kind,
                    CredentialKind::AzureCli | CredentialKind::ManagedIdentity
                )
        }
        _ if name.starts_with("IDENTITY_") || name.starts_with("MSI_") => {
            kind == CredentialKind::ManagedIdentity
        }
        _ if name.starts_with("ACTIONS_") => kind == CredentialKind::GitHubActions,
        _ => true,
    }
}

/// A warning for each relevant variable that a job does not get with this value; `given` are those
/// that PAM sets. One that does not matter is only shown if the run `is_verbose`.
fn differences(
    here: &Environment,
    user: &User,
    given: &BTreeMap<String, String>,
    matters: impl Fn(&str) -> bool,
    is_verbose: bool,
) -> Vec<Check> {
    const NAME: &str = "environment";
    let home = here.path("HOME").filter(|home| *home != user.home);
    let mut checks: Vec<Check> = home
        .map(|home| {
            let (home, theirs) = (home.display(), user.home.display());
            Check::warn(NAME, format!("HOME is {home} here, but {theirs} for cron"))
                .advised(in_crontab("HOME", &home.to_string()))
        })
        .into_iter()
        .collect();
    let is_relevant = |name: &str| {
        RELEVANT.contains(&name)
            || variable::NETWORK.contains(&name)
            || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let set = here
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((name.to_str()?, value)))
        .filter(|(name, _)| is_relevant(name));
    checks.extend(set.filter_map(|(name, value)| {
        let message = match given.get(name) {
            Some(theirs) if value == theirs.as_str() => return None,
            Some(_) => format!("{name} has another value for cron, from /etc/environment"),
            None => format!("{name} is set here, but cron will not have it"),
        };
        if !matters(name) {
            let message = format!("{message}; it has no effect");
            return is_verbose.then(|| Check::skip(NAME, message));
        }
        let value = value.to_str().unwrap_or_default();
        Some(Check::warn(NAME, message).advised(instead(name, value)))
    }));
    if checks.is_empty() {
        checks.push(Check::pass(
            NAME,
            "cron gives a job the same relevant variables",
        ));
    }
    checks
}

/// What to do for cron instead of setting the variable `name`. Only the name of an account is shown:
/// other values may be secrets.
fn instead(name: &str, value: &str) -> Advice {
    match name {
        variable::ACCOUNT => Command::AccountsUse(value.to_owned()).into(),
        variable::TOKEN_STORE => Step::TokensInFile.into(),
        variable::ACCESS_TOKEN | "AZURE_CLIENT_SECRET" | "AZURE_CLIENT_CERTIFICATE_PASSWORD" => {
            Advice::from(Step::TokensInFile).because("do not put a secret into a crontab")
        }
        CREDENTIALS_DIRECTORY => {
            "run the job in a systemd unit with LoadCredential=: cron passes no credentials".into()
        }
        _ => in_crontab(name, "…").into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::check::Verdict;
    use super::{BTreeMap, Check, Situation, User, arguments, differences, environment};
    use crate::config::Flags;
    use crate::seams::Environment;

    fn user() -> User {
        User {
            name: "ops".into(),
            home: "/home/ops".into(),
        }
    }

    #[test]
    fn a_job_has_four_variables() {
        let environment =
            environment(&user()).map(|(name, value)| (name, value.into_string().expect("text")));
        let text = environment.map(|(name, value)| format!("{name}={value}"));
        assert_eq!(
            text,
            [
                "HOME=/home/ops",
                "LOGNAME=ops",
                "PATH=/usr/bin:/bin",
                "SHELL=/bin/sh"
            ]
        );
    }

    #[test]
    fn the_child_gets_the_flags_and_whole_paths() {
        let flags = Flags {
            account: Some("reports".to_owned()),
            config: Some("/etc/mail.toml".into()),
            timeout: Some(Duration::from_millis(1500)),
            verbose: 2,
            quiet: true,
            ..Flags::default()
        };
        let expected = "doctor --json --large --account reports --config /etc/mail.toml --timeout 1500ms -v -v";
        assert_eq!(
            arguments(&flags, true).expect("whole paths"),
            expected.split(' ').collect::<Vec<_>>()
        );
        assert_eq!(
            arguments(&Flags::default(), false).expect("none"),
            ["doctor", "--json"]
        );
    }

    #[test]
    fn what_only_this_environment_has_is_named_without_its_value() {
        let here = Environment::from_pairs([
            ("HOME", "/tmp/x"),
            ("GRAPHMAIL_ACCOUNT", "reports"),
            ("GRAPHMAIL_FROM", ""),
            ("AZURE_CLIENT_SECRET", "hunter2"),
            ("https_proxy", "http://user:hunter2@p"),
            ("XDG_RUNTIME_DIR", "/run/user/1"),
            ("LANG", "C"),
            ("NO_PROXY", "localhost"),
            ("ALL_PROXY", "http://one"),
            ("CREDENTIALS_DIRECTORY", "/run/credentials/x"),
        ]);
        let given = [("NO_PROXY", "localhost"), ("ALL_PROXY", "http://two")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = BTreeMap::from(given);
        let lines: Vec<_> = differences(&here, &user(), &given, |_| true, false)
            .into_iter()
            .map(|mut check| {
                check.finish(&Situation::default());
                let remedies = [check.fix, check.hint].into_iter().flatten();
                let remedies: Vec<_> = remedies.collect();
                format!("{}: {}", check.message, remedies.join(": "))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "HOME is /tmp/x here, but /home/ops for cron: run crontab -e and add the line HOME=/tmp/x at the top",
                "ALL_PROXY has another value for cron, from /etc/environment: run crontab -e and add the line ALL_PROXY=… at the top",
                "AZURE_CLIENT_SECRET is set here, but cron will not have it: do not put a secret into a crontab: graphmail login --token-store file",
                "CREDENTIALS_DIRECTORY is set here, but cron will not have it: run the job in a systemd unit with LoadCredential=: cron passes no credentials",
                "GRAPHMAIL_ACCOUNT is set here, but cron will not have it: graphmail accounts use reports",
                "https_proxy is set here, but cron will not have it: run crontab -e and add the line https_proxy=… at the top",
            ]
        );
        let none = |_: &str| false;
        let [home, others @ ..] = &*differences(&here, &user(), &given, none, true) else {
            panic!("HOME differs");
        };
        assert_eq!(home.status, Verdict::Warn);
        assert_eq!(others.len(), 5);
        for check in others {
            assert_eq!(check.status, Verdict::Skip, "{check:?}");
            assert!(check.message.ends_with("; it has no effect"), "{check:?}");
        }
        assert_eq!(differences(&here, &user(), &given, none, false).len(), 1);
        let bare = Environment::from_pairs([("HOME", "/home/ops")]);
        assert_eq!(
            differences(&bare, &user(), &BTreeMap::new(), |_| true, false),
            [Check::pass(
                "environment",
                "cron gives a job the same relevant variables"
            )]
        );
    }
}
