"""A counted ballot as people read it: in words, step by step, beside earlier rounds.

Counted from the frozen votes, once per process: a closed ballot never changes.
Only its words are made anew, since they depend on the reader's language and on
options whose title was hidden later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from projects import reading
from proposals.ballots import all_casts, casts_of
from proposals.channels import hand_casts
from proposals.counted import key_of, outcome_by
from proposals.explaining import EXPLAIN, Explanation
from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Number, Outcome, Terms
from proposals.models import Ballot, Channel, Option, Vote
from proposals.result_parts import (
    MOST_BESIDE,
    MOST_EASY,
    MOST_LINES,
    MOST_ROWS,
    MOST_SAID,
    MOST_TOLD,
    MOST_TURNS,
    Figure,
    Step,
    course_of,
    figures_of,
    spending_of,
    steps_of,
)
from proposals.terms import terms_in_file, terms_of

# Fewer people are not shown as a part of a secret ballot.
SMALLEST_CELL = 5

Facts = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """All that is shown of a counted ballot."""

    verdict: str
    explanation: Explanation
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...]
    spending: Facts | None = None
    course: Facts | None = None
    is_weighted: bool = False
    # Votes by channel, of a filed ballot; the room draws its own.
    channels: Facts | None = None

    @property
    def told(self) -> tuple[Step, ...]:
        """The steps that a projector has room for: the last ones, beside few bars."""
        if self.on_stage:
            return ()
        return self.steps[1:][-MOST_TOLD:] if len(self.figures) <= MOST_BESIDE else ()

    @property
    def easy_on_stage(self) -> str:
        """The result in easy language for a projector; empty where it has no room.

        A projector has one view for the whole hall, and none in easy language: so it
        says both.
        """
        words = self.explanation
        said = (words.result, words.why, words.easy, words.tie, words.change)
        fits = len(words.easy) <= MOST_EASY and sum(map(len, said)) <= MOST_SAID
        return words.easy if fits else ""

    @property
    def duels(self) -> Step | None:
        """The step with the table of who was put before whom."""
        return next((s for s in self.steps if s.pairs and not s.has_paths), None)

    @property
    def on_stage(self) -> str:
        """The table that stands on a projector instead of bars: "course", "spending" or
        "duels"; empty where there is none, or no room for it."""
        fits = {
            "course": self.course
            and len(self.course["lines"]) <= MOST_LINES
            and len(self.course["turns"]) <= MOST_TURNS,
            "spending": self.spending and len(self.spending["lines"]) <= MOST_LINES,
            "duels": self.duels and len(self.duels.pairs) <= MOST_TURNS,
        }
        return next((table for table, has_room in fits.items() if has_room), "")

    @property
    def is_good_news(self) -> bool:
        """Whether something was decided."""
        return self.verdict in ("adopted", "chosen", "noted")


# --- what options are called --------------------------------------------------
def label_of(method: str, key: str, title: str) -> str:
    """The choices that a method knows in the reader's language; else the title."""
    labels: Mapping[str, Any] = getattr(METHODS[method], "LABELS", {})
    usual = {
        "yes": _("Yes"),
        "no": _("No"),
        "abstain": _("Abstain"),
        "none": _("None of these"),
    }
    if key in labels:
        return str(labels[key])
    return usual.get(key, title)


def option_label(ballot: Ballot, option: Option) -> str:
    """As it reads now: a title that was hidden only says so."""
    return label_of(ballot.method, option.key, option.shown_title)


def is_hidden(option: Option) -> bool:
    """Whether its words were hidden; choices that a method knows have none."""
    return option.is_hidden and not option.key


# --- counting again -----------------------------------------------------------
def outcome_of(ballot: Ballot, options: Sequence[Option]) -> Outcome:
    """The outcome of a closed ballot with its tally, counted once."""
    return outcome_by(
        key_of(ballot, ballot.tally),
        lambda: METHODS[ballot.method].count(
            all_casts(ballot), terms_of(ballot, options)
        ),
    )


