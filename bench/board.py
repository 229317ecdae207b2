"""Figures as they are measured, their bars, and whether they are reached."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

# The machine for which the bars are meant: one raw write costs it so many µs.
RAW_MICROSECONDS = 14.0
RAW = "raw asyncio write of a prebuilt frame, CPU for each delivery"


def quantile(values: Iterable[float], share: float) -> float:
    """The value that `share` of all stayed below."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Row:
    """One figure of all runs."""

    part: str
    name: str
    unit: str
    digits: int = 0
    at_least: float | None = None
    at_most: float | None = None
    is_scaled: bool = False
    values: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return median(self.values)

    def bar(self, scale: float) -> float | None:
        """The bar for this machine."""
        bar = self.at_least if self.at_least is not None else self.at_most
        return int(bar * scale) if bar is not None and self.is_scaled else bar

    def is_held(self, scale: float) -> bool | None:
        """None without a bar. NaN holds no bar."""
        bar = self.bar(scale)
        if bar is None:
            return None
        if self.at_least is not None:
            return self.middle >= bar
        return self.middle <= bar


class Board:
    """All rows, in the order in which they were first measured."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def add(
        self,
        part: str,
        name: str,
        value: float,
        unit: str = "",
        digits: int = 0,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        is_scaled: bool = False,
    ) -> None:
        """One run's value. `is_scaled`: the bar is for the machine of 14 µs."""
        row = self.rows.setdefault(
            (part, name), Row(part, name, unit, digits, at_least, at_most, is_scaled)
        )
        row.values.append(value)

    def last(self, part: str, name: str) -> float | None:
        """What this figure was in the latest run."""
        row = self.rows.get((part, name))
        return row.values[-1] if row else None

    @property
    def parts(self) -> list[str]:
        """In the order in which they were first measured."""
        return list(dict.fromkeys(row.part for row in self.rows.values()))

    @property
    def scale(self) -> float:
        """How many people this machine must hold for one of the machine meant."""
        row = self.rows.get(("limit", RAW))
        return RAW_MICROSECONDS / row.middle if row else 1.0

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows.values() if row.is_held(self.scale) is False]
