//! The weekly job of `keepalive`, with the real program between stand-ins for systemctl and crontab.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::expected;
use crate::support::process::{self, Bounded as _};
use crate::support::program::{PROGRAM, Place, text};

/// Programs of the host that write down what they are asked.
struct Host {
    place: Place,
}

impl Host {
    fn new(systemctl: &str, crontab: &str) -> Self {
        let place = Place::new();
        std::fs::create_dir(place.home().join("bin")).unwrap();
        for (name, script) in [
            ("systemctl", systemctl),
            ("crontab", crontab),
            ("sendmail", "exit 9"),
        ] {
            let path = place.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        drop(place.file(
            "config.toml",
            "[accounts.ops]\nauth = \"device-code\"\ntenant = \"t\"\nclient_id = \"c\"\ntoken_store = \"file\"\n",
        ));
        Self { place }
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).run()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = self.place.bare(PROGRAM);
        let path = self.place.home().join("bin");
        command
            .args(shlex::split(line).unwrap())
            .env("PATH", format!("{}:/usr/bin:/bin", path.display()));
        command
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.place.home().join(name)).unwrap_or_default()
    }

    fn home(&self) -> &Path {
        self.place.home()
    }
}

const WELL: &str = "echo \"$@\" >> \"$HOME/asked\"";
/// As Debian's: `-l` fails where there is none.
const CRONTAB: &str = "case $1 in
-l) [ -e \"$HOME/crontab\" ] && cat \"$HOME/crontab\" || { echo 'no crontab for you' >&2; exit 1; } ;;
-) echo written >> \"$HOME/asked\"; cat > \"$HOME/crontab\" ;;
esac";

/// What the program says of itself, its own path and home left out.
fn told(host: &Host, bytes: &[u8]) -> String {
    let home = host.home().display().to_string();
    text(bytes)
        .replace(PROGRAM, "PROGRAM")
        .replace(&home, "HOME")
}

#[test]
fn the_units_are_printed() {
    let host = Host::new("exit 9", "exit 9");
    let run = host.run("keepalive --print systemd --account ops --config config.toml");
    assert_eq!((run.status.code(), text(&run.stderr)), (Some(0), ""));
    expected::same(
        "the output",
        "# graphmail-keepalive-ops.service
[Unit]
Description=Renews the sign-in of graphmail
OnFailure=graphmail-failed@%n.service

[Service]
Type=oneshot
ExecStart=PROGRAM keepalive --account ops --config HOME/config.toml
NoNewPrivileges=yes
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

# graphmail-keepalive-ops.timer
[Unit]
Description=Renews the sign-in of graphmail every week

[Timer]
OnCalendar=weekly
RandomizedDelaySec=12h
Persistent=true

[Install]
WantedBy=timers.target

# graphmail-failed@.service
[Unit]
Description=Reports that %i failed

[Service]
Type=oneshot
ExecStart=/bin/sh -c '{ echo \"Subject: $$1 failed on $$2\"; echo; systemctl --user --no-pager --full status -- \"$$1\"; } | sendmail -- \"$$3\"' sh %i %H %u
",
        &told(&host, &run.stdout),
    );
    let mut command = host.command("keepalive --print cron --all");
    let run = command
        .env("GRAPHMAIL_CONFIG", host.home().join("config.toml"))
        .env("GRAPHMAIL_STATE_DIR", "/var/lib/my mail")
        .run();
    assert_eq!(
        told(&host, &run.stdout),
        "17 4 * * 1 GRAPHMAIL_STATE_DIR='/var/lib/my mail' PROGRAM keepalive --all --config HOME/config.toml --quiet # graphmail keepalive\n"
    );
    let run = host.run("keepalive --print systemd --json --config config.toml");
    let object: Value = serde_json::from_slice(&run.stdout).unwrap();
    let units: Vec<_> = object["units"].as_object().unwrap().keys().collect();
    assert_eq!(
        units,
        [
            "graphmail-keepalive.service",
            "graphmail-keepalive.timer",
            "graphmail-failed@.service"
        ]
    );
}

