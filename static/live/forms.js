// Forms: sent as commands, refused in place, drafts kept, characters counted.

import { focusHeading, headingOf, isTextField, letGo, parse } from "./draw.js";
import { command, hasStopped } from "./link.js";
import { make, root, say, store, write } from "./room.js";
import { ask, notify } from "./signs.js";

const keys = new WeakMap();
const busy = new WeakSet();
const draftTimers = new WeakMap();
const restored = new WeakSet();
const DRAFT_AFTER = 2000;
const DRAFTS_KEPT = 7 * 24 * 3600 * 1000;

// --- sending -------------------------------------------------------------------------
export async function submit(event) {
  const form = event.target;
  const { submitter } = event;
  if (!form.matches("form[data-command]") || event.defaultPrevented) return;
  if (hasStopped()) {
    // The ordinary way shows the page that says what to do now.
    withToken(form);
    return;
  }
  event.preventDefault();
  if (busy.has(form)) return;
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  // What is confirmed is what was there when the question was asked.
  const { seen } = form.elements;
  const read = seen?.value;
  if (question && !(await ask(question))) return;
  if (seen) seen.value = read;
  send(form, submitter);
}

async function send(form, submitter) {
  const slot = form.closest("[data-mine]");
  const heading = slot && headingOf(slot)?.textContent;
  setBusy(form, true);
  clearMessages(form);
  stopDraft(form);
  try {
    const reply = await command(form.dataset.command, payload(form, submitter), {
      once: "once" in form.dataset,
      onWait: (why) => tell(form, say(why)),
      // Before what is mine is drawn: what was sent no longer counts as unsent.
      onAnswer: ({ refused }) => {
        keys.delete(form);
        clearMessages(form);
        if (!refused) sent(form);
      },
    });
    know(form, reply);
    if (reply.refused) refuse(form, reply.refused);
    else succeed(form, reply.ok, slot, heading);
  } catch {
    refuse(form, { message: say("not_sent") });
  } finally {
    setBusy(form, false);
  }
}

export function payload(form, submitter) {
  const entries = [...new FormData(form)];
  if (submitter?.name) entries.push([submitter.name, submitter.value]);
  const lists = new Set(Array.from(form.querySelectorAll("[data-list]"), (field) => field.name));
  const facts = Object.fromEntries(Array.from(lists, (name) => [name, []]));
  for (const [name, value] of entries) {
    if (["csrfmiddlewaretoken", "next"].includes(name) || typeof value !== "string") continue;
    if (lists.has(name)) facts[name].push(value);
    else if (value !== "") facts[name] = value;
  }
  if ("once" in form.dataset) {
    if (!keys.has(form)) keys.set(form, randomKey());
    facts.request_key = keys.get(form);
  }
  return facts;
}

// crypto.randomUUID needs HTTPS; a hall's network in a rehearsal may not have it.
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function setBusy(form, isBusy) {
  if (isBusy) busy.add(form);
  else busy.delete(form);
  form.setAttribute("aria-busy", isBusy);
}

function withToken(form) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (!token || form.elements.csrfmiddlewaretoken) return;
  form.append(make("input", { type: "hidden", name: "csrfmiddlewaretoken", value: token }));
}

// --- answers ---------------------------------------------------------------------------
/** Whoever is told of a change, or has made it, has seen what is there now. */
function know({ elements: { seen } }, { refused, ok }) {
  if (seen) seen.value = (refused ?? ok).seen ?? seen.value;
}

function sent(form) {
  forgetDraft(form);
  if ("clear" in form.dataset) {
    form.reset();
    // A draft that came with the page is what reset() goes back to.
    for (const field of form.querySelectorAll("[type=text], input:not([type]), textarea")) {
      field.value = "";
    }
    form.dispatchEvent(new Event("mitwirken:home"));
  }
  for (const field of form.elements) {
    if (field.type === "checkbox" || field.type === "radio") field.defaultChecked = field.checked;
    else if (isTextField(field)) field.defaultValue = field.value;
    if (field.matches("select")) {
      for (const option of field.options) option.defaultSelected = option.selected;
    }
  }
  countAll(form);
  if (form.dataset.vote) form.dispatchEvent(new Event("mitwirken:sent", { bubbles: true }));
}

function succeed(form, ok, slot, heading) {
  if (ok.message) notify(ok.message, "success");
  form.closest("dialog[open]")?.close();
  letGo(form);
  const newHeading = slot?.isConnected && headingOf(slot);
  // One thing after another: the next one begins at its heading.
  if (newHeading && newHeading.textContent !== heading) focusHeading(slot);
}

const hints = new WeakMap();

/** What the server shows beside a form that it did not take yet, with ways to go on. */
function showHint(form, html) {
  const box = make("live-text", { class: "form__hint", tabindex: "-1" }, parse(html));
  hints.set(form, box);
  form.after(box);
  box.focus();
}

