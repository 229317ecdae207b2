// The desk's queue by keys: j and k go on and back, acts are meant for the current entry.

import { onDraw } from "./draw.js";
import { state, write } from "./room.js";
import { askMine } from "./stream.js";

const list = () => document.getElementById("queue-list");
const all = () => [...(list()?.querySelectorAll(":scope > [data-entry]") ?? [])];
const entries = () => all().filter((entry) => !entry.hidden);
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
  const mine = entries();
  if (!mine.length) return;
  const at = mine.indexOf(current());
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), mine.length - 1);
  select(mine[next]);
  mine[next].focus({ preventScroll: true });
  mine[next].scrollIntoView({ block: "nearest" });
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

// --- what is not for everybody ---------------------------------------------------------
// Everybody at the desk gets the same entries. Which of them concern me, the page says
// when it is loaded; what else is mine has changed when there are others.
let ownCases = null;

/** Saying the same again would cost a look at its style. */
function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

function leaveToOthers() {
  const me = document.querySelector("[data-me]")?.dataset.me;
  if (!me) return;
  for (const part of list()?.querySelectorAll("[data-not-for], [data-only-for]") ?? []) {
    const { notFor, onlyFor } = part.dataset;
    const isMine = (pks) => pks?.split(" ").includes(me);
    show(part, !isMine(notFor) && (onlyFor === undefined || isMine(onlyFor)));
  }
  const cases = all()
    .filter((entry) => entry.hidden)
    .map((entry) => entry.id)
    .join(" ");
  if (ownCases !== null && cases !== ownCases) askMine();
  ownCases = cases;
}

// --- what time changes -------------------------------------------------------------------
const language = document.documentElement.lang || "de";
const minutes = new Intl.NumberFormat(language, { style: "unit", unit: "minute" });
const plural = new Intl.PluralRules(language);

function showAges() {
  const now = Date.now() + state.offset;
  for (const sign of document.querySelectorAll("[data-age]")) {
    const passed = Math.floor((now - Number(sign.dataset.age)) / 60_000);
    write(sign, `· ${minutes.format(Math.max(0, passed))}`);
  }
  showLoad(now / 1000);
}

/** By the rule of the server (live/parts/load.py), at this moment instead of then. */
function showLoad(now) {
  const load = document.getElementById("load");
  if (!load) return;
  const { waits, oldest, arrivals, over, readable, late } = load.dataset;
  let came = 0;
  for (const bucket of arrivals.split(" ")) {
    const [at, number] = bucket.split(":");
    if (Number(at) > now - over) came += Number(number);
  }
  const rate = Math.round(came / (over / 60));
  const isLate = oldest && now - oldest / 1000 > late;
  let level = isLate || rate > 2 * readable ? "high" : "busy";
  if (waits === "0" && rate <= readable) level = "calm";
  if (!load.classList.contains(`load--${level}`)) load.className = `load load--${level}`;
  for (const word of load.querySelectorAll("[data-is]")) show(word, word.dataset.is === level);
  const sign = load.querySelector("[data-rate]");
  const text = plural.select(rate) === "one" ? sign.dataset.one : sign.dataset.other;
  write(sign, text.replace("{n}", rate));
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
  const mine = entries();
  if (current()?.hidden) current().removeAttribute("aria-current");
  if (place < 0 || current() || !mine.length) return;
  const wasHere = !document.activeElement?.closest("input, textarea, select, dialog[open]");
  select(mine[Math.min(place, mine.length - 1)]);
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
  leaveToOthers();
  follow();
  showAges();
};
leaveToOthers();
showAges();
setInterval(showAges, 1000);
