# What the scripts of this folder share: a temporary folder, programs that end with the script, and servers of mail
# below a folder of their own. It is sourced, and says nothing about success.
# shellcheck shell=bash

work=$(mktemp -d)
started=()
# Ends the programs in `started`, and removes the temporary folder.
finish() {
    local process
    for process in "${started[@]}"; do
        kill -CONT "$process" 2>/dev/null || true
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

# Waits for a condition, at most 30 seconds.
until_true() {
    local left=300
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.1
    done
}

# Unpacks packages below a folder that becomes / of their programs. Each argument is packages that can be installed
# together.
unpack() {
    local root=$1 packages package
    mkdir -p "$work/debs/partial" "$root"
    for packages in "${@:2}"; do
        # shellcheck disable=SC2086 # two words are two packages
        apt-get install --download-only --reinstall -y -q --no-install-recommends \
            -o Dir::Cache::archives="$work/debs/" $packages >"$work/apt" 2>&1 || fail "$(cat "$work/apt")"
    done
    for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$root"; done
}

# Copies the libraries of the host that programs below a folder need.
with_libraries() {
    local root=$1 machine library
    machine=$(dpkg-architecture -q DEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
    for library in $(cd "$root" &&
        LD_LIBRARY_PATH="$root/usr/lib/postfix:$root/usr/lib/$machine:$root/lib/$machine" ldd "${@:2}" |
        grep -o '[[:space:]]/[^ ]*' | sort -u); do
        case $library in "$root"/*) continue ;; esac
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
}
