"""A result in words: who won and why, what a tie meant, what would have changed it.

One function per method, `explain(outcome, terms, names)`, where `names` are the
options' titles by number: pure, in the language that is active. Two sentences say who
won and why; `easy` says the same in easy language; `steps` has a sentence for each of
`outcome.rounds`; `tie` and `change` are empty where there is nothing to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proposals.methods.outcome import Outcome, Terms

Names = Mapping[int, str]


@dataclass(frozen=True)
class Explanation:
    """Plain text, no HTML; every part may be read aloud on its own."""

    result: str
    why: str
    easy: str
    steps: tuple[str, ...] = ()
    tie: str = ""
    change: str = ""


Explain = Callable[[Outcome, Terms, Names], Explanation]
EXPLAIN: dict[str, Explain] = {}
