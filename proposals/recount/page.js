// The page: takes a ballot file, counts it again, and shows what it found.

let language = (navigator.language || "de").startsWith("de") ? "de" : "en";
let shown = null;

function say(key, facts = {}) {
  const text = WORDS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(facts[name] ?? ""));
}

// Words of a step or a figure; one that has none is shown as it is called.
function word(kind, name) {
  return WORDS[language][`${kind}_${name}`] ?? String(name).replaceAll("_", " ");
}

function element(name, facts = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function written(number) {
  if (!(number instanceof Fraction)) {
    return typeof number === "string" ? word("value", number) : String(number);
  }
  if (number.bottom === 1n) return new Intl.NumberFormat(language).format(number.top);
  const about = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
  return `${number} ≈ ${about.format(number.toNumber())}`;
}

function titlesOf(file) {
  const titles = file.options.map((option) => String(option.title));
  return titles.map((title, place) =>
    titles.indexOf(title) !== titles.lastIndexOf(title) ? `${title} (${place + 1})` : title,
  );
}

function named(options, titles) {
  return options.map((option) => say("quoted", { title: titles[option] })).join(", ") || "–";
}

// --- tables ---------------------------------------------------------------------
function table(caption, heads, rows) {
  const cell = (content, place) =>
    place === 0
      ? element("th", { scope: "row" }, content)
      : element("td", { class: /^[-\d]/.test(content) ? "number" : "" }, content);
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, row(heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows.map((cells) => row(cells.map(cell)))),
    ),
  );
}

function row(cells) {
  return element("tr", {}, ...cells);
}

function resultTable(ballot, counted, titles) {
  const { file } = ballot;
  return table(
    say("result_caption"),
    [say("option"), say("announced"), say("counted"), say("chosen")],
    file.options.map(({ position }) => [
      titles[position],
      written(new Fraction(file.result.numbers[position] ?? 0)),
      written(counted.numbers.get(position)),
      counted.chosen.includes(position) ? say("yes") : "",
    ]),
  );
}

function channelsTable(file) {
  const channels = Object.entries(file.channels || {});
  if (!channels.length) return null;
  const rows = [["online", file.votes], ...channels];
  return table(
    say("channels_caption"),
    [say("channel"), say("fact_votes")],
    rows.map(([name, votes]) => [word("channel", name), String(votes.length)]),
  );
}

function stepPart(found, place, titles) {
  const part = element("section", {}, element("h3", {}, `${place + 1}. ${word("step", found.kind)}`));
  const facts = Object.entries(found.facts);
  if (facts.length) {
    part.append(
      table(
        say("facts_caption"),
        [say("figure"), say("value")],
        facts.map(([name, value]) => [word("fact", name), written(value)]),
      ),
    );
  }
  if (found.numbers.size) {
    part.append(
      table(
        say("step_caption"),
        [say("option"), say("value"), say("note")],
        [...found.numbers].map(([option, number]) => [
          titles[option],
          written(number),
          noteOn(option, found),
        ]),
      ),
    );
  } else {
    for (const key of ["chosen", "excluded"]) {
      if (found[key].length) part.append(element("p", {}, `${say(key)}: ${named(found[key], titles)}`));
    }
  }
  if (found.pairs.length) part.append(pairTable(found.pairs, titles));
  return part;
}

function noteOn(option, found) {
  const notes = ["chosen", "excluded"].filter((key) => found[key].includes(option));
  return notes.map((key) => say(key)).join(", ");
}

function pairTable(pairs, titles) {
  const options = [...new Set(pairs.flatMap(([one, other]) => [one, other]))].sort((a, b) => a - b);
  const number = new Map(pairs.map(([one, other, value]) => [`${one} ${other}`, value]));
  return table(
    say("pairs_caption"),
    [say("option"), ...options.map((option) => titles[option])],
    options.map((one) => [
      titles[one],
      ...options.map((other) => {
        const found = number.get(`${one} ${other}`);
        return found === undefined ? "–" : written(found);
      }),
    ]),
  );
}

function votesTable(ballot, titles) {
  const groups = new Map();
  allVotes(ballot.file).forEach(([pairs, weight]) => {
    const text = pairs.map(([option, value]) => `${titles[option]}: ${value}`).join("; ") || "–";
    const key = weight === 1 ? text : `${text} (× ${weight})`;
    groups.set(key, (groups.get(key) || 0) + 1);
  });
  return table(
    say("votes_caption", { number: groups.size }),
    [say("vote"), say("times")],
    [...groups].map(([text, times]) => [text, String(times)]),
  );
}

// --- comparing ------------------------------------------------------------------
function compare(ballot, counted) {
  const { file } = ballot;
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const numbers = file.options.map(({ position }) => String(counted.numbers.get(position)));
  return [
    ["digest", sha256(votesText(file)) === file.digest],
    ["turnout", allVotes(file).length === file.turnout && file.turnout <= file.roll_size],
    ["sorted", areSorted(file)],
    ["numbers", same(numbers, file.result.numbers.map(String))],
    ["winners", same(counted.chosen, file.result.chosen)],
    ["verdict", counted.verdict === file.result.verdict],
    ["ranking", same(counted.ranking, file.result.ranking || [])],
  ];
}