def result_of(ballot: Ballot, options: Sequence[Option]) -> Result:
    """What is shown of a closed ballot, in the active language."""
    return show(
        ballot.method,
        outcome_of(ballot, options),
        terms_of(ballot, options),
        {option.pk: option_label(ballot, option) for option in options},
        hidden={option.pk for option in options if is_hidden(option)},
        is_weighted=ballot.uses_weights,
    )


def show(
    method: str,
    outcome: Outcome,
    terms: Terms,
    names: Mapping[int, str],
    *,
    hidden: Iterable[int] = (),
    most_rows: int = MOST_ROWS,
    is_weighted: bool = False,
) -> Result:
    explanation = EXPLAIN[method](outcome, terms, names)
    # Sums of points, ranks or resistance are no part of those who voted.
    has_shares = METHODS[method].FORM in ("one", "some")
    # So many abstentions beside sums would read like a small sum; the first step says
    # how many there were.
    numbers = {
        option: number
        for option, number in outcome.numbers.items()
        if has_shares or option != terms.abstain
    }
    return Result(
        verdict=outcome.verdict,
        explanation=explanation,
        figures=figures_of(
            numbers,
            names,
            chosen=outcome.chosen,
            whole=_votes(outcome) if has_shares else 0,
            hidden=set(hidden),
        ),
        steps=tuple(steps_of(outcome.rounds, explanation.steps, names, most_rows)),
        spending=spending_of(outcome.rounds, names),
        course=course_of(outcome.rounds, names),
        is_weighted=is_weighted,
    )


def _votes(outcome: Outcome) -> Number:
    """How many voted, by weight, as the first step says."""
    counted = (row.facts["votes"] for row in outcome.rounds if row.kind == "turnout")
    return next(counted, 0)  # type: ignore[return-value]


# --- reasons, and several channels of one ballot --------------------------------
def reasons_of(ballot: Ballot) -> list[str]:
    """Why people object or have concerns, without their names and in no order."""
    if ballot.method != Ballot.Method.CONSENT or ballot.is_secret:
        return []
    reasons = Vote.objects.filter(ballot=ballot).exclude(reason="")
    return sorted(reasons.values_list("reason", flat=True))


def compare_channels(ballot: Ballot, options: Sequence[Option]) -> Facts | None:
    """Marks by channel and together; None where everybody voted online.

    Ranks and points are no marks: there only the turnout is told by channel. Of a
    secret ballot small cells are left out.
    """
    by_hand = hand_casts(ballot) if ballot.is_mixed else {}
    if not any(by_hand.values()):
        return None
    return _by_channel(
        {"online": casts_of(ballot), **by_hand},
        {option.pk: option_label(ballot, option) for option in options},
        has_marks=METHODS[ballot.method].FORM in ("one", "some"),
        is_secret=ballot.is_secret,
    )


def _by_channel(
    casts: Mapping[str, Sequence[Cast]],
    labels: Mapping[int, str],
    *,
    has_marks: bool,
    is_secret: bool,
) -> Facts:
    told_of = labels if has_marks else {}
    marks: dict[str, dict[int, int]] = {
        channel: {
            option: sum(c.sheet.get(option, 0) * c.weight for c in rows)
            for option in told_of
        }
        for channel, rows in casts.items()
    }
    told = without_small_cells(marks) if is_secret else marks
    heads = {"online": _("online"), **{c.value: str(c.label) for c in Channel}}
    # By hand a cast stands for as many sheets as it weighs.
    turnouts = [
        len(rows) if channel == "online" else sum(c.weight for c in rows)
        for channel, rows in casts.items()
    ]
    return {
        "heads": [heads[channel] for channel in casts],
        "lines": [
            (
                label,
                ["–" if (n := told[c][option]) is None else n for c in casts],
                sum(marks[channel][option] for channel in casts),
            )
            for option, label in told_of.items()
        ],
        "turnouts": turnouts,
        "turnout": sum(turnouts),
        "has_gaps": is_secret and has_marks,
    }


