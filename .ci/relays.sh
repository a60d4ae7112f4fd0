#!/usr/bin/env bash
# Postfix as the queue of a network, and graphmail as its transport to Microsoft 365, which is the sandbox: through
# pipe(8), as the manual of smtpd has it, and with the mail service as the next hop of SMTP. Then Exim with a pipe.
# Both are unpacked in a temporary folder and run there with chroot(8). The host is not changed, and only loopback
# is used. It takes root. Usage: .ci/relays.sh GRAPHMAIL
set -euo pipefail
graphmail=$(realpath "${1:?the program}")
cd "$(dirname "$0")/.."

# shellcheck source=.ci/common.sh
. .ci/common.sh
root=$work/root
folder=$work/messages
log=$root/var/log/mail.log
fail() {
    echo "relays: $*" >&2
    tail -n 20 "$log" >&2 || true
    exit 1
}
[ "$(id -u)" = 0 ] || fail 'only root can use chroot'

# Both, and the libraries of the host that they and graphmail use.
unpack "$root" exim4-daemon-light postfix
mkdir -p "$root"/{dev,tmp,usr/bin,etc/postfix,etc/exim4,etc/graphmail,var/spool/exim4,var/log/exim4,var/log,var/lib/postfix}
cp "$graphmail" "$root/usr/bin/graphmail"
programs=(usr/bin/graphmail usr/sbin/exim4 usr/sbin/sendmail usr/sbin/postdrop)
for name in master pickup cleanup trivial-rewrite qmgr pipe smtp bounce error postlogd; do
    programs+=("usr/lib/postfix/sbin/$name")
done
with_libraries "$root" "${programs[@]}"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 444 "$root/dev/urandom" c 1 9
printf '%s\n' root:x:0:0::/: graphmail:x:901:901::/: Debian-exim:x:904:905::/: postfix:x:902:902::/: nobody:x:903:903::/: >"$root/etc/passwd"
printf '%s\n' root:x:0: graphmail:x:901: postfix:x:902: postdrop:x:904: Debian-exim:x:905: nogroup:x:903: >"$root/etc/group"
printf '127.0.0.1 h.example localhost\n' >"$root/etc/hosts"
install -d -m 700 -o 901 "$root/var/lib/graphmail/901"

# Microsoft 365. Each request to send counts: the second has a wrong recipient, and the fourth is accepted without an
# answer. The third is the bounce of the second.
head -c 30 /dev/urandom | base64 >"$root/etc/graphmail/secret"
"$graphmail" sandbox --folder "$folder" --client-secret-file "$root/etc/graphmail/secret" \
    --fault 'POST /users/*/sendMail=404,code=ErrorInvalidUser,after=1' \
    --fault 'POST /users/*/sendMail=reset-after,after=2' >"$work/environment" 2>"$work/sandbox.log" &
started+=($!)
until_true grep -q TOKEN_STORE "$work/environment" || fail 'the sandbox does not start'
url=$(sh -c ". $work/environment; printf %s \"\$GRAPHMAIL_GRAPH_URL\"")
# Writes graphmail's configuration: the URL of Microsoft 365, whether messages are queued, and where / is.
configure() {
    cat >"$root/etc/graphmail/relay.toml" <<END_OF_CONFIG
default_account = "relay"

[accounts.relay]
auth = "client-secret"
client_secret_file = "$3/etc/graphmail/secret"
tenant = "sandbox.example"
client_id = "00000000-0000-0000-0000-000000000000"
mailbox = "relay@sandbox.example"
cloud = "sandbox"
token_store = "none"

[clouds.sandbox]
graph = "$1"
login = "$1"

[sendmail]
allowed_from = ["@h.example"]

[outbox]
queue = "$2"
END_OF_CONFIG
}
chown 901 "$root/etc/graphmail/secret"
chmod 400 "$root/etc/graphmail/secret"

# The mail service as a next hop. It has the same account.
configure "$url" always "$root"
cp "$root/etc/graphmail/relay.toml" "$work/service.toml"
(exec env -i HOME="$work" GRAPHMAIL_CONFIG="$work/service.toml" GRAPHMAIL_STATE_DIR="$work/spool" \
    "$graphmail" smtpd --listen 127.0.0.1:0) 2>"$work/smtpd.log" &
