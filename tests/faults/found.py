"""What the database holds about one dialogue, as JSON.

A script (`city.run("-m", "tests.faults.found", CODE)`): the city's database is
not the one that the tests are connected to. Everything is counted anew; nothing
is taken from a running count but to compare it.
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.db import connection  # noqa: E402 -- needs loaded apps
from django.db.models import Count  # noqa: E402

from dialogue.models import Dialogue  # noqa: E402
from ledger.queries import broken_links  # noqa: E402
from proposals import box  # noqa: E402
from proposals.models import (  # noqa: E402
    Ballot,
    Comment,
    Mark,
    Proposal,
    RollEntry,
    Stance,
    Vote,
)


def found(code: str) -> dict[str, Any]:
    dialogue = Dialogue.objects.select_related("stream").get(code=code)
    proposals = Proposal.objects.filter(dialogue=dialogue)
    comments = Comment.objects.filter(proposal__dialogue=dialogue)
    stances = Stance.objects.filter(proposal__dialogue=dialogue)
    by_value: dict[int, dict[str, int]] = {}
    for pk, value, number in stances.values_list("proposal", "value").annotate(
        Count("pk")
    ):
        by_value.setdefault(pk, {})[value] = number
    commented = dict(
        comments.filter(state="published")
        .values_list("proposal")
        .annotate(Count("pk"))
        .order_by()
    )
    return {
        "seq": dialogue.stream.head,
        "version": dialogue.stream.counts,
        "broken_links": broken_links(dialogue.stream),
        "proposals": [[row.author_id, row.title] for row in proposals],
        "comments": [[row.author_id, row.text] for row in comments.order_by("pk")],
        "stances": [
            [row.participation_id, row.proposal_id, row.value] for row in stances
        ],
        "counts": [
            {
                "proposal": row.pk,
                "running": [row.agrees, row.disagrees, row.passes, row.comments_count],
                "counted": [
                    *(
                        by_value.get(row.pk, {}).get(value, 0)
                        for value in ("agree", "disagree", "pass")
                    ),
                    commented.get(row.pk, 0),
                ],
            }
            for row in proposals
        ],
        "ballots": [ballot_facts(ballot) for ballot in dialogue.ballots.all()],
    }


def ballot_facts(ballot: Ballot) -> dict[str, Any]:
    roll = RollEntry.objects.filter(ballot=ballot)
    facts: dict[str, Any] = {
        "ballot": ballot.pk,
        "secret": ballot.is_secret,
        "turnout": ballot.turnout,
        "roll": [[row.participation_id, row.has_voted, row.receipt] for row in roll],
    }
    if ballot.is_secret:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT sheet, option_id FROM {box.table_of(ballot)}")
            facts["sheets"] = [[sheet, option] for sheet, option in cursor.fetchall()]
        return facts
    votes = Vote.objects.filter(ballot=ballot)
    facts["votes"] = [
        [participation, option]
        for participation, option in Mark.objects.filter(
            vote__ballot=ballot
        ).values_list("vote__roll_entry__participation", "option")
    ]
    facts["votes_without_mark"] = votes.filter(marks=None).count()
    facts["running"] = {
        str(option.pk): option.marks_count for option in ballot.options.all()
    }
    return facts


if __name__ == "__main__":
    print(json.dumps(found(sys.argv[1])))
