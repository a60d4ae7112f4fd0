//! Files and folders that other users could have made, changed or linked elsewhere.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::time::Duration;

use graphmail::budget::{Budget, Limits};
use graphmail::files::{self, Lock, Untrusted};
use graphmail::outbox::Outbox;
use graphmail::sandbox::Options;

use crate::support::host::World;
#[cfg(target_os = "linux")]
use crate::support::process::Bounded as _;
use crate::support::program::{Place, text};
use crate::support::seams::Fixed;

const SEND: &str = "send -t a@example.org";

fn untrusted(error: &std::io::Error) -> &Untrusted {
    Untrusted::in_error(error).unwrap_or_else(|| panic!("{error}"))
}

#[test]
fn dangling_links_make_no_file_where_they_lead() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("rate");
    let target = folder.path().join("target");
    files::make_folder(&own).unwrap();
    symlink(&target, own.join("link")).unwrap();
    let link = own.join("link");
    for error in [
        Lock::take(&link).map(drop).unwrap_err(),
        files::open(&link).map(drop).unwrap_err(),
    ] {
        assert_eq!(untrusted(&error), &Untrusted::Link(link.clone()));
    }
    assert!(files::create(&link, |_| Ok(())).is_err());
    assert!(files::make_folder(&link).is_err());
    assert!(files::make_folder(&link.join("below")).is_err());
    assert!(!Lock::is_held(&link));
    assert!(!target.exists());
    files::replace(&link, b"new").unwrap();
    assert!(
        !target.exists() && !link.is_symlink(),
        "the link is replaced"
    );
}

/// What a link leads to is neither read nor locked nor written, whoever's it is.
#[test]
fn links_to_what_is_there_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let target = folder.path().join("target");
    files::make_folder(&own).unwrap();
    std::fs::write(&target, "secret").unwrap();
    let link = own.join("link");
    symlink(&target, &link).unwrap();
    for error in [
        files::read(&link).map(drop).unwrap_err(),
        Lock::take(&link).map(drop).unwrap_err(),
    ] {
        assert_eq!(untrusted(&error), &Untrusted::Link(link.clone()));
    }
    assert!(files::create(&link, |_| Ok(())).is_err());
    files::replace(&link, b"new").unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"secret");
    let linked = folder.path().join("linked");
    symlink(&own, &linked).unwrap();
    for error in [
        files::read(&linked.join("link")).map(drop).unwrap_err(),
        files::create(&linked.join("file"), |_| Ok(())).unwrap_err(),
        files::replace(&linked.join("file"), b"").unwrap_err(),
        files::make_folder(&linked).unwrap_err(),
    ] {
        assert_eq!(untrusted(&error), &Untrusted::Link(linked.clone()));
    }
    assert_eq!(std::fs::read_dir(&own).unwrap().count(), 1);
}

#[test]
fn budget_outbox_and_keys_follow_no_links() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    let seams = Fixed::new();
    let rate = folder.path().join("rate");
    let mailbox = ("https://graph.example.org", "a@example.org");
    let open = || Budget::open(&rate, mailbox, Limits::default(), &seams);
    drop(open().unwrap());
    let ledger = std::fs::read_dir(&rate).unwrap().next().unwrap().unwrap();
    for name in ["place-1", "ledger.json"] {
        symlink(&target, ledger.path().join(name)).unwrap();
    }
    assert!(open().unwrap().wait_for_slot(Duration::ZERO).is_err());
    assert!(open().unwrap().release().is_err());
    let root = folder.path().join("outbox");
    let outbox = Outbox::open(&root, &seams).unwrap();
    drop(outbox.keys().unwrap());
    std::fs::remove_dir(root.join("keys")).unwrap();
    symlink(&target, root.join("keys")).unwrap();
    assert!(outbox.keys().is_err());
    std::fs::remove_dir(root.join("contents")).unwrap();
    std::fs::create_dir(&target).unwrap();
    symlink(&target, root.join("contents")).unwrap();
    assert!(Outbox::open(&root, &seams).is_err());
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
}

#[test]
fn folders_that_others_can_change_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    files::make_folder(&own).unwrap();
    for mode in [0o720, 0o702] {
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = files::create(&own.join("file"), |_| Ok(())).unwrap_err();
        let path = own.clone();
        assert_eq!(untrusted(&error), &Untrusted::Writable { path, mode });
        assert_eq!(
            untrusted(&error).remedy(),
            format!("chmod go-w {}", own.display())
        );
    }
    if rustix::process::geteuid().is_root() {
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o700)).unwrap();
        chown(&own, Some(12345), None).unwrap();
        for error in [
            files::make_folder(&own.join("rate/below")).unwrap_err(),
            Lock::take(&own.join("lock")).map(drop).unwrap_err(),
        ] {
            assert!(matches!(
                untrusted(&error),
                Untrusted::Owner { owner: 12345, .. }
            ));
        }
        assert_eq!(std::fs::read_dir(&own).unwrap().count(), 0);
    }
}

