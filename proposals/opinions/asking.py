"""Which statement somebody is asked next: at random, in proportion to its priority.

The chance is a fixed number made of person and statement. So a reload asks the same
one, nobody can be told apart by it, and over all people it falls as chance would.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from proposals.models import OpinionMap, StatementMark

# The priority of a statement that nobody has seen (see `weighing.priority`).
UNSEEN = ((1 - 0.5) * 1 * 0.5 * 9) ** 2
_MASK = 2**64 - 1


@dataclass(frozen=True)
class Asking:
    """`left_out` are never asked; in strict mode only those `taken_in` are."""

    priority: Mapping[str, float]
    left_out: frozenset[int]
    taken_in: frozenset[int] | None

    def next_of(self, person: int, statements: Iterable[int]) -> int | None:
        """The statement to ask this person, of published ones not yet answered."""
        asked = [pk for pk in statements if self.asks(pk)]
        return max(asked, key=lambda pk: (self._turn(person, pk), -pk), default=None)

    def asks(self, pk: int) -> bool:
        return pk not in self.left_out and (
            self.taken_in is None or pk in self.taken_in
        )

    def _turn(self, person: int, pk: int) -> float:
        weight = self.priority.get(str(pk), UNSEEN)
        return log(chance(person, pk)) / max(weight, 1e-9)


def chance(person: int, pk: int) -> float:
    """A number above 0 up to 1, fixed by the two and otherwise without any order."""
    x = (person * 0x9E3779B97F4A7C15 ^ pk * 0xBF58476D1CE4E5B9) & _MASK
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        x = ((x ^ (x >> 30)) * factor) & _MASK
    return ((x ^ (x >> 31)) + 1) / 2**64


def asking_of(dialogue_pk: int) -> Asking | None:
    """How the dialogue's map has people asked; None where none is shown."""
    row = OpinionMap.objects.filter(dialogue=dialogue_pk, is_shown=True).first()
    if row is None:
        return None
    said: dict[str, set[int]] = {state: set() for state in StatementMark.State.values}
    marks = StatementMark.objects.filter(proposal__dialogue=dialogue_pk)
    for pk, state in marks.values_list("proposal_id", "state"):
        said[state].add(pk)
    is_strict = row.mode == OpinionMap.Mode.STRICT
    return Asking(
        row.facts.get("priority", {}),
        frozenset(said[StatementMark.State.OUT]),
        frozenset(said[StatementMark.State.IN]) if is_strict else None,
    )
