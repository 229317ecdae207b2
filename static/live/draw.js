// Putting fragments into the page without touching what somebody reads or types.

import { root, write } from "./room.js";

// The one door for server-made HTML; it was sanitised there.
const policy = globalThis.trustedTypes?.createPolicy("mitwirken", { createHTML: (html) => html });

/** Set by live.js: before fresh content is put in place of `old`, and afterwards. */
export const onDraw = { arriving() {}, arrived() {}, snapshot() {} };

const known = {};

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

// --- what must not be touched ------------------------------------------------------
const FIELDS = "input, textarea, select";
const NAMED = ":is([data-mine], [data-keep], form[data-command]):not([id], [data-loaded])";
const NOT_TYPED = ["checkbox", "radio", "hidden", "button", "submit", "reset", "image", "range"];

export function isTextField(element) {
  return element.matches("textarea, input") && !NOT_TYPED.includes(element.type);
}

function isTouched(field) {
  if (field.type === "checkbox" || field.type === "radio") {
    return field.checked !== field.defaultChecked;
  }
  if (field.matches("select")) {
    const start = [...field.options].findIndex((option) => option.defaultSelected);
    return field.multiple
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.selectedIndex !== Math.max(start, 0);
  }
  return field.value !== field.defaultValue;
}

const isUnsent = (field) => isTouched(field) && field.value.trim() !== "";
const textsIn = (element) => [element, ...element.querySelectorAll(FIELDS)].filter(isTextField);

/** Whether somebody is writing here, or has written something not yet sent. */
export function holdsText(element) {
  return textsIn(element).some((field) => field === document.activeElement || isUnsent(field));
}

// Gone, but for somebody who was writing there.
const outlived = new WeakSet();

/** Sent: a place that only waited for that may go. */
export function letGo(at) {
  if (!at) return;
  if (outlived.has(at) && !textsIn(at).some(isUnsent)) change(() => at.remove());
  else letGo(at.parentElement);
}

/** What is filled in rests on what was seen: this must not change without a word. */
function isBegun(form) {
  return [...(form?.elements ?? [])].some(
    (field) =>
      field.matches(FIELDS) &&
      field.type !== "hidden" &&
      (isTouched(field) || (field === document.activeElement && field.type !== "submit")),
  );
}

const isOpenDialog = (element) => element.matches("dialog[open]");

function mayMorph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) return true;
  outlived.delete(old);
  if (old.hasAttribute("data-mine") || old.hasAttribute("data-loaded") || isOpenDialog(old)) {
    return false;
  }
  if (old.hasAttribute("data-keep")) {
    const isSame = nameOf(old) === nameOf(fresh);
    if (isSame) renewWording(old, fresh);
    // What others may set too reads as it is now, until it is begun.
    if (isSame && old.querySelector("input[name=seen]")) {
      return ![...old.querySelectorAll("form")].some(isBegun);
    }
    return !isSame && !holdsText(old);
  }
  if (!old.matches(FIELDS) || old.name !== fresh.name) return true;
  if (old.name === "seen" && isBegun(old.form)) return false;
  const isChoice = old.type === "checkbox" || old.type === "radio";
  if (isChoice && old.value !== fresh.value) return true;
  return old !== document.activeElement && !isTouched(old);
}

/** Forms decide on the wording that is on the screen. Whoever is writing a reason is told
 * first that it has changed; see `refuse`. */
function renewWording(old, fresh) {
  const shown = fresh.querySelectorAll("input[name=wording]");
  for (const [place, field] of old.querySelectorAll("input[name=wording]").entries()) {
    if (!shown[place]) continue;
    if (holdsText(field.form) && !("told" in field.dataset)) {
      field.dataset.newer = shown[place].value;
    } else field.value = shown[place].value;
  }
}

function mayGo(old) {
  if (old.nodeType !== Node.ELEMENT_NODE) return true;
  const isOurs = old.hasAttribute("data-made") || old.matches("[data-moved]");
  if (isOurs || old.querySelector("[data-moved]") || isOpenDialog(old)) return false;
  const isHeld = holdsText(old);
  if (isHeld) outlived.add(old);
  return !isHeld;
}

