"""Equal shares: who pays how much for which project. Exact, and quick for thousands.

Floating point only sorts out what is clear: every figure has a bound on its error, and
whatever lies within the bounds is decided by fractions. What is paid is a fraction
always. So the result is that of exact arithmetic, in a hundredth of the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np

# Far above what 500 payments of doubles can be off, as a part of the sums.
CLEAR = 1e-12


class Purchase(NamedTuple):
    """A project, what each of its supporters pays, and who cannot.

    `payers` pay the whole `price`, the `short` all they have left. `equals` were as
    good as the project.
    """

    project: int
    price: Fraction
    payers: int
    short: int
    equals: tuple[int, ...]


class Sharing:
    """The votes of an election: groups that chose alike, and the projects' costs.

    Projects are numbered from 0 on; `first_of_equals` is the tie rule's key.
    """

    def __init__(
        self,
        chosen: Sequence[Sequence[int]],
        weights: Sequence[int],
        costs: Sequence[int],
        first_of_equals: Callable[[int], tuple],
    ) -> None:
        self.costs = list(costs)
        self.key = first_of_equals
        self.weights = np.array(weights, dtype=np.int64)
        self.chose = np.zeros((len(chosen), len(costs)), dtype=np.int64)
        for group, projects in enumerate(chosen):
            self.chose[group, list(projects)] = 1
        self.supporters = [np.flatnonzero(column) for column in self.chose.T]
        self.support = [int(n) for n in self.weights @ self.chose]

    def run(self, share: Fraction) -> "Run":
        """All purchases when everybody has `share` to spend."""
        run = Run(self, share)
        while run.buy():
            pass
        return run


@dataclass
class _Offer:
    """What a project would cost its supporters: a figure, its bound, and the details.

    `value` is the highest payment per unit of cost: the lowest one is bought.
    """

    value: float
    bound: float
    short: np.ndarray
    unclear: np.ndarray
    price: Fraction | None = None


@dataclass
class Run:
    """One run of the method with a fixed share."""

    sharing: Sharing
    share: Fraction
    purchases: list[Purchase] = field(default_factory=list)
    # From this share on a project could be paid that was dropped.
    enough: Fraction | None = None

    def __post_init__(self) -> None:
        groups = len(self.sharing.weights)
        self.money = np.full(groups, float(self.share))
        self.spent = np.zeros(groups, dtype=bool)
        self.supporters = list(self.sharing.supporters)
        self.prices: list[Fraction] = []
        self.bought: list[int] = []
        # Nothing ever gets cheaper: what a project was at least, it stays.
        self.at_least = {
            project: (1 - CLEAR) / support
            for project, support in enumerate(self.sharing.support)
            if support
        }
        self.is_plain = True

    @property
    def same_below(self) -> Fraction | None:
        """Below this share every purchase would be the same; None: not known."""
        return self.enough if self.is_plain else None

    def buy(self) -> bool:
        """The next purchase; false when nobody can pay for any project."""
        offers = self._offers()
        if not offers:
            return False
        if len(offers) > 1:
            value = {
                project: self._price(project, offer) / self.sharing.costs[project]
                for project, offer in offers.items()
            }
            best = min(value.values())
            equals = sorted(
                (project for project in offers if value[project] == best),
                key=self.sharing.key,
            )
        else:
            equals = list(offers)
        self._pay(equals, offers[equals[0]])
        return True

    def _offers(self) -> dict[int, _Offer]:
        """Those that may be the best: more than one only where doubles cannot say."""
        offers: dict[int, _Offer] = {}
        limit = float("inf")
        for project in sorted(self.at_least, key=self.at_least.__getitem__):
            if self.at_least[project] > limit:
                break
            offer = self._offer(project)
            if offer is None:
                self._drop(project)
                continue
            self.at_least[project] = offer.value - offer.bound
            offers[project] = offer
            limit = min(limit, offer.value + offer.bound)
        return {p: o for p, o in offers.items() if o.value - o.bound <= limit}

    def _offer(self, project: int) -> _Offer | None:
        """None if the supporters have too little left together."""
        cost = self.sharing.costs[project]
        who = self.supporters[project]
        who = self.supporters[project] = who[~self.spent[who]]
        money, weight = self.money[who], self.sharing.weights[who]
        support = int(weight.sum())
        off = CLEAR * (cost + support * float(self.share))
        together = float(money @ weight)
        if together + off < cost:
            return None
        if together - off < cost:
            return self._exact_offer(project, who)
        paid, rich = 0.0, support
        while True:
            price = (cost - paid) / rich
            is_short = money < price
            now = support - int(weight[is_short].sum())
            if now == rich:
                break
            if not now:
                return self._exact_offer(project, who)
            rich = now
            paid = float(money[is_short] @ weight[is_short])
        bound = off / rich
        unclear = np.abs(money - price) <= bound + CLEAR * float(self.share)
        if unclear.any():
            return self._exact_offer(project, who)
        return _Offer(price / cost, bound / cost, who[is_short], who[:0])

    def _exact_offer(self, project: int, who: np.ndarray) -> _Offer | None:
        """The same in fractions throughout."""
        cost, weights = self.sharing.costs[project], self.sharing.weights
        money = self._exact_money(who)
        order = sorted(range(len(who)), key=money.__getitem__)
        paid, rich = Fraction(0), int(weights[who].sum())
        for at, number in enumerate(order):
            price = (cost - paid) / rich
            if money[number] >= price:
                value = float(price / cost)
                short = who[order[:at]]
                even = [who[n] for n in order[at:] if money[n] == price]
                unclear = np.array(even, dtype=np.int64)
                return _Offer(value, CLEAR * value, short, unclear, price)
            weight = int(weights[who[number]])
            paid += money[number] * weight
            rich -= weight
        return None

    def _exact_money(self, who: np.ndarray) -> list[Fraction]:
        """What these have left; none of them has ever paid less than a price."""
        known: dict[bytes, Fraction] = {}
        left = []
        for row in self.sharing.chose[who][:, self.bought]:
            key = row.tobytes()
            if key not in known:
                paid = (p for p, has in zip(self.prices, row, strict=True) if has)
                known[key] = self.share - sum(paid, Fraction(0))
            left.append(known[key])
        return left

    def _together(self, who: np.ndarray) -> Fraction:
        """What these have left together, exactly."""
        weights = self.sharing.weights[who]
        times = weights @ self.sharing.chose[who][:, self.bought]
        paid = sum(
            (int(n) * p for n, p in zip(times, self.prices, strict=True) if n),
            Fraction(0),
        )
        return int(weights.sum()) * self.share - paid

    def _price(self, project: int, offer: _Offer) -> Fraction:
        if offer.price is None:
            weights = self.sharing.weights
            rich = int(weights[self.supporters[project]].sum())
            cost = Fraction(self.sharing.costs[project])
            if len(offer.short):
                cost -= self._together(offer.short)
                rich -= int(weights[offer.short].sum())
            offer.price = cost / rich
        return offer.price

    def _pay(self, equals: list[int], offer: _Offer) -> None:
        project, *others = equals
        price = self._price(project, offer)
        who, weights = self.supporters[project], self.sharing.weights
        self.money[who] -= float(price)
        for without in (offer.short, offer.unclear):
            self.money[without] = 0.0
            self.spent[without] = True
        short = int(weights[offer.short].sum())
        self.purchases.append(
            Purchase(
                project,
                price,
                int(weights[who].sum()) - short,
                short,
                (project, *others) if others else (),
            )
        )
        self.prices.append(price)
        self.bought.append(project)
        del self.at_least[project]
        if len(offer.short) or len(offer.unclear):
            self.is_plain = False

    def _drop(self, project: int) -> None:
        """Too expensive now, and for good; note from which share on it is not.

        As long as everybody could pay every price in full, more money changes nothing
        before a project that was dropped can be paid: if it has fewer supporters than
        every project bought before, it comes after them then, too.
        """
        del self.at_least[project]
        support = self.sharing.support[project]
        if any(self.sharing.support[other] <= support for other in self.bought):
            self.is_plain = False
        if not self.is_plain:
            return
        # Everybody who supports it still has something: nobody has spent all.
        missing = self.sharing.costs[project] - self._together(self.supporters[project])
        enough = self.share + missing / support
        self.enough = enough if self.enough is None else min(enough, self.enough)
