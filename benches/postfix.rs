//! Postfix and its `smtp-source`, unpacked below a folder and run there with chroot(8), as in `.ci/relays.sh`.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

/// Unpacks Postfix below `$1`, with a listener on port `$2`. Its queue is complete, and delivers nothing: cleanup
/// writes and syncs each message, and qmgr defers it. Nothing slows a client down: `in_flow_delay` is 0.
const PREPARE: &str = r#"
set -euo pipefail
root=$1 port=$2
fail() { echo "$*" >&2; exit 1; }
. .ci/common.sh
unpack "$root" postfix
mkdir -p "$root"/{dev,etc/postfix,var/log,var/lib/postfix}
programs=(usr/sbin/smtp-source)
for name in master smtpd cleanup trivial-rewrite qmgr bounce error postlogd; do
    programs+=("usr/lib/postfix/sbin/$name")
done
with_libraries "$root" "${programs[@]}"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 444 "$root/dev/urandom" c 1 9
printf '%s\n' root:x:0:0::/: postfix:x:902:902::/: nobody:x:903:903::/: >"$root/etc/passwd"
printf '%s\n' root:x:0: postfix:x:902: postdrop:x:904: nogroup:x:903: >"$root/etc/group"
printf '127.0.0.1 h.example localhost\n' >"$root/etc/hosts"
cat >"$root/etc/postfix/main.cf" <<END
compatibility_level = 3.6
myhostname = h.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
maillog_file = /var/log/mail.log
in_flow_delay = 0s
defer_transports = smtp
disable_dns_lookups = yes
fast_flush_domains =
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
END
cat >"$root/etc/postfix/master.cf" <<END
127.0.0.1:$port inet n - n - - smtpd
cleanup   unix       n - n - 0 cleanup
rewrite   unix       - - n - - trivial-rewrite
qmgr      unix       n - n - 1 qmgr
bounce    unix       - - n - 0 bounce
defer     unix       - - n - 0 bounce
trace     unix       - - n - 0 bounce
error     unix       - - n - - error
retry     unix       - - n - - error
postlog   unix-dgram n - n - 1 postlogd
END
queue=$root/var/spool/postfix
mkdir -p "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,pid,private,public,saved,trace}
chown 902 "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace} "$root/var/lib/postfix"
chown 902:904 "$queue"/{maildrop,public}
chmod 730 "$queue/maildrop"
"#;

/// Postfix, which has started.
pub(crate) struct Postfix {
    master: Child,
    pub(crate) port: u16,
}

impl Postfix {
    /// Unpacks it below `root`, and starts it.
    ///
    /// # Errors
    /// Why it is not there, as for a user who is not root.
    pub(crate) fn start(root: &Path) -> Result<Self> {
        // A port that is free now.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let prepared = Command::new("bash")
            .args(["-c", PREPARE, "bash"])
            .arg(root)
            .arg(port.to_string())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()?;
        let why = String::from_utf8_lossy(&prepared.stderr);
        let why = why.lines().last().unwrap_or("no reason is known");
        ensure!(prepared.status.success(), "{why}");
        let master = inside(root, "/usr/lib/postfix/sbin/master")
            .args(["-c", "/etc/postfix", "-d"])
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()?;
        let postfix = Self { master, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(30) {
                bail!("it does not start");
            }
            sleep(Duration::from_millis(100));
        }
        Ok(postfix)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // It ends the processes of its group.
        let id = self.master.id().to_string();
        drop(Command::new("kill").arg(id).status());
        drop(self.master.wait());
    }
}

/// Sends `messages` with that many sessions at once, each message in a connection of its own. How long it takes.
pub(crate) fn send(
    root: &Path,
    port: u16,
    (sessions, messages): (usize, usize),
) -> Result<Duration> {
    let address = SocketAddr::from(([127, 0, 0, 1], port)).to_string();
    let begun = Instant::now();
    let status = inside(root, "/usr/sbin/smtp-source")
        .args(["-s", &sessions.to_string(), "-m", &messages.to_string()])
        .args(["-l", "1500", "-f", "jane@h.example", "-t", "a@example.org"])
        .args(["-M", "h.example", &format!("inet:{address}")])
        .status()?;
    ensure!(status.success(), "smtp-source ends with {status}");
    Ok(begun.elapsed())
}

fn inside(root: &Path, program: &str) -> Command {
    let mut command = Command::new("chroot");
    command
        .arg(root)
        .arg(program)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}