started+=($!)
until_true grep -qs "^graphmail: listening on" "$work/smtpd.log" || fail "$(cat "$work/smtpd.log")"
port=$(sed -n 's/^graphmail: listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$work/smtpd.log")

# A block of the manual, after these words.
recipe() {
    awk -v after="$1" 'index($0, after) { found = 1 } found && /^```/ { if (++fences == 2) exit; next } fences == 1' \
        src/commands/manual/pages/graphmail-sendmail.7.md | grep .
}
# Postfix. What is deferred is tried again in seconds.
cat >"$root/etc/postfix/main.cf" <<END_OF_POSTFIX
compatibility_level = 3.6
myhostname = h.example
myorigin = h.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
maillog_file = /var/log/mail.log
fast_flush_domains =
in_flow_delay = 0s
queue_run_delay = 1s
minimal_backoff_time = 3s
maximal_backoff_time = 3s
$(recipe 'Postfix, in main.cf')
transport_maps = inline:{ { relay.example = smtp:[127.0.0.1]:$port } }
disable_dns_lookups = yes
END_OF_POSTFIX
cat >"$root/etc/postfix/master.cf" <<END_OF_SERVICES
pickup    unix       n - n - 1 pickup
cleanup   unix       n - n - 0 cleanup
rewrite   unix       - - n - - trivial-rewrite
qmgr      unix       n - n - 1 qmgr
bounce    unix       - - n - 0 bounce
defer     unix       - - n - 0 bounce
trace     unix       - - n - 0 bounce
error     unix       - - n - - error
retry     unix       - - n - - error
smtp      unix       - - n - - smtp
postlog   unix-dgram n - n - 1 postlogd
$(recipe 'Postfix, in master.cf')
END_OF_SERVICES
queue=$root/var/spool/postfix
mkdir -p "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,pid,private,public,saved,trace}
chown 902 "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace} "$root/var/lib/postfix"
chown 902:904 "$queue"/{maildrop,public}
chmod 730 "$queue/maildrop"
touch "$log"
chroot "$root" /usr/lib/postfix/sbin/master -c /etc/postfix -d &
started+=($!)
until_true test -S "$queue/public/qmgr" || fail 'Postfix does not start'

subjects() { grep -hF "\"subject\": \"$1\"" "$folder"/*.json 2>/dev/null || true; }
has() { [ "$(subjects "$1" | wc -l)" -ge "$2" ]; }
arrived() {
    until_true has "$1" "$2" || fail "$1: $(subjects "$1" | wc -l) messages, not $2"
}
logged() { grep -qE "$1" "$log"; }
status() { until_true logged "$1" || fail "the log of Postfix does not say $1"; }
send() {
    printf 'From: Jane <jane@h.example>\nTo: a@example.org\nSubject: %s\n\n.\nGr\303\274\303\237e\n' "$1" |
        chroot "$root" /usr/sbin/sendmail -i -f jane@h.example "${@:2}"
}

configure "$url" never ''
send one a@example.org b@example.org '"odd name"@example.org'
arrived one 1
python3 .ci/callers.py "$folder" one from=jane@h.example to=a@example.org cc= bcc='"odd name"@example.org,b@example.org'
status 'to=<b@example.org>.* relay=graphmail, .* status=sent'

send two wrong@example.org
status 'to=<wrong@example.org>.* dsn=5.1.1, status=bounced \(user unknown. Command output: graphmail: error: '
arrived 'Undelivered Mail Returned to Sender' 1

send three doubt@example.org
status 'to=<doubt@example.org>.* dsn=5.*, status=bounced .*graphmail: error: .*may have '
arrived three 1
arrived 'Undelivered Mail Returned to Sender' 2

# A port on which nothing listens.
configure http://127.0.0.1:9 never ''
send four later@example.org
status 'to=<later@example.org>.* dsn=4.3.0, status=deferred '
configure "$url" never ''
arrived four 1
status 'to=<later@example.org>.* status=sent '

# A credential that cannot be read, and a configuration that cannot be read.
chmod 000 "$root/etc/graphmail/secret"
send secret later@example.org
status 'to=<later@example.org>.* dsn=4.3.0, status=deferred .*secret'
chmod 400 "$root/etc/graphmail/secret"
arrived secret 1
echo 'nonsense' >"$root/etc/graphmail/relay.toml"
send unread later@example.org
status 'to=<later@example.org>.* dsn=4.3.0, status=deferred .*not TOML'
configure "$url" never ''
arrived unread 1

send five a@relay.example
status 'to=<a@relay.example>, relay=127.0.0.1.* status=sent \(250 2.0.0 queued as '
arrived five 1

until_true sh -c "[ -z \"\$(find '$queue'/active '$queue'/incoming '$queue'/deferred -type f)\" ]" || fail 'the queue is not empty'
# Exim, with a transport as in the manual.
router_and_transport=$(recipe 'Exim, a router')
cat >"$root/etc/exim4/exim4.conf" <<END_OF_EXIM
primary_hostname = h.example
keep_environment =
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
begin routers
${router_and_transport%graphmail:*}
begin transports
graphmail:${router_and_transport##*graphmail:}
begin retry
* * F,1h,1s
END_OF_EXIM
chown 904:905 "$root"/var/{spool,log}/exim4
log=$root/var/log/exim4/mainlog
exim() { chroot "$root" /usr/sbin/exim4 "$@" 2>&1; }
by_exim() { sed "s/^Subject: .*/Subject: $1/" "$work/mail" | exim -odf -i -f jane@h.example "${@:2}"; }
printf 'From: Jane <jane@h.example>\nTo: a@example.org\nSubject: x\n\nHi\n' >"$work/mail"
by_exim six a@example.org b@example.org
arrived six 1
python3 .ci/callers.py "$folder" six from=jane@h.example to=a@example.org cc= bcc=b@example.org
configure http://127.0.0.1:9 never ''
by_exim seven later@example.org
[ "$(exim -bpc)" = 1 ] || fail 'Exim does not keep what is to be tried again'
configure "$url" never ''
exim -qff
arrived seven 1
[ "$(exim -bpc)" = 0 ] || fail 'the queue of Exim is not empty'

for subject in one three four secret unread five six seven; do
    [ "$(subjects "$subject" | wc -l)" = 1 ] || fail "$subject arrived twice"
done
has two 1 && fail 'a message was sent to a wrong recipient'
echo "relays: delivered, bounced, doubtful, deferred, handed to the mail service (after $SECONDS s)"
