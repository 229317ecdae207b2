"""What must be true after the evening, asked of its database.

Runs in the environment of the city: `City.run("-m", "tests.evening.checking", FILE)`.
The file (JSON) has the dialogue's code and what its citizens were told. Prints figures
and everything that is wrong.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

django.setup()

from accounts.models import Message  # noqa: E402 -- after the setup of Django
from dialogue.models import Dialogue, TableNote, TableRemark, Turn  # noqa: E402
from ledger.models import Entry  # noqa: E402
from moderation.models import Appeal, Report, Ruling  # noqa: E402
from moderation.telling import decision_path  # noqa: E402
from proposals.models import Comment, Proposal, Question, RollEntry  # noqa: E402

ROWS: dict[str, Any] = {
    "proposal": Proposal.objects,
    "comment": Comment.objects,
    "question": Question.objects,
    "note": TableNote.objects,
    "remark": TableRemark.objects,
}
# What was sent back to be reworded is hidden meanwhile.
TAKEN_AWAY = {"hidden": ("hide", "ask_revision"), "merged": ("merge",)}


def lost(told: list[tuple[str, int]]) -> Iterator[str]:
    """What was acknowledged and is not there, or belongs to two people."""
    for noun, rows in ROWS.items():
        pks = [pk for kind, pk in told if kind == noun]
        missing = set(pks) - set(rows.filter(pk__in=pks).values_list("pk", flat=True))
        yield from (f"{noun} {pk} was acknowledged and is lost" for pk in missing)
        if len(pks) != len(set(pks)):
            yield f"a {noun} was acknowledged to two people"


def uncounted(receipts: dict[str, list[str]]) -> Iterator[str]:
    for ballot, told in receipts.items():
        roll = RollEntry.objects.filter(ballot=int(ballot), has_voted=True)
        stored = set(roll.values_list("receipt", flat=True))
        if missing := set(told) - stored:
            yield f"ballot {ballot}: {len(missing)} receipts are unknown"


def unexplained(dialogue: Dialogue) -> Iterator[str]:
    """Acts without a reason, a notice to whom they concern, or a record."""
    entries = Entry.objects.filter(stream=dialogue.stream_id)
    recorded = {
        payload.get("decision") for payload in entries.values_list("payload", flat=True)
    }
    for decision in dialogue.decisions.select_related("author", "dialogue"):
        if not decision.reason.strip() or not decision.rule:
            yield f"decision {decision.pk} has no reason or rule"
        if decision.pk not in recorded:
            yield f"decision {decision.pk} has no entry in the ledger"
        told = Message.objects.filter(
            person=decision.author.person_id, link=decision_path(decision)
        )
        if not told.exists():
            yield f"decision {decision.pk}: nobody was told"
    for noun, rows in (
        ("proposal", Proposal.objects.filter(dialogue=dialogue)),
        ("comment", Comment.objects.filter(proposal__dialogue=dialogue)),
        ("question", Question.objects.filter(dialogue=dialogue)),
    ):
        for state, actions in TAKEN_AWAY.items():
            for row in rows.filter(state=state).exclude(decisions__action__in=actions):
                yield f"{noun} {row.pk} is {state} without a decision"
    for turn in Turn.objects.filter(is_override=True, reason=""):
        yield f"turn {turn.pk} was given out of turn without a reason"
    for remark in TableRemark.objects.exclude(hidden_at=None).filter(hidden_reason=""):
        yield f"remark {remark.pk} was hidden without a reason"


def main() -> None:
    said = json.loads(Path(sys.argv[1]).read_text())
    dialogue = Dialogue.objects.get(code=said["code"])
    decisions = dialogue.decisions.values_list("action", flat=True)
    of = {"decision__dialogue": dialogue}
    print(
        json.dumps(
            {
                "lost": [*lost(said["told"]), *uncounted(said["receipts"])],
                "unexplained": list(unexplained(dialogue)),
                "figures": {
                    "acknowledged": len(said["told"]),
                    "entries in the ledger": Entry.objects.filter(
                        stream=dialogue.stream_id
                    ).count(),
                    "decisions": {
                        action: list(decisions).count(action)
                        for action in sorted(set(decisions))
                    },
                    "reports": Report.objects.filter(dialogue=dialogue).count(),
                    "appeals": Appeal.objects.filter(**of).count(),
                    "rulings": {
                        outcome: Ruling.objects.filter(
                            appeal__decision__dialogue=dialogue, outcome=outcome
                        ).count()
                        for outcome in ("upheld", "reversed")
                    },
                },
            }
        )
    )


if __name__ == "__main__":
    main()
