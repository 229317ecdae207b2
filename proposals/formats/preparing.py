"""How a file of votes can be counted: by which methods, and on what terms."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proposals.choices import BUDGETS, folded, keys_in
from proposals.formats.votefile import Line, VoteFile
from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Terms
from shared.errors import Refusal

# Sums of votes are reckoned in 64 bits.
MOST_VOTES = 10**15


class Countless(Exception):
    """The method cannot be counted for these votes."""


# Which methods the votes of a kind can be counted by. Points and scores say nothing
# of resistance, approvals nothing of an order: such a count would be a wrong winner.
COUNTABLE: dict[str, tuple[str, ...]] = {
    "order": ("single", "borda", "irv", "schulze", "pairwise", "stv"),
    "approval": ("approval", "multiple", "knapsack", "greedy", "equal_shares"),
    "cumulative": ("dots",),
    "scoring": ("score",),
    "table": tuple(METHODS),
}
# Which methods the terms concern that somebody may give for a count.
CONCERNS = {
    "seats": ("stv",),
    "budget": BUDGETS,
    "most": ("multiple",),
    "points": ("dots",),
    "lowest": ("score",),
    "highest": ("score", "consensing"),
}
# Which of them a table must be given: a guess could make another winner.
ASKED = ("seats", "budget", "points", "highest")
ALIASES = {
    "alternative_vote": "irv",
    "beatpath": "schulze",
    "borda_count": "borda",
    "budget_knapsack": "knapsack",
    "consensus": "consensing",
    "consent_decision": "consent",
    "copeland": "pairwise",
    "cumulative": "dots",
    "dot_voting": "dots",
    "gradients_of_agreement": "gradients",
    "greedy_approval": "greedy",
    "instant_runoff": "irv",
    "instant_runoff_voting": "irv",
    "k_of_n": "multiple",
    "mes": "equal_shares",
    "method_of_equal_shares": "equal_shares",
    "plurality": "single",
    "range": "score",
    "score_voting": "score",
    "show_of_hands": "hands",
    "single_choice": "single",
    "single_transferable_vote": "stv",
    "systemic_consensing": "consensing",
    "temperature_check": "hands",
    "yes_no_abstain": "yes_no",
}


def method_named(name: str) -> str:
    """Our name of a method; hyphens, capitals and usual other names are understood."""
    plain = "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())
    found = ALIASES.get(plain, plain)
    if found not in METHODS:
        raise Countless(
            f"There is no method {name!r}. There are: {', '.join(METHODS)}."
        )
    return found


def prepare(
    file: VoteFile, method: str, **wanted: int | None
) -> tuple[Terms, list[Cast]]:
    """Terms and casts for counting `file` by `method`; Countless if that cannot be.

    `wanted`: terms of CONCERNS, instead of what the file says.
    """
    if not file.names:
        raise Countless("The file has no options.")
    for name, value in wanted.items():
        if value is not None and method not in CONCERNS[name]:
            raise Countless(f"--{name} says nothing for the method {method}.")
        if value is not None and value < 1 and name != "lowest":
            raise Countless(f"--{name} must be at least 1.")
    if voters(file) > MOST_VOTES:
        raise Countless("The file has more votes than can be counted.")
    file = _first_choices(_suited(file, method), method)
    keys = _keys(file, method) if file.kind == "table" else {}
    if file.kind == "table":
        file = _without_zeros(file, method, keys.get("abstain"))
    terms = _terms(file, method, keys, wanted)
    module = METHODS[method]
    try:
        module.suits(terms)
    except Refusal as refusal:
        raise Countless(
            f"The method {method} cannot be counted on these terms: {_why(refusal)}"
        ) from None
    for cast, line in file.lines:
        # An empty vote is one that approves of nothing: it counts as a voter.
        if not cast.sheet and file.kind == "approval":
            continue
        try:
            module.check(cast.sheet, terms)
        except Refusal as refusal:
            raise Countless(
                f"Line {line}: the method {method} does not know this vote: "
                f"{_why(refusal)}"
            ) from None
    return terms, file.casts


def _why(refusal: Refusal) -> str:
    return f"{refusal.message} ({refusal.code})"


def _suited(file: VoteFile, method: str) -> VoteFile:
    """Refuse a method that wants another kind of votes."""
    if file.kind == "own":
        if METHODS[method].FORM != METHODS[file.method].FORM:
            raise Countless(
                f"The votes were given for the method {file.method}: "
                f"they cannot be counted by {method}."
            )
    elif method not in COUNTABLE[file.kind]:
        raise Countless(
            f"Votes of the kind {file.kind!r} cannot be counted by {method}, but by "
            f"{', '.join(name for name in COUNTABLE[file.kind] if name in METHODS)}."
        )
    return file


def _first_choices(file: VoteFile, method: str) -> VoteFile:
    """For the method "single", an order says its first choice."""
    if file.kind != "order" or method != "single":
        return file
    lines = []
    for (sheet, weight), line in file.lines:
        first = [option for option, rank in sheet.items() if rank == 1]
        if len(first) != 1:
            raise Countless(f"Line {line}: this vote has several first choices.")
        lines.append(Line(Cast({first[0]: 1}, weight), line))
    return replace(file, lines=tuple(lines))


def _keys(file: VoteFile, method: str) -> dict[str, int]:
    """The columns of a table that have a fixed meaning, by their names."""
    keys: dict[str, int] = {}
    known = keys_in(method)
    for option, name in file.names.items():
        for key, names in known.items():
            if folded(name) not in names:
                continue
            if key in keys:
                raise Countless(f"{file.names[keys[key]]!r} and {name!r} are the same.")
            keys[key] = option
    missing = [key for key in getattr(METHODS[method], "FIXED", ()) if key not in keys]
    if missing:
        raise Countless(
            f"For the method {method} a column is missing: {', '.join(missing)}."
        )
    return keys


def _without_zeros(file: VoteFile, method: str, abstain: int | None) -> VoteFile:
    """Where something is chosen or not, 0 in a table says that it was not."""
    marks = METHODS[method].FORM in ("one", "some")
    lines = []
    for (sheet, weight), line in file.lines:
        kept = {
            option: value
            for option, value in sheet.items()
            if value or not (marks or option == abstain)
        }
        lines.append(Line(Cast(kept, weight), line))
    return replace(file, lines=tuple(lines))


def _terms(
    file: VoteFile,
    method: str,
    keys: Mapping[str, int],
    wanted: Mapping[str, int | None],
) -> Terms:
    facts = dict(file.facts)
    facts |= {name: value for name, value in wanted.items() if value is not None}
    if file.kind == "own":
        return Terms(**facts)
    if file.kind == "table":
        for name in ASKED:
            if method in CONCERNS[name] and name not in facts:
                raise Countless(f"Please give --{name}: the file does not say it.")
    options = tuple(pk for pk in file.names if pk != keys.get("abstain"))
    usual: dict[str, Any] = {
        "options": options,
        "keys": keys,
        "eligible": voters(file),
    }
    if method == "multiple" and "most" not in facts:
        usual["most"] = max((len(cast.sheet) for cast in file.casts), default=1) or 1
    if method in ("approval", *BUDGETS):
        facts["most"] = len(options)
    return Terms(**{**usual, **facts})


def voters(file: VoteFile) -> int:
    """How many people voted."""
    return sum(cast.weight for cast in file.casts)