#[test]
fn a_log_may_be_a_link_of_this_user_and_of_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("log"));
    symlink(&target, &link).unwrap();
    drop(files::open_log(&link).unwrap());
    let mode = std::fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    if rustix::process::geteuid().is_root() {
        std::fs::remove_file(&target).unwrap();
        std::os::unix::fs::lchown(&link, Some(12345), None).unwrap();
        assert!(files::open_log(&link).is_err());
        assert!(!target.exists());
    }
}

#[test]
fn waiting_for_a_lock_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let held = Lock::take(&path).unwrap();
    let limit = Duration::from_secs(10);
    let waited = Lock::wait(&path, &|_| {}, &|waited| waited < limit).unwrap();
    assert_eq!(waited.unwrap_err(), limit);
    drop(held);
    assert!(Lock::wait(&path, &|_| {}, &|_| false).unwrap().is_ok());
}

#[test]
fn the_lock_of_the_configuration_is_private_and_not_waited_for_without_end() {
    let world = World::alone();
    world.configure("[accounts.a]\nauth = \"azure-cli\"\n[accounts.b]\nauth = \"azure-cli\"\n");
    assert_eq!(world.run("accounts use a").status, 0);
    let path = world.home().join(".config/graphmail/.config.toml.lock");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let held = Lock::take(&path).unwrap();
    world.run("accounts use b").failed(
        75,
        "graphmail: error: another process holds the lock HOME/.config/graphmail/.config.toml.lock: gave up after 10 seconds\n\
         hint: it is safe to run it again; or: fuser HOME/.config/graphmail/.config.toml.lock shows the process that holds the lock\n",
    );
    drop(held);
    assert_eq!(world.run("accounts use b").status, 0);
}

#[test]
fn what_others_can_change_names_neither_a_secret_nor_a_url() {
    let world = World::with(Options::default());
    let config = world.home().join(".config/graphmail/config.toml");
    let app = "client_id = \"i\"\ntenant = \"t\"\nmailbox = \"a@example.org\"\n";
    for (entry, owner, key) in [
        (
            "auth = \"client-secret\"\nclient_secret_file = \"/etc/shadow\"\n",
            "account \"a\"",
            "client_secret_file",
        ),
        (
            "auth = \"certificate\"\ncertificate = \"/etc/shadow\"\n",
            "account \"a\"",
            "certificate",
        ),
        (
            "auth = \"federated\"\nfederated_token_file = \"/etc/shadow\"\n",
            "account \"a\"",
            "federated_token_file",
        ),
        (
            "auth = \"device-code\"\ncloud = \"x\"\n[clouds.x]\ngraph = \"https://g.example\"\nlogin = \"https://l.example\"\n",
            "cloud \"x\"",
            "login",
        ),
    ] {
        world.configure(&format!("[accounts.a]\n{app}{entry}"));
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o660)).unwrap();
        world.run(SEND).failed(
            78,
            &format!(
                "graphmail: error: {owner}: {key} is not used: HOME/.config/graphmail/config.toml may be written by its group (mode 0660)\n\
                 hint: chmod go-w HOME/.config/graphmail/config.toml\n"
            ),
        );
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(world.requests(), Vec::<String>::new());
}

/// As `sudo -E` runs it: root, with the home of another user.
#[test]
fn mail_goes_without_an_outbox_in_another_users_home() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a folder away.
    }
    let mut world = World::ready();
    let state = world.home().join("state");
    std::fs::create_dir(&state).unwrap();
    chown(&state, Some(12345), None).unwrap();
    world.set("GRAPHMAIL_STATE_DIR", state.to_str().unwrap());
    for line in [SEND, "send -t a@example.org --queue always"] {
        let run = world.run(line);
        assert_eq!(run.status, 0, "{run:?}");
    }
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 0);
}

/// The words that put `unshare` before a program which then sees a `/var/lib/graphmail` of its own; `None`
/// on a host that gives nobody a namespace.
#[cfg(target_os = "linux")]
fn apart(place: &Place) -> Option<&'static [&'static str]> {
    let ways: [&[_]; 2] = [&["--mount"], &["--mount", "--user", "--map-root-user"]];
    let mount = |way: &&&[&str]| {
        // `env` fails where there is no `unshare`.
        let mut unshare = place.bare("env");
        let probe = "mount -t tmpfs none /var/lib";
        let words = unshare.arg("unshare").args(**way).args(["sh", "-c", probe]);
        words.run().status.success()
    };
    ways.iter().find(mount).copied()
}

