"""Two moderators in any order: one wins, the other is told, two records of each act.

Each machine keeps by itself what must have come of the acts so far, and asks after each
of them whether rows, messages and ledger say the same. `play(MACHINE, TIMES)` runs it.
"""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import booleans, sampled_from

from accounts.models import Message
from dialogue.models import Participation, SpeakersList, TableRound, Turn
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker
from dialogue.speaking_turns import end_turn, give_floor
from dialogue.table_rounds import begin_round, end_round
from ledger.queries import entries_since
from moderation.actions import (
    approve_contribution,
    ask_revision,
    hide_contribution,
    restore_contribution,
    reword,
)
from moderation.appealing import appeal, rule_on_appeal
from moderation.merging import merge_contributions, unmerge_contribution
from moderation.models import Appeal, Decision, Ruling
from moderation.people import end_silence, exclude, readmit, silence
from moderation.reporting import report_contribution, reporter_of
from moderation.telling import decision_path
from proposals.ballots import (
    annul_ballot,
    close_ballot,
    open_ballot,
    pause_ballot,
    publish_ballot,
    resume_ballot,
)
from proposals.drafting import draft_ballot
from proposals.models import Ballot, Proposal, Question
from proposals.wall import stage_question
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)

WHO = EITHER = sampled_from([0, 1])
WHICH = sampled_from([0, 1, 2])
CHANGED = "decision.changed_meanwhile"


def outcome_of(verb: Any, **facts: Any) -> str:
    """ "done", or the code of the refusal, which says something to people."""
    try:
        verb(**facts)
    except Refusal as refusal:
        return refusal.code if str(refusal.message) else "untold"
    return "done"


class TwoModerators(RuleBasedStateMachine):
    """Both may look late: what they press is held against what stands there."""

    def _meet(self, **facts: Any) -> None:
        self.dialogue = make_dialogue(**facts)
        self.people = [
            make_participation(self.dialogue, "lead_moderator") for __ in range(2)
        ]

    def _try(self, verb: Any, who: int, **facts: Any) -> str:
        """ "done", or the code of the refusal, which says something to people."""
        try:
            verb(moderator=self.people[who], **facts)
        except Refusal as refusal:
            return refusal.code if str(refusal.message) else "untold"
        return "done"


class Contributions(TwoModerators):
    """What stands in the room, and who has the floor."""

    @initialize()
    def begin(self) -> None:
        self._meet()
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