// Fields that do not say what a form is about. `seen` (how far its screen was) and
// `wording` (what was read) change while somebody fills the form in.
const NOT_ABOUT = ["csrfmiddlewaretoken", "next", "parent", "seen", "wording"];

/** What tells a slot, a form or a kept part from others: its command and about what. */
export function nameOf(element) {
  if ("mine" in element.dataset) return `mine:${element.dataset.mine}`;
  const form = element.matches("form") ? element : element.querySelector("form");
  const about = [...(form?.querySelectorAll("input[type=hidden]") ?? [])]
    .filter((field) => !NOT_ABOUT.includes(field.name))
    .map((field) => field.value);
  return [element.localName, element.dataset.keep, form?.dataset.command, ...about].join(":");
}

// Set by the script or by the reader; the server's HTML does not know of them.
function mayChange(name, element) {
  if (name === "open") return !element.matches("details, dialog");
  if (name === "aria-current" || name === "tabindex") return !element.matches("[data-entry]");
  if (name === "aria-describedby") return !element.matches(FIELDS);
  return name !== "aria-busy" && name !== "aria-invalid";
}

const rules = {
  // Focus in fields is kept by not touching them.
  restoreFocus: false,
  callbacks: {
    beforeNodeMorphed: mayMorph,
    beforeNodeRemoved: mayGo,
    beforeAttributeUpdated: mayChange,
  },
};

/** Only what has an id is recognised in another place: lend ids while morphing. */
function named(tree) {
  const added = new Map();
  for (const element of tree.querySelectorAll(NAMED)) {
    const name = nameOf(element);
    if (!added.has(name)) added.set(name, element);
  }
  added.forEach((element, name) => (element.id = name));
  return [...added.values()];
}

function morph(old, fresh, morphStyle, isQuiet = false) {
  onDraw.arriving(fresh, old, isQuiet);
  const added = [...named(old), ...named(fresh)];
  globalThis.Idiomorph.morph(old, fresh, { ...rules, morphStyle });
  added.forEach((element) => element.removeAttribute("id"));
}

// --- ops -----------------------------------------------------------------------------
const swaps = { replace, put, remove };

export function applyOps(ops) {
  change(() => {
    for (const op of ops) {
      try {
        swaps[op.swap](op.target, op.html ?? "");
      } catch (error) {
        // One fragment that does not fit must not hold up the others.
        console.error(op.target, error);
      }
    }
  });
}

export function applySnapshot(regions, counts) {
  Object.assign(known, counts);
  change(() => {
    for (const [id, html] of Object.entries(regions)) replace(id, html, true);
    showCounts(counts);
  });
  early.clear();
  onDraw.snapshot();
}

// Slots that were answered before their element came: one's own new card.
const early = new Map();

export function applyMine(slots) {
  change(() => {
    for (const [name, html] of Object.entries(slots)) {
      const found = root.querySelectorAll(`[data-mine="${CSS.escape(name)}"]`);
      for (const slot of found) fill(slot, html);
      if (found.length) early.delete(name);
      else early.set(name, html);
    }
  });
}

function fillEarly(tree) {
  for (const slot of tree.querySelectorAll("[data-mine]")) {
    const html = early.get(slot.dataset.mine);
    if (html !== undefined && early.delete(slot.dataset.mine)) fill(slot, html);
  }
}

/** Give `element` this content, sparing what is being read or typed in it. */
export function fill(element, html) {
  const fresh = document.createElement("div");
  fresh.append(parse(html));
  morph(element, fresh, "innerHTML", true);
}

function replace(target, html, isQuiet) {
  const old = document.getElementById(target);
  const fresh = parse(html).firstElementChild;
  if (old && fresh) morph(old, fresh, "outerHTML", isQuiet);
}

function remove(target) {
  leave(document.getElementById(target));
}

