"""What was decided in a dialogue, and what is missing of it, as JSON.

A script: `city.run("-m", "tests.faults.decided", CODE)`. An act is whole if there is
a decision with rule and reason, one message to whoever it is about, one entry that
names it, and the state that it made; nothing of it may be there alone. A ruling has a
message to the author and one to whoever decided first.
"""

import json
import os
import sys
from collections import Counter
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from accounts.models import Message  # noqa: E402 -- needs loaded apps
from dialogue.models import Dialogue, Participation  # noqa: E402
from ledger.models import Entry  # noqa: E402
from ledger.queries import broken_links  # noqa: E402
from moderation.models import Appeal, AppealText, Decision, Ruling  # noqa: E402
from moderation.telling import decision_path  # noqa: E402
from proposals.models import Proposal  # noqa: E402
from proposals.queries import salted_digest  # noqa: E402

OUT_OF_SIGHT = ("hide", "ask_revision")


def decided(code: str) -> dict[str, Any]:
    dialogue = Dialogue.objects.select_related("stream").get(code=code)
    decisions = list(
        Decision.objects.filter(dialogue=dialogue)
        .select_related("author", "dialogue")
        .order_by("pk")
    )
    entries = [
        payload
        for payload in Entry.objects.filter(stream=dialogue.stream).values_list(
            "payload", flat=True
        )
        if "digest" in payload and "decision" in payload
    ]
    recorded = Counter(payload["decision"] for payload in entries)
    digests = {payload["decision"]: payload["digest"] for payload in entries}
    told = Counter(Message.objects.values_list("person", "link"))
    appeals = Appeal.objects.filter(decision__dialogue=dialogue)
    rulings = list(
        Ruling.objects.filter(appeal__in=appeals).select_related(
            "appeal__decision__author",
            "appeal__decision__dialogue",
            "appeal__decision__decided_by",
        )
    )
    ruled = Counter(row.appeal.decision_id for row in rulings)
    lines = _appeals(dialogue, list(appeals), rulings, told)
    for row in decisions:
        if not row.reason or not row.rule:
            lines.append(f"decision {row.pk}: no reason or rule")
        if told[row.author.person_id, decision_path(row)] != 1 + ruled[row.pk]:
            lines.append(f"decision {row.pk}: not told once")
        if recorded[row.pk] != 1:
            lines.append(f"decision {row.pk}: {recorded[row.pk]} entries")
        digest = salted_digest(row.salt, row.action, row.rule, row.reason)
        if digests.get(row.pk) != digest:
            lines.append(f"decision {row.pk}: another digest in the ledger")
    known = {row.pk for row in decisions}
    lines += [f"entry of no decision: {pk}" for pk in recorded if pk not in known]
    lines += [
        f"message of no decision: {link}"
        for __, link in told
        if "/decisions/" in link and int(link.split("/")[-2]) not in known
    ]
    lines += _states(dialogue, decisions)
    lines += [f"chain: broken at {seq}" for seq in broken_links(dialogue.stream)]
    return {
        "problems": lines,
        "reasons": [
            *(row.reason for row in decisions),
            *(row.reason for row in rulings),
            *AppealText.objects.values_list("text", flat=True),
        ],
        "actions": Counter(row.action for row in decisions)
        | Counter(appeal=len(appeals), ruling=len(rulings)),
    }


def _appeals(
    dialogue: Dialogue,
    appeals: list[Appeal],
    rulings: list[Ruling],
    told: Counter[Any],
) -> list[str]:
    """Whether each appeal and each ruling is on record once, and was told."""
    entries = Counter(
        (kind, payload["appeal"])
        for kind, payload in Entry.objects.filter(
            stream=dialogue.stream, kind__startswith="appeal."
        ).values_list("kind", "payload")
    )
    expected = Counter(("appeal.made", row.pk) for row in appeals)
    expected.update(("appeal.decided", row.appeal_id) for row in rulings)
    lines = []
    if entries != expected:
        lines.append(
            f"appeals: entries {entries - expected}, none {expected - entries}"
        )
    for row in rulings:
        first = row.appeal.decision.decided_by
        if not row.reason:
            lines.append(f"ruling {row.pk}: no reason")
        if first is None or first.person_id == row.ruled_by_id:
            lines.append(f"ruling {row.pk}: by whoever decided first")
        elif told[first.person_id, decision_path(row.appeal.decision)] != 1:
            lines.append(f"ruling {row.pk}: first decider not told once")
    return lines


def _states(dialogue: Dialogue, decisions: list[Decision]) -> list[str]:
    """Whether rows stand as the last decision about them says."""
    last = {row.proposal_id: row.action for row in decisions if row.proposal_id}
    lines = []
    for row in Proposal.objects.filter(dialogue=dialogue):
        action = last.get(row.pk, "")
        if row.state == "pending" and action == "ask_revision":
            continue  # reworded since
        if (row.state == "hidden") != (action in OUT_OF_SIGHT):
            lines.append(
                f"proposal {row.pk} is {row.state} after {action or 'nothing'}"
            )
        if row.state == "merged" and action not in ("merge", "restore"):
            lines.append(f"proposal {row.pk} is merged after {action or 'nothing'}")
    silenced = {
        row.author_id: row.action
        for row in decisions
        if row.action in ("silence", "end_silence")
    }
    shut_out = {
        row.author_id: row.action
        for row in decisions
        if row.action in ("exclude", "readmit")
    }
    for person in Participation.objects.filter(dialogue=dialogue):
        if (person.state == "excluded") != (shut_out.get(person.pk) == "exclude"):
            lines.append(f"person {person.pk} is {person.state} by no decision")
        if (person.silenced_until is not None) and person.pk not in silenced:
            lines.append(f"person {person.pk} is silenced by no decision")
        if silenced.get(person.pk) == "silence" and person.silenced_until is None:
            lines.append(f"person {person.pk} speaks in spite of a decision")
    return lines


if __name__ == "__main__":
    print(json.dumps(decided(sys.argv[1])))
