// Threads that load when opened, and replies below the comment they answer.

import { parse } from "./draw.js";
import { make, say, state } from "./room.js";
import { button } from "./room.js";

const loading = new WeakSet();
const homes = new WeakMap();

// --- lazy ------------------------------------------------------------------------------
export function opened({ target }) {
  if (target.matches?.("details[data-load][open]") && !("isLoaded" in target.dataset)) load(target);
}

/** After a snapshot the ops for open threads may have been missed. */
export function reloadThreads() {
  for (const box of document.querySelectorAll("details[data-load]")) {
    delete box.dataset.isLoaded;
    if (box.open) load(box);
  }
}

async function load(box) {
  if (loading.has(box)) return;
  loading.add(box);
  const place = box.querySelector("[data-loaded]");
  place.setAttribute("aria-busy", "true");
  try {
    let before;
    // Ops that came while it was under way had no list to go into.
    do {
      before = state.seq;
      const reply = await fetch(box.dataset.load);
      if (!reply.ok) throw new Error(reply.status);
      fill(place, await reply.text());
    } while (state.seq !== before);
    box.dataset.isLoaded = "";
  } catch {
    place.prepend(make("p", { class: "kern-error", role: "alert" }, say("load_failed")));
  } finally {
    place.removeAttribute("aria-busy");
    loading.delete(box);
  }
}
