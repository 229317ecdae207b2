// Single-key shortcuts: listed under "?", never while typing, can be switched off.

import { button, make, root, say, store } from "./room.js";

const SWITCH = "keys";
const isOn = () => store.get(SWITCH) !== false;
// What stands in a closed part of the screen can be reached if it says so.
const isShown = (element) => element.getClientRects().length > 0 || "opens" in element.dataset;

function pressed(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !isOn()) return;
  if (target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  const found = key === "?" ? null : findButton(key.toLowerCase());
  if (key !== "?" && !found) return;
  event.preventDefault();
  if (!found) showKeys();
  else if (found.matches("input, textarea, select")) reach(found);
  else press(found);
}

function reach(field) {
  const part = field.closest("details:not([open])");
  if (part) part.open = true;
  field.focus();
}

/** What a key opens, it opens for writing. */
function press(element) {
  element.click();
  const part = element.matches("summary") ? element.parentElement : null;
  if (part?.open) part.querySelector("select, textarea, input:not([type=hidden])")?.focus();
}

/** Several rows have the same key: the current row's button is meant, or the first. */
function findButton(key) {
  const all = [...document.querySelectorAll("[data-key]")].filter(
    (element) => element.dataset.key.toLowerCase() === key && isShown(element) && !element.disabled,
  );
  return all.find((element) => element.closest("[aria-current=true]")) ?? all[0];
}

function showKeys() {
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": "keys-title" });
  const title = make("h2", { class: "dialog__title", id: "keys-title" }, say("keys_title"));
  const close = button(say("close"), "kern-btn--primary", () => dialog.close());
  dialog.append(
    make("div", { class: "dialog__head" }, title),
    make("div", { class: "dialog__body" }, listOfKeys(), switchOfKeys()),
    make("div", { class: "dialog__foot" }, close),
  );
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}

function row(key, label) {
  return make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, label));
}

function listOfKeys() {
  const list = make("dl", { class: "pairs" });
  const seen = new Set();
  for (const element of document.querySelectorAll("[data-key]")) {
    const { key } = element.dataset;
    if (seen.has(key) || !isShown(element)) continue;
    seen.add(key);
    list.append(row(key, element.getAttribute("aria-label") ?? element.textContent.trim()));
  }
  // Keys that no button has.
  for (const { dataset, textContent } of document.querySelectorAll("[data-listed]")) {
    list.append(row(dataset.listed, textContent));
  }
  return list;
}

function switchOfKeys() {
  const className = "kern-form-check__checkbox";
  const box = make("input", { type: "checkbox", class: className, id: "keys-on" });
  box.checked = isOn();
  box.addEventListener("change", () => store.set(SWITCH, box.checked));
  const label = make("label", { class: "kern-label", for: "keys-on" }, say("keys_on"));
  return make("div", { class: "kern-form-check" }, box, label);
}

document.addEventListener("keydown", pressed);
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-open-keys]")) showKeys();
});
