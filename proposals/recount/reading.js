// Reads a ballot file and checks that it is whole. What is wrong is said by a code
// and, where it helps, the number of the vote.

class Unreadable extends Error {
  constructor(code, place = "") {
    super(`${code} ${place}`.trim());
    this.code = code;
    this.place = place;
  }
}

// How a vote is given; "order" has ranks, 1 is first.
const FORMS = {
  one: ["hands", "yes_no", "gradients", "consent", "single"],
  some: ["multiple", "approval", "knapsack", "greedy", "equal_shares"],
  scale: ["score", "consensing"],
  points: ["dots"],
  order: ["borda", "irv", "schulze", "pairwise", "stv"],
};
const FIXED = {
  hands: ["up", "side", "down"],
  yes_no: ["yes", "no"],
  gradients: AGREEMENT,
  consent: ["consent", "concerns", "objection"],
};

function readBallot(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Unreadable("no_json");
  }
  if (!file || file.format !== "mitwirken-ballot") throw new Unreadable("no_ballot");
  if (file.version !== 1) throw new Unreadable("version", file.version);
  if (!(file.method in METHODS)) throw new Unreadable("method", file.method);
  const parts = [file.options, file.votes, file.result?.numbers, file.result?.chosen];
  if (!parts.every(Array.isArray) || !file.terms) throw new Unreadable("not_whole");
  file.options.forEach((option, place) => {
    if (option.position !== place) throw new Unreadable("positions", place);
  });
  const terms = termsOf(file);
  const missing = (FIXED[file.method] || []).filter((key) => terms.keys[key] === undefined);
  if (missing.length) throw new Unreadable("choices", missing[0]);
  if (file.weights && file.weights.length !== file.votes.length) throw new Unreadable("weights");
  const votes = allVotes(file).map(([pairs, weight], place) => readVote(pairs, weight, place + 1));
  votes.forEach((vote, place) => checkVote(vote.marks, file.method, terms, place + 1));
  return { file, terms, votes };
}

function whole(number, place) {
  // A greater number would have been rounded while it was read.
  if (!Number.isSafeInteger(number)) throw new Unreadable("no_number", place);
  return number;
}

function termsOf(file) {
  const keys = {};
  const costs = new Map();
  for (const { position, key, cost } of file.options) {
    if (key) keys[key] = position;
    if (cost) costs.set(position, new Fraction(whole(cost, position)));
  }
  const { abstain } = keys;
  const options = file.options.map((option) => option.position);
  for (const [name, value] of Object.entries(file.terms)) {
    if (name !== "majority" && name !== "base") whole(value, name);
  }
  return {
    ...file.terms,
    keys,
    costs,
    abstain,
    options: options.filter((option) => option !== abstain),
  };
}

function readVote(pairs, weight, place) {
  const marks = new Map();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || marks.has(pair[0])) {
      throw new Unreadable("vote", place);
    }
    marks.set(pair[0], new Fraction(whole(pair[1], place)));
  }
  if (whole(weight, place) < 0) throw new Unreadable("weights", place);
  return { marks, weight: new Fraction(weight) };
}

// A vote must be one that the method knows; else the count would mean nothing.
function checkVote(marks, method, terms, place) {
  const values = [...marks.values()];
  const known = [...marks.keys()].every((option) => terms.options.includes(option));
  const areOnes = values.every((value) => value.equals(1));
  if (marks.has(terms.abstain) && marks.size === 1 && areOnes) return;
  const form = Object.keys(FORMS).find((name) => FORMS[name].includes(method));
  const sum = total(values);
  const isRight = {
    one: () => areOnes && marks.size === 1,
    some: () => areOnes && marks.size <= (method === "multiple" ? terms.most : Infinity),
    scale: () =>
      marks.size === terms.options.length &&
      values.every((value) => !value.isBelow(terms.lowest) && !value.isAbove(terms.highest)),
    points: () =>
      sum.isAbove(0) &&
      !sum.isAbove(terms.points) &&
      values.every((value) => !value.isBelow(0)) &&
      (!terms.per_option || values.every((value) => !value.isAbove(terms.per_option))),
    order: () => hasRanks(values),
  };
  if (!marks.size || !known || !isRight[form]()) throw new Unreadable("vote", place);
  if (method === "knapsack" && costOf(marks.keys(), terms).isAbove(terms.budget)) {
    throw new Unreadable("vote", place);
  }
}

function hasRanks(values) {
  const ranks = new Set(values.map(String));
  return [...ranks].every((rank, place) => ranks.has(String(place + 1)));
}

function costOf(options, terms) {
  return total([...options].map((option) => terms.costs.get(option) || ZERO));
}

// The votes of all channels with their weights, sorted by content.
function allVotes(file) {
  const online = file.votes.map((pairs, place) => [pairs, file.weights ? file.weights[place] : 1]);
  const byHand = Object.values(file.channels || {}).flatMap((votes) => votes.map((pairs) => [pairs, 1]));
  return [...online, ...byHand].sort(compareRows);
}

// The text over which the digest of the votes is made.
function votesText(file) {
  const rows = allVotes(file);
  const votes = rows.map(([pairs]) => pairs);
  const weights = rows.map(([, weight]) => weight);
  return JSON.stringify(weights.every((weight) => weight === 1) ? votes : [votes, weights]);
}

// Whether the votes stand in an order that says nothing of who voted when.
function areSorted(file) {
  return [file.votes, ...Object.values(file.channels || {})].every((votes) =>
    votes.every((pairs, place) => place === 0 || compareRows(votes[place - 1], pairs) <= 0),
  );
}

function compareRows(one, other) {
  if (!Array.isArray(one)) return one - other;
  for (let place = 0; place < Math.min(one.length, other.length); place += 1) {
    const gap = compareRows(one[place], other[place]);
    if (gap) return gap;
  }
  return one.length - other.length;
}

// --- SHA-256 (FIPS 180-4); `crypto.subtle` is not there for a page opened as a file.
function sha256(text) {
  const [start, constants] = primeBits();
  const data = new TextEncoder().encode(text);
  const blocks = Math.ceil((data.length + 9) / 64);
  const padded = new Uint8Array(blocks * 64);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(data.length) * 8n);
  const state = [...start];
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  const w = new Uint32Array(64);
  for (let block = 0; block < blocks; block += 1) {
    for (let t = 0; t < 16; t += 1) w[t] = view.getUint32(block * 64 + t * 4);
    for (let t = 16; t < 64; t += 1) {
      const low = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >>> 3);
      const high = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >>> 10);
      w[t] = w[t - 16] + low + w[t - 7] + high;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t += 1) {
      const high = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const first = (h + high + ((e & f) ^ (~e & g)) + constants[t] + w[t]) | 0;
      const low = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, place) => {
      state[place] = (state[place] + word) | 0;
    });
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

// The first 32 bits behind the point of the square roots of the first 8 primes, and
// of the cube roots of the first 64: whole roots of primes shifted far to the left.
function primeBits() {
  const primes = [];
  for (let n = 2n; primes.length < 64; n += 1n) {
    if (primes.every((prime) => n % prime)) primes.push(n);
  }
  const bits = (prime, power) => {
    let [low, high] = [0n, 1n << 40n];
    while (high - low > 1n) {
      const between = (low + high) / 2n;
      if (between ** power > prime << (32n * power)) high = between;
      else low = between;
    }
    return Number(low & 0xffffffffn);
  };
  return [primes.slice(0, 8).map((p) => bits(p, 2n)), primes.map((p) => bits(p, 3n))];
}