function refuse(form, { code, message, field: name, hint }) {
  const { wording } = form.elements;
  if (code === "decision.reworded_meanwhile" && wording) {
    // What was read is old; the new words stand there by now, or come in a moment.
    wording.value = wording.dataset.newer ?? wording.value;
    wording.dataset.told = "";
  }
  if (!form.isConnected) {
    notify(message, "danger");
    return;
  }
  const found = name && form.elements[name];
  const field = found?.length && !found.options ? found[0] : found;
  const id = `refusal-${(refuse.number = (refuse.number ?? 0) + 1)}`;
  const text = make("live-text", { class: "kern-error", role: "alert", id }, message);
  if (!field || field.type === "hidden") {
    form.prepend(text);
    if (hint) showHint(form, hint);
    return;
  }
  const isChoice = field.type === "radio" || field.type === "checkbox";
  const box = (isChoice && field.closest("fieldset")) || field.closest(".kern-form-input");
  if (box) box.append(text);
  else field.after(text);
  field.setAttribute("aria-invalid", "true");
  describe(field, id);
  field.focus();
}

function tell(form, message) {
  clearMessages(form);
  form.prepend(make("live-text", { class: "form__note", role: "status" }, message));
}

function clearMessages(form) {
  hints.get(form)?.remove();
  for (const text of form.querySelectorAll(".kern-error[data-made], .form__note[data-made]")) {
    for (const field of form.querySelectorAll(`[aria-describedby~="${text.id}"]`)) {
      describe(field, text.id, false);
      field.removeAttribute("aria-invalid");
    }
    text.remove();
  }
}

function describe(field, id, isOn = true) {
  const named = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const ids = named.filter((other) => other && other !== id);
  if (isOn) ids.push(id);
  field.setAttribute("aria-describedby", ids.join(" "));
}

// --- drafts ----------------------------------------------------------------------------
const draftKey = (form) => `draft:${root.dataset.code}:${form.dataset.draft}`;

function textsOf(form) {
  const texts = {};
  for (const field of form.elements) {
    if (field.name && isTextField(field) && field.value) texts[field.name] = field.value;
  }
  return texts;
}

function keepDraft(form) {
  const texts = textsOf(form);
  store.set(draftKey(form), Object.keys(texts).length ? { at: Date.now(), texts } : null);
  if (!form.dataset.draftCommand) return;
  stopDraft(form);
  draftTimers.set(form, setTimeout(() => saveDraft(form), DRAFT_AFTER));
}

async function saveDraft(form) {
  if (busy.has(form) || hasStopped()) return;
  const place = form.querySelector("[data-draft-state]");
  try {
    const reply = await command(form.dataset.draftCommand, payload(form));
    if (place) place.textContent = reply.ok ? say("draft_saved") : "";
  } catch {
    // It is kept in this browser; the next key tries again.
  }
}

function stopDraft(form) {
  clearTimeout(draftTimers.get(form));
}

function forgetDraft(form) {
  stopDraft(form);
  if (form.dataset.draft) store.set(draftKey(form), null);
}

function restoreDraft(form) {
  if (restored.has(form)) return;
  restored.add(form);
  const kept = store.get(draftKey(form));
  if (!kept || Date.now() - kept.at > DRAFTS_KEPT) return;
  for (const field of form.elements) {
    if (isTextField(field) && !field.value && kept.texts[field.name]) {
      field.value = kept.texts[field.name];
    }
  }
}

// --- counters --------------------------------------------------------------------------
const counters = new WeakMap();

function counterOf(element, place) {
  let counter = counters.get(element);
  if (!counter?.isConnected) {
    const id = `counter-${(counterOf.number = (counterOf.number ?? 0) + 1)}`;
    counter = make("live-text", { class: "counter", id });
    place(counter);
    describe(element, id);
    counters.set(element, counter);
  }
  return counter;
}

function countText(field) {
  const longest = Number(field.dataset.max || field.maxLength);
  if (!(longest > 0)) return;
  const left = longest - [...field.value].length;
  const counter = counterOf(field, (made) => field.after(made));
  counter.textContent = left < 0 ? say("chars_over", { n: -left }) : say("chars_left", { n: left });
  setState(counter, left < 0 ? "over" : left <= longest / 10 ? "near" : "");
}

function countChoices(box) {
  const most = Number(box.dataset.most);
  const left = most - box.querySelectorAll("input:checked").length;
  const counter = counterOf(box, (made) => box.append(made));
  const text = left < 0 ? say("choices_over", { n: -left }) : say("choices_left", { n: left });
  write(counter, text);
  setState(counter, left < 0 ? "over" : left === 0 ? "near" : "");
  counter.setAttribute("role", "status");
}

function setState(counter, name) {
  if (name) counter.dataset.state = name;
  else delete counter.dataset.state;
}

function countAll(tree) {
  tree.querySelectorAll("textarea[data-count], input[data-count]").forEach(countText);
  tree.querySelectorAll("[data-most]").forEach(countChoices);
}

// --- wiring ----------------------------------------------------------------------------
export function typed({ target, isTrusted }) {
  if (!target.matches?.("input, textarea, select")) return;
  if (target.matches("[data-count]")) countText(target);
  const box = target.closest("[data-most]");
  if (box) countChoices(box);
  if (isTrusted && target.form?.dataset.draft && isTextField(target)) keepDraft(target.form);
}

/** Forms that have just arrived: drafts back, counters on. */
export function dress() {
  document.querySelectorAll("form[data-draft]").forEach(restoreDraft);
  countAll(document);
}
