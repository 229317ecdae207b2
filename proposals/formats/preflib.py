"""PrefLib: orders of alternatives, strict or with ties, complete or not.

A header `# KEY: value`, then `times: 1,2,{3,4}`. Alternatives are named by any whole
numbers; those that a vote leaves out have no rank in its sheet.

Files from before 2022 have no header: the number of alternatives, a line `1,name` for
each, a line `voters,sum of the counts,unique orders`, then `times,1,2,{3,4}`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from proposals.formats.votefile import (
    FileUnreadable,
    Line,
    Listed,
    OptionList,
    VoteFile,
    as_text,
    quoted,
    told_apart,
    whole,
)
from proposals.methods.outcome import Cast, Sheet

TYPES = {
    "soc": "strict orders, complete",
    "soi": "strict orders, incomplete",
    "toc": "orders with ties, complete",
    "toi": "orders with ties, incomplete",
}
_ENTRY = re.compile(r"\s*(?:\{([^{}]*)\}|([^,{}]*))\s*(,|$)")
_NUMBER = re.compile(r"[0-9]{1,9}")
_NAME = re.compile(r"ALTERNATIVE NAME\s*(.*)")
_Text = tuple[str, int]
_Lines = dict[str, _Text]


def read_preflib(raw: bytes, suffix: str = "") -> VoteFile:
    """`suffix`: how the file's name ends; it must be the type that the file states."""
    header, names, orders = _parts(raw)
    kind = _kind(header, suffix.lower().lstrip("."))
    alternatives = told_apart(
        {pk: name for pk, (name, __) in _alternatives(header, names).items()}
    )
    lines = tuple(_order(row, line, kind, alternatives) for row, line in orders)
    if not lines:
        raise FileUnreadable("The file has no votes.")
    _check_sums(header, lines, len(orders))
    return VoteFile("order", alternatives, lines)


def read_alternatives(raw: bytes, suffix: str = "") -> OptionList:
    """What was voted on; the orders are not looked at."""
    header, names, __ = _parts(raw)
    _kind(header, suffix.lower().lstrip("."))
    return OptionList(
        header.get("TITLE", ("", 0))[0],
        tuple(
            Listed(name, "", 0, line)
            for name, line in _alternatives(header, names).values()
        ),
    )


def _parts(raw: bytes) -> tuple[_Lines, dict[int, _Text], list[_Text]]:
    """Header, alternatives and orders, each text with its line."""
    header: _Lines = {}
    names: dict[int, _Text] = {}
    orders: list[tuple[str, int]] = []
    rows = [
        (row, line)
        for line, text in enumerate(as_text(raw).split("\n"), 1)
        if (row := text.strip())
    ]
    if rows and _NUMBER.fullmatch(rows[0][0]):
        orders = _take_old_head(rows, header, names)
    else:
        for row, line in rows:
            if row.startswith("#"):
                _take_header(row, line, header, names)
            else:
                orders.append((row, line))
    return header, names, orders


def _take_header(row: str, line: int, header: _Lines, names: dict[int, _Text]) -> None:
    key, colon, value = row.lstrip("#").strip().partition(":")
    if not colon:
        return
    key = key.strip().upper()
    named = _NAME.fullmatch(key)
    if named:
        number = whole(named[1], _("The number of the alternative"), line)
        if number in names:
            raise FileUnreadable(
                _("Alternative %(number)s is named twice."), line, number=number
            )
        names[number] = value.strip() or str(number), line
    elif key in header and key.startswith("NUMBER"):
        raise FileUnreadable(_("%(key)s is given twice."), line, key=key)
    else:
        header[key] = (value.strip(), line)


def _take_old_head(
    rows: Sequence[_Text], header: _Lines, names: dict[int, _Text]
) -> list[_Text]:
    """Fill header and names as the new kind has them; returns the orders, likewise."""
    number = int(rows[0][0])
    header["NUMBER ALTERNATIVES"] = rows[0]
    named, rest = rows[1 : 1 + number], rows[1 + number :]
    for row, line in named:
        first, comma, name = row.partition(",")
        if not comma:
            raise FileUnreadable(_("An alternative must be “number,name”."), line)
        _take_header(f"# ALTERNATIVE NAME {first}: {name}", line, header, names)
    if not rest:
        raise FileUnreadable(_("The line of voters, sum and orders is missing."))
    (sums, line), *orders = rest
    cells = sums.split(",")
    if len(cells) != 3:
        raise FileUnreadable(
            _("Here three numbers must stand: voters, sum, orders."), line
        )
    # The sum of the counts is what we check; where weights differ it is not the voters.
    header["NUMBER VOTERS"] = cells[1], line
    header["NUMBER UNIQUE ORDERS"] = cells[2], line
    return [(row.replace(",", ":", 1), line) for row, line in orders]


