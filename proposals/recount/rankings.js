// Methods in which people put the options in an order. A mark is a rank, 1 is first;
// several options may share one, and those without a rank stand behind all others.

function rankOf(vote, option) {
  return vote.marks.get(option);
}

// Whether a vote puts `one` before `other`.
function isBefore(vote, one, other) {
  const [rank, against] = [rankOf(vote, one), rankOf(vote, other)];
  if (rank === undefined) return false;
  return against === undefined || rank.isBelow(against);
}

METHODS.borda = function borda(cast, terms) {
  const votes = thatCount(cast);
  const rankers = withoutAbstentions(votes, terms);
  const rated = weightOf(rankers);
  const points = new Map();
  const firsts = new Map();
  for (const option of terms.options) {
    let sum = ZERO;
    let first = ZERO;
    for (const vote of rankers) {
      // Two points for each option behind it, one for each that is level.
      let worth = 0;
      for (const other of terms.options) {
        if (other === option || isBefore(vote, other, option)) continue;
        worth += isBefore(vote, option, other) ? 2 : 1;
      }
      sum = sum.plus(vote.weight.times(worth));
      if (rankOf(vote, option)?.equals(1)) first = first.plus(vote.weight);
    }
    points.set(option, sum);
    firsts.set(option, first);
  }
  const numbers = new Map(points);
  if (terms.abstain !== undefined) numbers.set(terms.abstain, weightOf(votes).minus(rated));
  const possible = rated.times(2 * (terms.options.length - 1));
  const part = possible.equals(0) ? ONE : possible;
  return choose(votes, terms, numbers, {
    trace: [
      step("first_places", { numbers: firsts }),
      step("points", { numbers: points, facts: { votes: rated, possible } }),
    ],
    shares: new Map([...points].map(([option, number]) => [option, number.over(part)])),
  });
};

// --- what several of them share --------------------------------------------------
function withAbstentions(numbers, votes, terms) {
  const all = new Map(numbers);
  if (terms.abstain !== undefined) {
    all.set(terms.abstain, weightOf(votes.filter((vote) => vote.marks.has(terms.abstain))));
  }
  return all;
}

function wholeVotes(numbers) {
  return new Map([...numbers].map(([option, number]) => [option, new Fraction(number.floor())]));
}

// When nobody voted, or all abstained.
function nobodyChose(votes, terms) {
  if (withoutAbstentions(votes, terms).length) return null;
  const zeros = new Map(terms.options.map((option) => [option, ZERO]));
  return outcome("none", withAbstentions(zeros, votes, terms), { rounds: opening(votes, terms) });
}

// The outcome of a method with one seat: several who are ahead are a tie.
function conclude(votes, terms, { numbers, ahead, ranking, trace, ties = [] }) {
  const all = withAbstentions(numbers, votes, terms);
  const rounds = [...opening(votes, terms), ...trace];
  if (missesQuorum(votes, terms)) return outcome("below_quorum", all, { ranking, rounds });
  if (ahead.length > 1) {
    const all_ties = [...ties, reportedTie(ahead)];
    return outcome("tied", all, { chosen: ahead, ranking, rounds, ties: all_ties });
  }
  const verdict = ahead[0] === terms.keys.none ? "none_of_these" : "chosen";
  return outcome(verdict, all, { chosen: ahead, ranking, rounds, ties });
}

// Among those that stand, the options of the vote's best rank; none: the vote rests.
function firstOf(vote, standing) {
  const ranked = standing.filter((option) => vote.marks.has(option));
  if (!ranked.length) return [];
  const best = smallest(ranked.map((option) => rankOf(vote, option)));
  return ranked.filter((option) => rankOf(vote, option).equals(best));
}

// One vote for each order that was given, with the weight of all who gave it.
function alike(votes) {
  const groups = new Map();
  for (const vote of votes) {
    const order = [...vote.marks].map(([option, rank]) => `${option}:${rank}`).sort().join();
    const found = groups.get(order);
    groups.set(order, found ? { ...found, weight: found.weight.plus(vote.weight) } : vote);
  }
  return [...groups.values()];
}

// One option -> another -> how many put it before the other.
function duels(votes, terms) {
  const orders = alike(withoutAbstentions(votes, terms));
  const table = new Map();
  for (const one of terms.options) {
    const against = new Map();
    for (const other of terms.options) {
      if (one === other) continue;
      against.set(other, weightOf(orders.filter((vote) => isBefore(vote, one, other))));
    }
    table.set(one, against);
  }
  return table;
}

function asPairs(table) {
  return [...table].flatMap(([one, row]) => [...row].map(([other, number]) => [one, other, number]));
}