class DueProcess(TwoModerators):
    """What is held, sent back, reworded, reported and appealed against; and people."""

    @initialize()
    def begin(self) -> None:
        self._meet()
        self.rows = [
            make_proposal(
                make_participation(self.dialogue), state="pending", held_for="all"
            )
            for __ in range(3)
        ]
        self.others = [make_participation(self.dialogue) for __ in range(3)]
        self.states = ["pending"] * 3
        self.is_reported = [False] * 3
        # Of each contribution the decision that last took it out of sight.
        self.last: list[dict[str, Any] | None] = [None] * 3
        self.silenced, self.excluded = [False] * 3, [False] * 3
        self.decided = self.reports = self.appeals = self.rulings = 0

    def _about(self, which: int) -> dict[str, Any]:
        return {"kind": "proposal", "pk": self.rows[which].pk, "reason": "Darum."}

    def _must(self, got: str, may: bool, else_: str = CHANGED) -> bool:
        assert got == ("done" if may else else_)
        self.decided += may
        return may

    # --- contributions ------------------------------------------------------------
    @rule(who=WHO, which=WHICH)
    def approve(self, who: int, which: int) -> None:
        got = self._try(approve_contribution, who, **self._about(which))
        waits = self.states[which] == "pending" or (
            self.states[which] == "published" and self.is_reported[which]
        )
        if self._must(got, waits):
            self.states[which], self.is_reported[which] = "published", False

    @rule(who=WHO, which=WHICH, sends_back=booleans())
    def take_away(self, who: int, which: int, *, sends_back: bool) -> None:
        verb = ask_revision if sends_back else hide_contribution
        got = self._try(verb, who, **self._about(which), rule="insult")
        if self._must(got, self.states[which] != "hidden"):
            self.states[which], self.is_reported[which] = "hidden", False
            latest = Decision.objects.filter(proposal=self.rows[which]).first()
            assert latest is not None
            self.last[which] = {
                "pk": latest.pk,
                "by": who,
                "sends_back": sends_back,
                "is_appealed": False,
                "is_ruled": False,
                "is_reversed": False,
            }

    @rule(who=WHO, which=WHICH)
    def restore(self, who: int, which: int) -> None:
        got = self._try(restore_contribution, who, **self._about(which))
        if self._must(got, self.states[which] == "hidden"):
            self.states[which] = "published"
            (self.last[which] or {})["is_reversed"] = True

    @rule(which=WHICH)
    def reword_it(self, which: int) -> None:
        """Only what was sent back; it waits again, and its time to appeal goes on."""
        row, last = self.rows[which], self.last[which]
        facts = {"kind": "proposal", "pk": row.pk, "title": "Anders", "text": "Ja."}
        got = outcome_of(reword, author=row.author, **facts)
        may = self.states[which] == "hidden" and bool(last and last["sends_back"])
        assert (got == "done") == may
        if may:
            self.states[which] = "pending"

    @rule(which=WHICH, other=WHICH)
    def report(self, which: int, other: int) -> None:
        got = outcome_of(
            report_contribution,
            dialogue=self.dialogue,
            reporter=reporter_of(self.others[other]),
            kind="proposal",
            pk=self.rows[which].pk,
            rule="insult",
        )
        if self.states[which] != "published":
            assert got == "report.not_visible"
            return
        # Once by each, and not too often.
        assert got == "done" or self.reports
        self.reports += 1
        self.is_reported[which] |= got == "done"

    # --- appeals --------------------------------------------------------------------
    @rule(which=WHICH)
    def make_appeal(self, which: int) -> None:
        last = self.last[which]
        if last is None:
            return
        person = self.rows[which].author.person
        got = outcome_of(appeal, person=person, decision_pk=last["pk"])
        if last["is_appealed"]:
            assert got == "appeal.made"
        elif last["is_reversed"]:
            assert got == "appeal.reversed"
        else:
            assert got == "done"
            made = Appeal.objects.get(decision=last["pk"])
            last |= {"is_appealed": True, "appeal": made.pk}
            self.appeals += 1

    @rule(who=WHO, which=WHICH, outcome=sampled_from(["reversed", "upheld"]))
    def rule_on(self, who: int, which: int, outcome: str) -> None:
        """Never by whoever decided; once."""
        last = self.last[which]
        if last is None or not last["is_appealed"]:
            return
        facts = {"appeal_pk": last["appeal"], "outcome": outcome, "reason": "Darum."}
        got = outcome_of(rule_on_appeal, person=self.people[who].person, **facts)
        if last["by"] == who:
            assert got == "appeal.own_case"
            return
        if last["is_ruled"]:
            assert got == "appeal.decided_meanwhile"
            return
        assert got == "done"
        last["is_ruled"] = True
        self.rulings += 1
        if outcome == "reversed" and self.states[which] in ("hidden", "pending"):
            self.states[which] = "published"
            last["is_reversed"] = True
            self.decided += 1

    # --- people ---------------------------------------------------------------------
    @rule(who=WHO, which=WHICH)
    def silence_them(self, who: int, which: int) -> None:
        facts = {"minutes": 5, "rule": "insult", "reason": "Darum."}
        got = self._try(silence, who, participation_pk=self.others[which].pk, **facts)
        self._must(got, may=True)
        self.silenced[which] = True

    @rule(who=WHO, which=WHICH)
    def let_speak(self, who: int, which: int) -> None:
        pk = self.others[which].pk
        got = self._try(end_silence, who, participation_pk=pk, reason="Darum.")
        if self._must(got, self.silenced[which]):
            self.silenced[which] = False

    @rule(who=WHO, which=WHICH)
    def exclude_them(self, who: int, which: int) -> None:
        facts = {"rule": "insult", "reason": "Darum."}
        got = self._try(exclude, who, participation_pk=self.others[which].pk, **facts)
        if self._must(got, not self.excluded[which]):
            self.excluded[which] = True

    @rule(who=WHO, which=WHICH)
    def let_in(self, who: int, which: int) -> None:
        pk = self.others[which].pk
        got = self._try(readmit, who, participation_pk=pk, reason="Darum.")
        if self._must(got, self.excluded[which]):
            self.excluded[which] = False

    @invariant()
    def everything_told_and_recorded_once(self) -> None:
        if not hasattr(self, "dialogue"):
            return
        pks = [row.pk for row in self.rows]
        states = dict(Proposal.objects.filter(pk__in=pks).values_list("pk", "state"))
        assert [states[pk] for pk in pks] == self.states
        people = Participation.objects.in_bulk([other.pk for other in self.others])
        now = [people[other.pk] for other in self.others]
        assert [other.is_silenced() for other in now] == self.silenced
        assert [other.state == "excluded" for other in now] == self.excluded
        decisions = list(Decision.objects.filter(dialogue=self.dialogue))
        assert len(decisions) == self.decided
        assert all(row.reason and row.rule for row in decisions)
        rulings = Counter(
            Ruling.objects.filter(appeal__decision__dialogue=self.dialogue).values_list(
                "appeal__decision", flat=True
            )
        )
        assert (rulings.total(), max(rulings.values(), default=0) < 2) == (
            self.rulings,
            True,
        )
        told = Counter(
            Message.objects.filter(
                person__participations__dialogue=self.dialogue
            ).values_list("person", "link")
        )
        for row in decisions:
            number = told[row.author.person_id, decision_path(row)]
            assert number == 1 + rulings[row.pk]
        entries = entries_since(self.dialogue.stream_id, 0)
        kinds = Counter(entry.kind for entry in entries)
        assert kinds["appeal.made"] == self.appeals
        assert kinds["appeal.decided"] == self.rulings
        recorded = [
            entry.payload["decision"]
            for entry in entries
            # Reports and appeals name the decision; only its own entry has its digest.
            if {"decision", "digest"} <= entry.payload.keys()
        ]
        assert sorted(recorded) == sorted(row.pk for row in decisions)