/// As systemd runs it: `$$` is a dollar sign, and the specifiers are the unit, the host and the user.
#[test]
fn a_failed_job_is_mailed_to_its_user() {
    let host = Host::new("echo \"$@\"; exit 3", "exit 9");
    let sendmail = host.place.file(
        "bin/sendmail",
        "#!/bin/sh\necho \"$@\" >>\"$HOME/mail\"; cat >>\"$HOME/mail\"\n",
    );
    std::fs::set_permissions(sendmail, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = host.run("keepalive --print systemd --config config.toml");
    let printed = text(&run.stdout);
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/bin/sh"));
    let line = line.unwrap().replace("$$", "$");
    let line = line
        .replace("%i", "graphmail-keepalive.service")
        .replace("%H", "web1")
        .replace("%u", "ops");
    let words = shlex::split(&line).unwrap();
    let mut command = host.place.bare("/bin/sh");
    let path = format!("{}:/usr/bin:/bin", host.home().join("bin").display());
    let output = command.args(words).env("PATH", path).run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        host.read("mail"),
        "-- ops\nSubject: graphmail-keepalive.service failed on web1\n\n\
         --user --no-pager --full status -- graphmail-keepalive.service\n"
    );
}

/// The job and the packaged service do the same kind of work in the same kind of service manager.
#[test]
fn the_job_is_confined_as_the_service_of_the_package() {
    let host = Host::new("exit 9", "exit 9");
    let run = host.run("keepalive --print systemd --config config.toml");
    let packaged = include_str!("../../packaging/systemd/user/graphmail-outbox.service");
    let confined: Vec<_> = packaged
        .lines()
        .skip_while(|line| !line.starts_with("NoNewPrivileges="))
        .filter(|line| !line.starts_with('#'))
        .collect();
    let confined = confined.join("\n");
    assert!(confined.contains("SystemCallFilter=@system-service"));
    assert!(text(&run.stdout).contains(&confined), "{run:?}");
}

#[test]
fn the_timer_is_written_and_enabled_twice_over() {
    let host = Host::new(WELL, "exit 9");
    for _ in 0..2 {
        let run = host.run("keepalive --install --config config.toml");
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        assert_eq!(
            text(&run.stderr),
            "graphmail: graphmail-keepalive.timer renews the sign-in every week\n\
             graphmail: if it fails, sendmail mails its status to this user\n\
             graphmail: so that it runs while you have no session on this host: loginctl enable-linger\n"
        );
    }
    assert_eq!(
        host.read("asked"),
        "--user daemon-reload\n--user enable --now graphmail-keepalive.timer\n".repeat(2)
    );
    let printed = host.run("keepalive --print systemd --config config.toml");
    let service = host.read(".config/systemd/user/graphmail-keepalive.service");
    let timer = host.read(".config/systemd/user/graphmail-keepalive.timer");
    let failed = host.read(".config/systemd/user/graphmail-failed@.service");
    assert_eq!(
        text(&printed.stdout),
        format!(
            "# graphmail-keepalive.service\n{service}\n# graphmail-keepalive.timer\n{timer}\n# graphmail-failed@.service\n{failed}"
        )
    );
    // Elsewhere, where the user's configuration is.
    let folder = host.home().join("xdg");
    let mut command = host.command("keepalive --install=systemd --config config.toml --json");
    let run = command.env("XDG_CONFIG_HOME", &folder).run();
    assert_eq!(
        told(&host, &run.stdout),
        "{\"ok\":true,\"installed\":\"systemd\",\"files\":[\"HOME/xdg/systemd/user/graphmail-keepalive.service\",\"HOME/xdg/systemd/user/graphmail-keepalive.timer\",\"HOME/xdg/systemd/user/graphmail-failed@.service\"]}\n"
    );
}

