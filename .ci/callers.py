"""Judges what the sandbox took: .ci/callers.py FOLDER SUBJECT [FIELD=VALUE...]

Exactly one message has that subject, and it says of itself what the fields say:
  to=, cc=, bcc=, from=   addresses, sorted, with commas
  header.NAME=            a field's value, unfolded
  body=FILE               the text's bytes, the line ends aside
  has=TEXT                what is in that text
  attached.NAME=FILE      an attachment's bytes
  save=FILE               nothing is judged: the message itself, with line feeds
"""

import email
import email.header
import json
import pathlib
import sys

folder, subject, *fields = sys.argv[1:]


def fail(words):
    sys.exit(f"callers: {subject!r}: {words}")


found = []
for path in sorted(pathlib.Path(folder).glob("*.json")):
    message = json.loads(path.read_text())["message"]
    if message["subject"] == subject:
        found.append((message, path.with_suffix(".eml").read_bytes()))
if len(found) != 1:
    fail(f"{len(found)} messages")
(message, raw), = found
mail = email.message_from_bytes(raw)


def lines(data):
    return data.replace(b"\r\n", b"\n")


def addresses(people):
    return ",".join(sorted(one["emailAddress"]["address"] for one in people))


def text():
    for part in mail.walk():
        if part.get_content_maintype() == "text" and not part.get_filename():
            return lines(part.get_payload(decode=True))
    return b""


def decoded(name):
    return str(email.header.make_header(email.header.decode_header(name or "")))


def attached(name):
    for part in mail.walk():
        if decoded(part.get_filename()) == name:
            return part.get_payload(decode=True)
    fail(f"no attachment {name}")


for field in fields:
    name, _, wanted = field.partition("=")
    if name in ("to", "cc", "bcc"):
        got = addresses(message[f"{name}Recipients"])
    elif name == "from":
        got = addresses([message["from"]])
    elif name.startswith("header."):
        got = " ".join((mail.get(name[7:]) or "").split())
    elif name == "body":
        got, wanted = text(), pathlib.Path(wanted).read_bytes()
    elif name == "has":
        got = wanted if wanted in text().decode() else text()
    elif name.startswith("attached."):
        got, wanted = attached(name[9:]), pathlib.Path(wanted).read_bytes()
    elif name == "save":
        got = wanted
        pathlib.Path(wanted).write_bytes(lines(raw))
    else:
        fail(f"{name} is no field")
    if got != wanted:
        fail(f"{name} is {got!r:.400}, not {wanted!r:.400}")
