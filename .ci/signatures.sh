#!/usr/bin/env bash
# The recipes of the manual for S/MIME and PGP: what openssl, gpg and gpgsm sign goes through `graphmail send --mime -`,
# and the signature is verified in what the sandbox received. An encrypted message is decrypted there.
# Usage: .ci/signatures.sh GRAPHMAIL
set -euo pipefail
graphmail=$(realpath "${1:?the program}")
cd "$(dirname "$0")/.."

fail() {
    echo "signatures: $*" >&2
    exit 1
}
for program in openssl gpg gpgsm python3; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
# shellcheck source=.ci/common.sh
. .ci/common.sh
cd "$work"
export HOME=$work GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
# The agent that gpg starts would outlive the folder.
trap 'gpgconf --kill all; finish' EXIT

# The keys of one person. gpgsm 2.2 cannot read what OpenSSL 3 encrypts by default.
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Jane/emailAddress=you@sandbox.example \
    -addext keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign \
    -addext subjectAltName=email:you@sandbox.example -keyout key.pem -out certificate.pem 2>/dev/null
gpg --batch --quiet --passphrase '' --quick-generate-key 'Jane <you@sandbox.example>' ed25519 sign
echo allow-loopback-pinentry >"$GNUPGHOME/gpg-agent.conf"
gpgconf --kill gpg-agent
openssl pkcs12 -export -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1 -in certificate.pem -inkey key.pem -passout pass:secret -out both.p12
openssl x509 -in certificate.pem -noout -fingerprint -sha1 | sed 's/.*=//; s/$/ S relax/' >"$GNUPGHOME/trustlist.txt"
gpgsm --batch --quiet --pinentry-mode loopback --passphrase-fd 0 --import both.p12 <<<secret 2>import.log || fail "$(cat import.log)"

# A text with all that a relay could change: 8-bit characters, a dot, a line that begins with From, trailing blanks.
printf 'Grüße\n\n.\nFrom here on   \n-- \nJane\n' >text.txt

# The recipes of graphmail-send(1). Its lines end in LF or CRLF; graphmail makes all of them CRLF.
send() { "$graphmail" sandbox --folder "$1" -- "$graphmail" send --mime - >/dev/null 2>"$1.log" || fail "$1: $(cat "$1.log")"; }
part() {
    printf 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n'
    cat text.txt
}
# A signed message: the protocol, the digest, the part and its signature in base64 or armor, and how that is encoded.
signed() {
    printf '%s\n' 'From: you@sandbox.example' 'To: a@example.org' 'Subject: Signed' 'MIME-Version: 1.0' \
        "Content-Type: multipart/signed; protocol=\"$1\"; micalg=$2; boundary=b" '' --b
    cat "$3"
    printf '%s\n' '' --b "Content-Type: $1; name=$4" "Content-Transfer-Encoding: $5" ''
    cat "$4"
    printf '%s\n' '' --b--
}

part | openssl cms -sign -signer certificate.pem -inkey key.pem \
    -from you@sandbox.example -to a@example.org -subject Signed | send openssl
part | openssl cms -encrypt -aes256 \
    -from you@sandbox.example -to a@example.org -subject Encrypted certificate.pem | send encrypted
part | sed 's/$/\r/' >signed.part
gpg --batch --quiet --armor --detach-sign --digest-algo SHA512 --output signature.asc signed.part
signed application/pgp-signature pgp-sha512 signed.part signature.asc 7bit | send gpg
gpgsm --batch --quiet --disable-crl-checks --pinentry-mode loopback --passphrase-fd 0 --digest-algo SHA256 --include-certs -1 \
    --detach-sign signed.part <<<secret 2>gpgsm.log | base64 >smime.p7s || fail "$(cat gpgsm.log)"
signed application/pkcs7-signature sha-256 signed.part smime.p7s base64 | send gpgsm

# What the sandbox received.
received() {
    local found=("$1"/*.eml)
    [ -f "${found[0]}" ] || fail "$1: nothing was received"
    echo "${found[0]}"
}
# The signed part and the signature, byte for byte.
split() {
    python3 - "$(received "$1")" <<'END_OF_PYTHON'
import base64, re, sys
raw = open(sys.argv[1], 'rb').read()
boundary = re.search(rb'boundary="?([^"\r\n;]+)', raw).group(1)
parts = raw.split(b'\r\n--' + boundary)
open('received', 'wb').write(parts[1][2:])
head, body = parts[2].split(b'\r\n\r\n', 1)
open('received.sig', 'wb').write(base64.b64decode(body) if b'base64' in head else body)
END_OF_PYTHON
}
openssl cms -verify -in "$(received openssl)" -CAfile certificate.pem -out verified.txt 2>verify.log || fail "openssl: $(cat verify.log)"
part | sed 's/$/\r/' | cmp - verified.txt || fail 'openssl: the text has changed'
openssl cms -decrypt -in "$(received encrypted)" -recip certificate.pem -inkey key.pem -out decrypted.txt
part | sed 's/$/\r/' | cmp - decrypted.txt || fail 'encrypted: the text has changed'
split gpg
gpg --batch --verify received.sig received 2>verify.log || fail "gpg: $(cat verify.log)"
cmp signed.part received || fail 'gpg: the part has changed'
split gpgsm
gpgsm --batch --disable-crl-checks --verify received.sig received 2>verify.log || fail "gpgsm: $(cat verify.log)"
openssl cms -verify -in "$(received gpgsm)" -CAfile certificate.pem -out /dev/null 2>verify.log || fail "gpgsm and openssl: $(cat verify.log)"
# A change is noticed: the checks above can fail.
sed 's/here on/here out/' received >changed
! gpgsm --batch --disable-crl-checks --verify received.sig changed 2>/dev/null || fail 'a changed part verifies'
echo 'signatures: openssl, gpg and gpgsm verify what the sandbox received'
