// The live page: docs/protocol.md says what it does. Every page works without it.

import { applyMine, onDraw, showKnownCounts } from "./live/draw.js";
import { dress, submit, typed } from "./live/forms.js";
import * as link from "./live/link.js";
import { root, state } from "./live/room.js";
import { announce, showClocks, showEnd, showLink, showSame } from "./live/signs.js";
import { askMine, take } from "./live/stream.js";
import { goHome, opened, reloadThreads, reply, withoutMoved } from "./live/threads.js";

const ANNOUNCED = "[data-announce]";

function withSelf(tree, selector) {
  const found = [...tree.querySelectorAll(selector)];
  return tree.matches(selector) ? [tree, ...found] : found;
}

function showForScript(tree) {
  for (const element of withSelf(tree, "[data-show-js]")) element.hidden = false;
  for (const element of withSelf(tree, "[data-hide-js]")) element.hidden = true;
}

function announceNew(fresh, old) {
  const said = new Set(old && withSelf(old, ANNOUNCED).map((element) => element.dataset.announce));
  for (const { dataset } of withSelf(fresh, ANNOUNCED)) {
    if (!said.has(dataset.announce)) announce(dataset.announce);
  }
}

function clicked(event) {
  const opener = event.target.closest("[data-reply], [data-open], [data-close]");
  if (!opener) return;
  const { dataset } = opener;
  if ("reply" in dataset) reply(opener);
  else if ("open" in dataset) document.getElementById(dataset.open)?.showModal();
  else opener.closest("dialog")?.close();
  event.preventDefault();
}

// Loaded with the first ballot that can be voted in, or that was half filled.
let voting = null;

function hasKept() {
  try {
    return Object.keys(sessionStorage).some((key) => key.startsWith("vote:"));
  } catch {
    return false;
  }
}

function dressVoting() {
  if (voting) voting.dress?.();
  else if (document.querySelector("form[data-vote]") || hasKept()) {
    voting = {};
    import("./live/voting.js").then((module) => (voting = module));
  }
}

function listenToRoom() {
  Object.assign(link.listeners, {
    frame: take,
    mine: applyMine,
    link: showLink,
    back: askMine,
    ended: showEnd,
  });
  Object.assign(onDraw, {
    arriving(fresh, old, isQuiet) {
      showForScript(fresh);
      showKnownCounts(fresh);
      withoutMoved(fresh);
      voting?.arriving?.(fresh);
      if (!isQuiet) announceNew(fresh, old);
    },
    arrived() {
      dress();
      dressVoting();
      showClocks();
      showSame();
    },
    snapshot: reloadThreads,
  });
}

function listenToPerson() {
  document.addEventListener("submit", submit);
  document.addEventListener("input", typed);
  document.addEventListener("click", clicked);
  // These two do not bubble.
  document.addEventListener("toggle", opened, true);
  document.addEventListener("mitwirken:home", ({ target }) => goHome(target), true);
  document.addEventListener("visibilitychange", () => document.hidden || link.check());
  window.addEventListener("pageshow", (event) => event.persisted && link.check());
  window.addEventListener("online", link.check);
  window.addEventListener("offline", link.tick);
}

/** What only some screens have is loaded only there; gives what keys need. */
function more() {
  const forKeys = [];
  if (document.querySelector("[data-map]")) import("./place.js");
  if (document.querySelector(".projector")) import("./live/fit.js");
  if (document.getElementById("conference")) import("./live/conference.js");
  if (document.querySelector("[data-key]")) forKeys.push(import("./live/keys.js"));
  if (document.getElementById("queue-list")) {
    forKeys.push(import("./live/queue.js"), import("./live/stow.js"));
  }
  return forKeys;
}

function start() {
  showForScript(document.documentElement);
  listenToRoom();
  listenToPerson();
  dress();
  dressVoting();
  showSame();
  showClocks();
  setInterval(() => {
    link.tick();
    showClocks();
  }, 1000);
  // "Connected" means that keys and queue work, too; what cannot be loaded is missing.
  Promise.allSettled(more()).then(link.connect);
  const look = () => ({ seq: state.seq, version: state.version, link: state.link });
  Object.defineProperty(window, "mitwirken", { value: Object.freeze({ state: look }) });
}

if (root) start();
