#!/usr/bin/env bash
# What a person sees: the sandbox's pages in a headless Chromium, with a message that would like to
# run a script. Usage: .ci/sandbox-page.sh BINARY [FOLDER]; the screenshots are left in FOLDER.
set -euo pipefail

if [ "${1-}" != --inside ]; then
    binary=$(realpath "$1")
    folder=${2-}
    if [ -z "$folder" ]; then
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
    fi
    "$binary" --quiet sandbox -- "$0" --inside "$folder" >"$folder/captured"
    exit
fi
folder=$2
# With the token, without the slash at its end.
page=${GRAPHMAIL_SANDBOX_URL%/}
base=/${page##*/}

browse() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --hide-scrollbars --user-data-dir="$(mktemp -d -p "$folder")" "$@" 2>>"$folder/chromium.log"
}

fail() {
    echo "sandbox-page: $*" >&2
    exit 1
}

# The words that a page must show, and what it must not hold: an element that a script has marked.
shows() {
    local url=$1 dom
    shift
    dom=$(browse --dump-dom "$url")
    for words in "$@"; do
        grep -qF -- "$words" <<<"$dom" || fail "$url does not show: $words"
    done
    if grep -q 'id="executed"' <<<"$dom"; then fail "$url executed a script"; fi
}

script='<script>document.documentElement.id = "exe" + "cuted"</script>'
printf '<html><body>%s</body></html>' "$script" >"$folder/control.html"
browse --dump-dom "file://$folder/control.html" | grep -q 'id="executed"' ||
    fail 'this browser runs no scripts at all, so that nothing would be seen of one'

# One black pixel.
base64 -d >"$folder/dot.png" <<<'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=='
seq 1 200 >"$folder/numbers.txt"
graphmail send --to 'Jane Doe <jane@example.org>, ops@example.org' --cc boss@example.org \
    --subject 'Nightly report: all 12 jobs are done' --body 'All 12 jobs are done.' \
    --attach "$folder/numbers.txt"
graphmail send --to 'a@example.org' --subject "$script" --format mime --from you@sandbox.example \
    --body 'The text of the message.' --inline "dot=$folder/dot.png" --attach "$folder/numbers.txt" \
    --html "<h1>The heading</h1><p>Some <b>HTML</b>.</p><img src=\"cid:dot\" width=80 height=40 alt=dot>$script<img src=x onerror='document.documentElement.id = \"exe\" + \"cuted\"'>"

escaped='&lt;script&gt;document.documentElement.id'
# Without the token nothing is shown.
refused=$(browse --dump-dom "$GRAPHMAIL_GRAPH_URL/messages/1")
if grep -qF 'Nightly report' <<<"$refused"; then fail 'a message is shown without the token'; fi

shows "$page/" 'Captured messages' "$escaped" 'Nightly report' 'jane@example.org'
shows "$page/messages/2" "$escaped" 'The text of the message.' 'numbers.txt' "src=\"$base/messages/2/html\""
shows "$page/messages/2/html" 'The heading' 'src="data:image/png;base64,'

for scheme in light dark; do
    case $scheme in light) number=1 ;; dark) number=0 ;; esac
    for name in list message; do
        case $name in list) path=/ ;; message) path=/messages/2 ;; esac
        browse --blink-settings="preferredColorScheme=$number" --window-size=1000,1500 \
            --screenshot="$folder/$name-$scheme.png" "$page$path" >>"$folder/chromium.log"
        [ -s "$folder/$name-$scheme.png" ] || fail "no screenshot of $path"
    done
done
echo "sandbox-page: the list and the messages are shown, and nothing of them was executed" >&2
