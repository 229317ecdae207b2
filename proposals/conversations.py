"""The stances of a dialogue as a Pol.is conversation, without anybody's name.

Who took stances and who wrote statements are numbered apart, both in an order made
with the server's secret: a statement's author is known to everybody in the room, and
must not lead to what else this person agreed with. Stances have no time here; each
has that of its statement.
"""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from dialogue.models import Dialogue
from proposals.formats.polis import Conversation
from proposals.models import Proposal, Stance, StatementMark
from proposals.opinions.mapping import draw_up
from proposals.opinions.reading import table_of
from proposals.opinions.table import FEWEST_FOR_GROUPS
from proposals.polis import (
    ACCEPTED,
    LONGEST_TITLE,
    REJECTED,
    STANCES,
    UNMODERATED,
    PolisStatement,
    PolisVote,
)
from shared import clock

_SIGNS = {value: sign for sign, value in STANCES.items()}
_MARKED = {StatementMark.State.IN: ACCEPTED, StatementMark.State.OUT: REJECTED}


def conversation_of(dialogue: Dialogue, url: str) -> Conversation:
    """Published statements and those taken out, with the stances on them."""
    rows = list(
        dialogue.proposals.filter(
            state__in=(Proposal.State.PUBLISHED, Proposal.State.HIDDEN),
            published_at__isnull=False,
        ).order_by("published_at", "pk")
    )
    place = {row.pk: number for number, row in enumerate(rows)}
    marks = dict(
        StatementMark.objects.filter(proposal__in=rows).values_list(
            "proposal_id", "state"
        )
    )
    stances = list(
        Stance.objects.filter(proposal__in=rows).values_list(
            "participation_id", "proposal_id", "value"
        )
    )
    voters = _numbered(dialogue, "voter", (row[0] for row in stances))
    authors = _numbered(dialogue, "author", (row.author_id for row in rows))
    statements = [
        PolisStatement(
            id=place[row.pk],
            author=len(voters) + authors[row.author_id],
            text=_text(row),
            moderated=_moderated(row, marks.get(row.pk, "")),
            created=clock.milliseconds(row.published_at) or 0,
        )
        for row in rows
    ]
    return Conversation(
        topic=dialogue.title,
        url=url,
        description=dialogue.summary,
        views=dialogue.participations.count(),
        statements=statements,
        votes=[
            PolisVote(
                at=statements[place[proposal]].created,
                statement=place[proposal],
                voter=voters[person],
                sign=_SIGNS[Stance.Value(value)],
            )
            for person, proposal, value in stances
        ],
        groups={voters[pk]: group for pk, group in _groups(dialogue).items()},
    )


def _numbered(dialogue: Dialogue, what: str, people: Iterable[int]) -> dict[int, int]:
    """Numbers from 0 in an order that nobody can guess; the same every time."""

    def drawn(person: int) -> bytes:
        facts = f"{what}:{dialogue.pk}:{person}"
        return hmac.digest(settings.SECRET_KEY.encode(), facts.encode(), hashlib.sha256)

    return {pk: number for number, pk in enumerate(sorted(set(people), key=drawn))}


def _moderated(row: Proposal, mark: str) -> int:
    if row.state == Proposal.State.HIDDEN:
        return REJECTED
    return _MARKED.get(StatementMark.State(mark), UNMODERATED) if mark else UNMODERATED


def _text(row: Proposal) -> str:
    """Title and text as one statement; a title that the text begins with, once.

    Short ones stand in one line, as they come back when they are imported again.
    """
    beginning = " ".join(row.title.rstrip("…").split())
    if " ".join(row.text.split()).startswith(beginning):
        return row.text
    whole = "\n\n".join(part for part in (row.title, row.text) if part)
    line = " ".join(whole.split())
    return line if len(line) <= LONGEST_TITLE else whole


def _groups(dialogue: Dialogue) -> dict[int, int]:
    """Participation -> group of the opinion map; none below fifty people."""
    table = table_of(dialogue)
    if len(table.people) < FEWEST_FOR_GROUPS:
        return {}
    people = table.people.tolist()
    return {
        people[row]: group.id
        for group in draw_up(table).groups
        for row in group.members.tolist()
    }