// The same figures as `manage.py count --json` prints.
function figures(ballot, counted) {
  const titles = titlesOf(ballot.file);
  const named = (options) => options.map((option) => titles[option]);
  const plain = (number) => {
    if (!(number instanceof Fraction)) return number;
    return number.bottom === 1n ? Number(number.top) : String(number);
  };
  const steps = counted.rounds.map((found) => {
    const pairs = {};
    for (const [one, other, number] of found.pairs) {
      pairs[titles[one]] = { ...pairs[titles[one]], [titles[other]]: plain(number) };
    }
    return {
      kind: found.kind,
      numbers: Object.fromEntries([...found.numbers].map(([o, n]) => [titles[o], plain(n)])),
      chosen: named(found.chosen),
      excluded: named(found.excluded),
      pairs,
      facts: Object.fromEntries(Object.entries(found.facts).map(([key, v]) => [key, plain(v)])),
    };
  });
  return {
    method: ballot.file.method,
    verdict: counted.verdict,
    winners: named(counted.chosen),
    ranking: counted.ranking.map((group) => (group.length === 1 ? titles[group[0]] : named(group))),
    rounds: steps,
    ties: counted.ties.map((tie) => ({
      among: named(tie.among),
      settled: named(tie.settled),
      rule: tie.rule,
    })),
  };
}

// --- showing --------------------------------------------------------------------
function show(ballot, counted) {
  const { file } = ballot;
  const titles = titlesOf(file);
  const checks = compare(ballot, counted);
  const holds = checks.every(([, right]) => right);
  const said = document.querySelector("#said");
  said.replaceChildren(
    element(
      "p",
      { class: `verdict verdict--${holds ? "right" : "wrong"}`, id: "verdict", "data-holds": String(holds) },
      element("strong", {}, say(holds ? "holds" : "differs")),
    ),
  );
  const found = document.querySelector("#found");
  const parts = [
    element("h2", {}, String(file.title)),
    element("p", {}, `${word("method", file.method)}. ${say("voted", { number: file.turnout, of: file.roll_size })}`),
    element("p", {}, `${word("verdict", counted.verdict)} ${named(counted.chosen, titles)}`),
    channelsTable(file),
    resultTable(ballot, counted, titles),
    counted.ranking.length
      ? element("p", {}, `${say("ranking")}: ${counted.ranking.map((group) => named(group, titles)).join(" > ")}`)
      : null,
    ...counted.ties.map((tie) =>
      element(
        "p",
        {},
        say(tie.settled.length ? "tie_settled" : "tie_stays", {
          among: named(tie.among, titles),
          settled: named(tie.settled, titles),
          rule: word("rule", tie.rule),
        }),
      ),
    ),
    element("h2", {}, say("checks")),
    element(
      "ul",
      { class: "checks" },
      ...checks.map(([key, right]) =>
        element("li", { "data-check": key }, `${right ? "✓" : "✗"} ${say(`check_${key}`)}: ${say(right ? "right" : "wrong")}`),
      ),
    ),
    element("p", {}, say("digest")),
    element("p", {}, element("code", { id: "digest" }, sha256(votesText(file)))),
    element("h2", {}, say("steps")),
    ...counted.rounds.map((round, place) => stepPart(round, place, titles)),
    element("details", {}, element("summary", {}, say("votes")), votesTable(ballot, titles)),
    element(
      "details",
      {},
      element("summary", {}, say("figures")),
      element("pre", { id: "figures" }, JSON.stringify(figures(ballot, counted))),
    ),
  ];
  found.replaceChildren(...parts.filter((part) => part !== null));
}

function refuse(problem) {
  const code = problem instanceof Unreadable ? problem.code : "not_whole";
  document.querySelector("#found").replaceChildren();
  document.querySelector("#said").replaceChildren(
    element(
      "p",
      { class: "verdict verdict--wrong", id: "verdict", "data-holds": "refused", "data-code": code },
      element("strong", {}, say("refused")),
      ` ${say(`refused_${code}`, { place: problem.place ?? "" })}`,
    ),
  );
}

function recount(text) {
  shown = text;
  try {
    const ballot = readBallot(text);
    show(ballot, METHODS[ballot.file.method](ballot.votes, ballot.terms));
  } catch (problem) {
    refuse(problem);
  }
}

function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-words]")) node.textContent = say(node.dataset.words);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === wanted));
  }
  if (shown !== null) recount(shown);
}

document.querySelector("#file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  recount(await file.text());
  document.querySelector("#said").focus();
});
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
speak(language);
const inside = document.querySelector("#ballot").textContent.trim();
if (inside) recount(inside);
