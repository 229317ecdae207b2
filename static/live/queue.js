// The desk's queue by keys: j and k go on and back, acts are meant for the current entry.

import { onDraw } from "./draw.js";

const list = () => document.getElementById("queue-list");
const entries = () => [...(list()?.querySelectorAll(":scope > [data-entry]") ?? [])];
const current = () => list()?.querySelector(":scope > [aria-current=true]") ?? null;

// Where the current entry stood: when it has been dealt with, the next one is meant.
let place = -1;

function select(entry) {
  current()?.removeAttribute("aria-current");
  entry.setAttribute("aria-current", "true");
  place = entries().indexOf(entry);
  if (entry.tabIndex < 0) entry.tabIndex = -1;
}

function step(by) {
  const all = entries();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1);
  select(all[next]);
  all[next].focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const { target, key } = event;
  if (key === "Escape" && target.closest("[data-entry]")) {
    target.closest("[data-entry]").focus({ preventScroll: true });
    return;
  }
  if (target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  if (key === "j" || key === "k") {
    event.preventDefault();
    step(key === "j" ? 1 : -1);
  }
}

/** Ctrl and Enter send what is being written. */
function sent(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("[data-entry] form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[type=submit]"));
}

/** After every change: a current entry that has gone gives way to its successor. */
function follow() {
  const all = entries();
  if (place < 0 || current() || !all.length) return;
  const wasHere = !document.activeElement?.closest("input, textarea, select, dialog[open]");
  select(all[Math.min(place, all.length - 1)]);
  if (wasHere) current().focus({ preventScroll: true });
}

document.addEventListener("keydown", sent);
document.addEventListener("keydown", pressed);
document.addEventListener("focusin", ({ target }) => {
  const entry = target.closest?.("[data-entry]");
  if (entry && entry !== current()) select(entry);
});
const { arrived } = onDraw;
onDraw.arrived = () => {
  arrived();
  follow();
};
