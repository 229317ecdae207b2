// What several methods share. A vote is {marks: Map(option -> Fraction), weight}; an
// option is its position in the file. A method takes the votes and the terms of a
// ballot and gives {verdict, numbers, chosen, ranking, rounds, ties}.

const METHODS = {};

function step(kind, facts = {}) {
  return {
    kind,
    numbers: facts.numbers || new Map(),
    chosen: facts.chosen || [],
    excluded: facts.excluded || [],
    // [before, after, how many]
    pairs: facts.pairs || [],
    facts: facts.facts || {},
  };
}

function outcome(verdict, numbers, facts = {}) {
  return {
    verdict,
    numbers,
    chosen: facts.chosen || [],
    ranking: facts.ranking || [],
    rounds: facts.rounds || [],
    ties: facts.ties || [],
  };
}

function reportedTie(among) {
  return { among, settled: [], rule: "reported" };
}

// A vote of weight zero is as if nobody had voted.
function thatCount(votes) {
  return votes.filter((vote) => !vote.weight.equals(0));
}

function weightOf(votes) {
  return total(votes.map((vote) => vote.weight));
}

function withoutAbstentions(votes, terms) {
  if (terms.abstain === undefined) return votes;
  return votes.filter((vote) => !vote.marks.has(terms.abstain));
}

// Option -> sum of its marks; the choice "abstain" stands behind the others.
function addUp(votes, terms) {
  const sums = new Map(terms.options.map((option) => [option, ZERO]));
  if (terms.abstain !== undefined) sums.set(terms.abstain, ZERO);
  for (const { marks, weight } of votes) {
    for (const [option, value] of marks) {
      sums.set(option, sums.get(option).plus(value.times(weight)));
    }
  }
  return sums;
}

function onlyOptions(sums, terms) {
  return new Map(terms.options.map((option) => [option, sums.get(option)]));
}

// Groups of equals, the greatest number first.
function bestFirst(numbers) {
  const groups = [];
  for (const [option, number] of numbers) {
    const group = groups.find((row) => row.number.equals(number));
    if (group) group.options.push(option);
    else groups.push({ number, options: [option] });
  }
  groups.sort((one, other) => other.number.compare(one.number));
  return groups.map((group) => group.options);
}

// The fewest votes that are so many percent of `base`.
function needed(percent, base) {
  return new Fraction(new Fraction(percent).times(base).over(100).ceiling());
}

// How many voted, and whether that is enough.
function opening(votes, terms) {
  const cast = weightOf(votes);
  const said = weightOf(withoutAbstentions(votes, terms));
  const rounds = [
    step("turnout", {
      facts: { votes: cast, abstained: cast.minus(said), eligible: terms.eligible },
    }),
  ];
  if (terms.quorum && !cast.equals(0)) {
    rounds.push(
      step("quorum", {
        facts: {
          votes: cast,
          needed: needed(terms.quorum, terms.eligible),
          percent: terms.quorum,
        },
      }),
    );
  }
  return rounds;
}

function missesQuorum(votes, terms) {
  return weightOf(votes).times(100).isBelow(new Fraction(terms.quorum).times(terms.eligible));
}

// Of how many votes a majority or a threshold is.
function baseOf(votes, terms) {
  return terms.base === "roll" ? new Fraction(terms.eligible) : weightOf(votes);
}

function thresholdStep(shares, terms) {
  const reach = [...shares].filter(([, share]) => !share.times(100).isBelow(terms.threshold));
  return step("threshold", {
    numbers: shares,
    chosen: reach.map(([option]) => option),
    facts: { percent: terms.threshold, base: terms.base },
  });
}

// Who is ahead wins, if quorum and threshold let it; a tie stays one.
function choose(votes, terms, numbers, { trace, shares, least = false }) {
  const rounds = opening(votes, terms);
  if (weightOf(withoutAbstentions(votes, terms)).equals(0)) {
    return outcome("none", numbers, { rounds });
  }
  rounds.push(...trace);
  const ranking = bestFirst(onlyOptions(numbers, terms));
  if (least) ranking.reverse();
  const ahead = ranking[0];
  if (terms.threshold) rounds.push(thresholdStep(shares, terms));
  if (missesQuorum(votes, terms)) return outcome("below_quorum", numbers, { ranking, rounds });
  if (shares.get(ahead[0]).times(100).isBelow(terms.threshold)) {
    return outcome("below_threshold", numbers, { ranking, rounds });
  }
  if (ahead.length > 1) {
    const ties = [reportedTie(ahead)];
    return outcome("tied", numbers, { chosen: ahead, ranking, rounds, ties });
  }
  const verdict = ahead[0] === terms.keys.none ? "none_of_these" : "chosen";
  return outcome(verdict, numbers, { chosen: ahead, ranking, rounds });
}
