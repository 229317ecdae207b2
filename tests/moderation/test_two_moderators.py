"""Two moderators in any order: one wins, the other is told, two records of each act."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import sampled_from

from accounts.models import Message
from dialogue.models import SpeakersList, Turn
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker
from dialogue.speaking_turns import end_turn, give_floor
from ledger.queries import entries_since
from moderation.actions import hide_contribution, restore_contribution
from moderation.merging import merge_contributions, unmerge_contribution
from moderation.models import Decision
from proposals.models import Proposal
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation, make_proposal

WHO, WHICH = sampled_from([0, 1]), sampled_from([0, 1, 2])
CHANGED = "decision.changed_meanwhile"


class TwoModerators(RuleBasedStateMachine):
    """Both may look late: what they press is held against what stands there."""

    @initialize()
    def begin(self) -> None:
        self.dialogue = make_dialogue()
        self.people = [
            make_participation(self.dialogue, "lead_moderator") for __ in range(2)
        ]
        self.rows = [
            make_proposal(make_participation(self.dialogue)) for __ in range(3)
        ]
        opened = set_speakers(
            moderator=self.people[0], is_open=True, rule="first_come", seconds=90
        )
        self.setting, self.changes = opened.setting, 1
        self.seen_setting = [self.setting] * 2
        self.states = ["published"] * 3
        self.is_part = [False] * 3
        self.last, self.speaks = 0, False
        self.seen = [0, 0]
        self.decided = self.turns = self.called = 0

    def _try(self, verb: Any, who: int, **facts: Any) -> str:
        try:
            verb(moderator=self.people[who], **facts)
        except Refusal as refusal:
            return refusal.code if str(refusal.message) else "untold"
        return "done"

    def _decide(self, got: str, may: bool, else_: str, *, acts: int = 1) -> bool:
        """What came of it is what had to; True if it was done."""
        assert got == ("done" if may else else_)
        self.decided += acts if may else 0
        return may

    # --- contributions ------------------------------------------------------------
    @rule(who=WHO, which=WHICH)
    def hide(self, who: int, which: int) -> None:
        facts = {"kind": "proposal", "pk": self.rows[which].pk, "rule": "insult"}
        got = self._try(hide_contribution, who, **facts, reason="Grob.")
        if self._decide(got, self.states[which] != "hidden", CHANGED):
            self.states[which] = "hidden"

    @rule(who=WHO, which=WHICH)
    def restore(self, who: int, which: int) -> None:
        facts = {"kind": "proposal", "pk": self.rows[which].pk}
        got = self._try(restore_contribution, who, **facts, reason="Doch.")
        if self._decide(got, self.states[which] == "hidden", CHANGED):
            self.states[which] = "merged" if self.is_part[which] else "published"

    @rule(who=WHO)
    def merge(self, who: int) -> None:
        first, second, into = (row.pk for row in self.rows)
        facts = {"kind": "proposal", "pks": [first, second], "into": into}
        got = self._try(merge_contributions, who, **facts, reason="Dasselbe.")
        may = self.states == ["published"] * 3
        if self._decide(got, may, "merge.changed_meanwhile", acts=2):
            self.states = ["merged", "merged", "published"]
            self.is_part = [True, True, False]

    @rule(who=WHO, which=sampled_from([0, 1]))
    def unmerge(self, who: int, which: int) -> None:
        facts = {"kind": "proposal", "pk": self.rows[which].pk}
        got = self._try(unmerge_contribution, who, **facts, reason="Doch nicht.")
        if self._decide(got, self.states[which] == "merged", "merge.not_merged"):
            self.states[which], self.is_part[which] = "published", False

    # --- the floor ------------------------------------------------------------------
    @rule(who=WHO)
    def look(self, who: int) -> None:
        self.seen[who] = self.last
        self.seen_setting[who] = self.setting

    @rule(who=WHO, order=sampled_from(["first_come", "least_time"]))
    def change_order(self, who: int, order: str) -> None:
        """What is set already is no change; else only who has looked may change it."""
        seen = self.seen_setting[who]
        got = self._try(set_speakers, who, rule=order, seen=seen)
        if order != self.setting.split()[0] and seen != self.setting:
            assert got == "speaking.changed_meanwhile"
            return
        assert got == "done"
        self.changes += order != self.setting.split()[0]
        self.setting = f"{order} 90"

    @rule(who=WHO)
    def give(self, who: int) -> None:
        """Somebody always waits; who has not looked since the last turn is told."""
        self.called += 1
        enter_speaker(moderator=self.people[who], name=f"Gast {self.called}")
        got = self._try(give_floor, who, expected_pk=self.seen[who])
        if self.seen[who] != self.last:
            assert got == "speaking.changed_meanwhile"
            return
        assert got == "done"
        self.turns += 1
        self.speaks = True
        self.last = Turn.objects.latest("pk").pk

    @rule(who=WHO)
    def end(self, who: int) -> None:
        got = self._try(end_turn, who, expected_pk=self.seen[who])
        if not self.speaks or self.seen[who] != self.last:
            assert got.startswith("speaking.")
            return
        assert got == "done"
        self.speaks = False

    @invariant()
    def one_legal_state_and_two_records_of_each_act(self) -> None:
        if not hasattr(self, "dialogue"):
            return
        pks = [row.pk for row in self.rows]
        states = dict(Proposal.objects.filter(pk__in=pks).values_list("pk", "state"))
        assert [states[pk] for pk in pks] == self.states
        turns = Turn.objects.filter(speakers_list__dialogue=self.dialogue)
        assert turns.count() == self.turns
        assert turns.filter(ended_at=None).count() == int(self.speaks)
        decisions = Decision.objects.filter(dialogue=self.dialogue)
        assert decisions.count() == self.decided
        told = Message.objects.filter(person__in=[r.author.person for r in self.rows])
        assert told.count() == self.decided
        entries = entries_since(self.dialogue.stream_id, 0)
        recorded = [e.payload["decision"] for e in entries if "decision" in e.payload]
        assert sorted(recorded) == sorted(row.pk for row in decisions)
        changes = [entry for entry in entries if entry.kind == "speakers.changed"]
        assert len(changes) == self.changes
        assert SpeakersList.objects.get(dialogue=self.dialogue).setting == self.setting
        given = [entry for entry in entries if entry.kind == "turn.given"]
        assert len(given) == self.turns


class TestTwoModerators(TestCase):
    def test_any_order_of_acts(self) -> None:
        """A thousand acts: twenty-five evenings of forty."""
        run_state_machine_as_test(
            TwoModerators,
            settings=settings(
                max_examples=25,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
