"use strict";

// Times on the browser's clock, as the page writes them: 2026-11-30 12:05:00.
const zones = new Intl.DateTimeFormat("en", { timeZoneName: "short" });
function localize(root) {
  const two = (number) => String(number).padStart(2, "0");
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
    const zone = zones.formatToParts(at).find((part) => part.type === "timeZoneName").value;
    const length = time.textContent.length;
    time.title = `${day} ${clock} ${zone}`;
    // With the zone, with seconds, or neither.
    time.textContent = length > 19 ? time.title : time.title.slice(0, length);
  }
}
localize(document);

// New messages: fetches the page again and replaces what may have changed.
const main = document.querySelector("main");
let revision = main.dataset.revision;
let source;

async function refresh() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Of two answers, the newer one stays, in whatever order they arrive.
  const found = page.querySelector("main").dataset.revision;
  if (Number(found) < Number(revision)) return;
  revision = found;
  localize(page);
  const focused = document.activeElement?.getAttribute("href");
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
  if (focused && document.activeElement === document.body) {
    document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }
}

function listen() {
  source?.close();
  // A browser has few connections to a host, so a page that nobody sees gives its own up.
  if (document.hidden) return;
  source = new EventSource(main.dataset.events);
  const ended = document.getElementById("ended");
  source.onopen = () => { ended.hidden = true; };
  source.onerror = () => { ended.hidden = false; };
  source.onmessage = (event) => {
    if (event.data !== revision) refresh();
  };
}

if (document.getElementById("list")) {
  document.addEventListener("visibilitychange", listen);
  listen();
}

// The frame with the message's HTML is as tall as its content.
const frame = document.querySelector("iframe");
function fit() {
  frame.style.height = "0";
  frame.style.height = `${frame.contentDocument.documentElement.scrollHeight + 2}px`;
}
if (frame) {
  frame.addEventListener("load", fit);
  addEventListener("resize", fit);
  if (frame.contentDocument?.readyState === "complete") fit();
}

// Keys: the element that names the key is followed or focused. In the list, j and k move between messages.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const element = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (element) {
    event.preventDefault();
    if (element.matches("input")) element.select();
    else element.click();
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const subjects = [...document.querySelectorAll("a.subject")];
  const at = subjects.indexOf(document.activeElement);
  subjects[Math.max(0, Math.min(subjects.length - 1, at + step))]?.focus();
});
