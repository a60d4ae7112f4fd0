#!/usr/bin/env bash
# The tests of the keyring store against a gnome-keyring on a D-Bus session of its own.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
# Cargo and rustup find their own folders without HOME.
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export HOME="$home" GRAPHMAIL_TEST_SECRET_SERVICE=1
unset DISPLAY WAYLAND_DISPLAY
dbus-run-session -- bash -euc '
    # Unlocked before anything asks for it: a service that D-Bus starts by itself stays locked.
    printf %s ci-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    cargo test --locked --test integration secret_service -- --test-threads=1
'
