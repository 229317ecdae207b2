// Methods that divide a budget among projects. Everybody chooses projects.

function costOfOne(option, terms) {
  return terms.costs.get(option) || ZERO;
}

// The cheaper one comes first, then more choices, then the place on the ballot.
function byRule(choices, terms) {
  return (one, other) =>
    costOfOne(one, terms).compare(costOfOne(other, terms)) ||
    choices.get(other).compare(choices.get(one)) ||
    terms.options.indexOf(one) - terms.options.indexOf(other);
}

// Who chose what, and which projects are out from the start.
function projectsOf(votes, terms) {
  const choices = onlyOptions(addUp(votes, terms), terms);
  const rounds = [step("choices", { numbers: choices, facts: { budget: terms.budget } })];
  let enough = terms.options;
  if (terms.threshold) {
    const base = baseOf(votes, terms);
    const shares = new Map(
      [...choices].map(([option, number]) => [option, base.equals(0) ? ZERO : number.over(base)]),
    );
    rounds.push(thresholdStep(shares, terms));
    enough = rounds.at(-1).chosen;
  }
  const projects = terms.options.filter(
    (option) =>
      enough.includes(option) &&
      !choices.get(option).equals(0) &&
      costOfOne(option, terms).isAbove(0) &&
      !costOfOne(option, terms).isAbove(terms.budget),
  );
  const out = terms.options.filter((option) => !projects.includes(option));
  if (out.length) {
    const numbers = new Map(out.map((option) => [option, choices.get(option)]));
    rounds.push(step("out", { numbers, excluded: out }));
  }
  return { choices, projects, rounds };
}

// The outcome for the projects that were funded, in the order of their funding.
function fund(votes, terms, found, { funded, trace, ties = [], ranks = false }) {
  const numbers = addUp(votes, terms);
  const first = opening(votes, terms);
  if (!withoutAbstentions(votes, terms).length) return outcome("none", numbers, { rounds: first });
  const ranking = ranks ? bestFirst(found.choices) : [];
  const spent = total(funded.map((option) => costOfOne(option, terms)));
  const left = step("left", {
    numbers: new Map(funded.map((option) => [option, costOfOne(option, terms)])),
    chosen: funded,
    facts: { spent, left: new Fraction(terms.budget).minus(spent), budget: terms.budget },
  });
  const rounds = [...first, ...found.rounds, ...trace, left];
  if (missesQuorum(votes, terms)) return outcome("below_quorum", numbers, { ranking, rounds });
  if (!funded.length) return outcome("below_threshold", numbers, { ranking, rounds });
  return outcome("chosen", numbers, { chosen: funded, ranking, rounds, ties });
}

// Ties that decided something: one of the equals was funded, another was not.
function decisiveTies(groups, funded) {
  const decided = groups.filter((group) => {
    const paid = group.filter((option) => funded.includes(option)).length;
    return paid > 0 && paid < group.length;
  });
  return decided.map((group) => ({ among: group, settled: group, rule: "cheaper_first" }));
}

// The most choices first; what does not fit any more is passed over.
function byChoices(cast, terms) {
  const votes = thatCount(cast);
  const found = projectsOf(votes, terms);
  const numbers = new Map(found.projects.map((option) => [option, found.choices.get(option)]));
  const groups = bestFirst(numbers).map((group) => [...group].sort(byRule(found.choices, terms)));
  const funded = [];
  const trace = [];
  let left = new Fraction(terms.budget);
  for (const option of groups.flat()) {
    const cost = costOfOne(option, terms);
    const fits = !cost.isAbove(left);
    if (fits) {
      left = left.minus(cost);
      funded.push(option);
    }
    trace.push(
      step(fits ? "funded" : "passed_over", {
        numbers: new Map([[option, numbers.get(option)]]),
        chosen: fits ? [option] : [],
        excluded: fits ? [] : [option],
        facts: { cost, left },
      }),
    );
  }
  return fund(votes, terms, found, { funded, trace, ties: decisiveTies(groups, funded), ranks: true });
}

METHODS.greedy = byChoices;
METHODS.knapsack = byChoices;

// --- equal shares ------------------------------------------------------------------
const STEPS = 100;

