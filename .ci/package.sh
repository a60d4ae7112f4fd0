#!/usr/bin/env bash
# The Debian packages: built of a program that is there already, installed, used, removed, purged.
# graphmail-mta is this host's sendmail for that time, so it takes root and a host that has no other.
# Usage: .ci/package.sh [PROFILE]; the packages are left in target/debian/.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}

fail() {
    echo "package: $*" >&2
    exit 1
}

for own in /etc/graphmail /usr/bin/graphmail /usr/sbin/sendmail; do
    [ ! -e "$own" ] || fail "$own is there already"
done
command -v cargo-deb >/dev/null || cargo install cargo-deb --locked --debug --version '^3.8'
command -v lintian >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends lintian >/dev/null

debs=${CARGO_TARGET_DIR:-target}/debian
rm -rf "$debs"
shellcheck packaging/debian/*/*
# The program is built already, with the features that are default.
cargo-deb deb --locked --no-build --profile "$profile"
cargo-deb deb --locked --no-build --profile "$profile" --variant mta
package=$(realpath "$debs"/graphmail_*.deb)
mta=$(realpath "$debs"/graphmail-mta_*.deb)
# No address stands behind the maintainer, and what changed is told in the project's own changelog.
lintian --allow-root --fail-on error --suppress-tags malformed-contact,no-changelog "$package" "$mta"

dpkg --contents "$package" | grep '/usr/share/doc/graphmail/THIRD-PARTY-LICENSES' >/dev/null ||
    fail 'the notices of the linked crates are missing'

home=$(mktemp -d)
service=
trap '[ -z "$service" ] || kill "$service" 2>/dev/null; rm -rf "$home" /run/graphmail; dpkg --purge graphmail-mta graphmail >/dev/null 2>&1 || true' EXIT
# What a package could leave behind. Caches and dpkg's own books are not its.
files() {
    find /etc /usr /var/lib /var/spool /var/mail /opt /srv -xdev \
        -not -path '/usr/local/*' -not -path '/var/lib/dpkg/*' -not -path '/var/lib/apt/*' | sort
}
packages() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null; }

is_enabled() { [ -L "/etc/systemd/system/$1.target.wants/$2" ]; }

packages adduser ca-certificates
# The user stays when the package is purged, and these are the former files of the users and groups.
touch /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow-
files >"$home/before"

# Alone, the program serves next to any MTA.
packages "$package"
[ ! -e /usr/sbin/sendmail ] || fail 'the package graphmail is a sendmail'
if is_enabled sockets graphmail.socket || is_enabled multi-user graphmail.service; then
    fail 'the package graphmail enables the mail service'
fi
apt-get install --simulate -q msmtp-mta >"$home/simulated"
if grep '^Remv' "$home/simulated"; then fail 'graphmail is removed for another MTA'; fi
[ "$(stat -c %a:%U:%G /var/spool/graphmail)" = 700:graphmail:graphmail ] || fail 'the spool is not the service'\''s alone'

packages "$mta"
if ! is_enabled sockets graphmail.socket || ! is_enabled multi-user graphmail.service; then
    fail 'graphmail-mta does not enable the mail service'
fi
# A second time nothing changes: that is what an upgrade to the same scripts comes to. What is disabled stays so.
rm /etc/systemd/system/multi-user.target.wants/graphmail.service
dpkg --install "$package" "$mta" >/dev/null
if is_enabled multi-user graphmail.service; then fail 'an upgrade enables what is disabled'; fi

for name in /usr/sbin/sendmail /usr/lib/sendmail /usr/bin/mailq /usr/bin/newaliases; do
    [ "$(realpath "$name")" = /usr/bin/graphmail ] || fail "$name is not graphmail"
done
export HOME=$home
unset "${!GRAPHMAIL_@}" "${!XDG_@}"
graphmail sandbox --folder "$home/messages" -- sh -ec '
    printf "Subject: hello\n\nfrom the package\n" | /usr/sbin/sendmail a@example.org
    printf "To: b@example.org\nSubject: hello\n\nfrom the package\n" | /usr/lib/sendmail -t
    mailq
    newaliases
' >/dev/null
[ "$(grep -lx 'from the package.*' "$home"/messages/*.eml | wc -l)" = 2 ] || fail 'two messages were to arrive'

# The mail service as its unit starts it, and a user without access to a credential.
install -d /run/graphmail
(exec setpriv --reuid graphmail --regid graphmail --clear-groups env -i PATH=/usr/bin \
    GRAPHMAIL_STATE_DIR=/var/spool/graphmail GRAPHMAIL_ACCESS_TOKEN=x GRAPHMAIL_MAILBOX=a@example.org \
    GRAPHMAIL_GRAPH_URL=http://127.0.0.1:9 graphmail smtpd --socket /var/spool/graphmail/submit) 2>"$home/log" &
service=$!
for _ in $(seq 100); do
    [ -S /var/spool/graphmail/submit ] && break
    sleep 0.1
done
# The socket is where systemd makes it.
ln -s /var/spool/graphmail/submit /run/graphmail/submit
printf 'Subject: hello\n\nHi\n' | env -i PATH=/usr/bin /usr/sbin/sendmail b@example.org
env -i PATH=/usr/bin HOME="$home" mailq | grep b@example.org >/dev/null || fail "the service has no message: $(cat "$home/log")"
kill "$service"
wait "$service" || fail "the service fails: $(cat "$home/log")"
service=
rm -r /run/graphmail

# A service's user has no home to write in; root alone makes its folder.
[ "$(stat -c %a:%u /var/lib/graphmail)" = 755:0 ] || fail '/var/lib/graphmail is not root'\''s alone'
install -d -m 700 -o nobody "/var/lib/graphmail/$(id -u nobody)"
printf 'Subject: hello\n\nHi\n' | runuser -u nobody -- env -i HOME=/no/home PATH=/usr/bin \
    GRAPHMAIL_ACCESS_TOKEN=x GRAPHMAIL_MAILBOX=a@example.org /usr/sbin/sendmail -odq b@example.org
kept=/var/lib/graphmail/$(id -u nobody)
[ "$(find "$kept/outbox/new" -name "*.json" | wc -l)" = 1 ] || fail "nothing is kept below $kept"
rm -r "$kept"

# Images for containers leave manual pages out.
if [ -e /usr/share/man/man1/graphmail.1.gz ]; then
    for page in man1/graphmail.1 man8/sendmail.8 man1/mailq.1 man1/newaliases.1; do
        gzip -dc "/usr/share/man/$page.gz" | grep -q '^\.TH' || fail "$page is no manual page"
    done
fi
bash -c '. /usr/share/bash-completion/completions/graphmail && complete -p graphmail' >/dev/null
[ -s /usr/share/zsh/vendor-completions/_graphmail ] || fail 'no completions for zsh'
[ -s /usr/share/fish/vendor_completions.d/graphmail.fish ] || fail 'no completions for fish'

if command -v systemd-analyze >/dev/null; then
    # Pages of commands that this program gets later are not looked for.
    systemd-analyze --man=no verify /usr/lib/systemd/system/graphmail{,-users,-outbox,-outbox@}.*
    XDG_RUNTIME_DIR=$home systemd-analyze --user --man=no verify /usr/lib/systemd/user/graphmail-outbox.*
    # What a user's service manager can restrict on every host comes to 6.2; the unit says why.
    for unit in smtpd/graphmail.service:20 smtpd/graphmail-users.service:30 system/graphmail-outbox.service:30 system/graphmail-outbox@.service:30 user/graphmail-outbox.service:65; do
        systemd-analyze security --offline=yes --threshold="${unit#*:}" "packaging/systemd/${unit%:*}" >/dev/null ||
            fail "${unit%:*} is less confined than it was: systemd-analyze security --offline=yes"
    done
    for manager in system user; do
        for wanted in timers.target.wants/graphmail-outbox.timer paths.target.wants/graphmail-outbox.path; do
            [ -L "/etc/systemd/$manager/$wanted" ] || fail "$manager: $wanted is not enabled"
        done
    done
fi

# Another MTA takes its place, as Debian Policy 11.6 has it, and not a part of it.
apt-get install --simulate -q msmtp-mta | grep -q '^Remv graphmail-mta ' || fail 'two MTAs at once'

# Configuration and mail are not the package's.
mkdir -p /etc/graphmail "$home/.local/state/graphmail/outbox/new"
touch /etc/graphmail/config.toml "$home/.local/state/graphmail/outbox/new/mail"
dpkg --remove graphmail-mta >/dev/null
[ ! -e /usr/sbin/sendmail ] || fail 'sendmail outlives the package'
if is_enabled sockets graphmail.socket; then fail 'the mail service outlives graphmail-mta'; fi
dpkg --remove graphmail >/dev/null
[ -d /var/spool/graphmail/outbox ] || fail 'queued messages are gone before the package is purged'
dpkg --purge graphmail-mta graphmail >/dev/null
for own in /etc/graphmail/config.toml "$home/.local/state/graphmail/outbox/new/mail"; do
    [ -f "$own" ] || fail "$own, which is not the package's, is gone"
done
rm -r /etc/graphmail
files >"$home/after"
diff "$home/before" "$home/after" || fail 'not everything is gone, or too much'
if update-alternatives --query sendmail >/dev/null 2>&1; then fail 'an alternative is left'; fi
echo "package: $package $mta: installed, used, removed, purged"
