#!/usr/bin/env bash
# graphmail signs in to an OAuth server that is not ours, oidc-provider from npm, in each way that
# it has in common with Entra, and sends with the tokens. Usage: oidc.sh GRAPHMAIL
set -euo pipefail
graphmail=$(realpath "$1")
scripts=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
server=''
# What the server had to say is shown where something failed.
ended() {
    local status=$?
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    if [ "$status" != 0 ]; then
        echo "oidc: failed with $status; the server said:" >&2
        grep -vE 'WARNING|NOTICE' server.log >&2 || true
    fi
    rm -rf "$work"
}
trap ended EXIT
cd "$work"
touch server.log device.log browser.log

npm install --silent --no-fund --no-audit --prefix "$work" oidc-provider@9
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=graphmail \
    -keyout key.pem -out certificate.pem 2>/dev/null
cat key.pem certificate.pem > both.pem
chmod 600 key.pem both.pem
NODE_PATH=$work/node_modules node "$scripts/oidc/provider.mjs" certificate.pem ready > server.log 2>&1 &
server=$!
until [ -s ready ]; do kill -0 "$server"; sleep 0.1; done
root=$(cat ready)

# Its applications.
person=aaaaaaaa-0000-4000-8000-000000000001
with_secret=aaaaaaaa-0000-4000-8000-000000000002
with_certificate=aaaaaaaa-0000-4000-8000-000000000003

# Nothing of this shell's environment: no D-Bus, no proxy, no account.
run() {
    env -i HOME="$work/home" PATH=/usr/bin:/bin GRAPHMAIL_TOKEN_STORE=file \
        GRAPHMAIL_GRAPH_URL="$root" GRAPHMAIL_LOGIN_URL="$root" "$graphmail" "$@"
}
browse() { curl -sS --location --cookie jar --cookie-jar jar "$@"; }
# The first match of a pattern's group in a file that is being written.
await() {
    local found
    until found=$(sed -n "s|.*$1.*|\1|p" "$2") && [ -n "$found" ]; do
        kill -0 "$!" || { cat "$2" >&2; return 1; }
        sleep 0.1
    done
    head -n 1 <<< "$found"
}
send() { run --account "$1" send --to a@example.org --subject "$2" --body x "${@:3}"; }

echo 'device code'
run --account device login --device-code --client-id $person --tenant contoso.com 2> device.log &
page=$(await 'open \(http[^ ]*\) and' device.log)
code=$(await 'enter the code \([A-Z-]*\)' device.log)
browse "$page?user_code=$code" > form.html
xsrf=$(sed -n 's/.*name="xsrf" value="\([^"]*\)".*/\1/p' form.html)
browse --data "xsrf=$xsrf" --data "user_code=$code" --data confirm=yes "$page" > /dev/null
wait "$!"
send device first
echo 'refresh, with rotation: a second use of a refresh token would end the sign-in'
send device second
send device third

echo 'authorization code with PKCE'
rm -f jar
run --account browser login --browser --no-open --client-id $person --tenant contoso.com 2> browser.log &
browse "$(await '\(http[^ ]*/authorize?[^ ]*\)' browser.log)" > page.html
wait "$!"
send browser fourth

echo 'client credentials with a secret'
printf %s 'a secret with ~ . + & = %' |
    run --account secret login --client-id $with_secret --tenant contoso.com --client-secret-file -
send secret fifth --mailbox reports@contoso.com

echo 'client credentials with a private key'
run --account key login --client-id $with_certificate --tenant contoso.com --certificate both.pem
send key sixth --mailbox reports@contoso.com

diff - <(curl -sS "$root/messages") << MESSAGES
$person AccessToken /v1.0/me/sendMail first
$person AccessToken /v1.0/me/sendMail second
$person AccessToken /v1.0/me/sendMail third
$person AccessToken /v1.0/me/sendMail fourth
$with_secret ClientCredentials /v1.0/users/reports@contoso.com/sendMail fifth
$with_certificate ClientCredentials /v1.0/users/reports@contoso.com/sendMail sixth
MESSAGES

echo 'a wrong secret and a wrong key'
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=graphmail \
    -keyout other.pem -out other-certificate.pem 2>/dev/null
cat other-certificate.pem >> other.pem
# Ends with 77, and one line of advice after the error's.
refused() {
    local status=0
    run --account wrong login --tenant contoso.com "$@" 2> refused.log || status=$?
    if [ "$status" != 77 ] || [ "$(grep -c . refused.log)" != 2 ] || ! grep -q '^hint: ' refused.log; then
        echo "not 77 and a hint, but $status:" >&2
        cat refused.log >&2
        return 1
    fi
}
refused --client-id $with_secret --client-secret-file - <<< wrong
refused --client-id $with_certificate --certificate other.pem
