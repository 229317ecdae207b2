"""What a moderator plans: the terms of a ballot, and its options line by line."""

import re
from collections.abc import Mapping
from typing import TypedDict

from proposals.choices import BUDGETS
from proposals.models import Ballot

# Whose usual terms do without a word more.
QUICK = (
    "hands", "yes_no", "gradients", "consent", "single", "multiple", "approval",
    "dots", "consensing", "schulze",
)  # fmt: skip
_COST = re.compile(r"^(?P<title>.*?)\s*[;|]\s*(?P<cost>\d[\d. ]*)\s*(?:€|EUR|Euro)?$")


class Plan(TypedDict, total=False):
    """What a moderator plans; what is left out is usual (`Terms`).

    `options` are titles, or titles and costs; `proposals` and `questions` (row
    numbers) become options by link, `costs` are theirs by "proposal-7" or
    "question-7". `status_quo` is the title of the option that leaves all as it is.
    """

    title: str
    text: str
    text_easy: str
    method: str
    secrecy: str
    electorate: str
    most_options: int
    points: int
    per_option: int
    lowest: int
    highest: int
    seats: int
    budget: int
    majority: str
    base: str
    quorum: int
    threshold: int
    uses_weights: bool
    is_mixed: bool
    hides_count: bool
    has_none: bool
    status_quo: str
    options: tuple[str | tuple[str, int], ...]
    proposals: tuple[int, ...]
    questions: tuple[int, ...]
    costs: Mapping[str, int]


def option_of_line(line: str) -> tuple[str, int]:
    """Title and cost in whole euros of "Title; 12.000 €"; the cost is 0 if not said."""
    line = " ".join(line.split())
    said = _COST.match(line)
    if said is None:
        return line[:200], 0
    cost = re.sub(r"[. ]", "", said["cost"])[:12]
    return said["title"][:200], int(cost)


def options_of_lines(text: str) -> tuple[tuple[str, int], ...]:
    """One option a line."""
    return tuple(option_of_line(line) for line in text.split("\n") if line.strip())


def line_of_option(title: str, cost: int) -> str:
    """The line of which `option_of_line` makes this title and cost."""
    # A title that ends like a cost would lose its end.
    return f"{title}; {cost}" if cost or _COST.match(title) else title


def usual_terms(method: str, options: int, *, most: int = 1) -> Plan:
    """Terms for so many options, where nothing else was said.

    Dots: about a third of the options (Mehrpunktabfrage), at most two on one.
    """
    if method == Ballot.Method.APPROVAL or method in BUDGETS:
        most = max(options, 1)
    plan = Plan(most_options=most)
    if method == Ballot.Method.DOTS:
        plan |= {"points": max(2, -(-options // 3)), "per_option": 2}
    if method == Ballot.Method.STV:
        plan["seats"] = max(1, options // 2)
    if method == Ballot.Method.CONSENT:
        plan["secrecy"] = Ballot.Secrecy.OPEN
    return plan