// How many others an option has more against than they have against it.
function wins(table, option) {
  return [...table.get(option)].filter(([other, number]) => number.isAbove(table.get(other).get(option)))
    .length;
}

// --- the methods -----------------------------------------------------------------
METHODS.schulze = function schulze(cast, terms) {
  const votes = thatCount(cast);
  const none = nobodyChose(votes, terms);
  if (none) return none;
  const table = duels(votes, terms);
  const paths = new Map();
  for (const [one, row] of table) {
    const strength = new Map();
    for (const [other, number] of row) {
      strength.set(other, number.isAbove(table.get(other).get(one)) ? number : ZERO);
    }
    paths.set(one, strength);
  }
  // A way by others is as strong as its weakest victory. Ways are made longer until
  // none gets stronger any more.
  for (let grew = true; grew; ) {
    grew = false;
    for (const [one, row] of paths) {
      for (const [other, strength] of row) {
        for (const middle of terms.options) {
          if (middle === one || middle === other) continue;
          const way = smallest([row.get(middle), paths.get(middle).get(other)]);
          if (way.isAbove(row.get(other))) {
            row.set(other, way);
            grew = true;
          }
        }
      }
    }
  }
  const isAhead = (one, other) => paths.get(one).get(other).isAbove(paths.get(other).get(one));
  const ranking = [];
  let left = [...terms.options];
  while (left.length) {
    const first = left.filter((one) => !left.some((other) => other !== one && isAhead(other, one)));
    ranking.push(first);
    left = left.filter((option) => !first.includes(option));
  }
  const count = (found) =>
    new Map(terms.options.map((option) => [option, new Fraction(wins(found, option))]));
  const beaten = count(paths);
  return conclude(votes, terms, {
    numbers: beaten,
    ahead: ranking[0],
    ranking,
    trace: [
      step("duels", { numbers: count(table), pairs: asPairs(table) }),
      step("paths", { numbers: beaten, chosen: ranking[0], pairs: asPairs(paths) }),
    ],
  });
};

METHODS.pairwise = function pairwise(cast, terms) {
  const votes = thatCount(cast);
  const none = nobodyChose(votes, terms);
  if (none) return none;
  const table = duels(votes, terms);
  const won = new Map();
  const points = new Map();
  for (const option of terms.options) {
    const others = terms.options.filter((other) => other !== option);
    // Two points for a win, one for a draw.
    let sum = 0;
    for (const other of others) {
      sum += 1 + table.get(option).get(other).compare(table.get(other).get(option));
    }
    won.set(option, new Fraction(wins(table, option)));
    points.set(option, new Fraction(sum));
  }
  const ranking = bestFirst(points);
  return conclude(votes, terms, {
    numbers: points,
    ahead: ranking[0],
    ranking,
    trace: [
      step("duels", { numbers: won, pairs: asPairs(table) }),
      step("points", { numbers: points, chosen: ranking[0] }),
    ],
  });
};

// How many votes each option has that still stands.
function runoffVotes(orders, standing) {
  const numbers = new Map(standing.map((option) => [option, ZERO]));
  for (const vote of orders) {
    const first = firstOf(vote, standing);
    for (const option of first) {
      numbers.set(option, numbers.get(option).plus(vote.weight.over(first.length)));
    }
  }
  return numbers;
}

// Who has won after a round, or else the ways in which somebody may leave now.
function runoffStep(numbers) {
  const groups = bestFirst(numbers);
  const lowest = groups.at(-1);
  const best = numbers.get(groups[0][0]);
  if (numbers.size === 1 || best.times(2).isAbove(total(numbers.values()))) {
    return { ahead: groups[0], ways: [] };
  }
  const together = total(lowest.map((option) => numbers.get(option)));
  // Weaker together than the next one: in every order they would all be the next.
  if (groups.length > 1 && together.isBelow(numbers.get(groups.at(-2)[0]))) {
    return { ahead: [], ways: [lowest] };
  }
  return { ahead: [], ways: lowest.map((option) => [option]) };
}

const MOST_STATES = 2000;

// Who wins in at least one order in which equals at the bottom could leave.
function runoffWinners(orders, terms) {
  const winners = new Set();
  const seen = new Set([terms.options.join()]);
  const todo = [terms.options];
  while (todo.length) {
    const standing = todo.pop();
    const { ahead, ways } = runoffStep(runoffVotes(orders, standing));
    for (const option of ahead) winners.add(option);
    for (const leaving of ways) {
      const rest = standing.filter((option) => !leaving.includes(option));
      if (seen.has(rest.join())) continue;
      if (seen.size >= MOST_STATES) {
        // Not counted any more: nobody is left out by what was not counted.
        for (const option of rest) winners.add(option);
        continue;
      }
      seen.add(rest.join());
      todo.push(rest);
    }
  }
  return terms.options.filter((option) => winners.has(option));
}