def _kind(header: Mapping[str, _Text], suffix: str) -> str:
    stated, line = header.get("DATA TYPE", ("", 0))
    kind = stated.lower() or suffix
    if kind not in TYPES:
        raise FileUnreadable(
            _("The data type %(kind)s is none of %(types)s."),
            line,
            kind=quoted(kind),
            types=", ".join(TYPES),
        )
    if suffix in TYPES and kind != suffix:
        raise FileUnreadable(
            _("The data type is %(kind)s, but the file’s name ends in .%(suffix)s."),
            line,
            kind=kind,
            suffix=suffix,
        )
    return kind


def _alternatives(
    header: Mapping[str, _Text], names: Mapping[int, _Text]
) -> dict[int, _Text]:
    """Number -> name and its line."""
    if "NUMBER ALTERNATIVES" not in header:
        raise FileUnreadable(
            _("The header %(name)s is missing."), name="NUMBER ALTERNATIVES"
        )
    stated, line = header["NUMBER ALTERNATIVES"]
    number = whole(stated, "NUMBER ALTERNATIVES", line, 1)
    if names and len(names) != number:
        raise FileUnreadable(
            _("NUMBER ALTERNATIVES is %(number)s, but %(named)s are named."),
            line,
            number=number,
            named=len(names),
        )
    if not names:
        if number > 10_000:
            raise FileUnreadable(
                _("%(number)s alternatives are too many."), line, number=number
            )
        names = {pk: (str(pk), line) for pk in range(1, number + 1)}
    return dict(sorted(names.items()))


def _order(row: str, line: int, kind: str, alternatives: Mapping[int, str]) -> Line:
    times, colon, order = row.partition(":")
    if not colon:
        raise FileUnreadable("A vote must be “times: order”.", line)
    weight = whole(times, "How often the order was voted", line, 1)
    sheet: dict[int, int] = {}
    rank, place, comma = 1, 0, ","
    while comma:
        entry = _ENTRY.match(order, place)
        if entry is None:
            raise FileUnreadable("The order cannot be read.", line)
        tied, single, comma = entry.groups()
        if tied is not None and kind in ("soc", "soi"):
            raise FileUnreadable(f"A tie cannot stand in a .{kind} file.", line)
        group = [single] if tied is None else tied.split(",")
        for text in group:
            pk = whole(text, "The alternative", line)
            if pk not in alternatives:
                raise FileUnreadable(f"There is no alternative {pk}.", line)
            if pk in sheet:
                raise FileUnreadable(f"Alternative {pk} stands there twice.", line)
            sheet[pk] = rank
        rank, place = rank + 1, entry.end()
    if kind in ("soc", "toc") and len(sheet) != len(alternatives):
        raise FileUnreadable(
            f"The order has {len(sheet)} of {len(alternatives)} alternatives, "
            f"but a .{kind} file is complete.",
            line,
        )
    return Line(Cast(sheet, weight), line)


def _check_sums(
    header: Mapping[str, _Text], lines: Sequence[Line], orders: int
) -> None:
    for key, found in (
        ("NUMBER VOTERS", sum(row.cast.weight for row in lines)),
        ("NUMBER UNIQUE ORDERS", orders),
    ):
        if key in header:
            stated, line = header[key]
            if whole(stated, key, line) != found:
                raise FileUnreadable(
                    f"{key} is {stated}, but the file has {found}.", line
                )


def write_preflib(
    title: str, names: Mapping[int, str], sheets: Iterable[Sheet]
) -> tuple[str, str]:
    """Ranked sheets as (type, text): the narrowest of the four types that fits.

    Equal orders stand in one line; alternatives are numbered from 1 in their order.
    """
    number = {option: place for place, option in enumerate(names, 1)}
    orders: Counter[str] = Counter()
    ties = gaps = False
    for sheet in sheets:
        ranks: dict[int, list[int]] = {}
        for option, rank in sheet.items():
            ranks.setdefault(rank, []).append(number[option])
        groups = [sorted(ranks[rank]) for rank in sorted(ranks)]
        ties = ties or any(len(group) > 1 for group in groups)
        gaps = gaps or len(sheet) < len(names)
        orders[",".join(map(_group, groups))] += 1
    kind = ("to" if ties else "so") + ("i" if gaps else "c")
    head = [
        f"# TITLE: {_line(title)}",
        f"# DATA TYPE: {kind}",
        f"# NUMBER ALTERNATIVES: {len(names)}",
        f"# NUMBER VOTERS: {sum(orders.values())}",
        f"# NUMBER UNIQUE ORDERS: {len(orders)}",
        *(
            f"# ALTERNATIVE NAME {number[pk]}: {_line(name)}"
            for pk, name in names.items()
        ),
    ]
    rows = sorted(orders.items(), key=lambda row: (-row[1], row[0]))
    text = "\n".join([*head, *(f"{times}: {order}" for order, times in rows)])
    return kind, text + "\n"


def _group(group: Sequence[int]) -> str:
    inside = ",".join(map(str, group))
    return inside if len(group) == 1 else f"{{{inside}}}"


def _line(text: str) -> str:
    return " ".join(text.split())
