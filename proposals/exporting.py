"""A counted ballot as a file: from the database, or from a filed result."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dialogue.queries import forbidden
from projects.models import ResultRecord
from projects.reading import read_result
from proposals.ballots import votes_of
from proposals.formats.own import (
    BallotFile,
    FileOption,
    FileResult,
    as_vote_file,
    result_of,
    stated_terms,
    votes_digest,
    write_own,
)
from proposals.formats.pabulib import write_pabulib
from proposals.formats.preflib import write_preflib
from proposals.formats.table import write_csv
from proposals.methods import METHODS
from proposals.methods.outcome import Sheet, Terms
from proposals.models import Ballot
from proposals.recount import single_file
from proposals.terms import named_terms, terms_in_file
from shared import clock

# Our methods as Pabulib calls the votes and the rule.
_PABULIB = {
    "knapsack": ("approval", "greedy"),
    "greedy": ("approval", "greedy"),
    "equal_shares": ("approval", "equalshares"),
}


def ballot_file(ballot: Ballot) -> BallotFile:
    """A closed ballot with its votes; an annulled one has none and is refused."""
    if ballot.state != Ballot.State.CLOSED:
        raise forbidden()
    rows = list(
        ballot.options.select_related("tally_row", "proposal", "question").order_by(
            "position"
        )
    )
    votes, weights, channels = votes_of(ballot, [row.pk for row in rows])
    return _assembled(
        {
            "title": ballot.title,
            "method": ballot.method,
            "secrecy": ballot.secrecy,
            "electorate": ballot.electorate,
            "closed_at": clock.milliseconds(ballot.closed_at) or 0,
            "roll_size": ballot.roll_size,
            "roll_digest": ballot.roll_digest,
            "turnout": ballot.tally.turnout,
            "verdict": ballot.tally.verdict,
            "votes": votes,
            "weights": weights,
            "channels": channels,
        },
        [FileOption(row.position, row.shown_title, row.key, row.cost) for row in rows],
        [(row.tally_row.number, row.tally_row.is_chosen) for row in rows],
        named_terms(ballot),
        ballot.most_options,
    )


def filed_ballot(record: ResultRecord, number: int) -> BallotFile:
    """The same from a result that was filed, where nothing changes any more."""
    facts = json.loads(record.canonical)
    found = next((row for row in facts["ballots"] if row["number"] == number), None)
    if found is None or found["state"] != "closed":
        raise forbidden()
    shown = next(
        row for row in read_result(record)["ballots"] if row["number"] == number
    )
    options = found["options"]
    labels = [row["label"] for row in shown["rows"]]
    return _assembled(
        {
            "title": str(shown["title"]),
            "closed_at": facts["closed_at"],
            "roll_size": found["eligible"],
            "weights": found.get("weights", []),
            "channels": found.get("channels", {}),
            **{
                name: found[name]
                for name in (
                    "method",
                    "secrecy",
                    "electorate",
                    "roll_digest",
                    "turnout",
                    "verdict",
                    "votes",
                )
            },
        },
        [
            FileOption(
                row["position"], str(label), row.get("key", ""), row.get("cost", 0)
            )
            for row, label in zip(options, labels, strict=True)
        ],
        [(row["number"], row["is_chosen"]) for row in options],
        found.get("terms", {}),
        found["most_options"],
    )


def _assembled(
    facts: dict[str, Any],
    options: list[FileOption],
    figures: list[tuple[int, bool]],
    named: Mapping[str, int | str],
    most: int,
) -> BallotFile:
    """The file, with what was announced; only the order of the losers is counted."""
    terms = terms_in_file(
        facts["method"],
        [(option.position, option.key, option.cost) for option in options],
        named,
        most=most,
        eligible=facts["roll_size"],
    )
    # Files from before options had keys name them by their place.
    keys = {position: key for key, position in terms.keys.items()}
    verdict = facts.pop("verdict")
    file = BallotFile(
        **facts,
        terms=stated_terms(terms),
        options=[
            FileOption(row.position, row.title, keys.get(row.position, ""), row.cost)
            for row in options
        ],
        digest="",
        result=FileResult(verdict, [], [], []),
    )
    counted = METHODS[file.method].count(as_vote_file(file).casts, terms)
    positions = [option.position for option in options]
    result = result_of(counted, positions)
    announced = FileResult(
        verdict=verdict,
        numbers=[number for number, __ in figures],
        # In the order of the method; what it no longer chooses stands behind.
        chosen=sorted(
            (place for place, (__, is_chosen) in enumerate(figures) if is_chosen),
            key=lambda place: (
                result.chosen.index(place) if place in result.chosen else len(positions)
            ),
        ),
        ranking=result.ranking,
    )
    return replace(file, result=announced, digest=votes_digest(file))


# --- downloads ------------------------------------------------------------------
@dataclass(frozen=True)
class Download:
    content: bytes
    kind: str
    name: str


FILES = ("ballot.json", "votes.csv", "recount.html", "orders.preflib", "votes.pb")


def files_of(method: str) -> tuple[str, ...]:
    """Which of FILES there are for a method."""
    own = FILES[:3]
    if METHODS[method].FORM == "order":
        return (*own, "orders.preflib")
    return (*own, "votes.pb") if method in _PABULIB else own


def download(file: BallotFile, name: str) -> Download:
    """One of `files_of` its method."""
    if name not in files_of(file.method):
        raise forbidden()
    stem = f"ballot-{file.digest[:12]}"
    if name == "ballot.json":
        return Download(write_own(file), "application/json", f"{stem}.json")
    if name == "recount.html":
        page = single_file(write_own(file)).encode()
        return Download(page, "text/html; charset=utf-8", f"{stem}.html")
    if name == "votes.csv":
        heads = (pgettext("column", "Vote"), _("Channel"), _("Weight"), _("Cost"))
        text = "\ufeff" + write_csv(file, heads)
        return Download(text.encode(), "text/csv; charset=utf-8", f"{stem}.csv")
    sheets = _choosing(file)
    if name == "orders.preflib":
        titles = as_vote_file(file).names
        terms = file.as_terms()
        kind, text = write_preflib(
            file.title, {pk: titles[pk] for pk in terms.options}, sheets
        )
        return Download(text.encode(), "text/plain; charset=utf-8", f"{stem}.{kind}")
    return Download(
        _pabulib(file, file.as_terms(), sheets).encode(),
        "text/plain; charset=utf-8",
        f"{stem}.pb",
    )


def _choosing(file: BallotFile) -> list[Sheet]:
    """The votes without abstentions, each as often as it counts."""
    terms = file.as_terms()
    return [
        cast.sheet
        for cast in as_vote_file(file).casts
        if terms.abstain not in cast.sheet
        for __ in range(cast.weight)
    ]


def _pabulib(file: BallotFile, terms: Terms, sheets: list[Sheet]) -> str:
    kind, rule = _PABULIB[file.method]
    place = {option: number for number, option in enumerate(terms.options)}
    rows = {option.position: option for option in file.options}
    return write_pabulib(
        title=file.title,
        kind=kind,
        rule=rule,
        budget=terms.budget,
        projects=[(str(pk + 1), rows[pk].cost, rows[pk].title) for pk in terms.options],
        sheets=[{place[pk]: value for pk, value in row.items()} for row in sheets],
        year=str(datetime.fromtimestamp(file.closed_at / 1000, UTC).year),
    )