#[test]
fn without_a_user_manager_the_commands_are_told() {
    let host = Host::new(
        "echo 'Failed to connect to bus:\n No medium found' >&2; exit 1",
        "",
    );
    let run = host.run("keepalive --install --config config.toml");
    assert_eq!(
        (run.status.code(), text(&run.stderr)),
        (
            Some(74),
            "graphmail: error: installing the job: systemctl --user daemon-reload: Failed to connect to bus: No medium found\n\
             hint: in a session of this user: systemctl --user daemon-reload && systemctl --user enable --now 'graphmail-keepalive.timer'; \
             then: loginctl enable-linger; or: graphmail --config config.toml keepalive --install=cron\n"
        )
    );
    assert!(
        !host
            .read(".config/systemd/user/graphmail-keepalive.timer")
            .is_empty()
    );
    std::fs::remove_file(host.home().join("bin/systemctl")).unwrap();
    let mut command = host.command("keepalive --install --config config.toml");
    let run = command.env("PATH", host.home().join("bin")).run();
    assert_eq!(run.status.code(), Some(74));
    let first =
        "graphmail: error: installing the job: systemctl: No such file or directory (os error 2)\n";
    assert!(
        text(&run.stderr).starts_with(first),
        "{}",
        text(&run.stderr)
    );
}

#[test]
fn cron_gets_one_line_beside_the_users_own() {
    let host = Host::new("exit 9", CRONTAB);
    let install = |line: &str| {
        let run = host.run(&format!(
            "keepalive --install=cron --config config.toml {line}"
        ));
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        let table = std::fs::read(host.home().join("crontab")).unwrap();
        told(&host, &table)
    };
    let own =
        "17 4 * * 1 PROGRAM keepalive --config HOME/config.toml --quiet # graphmail keepalive\n";
    let ops = "17 4 * * 1 PROGRAM keepalive --account ops --config HOME/config.toml --quiet # graphmail keepalive: ops\n";
    assert_eq!(install(""), own);
    let users = "# mine\n@daily  backup  # graphmail keepalive is not meant\n";
    drop(host.place.file("crontab", users));
    assert_eq!(install(""), format!("{users}{own}"));
    assert_eq!(install("--account ops"), format!("{users}{own}{ops}"));
    // It is there, and a line of former days is replaced.
    std::fs::remove_file(host.home().join("asked")).unwrap();
    assert_eq!(install(""), format!("{users}{own}{ops}"));
    assert_eq!(host.read("asked"), "");
    let moved = host.read("crontab").replace(PROGRAM, "/old/graphmail");
    drop(host.place.file("crontab", &moved));
    assert_eq!(
        install(""),
        format!("{users}{}{own}", ops.replace("PROGRAM", "/old/graphmail"))
    );
}

#[test]
fn a_crontab_that_may_not_be_is_told_of_with_the_line() {
    for crontab in [
        "echo 'you may not use this program' >&2; exit 1",
        "[ $1 = -l ] || { cat > /dev/null; echo 'you may not use this program' >&2; exit 1; }",
        // The table is there and cannot be read: it must stay.
        "[ $1 = -l ] || exit 0; echo 'you may not use this program' >&2; exit 1",
        "[ $1 = -l ] && { echo 'half a table'; echo 'you may not use this program' >&2; exit 1; }",
    ] {
        let host = Host::new("exit 9", crontab);
        let run = host.run("keepalive --install=cron --config config.toml");
        assert_eq!(run.status.code(), Some(74), "{run:?}");
        let told = told(&host, &run.stderr);
        let lines: Vec<_> = told.lines().collect();
        assert!(lines[0].starts_with("graphmail: error: installing the job: crontab -"));
        assert!(lines[0].ends_with(": you may not use this program"));
        assert_eq!(
            lines[1],
            "hint: put this line into the crontab of this user: 17 4 * * 1 PROGRAM keepalive --config HOME/config.toml --quiet # graphmail keepalive"
        );
    }
}

#[test]
fn a_job_that_will_meet_a_locked_keyring_is_warned_of() {
    let host = Host::new(WELL, "exit 9");
    drop(host.place.file(
        "config.toml",
        "[accounts.ops]\nauth = \"device-code\"\ntenant = \"t\"\nclient_id = \"c\"\n",
    ));
    let run = host.run("keepalive --print cron --config config.toml");
    assert_eq!(
        text(&run.stderr),
        "graphmail: warning: the job may find the keyring of account ops locked: \
         graphmail --config config.toml login --account ops --token-store file\n"
    );
}

