#!/usr/bin/env bash
# What a person sees: the sandbox's pages in a headless Chromium, with messages that would like to run a script.
# Usage: .ci/sandbox-page.sh BINARY [FOLDER]; the screenshots are left in FOLDER. The one of the README is
# FOLDER/sandbox-page.png: copy it to packaging/ after a change of the page.
set -euo pipefail

if [ "${1-}" != --inside ]; then
    binary=$(realpath "$1")
    folder=${2-}
    if [ -z "$folder" ]; then
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
    fi
    "$binary" --quiet sandbox --fault 'POST /me/sendMail=503,retry-after=1' --bounce '*@left.example' \
        -- "$0" --inside "$folder" >"$folder/captured"
    exit
fi
folder=$2
# With the token, without the slash at its end.
page=${GRAPHMAIL_SANDBOX_URL%/}
base=/${page##*/}

browse() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$(mktemp -d -p "$folder")" "$@" 2>>"$folder/chromium.log"
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
seq 1 4000 >"$folder/numbers.txt"
graphmail send --to 'a@example.org' --subject "$script" --format mime --from you@sandbox.example \
    --body 'The text of the message.' --inline "dot=$folder/dot.png" --attach "$folder/numbers.txt" \
    --html "<h1>The heading</h1><p>Some <b>HTML</b>.</p><img src=\"cid:dot\" width=80 height=40 alt=dot>$script<img src=x onerror='document.documentElement.id = \"exe\" + \"cuted\"'><img src=\"https://example.org/x.png\">$(seq -f '<p>Line %g.</p>' 60)"
graphmail send --from 'Web shop <shop@example.org>' --to 'Jane Doe <jane@example.org>, joe@left.example' \
    --subject 'Your invoice 2026-114' --body 'Thank you for your order. The invoice is attached.' \
    --attach "$folder/numbers.txt;name=invoice.txt" --at +2h
graphmail send --from 'Operations <ops@example.org>' --to "$(seq -s, -f 'user%g@example.org' 60)" \
    --subject 'Maintenance on Sunday, 02:00 to 04:00' --category Operations \
    --body 'All hosts are restarted, one after the other. The web shop stays available.'
graphmail send --from 'Backup <backup@example.org>' --to 'Jane Doe <jane@example.org>, on-call@example.org' \
    --cc 'The Boss <boss@example.org>' --bcc archive@example.org --importance high --flag \
    --subject 'Nightly report: 11 of 12 jobs are done' --attach "$folder/numbers.txt;name=jobs.csv" \
    --html '<h1>Nightly report</h1><p>11 of 12 jobs are done. The job <b>mirror</b> has no space left on the device.</p>'
graphmail draft create --to jane@example.org --subject 'A draft' --body 'Later.' >/dev/null

escaped='&lt;script&gt;document.documentElement.id'
# Without the token nothing is shown.
refused=$(browse --dump-dom "$GRAPHMAIL_GRAPH_URL/messages/2")
if grep -qF 'invoice' <<<"$refused"; then fail 'a message is shown without the token'; fi

shows "$page/" 'Messages' "$escaped" 'Nightly report' 'Jane Doe' '4 messages'
shows "$page/messages/2" 'Not delivered' 'joe@left.example' '550 5.1.10'
shows "$page/?q=nightly+mirror" '1 of 4 messages' 'Nightly report'
shows "$page/messages/1?tab=text" "$escaped" 'The text of the message.' 'numbers.txt'
shows "$page/messages/1" "src=\"$base/messages/1/html\"" '1 remote resource not loaded' 'Elements left out: script.'
shows "$page/messages/1/html" 'The heading' 'src="data:image/png;base64,'
shows "$page/drafts" 'A draft'
shows "$page/requests" '503' 'ErrorServerBusy'
python3 "${0%.sh}.py" "$page" "$folder"
pngquant --force --strip --output "$folder/sandbox-page.png" 64 "$folder/readme.png"
[ "$(stat -c %s "$folder/sandbox-page.png")" -le 61440 ] || fail 'the screenshot of the README has more than 60 KB'
echo "sandbox-page: the pages are shown, nothing of the messages was executed or loaded, and new messages appear" >&2