METHODS.irv = function instantRunoff(cast, terms) {
  const votes = thatCount(cast);
  const none = nobodyChose(votes, terms);
  if (none) return none;
  const orders = alike(withoutAbstentions(votes, terms));
  const everybody = weightOf(orders);
  const winners = runoffWinners(orders, terms);
  const last = new Map();
  const trace = [];
  const ties = [];
  let left = [];
  let standing = terms.options;
  let ahead = [];
  let groups = [];
  while (!ahead.length) {
    const numbers = runoffVotes(orders, standing);
    for (const [option, number] of numbers) last.set(option, number);
    const found = runoffStep(numbers);
    const isOpen = winners.length > 1 && found.ways.length > 1;
    const leaving = isOpen ? [] : found.ways[0] || [];
    const counting = total(numbers.values());
    trace.push(
      step("runoff", {
        numbers,
        chosen: found.ahead,
        excluded: leaving,
        facts: { votes: counting, resting: everybody.minus(counting) },
      }),
    );
    if (isOpen) {
      // What comes after depends on who leaves: there is no order to tell.
      [ahead, groups, left] = [winners, [], []];
    } else if (found.ahead.length) {
      [ahead, groups] = [found.ahead, bestFirst(numbers)];
    } else {
      if (found.ways.length > 1) {
        const among = found.ways.flat();
        ties.push({ among, settled: among, rule: "all_ways" });
      }
      left.unshift(leaving);
      standing = standing.filter((option) => !leaving.includes(option));
    }
  }
  const numbers = wholeVotes(new Map(terms.options.map((option) => [option, last.get(option)])));
  return conclude(votes, terms, { numbers, ahead, ranking: [...groups, ...left], trace, ties });
};

// --- single transferable vote ------------------------------------------------------
const MOST_STATES_STV = 5000;

// A counting on its way: who stands, who is elected, and where the votes are.
class Transfer {
  constructor(orders, terms) {
    [this.seats, this.standing] = [terms.seats, terms.options];
    this.everybody = weightOf(orders);
    this.quota = new Fraction(this.everybody.over(terms.seats + 1).floor() + 1n);
    this.elected = [];
    // Who stood whenever somebody was elected: it decides what votes are worth.
    this.history = "";
    // What every option holds: votes with what each is worth by now, and all together.
    this.piles = new Map(terms.options.map((option) => [option, []]));
    this.numbers = new Map(terms.options.map((option) => [option, ZERO]));
    for (const vote of orders) this.handOn(vote, vote.weight);
  }

  // Another counting, in which these have left.
  after(leaving) {
    const other = Object.assign(Object.create(Transfer.prototype), this);
    other.elected = [...this.elected];
    other.piles = new Map([...this.piles].map(([option, pile]) => [option, [...pile]]));
    other.numbers = new Map(this.numbers);
    other.remove(leaving);
    return other;
  }

  get seatsLeft() {
    return this.seats - this.elected.length;
  }

  get isOver() {
    return !(this.seatsLeft && this.standing.length);
  }

  // All that the rest depends on: between two elections the order does not matter.
  stateWithout(leaving) {
    const rest = this.standing.filter((option) => !leaving.includes(option));
    return `${this.history};${rest.join()}`;
  }

  handOn(vote, worth) {
    const first = firstOf(vote, [...this.piles.keys()]);
    for (const option of first) {
      const part = worth.over(first.length);
      this.piles.get(option).push({ vote, worth: part });
      this.numbers.set(option, this.numbers.get(option).plus(part));
    }
  }

  take(options) {
    this.standing = this.standing.filter((option) => !options.includes(option));
    const taken = options.map((option) => [option, this.piles.get(option)]);
    for (const option of options) {
      this.piles.delete(option);
      this.numbers.delete(option);
    }
    return taken;
  }

  // What has to happen now: these get a seat, or one of the ways leaves.
  stage() {
    const inOrder = bestFirst(this.numbers);
    const reach = inOrder.flat().filter((one) => !this.numbers.get(one).isBelow(this.quota));
    if (reach.length) return { kind: "elected", chosen: reach, ways: [] };
    if (this.standing.length <= this.seatsLeft) {
      return { kind: "seats_left", chosen: inOrder.flat(), ways: [] };
    }
    const lowest = inOrder.at(-1);
    const areAlone = lowest.length === 1 || this.leaveAtOnce(lowest, inOrder);
    const ways = areAlone ? [lowest] : lowest.map((option) => [option]);
    return { kind: "leaves", chosen: [], ways };
  }

