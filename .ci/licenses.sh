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

# The crates that are linked on the targets of .about.toml, but for this one and for macros, which run
# when it is built.
linked() {
    sed -n 's/^targets = //p' .about.toml | grep -o '"[^"]*"' | tr -d '"' | while read -r target; do
        cargo tree --locked --offline --edges normal,no-proc-macro --all-features --target "$target" \
            --prefix none --format '{p}'
    done | sed 's/ v/ /; s/ (.*//' | grep -v '^graphmail ' | sort -u
}
named() { sed -n 's/^  \([A-Za-z0-9_-]* [0-9][^ ]*\).*/\1/p' "$notices" | sort -u; }
if ! diff <(linked) <(named); then
    echo "licenses: $notices is not of these crates: run .ci/licenses.sh --renew" >&2
    exit 1
fi
