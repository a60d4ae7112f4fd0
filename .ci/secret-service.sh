#!/usr/bin/env bash
# The keyring store against a gnome-keyring on a D-Bus session of its own: its tests, then the real
# program with the keyring unlocked, locked, absent and silent.
# shellcheck disable=SC2016 # what a session's own shell is to expand
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
# Cargo and rustup find their own folders without HOME.
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export HOME="$home" GRAPHMAIL_TEST_SECRET_SERVICE=1
unset DISPLAY WAYLAND_DISPLAY XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
cargo build --locked
graphmail=$PWD/target/debug/graphmail
export graphmail

dbus-run-session -- bash -euc '
    # Unlocked before anything asks for it: a service that D-Bus starts by itself stays locked.
    printf %s ci-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    cargo test --locked --test integration secret_service -- --test-threads=1
'

# It is the tests' own: the program would report it as unknown.
unset GRAPHMAIL_TEST_SECRET_SERVICE

# expect STATUS WORDS COMMAND...: the exit status, and what the first line on standard error says.
expect() {
    local status=0 wanted=$1 words=$2 began=$SECONDS
    shift 2
    timeout 20 "$@" >"$home/stdout" 2>"$home/stderr" || status=$?
    if [ "$status" -ne "$wanted" ] || [[ $(head -n 1 "$home/stderr") != *"$words"* ]] ||
        [ "$(grep -c '^hint: ' "$home/stderr")" -ne "$((wanted != 0))" ] || [ $((SECONDS - began)) -gt 4 ]; then
        printf '%s: status %s after %s s, expected %s: %s\n' "$*" "$status" "$((SECONDS - began))" "$wanted" "$words" >&2
        cat "$home/stdout" "$home/stderr" >&2
        exit 1
    fi
    printf 'ok: status %s: %s\n' "$status" "$(head -n 1 "$home/stderr")"
}
export -f expect

# The sandbox outlives the sessions: it stands for the service.
"$graphmail" sandbox >"$home/sandbox.env" 2>/dev/null &
sandbox=$!
trap 'kill "$sandbox"; rm -rf "$home"' EXIT
until [ -s "$home/sandbox.env" ]; do kill -0 "$sandbox" && sleep 0.1; done
# The sandbox's own account and files are not wanted, its address is.
eval "$(grep -E '^export GRAPHMAIL_(GRAPH|LOGIN)_URL=' "$home/sandbox.env")"
export GRAPHMAIL_GRAPH_URL GRAPHMAIL_LOGIN_URL home
send='send -t a@example.org -s Hello'
export send

echo '== unlocked'
dbus-run-session -- bash -euc '
    printf %s ci-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    expect 0 "To sign in, open" "$graphmail" login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --token-store keyring
    expect 0 "" "$graphmail" $send
    expect 0 "" "$graphmail" status
'
echo '== locked'
dbus-run-session -- bash -euc '
    gnome-keyring-daemon --start --components=secrets >/dev/null
    expect 77 "the keyring is locked: " "$graphmail" $send
    expect 77 "the keyring is locked: " "$graphmail" status
'
echo '== absent'
export DBUS_SESSION_BUS_ADDRESS=unix:path=$home/no-bus
# shellcheck disable=SC2086 # the words of a command
expect 77 'the keyring is not available: ' "$graphmail" $send
echo '== silent'
python3 -c '
import signal, socket, sys
bus = socket.socket(socket.AF_UNIX)
bus.bind(sys.argv[1])
bus.listen()
signal.pause()
' "$home/silent-bus" &
bus=$!
trap 'kill "$sandbox" "$bus"; rm -rf "$home"' EXIT
until [ -S "$home/silent-bus" ]; do sleep 0.1; done
export DBUS_SESSION_BUS_ADDRESS=unix:path=$home/silent-bus
# shellcheck disable=SC2086 # the words of a command
expect 77 'the keyring did not answer within 3 seconds' "$graphmail" $send