# --- what is not said of few ---------------------------------------------------
def without_small_cells(
    channels: Mapping[str, Mapping[int, int]],
) -> dict[str, dict[int, int | None]]:
    """Marks per channel and option of a secret ballot; None for what is not told.

    A cell under five tells too much about few people. Where the sum over all
    channels is known, a single gap could be filled by subtraction: then the smallest
    of the others is left out as well.
    """
    told: dict[str, dict[int, int | None]] = {
        channel: {
            option: number if number >= SMALLEST_CELL else None
            for option, number in numbers.items()
        }
        for channel, numbers in channels.items()
    }
    for option in {option for numbers in channels.values() for option in numbers}:
        _widen_gap([(told[channel], option) for channel in told])
    for numbers in told.values():
        _widen_gap([(numbers, option) for option in numbers])
    for option in {option for numbers in channels.values() for option in numbers}:
        _widen_gap([(told[channel], option) for channel in told])
    return told


def _widen_gap(cells: list[tuple[dict[int, int | None], int]]) -> None:
    """Leave out a second cell of a line in which only one is left out."""
    known = [(row, key) for row, key in cells if row.get(key) is not None]
    if len(cells) - len(known) == 1 and known:
        row, key = min(known, key=lambda cell: cell[0][cell[1]] or 0)
        row[key] = None


# --- the public record ----------------------------------------------------------
def explain_filed(
    digest: str, ballot: Facts, labels: Mapping[int, str]
) -> Result | None:
    """The same words and steps from the figures of a result record.

    None if counting again gives another result: nothing is explained that is not so.
    """
    options = [
        (row["position"], row.get("key", ""), row.get("cost", 0))
        for row in ballot["options"]
    ]
    terms = terms_in_file(
        ballot["method"],
        options,
        ballot.get("terms", {}),
        most=ballot["most_options"],
        eligible=ballot["eligible"],
    )
    outcome = outcome_by(
        (digest, ballot["number"]),
        lambda: METHODS[ballot["method"]].count(filed_casts(ballot), terms),
    )
    if (outcome.verdict, [outcome.numbers[o[0]] for o in options]) != (
        ballot["verdict"],
        [row["number"] for row in ballot["options"]],
    ):
        return None
    # As it stands in the terms: files from before options had keys have them, too.
    keys = {position: key for key, position in terms.keys.items()}
    names = {
        position: label_of(ballot["method"], keys.get(position, ""), label)
        for position, label in labels.items()
    }
    shown = show(
        ballot["method"],
        outcome,
        terms,
        names,
        most_rows=10 * MOST_ROWS,
        is_weighted=bool(ballot.get("weights")),
    )
    by_hand = _filed_by_hand(ballot)
    if not by_hand:
        return shown
    return replace(
        shown,
        channels=_by_channel(
            {"online": _filed_online(ballot), **by_hand},
            names,
            has_marks=METHODS[ballot["method"]].FORM in ("one", "some"),
            is_secret=ballot["secrecy"] == Ballot.Secrecy.SECRET,
        ),
    )


def filed_casts(ballot: Facts) -> list[Cast]:
    by_hand = _filed_by_hand(ballot).values()
    return _filed_online(ballot) + [cast for rows in by_hand for cast in rows]


def _filed_online(ballot: Facts) -> list[Cast]:
    votes = ballot["votes"]
    weights = ballot.get("weights") or [1] * len(votes)
    return [Cast(dict(v), weight) for v, weight in zip(votes, weights, strict=True)]


def _filed_by_hand(ballot: Facts) -> dict[str, list[Cast]]:
    return {
        channel: [Cast(dict(sheet)) for sheet in sheets]
        for channel, sheets in ballot.get("channels", {}).items()
    }


reading.explain_ballots_by(explain_filed)
