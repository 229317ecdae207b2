"""What every method takes and gives back: terms, casts, rounds, an outcome.

Numbers are integers or fractions, never floats. Options are named by a number: the
row's in a ballot, the position in a ballot file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from shared.errors import Refusal

# One person's vote: option number -> value. What a value means is the method's:
# 1 for a mark, a rank (1 is first), points, resistance. No person is in it.
Sheet = Mapping[int, int]
Number = int | Fraction


class Cast(NamedTuple):
    """A sheet and how often it counts: its weight, or how many voted alike."""

    sheet: Sheet
    weight: int = 1


@dataclass(frozen=True)
class Terms:
    """The rules of one ballot, fixed at its opening.

    `options` are those that can be chosen, in the ballot's order. `keys` names those
    with a fixed meaning: "yes", "no", "abstain", "none" (none of these),
    "status_quo", or a step of a scale. "abstain" is a choice of its own in every
    method and never among `options`.
    """

    options: tuple[int, ...]
    keys: Mapping[str, int] = field(default_factory=dict)
    # How many options one person may choose.
    most: int = 1
    # Dots of one person, and at most how many of them on one option (0: all).
    points: int = 0
    per_option: int = 0
    # The scale of score and resistance.
    lowest: int = 0
    highest: int = 10
    seats: int = 1
    budget: int = 0
    costs: Mapping[int, int] = field(default_factory=dict)
    # "simple", "absolute", "two_thirds"; of "votes" (those cast) or of the "roll".
    majority: str = "simple"
    base: str = "votes"
    # Percent of the roll that must have voted, and percent of the votes that an
    # option must have; 0: none.
    quorum: int = 0
    threshold: int = 0
    # Size of the roll; where votes have weights, the sum of its weights.
    eligible: int = 0

    @property
    def abstain(self) -> int | None:
        """The number of the choice "abstain", if the ballot has one."""
        return self.keys.get("abstain")


@dataclass(frozen=True)
class Round:
    """One step of the counting, whole enough to be drawn and to be read aloud.

    `kind` says which step of the method it is. `numbers` are the options' figures in
    it; `pairs[a, b]` how many put a before b; `facts` the figures that its sentence
    names (a quota, a price, what is left of the budget).
    """

    kind: str
    numbers: Mapping[int, Number] = field(default_factory=dict)
    chosen: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    pairs: Mapping[tuple[int, int], Number] = field(default_factory=dict)
    facts: Mapping[str, Number | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tie:
    """Equals, and what the method's rule made of them.

    `settled` is the order the published rule gave; empty: it stays a tie. `rule`
    names it: "reported", or a rule of the method.
    """

    among: tuple[int, ...]
    settled: tuple[int, ...] = ()
    rule: str = "reported"


class Turn(NamedTuple):
    """What would have given another result, counted with that change.

    `kind` says what `number` is, and what it does for the `option`. "alone": so many
    more votes that name no other option put it in front, or give it a seat or its
    money; with one fewer they do not. "enough": so many do in any case, perhaps fewer
    would. "cost": the highest cost at which it is paid.
    """

    kind: str
    number: int
    option: int


@dataclass(frozen=True)
class Outcome:
    """`numbers` per option, the `chosen` ones in their order, and `verdict`.

    `numbers` is the whole figure that stands beside an option: marks, a sum, wins,
    or votes in the last round in which it stood (whole ones). Every option of the
    ballot has one, abstain as well. `ranking` has groups of equals, best first; it
    is empty where the method gives no order.

    Verdicts: "adopted", "rejected", "chosen", "tied", "none" (nobody voted, or all
    abstained), "below_quorum" (too few voted), "below_threshold" (no option has
    enough), "noted" (shows a mood, decides nothing), "objected" (somebody does not
    consent), "none_of_these" (that option won).

    `turns` are what would have changed it, where the rounds alone do not tell.
    """

    numbers: dict[int, int]
    chosen: tuple[int, ...]
    verdict: str
    ranking: tuple[tuple[int, ...], ...] = ()
    rounds: tuple[Round, ...] = ()
    ties: tuple[Tie, ...] = ()
    turns: tuple[Turn, ...] = ()


# --- what several methods share ----------------------------------------------
def add_up(casts: Iterable[Cast], terms: Terms) -> dict[int, int]:
    """Weighted sum of the values of each option, abstain last; every option present."""
    numbers = dict.fromkeys(terms.options, 0)
    if terms.abstain is not None:
        numbers[terms.abstain] = 0
    for sheet, weight in casts:
        for option, value in sheet.items():
            numbers[option] += value * weight
    return numbers


def without_abstentions(casts: Iterable[Cast], terms: Terms) -> list[Cast]:
    """Those who have chosen something."""
    return [cast for cast in casts if terms.abstain not in cast.sheet]


def misses_quorum(casts: Sequence[Cast], terms: Terms) -> bool:
    """Whether fewer people than the quorum voted; whoever abstains has voted."""
    return 100 * sum(cast.weight for cast in casts) < terms.quorum * terms.eligible


def best_first(numbers: Mapping[int, Number]) -> tuple[tuple[int, ...], ...]:
    """Options by falling number, equals together in the ballot's order."""
    groups: dict[Number, list[int]] = {}
    for option, number in numbers.items():
        groups.setdefault(number, []).append(option)
    return tuple(tuple(groups[number]) for number in sorted(groups, reverse=True))


def leading(numbers: Mapping[int, int]) -> tuple[int, ...]:
    """The options with the most marks; none when nobody has any."""
    best = max(numbers.values(), default=0)
    if best == 0:
        return ()
    return tuple(option for option, number in numbers.items() if number == best)


def is_abstention(marks: Sheet, terms: Terms) -> bool:
    """Whether a sheet says "abstain", and nothing else."""
    return terms.abstain is not None and dict(marks) == {terms.abstain: 1}


def refuse(code: str, why: Any) -> Refusal:
    """A vote the method does not know."""
    return Refusal(code, why, status=400, field="options")


def check_marks(marks: Sheet, terms: Terms, most: int) -> None:
    """Refuse unknown options, values other than 1, and none or too many marks."""
    if is_abstention(marks, terms):
        return
    check_known(marks, terms)
    if any(value != 1 for value in marks.values()):
        raise unknown_option()
    if len(marks) > most:
        raise refuse(
            "vote.too_many",
            _("You have chosen more options than the ballot allows."),
        )


def check_known(marks: Sheet, terms: Terms) -> None:
    """Refuse a sheet without marks, or with one for what is not on the ballot."""
    if not marks:
        raise refuse("vote.empty", _("Please choose first."))
    if not set(marks) <= set(terms.options):
        raise unknown_option()


def unknown_option() -> Refusal:
    return refuse("vote.unknown_option", _("This option is not on the ballot."))
