//! The weekly job as a systemd unit and as a crontab line.

use std::path::Path;

use crate::commands::error::UsageError;
use crate::commands::report::{Result, WithContext as _};
use crate::config::{Settings, variable};
use crate::shell;

/// Variables that are copied into the job, in addition to the network variables: the job runs without
/// the user's shell.
const COPIED: [&str; 7] = [
    variable::STATE_DIR,
    variable::TOKEN_STORE,
    variable::CLOUD,
    variable::GRAPH_URL,
    variable::LOGIN_URL,
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
];

/// The timer (systemd.timer(5)): once a week, later if the host was off then, and not at the same
/// moment on every host.
pub(super) const TIMER: &str = "[Unit]
Description=Renews the sign-in of graphmail every week

[Timer]
OnCalendar=weekly
RandomizedDelaySec=12h
Persistent=true

[Install]
WantedBy=timers.target
";

/// The unit that reports a failed job, as cron does: it mails the status to the user. `%i` is the failed unit
/// (systemd.unit(5), `OnFailure=`).
pub(super) const FAILED: (&str, &str) = (
    "graphmail-failed@.service",
    "[Unit]
Description=Reports that %i failed

[Service]
Type=oneshot
ExecStart=/bin/sh -c '{ echo \"Subject: $$1 failed on $$2\"; echo; systemctl --user --no-pager --full status -- \"$$1\"; } | sendmail -- \"$$3\"' sh %i %H %u
",
);

/// The service's restrictions (systemd.exec(5)), the same as in
/// `packaging/systemd/user/graphmail-outbox.service`, which explains them.
const CONFINED: &str = "NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
LimitCORE=0
UMask=0077
";

/// When cron runs the job (crontab(5)): Mondays, not at a full hour, when many jobs start.
const CRON_TIME: &str = "17 4 * * 1";

/// `keepalive` for the account and with the configuration of this run.
pub(super) struct Job {
    /// The account, if it is named.
    account: Option<String>,
    /// Program and arguments.
    words: Vec<String>,
    /// Names and values.
    variables: Vec<(&'static str, String)>,
}

impl Job {
    pub(super) fn for_accounts(all: bool, settings: &Settings) -> Result<Self> {
        let program = std::env::current_exe().context("looking for this program's own file")?;
        let account = settings.account_name().filter(|_| !all);
        let mut words = vec![text(&program)?, "keepalive".to_owned()];
        if all {
            words.push("--all".to_owned());
        }
        if let Some(account) = account {
            words.extend(["--account".to_owned(), account.to_owned()]);
        }
        if let Some(config) = settings.config_file() {
            let path = std::path::absolute(config).context("looking for the configuration")?;
            words.extend(["--config".to_owned(), text(&path)?]);
        }
        let environment = settings.environment();
        Ok(Self {
            account: account.map(ToOwned::to_owned),
            words,
            variables: COPIED
                .into_iter()
                .chain(variable::NETWORK)
                .filter_map(|name| Some((name, environment.get(name)?)))
                .collect(),
        })
    }

    /// Removes variables that contain a password; returns their names.
    pub(super) fn leave_out_passwords(&mut self) -> Vec<&'static str> {
        let (out, kept) = std::mem::take(&mut self.variables)
            .into_iter()
            .partition(|(_, value)| holds_password(value));
        self.variables = kept;
        out.into_iter().map(|(name, _): (_, String)| name).collect()
    }

    /// The network variables that are copied into the job.
    pub(super) fn network(&self) -> Vec<&'static str> {
        let names = self.variables.iter().map(|(name, _)| *name);
        names
            .filter(|name| variable::NETWORK.contains(name))
            .collect()
    }

    /// The name of its unit; `kind` is `service` or `timer`.
    pub(super) fn unit(&self, kind: &str) -> String {
        unit(self.account.as_deref(), kind)
    }

    /// The service (systemd.service(5)).
    pub(super) fn service(&self) -> String {
        let words: Vec<_> = self.words.iter().map(|word| systemd_word(word)).collect();
        let mut service =
            "[Unit]\nDescription=Renews the sign-in of graphmail\nOnFailure=graphmail-failed@%n.service\n\n\
             [Service]\nType=oneshot\n"
                .to_owned();
        for (name, value) in &self.variables {
            // In Environment= a dollar sign is not special.
            let word = systemd_word(&format!("{name}={value}")).replace("$$", "$");
            service += &format!("Environment={word}\n");
        }
        service + &format!("ExecStart={}\n{CONFINED}", words.join(" "))
    }

    /// The line of a crontab; it ends with [`Job::mark`].
    pub(super) fn cron_line(&self) -> String {
        let variables = self
            .variables
            .iter()
            .map(|(name, value)| format!("{name}={}", shell::word(value)));
        let words = self.words.iter().map(|word| shell::word(word));
        let quiet = std::iter::once("--quiet".to_owned());
        let command: Vec<_> = variables.chain(words).chain(quiet).collect();
        // In a crontab a percent sign ends the command.
        let command = command.join(" ").replace('%', "\\%");
        format!("{CRON_TIME} {command} {}", self.mark())
    }

    /// The comment that marks the job's line.
    pub(super) fn mark(&self) -> String {
        mark(self.account.as_deref())
    }
}

