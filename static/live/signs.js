// What the page says by itself: link state, clocks, announcements, notices, questions.

import { button, make, root, say, state, write } from "./room.js";

// --- link state --------------------------------------------------------------------
export function showLink(link) {
  for (const sign of document.querySelectorAll("[data-link-state], #link-state")) {
    sign.dataset.state = link;
    const text = sign.dataset[link];
    if (text) sign.textContent = text;
  }
}

/** The right ended: say why, and let the person load the page anew. */
export function showEnd(code) {
  // A table that is not one's own any more leads to the one that is.
  const what = say(`reload_${code}`) || say("reload");
  const again = button(what, "kern-btn--secondary", () => location.reload());
  notify(say(`bye_${code}`) || say("bye"), "danger").querySelector(".alert__body").append(again);
}

// --- clocks --------------------------------------------------------------------------
const SOON = 60_000;

export function showClocks() {
  const ends = Number(document.getElementById("now")?.dataset.ends);
  const isOver = Boolean(ends) && ends - serverNow() < 0;
  for (const sign of document.querySelectorAll("[data-clock-over]")) sign.hidden = !isOver;
  for (const clock of document.querySelectorAll("[data-clock]")) if (ends) showClock(clock, ends);
  // A clock of its own, not the agenda's: a speaker's turn.
  for (const clock of document.querySelectorAll("[data-clock-until]")) {
    showClock(clock, Number(clock.dataset.clockUntil));
  }
}

const serverNow = () => Date.now() + state.offset;

function showClock(clock, ends) {
  const left = ends - serverNow();
  const isOver = left < 0;
  // Only the moderation sees by how much an item runs over.
  const shown = isOver && root.dataset.screen !== "desk" ? 0 : Math.abs(left);
  const seconds = Math.floor(shown / 1000);
  write(clock, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  const frame = clock.closest(".clock");
  const pace = left <= (clock.hasAttribute("data-clock") ? SOON : SOON / 4) ? "soon" : "running";
  if (frame) frame.dataset.state = isOver && shown ? "over" : pace;
}

// --- texts that say the same -----------------------------------------------------------
/** One's own place stands in the list that everybody gets: what is mine repeats it. */
export function showSame() {
  for (const twin of document.querySelectorAll("[data-same-as]")) {
    const first = document.getElementById(twin.dataset.sameAs);
    if (first) write(twin, first.textContent);
  }
}

// --- announcer -----------------------------------------------------------------------
const ANNOUNCE_EVERY = 5000;
const GATHER = 250;
const MOST_AT_ONCE = 3;
let unsaid = [];
let sayTimer = null;
let saidAt = -Infinity;

export function announce(text) {
  if (!text || unsaid.includes(text)) return;
  unsaid.push(text);
  const wait = Math.max(GATHER, saidAt + ANNOUNCE_EVERY - performance.now());
  sayTimer ??= setTimeout(speak, wait);
}

function speak() {
  sayTimer = null;
  saidAt = performance.now();
  const announcer = document.getElementById("announcer");
  const more = unsaid.length - MOST_AT_ONCE;
  const parts = unsaid.slice(0, MOST_AT_ONCE);
  if (more > 0) parts.push(say("more", { n: more }));
  unsaid = [];
  if (announcer) announcer.textContent = parts.join(" ");
}

// --- notices -------------------------------------------------------------------------
const NOTICE_STAYS = 12_000;
const MOST_NOTICES = 3;

export function notify(text, kind = "info") {
  const place = document.getElementById("notices");
  const template = document.getElementById("notice-template");
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.classList.add(`alert--${kind}`);
  notice.querySelector("p").textContent = text;
  const close = notice.querySelector("button");
  close.addEventListener("click", () => notice.remove());
  place.append(notice);
  while (place.children.length > MOST_NOTICES) place.firstElementChild.remove();
  if (kind !== "danger") fade(notice);
  return notice;
}

function fade(notice) {
  setTimeout(() => {
    if (notice.matches(":hover, :focus-within")) fade(notice);
    else notice.remove();
  }, NOTICE_STAYS);
}

// --- questions -------------------------------------------------------------------------
/** Ask in a dialog; resolves to whether the person said yes. */
export function ask(question) {
  return new Promise((done) => {
    const text = make("p", { id: "question" }, question);
    const dialog = make("dialog", { class: "dialog", "aria-labelledby": "question" });
    const foot = make(
      "div",
      { class: "dialog__foot" },
      button(say("no"), "kern-btn--secondary", () => dialog.close()),
      button(say("yes"), "kern-btn--primary", () => dialog.close("yes")),
    );
    dialog.append(make("div", { class: "dialog__body" }, text), foot);
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(dialog.returnValue === "yes");
    });
    root.append(dialog);
    dialog.showModal();
  });
}
