"""The table of stances of a dialogue, and what of it counts."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import Max

from dialogue.models import Dialogue
from proposals.models import OpinionMap, Proposal, Stance, StatementMark
from proposals.opinions.table import AGREE, DISAGREE, PASS, StanceTable, stance_table

# How a stance is written in what the database sums up: pk * 4 + code.
CODES = {1: AGREE, 2: PASS, 3: DISAGREE}
_NUMBERS = {Stance.Value.AGREE: 1, Stance.Value.PASS: 2, Stance.Value.DISAGREE: 3}


@dataclass(frozen=True)
class Counting:
    """Which statements are left out of the map, and which are about the talk itself.

    `version` says how far stances had been counted.
    """

    mode: str
    left_out: frozenset[int]
    meta: frozenset[int]
    version: int

    @property
    def basis(self) -> str:
        """A digest that changes when the map may have changed."""
        facts = [self.mode, sorted(self.left_out), sorted(self.meta), self.version]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def counting_of(dialogue: Dialogue, *, strict: bool | None = None) -> Counting:
    """What counts by now. `strict` overrides what the dialogue has been set to."""
    if strict is None:
        mode = (
            OpinionMap.objects.filter(dialogue=dialogue)
            .values_list("mode", flat=True)
            .first()
        ) or OpinionMap.Mode.OPEN
    else:
        mode = OpinionMap.Mode.STRICT if strict else OpinionMap.Mode.OPEN
    marks = {
        mark.proposal_id: mark
        for mark in StatementMark.objects.filter(proposal__dialogue=dialogue)
    }
    left_out = set()
    rows = dialogue.proposals.exclude(state=Proposal.State.DRAFT)
    for pk, state in rows.values_list("pk", "state"):
        mark = marks.get(pk)
        said = mark.state if mark else StatementMark.State.OPEN
        is_asked = said == StatementMark.State.IN or (
            said == StatementMark.State.OPEN and mode == OpinionMap.Mode.OPEN
        )
        if state != Proposal.State.PUBLISHED or not is_asked:
            left_out.add(pk)
    version = rows.aggregate(last=Max("counts_version"))["last"] or 0
    meta = frozenset(pk for pk, mark in marks.items() if mark.is_meta)
    return Counting(str(mode), frozenset(left_out), meta, version)


def table_of(
    dialogue: Dialogue,
    *,
    strict: bool | None = None,
    counting: Counting | None = None,
) -> StanceTable:
    """All stances of the dialogue. People are named by their participation."""
    counting = counting or counting_of(dialogue, strict=strict)
    people, statements, values = [], [], []
    for person, codes in _stances(dialogue.pk):
        numbers = np.fromstring(codes, np.int64, sep=",")
        people.append(np.full(len(numbers), person, np.int64))
        statements.append(numbers >> 2)
        values.append(numbers & 3)
    found = np.concatenate([np.empty(0, np.int64), *values])
    signs = np.zeros(len(found), np.int8)
    for code, value in CODES.items():
        signs[found == code] = value
    return stance_table(
        np.concatenate([np.empty(0, np.int64), *people]),
        np.concatenate([np.empty(0, np.int64), *statements]),
        signs,
        left_out=counting.left_out,
        meta=counting.meta,
    )


def _stances(dialogue_pk: int) -> list[tuple[int, str]]:
    """One row per person with all stances in it: a row for each of 300,000 would
    keep the interpreter from everybody who votes meanwhile."""
    cases = " ".join(
        f"WHEN '{value.value}' THEN {code}" for value, code in _NUMBERS.items()
    )
    code = f"(s.proposal_id * 4 + CASE s.value {cases} END)"
    joined = (
        f"string_agg({code}::text, ',')"
        if connection.vendor == "postgresql"
        else f"group_concat({code}, ',')"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.participation_id, {joined} "  # noqa: S608 -- tables of ours
            f"FROM {Stance._meta.db_table} s "
            f"JOIN {Proposal._meta.db_table} p ON p.id = s.proposal_id "
            "WHERE p.dialogue_id = %s GROUP BY s.participation_id "
            "ORDER BY s.participation_id",
            [dialogue_pk],
        )
        return [(int(person), str(codes)) for person, codes in cursor.fetchall()]