/// How the names of its units begin.
pub(super) const UNIT: &str = "graphmail-keepalive";

/// The name of the unit of an account; `kind` is `service` or `timer`.
pub(super) fn unit(account: Option<&str>, kind: &str) -> String {
    let mut name = UNIT.to_owned();
    for (at, character) in account.unwrap_or_default().char_indices() {
        if at == 0 {
            name.push('-');
        }
        match character {
            // Allowed in an account's name, but forbidden or special in a unit's name (systemd.unit(5)).
            '@' | '+' => name += &format!("\\x{:02x}", u32::from(character)),
            other => name.push(other),
        }
    }
    format!("{name}.{kind}")
}

/// The comment that marks the line of the account's job.
pub(super) fn mark(account: Option<&str>) -> String {
    match account {
        Some(account) => format!("# graphmail keepalive: {account}"),
        None => "# graphmail keepalive".to_owned(),
    }
}

/// Whether the value is a URL with a password, such as that of a proxy.
fn holds_password(value: &str) -> bool {
    let urls = [value.to_owned(), format!("http://{value}")];
    urls.iter()
        .filter_map(|url| url::Url::parse(url).ok())
        .any(|url| url.password().is_some())
}

fn text(path: &Path) -> Result<String> {
    path.to_str()
        .filter(|path| !path.contains(['\n', '\r']))
        .map(ToOwned::to_owned)
        .ok_or_else(|| UsageError::new(format!("a job cannot name {}", path.display())).into())
}

/// Quotes a word for a unit file (systemd.service(5), "Command lines").
fn systemd_word(word: &str) -> String {
    if needs_no_quotes(word) {
        return word.to_owned();
    }
    let escaped = word
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('%', "%%")
        .replace('$', "$$");
    format!("\"{escaped}\"")
}

fn needs_no_quotes(word: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_./-+@:=,".contains(c))
}

#[cfg(test)]
mod tests {
    use super::Job;

    fn job(account: Option<&str>) -> Job {
        Job {
            account: account.map(ToOwned::to_owned),
            words: [
                "/opt/my mail/graphmail",
                "keepalive",
                "--config",
                "/a/50%$'\"\\.toml",
            ]
            .map(ToOwned::to_owned)
            .to_vec(),
            variables: vec![("XDG_STATE_HOME", "/var/my $tate".to_owned())],
        }
    }

    #[test]
    fn words_are_quoted_as_each_scheduler_wants_it() {
        assert_eq!(
            job(None).service().trim_end_matches(super::CONFINED),
            "[Unit]\nDescription=Renews the sign-in of graphmail\nOnFailure=graphmail-failed@%n.service\n\n\
             [Service]\nType=oneshot\n\
             Environment=\"XDG_STATE_HOME=/var/my $tate\"\n\
             ExecStart=\"/opt/my mail/graphmail\" keepalive --config \"/a/50%%$$'\\\"\\\\.toml\"\n"
        );
        assert_eq!(
            job(None).cron_line(),
            "17 4 * * 1 XDG_STATE_HOME='/var/my $tate' '/opt/my mail/graphmail' keepalive \
             --config '/a/50\\%$'\"'\\\"\\\\.toml\" --quiet # graphmail keepalive"
        );
    }

    #[test]
    fn each_account_has_a_unit_and_a_line() {
        for (account, unit, mark) in [
            (None, "graphmail-keepalive.timer", "# graphmail keepalive"),
            (
                Some("ops"),
                "graphmail-keepalive-ops.timer",
                "# graphmail keepalive: ops",
            ),
            (
                Some("j+x@contoso.com"),
                "graphmail-keepalive-j\\x2bx\\x40contoso.com.timer",
                "# graphmail keepalive: j+x@contoso.com",
            ),
        ] {
            let job = job(account);
            assert_eq!(
                (job.unit("timer"), job.mark()),
                (unit.to_owned(), mark.to_owned())
            );
        }
    }
}