#[test]
fn the_network_of_this_shell_goes_along_and_is_told_of() {
    let host = Host::new("exit 9", "exit 9");
    let mut command = host.command("keepalive --print cron --config config.toml");
    let run = command
        .env("HTTPS_PROXY", "http://127.0.0.1:3128")
        .env("SSL_CERT_FILE", "/etc/ssl/own.pem")
        .run();
    assert_eq!(
        (told(&host, &run.stdout).as_str(), text(&run.stderr)),
        (
            "17 4 * * 1 HTTPS_PROXY=http://127.0.0.1:3128 SSL_CERT_FILE=/etc/ssl/own.pem PROGRAM keepalive --config HOME/config.toml --quiet # graphmail keepalive\n",
            "graphmail: warning: the job uses the current value of HTTPS_PROXY, SSL_CERT_FILE; later changes in the environment have no effect on it\n"
        )
    );
}

#[test]
fn no_job_is_installed_for_an_account_that_needs_none() {
    let host = Host::new(WELL, CRONTAB);
    drop(host.place.file(
        "config.toml",
        "[accounts.ops]\nauth = \"token-command\"\ntoken_command = \"exit 1\"\n",
    ));
    for scheduler in ["systemd", "cron"] {
        let line = format!("keepalive --install={scheduler} --config config.toml");
        let run = host.run(&line);
        assert_eq!(
            (run.status.code(), text(&run.stderr)),
            (
                Some(0),
                "graphmail: account ops: there is no refresh token to keep alive, so no job is needed\n"
            )
        );
        let run = host.run(&format!("{line} --json"));
        assert_eq!(text(&run.stdout), "{\"ok\":true,\"installed\":null}\n");
    }
    assert_eq!(host.read("asked") + &host.read("crontab"), "");
    assert!(!host.home().join(".config/systemd").exists());
}

#[test]
fn the_installed_line_runs() {
    let host = Host::new("exit 9", CRONTAB);
    let place = &host.place;
    let mut login = place
        .unsigned("login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com");
    assert!(login.run().status.success());
    let mut install = place.unsigned("keepalive --install=cron");
    let path = format!("{}:/usr/bin:/bin", host.home().join("bin").display());
    assert!(install.env("PATH", path).run().status.success());
    let table = host.read("crontab");
    let command = table.strip_prefix("17 4 * * 1 ").unwrap().trim_end();
    // As cron has it: a shell, and an environment with next to nothing.
    let before = place.sandbox().exchanges().len();
    let mut job = process::command("/bin/sh");
    job.args(["-c", command])
        .env_clear()
        .env("HOME", host.home())
        .env("PATH", "/usr/bin:/bin");
    let output = job.run();
    assert_eq!(
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr)
        ),
        (Some(0), "", "")
    );
    assert_eq!(place.sandbox().exchanges().len(), before + 1);
}