// All purchases when every voter has `share` to spend.
function spend(groups, projects, share, terms, rule) {
  const money = new Map(groups.map((group) => [group, share]));
  const bought = [];
  // What a project costs its supporters, as a part of its costs. It never gets cheaper.
  const known = new Map(
    projects.map((option) => [
      option,
      { supporters: groups.filter((group) => group.marks.has(option)), part: ZERO },
    ]),
  );
  for (;;) {
    const offers = [];
    let best = null;
    const inOrder = [...known].sort(([, one], [, other]) => one.part.compare(other.part));
    for (const [option, project] of inOrder) {
      if (best && project.part.isAbove(best)) break;
      const offer = priceOf(costOfOne(option, terms), project.supporters, money);
      if (!offer) {
        known.delete(option);
        continue;
      }
      project.part = offer.price.over(costOfOne(option, terms));
      offers.push({ option, part: project.part, ...offer });
      if (!best || project.part.isBelow(best)) best = project.part;
    }
    if (!offers.length) return bought;
    const equals = offers.filter((offer) => offer.part.equals(best));
    equals.sort((one, other) => rule(one.option, other.option));
    const [offer] = equals;
    for (const group of known.get(offer.option).supporters) {
      const has = money.get(group);
      money.set(group, has.isBelow(offer.price) ? ZERO : has.minus(offer.price));
    }
    known.delete(offer.option);
    bought.push({ ...offer, equals: equals.map((equal) => equal.option) });
  }
}

// The highest payment when supporters pay equal parts and the short ones all they
// have; null if they cannot pay together. Whoever has nothing left pays nothing.
function priceOf(cost, supporters, money) {
  const able = supporters.filter((group) => money.get(group).isAbove(0));
  const poorest = able.sort((one, other) => money.get(one).compare(money.get(other)));
  let rest = cost;
  let payers = weightOf(poorest);
  let short = ZERO;
  for (const group of poorest) {
    const price = rest.over(payers);
    if (!money.get(group).isBelow(price)) return { price, payers, short };
    rest = rest.minus(money.get(group).times(group.weight));
    payers = payers.minus(group.weight);
    short = short.plus(group.weight);
  }
  return null;
}

METHODS.equal_shares = function equalShares(cast, terms) {
  const votes = thatCount(cast);
  const found = projectsOf(votes, terms);
  const choosing = withoutAbstentions(votes, terms);
  const voters = weightOf(choosing);
  if (voters.equals(0) || !found.projects.length) {
    return fund(votes, terms, found, { funded: [], trace: [] });
  }
  const groups = alike(choosing);
  const rule = byRule(found.choices, terms);
  const budget = new Fraction(terms.budget);
  const first = budget.over(voters);
  const costs = (run) => total(run.map(({ option }) => costOfOne(option, terms)));
  const withSteps = (steps) =>
    spend(groups, found.projects, first.plus(first.times(steps).over(STEPS)), terms, rule);

  let steps = 0;
  let run = withSteps(0);
  let stopped = "";
  while (!stopped) {
    const paid = run.map(({ option }) => option);
    const rest = budget.minus(costs(run));
    const others = found.projects.filter((option) => !paid.includes(option));
    if (others.every((option) => costOfOne(option, terms).isAbove(rest))) {
      stopped = "fits";
      break;
    }
    const dearer = withSteps(steps + 1);
    if (costs(dearer).isAbove(budget)) stopped = "over";
    else [run, steps] = [dearer, steps + 1];
  }

  const trace = [
    step("shares", { facts: { share: first, budget: terms.budget, votes: voters } }),
    step("raised", {
      facts: {
        share: first.plus(first.times(steps).over(STEPS)),
        steps,
        percent: Math.floor((steps * 100) / STEPS),
        stopped,
      },
    }),
  ];
  let left = budget;
  for (const { option, price, payers, short } of run) {
    const cost = costOfOne(option, terms);
    left = left.minus(cost);
    trace.push(
      step("bought", {
        numbers: new Map([[option, found.choices.get(option)]]),
        chosen: [option],
        facts: { cost, price, payers, short, effective: cost.over(price), left },
      }),
    );
  }
  const funded = run.map(({ option }) => option);
  const ties = decisiveTies(run.map(({ equals }) => equals), funded);
  return fund(votes, terms, found, { funded, trace, ties });
};
