// Ballots: fair order, ranking, points and budget, half-filled ballots kept, turns.

import { make, root, say, write } from "./room.js";

const FORMS = "form[data-vote]";
const PREFIX = `vote:${root.dataset.code}:`;
const format = new Intl.NumberFormat(document.documentElement.lang || "de");

// --- kept until cast -------------------------------------------------------------------
// In this tab alone, and under the name of whoever sits here: nothing of a vote that is
// not cast goes to the server, and nothing stays when the tab is closed.
const tab = {
  get(key) {
    try {
      return JSON.parse(sessionStorage.getItem(PREFIX + key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) sessionStorage.removeItem(PREFIX + key);
      else sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      // Without storage a reload empties the form; everything else works.
    }
  },
  keys() {
    try {
      return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
    } catch {
      return [];
    }
  },
};

const who = () => document.querySelector("[data-mine=me] bdi")?.textContent ?? "";
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !/^(hidden|submit|fieldset)$/.test(field.type));
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
const restored = new WeakSet();

function keep(form) {
  const filled = fieldsOf(form)
    .filter((field) => (isChoice(field) ? field.checked : field.value))
    .map((field) => [field.name, field.value]);
  tab.set(form.dataset.vote, { who: who(), filled });
}

function restore(form) {
  if (restored.has(form)) return;
  restored.add(form);
  const kept = tab.get(form.dataset.vote);
  if (!kept) return;
  if (kept.who !== who()) {
    tab.set(form.dataset.vote, null);
    return;
  }
  for (const field of fieldsOf(form)) {
    const values = kept.filled.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isChoice(field)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

/** What was kept of ballots that cannot be voted in any more goes. */
function forgetCast() {
  if (!document.getElementById("ballots")) return;
  for (const key of tab.keys()) {
    const pk = key.slice(PREFIX.length);
    if (pk !== "seed" && !document.querySelector(`form[data-vote="${CSS.escape(pk)}"]`)) {
      tab.set(pk, null);
    }
  }
}

// --- an order that favours none --------------------------------------------------------
const seed = tab.get("seed") ?? Math.floor(Math.random() * 2 ** 32);
tab.set("seed", seed);

/** The same number for the same option in this tab, and no order in it. */
function lot(option) {
  let mixed = (seed ^ Math.imul(Number(option), 0x9e3779b1)) >>> 0;
  for (const by of [0x85ebca6b, 0xc2b2ae35]) {
    mixed = Math.imul(mixed ^ (mixed >>> 15), by) >>> 0;
  }
  return mixed;
}

const placeOf = (row) => Number(row.querySelector("select")?.value || Infinity);

function byLot(one, other) {
  return lot(one.dataset.option) - lot(other.dataset.option);
}

/** Free options mixed, fixed ones behind them; a ranking by its places first. */
function sorted(list, rows) {
  const isRanking = "ranking" in list.dataset;
  const free = rows.filter((row) => "option" in row.dataset).sort(byLot);
  const all = [...free, ...rows.filter((row) => !("option" in row.dataset))];
  return isRanking ? all.sort((one, other) => placeOf(one) - placeOf(other) || 0) : all;
}

function inOrder(list) {
  const rows = [...list.children].filter((row) => !("made" in row.dataset));
  const wanted = sorted(list, rows);
  if (wanted.every((row, at) => row === rows[at])) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.append(...wanted);
  focused?.focus({ preventScroll: true });
}

/** Content that is about to come: in the order in which its list stands here. */
export function arriving(fresh) {
  for (const list of fresh.querySelectorAll("[data-mixed]")) {
    const form = list.closest(FORMS);
    const here = form && document.querySelector(`form[data-vote="${form.dataset.vote}"] [data-mixed]`);
    const order = here && [...here.children].map(nameOf);
    const rows = [...list.children];
    if (order) rows.sort((one, other) => order.indexOf(nameOf(one)) - order.indexOf(nameOf(other)));
    list.append(...(order ? rows : sorted(list, rows)));
  }
}

function nameOf(row) {
  const field = row.querySelector("input, select");
  return field?.name === "options" ? field.value : field?.name;
}

// --- ranking ---------------------------------------------------------------------------
function rankedRows(list) {
  return sorted(list, [...list.children]).filter((row) => placeOf(row) < Infinity);
}

function renumber(ranked, list) {
  for (const row of list.children) row.querySelector("select").value = "";
  ranked.forEach((row, at) => (row.querySelector("select").value = String(at + 1)));
  inOrder(list);
}

function put(list, row, at) {
  const ranked = rankedRows(list).filter((other) => other !== row);
  if (at !== null) ranked.splice(Math.max(0, at), 0, row);
  renumber(ranked, list);
  const place = placeOf(row);
  const text = place < Infinity ? list.dataset.placed : list.dataset.unplaced;
  const facts = { title: row.dataset.title, place, all: list.children.length };
  const sign = list.closest("fieldset").querySelector("[data-ranking-said]");
  sign.textContent = text.replace(/\{(\w+)\}/g, (all, name) => facts[name] ?? all);
}

/** One place up or down; below the last place there is none. */
function move(button) {
  const row = button.closest("li");
  const list = row.parentElement;
  const ranked = rankedRows(list);
  const at = ranked.indexOf(row);
  const step = Number(button.dataset.move);
  if (at < 0) {
    if (step < 0) put(list, row, ranked.length);
    else return;
  } else put(list, row, at + step < ranked.length ? at + step : null);
  button.focus();
}

function chosePlace(select) {
  const row = select.closest("li");
  const at = select.value ? Number(select.value) - 1 : null;
  const list = row.parentElement;
  select.value = "";
  put(list, row, at);
  select.focus();
}

// Dragging is an extra: with a mouse or a pen, by the row itself. Its field is kept by name,
// as a live update may put another row in its place meanwhile.
let dragged = null;

function grabbed(event) {
  const row = event.target.closest?.("[data-ranking] > li");
  if (!row || event.pointerType === "touch" || event.target.closest("select, button")) return;
  dragged = row.querySelector("select").id;
  row.setPointerCapture(event.pointerId);
  row.dataset.dragged = "";
  event.preventDefault();
}

function dropped(event) {
  const row = dragged && document.getElementById(dragged)?.closest("li");
  dragged = null;
  if (!row) return;
  delete row.dataset.dragged;
  if (event.type !== "pointerup") return;
  const list = row.parentElement;
  const ranked = rankedRows(list).filter((other) => other !== row);
  const before = ranked.filter((other) => {
    const box = other.getBoundingClientRect();
    return box.top + box.height / 2 < event.clientY;
  });
  put(list, row, before.length);
  keep(row.closest(FORMS));
}

// --- points and budgets ----------------------------------------------------------------
function count(box) {
  const [limit, spent] =
    "points" in box.dataset
      ? [Number(box.dataset.points), sum(box.querySelectorAll("input[type=number]"), (f) => f.value)]
      : [Number(box.dataset.budget), sum(box.querySelectorAll(":checked"), (f) => f.dataset.cost)];
  const left = limit - spent;
  let counter = box.querySelector(":scope > .counter");
  if (!counter) {
    counter = make("live-text", { class: "counter", role: "status" });
    box.append(counter);
  }
  const text = left < 0 ? box.dataset.over : box.dataset.left;
  write(counter, text.replace("{n}", format.format(Math.abs(left))));
  counter.dataset.state = left < 0 ? "over" : left === 0 ? "near" : "";
}

const sum = (fields, read) => [...fields].reduce((all, field) => all + (Number(read(field)) || 0), 0);

function step(button) {
  const field = button.parentElement.querySelector("input");
  const by = Number(button.dataset.step);
  field.value = Math.min(Number(field.max), Math.max(0, (Number(field.value) || 0) + by)) || "";
}

// --- one question at a time on phones --------------------------------------------------
let current = null;

/** Several ballots are open: one is shown, the others wait for their turn. */
function showTurns() {
  const list = document.getElementById("ballot-cards");
  if (!list || root.dataset.screen !== "room") return;
  const cards = [...list.children].filter(({ dataset }) => /^(open|paused)$/.test(dataset.state));
  let bar = list.previousElementSibling?.matches(".turns") ? list.previousElementSibling : null;
  for (const card of list.children) delete card.dataset.turn;
  if (cards.length < 2) {
    bar?.remove();
    return;
  }
  if (!bar) {
    bar = make("live-text", { class: "turns" });
    bar.append(turnButton("turn_back", -1), make("span", { role: "status" }), turnButton("turn_next", 1));
    list.before(bar);
  }
  let at = cards.findIndex((card) => card.id === current);
  if (at < 0) at = 0;
  current = cards[at].id;
  for (const card of cards) card.dataset.turn = card.id === current ? "now" : "later";
  bar.dataset.at = at;
  write(bar.querySelector("[role=status]"), say("turn_of", { place: at + 1, all: cards.length }));
  bar.firstElementChild.disabled = at === 0;
  bar.lastElementChild.disabled = at === cards.length - 1;
}

function turnButton(name, by) {
  const button = make("button", { type: "button", class: "kern-btn kern-btn--secondary" }, say(name));
  button.addEventListener("click", () => {
    const cards = [...document.querySelectorAll("#ballot-cards > [data-turn]")];
    const next = cards[cards.findIndex((card) => card.id === current) + by];
    if (!next) return;
    current = next.id;
    showTurns();
    const heading = next.querySelector("h3");
    heading.tabIndex = -1;
    heading.focus();
  });
  return button;
}

// --- wiring ----------------------------------------------------------------------------
function refresh(form) {
  form.querySelectorAll("[data-ranking]").forEach(inOrder);
  form.querySelectorAll("[data-points], [data-budget]").forEach(count);
}

/** After every change of the page. */
export function dress() {
  for (const form of document.querySelectorAll(FORMS)) {
    if (!restored.has(form)) {
      restore(form);
      form.querySelectorAll("[data-mixed]").forEach(inOrder);
      // Not before somebody listens to them.
      for (const button of form.querySelectorAll("[data-move], [data-step]")) button.hidden = false;
    }
    refresh(form);
  }
  forgetCast();
  showTurns();
}

function typed({ target }) {
  const form = target.closest?.(FORMS);
  if (!form) return;
  if (target.matches("[data-ranking] select")) chosePlace(target);
  refresh(form);
  keep(form);
}

function clicked({ target }) {
  const button = target.closest?.("[data-move], [data-step]");
  const form = button?.closest(FORMS);
  if (!form) return;
  if ("move" in button.dataset) move(button);
  else step(button);
  refresh(form);
  keep(form);
}

document.addEventListener("change", typed);
document.addEventListener("input", ({ target }) => !target.matches("select") && typed({ target }));
document.addEventListener("click", clicked);
document.addEventListener("pointerdown", grabbed);
document.addEventListener("pointerup", dropped);
document.addEventListener("pointercancel", dropped);
// By the ordinary way or by the script: what was sent is no draft any more.
document.addEventListener("mitwirken:sent", ({ target }) => tab.set(target.dataset.vote, null));
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (target.matches(FORMS) && !defaultPrevented) tab.set(target.dataset.vote, null);
});
dress();