#[test]
fn a_password_stands_on_no_command_line() {
    let host = Host::new(WELL, CRONTAB);
    let proxied = |line: &str| {
        let mut command = host.command(line);
        command
            .env("HTTPS_PROXY", "http://user:hunter2@127.0.0.1:3128")
            .env("ALL_PROXY", "user:hunter2@127.0.0.1:3128")
            .env("NO_PROXY", "localhost");
        command.run()
    };
    let line = "17 4 * * 1 NO_PROXY=localhost PROGRAM keepalive --config HOME/config.toml --quiet # graphmail keepalive\n";
    let without = |name: &str| {
        format!(
            "graphmail: warning: {name} holds a password, which a job's command line would show to every user of this host; \
             it was left out; to set it, run crontab -e and add the line {name}=… at the top\n"
        )
    };
    let warned = without("HTTPS_PROXY")
        + &without("ALL_PROXY")
        + "graphmail: warning: the job uses the current value of NO_PROXY; later changes in the environment have no effect on it\n";
    let run = proxied("keepalive --print cron --config config.toml");
    assert_eq!(
        (told(&host, &run.stdout).as_str(), text(&run.stderr)),
        (line, warned.as_str())
    );
    let run = proxied("keepalive --install=cron --config config.toml");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    assert_eq!(told(&host, host.read("crontab").as_bytes()), line);

    // A unit is a file of this user's alone.
    let run = proxied("keepalive --install=systemd --config config.toml");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let unit = ".config/systemd/user/graphmail-keepalive.service";
    assert!(host.read(unit).contains("hunter2"));
    let mode = std::fs::metadata(host.home().join(unit))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_account_that_is_removed_leaves_no_job_unnoticed() {
    let host = Host::new(WELL, CRONTAB);
    for line in [
        "keepalive --install=cron --account ops",
        "keepalive --install=cron",
        "keepalive --install=systemd --account ops",
    ] {
        let run = host.run(&format!("{line} --config config.toml"));
        assert_eq!(run.status.code(), Some(0), "{run:?}");
    }
    let mut remove = host.command("accounts remove ops --config config.toml");
    let run = remove
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .run();
    let warning = "graphmail: warning: its weekly job is still installed: ";
    let units = "HOME/.config/systemd/user/graphmail-keepalive-ops";
    assert_eq!(
        (run.status.code(), told(&host, &run.stderr)),
        (
            Some(0),
            format!(
                "{warning}systemctl --user disable --now graphmail-keepalive-ops.timer; rm {units}.timer {units}.service HOME/.config/systemd/user/graphmail-failed@.service\n\
                 {warning}t=$(crontab -l) && printf '%s\\n' \"$t\" | grep -v ' # graphmail keepalive: ops$' | crontab -\n\
                 {warning}t=$(crontab -l) && printf '%s\\n' \"$t\" | grep -v ' # graphmail keepalive$' | crontab -\n"
            )
        )
    );
}

/// The unit that reports a failure stays while another job needs it.
#[test]
fn the_job_of_another_account_keeps_the_unit_that_reports() {
    let host = Host::new(WELL, CRONTAB);
    for line in [
        "keepalive --install=systemd --account ops",
        "keepalive --install=systemd --all",
    ] {
        let run = host.run(&format!("{line} --config config.toml"));
        assert_eq!(run.status.code(), Some(0), "{run:?}");
    }
    let others = host.home().join(".config/systemd/user");
    let other = others.join("graphmail-keepalive-other.timer");
    std::fs::write(other, "").unwrap();
    let mut remove = host.command("accounts remove ops --config config.toml");
    let run = remove
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .run();
    let told = told(&host, &run.stderr);
    assert!(told.contains("graphmail-keepalive-ops.service"), "{told}");
    assert!(!told.contains("graphmail-failed@"), "{told}");
}

#[test]
fn a_job_for_all_accounts_tells_of_those_for_one() {
    let host = Host::new(WELL, CRONTAB);
    let run = host.run("keepalive --install=cron --account ops --config config.toml");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let run = host.run("keepalive --install=cron --all --config config.toml");
    let warning = "graphmail: warning: the job of a single account is no longer needed: \
        t=$(crontab -l) && printf '%s\\n' \"$t\" | grep -v ' # graphmail keepalive: ops$' | crontab -\n";
    assert!(text(&run.stderr).starts_with(warning), "{run:?}");
}

/// The job's failure is mailed by sendmail: this program does not know the user, or there is none.
#[test]
fn a_job_whose_mail_would_be_lost_is_warned_of() {
    if ["/usr/sbin/sendmail", "/usr/lib/sendmail"]
        .iter()
        .any(|place| Path::new(place).exists())
    {
        return;
    }
    let host = Host::new(WELL, CRONTAB);
    let sendmail = host.home().join("bin/sendmail");
    std::fs::remove_file(&sendmail).unwrap();
    let warning = "graphmail: warning: nobody gets the mail of a job that fails: sendmail: ";
    let install = || host.run("keepalive --install=cron --account ops --config config.toml");
    let none = install();
    let said = format!("{warning}not installed: cron cannot mail the output of jobs: sudo ln -sf");
    assert!(text(&none.stderr).starts_with(&said), "{none:?}");
    std::os::unix::fs::symlink(PROGRAM, &sendmail).unwrap();
    let unknown = install();
    let said = told(&host, &unknown.stderr);
    assert!(said.starts_with(warning), "{said}");
    assert!(said.contains("is a local name without an alias"), "{said}");
    assert_eq!(unknown.status.code(), Some(0));
}
