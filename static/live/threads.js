// Threads that load when opened, and replies below the comment they answer.

import { change, fill, nameOf } from "./draw.js";
import { button, make, say, state } from "./room.js";

const loading = new WeakSet();
const loaded = new WeakSet();
const homes = new WeakMap();

// --- lazy ------------------------------------------------------------------------------
export function opened({ target }) {
  if (target.matches?.("[data-load][open]") && !loaded.has(target)) load(target);
}

/** A snapshot does not hold what was loaded. */
export function reloadThreads() {
  for (const box of document.querySelectorAll("[data-load]")) {
    loaded.delete(box);
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
      if (!reply.ok) throw new Error(reply.statusText);
      const html = await reply.text();
      change(() => fill(place, html));
    } while (state.seq !== before);
    place.querySelectorAll(":scope > live-text").forEach((text) => text.remove());
    loaded.add(box);
  } catch {
    place.prepend(make("live-text", { class: "kern-error", role: "alert" }, say("load_failed")));
  } finally {
    place.removeAttribute("aria-busy");
    loading.delete(box);
  }
}

// --- replies ---------------------------------------------------------------------------
export function reply(opener) {
  const form = formNear(opener);
  const comment = opener.closest("[id^='comment-'], li, article");
  if (!form || !comment) return;
  goHome(form, false);
  const home = make("live-text", { hidden: "" });
  form.before(home);
  const line = make(
    "live-text",
    { class: "reply-to cluster", role: "status" },
    opener.getAttribute("aria-label") ?? opener.textContent,
    button(say("reply_cancel"), "kern-btn--tertiary kern-btn--x-small", () => goHome(form)),
  );
  homes.set(form, { home, line, opener });
  form.prepend(line);
  form.dataset.moved = "";
  setParent(form, opener.dataset.reply);
  comment.insertBefore(form, comment.querySelector(":scope > ol, :scope > ul"));
  form.querySelector("textarea, input[type=text]")?.focus();
}

function formNear(opener) {
  for (let at = opener.parentElement; at; at = at.parentElement) {
    const field = at.querySelector("form [name=parent]");
    if (field) return field.form;
  }
  return null;
}

function setParent(form, pk) {
  const field = form.elements.parent;
  if (field.options && ![...field.options].some((option) => option.value === pk)) {
    field.add(new Option("", pk));
  }
  field.value = pk;
}

export function goHome(form, withFocus = true) {
  const { home, line, opener } = homes.get(form) ?? {};
  if (!home) return;
  homes.delete(form);
  line.remove();
  delete form.dataset.moved;
  setParent(form, "");
  if (home.isConnected) home.replaceWith(form);
  if (withFocus && opener.isConnected) opener.focus();
}

/** A form that stands below a comment does not come a second time at its home. */
export function withoutMoved(fresh) {
  const moved = [...document.querySelectorAll("form[data-moved]")].map(nameOf);
  for (const form of moved.length ? fresh.querySelectorAll("form[data-command]") : []) {
    if (moved.includes(nameOf(form))) form.remove();
  }
}
