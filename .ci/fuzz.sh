#!/usr/bin/env bash
# Runs each fuzz target below tests/fuzz for a while, two at a time, from a copy of its seeds.
# Usage: .ci/fuzz.sh [SECONDS [TARGET...]]; without arguments: 12 seconds, all targets.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-12}
targets=("${@:2}")
[ $# -ge 2 ] || mapfile -t targets < <(basename -s .rs tests/fuzz/targets/*.rs)

command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --debug --version '^0.13'
# Without a sanitizer it builds with a stable compiler. The code is safe Rust. It is also the build without features.
RUSTFLAGS=-Dwarnings cargo fuzz build -s none --codegen-units 16 --fuzz-dir tests/fuzz

host=$(rustc -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-tests/fuzz/target}/$host/release
# Most targets write small files: in memory, if the host has such a folder.
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT

# One line for a target that found nothing; else the end of its log and what it stumbled over.
fuzz() {
    local name=$1 log=$work/$1.log corpus=$work/$1.corpus artifacts=tests/fuzz/artifacts/$1 found
    mkdir -p "$corpus" "$artifacts" "$work/$1.tmp"
    cp tests/fuzz/seeds/"$name"/* "$corpus"
    touch "$work/$name.begun"
    if TMPDIR=$work/$name.tmp "$programs/$name" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$artifacts/" "$corpus" >"$log" 2>&1; then
        printf '%-14s %8s runs  ok\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
        return
    fi
    printf '%-14s failed\n' "$name"
    grep -v '^#' "$log" | tail -n 40
    find "$artifacts" -type f -newer "$work/$name.begun" | while read -r found; do
        printf '%s, as base64:\n' "$found"
        base64 "$found"
    done
    return 1
}

running=0
failed=0
for name in "${targets[@]}"; do
    if [ "$running" = 2 ]; then
        wait -n || failed=1
        running=1
    fi
    fuzz "$name" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit "$failed"
