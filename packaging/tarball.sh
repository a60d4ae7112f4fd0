#!/usr/bin/env bash
# Makes an archive of the released program with its manual and completions, to be unpacked below a prefix such as
# /usr/local. Prints its path. Usage: packaging/tarball.sh [FOLDER]; it is written to FOLDER, else to target.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-target}

version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
name=graphmail-$version-$(uname -m)-linux
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
put() { install -D -m "${3:-644}" "$1" "$stage/$name/$2"; }

put target/release/graphmail bin/graphmail 755
for page in man/*; do
    put "$page" "share/man/man${page##*.}/${page##*/}"
done
put completions/graphmail.bash share/bash-completion/completions/graphmail
put completions/_graphmail share/zsh/site-functions/_graphmail
put completions/graphmail.fish share/fish/vendor_completions.d/graphmail.fish
for file in README.md CHANGELOG.md LICENSE-* packaging/THIRD-PARTY-LICENSES packaging/graphmail.schema.json; do
    put "$file" "share/doc/graphmail/${file##*/}"
done
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" \
    -C "$stage" -czf "$folder/$name.tar.gz" "$name"
echo "$folder/$name.tar.gz"
