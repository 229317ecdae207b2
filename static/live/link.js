// The line to the server: socket, reconnecting, polling, commands and answers.

import { root, state } from "./room.js";

const SILENCE = 20_000; // longer than a heartbeat: the line may be dead
const GIVE_UP = 35_000;
const ANSWER_WITHIN = 20_000;
const CONNECT_WITHIN = 10_000;
const STEADY_AFTER = 10_000;
const POLL_EVERY = 3_000;
const LONGEST_PAUSE = 30_000;
const LONGEST_FRAME = 60_000;
const LONGEST_RETRY = 5; // seconds
const MOST_TRIES = 5;
const FINAL = [4401, 4403, 4404, 4410];

/** Set by live.js: what to do with frames, answers and changes of the link. */
export const listeners = { frame() {}, mine() {}, link() {}, back() {}, ended() {} };

/** A command that nobody answered; it may or may not have had its effect. */
export class Unsent extends Error {}

let socket = null;
let isLive = false;
let hasEnded = false;
let resuming = false;
let lastHeard = 0;
let tries = 0;
let failures = 0;
let nextId = 0;
let retryTimer, steadyTimer, connectTimer, pollTimer;
let wasLost = false;
let polling = false;
let pollRound = 0;
let pollWorks = null;
let asked = new Map();
let waiting = [];

const now = () => performance.now();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// --- state of the link ---------------------------------------------------------
export const hasStopped = () => hasEnded;
const isOpen = () => isLive && now() - lastHeard < SILENCE;

function judge() {
  if (hasEnded || navigator.onLine === false) return "cut";
  if (isOpen()) return "live";
  return polling && pollWorks === false ? "cut" : "delayed";
}

function showLink() {
  const link = judge();
  if (link === state.link) return;
  state.link = link;
  listeners.link(link);
}

/** Once a second: silence must show even when nothing arrives. */
export function tick() {
  if (socket && isLive && now() - lastHeard > GIVE_UP) drop();
  showLink();
}

// --- socket ----------------------------------------------------------------------
function address(path, scheme, facts) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", scheme);
  const all = { screen: root.dataset.screen, lang: document.documentElement.lang, ...facts };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return url;
}

export function connect() {
  clearTimeout(retryTimer);
  if (hasEnded || socket) return;
  try {
    socket = new WebSocket(address(root.dataset.socket, "ws"));
  } catch {
    lost();
    return;
  }
  connectTimer = setTimeout(drop, CONNECT_WITHIN);
  socket.onopen = () => {
    lastHeard = now();
    resume();
  };
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = (event) => {
    socket = null;
    if (FINAL.includes(event.code)) end(event.code);
    else lost();
  };
}

/** Leave a socket behind without waiting for a peer that may be gone. */
function forget() {
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
  socket = null;
}

function drop() {
  forget();
  lost();
}

function lost() {
  clearTimeout(steadyTimer);
  clearTimeout(connectTimer);
  if (!isLive) failures += 1;
  wasLost = true;
  isLive = resuming = false;
  const unanswered = [...asked.values()];
  asked = new Map();
  unanswered.forEach(setAside);
  if (failures >= 3 && !polling) startPolling();
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, pauseBefore(tries));
  tries += 1;
  showLink();
}

/** Growing and random, so that a hall does not come back in one instant. */
function pauseBefore(attempt) {
  const longest = Math.min(LONGEST_PAUSE, 1000 * 2 ** attempt);
  return longest / 2 + (Math.random() * longest) / 2;
}

function becomeLive() {
  if (isLive) return;
  isLive = true;
  failures = 0;
  clearTimeout(connectTimer);
  // A server that accepts and fails at once must not be asked twice a second.
  steadyTimer = setTimeout(() => (tries = 0), STEADY_AFTER);
  polling = false;
  clearTimeout(pollTimer);
  sendWaiting();
  if (wasLost) listeners.back();
}

export function end(code) {
  hasEnded = true;
  isLive = polling = false;
  [retryTimer, steadyTimer, connectTimer, pollTimer].forEach(clearTimeout);
  forget();
  const unanswered = [...asked.values(), ...waiting];
  asked = new Map();
  waiting = [];
  unanswered.forEach((order) => order.reject(new Unsent()));
  showLink();
  listeners.ended(code);
}

function receive(frame) {
  lastHeard = now();
  if ("re" in frame) answer(frame);
  else if (frame.kind === "bye") end(frame.code);
  else if (frame.kind === "echo") socket.send('{"do":"echo"}');
  else listeners.frame(frame);
  showLink();
}

