#!/usr/bin/env bash
# Programs of Debian's that mail, with the installed package as their sendmail and the sandbox as the
# service: each message arrives, whole, for those whom the program meant.
# It installs them, adds a user and writes /etc/graphmail for that time: it takes root, and a host that
# may be changed. Usage: .ci/callers.sh [PACKAGES...]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- ./target/debian/graphmail{,-mta}_*.deb

fail() {
    echo "callers: $*" >&2
    exit 1
}
[ ! -e /etc/graphmail ] || fail '/etc/graphmail is there already'

apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" anacron bsd-mailx cron \
    git git-email libmailtools-perl libmime-lite-perl mailutils mutt neomutt node-nodemailer passwd perl php-cli php-mbstring \
    php-symfony-mailer python3 ruby-mail s-nail smartmontools util-linux >/dev/null

work=$(mktemp -d)
chmod 755 "$work"
folder=$work/messages
daemons=()
finish() {
    for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
    crontab -u root -r 2>/dev/null || true
    crontab -u caller -r 2>/dev/null || true
    userdel --remove caller 2>/dev/null || true
    # Those that need a sendmail go with it.
    DEBIAN_FRONTEND=noninteractive apt-get purge -y -q graphmail-mta graphmail >/dev/null 2>&1 || true
    rm -rf "$work" /etc/graphmail
}
trap finish EXIT
[ -z "$(crontab -u root -l 2>/dev/null)" ] || fail 'root has a crontab, which is not to be lost'

# The service.
graphmail sandbox --folder "$folder" >"$work/environment" &
daemons+=($!)
for _ in $(seq 100); do
    grep -q TOKEN_STORE "$work/environment" && break
    sleep 0.1
done
of_sandbox() { sh -c ". $work/environment; printf %s \"\$$1\""; }
url=$(of_sandbox GRAPHMAIL_GRAPH_URL)
token=$(dirname "$(of_sandbox GRAPHMAIL_CONFIG)")/token

# One account of the host's, which root and all others share, and a user who adds to it.
mkdir -p /etc/graphmail
install -m 644 "$token" "$work/token"
cat >/etc/graphmail/config.toml <<END
default_account = "host"

[accounts.host]
auth = "token-command"
token_command = "cat $work/token"
username = "you@sandbox.example"
cloud = "sandbox"

[clouds.sandbox]
graph = "$url"
login = "$url"

[aliases]
root = "ops@example.org"

[sendmail]
allowed_from = ["@example.org"]
END
useradd --create-home --shell /bin/sh caller
home=/home/caller
install -d -o caller "$home/.config" "$home/.config/graphmail"
printf '[aliases]\ncaller = "caller@example.org"\n' >"$home/.config/graphmail/config.toml"

# A program as that user starts it, or as a daemon of root's does: with nothing of this script's around it.
as_caller() { runuser -u caller -- env -i -C "$home" HOME="$home" USER=caller LOGNAME=caller PATH=/usr/bin:/bin "$@"; }
as_root() { env -i -C / HOME=/root PATH=/usr/bin:/bin "$@"; }
arrived() { python3 .ci/callers.py "$folder" "$@"; }
section() { echo "callers: $*"; }

# Text that mail likes to spoil: dots, From, 8 bits, no-break space, trailing space, a long line.
{
    printf '%s\n' '.' '..two' 'From here' 'Grüße, 日本' $'no\u00a0break' 'trailing ' '~ tilde' ''
    head -c 900 /dev/zero | tr '\0' x
    printf '\n.\nlast\n'
} >"$work/body"
head -c 5000 /dev/urandom >"$work/random.bin"
chmod 644 "$work/body" "$work/random.bin"

section 'cron and anacron'
cat >"$work/crontab" <<'END'
SHELL=/bin/sh
* * * * * echo out; echo err >&2; echo 'Grüße'
END
crontab -u root "$work/crontab"
{ echo 'MAILTO="a@example.org,b@example.org"'; cat "$work/crontab"; } >"$work/crontab2"
crontab -u caller "$work/crontab2"
# As an init would start it. By itself and not through as_root: what is ended later is cron, no shell.
env -i -C / HOME=/root PATH=/usr/bin:/bin LC_ALL=C.UTF-8 /usr/sbin/cron -f &
daemons+=($!)
mkdir "$work/spool"
printf 'SHELL=/bin/sh\n1 0 nightly echo all is well\n' >"$work/anacrontab"
as_root /usr/sbin/anacron -t "$work/anacrontab" -S "$work/spool" -d -n 2>/dev/null
arrived "Anacron job 'nightly' on $(hostname)" to=ops@example.org cc= bcc= has='all is well' \
    header.Auto-Submitted=auto-generated

