"""Pabulib (.pb): projects with costs, a budget, and votes on them.

Three tables (META, PROJECTS, VOTES) in one text, separated by semicolons. Approval,
ordinal, cumulative and scoring votes; money exact to the cent.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from proposals.formats.cells import check_width, rows_of
from proposals.formats.votefile import (
    FileUnreadable,
    Line,
    Listed,
    OptionList,
    VoteFile,
    as_text,
    quoted,
    whole,
)
from proposals.methods.outcome import Cast, Sheet

_CENTS = re.compile(r"[0-9]{1,2}0*")
SECTIONS = ("META", "PROJECTS", "VOTES")
TYPES = ("approval", "ordinal", "cumulative", "scoring")
_Row = tuple[dict[str, str], int]
_Tables = dict[str, list[_Row]]


def read_pabulib(raw: bytes) -> VoteFile:
    """The names of the options are the projects' ids."""
    tables = _tables(as_text(raw))
    meta = _meta(tables["META"])
    kind, line = meta.get("vote_type", ("", 0))
    if kind not in TYPES:
        raise FileUnreadable(f"The vote_type {kind!r} is none of {TYPES}.", line)
    if "budget" not in meta:
        raise FileUnreadable("The budget is missing in META.")
    costs = _projects(tables["PROJECTS"])
    number = {name: pk for pk, name in enumerate(costs, 1)}
    lines = tuple(_votes(tables["VOTES"], kind, number, meta))
    _check_number(meta, "num_projects", len(costs))
    _check_number(meta, "num_votes", len(lines))
    facts: dict[str, Any] = {
        "budget": money(*meta["budget"], _("The budget")),
        "costs": {number[name]: cost for name, cost in costs.items()},
        **_scale(kind, meta, lines),
    }
    names = {pk: name for name, pk in number.items()}
    return VoteFile("order" if kind == "ordinal" else kind, names, lines, facts)


def read_projects(raw: bytes) -> OptionList:
    """The projects alone; what follows them, the votes, is not looked at."""
    tables = _tables(as_text(raw), upto="PROJECTS")
    meta = _meta(tables["META"])
    rows = tables["PROJECTS"]
    costs = _projects(rows)
    _check_number(meta, "num_projects", len(costs))
    budget = money(*meta["budget"], _("The budget")) if "budget" in meta else 0
    return OptionList(
        meta.get("description", ("", 0))[0],
        tuple(
            Listed(
                row.get("name") or row["project_id"],
                row.get("description", ""),
                costs[row["project_id"]],
                line,
            )
            for row, line in rows
        ),
        budget,
    )


def _check_number(meta: Mapping[str, tuple[str, int]], key: str, found: int) -> None:
    if key not in meta:
        return
    stated, line = meta[key]
    if whole(stated, key, line) != found:
        raise FileUnreadable(
            _("%(key)s is %(stated)s, but the file has %(found)s."),
            line,
            key=key,
            stated=stated,
            found=found,
        )


def _tables(text: str, upto: str = SECTIONS[-1]) -> _Tables:
    """Section -> rows by column, each with its line; the last section is `upto`."""
    tables: _Tables = {}
    columns: list[str] = []
    section = ""
    for cells, line in rows_of(text, ";"):
        if cells[0].upper() in SECTIONS and not any(cells[1:]):
            if section == upto != SECTIONS[-1]:
                break
            wanted = SECTIONS[len(tables)] if len(tables) < 3 else "nothing more"
            section = cells[0].upper()
            if section != wanted:
                raise FileUnreadable(
                    _("%(section)s stands where %(wanted)s must."),
                    line,
                    section=section,
                    wanted=wanted,
                )
            if len(tables) and not columns:
                raise FileUnreadable(_("The section before has no columns."), line)
            tables[section], columns = [], []
        elif not section:
            raise FileUnreadable(_("The file must begin with META."), line)
        elif not columns:
            columns = _columns(section, cells, line)
        else:
            # Spreadsheets fill up all rows to the longest one.
            if any(cells[len(columns) :]) or len(cells) < len(columns):
                check_width(cells, len(columns), line)
            tables[section].append((dict(zip(columns, cells, strict=False)), line))
    for name in SECTIONS[: SECTIONS.index(upto) + 1]:
        if name not in tables:
            raise FileUnreadable(_("The section %(name)s is missing."), name=name)
    if not columns:
        raise FileUnreadable(_("The section %(name)s has no columns."), name=upto)
    return tables


def _columns(section: str, cells: Sequence[str], line: int) -> list[str]:
    columns = [cell.lower() for cell in cells]
    needed = {
        "META": ("key", "value"),
        "PROJECTS": ("project_id", "cost"),
        "VOTES": ("voter_id", "vote"),
    }[section]
    for name in needed:
        if columns.count(name) != 1:
            raise FileUnreadable(
                _("%(section)s needs one column %(name)s."),
                line,
                section=section,
                name=name,
            )
    return columns


def _meta(rows: Sequence[_Row]) -> dict[str, tuple[str, int]]:
    meta: dict[str, tuple[str, int]] = {}
    for row, line in rows:
        if row["key"] in meta:
            raise FileUnreadable(_("%(key)s is given twice."), line, key=row["key"])
        meta[row["key"]] = (row["value"], line)
    return meta