class Course(TwoModerators):
    """Ballots, the stage and the rounds of tables."""

    @initialize()
    def begin(self) -> None:
        self._meet(allows="ask vote")
        author = make_participation(self.dialogue)
        self.questions = [make_question(author) for __ in range(2)]
        self.ballots = [
            draft_ballot(moderator=self.people[0], title=title, secrecy=secrecy)
            for title, secrecy in (("Eins?", "open"), ("Zwei?", "secret"))
        ]
        self.state, self.is_public = ["draft"] * 2, [False] * 2
        self.entries: Counter[str] = Counter({"ballot.drafted": 2})
        self.on_stage, self.seen_stage = 0, [0, 0]
        self.round, self.sits, self.seen_round = 0, False, [0, 0]

    def _on_ballot(
        self, verb: Any, who: int, which: int, *before: str, **facts: Any
    ) -> bool:
        got = self._try(verb, who, ballot_pk=self.ballots[which].pk, **facts)
        may = self.state[which] in before
        # Whoever comes second reads what stands there now.
        assert (got == "done") == may, (got, self.state[which])
        assert may or got.startswith("ballot.")
        return may

    @rule(who=WHO, which=EITHER)
    def open_it(self, who: int, which: int) -> None:
        if self._on_ballot(open_ballot, who, which, "draft"):
            self.state[which] = "open"
            self.entries["ballot.opened"] += 1

    @rule(who=WHO, which=EITHER)
    def pause_it(self, who: int, which: int) -> None:
        if self._on_ballot(pause_ballot, who, which, "open"):
            self.state[which] = "paused"
            self.entries["ballot.paused"] += 1

    @rule(who=WHO, which=EITHER)
    def resume_it(self, who: int, which: int) -> None:
        if self._on_ballot(resume_ballot, who, which, "paused"):
            self.state[which] = "open"
            self.entries["ballot.paused"] += 1

    @rule(who=WHO, which=EITHER, publishes=booleans())
    def close_it(self, who: int, which: int, *, publishes: bool) -> None:
        running = ("open", "paused")
        if self._on_ballot(close_ballot, who, which, *running, publishes=publishes):
            self.state[which], self.is_public[which] = "closed", publishes
            self.entries["ballot.closed"] += 1

    @rule(who=WHO, which=EITHER)
    def publish_it(self, who: int, which: int) -> None:
        before = () if self.is_public[which] else ("closed",)
        if self._on_ballot(publish_ballot, who, which, *before):
            self.is_public[which] = True
            self.entries["ballot.published"] += 1

    @rule(who=WHO, which=EITHER)
    def annul_it(self, who: int, which: int) -> None:
        before = ("open", "paused", "closed")
        if self._on_ballot(annul_ballot, who, which, *before, reason="Versehen."):
            self.state[which] = "annulled"
            self.entries["ballot.annulled"] += 1

    @rule(who=WHO)
    def look(self, who: int) -> None:
        self.seen_stage[who], self.seen_round[who] = self.on_stage, self.round

    @rule(who=WHO, which=EITHER, is_on_stage=booleans())
    def stage(self, who: int, which: int, *, is_on_stage: bool) -> None:
        pk, seen = self.questions[which].pk, self.seen_stage[who]
        facts = {"question_pk": pk, "is_on_stage": is_on_stage, "expected": seen}
        got = self._try(stage_question, who, **facts)
        assert got == ("done" if seen == self.on_stage else "question.stage_changed")
        if got == "done" and is_on_stage != (self.on_stage == pk):
            self.entries["question.staged"] += 1 + bool(is_on_stage and self.on_stage)
            self.on_stage = pk if is_on_stage else 0

    @rule(who=WHO)
    def seat(self, who: int) -> None:
        seen = self.seen_round[who]
        facts = {"method": "random", "tables": 2, "also_absent": True}
        got = self._try(begin_round, who, **facts, expected=seen)
        assert got == ("done" if seen == self.round else "table.changed_meanwhile")
        if got == "done":
            self.round, self.sits = self.round + 1, True
            self.entries["tableround.began"] += 1

    @rule(who=WHO)
    def get_up(self, who: int) -> None:
        seen = self.seen_round[who]
        got = self._try(end_round, who, expected=seen)
        may = self.sits and seen == self.round
        assert (got == "done") == may
        if may:
            self.sits = False
            self.entries["tableround.ended"] += 1

    @invariant()
    def rows_and_ledger_say_the_same(self) -> None:
        if not hasattr(self, "dialogue"):
            return
        rows = [Ballot.objects.get(pk=ballot.pk) for ballot in self.ballots]
        assert [row.state for row in rows] == self.state
        assert [row.is_published for row in rows] == [
            is_public and state == "closed"
            for is_public, state in zip(self.is_public, self.state, strict=True)
        ]
        staged = Question.objects.filter(dialogue=self.dialogue, is_on_stage=True)
        shown = [self.on_stage] if self.on_stage else []
        assert list(staged.values_list("pk", flat=True)) == shown
        rounds = TableRound.objects.filter(dialogue=self.dialogue)
        assert rounds.count() == self.round
        assert rounds.filter(ended_at=None).count() == int(self.sits)
        kinds = Counter(e.kind for e in entries_since(self.dialogue.stream_id, 0))
        got = {kind: kinds[kind] for kind in self.entries}
        assert got == dict(self.entries)


MACHINES = (Contributions, DueProcess, Course)


def play(machine: type[TwoModerators], times: int) -> None:
    """So many evenings of forty acts."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=times,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