/// Runs the program as a user without a home, in whose host these commands have put something at
/// `/var/lib/graphmail/0`: the exit status, standard error, and all that then is in `/var/lib`. `None` on a
/// host that gives this user no `/var/lib` of its own.
#[cfg(target_os = "linux")]
fn without_home(place: &Place, make: &str, line: &str) -> Option<(i32, String, String)> {
    let program = place.command(line);
    let script = format!(
        "mount -t tmpfs -o mode=755 none /var/lib && cd /var/lib && mkdir -m 755 graphmail || exit 99\n\
         {make}\n\
         printf 'Subject: s\\n\\nx\\n' | \"$@\"\n\
         status=$?\n\
         find * | sort\n\
         exit $status"
    );
    let values = program.get_envs();
    let mut outer = place.bare("unshare");
    outer
        .args(apart(place)?)
        .args(["sh", "-c", &script, "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .envs(values.filter_map(|(name, value)| Some((name, value?))))
        .env("GRAPHMAIL_MAILBOX", "you@sandbox.example")
        .env("HOME", "/dev/null");
    let ended = outer.run();
    Some((
        ended.status.code().unwrap(),
        text(&ended.stderr).to_owned(),
        text(&ended.stdout).to_owned(),
    ))
}

/// A call with an outbox in a folder that is taken: what Graph does, the command line, the exit status, how many
/// messages arrive, whether the warning comes, and how the lines after it begin.
#[cfg(target_os = "linux")]
type Call = (
    &'static str,
    &'static str,
    i32,
    usize,
    bool,
    &'static [&'static str],
);

#[cfg(target_os = "linux")]
const TAKEN: [Call; 8] = [
    ("", "sendmail a@example.org", 0, 1, true, &[]),
    ("", "send -t a@example.org --body -", 0, 1, false, &[]),
    (
        "",
        "send -t a@example.org --body - --queue always",
        0,
        1,
        true,
        &[],
    ),
    // What cannot be promised is not sent.
    (
        "",
        "send -t a@example.org --body - --idempotency-key k",
        73,
        0,
        true,
        &[MAKING],
    ),
    ("", "sendmail -odq a@example.org", 0, 1, true, &[]),
    (
        "403",
        "sendmail a@example.org",
        77,
        0,
        true,
        &[UNKEPT, LOST, "hint: "],
    ),
    (
        "403",
        "send -t a@example.org --body -",
        77,
        0,
        false,
        &[DENIED, "hint: "],
    ),
    (
        "reset-after",
        "sendmail a@example.org",
        76,
        1,
        true,
        &[UNKEPT, DOUBT, "hint: "],
    ),
];

#[cfg(target_os = "linux")]
const MAKING: &str =
    "graphmail: error: making /dev/null/.local/state/graphmail/outbox: Not a directory";
#[cfg(target_os = "linux")]
const UNKEPT: &str = "graphmail: warning: the message cannot be queued: /var/lib/graphmail/0 ";
#[cfg(target_os = "linux")]
const DENIED: &str = "graphmail: error: the message was not sent: HTTP 403 ErrorAccessDenied: ";
#[cfg(target_os = "linux")]
const LOST: &str = "graphmail: error: the message was neither sent nor kept (making ";
#[cfg(target_os = "linux")]
const DOUBT: &str = "graphmail: error: the message may have been sent: ";

/// Who takes a user's name in the host's folder stops no mail of that user, and gets none to read: a message
/// is sent at once, or its caller hears that it was not.
#[cfg(target_os = "linux")]
#[test]
fn a_taken_name_in_the_hosts_folder_loses_no_mail() {
    let own = "/var/lib/graphmail/0";
    for (make, why, remedy) in [
        ("touch graphmail/0", "is not a folder", "rm"),
        (
            "mkdir -m 700 elsewhere; ln -s ../elsewhere graphmail/0",
            "is a link, which is not followed",
            "rm",
        ),
        (
            "mkdir -m 777 graphmail/0",
            "may be used by other users (mode 0777)",
            "chmod 700",
        ),
        (
            "mkdir -m 700 graphmail/0; chown 12345 graphmail/0",
            "belongs to user 12345, who can change what is sent",
            "mv",
        ),
    ] {
        if make.contains("chown") && !rustix::process::geteuid().is_root() {
            continue; // Only root can give a folder away.
        }
        let warning = format!("graphmail: warning: {own} {why}; as root: {remedy} {own}");
        for (fault, line, status, accepted, warns, told) in TAKEN {
            let place = Place::new();
            if !fault.is_empty() {
                place.fault(&format!("POST /users/*/sendMail={fault}"));
            }
            let Some((ended, stderr, found)) = without_home(&place, make, line) else {
                return;
            };
            let told: Vec<_> = [&*warning]
                .into_iter()
                .filter(|_| warns)
                .chain(told.iter().copied())
                .collect();
            let lines: Vec<_> = stderr.lines().collect();
            assert!(
                lines.len() == told.len()
                    && lines
                        .iter()
                        .zip(&told)
                        .all(|(line, told)| line.starts_with(told)),
                "{make}: {line}: {stderr}"
            );
            let arrived = place.sandbox().accepted().len();
            assert_eq!(
                (ended, arrived),
                (status, accepted),
                "{make}: {line}: {stderr}"
            );
            let elsewhere = if make.contains("elsewhere") {
                "elsewhere\n"
            } else {
                ""
            };
            assert_eq!(
                found,
                format!("{elsewhere}graphmail\ngraphmail/0\n"),
                "{make}: {line}"
            );
        }
    }
}

/// The same of a user who has no folder anywhere.
#[cfg(target_os = "linux")]
#[test]
fn a_user_without_any_folder_sends_directly() {
    for line in ["sendmail a@example.org", "sendmail -t -i a@example.org"] {
        let place = Place::new();
        let Some((status, stderr, found)) = without_home(&place, "rmdir graphmail", line) else {
            return;
        };
        let told = stderr.replace("find: '*': No such file or directory\n", "");
        assert_eq!(
            (status, told.as_str(), found.as_str()),
            (
                0,
                "graphmail: warning: user 0 has no folder for an outbox: the home is not writable, and \
                 /var/lib/graphmail/0 does not exist; as root: install -d -m 700 -o 0 /var/lib/graphmail/0\n",
                ""
            )
        );
        assert_eq!(place.sandbox().accepted().len(), 1, "{line}");
    }
}

/// The same calls where the name is free use the folder.
#[cfg(target_os = "linux")]
#[test]
fn a_user_without_a_home_has_an_outbox_in_the_hosts_folder() {
    for (make, is_kept) in [
        ("", true),
        ("mkdir -m 700 graphmail/0", true),
        ("rmdir graphmail", false),
    ] {
        let place = Place::new();
        let Some((status, stderr, found)) =
            without_home(&place, make, "sendmail -odq a@example.org")
        else {
            return;
        };
        assert_eq!(status, 0, "{make}: {stderr}");
        let sent = usize::from(!is_kept);
        assert_eq!(place.sandbox().accepted().len(), sent, "{make}");
        assert_eq!(stderr.is_empty(), is_kept, "{make}: {stderr}");
        let is_message =
            |line: &str| line.starts_with("graphmail/0/outbox/new/") && line.ends_with(".json");
        assert_eq!(
            found.lines().filter(|line| is_message(line)).count(),
            usize::from(is_kept),
            "{found}"
        );
    }
}

/// A home of another user is no place to write in, and nothing in it is obeyed: the advice never is to take
/// its files over, which would run that user's commands.
#[test]
fn another_users_home_is_neither_obeyed_nor_written() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    let world = World::alone();
    let app = "[accounts.a]\nmailbox = \"a@example.org\"\n";
    world.configure(&format!(
        "{app}auth = \"azure-cli\"\n[sendmail]\naliases_file = \"/etc/shadow\"\n"
    ));
    let config = world.home().join(".config/graphmail/config.toml");
    chown(&config, Some(12345), None).unwrap();
    let told = |what: &str| {
        format!(
            "graphmail: error: {what} is not used: HOME/.config/graphmail/config.toml belongs to user 12345, who can change what is sent\n\
             hint: set HOME to the home of user 0, or name files of user 0 with GRAPHMAIL_CONFIG and GRAPHMAIL_STATE_DIR\n"
        )
    };
    world.run(SEND).failed(78, &told("account \"a\": auth"));
    world
        .run("sendmail -bi")
        .failed(78, &told("[sendmail]: aliases_file"));
    // A link that another user made leads nowhere.
    let target = world.file("target.toml", "");
    std::fs::remove_file(&config).unwrap();
    symlink(&target, &config).unwrap();
    std::os::unix::fs::lchown(&config, Some(12345), None).unwrap();
    let run = world.run("login --token-command 'echo x'");
    assert_eq!(run.status, 74, "{run:?}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "");
    assert!(!world.home().join(".target.toml.lock").exists());
}
