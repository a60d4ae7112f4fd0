#!/usr/bin/env bash
# Jobs of Debian's cron, for a user who has just been made, with nothing but what cron gives them: those
# with a client secret or a certificate, and their tokens in a file, send; the one whose tokens are in a
# keyring fails with 77 and says why.
# Usage, as root: .ci/cron.sh BINARY
set -euo pipefail
binary=$(realpath "${1:?the program}")

fail() {
    echo "cron: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || fail 'only root can make a user and start cron'
command -v cron >/dev/null || fail 'the package cron is not installed'

user=gm-cron-$$
folder=$(mktemp -d)
home=$folder/home
cron='' sandbox=''
clean() {
    crontab -r -u "$user" 2>/dev/null || true
    for pid in $cron $sandbox; do kill "$pid" 2>/dev/null || true; done
    wait
    userdel "$user" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT

# Waits for a condition, at most so many seconds.
until_true() {
    local left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 1
    done
}

chmod 755 "$folder"
install -m 755 "$binary" "$folder/graphmail"
useradd --no-log-init --create-home --home-dir "$home" --shell /bin/sh "$user"
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=$user" \
    -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
cat "$folder/key.pem" "$folder/certificate.pem" |
    install -m 600 -o "$user" -g "$user" /dev/stdin "$home/certificate.pem"

"$folder/graphmail" --json sandbox --folder "$folder/messages" --certificate "$folder/certificate.pem" \
    >"$folder/sandbox.json" &
sandbox=$!
until_true 30 test -s "$folder/sandbox.json" || fail 'the sandbox does not start'
url=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["url"])' <"$folder/sandbox.json")

as_user() { runuser -u "$user" -- env -i HOME="$home" PATH=/usr/bin:/bin "$@"; }
as_user mkdir -p "$home/.config/graphmail"
as_user tee "$home/.config/graphmail/config.toml" >/dev/null <<END
[clouds.here]
graph = "$url"
login = "$url"

[accounts.keyring]
tenant = "contoso.com"
client_id = "11111111-1111-1111-1111-111111111111"
cloud = "here"
auth = "device-code"
token_store = "keyring"
END

# A sign-in: account, options of login.
sign_in() {
    local account=$1
    shift
    as_user "$folder/graphmail" login --account "$account" --cloud here --tenant contoso.com \
        --client-id 22222222-2222-2222-2222-222222222222 --mailbox reports@contoso.com \
        --token-store file "$@"
}

# The accounts that must send from cron. An account with another credential is one line more here,
# and its name in the list: the jobs and the looks at them follow.
sending=(secret certificate)
echo client-secret | install -m 600 -o "$user" -g "$user" /dev/stdin "$home/secret"
sign_in secret --client-secret-file "$home/secret"
sign_in certificate --certificate "$home/certificate.pem"
# Its job asks for a token itself, with the key.
find "$home" -path '*/tokens/certificate.json' -delete

# A job, once a minute: what it said and what it ended with.
job() { echo "* * * * * $2 >$1.out 2>&1; echo \$? >$1.tmp; mv $1.tmp $1.status"; }
{
    echo 'MAILTO=""'
    job environment 'tr "\0" "\n" </proc/$$/environ'
    for account in "${sending[@]}" keyring; do
        job "$account" "$folder/graphmail send -A $account -t ops@example.org -s 'from $account' --body Hi"
    done
    job doctor "$folder/graphmail doctor -A secret"
} | crontab -u "$user" -

pid=$(cat /run/crond.pid 2>/dev/null || true)
if [ -z "$pid" ] || ! kill -0 "$pid" 2>/dev/null; then
    cron -f &
    cron=$!
fi
ended() {
    local name
    for name in environment "${sending[@]}" keyring doctor; do [ -e "$home/$name.status" ] || return 1; done
}
until_true 150 ended || fail "the jobs did not run: $(ls "$home")"
crontab -r -u "$user"

# Nothing of a desktop, and what doctor's --as-cron goes by.
for line in "HOME=$home" "LOGNAME=$user" PATH=/usr/bin:/bin SHELL=/bin/sh; do
    grep -qxF "$line" "$home/environment.out" || fail "not in a job's environment: $line"
done
if grep -E '^(DBUS_|DISPLAY=|GRAPHMAIL_)' "$home/environment.out"; then fail 'that is no plain cron'; fi

for account in "${sending[@]}"; do
    [ "$(cat "$home/$account.status")" = 0 ] || fail "$account: $(cat "$home/$account.out")"
    [ ! -s "$home/$account.out" ] || fail "$account is not silent: $(cat "$home/$account.out")"
    grep -qF "from $account" "$folder"/messages/*.eml || fail "no message from $account"
done

[ "$(cat "$home/keyring.status")" = 77 ] || fail "keyring: $(cat "$home/keyring.status" "$home/keyring.out")"
for words in 'the message was not sent: the keyring is not available' 'hint: ' 'login --token-store file'; do
    grep -qF "$words" "$home/keyring.out" || fail "keyring does not say: $words: $(cat "$home/keyring.out")"
done
if grep -qF 'from keyring' "$folder"/messages/*.eml; then fail 'the keyring was reached'; fi

# The doctor says so in a job, and beforehand.
[ "$(cat "$home/doctor.status")" -le 1 ] || fail "doctor: $(cat "$home/doctor.out")"
status=0
as_user "$folder/graphmail" doctor -A secret --as-cron >"$folder/doctor" || status=$?
# A warning is that of a program which is nowhere in a job's PATH.
[ "$status" -le 1 ] || fail "doctor --as-cron: $status: $(cat "$folder/doctor")"
status=0
as_user "$folder/graphmail" doctor -A keyring --as-cron >"$folder/doctor" || status=$?
[ "$status" = 78 ] || fail "doctor --as-cron: $status: $(cat "$folder/doctor")"
grep -qF 'fix: graphmail login --account keyring --token-store file' "$folder/doctor" ||
    fail "doctor does not say how to fix it: $(cat "$folder/doctor")"

echo "cron: ${sending[*]} sent, and keyring failed as it should:" >&2
cat "$home/keyring.out" >&2