section 'git send-email'
as_caller sh -ec '
    export HOME
    git config --global user.name "Jane Doe"
    git config --global user.email jane@example.org
    git config --global init.defaultBranch main
    git init -q here && cd here
    echo one >file && git add file && git commit -qm "first"
    git init -q ../there && git push -q ../there main:base
    printf "Gr\303\274\303\237e\n.\n" >>file && git commit -qam "file: an umlaut ü"
    printf "caf\351\n" >latin && git add latin && git commit -qm "latin: other 8-bit bytes"
    printf "From me\n\tindented \n" >>file && git commit -qam "file: spaces"
    git format-patch -q --thread --to=list@example.org --cc=Boss\ \<boss@example.org\> -o ../patches HEAD~3
    git send-email --quiet --confirm=never --8bit-encoding=UTF-8 --bcc=archive@example.org ../patches/*.patch
' >/dev/null
thread=$(sed -n 's/^Message-Id: //Ip' "$home"/patches/0001-*.patch)
number=0
for name in 'file: an umlaut ü' 'latin: other 8-bit bytes' 'file: spaces'; do
    number=$((number + 1))
    patch=$(echo "$home/patches/000$number"-*.patch)
    # The message's text, and nothing of its header.
    sed '1,/^$/d' "$patch" >"$work/patch"
    fields=(from=jane@example.org to=list@example.org "cc=boss@example.org,jane@example.org" bcc=archive@example.org)
    if [ $number -gt 1 ]; then
        fields+=("header.In-Reply-To=$thread" "header.References=$thread")
    else
        fields+=("header.Message-ID=$thread" header.In-Reply-To=)
    fi
    arrived "[PATCH $number/3] $name" "${fields[@]}" body="$work/patch" save="$work/patch$number"
done
as_caller sh -ec 'cd there && git checkout -q base && git am -q --whitespace=nowarn "$@"' sh "$work"/patch[123]
[ "$(as_caller git -C here rev-parse 'HEAD^{tree}')" = "$(as_caller git -C there rev-parse 'HEAD^{tree}')" ] ||
    fail 'the patches make another tree'

section 'mutt'
as_caller LC_ALL=C.UTF-8 mutt -e 'set from="Jane Doe <jane@example.org>" use_envelope_from use_8bitmime' -s 'mutt: Grüße' \
    -c '"Doe, John" <john@example.org>' -b hidden@example.org -a "$work/random.bin" -- a@example.org <"$work/body"
arrived 'mutt: Grüße' from=jane@example.org to=a@example.org bcc=hidden@example.org \
    cc=john@example.org body="$work/body" attached.random.bin="$work/random.bin"

section 's-nail'
as_caller LC_ALL=C.UTF-8 s-nail -n -s 's-nail: Grüße' -r jane@example.org -c b@example.org -b hidden@example.org \
    -a "$work/random.bin" a@example.org caller <"$work/body"
arrived 's-nail: Grüße' from=jane@example.org to=a@example.org,caller@example.org cc=b@example.org \
    bcc=hidden@example.org body="$work/body" attached.random.bin="$work/random.bin"

section 'bsd-mailx'
as_caller bsd-mailx -s 'bsd-mailx' -c b@example.org -b hidden@example.org a@example.org caller <"$work/body"
arrived 'bsd-mailx' to=a@example.org,caller@example.org cc=b@example.org bcc=hidden@example.org body="$work/body"

section 'PHP'
# It ends the text with a line feed of its own.
# shellcheck disable=SC2016 # the dollars are PHP's
as_caller php -r 'exit(mail("a@example.org, B <b@example.org>", "php mail()", rtrim(file_get_contents($argv[1]), "\n"),
    ["From" => "jane@example.org", "Cc" => "c@example.org", "Bcc" => "hidden@example.org",
     "Content-Type" => "text/plain; charset=utf-8"], "-fjane@example.org") ? 0 : 1);' "$work/body"
arrived 'php mail()' from=jane@example.org to=a@example.org,b@example.org cc=c@example.org \
    bcc=hidden@example.org body="$work/body"

section 'Symfony Mailer, over -bs'
cat >"$work/symfony.php" <<'END'
<?php
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
use Symfony\Component\Mailer\{Mailer, Transport};
use Symfony\Component\Mime\Email;
$mailer = new Mailer(Transport::fromDsn('sendmail://default'));
foreach (['one', 'two'] as $name) {
    $mailer->send((new Email())->from('jane@example.org')->to('a@example.org')->cc('b@example.org')
        ->bcc('hidden@example.org')->subject("symfony $name")->text(file_get_contents($argv[1]))
        ->attachFromPath($argv[2]));
}
END
as_caller php "$work/symfony.php" "$work/body" "$work/random.bin"
for name in one two; do
    arrived "symfony $name" from=jane@example.org to=a@example.org cc=b@example.org bcc=hidden@example.org \
        body="$work/body" attached.random.bin="$work/random.bin"
done

section 'smtplib, over -bs'
cat >"$work/smtp.py" <<'END'
import smtplib, socket, subprocess, sys

class Sendmail(smtplib.SMTP):
    """SMTP with a child instead of a host."""
    def _get_socket(self, host, port, timeout):
        ours, theirs = socket.socketpair()
        self.child = subprocess.Popen(["/usr/sbin/sendmail", "-bs"], stdin=theirs, stdout=theirs)
        theirs.close()
        return ours

# It adds the last line end itself.
body = open(sys.argv[1], "rb").read().rstrip(b"\n")
with Sendmail("sendmail") as sendmail:
    for name in ("one", "two"):
        head = f"From: jane@example.org\nTo: a@example.org, list@example.org\nSubject: smtplib {name}\n" \
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        # The list has its copy already: the envelope is for the others.
        refused = sendmail.sendmail("jane@example.org", ["a@example.org", "root", "nobody-here"], head.encode() + body,
            mail_options=["BODY=8BITMIME"])
        assert list(refused) == ["nobody-here"] and refused["nobody-here"][0] == 550, refused
sys.exit(sendmail.child.wait())
END
as_caller python3 "$work/smtp.py" "$work/body"
for name in one two; do
    arrived "smtplib $name" to=a@example.org cc= bcc=ops@example.org body="$work/body" \
        header.X-Original-To='a@example.org, list@example.org'
done

section 'Perl, as web forms do'
# shellcheck disable=SC2016 # the dollars are Perl's
as_caller perl -e 'open(my $mail, "|-", "/usr/sbin/sendmail -t -i -fjane\@example.org") or die; open(my $body, "<", $ARGV[0]) or die;
    print $mail "To: A\n <a\@example.org>\nBcc: hidden\@example.org\nSubject: perl\nContent-Type: text/plain; charset=utf-8\n\n", <$body>;
    close $mail or die' "$work/body"
arrived perl from=jane@example.org to=a@example.org cc= bcc=hidden@example.org body="$work/body"

# Two files, together larger than one request, with names that are not ASCII.
head -c 2000000 /dev/urandom >"$work/見積書.bin"
head -c 2000000 /dev/urandom >"$work/отчёт.bin"
# mailutils ends a text at a line with a single dot.
printf 'Grüße\n日本\n' >"$work/greetings"
chmod 644 "$work"/*.bin "$work/greetings"
utf8() { as_caller LC_ALL=C.UTF-8 "$@"; }
arrived_large() {
    arrived "$1: 見積書 отчёт" to=a@example.org has='Grüße' attached.見積書.bin="$work/見積書.bin" \
        attached.отчёт.bin="$work/отчёт.bin"
}

section 'large files with Japanese and Cyrillic names'
for mutt in mutt neomutt; do
    utf8 "$mutt" -e 'set from="jane@example.org" charset=utf-8 send_charset=utf-8' -s "$mutt: 見積書 отчёт" \
        -a "$work/見積書.bin" "$work/отчёт.bin" -- a@example.org <"$work/greetings"
    arrived_large "$mutt"
done
utf8 s-nail -n -s 's-nail: 見積書 отчёт' -r jane@example.org -a "$work/見積書.bin" -a "$work/отчёт.bin" a@example.org \
    <"$work/greetings"
arrived_large s-nail
utf8 mail.mailutils -s 'mailutils: 見積書 отчёт' -A "$work/見積書.bin" -A "$work/отчёт.bin" a@example.org <"$work/greetings"
arrived_large mailutils
cat >"$work/large.php" <<'END'
<?php
[, $text, $one, $two] = $argv;
$body = "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    . chunk_split(base64_encode(file_get_contents($text)));
foreach ([$one, $two] as $file) {
    $name = mb_encode_mimeheader(basename($file), 'UTF-8', 'B');
    $body .= "--b\r\nContent-Type: application/octet-stream; name=\"$name\"\r\nContent-Transfer-Encoding: base64\r\n"
        . "Content-Disposition: attachment\r\n\r\n" . chunk_split(base64_encode(file_get_contents($file)));
}
exit(mail('a@example.org', mb_encode_mimeheader('PHP: 見積書 отчёт', 'UTF-8'), "$body--b--\r\n",
    ['MIME-Version' => '1.0', 'Content-Type' => 'multipart/mixed; boundary=b']) ? 0 : 1);
END
utf8 php "$work/large.php" "$work/greetings" "$work/見積書.bin" "$work/отчёт.bin"
arrived_large PHP
cat >"$work/large.pl" <<'END'
use strict; use warnings; use Encode; use MIME::Lite;
my ($text, @files) = @ARGV;
open(my $in, "<", $text) or die; local $/; my $body = <$in>;
my $mail = MIME::Lite->new(From => 'jane@example.org', To => 'a@example.org', Type => 'multipart/mixed',
    Subject => encode("MIME-Header", decode("utf-8", "Perl: 見積書 отчёт")));
$mail->attach(Type => "text/plain; charset=utf-8", Data => $body);
for (@files) {
    my $name = encode("MIME-Header", decode("utf-8", (split m{/})[-1]));
    $mail->attach(Type => "application/octet-stream", Path => $_, Filename => $name, Disposition => "attachment");
}
$mail->send("sendmail", "/usr/sbin/sendmail -t -oi");
END
utf8 perl "$work/large.pl" "$work/greetings" "$work/見積書.bin" "$work/отчёт.bin"
arrived_large Perl
cat >"$work/large.rb" <<'END'
require "mail"
text, *files = ARGV
mail = Mail.new(from: "jane@example.org", to: "a@example.org", subject: "Ruby: 見積書 отчёт", charset: "UTF-8")
mail.text_part = Mail::Part.new { content_type "text/plain; charset=UTF-8"; body File.read(text) }
files.each { |file| mail.add_file(file) }
mail.delivery_method :sendmail
mail.deliver!
END
utf8 ruby "$work/large.rb" "$work/greetings" "$work/見積書.bin" "$work/отчёт.bin"
arrived_large Ruby
cat >"$work/large.js" <<'END'
const [, , text, ...files] = process.argv;
const transport = require("nodemailer").createTransport({ sendmail: true, path: "/usr/sbin/sendmail" });
transport.sendMail({ from: "jane@example.org", to: "a@example.org", subject: "nodemailer: 見積書 отчёт",
    text: require("fs").readFileSync(text, "utf8"), attachments: files.map((path) => ({ path })) })
    .catch((error) => { console.error(error); process.exit(1); });
END
utf8 NODE_PATH=/usr/share/nodejs node "$work/large.js" "$work/greetings" "$work/見積書.bin" "$work/отчёт.bin"
arrived_large nodemailer

section "smartd's warning (its own script and Debian's runner; no disk is at fault here)"
as_root SMARTD_MAILER=/usr/share/smartmontools/smartd-runner SMARTD_ADDRESS=root SMARTD_FAILTYPE=EmailTest \
    SMARTD_MESSAGE='TEST EMAIL from smartd for device: /dev/sda' SMARTD_DEVICEINFO='a disk' SMARTD_PREVCNT=0 \
    SMARTD_TFIRST='' SMARTD_NEXTDAYS='' /usr/share/smartmontools/smartd_warning.sh
arrived "SMART error (EmailTest) detected on host: $(hostname)" to=ops@example.org cc= bcc= has='TEST EMAIL from smartd'

section "cron's minute"
job="echo out; echo err >&2; echo 'Grüße'"
for _ in $(seq 75); do
    [ "$(grep -lF '"subject": "Cron <' "$folder"/*.json 2>/dev/null | wc -l)" -ge 2 ] && break
    sleep 1
done
crontab -u root -r
crontab -u caller -r
kill "${daemons[-1]}" 2>/dev/null || true
printf 'out\nerr\nGrüße\n' >"$work/output"
arrived "Cron <root@$(hostname)> $job" to=ops@example.org cc= bcc= body="$work/output" \
    header.Auto-Submitted=auto-generated
arrived "Cron <caller@$(hostname)> $job" to=a@example.org,b@example.org cc= bcc= body="$work/output" \
    header.Auto-Submitted=auto-generated
echo 'callers: all is well'
