"""Uses the sandbox's pages as a person does: narrow, dark, and by keyboard. Started by sandbox-page.sh."""

import base64
import http.server
import json
import subprocess
import sys
import tempfile
import threading
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
NETWORK = f"{folder}/network.json"


def call(method, path, body=None):
    """One command of WebDriver (W3C), and its value."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(root + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)["value"]


def begin():
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    arguments += ["--hide-scrollbars", f"--user-data-dir={tempfile.mkdtemp(dir=folder)}", f"--log-net-log={NETWORK}"]
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


class Host(http.server.ThreadingHTTPServer):
    """Another host: counts connections and notes the paths of requests. It has the pages of a control."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.connections, self.paths, self.pages, self.policy = 0, set(), {}, None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def process_request(self, request, address):
        self.connections += 1
        super().process_request(request, address)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        self.server.paths.add(name)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if self.server.policy:
            self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(self.server.pages.get(name, "").encode())

    def log_message(self, *_):
        pass


# What contacts another host while HTML is displayed: URL is that of the host, with the name of the case.
LOADS = {
    "iframe": '<iframe src="URL"></iframe>',
    "srcset": '<img srcset="URL 1x">',
    "img": '<img src="URL">',
    "image": '<image src="URL">',
    "picture": '<picture><source srcset="URL"><img></picture>',
    "background": '<table background="URL"><tr><td>a</table>',
    "input": '<input type="image" src="URL">',
    "object": '<object data="URL"></object>',
    "embed": '<embed src="URL">',
    "video": '<video src="URL" preload="auto"></video>',
    "poster": '<video poster="URL"></video>',
    "audio": '<audio src="URL" preload="auto"></audio>',
    "stylesheet": '<link rel="stylesheet" href="URL">',
    "prefetch": '<link rel="prefetch" href="URL">',
    "preload": '<link rel="preload" as="image" href="URL">',
    "script": '<script src="URL"></script>',
    "svg": '<svg><image href="URL" width="9" height="9" /></svg>',
    "xlink": '<svg><image xlink:href="URL" width="9" height="9" /></svg>',
    "import": '<style>@import "URL";</style>',
    "import-url": "<style>@import url(URL);</style>",
    "rule": '<style>p { background: url("URL") }</style><p>a</p>',
    "font": '<style>@font-face { font-family: a; src: url(URL) } p { font-family: a }</style><p>a</p>',
    "attribute": "<p style=\"background: u\\72l('URL')\">a</p>",
    "image-set": "<p style=\"background: image-set('URL' 1x)\">a</p>",
    "list": '<ul style="list-style-image: url(URL)"><li>a</ul>',
    "base": '<base href="URL/"><img src="base">',
    "refresh": '<meta http-equiv="refresh" content="0;url=URL">',
    "frame": '<frameset><frame src="URL"></frameset>',
}
# The policy does not stop these; leaving the elements out does.
HINTS = {
    "preconnect": '<link rel="preconnect" href="URL">',
    "dns": '<link rel="dns-prefetch" href="//HOST.prefetch.test"><a href="https://HOST.anchor.test">a</a>',
}
# Nothing is contacted before a person acts.
QUIET = '<a href="URL" ping="URL">a</a><form action="URL"><button formaction="URL">b</button></form>'


def html_of(cases, host, phase):
    name = lambda case, html: html.replace("URL", f"{host.url}/{case}").replace("HOST", phase)
    return "".join(name(case, html) for case, html in cases.items())


def contacts_no_host():
    """A message that is displayed opens no connection. Without its fences, it would."""
    control, fenced, shown, site = Host(), Host(), Host(), Host()
    frame = LOADS["frame"]
    all_but_frame = {case: html for case, html in (LOADS | HINTS).items() if case != "frame"} | {"quiet": QUIET}
    for subject, cases in [("All", all_but_frame), ("Frames", {"frame": frame})]:
        html = html_of(cases, shown, "shown")
        subprocess.run(["graphmail", "send", "-t", "a@example.org", "-s", subject, "--html", html], check=True)
        show("/")
        expect(f"{subject} is listed", "document.querySelector('a.subject').textContent", subject)
        link = script("document.querySelector('a.subject').href").removeprefix(page)
        for path in [link, f"{link}/html", f"{link}?tab=html-source"]:
            show(path)
            expect(f"{path} is loaded", "document.readyState", "complete")
        show(link)
        expect("the frame is loaded", f"{FRAME}.style.height != ''")
        if subject == "All":
            note = script("document.querySelector('.view p + p').textContent")
            if "27 remote resources not loaded" not in note:
                sys.exit(f"sandbox-page: what was left out is not counted: {note}")
            screenshot("message-left-out")
        with urllib.request.urlopen(f"{page}{link}/html") as answer:
            fenced_by = answer.headers["Content-Security-Policy"]
    # The policy alone, without what it does to the elements.
    for host, policy, phase in [(fenced, fenced_by, "fenced"), (control, None, "control")]:
        site.policy = policy
        for case, html in LOADS.items():
            site.pages[f"{phase}/{case}"] = html_of({case: html}, host, phase)
            call("POST", f"{session}/url", {"url": f"{site.url}/{phase}/{case}"})
    site.pages["hints"] = html_of(HINTS, control, "control")
    connections = control.connections
    call("POST", f"{session}/url", {"url": f"{site.url}/hints"})
    end = time.monotonic() + 20
    wanted = {case for case in LOADS if case != "base"} | {"base/base"}
    while control.paths < wanted or control.connections == connections:
        if time.monotonic() > end:
            sys.exit(f"sandbox-page: the control did not load {sorted(wanted - control.paths)}")
        time.sleep(0.05)
    # A browser may connect before it asks the policy.
    if fenced.paths:
        sys.exit(f"sandbox-page: the policy let requests pass: {sorted(fenced.paths)}")
    if shown.connections:
        sys.exit(f"sandbox-page: a message that is displayed made {shown.connections} connections: {sorted(shown.paths)}")


def looked_up_no_host():
    """What a browser looked up is in its log, which is complete when it has ended."""
    with open(NETWORK) as file:
        log = file.read()
    for name in ["shown.prefetch.test", "shown.anchor.test"]:
        if name in log:
            sys.exit(f"sandbox-page: {name} was looked up")
    if "control.prefetch.test" not in log:
        sys.exit("sandbox-page: the control did not look up the host of a hint")


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
    press("u")
    expect("u opens the list", "location.href", f"{page}/")
    press("/")
    expect("/ focuses the search", f"{FOCUSED}.id", "q")

    # A new message appears, what was typed into the search stays, and so does the focus.
    show("/")
    script("document.querySelector('#q').focus()")
    press("typed")
    subprocess.run(["graphmail", "send", "-t", "new@example.org", "-s", "A new message", "--body", "x"], check=True)
    expect("a new message appears", "document.querySelector('a.subject').textContent", "A new message")
    expect("the count changes", "document.querySelector('#count').textContent", "5 messages")
    expect("the search stays", f"{FOCUSED}.value", "typed")

    contacts_no_host()
    show("/")

    # The browser's own Origin and Sec-Fetch-Site are accepted.
    script("document.querySelector('.delete').open = true")
    script("document.querySelector('.delete button').click()")
    expect("all are deleted", "document.querySelector('.empty')?.textContent.startsWith('No messages yet.')")
    call("DELETE", session)
    looked_up_no_host()
finally:
    driver.terminate()
    driver.wait()
