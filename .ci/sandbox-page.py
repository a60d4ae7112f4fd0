"""Uses the sandbox's pages as a person does: narrow, dark, and by keyboard. Started by sandbox-page.sh."""

import base64
import json
import subprocess
import sys
import tempfile
import time
import urllib.request

page, folder = sys.argv[1:]
driver = subprocess.Popen(
    ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
)
for line in driver.stdout:
    if "started successfully on port" in line:
        root = f"http://127.0.0.1:{line.split()[-1].rstrip('.')}/session"
        break
WIDE, NARROW = (1000, 700), (420, 900)


def call(method, path, body=None):
    """One command of WebDriver (W3C), and its value."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(root + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)["value"]


def begin():
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    arguments += ["--hide-scrollbars", f"--user-data-dir={tempfile.mkdtemp(dir=folder)}"]
    options = {"goog:chromeOptions": {"args": arguments}}
    return "/" + call("POST", "", {"capabilities": {"alwaysMatch": options}})["sessionId"]


def devtools(command, **parameters):
    call("POST", f"{session}/goog/cdp/execute", {"cmd": command, "params": parameters})


def emulate(size, scheme="light"):
    devtools("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
    devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


def show(path):
    call("POST", f"{session}/url", {"url": page + path})


def script(text):
    return call("POST", f"{session}/execute/sync", {"script": f"return {text}", "args": []})


def press(keys):
    """Types the keys, one after the other, where the focus is."""
    actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
    call("POST", f"{session}/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})


def screenshot(name):
    with open(f"{folder}/{name}.png", "wb") as file:
        file.write(base64.b64decode(call("GET", f"{session}/screenshot")))


def expect(what, text, wanted=True):
    """Waits until a script has this value, at most 20 seconds."""
    end = time.monotonic() + 20
    while (found := script(text)) != wanted:
        if time.monotonic() > end:
            sys.exit(f"sandbox-page: {what}: {text} is {found!r}, and not {wanted!r}")
        time.sleep(0.05)


FRAME = "document.querySelector('iframe')"
FOCUSED = "document.activeElement"
PATHS = ["/", "/?q=no+message+has+this", "/drafts", "/requests"]
TABS = ["html", "html-source", "text", "headers", "source", "json"]
PATHS += [f"/messages/1?tab={tab}" for tab in TABS]

try:
    session = begin()
    emulate(NARROW)
    for path in PATHS:
        show(path)
        expect(f"{path} is wider than the window", "document.documentElement.scrollWidth <= 420")
    for path, name in [("/", "list-narrow"), ("/messages/4", "message-narrow")]:
        show(path)
        screenshot(name)

    emulate(WIDE)
    show("/messages/1")
    height = f"{FRAME}.contentDocument.documentElement.scrollHeight"
    expect("the frame is as tall as its content", f"{FRAME}.clientHeight >= {height} && {height} > 1500")
    expect("a script ran in the frame", f"{FRAME}.contentDocument.documentElement.id", "")
    for scheme, color in [("light", "rgb(247, 247, 245)"), ("dark", "rgb(22, 22, 24)")]:
        for path, name in [("/", "list"), ("/messages/4", "message"), ("/requests", "requests"), ("/drafts", "drafts")]:
            emulate(WIDE, scheme)
            show(path)
            expect(f"{path} in {scheme}", "getComputedStyle(document.body).backgroundColor", color)
            if path.startswith("/messages"):
                expect("the frame is loaded", f"{FRAME}.style.height != ''")
            screenshot(f"{name}-{scheme}")

    emulate((880, 560))
    show("/")
    screenshot("readme")

    # By keyboard: the first stop is the link to the content; j, Enter and k move to messages.
    emulate(WIDE)
    show("/")
    press("\ue004")
    expect("the first stop", f"{FOCUSED}.className", "skip")
    expect("the link to the content is visible", f"{FOCUSED}.getBoundingClientRect().top >= 0")
    expect("the focus is visible", f"getComputedStyle({FOCUSED}).outlineStyle", "solid")
    press("jj")
    expect("j focuses messages", f"{FOCUSED}.href", f"{page}/messages/3")
    expect("the focus is visible", f"getComputedStyle({FOCUSED}).outlineStyle", "solid")
    press("\ue007")
    expect("Enter opens the message", "location.href", f"{page}/messages/3")
    press("k")
    expect("k opens the newer message", "location.href", f"{page}/messages/4")

    # A new message appears, what was typed into the search stays, and so does the focus.
    show("/")
    script("document.querySelector('#q').focus()")
    press("typed")
    subprocess.run(["graphmail", "send", "-t", "new@example.org", "-s", "A new message", "--body", "x"], check=True)
    expect("a new message appears", "document.querySelector('a.subject').textContent", "A new message")
    expect("the count changes", "document.querySelector('#count').textContent", "5 messages")
    expect("the search stays", f"{FOCUSED}.value", "typed")

    # The browser's own Origin and Sec-Fetch-Site are accepted.
    script("document.querySelector('.delete').open = true")
    script("document.querySelector('.delete button').click()")
    expect("all are deleted", "document.querySelector('.empty')?.textContent.startsWith('No messages yet.')")
    call("DELETE", session)
finally:
    driver.terminate()
    driver.wait()
