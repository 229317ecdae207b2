"""Minutes as one document in words, from which page and PDF are made alike."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation.minutes_blocks import Block, heading, listed, paragraph, quoted, table
from moderation.minutes_sheet import Facts


def document(facts: Facts) -> list[Block]:
    """Everything in the order of reading; parts without anything are left out."""
    parts = (
        _people, _agenda, _additions, _ballots, _proposals, _findings, _questions,
        _speaking, _moderation, _kept,
    )  # fmt: skip
    return [block for part in parts for block in part(facts)]


def _clock(moment: datetime | None) -> str:
    if moment is None:
        return "–"
    return formats.time_format(timezone.localtime(moment), "TIME_FORMAT")


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _people(facts: Facts) -> Iterator[Block]:
    came = facts["came"]
    yield heading(_("Who took part"))
    lines = [
        _("Participants: %(number)d (with an account: %(accounts)d, as guests: "
          "%(guests)d, by personal invitation: %(invited)d)")
        % {
            "number": came["participants"],
            "accounts": came["with_account"],
            "guests": came["guests"],
            "invited": came["invited"],
        },
        _("Observers: %(number)d") % {"number": came["observers"]},
    ]  # fmt: skip
    lines += [f"{row['role']}: {row['name']}" for row in facts["led"]]
    yield listed(lines)
    if facts["chair"]:
        yield table(
            _("Who held the chair"),
            [_("From"), _("Chair")],
            [[_clock(row["at"]), row["name"] or _("nobody")] for row in facts["chair"]],
        )


def _agenda(facts: Facts) -> Iterator[Block]:
    yield heading(_("Agenda, planned and real"))
    yield table(
        _("Minutes of each agenda item"),
        [
            _("Agenda item"), _("Began at"), _("Planned minutes"),
            _("Extended by"), _("Real minutes"),
        ],
        [
            [
                f"{item['place'] + 1}. {item['title']}",
                _clock(item["began_at"]),
                item["planned_minutes"],
                item["extended_minutes"],
                _("not reached")
                if item["real_minutes"] is None
                else item["real_minutes"],
            ]
            for item in facts["agenda"]
        ],
    )  # fmt: skip


def _additions(facts: Facts) -> Iterator[Block]:
    """Remarks and accepted corrections, by agenda item."""
    titles = {item["place"]: item["title"] for item in facts["agenda"]}
    named = [(None, _("On the dialogue as a whole")), *titles.items()]
    if facts["remarks"]:
        yield heading(_("Remarks of the moderation"))
        for place, title in named:
            said = [row["text"] for row in facts["remarks"] if row["item"] == place]
            if said:
                yield heading(title, 3)
                yield from map(quoted, said)
    if facts["corrections"] or facts["declined"] or facts["unanswered"]:
        yield heading(_("Corrections"))
    for row in facts["corrections"]:
        yield heading(dict(named).get(row["item"], named[0][1]), 3)
        yield quoted(row["text"])
        yield paragraph(_("Accepted: %(reason)s") % {"reason": row["reason"]})
    if facts["declined"]:
        yield paragraph(
            ngettext(
                "%(number)d request for correction was declined, with a reason.",
                "%(number)d requests for correction were declined, with reasons.",
                facts["declined"],
            )
            % {"number": facts["declined"]}
        )
    if facts["unanswered"]:
        yield paragraph(
            ngettext(
                "%(number)d request for correction was not answered in time.",
                "%(number)d requests for correction were not answered in time.",
                facts["unanswered"],
            )
            % {"number": facts["unanswered"]}
        )


def _ballots(facts: Facts) -> Iterator[Block]:
    yield heading(_("What was decided"))
    for ballot in facts["ballots"]:
        yield heading(ballot["title"], 3)
        if ballot["is_annulled"]:
            yield paragraph(ballot["outcome"])
            continue
        if ballot["result"] is None:
            yield from _votes(ballot)
        else:
            yield from _explained(ballot["result"])
        yield paragraph(
            _("%(turnout)d of %(eligible)d people who could vote did so.")
            % {"turnout": ballot["turnout"], "eligible": ballot["eligible"]}
        )
        yield paragraph(str(ballot["method"]))
        yield paragraph(str(ballot["secrecy"]))
    if not facts["ballots"]:
        yield paragraph(_("No ballot was held in this dialogue."))


def _votes(ballot: Facts) -> Iterator[Block]:
    """Of a result that nobody here can count again: its numbers are votes."""
    yield paragraph(ballot["outcome"])
    yield table(
        _("Votes"),
        [_("Option"), _("Votes"), _("Share of those who voted, in percent")],
        [
            [row["label"], row["number"], round(row["percent"])]
            for row in ballot["rows"]
        ],
    )


def _explained(result: Any) -> Iterator[Block]:
    """As on its card: the numbers of most methods are no votes, but points or so."""
    words = result.explanation
    yield paragraph(f"{words.result} {words.why}")
    has_shares = any(row.share is not None for row in result.figures)
    head = [_("Option"), _("Number")]
    if has_shares:
        head.append(_("Share of those who voted, in percent"))
    yield table(
        _("The result in numbers"),
        head,
        [
            [
                row.label,
                int(row.text) if row.text.isdecimal() else row.text,
                "–" if row.share is None else row.share,
            ][: len(head)]
            for row in result.figures
        ],
    )
    for text in filter(None, (words.tie, words.change)):
        yield paragraph(text)


def _proposals(facts: Facts) -> Iterator[Block]:
    yield heading(_("Proposals and dissent"))
    if not facts["proposals"]:
        yield paragraph(_("No proposal was made in this dialogue."))
        return
    yield table(
        _("Stances for and against each proposal"),
        [
            _("Proposal"), _("For"), _("Against"), _("Pass"), _("Supporters"),
            _("Reasons against"),
        ],
        [
            [
                f"{row['number']}. {row['title']}",
                row["agrees"],
                row["disagrees"],
                row["passes"],
                row["supports"],
                "–" if row["contra"] is None else row["contra"],
            ]
            for row in facts["proposals"]
        ],
    )  # fmt: skip
    yield paragraph(_("“Reasons against” are the visible comments against a proposal."))
    for row in facts["proposals"]:
        if row["text"] or row["author"]:
            yield heading(f"{row['number']}. {row['title']}", 3)
        if row["author"]:
            yield paragraph(_("By %(name)s") % {"name": row["author"]})
        if row["text"]:
            yield quoted(row["text"])


def _findings(facts: Facts) -> Iterator[Block]:
    if not facts["findings"]:
        return
    yield heading(_("Findings of the tables"))
    table = None
    for row in facts["findings"]:
        if row["table"] != table:
            table = row["table"]
            yield heading(table, 3)
        yield quoted(row["text"])
        if row["is_merged"]:
            yield paragraph(_("Merged with others in the plenary."))


def _questions(facts: Facts) -> Iterator[Block]:
    if not facts["questions"]:
        return
    yield heading(_("Questions"))
    for row in facts["questions"]:
        yield quoted(row["text"])
        yield paragraph(_answer(row))


def _answer(row: Facts) -> str:
    asked = _("Asked by %(name)s, supported by %(number)d.") % {
        "name": row["name"],
        "number": row["supports"],
    }
    if row["answer"]:
        return asked + " " + _("Answer: %(text)s") % {"text": row["answer"]}
    if row["answered_at"] is None:
        return asked + " " + _("Not answered.")
    if row["answered_minute"] is not None:
        return (
            asked
            + " "
            + _("Answered in minute %(minute)d of the recording.")
            % {"minute": row["answered_minute"]}
        )
    return (
        asked + " " + _("Answered at %(time)s.") % {"time": _clock(row["answered_at"])}
    )


def _speaking(facts: Facts) -> Iterator[Block]:
    spoken = facts["speaking"]
    if not spoken["turns"]:
        return
    yield heading(_("Who spoke how long"))
    yield listed(
        [
            _("People who spoke: %(number)d") % {"number": spoken["speakers"]},
            _("Turns: %(number)d") % {"number": spoken["turns"]},
            _("Minutes spoken in all: %(number)d")
            % {"number": round(spoken["seconds"] / 60)},
            _("Turns given against the order, with a reason: %(number)d")
            % {"number": spoken["overrides"]},
        ]
    )


def _moderation(facts: Facts) -> Iterator[Block]:
    yield heading(_("Decisions of the moderation"))
    if not facts["moderation"]:
        yield paragraph(_("Nothing had to be hidden."))
        return
    yield table(
        _("Decisions by rule, in numbers"),
        [_("Rule"), _("Decision"), _("Number")],
        [[row["rule"], row["action"], row["number"]] for row in facts["moderation"]],
    )


def _kept(facts: Facts) -> Iterator[Block]:
    if facts["parked"]:
        yield heading(_("Topics kept for later"))
        yield listed(facts["parked"])
