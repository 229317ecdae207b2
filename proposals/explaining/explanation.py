"""What every explanation is made of."""

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
