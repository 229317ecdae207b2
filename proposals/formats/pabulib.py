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

from proposals.formats.votefile import FileUnreadable, Line, VoteFile, as_text, whole
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
    ids, costs = _projects(tables["PROJECTS"])
    number = {name: pk for pk, name in enumerate(ids, 1)}
    lines = tuple(_votes(tables["VOTES"], kind, number, meta))
    for key, found in (("num_projects", len(ids)), ("num_votes", len(lines))):
        if key in meta and whole(meta[key][0], key, meta[key][1]) != found:
            raise FileUnreadable(
                f"{key} is {meta[key][0]}, but the file has {found}.", meta[key][1]
            )
    facts: dict[str, Any] = {
        "budget": money(*meta["budget"], "The budget"),
        "costs": {number[name]: cost for name, cost in zip(ids, costs, strict=True)},
        **_scale(kind, meta, lines),
    }
    names = {pk: name for name, pk in number.items()}
    return VoteFile("order" if kind == "ordinal" else kind, names, lines, facts)


def _tables(text: str) -> _Tables:
    """Section -> rows by column, each with its line."""
    tables: _Tables = {}
    columns: list[str] = []
    section = ""
    for cells, line in _cells(text):
        if cells[0].upper() in SECTIONS and not any(cells[1:]):
            wanted = SECTIONS[len(tables)] if len(tables) < 3 else "nothing more"
            section = cells[0].upper()
            if section != wanted:
                raise FileUnreadable(f"{section} stands where {wanted} must.", line)
            if len(tables) and not columns:
                raise FileUnreadable("The section before has no columns.", line)
            tables[section], columns = [], []
        elif not section:
            raise FileUnreadable("The file must begin with META.", line)
        elif not columns:
            columns = _columns(section, cells, line)
        else:
            if any(cells[len(columns) :]) or len(cells) < len(columns):
                raise FileUnreadable(
                    f"The row has {len(cells)} cells, but {len(columns)} columns.", line
                )
            tables[section].append((dict(zip(columns, cells, strict=False)), line))
    for name in SECTIONS:
        if name not in tables:
            raise FileUnreadable(f"The section {name} is missing.")
    if not columns:
        raise FileUnreadable("The section VOTES has no columns.")
    return tables


def _cells(text: str) -> Iterator[tuple[list[str], int]]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=";", strict=True, skipinitialspace=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileUnreadable(f"The row cannot be read ({error}).", first) from None
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield cells, first


def _columns(section: str, cells: Sequence[str], line: int) -> list[str]:
    columns = [cell.lower() for cell in cells]
    needed = {
        "META": ("key", "value"),
        "PROJECTS": ("project_id", "cost"),
        "VOTES": ("voter_id", "vote"),
    }[section]
    for name in needed:
        if columns.count(name) != 1:
            raise FileUnreadable(f"{section} needs one column {name}.", line)
    return columns


def _meta(rows: Sequence[_Row]) -> dict[str, tuple[str, int]]:
    meta: dict[str, tuple[str, int]] = {}
    for row, line in rows:
        if row["key"] in meta:
            raise FileUnreadable(f"{row['key']} is given twice.", line)
        meta[row["key"]] = (row["value"], line)
    return meta


def _projects(rows: Sequence[_Row]) -> tuple[list[str], list[int | Fraction]]:
    costs: dict[str, int | Fraction] = {}
    for row, line in rows:
        name = row["project_id"]
        if not name or "," in name:
            raise FileUnreadable(f"{name!r} is no project_id.", line)
        if name in costs:
            raise FileUnreadable(f"The project {name} stands there twice.", line)
        costs[name] = money(row["cost"], line, "The cost")
    if not costs:
        raise FileUnreadable("The file has no projects.")
    return list(costs), list(costs.values())


def money(text: str, line: int, what: str) -> int | Fraction:
    """Units and cents, exactly; "2500.00" is a whole number."""
    units, point, cents = text.strip().replace(",", ".").partition(".")
    found = whole(units, what, line)
    if not point or (cents.isdigit() and cents.isascii() and not cents.strip("0")):
        return found
    if not _CENTS.fullmatch(cents) or "-" in units:
        raise FileUnreadable(f"{what} is no amount of money: {text[:40]!r}.", line)
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
