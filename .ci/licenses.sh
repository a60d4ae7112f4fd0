#!/usr/bin/env bash
# The licences of what is linked into the program: which are allowed (.deny.toml), and whether the
# notices in packaging/THIRD-PARTY-LICENSES are of the crates in Cargo.lock.
# Usage: .ci/licenses.sh [--renew]; renewing needs `cargo install cargo-about --locked --features cli --version '^0.9'`.
set -euo pipefail
cd "$(dirname "$0")/.."
notices=packaging/THIRD-PARTY-LICENSES
cargo fetch --locked --quiet

if [ "${1:-}" = --renew ]; then
    cargo about generate --config .about.toml --all-features --locked --offline --fail \
        --output-file "$notices" packaging/third-party-licenses.hbs
fi

command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --debug --quiet --version '^0.20'
cargo deny --offline --locked --config .deny.toml check licenses bans sources

# The crates that the program needs on the targets of .about.toml, but for this one.
linked() {
    sed -n 's/^targets = //p' .about.toml | grep -o '"[^"]*"' | tr -d '"' | while read -r target; do
        cargo tree --locked --offline --edges normal --all-features --target "$target" \
            --prefix none --format '{p}'
    done | sed 's/ v/ /; s/ (.*//' | grep -v '^graphmail ' | sort -u
}
named() { sed -nE 's/^  ([A-Za-z][A-Za-z0-9_-]* [0-9]+\.[0-9]+\.[0-9]+[^ ]*)( .*)?$/\1/p' "$notices" | grep -v '^graphmail ' | sort -u; }
# What another target needs may be named too, but no version that is not used any more.
locked() { sed -nE '/^name = /{s/^name = "(.*)"/\1/;N;s/\nversion = "(.*)"/ \1/;p}' Cargo.lock | sort -u; }
missing=$(comm -23 <(linked) <(named))
stale=$(comm -13 <(locked) <(named))
if [ -n "$missing$stale" ]; then
    printf 'licenses: %s: run .ci/licenses.sh --renew\nmissing:\n%s\nstale:\n%s\n' "$notices" "$missing" "$stale" >&2
    exit 1
fi