function put(target, html) {
  const list = document.getElementById(target);
  const fresh = parse(html).firstElementChild;
  if (!list || !fresh) return;
  const old = fresh.id && document.getElementById(fresh.id);
  if (old && list.contains(old)) {
    const moved = old.dataset.place !== fresh.dataset.place;
    morph(old, fresh, "outerHTML");
    if (moved && !old.contains(document.activeElement)) insert(list, old);
  } else {
    insert(list, fresh);
    fillEarly(fresh);
    // An older one that fills the place of one that went is no news.
    const isOld = list.dataset.limit && fresh.previousElementSibling && !fresh.nextElementSibling;
    onDraw.arriving(fresh, null, Boolean(isOld));
  }
  cut(list);
}

function insert(list, element) {
  const sign = list.dataset.order === "rising" ? -1 : 1;
  const place = (row) => sign * Number(row.dataset.place);
  const next = [...list.children].find(
    (row) => row !== element && "place" in row.dataset && place(row) < place(element),
  );
  list.insertBefore(element, next ?? null);
}

function cut(list) {
  if (!list.dataset.limit) return;
  const surplus = [...list.children].slice(Number(list.dataset.limit));
  surplus.filter((row) => !holdsText(row)).forEach(leave);
}

/** A form that was moved in goes home before the element goes. */
function leave(element) {
  element?.querySelectorAll("[data-moved]").forEach((form) => {
    form.dispatchEvent(new Event("mitwirken:home"));
  });
  element?.remove();
}

// --- numbers ---------------------------------------------------------------------------
export function showCounts(counts) {
  for (const [subject, numbers] of Object.entries(counts)) {
    known[subject] = { ...known[subject], ...numbers };
  }
  writeCounts(root, counts);
}

function writeCounts(tree, counts) {
  for (const element of tree.querySelectorAll("[data-count]")) {
    const [, subject, name] = element.dataset.count.match(/^(.*)\.(.*)$/) ?? [];
    const number = counts[subject]?.[name];
    if (number !== undefined) write(element, String(number));
  }
}

/** A fragment may have been drawn before the numbers that are shown already. */
export const showKnownCounts = (tree) => writeCounts(tree, known);

// --- reading on ------------------------------------------------------------------------
export function change(work) {
  const before = document.activeElement;
  const trail = wayFrom(before);
  const anchor = readingAnchor();
  const top = anchor?.getBoundingClientRect().top;
  work();
  endClosed();
  copyAllows();
  onDraw.arrived();
  if (before !== document.body && !before?.isConnected) focusNear(trail);
  if (anchor?.isConnected) {
    window.scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
  }
}

/** What one's own part said until a ballot closed goes, and nobody has to ask. */
function endClosed() {
  for (const part of root.querySelectorAll("[data-state] [data-until-closed]")) {
    if (!/^(open|paused)$/.test(part.closest("[data-state]").dataset.state)) part.remove();
  }
}

/** An element, its neighbours, its parent, the parent's neighbours, and so on. */
function wayFrom(element) {
  const way = [];
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    way.push(at, at.nextElementSibling, at.previousElementSibling);
  }
  return way;
}

/** Where browsers do not hold the view themselves, what is held by us. */
function readingAnchor() {
  if (CSS.supports("overflow-anchor", "auto") || window.scrollY === 0) return null;
  const seen = document.elementFromPoint(window.innerWidth / 2, window.innerHeight / 3);
  return seen?.closest("[data-place]") ?? seen;
}

/** What had the focus is gone: go on from the nearest thing that is left. */
function focusNear(trail) {
  const isEmptied = (element) => element.matches("[data-mine]") && !element.firstElementChild;
  const left = trail.find((element) => element?.isConnected && !isEmptied(element));
  if (left) focusHeading(left);
}

export function headingOf(element) {
  return element.querySelector("h1, h2, h3, h4, h5, h6, [role=heading]");
}

export function focusHeading(element) {
  const target = headingOf(element) ?? element;
  if (target.tabIndex < 0) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

function copyAllows() {
  const now = document.getElementById("now");
  if (now && now.dataset.allows !== undefined) root.dataset.allows = now.dataset.allows;
}