def _projects(rows: Sequence[_Row]) -> dict[str, int | Fraction]:
    """Id -> cost."""
    costs: dict[str, int | Fraction] = {}
    for row, line in rows:
        name = row["project_id"]
        if not name or "," in name:
            raise FileUnreadable(
                _("%(name)s is no project_id."), line, name=quoted(name)
            )
        if name in costs:
            raise FileUnreadable(
                _("The project %(name)s stands there twice."), line, name=name
            )
        costs[name] = money(row["cost"], line, _("The cost"))
    if not costs:
        raise FileUnreadable(_("The file has no projects."))
    return costs


def money(text: str, line: int, what: Any) -> int | Fraction:
    """Units and cents, exactly; "2500.00" is a whole number."""
    units, point, cents = text.strip().replace(",", ".").partition(".")
    found = whole(units, what, line)
    if not point or (cents.isdigit() and cents.isascii() and not cents.strip("0")):
        return found
    if not _CENTS.fullmatch(cents) or "-" in units:
        raise FileUnreadable(
            _("%(what)s is no amount of money: %(found)s."),
            line,
            what=what,
            found=quoted(text),
        )
    return found + Fraction(int(cents), 10 ** len(cents))


def _votes(
    rows: Sequence[_Row],
    kind: str,
    number: Mapping[str, int],
    meta: Mapping[str, tuple[str, int]],
) -> Iterator[Line]:
    voters: set[str] = set()
    usual = number_of(*meta["default_score"]) if "default_score" in meta else 0
    for row, line in rows:
        if row["voter_id"] in voters:
            raise FileUnreadable(
                f"The voter {row['voter_id']} stands there twice.", line
            )
        voters.add(row["voter_id"])
        chosen = _listed(row["vote"])
        for name in chosen:
            if name not in number:
                raise FileUnreadable(f"There is no project {name!r}.", line)
        if len(set(chosen)) != len(chosen):
            raise FileUnreadable("A project stands twice in this vote.", line)
        if kind == "approval":
            values = [1] * len(chosen)
        elif kind == "ordinal":
            values = list(range(1, len(chosen) + 1))
        else:
            given = _listed(row.get("points", ""))
            if len(given) != len(chosen):
                raise FileUnreadable(
                    f"{len(chosen)} projects, but {len(given)} points.", line
                )
            values = [number_of(text, line) for text in given]
        sheet = {
            number[name]: value for name, value in zip(chosen, values, strict=True)
        }
        if kind == "scoring":
            sheet = dict.fromkeys(number.values(), usual) | sheet
        elif kind == "cumulative":
            sheet = {option: value for option, value in sheet.items() if value}
        yield Line(Cast(sheet), line)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def number_of(text: str, line: int) -> int:
    """Points, as a whole number."""
    return whole(text, "The number of points", line, -(10**6))


def _scale(
    kind: str, meta: Mapping[str, tuple[str, int]], lines: Iterable[Line]
) -> dict[str, int]:
    """The terms of points and scores: as stated, else what the votes used."""

    def stated(key: str) -> int | None:
        return number_of(*meta[key]) if key in meta else None

    sheets = [row.cast.sheet for row in lines]
    values = [value for sheet in sheets for value in sheet.values()]
    if kind == "cumulative":
        used = max((sum(sheet.values()) for sheet in sheets), default=0)
        return {
            "points": stated("max_sum_points") or used,
            "per_option": stated("max_points") or 0,
        }
    if kind == "scoring":
        lowest, highest = stated("min_points"), stated("max_points")
        return {
            "lowest": min([*values, 0]) if lowest is None else min(lowest, 0),
            "highest": max(values, default=1) if highest is None else highest,
        }
    return {}


def write_pabulib(
    *,
    title: str,
    kind: str,
    rule: str,
    budget: int,
    projects: Sequence[tuple[str, int, str]],
    sheets: Sequence[Sheet],
    year: str,
    facts: Mapping[str, int] | None = None,
) -> str:
    """Votes on projects as Pabulib wants them; voters are numbered as they stand.

    `projects`: id, cost and name, in the order of the options 0, 1, ...
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    meta = {
        "description": " ".join(title.split()),
        "country": "Germany",
        "unit": " ".join(title.split()),
        "instance": year,
        "num_projects": len(projects),
        "num_votes": len(sheets),
        "budget": budget,
        "vote_type": kind,
        "rule": rule,
        **(facts or {}),
    }
    writer.writerows([["META"], ["key", "value"], *meta.items()])
    writer.writerows([["PROJECTS"], ["project_id", "cost", "name"]])
    writer.writerows((pk, cost, " ".join(name.split())) for pk, cost, name in projects)
    has_points = kind in ("cumulative", "scoring")
    writer.writerows([["VOTES"], ["voter_id", "vote", *["points"] * has_points]])
    for voter, sheet in enumerate(sheets, 1):
        chosen = (
            sorted(sheet, key=lambda pk: (sheet[pk], pk))
            if kind == "ordinal"
            else sorted(sheet)
        )
        row = [str(voter), ",".join(projects[pk][0] for pk in chosen)]
        if has_points:
            row.append(",".join(str(sheet[pk]) for pk in chosen))
        writer.writerow(row)
    return out.getvalue()