  // Whether in every order all of these would leave before anything else happens.
  leaveAtOnce(lowest, inOrder) {
    const others = this.standing.length - lowest.length;
    if (others < Math.max(this.seatsLeft, 1)) return false;
    const together = total(lowest.map((option) => this.numbers.get(option)));
    const [most, next] = [inOrder[0], inOrder.at(-2)].map(([one]) => this.numbers.get(one));
    return together.isBelow(next) && together.plus(most).isBelow(this.quota);
  }

  elect(chosen) {
    this.history += `;${this.standing.join()}`;
    this.elected.push(...chosen);
    const held = new Map(this.numbers);
    for (const [option, pile] of this.take(chosen)) {
      const surplus = held.get(option).minus(this.quota);
      if (!surplus.isAbove(0)) continue;
      const part = surplus.over(held.get(option));
      for (const { vote, worth } of pile) this.handOn(vote, worth.times(part));
    }
  }

  remove(leaving) {
    for (const [, pile] of this.take(leaving)) {
      for (const { vote, worth } of pile) this.handOn(vote, worth);
    }
  }
}

// Who is elected whatever the order among equals, and who in one of these orders.
function allWays(start, terms) {
  let sure = new Set(terms.options);
  const possible = new Set();
  const end = (elected, others) => {
    sure = new Set([...sure].filter((option) => elected.includes(option)));
    for (const option of [...elected, ...others]) possible.add(option);
  };
  const seen = new Set([start.stateWithout([])]);
  const todo = [[start, []]];
  while (todo.length && (sure.size || possible.size < terms.options.length)) {
    const [before, leaving] = todo.pop();
    if (seen.size > MOST_STATES_STV) {
      // Not counted any more: nobody is left out by what was not counted.
      end(before.elected, before.standing.filter((option) => !leaving.includes(option)));
      continue;
    }
    const way = before.after(leaving);
    for (const one of followed(way, seen)) {
      const state = way.stateWithout(one);
      if (seen.has(state)) continue;
      seen.add(state);
      todo.push([way, one]);
    }
    if (way.isOver) end(way.elected, []);
  }
  return [sure, possible];
}

// Count on until equals are at the bottom, and who of them may leave; or to the end, or
// to a state that was seen before: nobody.
function followed(way, seen) {
  while (!way.isOver) {
    const { chosen, ways } = way.stage();
    if (ways.length > 1) return ways;
    if (ways.length) way.remove(ways[0]);
    else way.elect(chosen);
    const state = way.stateWithout([]);
    if (seen.has(state)) break;
    seen.add(state);
  }
  return [];
}

METHODS.stv = function singleTransferableVote(cast, terms) {
  const votes = thatCount(cast);
  const none = nobodyChose(votes, terms);
  if (none) return none;
  const orders = alike(withoutAbstentions(votes, terms));
  const [sure, possible] = allWays(new Transfer(orders, terms), terms);
  const among = terms.options.filter((option) => possible.has(option) && !sure.has(option));
  // Told is the way in which the ballot's first one leaves at every tie; if the result
  // depends on that, up to there.
  const way = new Transfer(orders, terms);
  const [trace, left, ties, last] = [[], [], [], new Map()];
  let isTold = true;
  while (!way.isOver) {
    const { kind, chosen, ways } = way.stage();
    const isOpen = ways.length > 1;
    const leaving = ways.length ? ways[0] : [];
    if (isTold) {
      isTold = !(isOpen && among.length);
      for (const [option, number] of way.numbers) last.set(option, number);
      trace.push(
        step(kind, {
          numbers: new Map(way.numbers),
          chosen,
          excluded: isTold ? leaving : [],
          facts: {
            quota: way.quota,
            seats: way.seats,
            seats_left: way.seatsLeft,
            votes: way.everybody,
          },
        }),
      );
    }
    if (isOpen) ties.push({ among: ways.flat(), settled: ways.flat(), rule: "all_ways" });
    if (leaving.length) {
      left.unshift(leaving);
      way.remove(leaving);
    } else {
      way.elect(chosen);
    }
  }
  const numbers = withAbstentions(
    wholeVotes(new Map(terms.options.map((option) => [option, last.get(option)]))),
    votes,
    terms,
  );
  const rounds = [...opening(votes, terms), ...trace];
  if (missesQuorum(votes, terms)) return outcome("below_quorum", numbers, { rounds });
  if (among.length) {
    const chosen = [...way.elected.filter((option) => sure.has(option)), ...among];
    return outcome("tied", numbers, { chosen, rounds, ties: [reportedTie(among)] });
  }
  const rest = way.standing.length ? [way.standing] : [];
  const ranking = [...way.elected.map((option) => [option]), ...rest, ...left];
  return outcome("chosen", numbers, { chosen: [...way.elected], ranking, rounds, ties });
};