/** Ask for what was missed; while an answer is under way, not again. */
export async function resume() {
  if (!socket || socket.readyState !== WebSocket.OPEN || resuming) return;
  resuming = true;
  const used = socket;
  const { epoch, seq, version } = state;
  try {
    const reply = await ask("resume", { epoch, since: seq, version });
    if (used !== socket) return;
    if (reply.refused) drop();
    else becomeLive();
    showLink();
  } catch {
    // The socket went away; the next one resumes.
  } finally {
    if (used === socket) resuming = false;
  }
}

/** Back from sleep or from another tab: is the line still there? */
export async function check() {
  if (hasEnded) return;
  if (!socket) {
    tries = 0;
    connect();
    if (polling) poll();
    return;
  }
  const used = socket;
  const before = lastHeard;
  resume();
  await sleep(5000);
  if (used === socket && lastHeard === before) drop();
}

// --- polling ---------------------------------------------------------------------
function startPolling() {
  polling = true;
  poll();
}

async function poll() {
  clearTimeout(pollTimer);
  const round = (pollRound += 1);
  const { epoch, seq, version } = state;
  try {
    const url = address(root.dataset.since, "http", { epoch, since: seq, version });
    const reply = await fetch(url, { headers: { Accept: "application/json" } });
    if (!polling || round !== pollRound) return;
    if ([401, 403, 404, 410].includes(reply.status)) return end(4000 + reply.status);
    const { frames } = await reply.json();
    pollWorks = true;
    for (const frame of frames) {
      if (frame.kind === "bye") return end(frame.code);
      listeners.frame(frame);
    }
    sendWaiting();
  } catch {
    pollWorks = false;
  }
  if (!polling || round !== pollRound) return;
  pollTimer = setTimeout(poll, POLL_EVERY);
  showLink();
}

// --- commands --------------------------------------------------------------------
/**
 * Send a command; resolves to `{ok, mine}` or `{refused}`, rejects with Unsent.
 * `once`: it carries a key that makes repetition harmless, so it is sent again
 * after a cut; `onWait` hears that and why it has to wait.
 */
export function command(name, facts = {}, { once = false, onWait, onAnswer } = {}) {
  return new Promise((resolve, reject) => {
    deliver({ do: name, with: facts, once, onWait, onAnswer, tries: 0, resolve, reject });
  });
}

/** A question that makes sense on this socket only. */
function ask(name, facts) {
  return new Promise((resolve, reject) => sendFrame({ do: name, with: facts, resolve, reject }));
}

function deliver(order) {
  if (hasEnded) order.reject(new Unsent());
  else if (!isOpen() || !sendFrame(order)) post(order);
}

function sendFrame(order) {
  const id = (nextId += 1);
  const text = JSON.stringify({ id, do: order.do, with: order.with });
  if (text.length > LONGEST_FRAME) return false;
  asked.set(id, order);
  socket.send(text);
  const used = socket;
  setTimeout(() => asked.get(id) === order && used === socket && drop(), ANSWER_WITHIN);
  return true;
}

function answer(frame) {
  const order = asked.get(frame.re);
  asked.delete(frame.re);
  if (order) settle(order, frame);
}

function settle(order, reply) {
  const pause = reply.refused?.retry_after;
  // Refused only because many send at once: nothing happened, so again is safe.
  if (pause <= LONGEST_RETRY && order.tries < MOST_TRIES) {
    order.tries += 1;
    order.onWait?.("waiting");
    setTimeout(deliver, pause * 1000 * (1 + Math.random() / 2), order);
    return;
  }
  order.onAnswer?.(reply);
  if (reply.mine) listeners.mine(reply.mine);
  order.resolve(reply);
}

async function post(order) {
  try {
    const reply = await fetch(new URL(`../do/${order.do}/`, address(root.dataset.since, "http")), {
      method: "POST",
      headers: {
        Accept: "application/json",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
      },
      body: formBody({ ...order.with, screen: root.dataset.screen }),
    });
    const answered = await reply.json();
    if (!answered.ok && !answered.refused) throw new Unsent();
    settle(order, answered);
  } catch {
    setAside(order);
  }
}

function formBody(facts) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(facts)) {
    [value].flat().forEach((one) => body.append(name, one));
  }
  return body;
}

/** No answer came. What may be repeated waits; the rest is handed back. */
function setAside(order) {
  order.tries += 1;
  if (!order.once || hasEnded || order.tries > MOST_TRIES) {
    order.reject(new Unsent());
    return;
  }
  order.onWait?.("offline");
  waiting.push(order);
  // By the time of this failure another way may be open already.
  if (isOpen()) setTimeout(sendWaiting, 1000);
}

function sendWaiting() {
  waiting.splice(0).forEach(deliver);
}
