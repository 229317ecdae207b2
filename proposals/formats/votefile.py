"""What a file of votes holds, whatever its format, and how it can be counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Terms
from shared.errors import Refusal

LONGEST_NUMBER = 15


class FileUnreadable(Exception):
    """No file of this format; the message names the line, if there is one."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(f"Line {line}: {why}" if line else why)


class Countless(Exception):
    """The method cannot be counted for these votes."""


class Line(NamedTuple):
    """A cast and the line (or place) it was read from."""

    cast: Cast
    line: int


@dataclass(frozen=True)
class VoteFile:
    """`kind`: "order", "approval", "cumulative", "scoring", or "own".

    `names`: option number -> what the file calls it. `facts`: terms that the file
    states, under their names in `Terms`. `method` is that of our own files.
    """

    kind: str
    names: Mapping[int, str]
    lines: tuple[Line, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""

    @property
    def casts(self) -> list[Cast]:
        return [row.cast for row in self.lines]


# Which methods the votes of a kind can be counted by. Points and scores say nothing
# of resistance, approvals nothing of an order: such a count would be a wrong winner.
COUNTABLE: dict[str, tuple[str, ...]] = {
    "order": ("single", "borda", "irv", "schulze", "pairwise", "stv"),
    "approval": ("approval", "multiple", "knapsack", "greedy", "equal_shares"),
    "cumulative": ("dots",),
    "scoring": ("score",),
}
# Which methods the terms concern that somebody may give for a count.
CONCERNS = {
    "seats": ("stv",),
    "budget": ("knapsack", "greedy", "equal_shares"),
    "most": ("multiple",),
}
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

    `wanted`: seats, budget, most, instead of what the file says.
    """
    if not file.names:
        raise Countless("The file has no options.")
    for name, value in wanted.items():
        if value is not None and method not in CONCERNS[name]:
            raise Countless(f"--{name} says nothing for the method {method}.")
        if value is not None and value < 1:
            raise Countless(f"--{name} must be at least 1.")
    file = _first_choices(_suited(file, method), method)
    terms = _terms(file, method, wanted)
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


def _terms(file: VoteFile, method: str, wanted: Mapping[str, int | None]) -> Terms:
    facts = dict(file.facts)
    facts |= {name: value for name, value in wanted.items() if value is not None}
    if file.kind == "own":
        return Terms(**facts)
    options = tuple(file.names)
    usual: dict[str, Any] = {"options": options, "eligible": voters(file)}
    if method == "multiple" and "most" not in facts:
        usual["most"] = max((len(cast.sheet) for cast in file.casts), default=1) or 1
    if method in ("approval", "knapsack", "greedy", "equal_shares"):
        facts["most"] = len(options)
    return Terms(**{**usual, **facts})


def voters(file: VoteFile) -> int:
    """How many people voted."""
    return sum(cast.weight for cast in file.casts)


def told_apart(names: Mapping[int, str], first: int = 0) -> dict[int, str]:
    """Equal names get their number behind them, counted from `first`."""
    times = Counter(names.values())
    return {
        pk: f"{name} ({pk + first})" if times[name] > 1 else name
        for pk, name in names.items()
    }


def whole(text: str, what: str, line: int, lowest: int = 0) -> int:
    """A whole number of plain digits, at least `lowest`."""
    digits = text.strip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER):
        raise FileUnreadable(f"{what} is no whole number: {text.strip()[:40]!r}.", line)
    number = sign * int(digits)
    if number < lowest:
        raise FileUnreadable(f"{what} is {number}, less than {lowest}.", line)
    return number


def as_text(raw: bytes) -> str:
    """UTF-8, with or without a mark; else the line that is not."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileUnreadable("This is no UTF-8 text.", line) from None
