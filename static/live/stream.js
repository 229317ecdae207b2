// The order of frames: what is new, what is known, what is missing.

import { applyOps, applySnapshot, showCounts } from "./draw.js";
import { command, resume } from "./link.js";
import { root, state } from "./room.js";

// Frames that came before the ones between us and them.
let early = [];

const kinds = { ops, counts, snapshot, heartbeat, mine: askMine };

export function take(frame) {
  kinds[frame.kind]?.(frame);
}

function ops(frame) {
  if (frame.epoch !== state.epoch) {
    resume();
  } else if (frame.after > state.seq) {
    early = [...early.slice(-50), frame];
    resume();
  } else if (frame.seq <= state.seq && frame.after < frame.seq) {
    // Known already: sent twice, or drawn into a snapshot.
  } else {
    applyOps(frame.ops);
    // What was owed brings no new seq.
    state.seq = Math.max(state.seq, frame.seq);
    takeEarly();
  }
}

function takeEarly() {
  const kept = early;
  early = [];
  kept.filter((frame) => frame.epoch === state.epoch && frame.after <= state.seq).forEach(ops);
  early.push(...kept.filter((frame) => frame.epoch === state.epoch && frame.after > state.seq));
}

function counts(frame) {
  if (frame.epoch !== state.epoch) resume();
  // The same version again may bring what a resume has missed.
  else if (frame.version >= state.version) {
    showCounts(frame.counts);
    state.version = frame.version;
  }
}

function snapshot(frame) {
  applySnapshot(frame.regions, frame.counts);
  state.epoch = frame.epoch;
  state.seq = frame.seq;
  state.version = frame.version;
  takeEarly();
  askMine();
}

function heartbeat(frame) {
  state.offset = frame.now - Date.now();
  const behind = frame.seq > state.seq || frame.version > state.version;
  if (frame.epoch !== state.epoch || behind) resume();
}

export async function askMine() {
  try {
    const { ok } = await command("mine");
    if (ok?.may !== undefined) root.dataset.may = ok.may;
  } catch {
    // Asked again after the next resume.
  }
}
