#!/usr/bin/env bash
# Real clients send to graphmail's mail service by SMTP and by sendmail, with the sandbox as Microsoft 365: each
# message arrives once, whole, for the recipients of its envelope. As root, the service and the callers of sendmail
# are users of their own, and only the service can read the credential. Only loopback is used.
# Usage: .ci/service.sh GRAPHMAIL
set -euo pipefail
graphmail=$(realpath "${1:?the program}")
cd "$(dirname "$0")/.."

fail() {
    echo "service: $*" >&2
    exit 1
}
section() { echo "service: $* (after $SECONDS s)"; }

missing=()
for pair in swaks=swaks curl=curl msmtp=msmtp mutt=mutt php=php-cli python3=python3 openssl=openssl; do
    command -v "${pair%=*}" >/dev/null || missing+=("${pair#*=}")
done
perl -MNet::SSLeay -e 1 2>/dev/null || missing+=(libnet-ssleay-perl) # swaks --tls
if command -v node >/dev/null && [ ! -e /usr/share/nodejs/nodemailer ]; then missing+=(node-nodemailer); fi
if [ ${#missing[@]} -gt 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
fi

# shellcheck source=.ci/common.sh
. .ci/common.sh
chmod 755 "$work"
folder=$work/messages

# Starts a program as a user with nothing of this script's around it; as this one, if only root could change it.
as_user() {
    local change=()
    if [ "$(id -u)" = 0 ]; then change=(setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups); fi
    exec "${change[@]}" env -i PATH="$work/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 "${@:2}"
}
mkdir "$work/bin" "$work/service" "$work/caller"
cp "$graphmail" "$work/bin/graphmail"

# Microsoft 365, and the service with the only secret.
(umask 077 && head -c 30 /dev/urandom | base64 >"$work/secret")
"$graphmail" sandbox --folder "$folder" --client-secret-file "$work/secret" >"$work/environment" 2>"$work/sandbox.log" &
sandbox=$!
started+=("$sandbox")
until_true grep -q TOKEN_STORE "$work/environment" || fail 'the sandbox does not start'
url=$(sh -c ". $work/environment; printf %s \"\$GRAPHMAIL_GRAPH_URL\"")
install -m 600 "$work/secret" "$work/service/secret"
cat >"$work/service/config.toml" <<END_OF_CONFIG
default_account = "host"

[accounts.host]
auth = "client-secret"
client_secret_file = "$work/service/secret"
tenant = "sandbox.example"
client_id = "00000000-0000-0000-0000-000000000000"
mailbox = "you@sandbox.example"
cloud = "sandbox"
token_store = "none"

[clouds.sandbox]
graph = "$url"
login = "$url"

[sendmail]
allowed_from = ["@example.org"]

[outbox]
per_minute = 60000

[smtpd]
certificate = "$work/service/tls.pem"
key = "$work/service/tls.key"

[smtpd.users.scanner]
password = "$(printf 'a password\n' | "$graphmail" smtpd --hash-password)"
from = ["scanner@example.org"]
END_OF_CONFIG
(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/service/tls.key" -out "$work/tls.pem" 2>/dev/null)
cp "$work/tls.pem" "$work/service/tls.pem"
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$work/service"
    chown -R www-data "$work/caller"
fi
(as_user nobody HOME="$work/service" GRAPHMAIL_CONFIG="$work/service/config.toml" GRAPHMAIL_STATE_DIR="$work/service/spool" \
    graphmail smtpd --listen 127.0.0.1:0 --socket "$work/service/submit") 2>"$work/log" &
service=$!
started+=("$service")
port() { sed -n 's/^graphmail: listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$work/log"; }
until_true test -S "$work/service/submit" || fail "the service does not start: $(cat "$work/log")"
port=$(port)
[ -n "$port" ] || fail "the service has no port: $(cat "$work/log")"

# Waits until as many messages have a subject that begins with these words; each subject is another.
subjects() { grep -hF "\"subject\": \"$1" "$folder"/*.json 2>/dev/null || true; }
count() { subjects "$1" | wc -l; }
has() { [ "$(count "$1")" -ge "$2" ]; }
arrived() {
    until_true has "$1" "$2" || fail "$1: $(count "$1") messages, not $2; $(tail -n 5 "$work/log")"
    [ "$(count "$1")" = "$2" ] || fail "$1: a message arrived twice"
    [ "$(subjects "$1" | sort -u | wc -l)" = "$2" ] || fail "$1: a message arrived twice, another not"
}
# Text that mail likes to spoil.
{
    printf '%s\n' '.' '..two' 'From here' 'Grüße, 日本' 'trailing ' ''
    head -c 900 /dev/zero | tr '\0' x
    printf '\n.\nlast\n'
} >"$work/body"
message() {
    printf '%s\n' 'From: Jane <jane@example.org>' 'To: a@example.org' "Subject: $1" 'MIME-Version: 1.0' \
        'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: 8bit' ''
    cat "$work/body"
}
# The message of a client: the envelope names a recipient whom the header does not name.
whole() {
    arrived "$1" 1
    python3 .ci/callers.py "$folder" "$1" from=jane@example.org to=a@example.org cc= bcc="$2" body="$work/body"
}

section 'clients'
# swaks adds a line end.
message swaks | head -c -1 >"$work/mail"
swaks --silent 2 --server 127.0.0.1 --port "$port" --from jane@example.org --to a@example.org,b@example.org \
    --data "@$work/mail"
whole swaks b@example.org
for way in PLAIN LOGIN; do
    message "swaks $way" | sed 's/jane@/scanner@/' >"$work/mail"
    swaks --silent 2 --server 127.0.0.1 --port "$port" --tls --tls-verify --tls-ca-path "$work/tls.pem" --auth "$way" \
        --auth-user scanner --auth-password 'a password' --from scanner@example.org --to a@example.org --data "@$work/mail"
    arrived "swaks $way" 1
done
# A wrong password, and a sender that is another user's. 28 and 23 are swaks's statuses of a refused login and MAIL.
refused() {
    local status=0
    swaks --silent 3 --server 127.0.0.1 --port "$port" --tls --auth PLAIN --auth-user scanner --auth-password "$1" \
        --from "$2" --to a@example.org --data "@$work/mail" || status=$?
    [ "$status" = "$3" ] || fail "swaks ends with $status, not with $3"
}
refused 'another password' scanner@example.org 28
refused 'a password' jane@example.org 23
message curl | sed 's/$/\r/' >"$work/mail"
curl --silent --show-error "smtp://127.0.0.1:$port" --mail-from jane@example.org --mail-rcpt a@example.org \
    --mail-rcpt b@example.org --upload-file "$work/mail"
whole curl b@example.org
message msmtp | msmtp --host=127.0.0.1 --port="$port" --from=jane@example.org a@example.org b@example.org
whole msmtp b@example.org
cat >"$work/muttrc" <<END_OF_MUTT
set smtp_url = "smtp://127.0.0.1:$port"
set from = "Jane <jane@example.org>"
set use_envelope_from = yes
set ssl_force_tls = no
set ssl_starttls = no
set copy = no
set charset = utf-8
set send_charset = utf-8
END_OF_MUTT
HOME=$work LC_ALL=C.UTF-8 mutt -n -F "$work/muttrc" -s mutt -b b@example.org a@example.org <"$work/body"
whole mutt b@example.org
if command -v node >/dev/null; then
    cat >"$work/mail.js" <<'END_OF_NODE'
const [, , port, body] = process.argv;
require("nodemailer").createTransport({ host: "127.0.0.1", port, ignoreTLS: true }).sendMail({
    from: "Jane <jane@example.org>", to: "a@example.org", bcc: "b@example.org", subject: "nodemailer",
    text: require("fs").readFileSync(body, "utf8") }).catch((error) => { console.error(error); process.exit(1); });
END_OF_NODE
    NODE_PATH=/usr/share/nodejs node "$work/mail.js" "$port" "$work/body"
    whole nodemailer b@example.org
fi
message smtplib | sed 's/$/\r/' >"$work/mail"
python3 - "$port" "$work/mail" <<'END_OF_PYTHON'
import smtplib, sys

with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as client:
    client.sendmail("jane@example.org", ["a@example.org", "b@example.org"], open(sys.argv[2], "rb").read(),
        mail_options=["BODY=8BITMIME"])
END_OF_PYTHON
whole smtplib b@example.org

# Three wrong passwords end a connection. Each reply comes later than the last, so this goes on meanwhile.
python3 - "$port" <<'END_OF_PYTHON' &
import base64, smtplib, sys

login = base64.b64encode(b"\0scanner\0wrong").decode()
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as client:
    client.ehlo()
    replies = [client.docmd("AUTH", "PLAIN " + login)[0] for _ in range(3)] + [client.getreply()[0]]
    assert replies == [535, 535, 535, 421], replies
    client.close()
END_OF_PYTHON
passwords=$!

section '50 clients with 20 messages each, and clients that misbehave'
python3 - "$port" <<'END_OF_PYTHON'
import smtplib, socket, sys, threading, time

port, faults = int(sys.argv[1]), []

def connect():
    client = socket.create_connection(("127.0.0.1", port), 30)
    assert client.recv(1000).startswith(b"220 ")
    return client

idle = connect()

def send(number):
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            for message in range(20):
                client.sendmail("jane@example.org", ["a@example.org"],
                    f"Subject: many {number}.{message}.\r\nTo: a@example.org\r\n\r\nHi\r\n")
    except Exception as error:
        faults.append(f"client {number}: {error!r}")

def leave():
    """Ends within the message: what has no end is not accepted."""
    client = connect()
    for line in (b"EHLO me", b"MAIL FROM:<jane@example.org>", b"RCPT TO:<a@example.org>", b"DATA"):
        client.sendall(line + b"\r\n")
        client.recv(1000)
    client.sendall(b"Subject: cut off\r\n\r\nHi\r\n.")
    client.close()

def closes(text):
    """Whether the service ends the connection after this input."""
    client = connect()
    try:
        client.sendall(text)
        while client.recv(10000):
            pass
    except ConnectionError:
        pass

def babble():
    leave()
    closes(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    closes(b"NOOP\r\n" * 1000)
    garbage = connect()
    garbage.sendall(bytes(range(256)) * 400)
    garbage.close()
    connect().close()

started = time.monotonic()
threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
threads += [threading.Thread(target=babble) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"service: 1000 messages accepted in {time.monotonic() - started:.1f} s")
idle.sendall(b"NOOP\r\n")
assert idle.recv(1000).startswith(b"250 "), "the idle connection is lost"
if faults:
    sys.exit("\n".join(faults))
END_OF_PYTHON
arrived 'many ' 1000
if has 'cut off' 1; then fail 'a message without its end was accepted'; fi

section "PHP's mail() as another user, while Microsoft 365 does not answer"
mkdir -p "$work/home/.config/graphmail"
printf '[sendmail]\nsubmit = "%s/service/submit"\n' "$work" >"$work/home/.config/graphmail/config.toml"
cat >"$work/bin/timed" <<'END_OF_TIMED'
#!/bin/bash
# sendmail, and how long it took in microseconds.
start=$EPOCHREALTIME
graphmail sendmail "$@"
status=$?
end=$EPOCHREALTIME
echo "$((${end/./} - ${start/./}))" >>"$(dirname "$0")/../caller/times"
exit $status
END_OF_TIMED
chmod 755 "$work/bin/timed"
cat >"$work/mail.php" <<'END_OF_PHP'
<?php
for ($number = 1; $number <= 40; $number++) {
    if (!mail('a@example.org', "php $number.", "Hi\n", 'From: jane@example.org')) {
        exit(1);
    }
}
END_OF_PHP
if [ "$(id -u)" = 0 ] && (as_user www-data cat "$work/service/secret") >/dev/null 2>&1; then
    fail 'all users can read the secret'
fi
kill -STOP "$sandbox"
(as_user www-data HOME="$work/home" php -d sendmail_path="$work/bin/timed -t -i" "$work/mail.php")
[ "$(wc -l <"$work/caller/times")" = 40 ] || fail 'sendmail was not called 40 times'
if has php 1; then fail 'Microsoft 365 answers'; fi
awk '{ sum += $1; if ($1 > most) most = $1 }
    END { printf "service: 40 calls of sendmail: %.1f ms on average, at most %.1f ms\n", sum / NR / 1000, most / 1000 }' \
    "$work/caller/times"
kill -CONT "$sandbox"
arrived 'php ' 40

section 'doctor and the outboxes of users'
(as_user www-data HOME="$work/home" graphmail doctor) >"$work/doctor" || fail "$(cat "$work/doctor")"
grep -q '^ok   service .* takes mail at ' "$work/doctor" || fail "$(cat "$work/doctor")"
env HOME="$work/home" "$graphmail" doctor >"$work/doctor" || [ "$(id -u)" != 0 ] || fail "$(cat "$work/doctor")"
grep -q 'last message sent 20' "$work/doctor" || [ "$(id -u)" != 0 ] || fail "$(cat "$work/doctor")"
# Root with the capabilities of graphmail-users.service.
flush_all() {
    HOME=$work/home setpriv --bounding-set -all,+dac_read_search,+setuid,+setgid --no-new-privs \
        "$graphmail" outbox flush --all-users "${@:2}" >"$1" 2>&1
}
# A message that a user queued before there was a service.
home=$(getent passwd www-data | cut -d: -f6)
if [ "$(id -u)" = 0 ] && [ ! -e "$home" ]; then
    mkdir -p "$home/.config/graphmail"
    cp "$work/service/config.toml" "$home/.config/graphmail/config.toml"
    sed -i "s|$work/service/secret|$home/secret|; /^.smtpd/,\$d" "$home/.config/graphmail/config.toml"
    cp "$work/secret" "$home/secret"
    chown -R www-data "$home"
    chmod 700 "$home"
    message 'before the service' | (as_user www-data HOME="$home" graphmail sendmail -odq -t)
    HOME=$work/home "$graphmail" outbox list 2>&1 | grep -q "graphmail: 1 message of www-data waits in $home" ||
        fail 'the outbox of www-data is not named'
    flush_all "$work/flushed" || fail "the outbox of www-data is not flushed: $(cat "$work/flushed")"
    if grep -q 'hint' "$work/flushed"; then fail "a hint to do what is done: $(cat "$work/flushed")"; fi
    # The same in the folder of a user who has no home to write in.
    state=/var/lib/graphmail/$(id -u www-data)
    [ ! -e "$state/outbox" ] || fail "$state/outbox exists"
    install -d -m 0755 /var/lib/graphmail
    install -d -m 0700 -o www-data "$state"
    message 'in the folder of the host' | (as_user www-data HOME="$home" GRAPHMAIL_STATE_DIR="$state" graphmail sendmail -odq -t)
    HOME=$work/home "$graphmail" outbox list 2>&1 | grep -q "graphmail: 1 message of www-data waits in $state" ||
        fail 'the outbox below /var/lib is not named'
    flush_all "$work/flushed" --json || fail "the outbox below /var/lib is not flushed: $(cat "$work/flushed")"
    grep -qF '"users":[{"user":null,"exit":0,"result":{"ok":true,' "$work/flushed" || fail "the service is not asked: $(cat "$work/flushed")"
    rm -r "$home" "$state"
    rmdir --ignore-fail-on-non-empty /var/lib/graphmail
    arrived 'before the service' 1
    arrived 'in the folder of the host' 1
fi

section 'three wrong passwords'
wait "$passwords" || fail 'the connection does not end'

if [ "$(id -u)" = 0 ]; then
    section 'who sees the queue'
    made=
    getent group graphmail >/dev/null || { groupadd --system graphmail && made=1; }
    queue_of() { (exec setpriv --reuid www-data --regid "$1" --clear-groups env -i PATH="$work/bin:/usr/bin:/bin" HOME="$work/home" graphmail sendmail -bp) 2>&1; }
    shown=$(queue_of graphmail) || shown="it fails: $shown"
    hidden=$(queue_of www-data) || true
    [ -z "$made" ] || groupdel graphmail
    [ "$shown" = 'Mail queue is empty' ] || fail "the queue for a member of the group: $shown"
    grep -q 'shown to root and to members of the group graphmail' <<<"$hidden" || fail "the queue for another user: $hidden"
fi

section 'a disk that is full, and one that is read-only'
small=$work/small
mkdir "$small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o "size=2m,mode=0700,uid=$(id -u nobody)" tmpfs "$small" 2>/dev/null; then
    trap 'umount --lazy "$small" || true; finish' EXIT
    (as_user nobody HOME="$work/service" GRAPHMAIL_CONFIG="$work/service/config.toml" GRAPHMAIL_STATE_DIR="$small" \
        graphmail smtpd --listen 127.0.0.1:0) 2>"$work/small.log" &
    other=$!
    started+=("$other")
    listens() {
        other_port=$(sed -n 's/^graphmail: listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$work/small.log")
        [ -n "$other_port" ]
    }
    until_true listens || fail "the service does not start: $(cat "$work/small.log")"
    # The last reply to a message.
    reply() {
        printf 'From: jane@example.org\r\nTo: a@example.org\r\nSubject: %s\r\n\r\nHi\r\n' "$1" >"$work/mail"
        curl --silent "smtp://127.0.0.1:$other_port" --mail-from jane@example.org --mail-rcpt a@example.org \
            --upload-file "$work/mail" --write-out '%{response_code}' || true
    }
    for fault in full read-only; do
        [ "$(reply "before $fault.")" = 250 ] || fail "no disk is $fault: $(tail -n 3 "$work/small.log")"
        arrived "before $fault." 1
        if [ "$fault" = full ]; then
            cat /dev/zero >"$small/filler" 2>/dev/null || true
        else
            mount -o remount,ro "$small"
        fi
        refused=$(reply "during $fault.")
        [[ $refused = 45[12] ]] || fail "the disk is $fault, and the reply $refused: $(tail -n 3 "$work/small.log")"
        if [ "$fault" = full ]; then rm "$small/filler"; else mount -o remount,rw "$small"; fi
        [ "$(reply "after $fault.")" = 250 ] || fail "the disk is not $fault any more: $(tail -n 3 "$work/small.log")"
        arrived "after $fault." 1
        if has "during $fault." 1; then fail 'a message that was refused arrived'; fi
    done
    kill "$other"
    wait "$other" || fail "the service fails: $(tail -n 5 "$work/small.log")"
else
    echo 'service: skipped: no file system can be mounted'
fi

kill "$service"
wait "$service" || fail "the service fails: $(tail -n 5 "$work/log")"
if grep -E 'panicked|warning' "$work/log"; then fail 'the service warns'; fi
section 'all is well'
