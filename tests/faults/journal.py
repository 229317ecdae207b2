"""What a simulated citizen did and was told: the only truth about promises.

Written by the client, never by the server, so that the checker can hold what the
database says against what a person was shown.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Deed:
    """One command: what was asked, and every answer that came to it.

    `key` marks a contribution's text or is a vote's request key. `receipts` has
    one entry per acknowledgement: repetitions must bring the same one.
    """

    person: int
    do: str
    key: str
    facts: dict[str, Any]
    receipts: list[str] = field(default_factory=list)
    refused: str | None = None
    tries: int = 0

    @property
    def acknowledged(self) -> bool:
        return bool(self.receipts)


@dataclass
class Journal:
    """The deeds of all citizens; of one person, in the order they were done."""

    deeds: list[Deed] = field(default_factory=list)

    def add(self, person: int, do: str, key: str, **facts: Any) -> Deed:
        deed = Deed(person, do, key, facts)
        self.deeds.append(deed)
        return deed

    def of(self, *names: str) -> list[Deed]:
        return [deed for deed in self.deeds if deed.do in names]

    @property
    def acknowledged(self) -> int:
        return sum(deed.acknowledged for deed in self.deeds)

    @property
    def unanswered(self) -> int:
        """Sent, but neither acknowledged nor refused: may be done or not."""
        return sum(not d.acknowledged and d.refused is None for d in self.deeds)
