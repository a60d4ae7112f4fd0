#!/usr/bin/env bash
# What msmtp, Exim and Postfix make of each list in tests/data/sendmail/recipient_forms.txt: their columns
# must be true, and graphmail must send, in its sandbox, what all three send.
# The packages of Exim and Postfix exclude each other, so all three are unpacked in a temporary folder and run
# there with chroot(8). The host is not changed, and only loopback is used. It takes root.
# Usage: .ci/recipient-forms.sh GRAPHMAIL
set -euo pipefail
graphmail=$(realpath "${1:?the program}")
cd "$(dirname "$0")/.."
table=$PWD/tests/data/sendmail/recipient_forms.txt

fail() {
    echo "recipient-forms: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || fail 'only root can use chroot'
command -v python3 >/dev/null || fail 'the package python3 is not installed'

# shellcheck source=.ci/common.sh
. .ci/common.sh
root=$work/root

# The programs, and the libraries that the host does not have.
unpack "$root" 'exim4-daemon-light msmtp' postfix

# The libraries of the host.
programs=(usr/bin/msmtp usr/sbin/exim4 usr/sbin/sendmail usr/sbin/postdrop usr/sbin/postcat)
for name in master pickup cleanup trivial-rewrite; do programs+=("usr/lib/postfix/sbin/$name"); done
with_libraries "$root" "${programs[@]}"

# A host that is named h.example.
mkdir -p "$root"/{dev,tmp,etc/postfix,etc/exim4}
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 444 "$root/dev/urandom" c 1 9
printf '%s\n' root:x:0:0::/: exim:x:901:901::/: Debian-exim:x:901:901::/: postfix:x:902:902::/: nobody:x:903:903::/: \
    >"$root/etc/passwd"
printf '%s\n' root:x:0: mail:x:8: Debian-exim:x:901: postfix:x:902: postdrop:x:904: nogroup:x:903: >"$root/etc/group"
printf '127.0.0.1 h.example localhost\n' >"$root/etc/hosts"
cat >"$root/etc/exim4/exim4.conf" <<'END_OF_EXIM'
primary_hostname = h.example
spool_directory = /var/spool/exim4
END_OF_EXIM
mkdir -p "$root/var/spool/exim4" "$root/var/log/exim4"
chown 901:901 "$root/var/spool/exim4" "$root/var/log/exim4"
cat >"$root/etc/postfix/main.cf" <<'END_OF_POSTFIX'
compatibility_level = 3.6
myhostname = h.example
myorigin = h.example
mydestination =
inet_interfaces = loopback-only
alias_maps =
alias_database =
in_flow_delay = 0s
END_OF_POSTFIX
# Without a queue manager, each message stays in incoming/.
cat >"$root/etc/postfix/master.cf" <<'END_OF_SERVICES'
pickup  unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
END_OF_SERVICES
queue=$root/var/spool/postfix
mkdir -p "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,pid,private,public,saved,trace} \
    "$root/var/lib/postfix"
chown 902 "$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace} "$root/var/lib/postfix"
chown 902:904 "$queue"/{maildrop,public}
chmod 730 "$queue/maildrop"

# Each list is a message, with its number as the subject.
mkdir "$work/input" "$work/msmtp" "$work/exim" "$work/postfix"
count=0
while IFS= read -r row; do
    count=$((count + 1))
    printf 'From: me@h.example\nTo: %s\nSubject: %s\n\nx\n' "${row%% | *}" "$count" >"$work/input/$count"
done <"$table"
each() { for number in $(seq "$count"); do "$@" "$number"; done; }

# msmtp sends to a server that writes down the recipients.
cat >"$work/server.py" <<'END_OF_SERVER'
import socketserver, sys

class Session(socketserver.StreamRequestHandler):
    def handle(self):
        recipients, subject = [], None
        self.wfile.write(b"220 h.example\r\n")
        while line := self.rfile.readline():
            verb, reply = line[:4].upper(), b"250 ok"
            if verb == b"RCPT":
                recipients.append(line.strip()[len("RCPT TO:<"):].split(b">")[0])
            elif verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    if line.startswith(b"Subject: "):
                        subject = line.split()[1].decode()
                with open(f"{sys.argv[1]}/{subject}", "wb") as file:
                    file.write(b"\n".join(recipients))
            elif verb == b"QUIT":
                reply = b"221 bye"
            self.wfile.write(reply + b"\r\n")

with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
END_OF_SERVER
python3 "$work/server.py" "$work/msmtp" >"$work/port" &
started+=($!)
until_true test -s "$work/port" || fail 'the server does not start'
by_msmtp() {
    chroot "$root" /usr/bin/msmtp --host=127.0.0.1 --port="$(cat "$work/port")" --from=me@h.example -t \
        <"$work/input/$1" 2>>"$work/log" || true
}
each by_msmtp

by_exim() {
    # What cannot be read returns to the author, in a message from <>.
    chroot "$root" /usr/sbin/exim4 -t -odq -oi <"$work/input/$1" >>"$work/log" 2>&1 || true
    chroot "$root" /usr/sbin/exim4 -bpr | awk '/ <.*>/ { bounce = / <>/; next } NF && !bounce { print $1 }' >"$work/exim/$1"
    rm -rf "$root"/var/spool/exim4/input/*
}
each by_exim

chroot "$root" /usr/lib/postfix/sbin/master -c /etc/postfix -d &
started+=($!)
until_true test -S "$queue/public/pickup" || fail 'Postfix does not start'
by_postfix() { chroot "$root" /usr/sbin/sendmail -t -oi <"$work/input/$1"; }
each by_postfix
arrived() { [ "$(find "$queue/incoming" -type f -perm 700 | wc -l)" -ge "$count" ]; }
until_true arrived || fail 'Postfix did not take all messages'
for file in "$queue"/incoming/*; do
    text=$(chroot "$root" /usr/sbin/postcat -eh "/var/spool/postfix/incoming/$(basename "$file")")
    number=$(sed -n 's/^Subject: //p' <<<"$text")
    sed -n 's/^recipient: //p' <<<"$text" >"$work/postfix/$number"
done

# shellcheck disable=SC2016 # the guest's own variables
"$graphmail" --quiet sandbox --folder "$work/messages" -- sh -c '
    printf "[outbox]\nper_minute = 1000\n" >>"$GRAPHMAIL_CONFIG"
    for file in "$0"/*; do sendmail -t <"$file" || true; done' "$work/input" >>"$work/log" 2>&1

python3 - "$table" "$work" <<'END_OF_COMPARISON'
import glob, json, os, re, sys

table, work = sys.argv[1:]

def quoted(address):
    """The address of Postfix's queue as it writes it in SMTP."""
    local, at, domain = address.rpartition("@")
    is_atom = re.fullmatch(r"[^][()<>@,;:\\\". ]+([.][^][()<>@,;:\\\". ]+)*", local)
    return address if is_atom else f'"{local}"@{domain}'

def of(program, number):
    path = f"{work}/{program}/{number}"
    found = open(path).read().splitlines() if os.path.exists(path) else []
    return " ".join(map(quoted, found) if program == "postfix" else found) or "refused"

own = {}
for path in glob.glob(f"{work}/messages/*.json"):
    message = json.load(open(path))["message"]
    fields = [message.get(field, []) for field in ("toRecipients", "ccRecipients", "bccRecipients")]
    own[message["subject"]] = " ".join(one["emailAddress"]["address"] for one in sum(fields, []))
faults = 0
rows = open(table).read().splitlines()
for number, row in enumerate(rows, 1):
    list, ours, _, *theirs = row.split(" | ")
    found = [own.get(str(number), "refused")] + [of(program, number) for program in ("msmtp", "exim", "postfix")]
    for program, listed, now in zip(("graphmail", "msmtp", "Exim", "Postfix"), [ours, *theirs], found):
        if listed != now:
            faults += 1
            print(f"{list}: {program} sends to {now}, not to {listed}", file=sys.stderr)
    if found[0] == "refused" and "refused" not in found[1:]:
        faults += 1
        print(f"{list}: all send it, but graphmail does not", file=sys.stderr)
print(f"recipient-forms: {len(rows)} lists, {faults} differences")
sys.exit(bool(faults))
END_OF_COMPARISON
