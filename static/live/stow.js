// The desk has hundreds of forms in closed folds. A browser that fills in forms looks
// through all of them after every change, for a second and longer: nothing moves
// meanwhile. So what is in a closed fold of a card lies outside the page until the fold
// is opened. Without script it simply stands there.

import { holdsText, onDraw, showKnownCounts } from "./draw.js";
import { dress } from "./forms.js";
import { root } from "./room.js";

const FOLD = "details[data-keep]:not([open], [data-stowed])";
const FOLDS = `.card ${FOLD}, [data-entry] ${FOLD}`;
// What belongs to a person is filled in where it stands, and so is what was loaded.
const NOT_STOWED = "[data-mine], [data-loaded], [aria-busy=true]";

function stow(fold) {
  const wentAlong = !fold.isConnected;
  if (wentAlong || fold.querySelector(NOT_STOWED) || holdsText(fold)) return;
  if (!fold.querySelector("input, select, textarea")) return;
  const store = document.createElement("template");
  store.content.append(...[...fold.childNodes].filter((node) => node.localName !== "summary"));
  fold.append(store);
  fold.dataset.stowed = "";
}

function unstow(fold) {
  const store = fold.querySelector(":scope > template");
  delete fold.dataset.stowed;
  store.replaceWith(store.content);
  showKnownCounts(fold);
}

function unstowAll(tree) {
  if (tree.matches("[data-stowed]")) unstow(tree);
  tree.querySelectorAll("[data-stowed]").forEach(unstow);
}

function opening({ target }) {
  const fold = target.closest?.("summary")?.parentElement ?? target;
  if (!fold.matches?.("[data-stowed]")) return;
  unstow(fold);
  dress();
}

const stowAll = () => root.querySelectorAll(FOLDS).forEach(stow);

const { arriving, arrived } = onDraw;
// Fresh content is compared with the whole of the old one.
onDraw.arriving = (fresh, old, isQuiet) => {
  if (old) unstowAll(old);
  arriving(fresh, old, isQuiet);
};
onDraw.arrived = () => {
  stowAll();
  arrived();
};
// By mouse and keys before the fold opens; by script right after.
document.addEventListener("click", opening, true);
document.addEventListener("toggle", opening, true);
stowAll();
