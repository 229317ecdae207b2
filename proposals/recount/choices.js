// Methods in which people choose, say yes or no, rate, or give points.

function countMarks(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const marks = onlyOptions(numbers, terms);
  const base = baseOf(votes, terms);
  const shares = new Map(
    [...marks].map(([option, number]) => [option, base.equals(0) ? ZERO : number.over(base)]),
  );
  return choose(votes, terms, numbers, { trace: [step("count", { numbers: marks })], shares });
}

METHODS.single = countMarks;
METHODS.multiple = countMarks;
METHODS.approval = countMarks;

METHODS.hands = function hands(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const shown = onlyOptions(numbers, terms);
  const rounds = opening(votes, terms);
  if (total(shown.values()).equals(0)) return outcome("none", numbers, { rounds });
  rounds.push(step("count", { numbers: shown }));
  const verdict = missesQuorum(votes, terms) ? "below_quorum" : "noted";
  return outcome(verdict, numbers, { ranking: bestFirst(shown), rounds });
};

METHODS.yes_no = function yesNo(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const { yes, no } = terms.keys;
  const rounds = opening(votes, terms);
  if (weightOf(votes).equals(0)) return outcome("none", numbers, { rounds });
  const base = baseOf(votes, terms);
  let enough = numbers.get(no).plus(1);
  if (terms.majority === "absolute") enough = new Fraction(base.over(2).floor() + 1n);
  if (terms.majority === "two_thirds") {
    enough = greatest([ONE, new Fraction(base.times(2).over(3).ceiling())]);
  }
  const inFavour = numbers.get(yes);
  rounds.push(
    step("majority", {
      numbers: new Map([
        [yes, inFavour],
        [no, numbers.get(no)],
      ]),
      chosen: inFavour.isBelow(enough) ? [] : [yes],
      facts: { majority: terms.majority, base: terms.base, of: base, needed: enough },
    }),
  );
  if (terms.threshold) {
    const share = base.equals(0) ? ZERO : inFavour.over(base);
    rounds.push(thresholdStep(new Map([[yes, share]]), terms));
    enough = greatest([enough, needed(terms.threshold, base)]);
  }
  if (missesQuorum(votes, terms)) return outcome("below_quorum", numbers, { rounds });
  if (!inFavour.isBelow(enough)) return outcome("adopted", numbers, { chosen: [yes], rounds });
  if (inFavour.isAbove(numbers.get(no))) return outcome("rejected", numbers, { rounds });
  const isTie = inFavour.equals(numbers.get(no)) && !inFavour.equals(0);
  const ties = isTie ? [{ among: [yes, no], settled: [no, yes], rule: "rejected" }] : [];
  return outcome("rejected", numbers, { chosen: [no], rounds, ties });
};

METHODS.consent = function consent(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const answers = onlyOptions(numbers, terms);
  const rounds = opening(votes, terms);
  if (total(answers.values()).equals(0)) return outcome("none", numbers, { rounds });
  const isStopped = !numbers.get(terms.keys.objection).equals(0);
  const chosen = [isStopped ? terms.keys.objection : terms.keys.consent];
  rounds.push(step("objections", { numbers: answers, chosen }));
  if (missesQuorum(votes, terms)) return outcome("below_quorum", numbers, { rounds });
  return outcome(isStopped ? "objected" : "adopted", numbers, { chosen, rounds });
};

const AGREEMENT = ["strongly_for", "for", "neutral", "against", "strongly_against"];

METHODS.gradients = function gradients(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const rounds = opening(votes, terms);
  const steps = new Map(AGREEMENT.map((key) => [terms.keys[key], numbers.get(terms.keys[key])]));
  const given = total(steps.values());
  if (given.equals(0)) return outcome("none", numbers, { rounds });
  const bearable = total([...steps.values()].slice(0, 3));
  rounds.push(
    step("distribution", { numbers: steps }),
    step("median", { chosen: middle(steps, given.top) }),
    step("bearable", { facts: { votes: bearable, of: given } }),
  );
  return outcome(missesQuorum(votes, terms) ? "below_quorum" : "noted", numbers, { rounds });
};

// The step of the vote in the middle, or the two between which the middle falls.
function middle(steps, votes) {
  const stepOf = (place) => {
    let seen = 0n;
    for (const [option, number] of steps) {
      seen += number.top;
      if (place < seen) return option;
    }
    return undefined;
  };
  return [...new Set([stepOf((votes - 1n) / 2n), stepOf(votes / 2n)])];
}

METHODS.score = function score(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const sums = onlyOptions(numbers, terms);
  const rated = greatest([ONE, weightOf(withoutAbstentions(votes, terms))]);
  const span = rated.times(terms.highest - terms.lowest);
  const each = (how) => new Map([...sums].map(([option, sum]) => [option, how(sum)]));
  return choose(votes, terms, numbers, {
    trace: [
      step("sum", { numbers: sums, facts: { votes: rated } }),
      step("mean", { numbers: each((sum) => sum.over(rated)) }),
    ],
    shares: each((sum) => sum.minus(rated.times(terms.lowest)).over(span)),
  });
};

METHODS.dots = function dots(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const points = onlyOptions(numbers, terms);
  const given = total(points.values());
  const part = given.equals(0) ? ONE : given;
  const backers = (option) =>
    votes.filter((vote) => vote.marks.has(option) && !vote.marks.get(option).equals(0));
  return choose(votes, terms, numbers, {
    trace: [
      step("points", { numbers: points, facts: { given } }),
      step("backed", {
        numbers: new Map(terms.options.map((option) => [option, weightOf(backers(option))])),
      }),
    ],
    shares: new Map([...points].map(([option, number]) => [option, number.over(part)])),
  });
};

METHODS.consensing = function consensing(cast, terms) {
  const votes = thatCount(cast);
  const numbers = addUp(votes, terms);
  const sums = onlyOptions(numbers, terms);
  const raters = withoutAbstentions(votes, terms);
  const rated = greatest([ONE, weightOf(raters)]);
  const worst = rated.times(terms.highest);
  const acceptance = new Map([...sums].map(([option, sum]) => [option, ONE.minus(sum.over(worst))]));
  const spread = new Map();
  const resisted = [];
  for (const option of terms.options) {
    const ratings = raters.map((vote) => vote.marks.get(option) || ZERO);
    if (!ratings.length) ratings.push(ZERO);
    spread.set(option, greatest(ratings).minus(smallest(ratings)));
    if (greatest(ratings).equals(terms.highest)) resisted.push(option);
  }
  const trace = [
    step("resistance", { numbers: sums, facts: { votes: rated } }),
    step("acceptance", { numbers: acceptance }),
    step("spread", { numbers: spread, excluded: resisted }),
  ];
  const today = terms.keys.status_quo;
  if (today !== undefined) {
    const gaps = [...sums].map(([option, sum]) => [option, sum.minus(sums.get(today))]);
    const named = (rows) => rows.map(([option]) => option);
    trace.push(
      step("status_quo", {
        numbers: new Map(gaps.filter(([option]) => option !== today)),
        chosen: named(gaps.filter(([, gap]) => gap.isBelow(0))),
        excluded: named(gaps.filter(([, gap]) => gap.isAbove(0))),
      }),
    );
  }
  return choose(votes, terms, numbers, { trace, shares: acceptance, least: true });
};
