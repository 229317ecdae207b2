"""The chair, claims, announcements, the team and the pace."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils.translation import override
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

from dialogue import actions, desk
from dialogue.joining import mark_seen
from dialogue.models import (
    Claim,
    ConflictStatement,
    Desk,
    Dialogue,
    Participation,
)
from dialogue.team_calls import take_back_call, take_team_call
from ledger.queries import entries_since
from live.parts.desk import draw_chair
from live.screens import View
from proposals.actions import add_comment, submit_proposal
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_item, make_participation
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue(allows="propose comment")


def lead_of(dialogue: Dialogue, name: str, **facts: Any) -> Participation:
    facts.setdefault("seen_at", clock.now())
    return make_participation(dialogue, "lead_moderator", display_name=name, **facts)


def refusal_of(verb: Any, **facts: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value


def kinds(dialogue: Dialogue) -> list[str]:
    return [entry.kind for entry in entries_since(dialogue.stream_id, 0)]


# --- the chair --------------------------------------------------------------------


def test_without_chair_every_lead_steers(dialogue: Dialogue):
    make_item(dialogue)
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")

    actions.go_on(moderator=ada)
    actions.go_back(moderator=ben)

    assert kinds(dialogue) == ["agenda.moved", "agenda.moved"]


def test_who_holds_the_chair_steers_alone(dialogue: Dialogue):
    make_item(dialogue)
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    desk.take_chair(moderator=ada)

    refused = refusal_of(actions.go_on, moderator=ben)

    assert refused.code == "chair.held"
    assert "Ada" in str(refused.message)
    actions.go_on(moderator=ada)
    assert kinds(dialogue) == ["chair.taken", "agenda.moved"]


def test_chair_is_handed_over_in_one_act(dialogue: Dialogue):
    make_item(dialogue)
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    desk.take_chair(moderator=ada)

    desk.hand_chair(moderator=ada, to_pk=ben.pk)

    assert Desk.objects.get(dialogue=dialogue).chair == ben
    assert refusal_of(actions.go_on, moderator=ada).code == "chair.held"
    actions.go_on(moderator=ben)
    payload = entries_since(dialogue.stream_id, 1)[0].payload
    assert (payload["by"], payload["to"]) == (ada.pk, ben.pk)


def test_chair_can_be_left(dialogue: Dialogue):
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    desk.take_chair(moderator=ada)
    desk.hand_chair(moderator=ada, to_pk=None)

    desk.take_chair(moderator=ben)

    assert kinds(dialogue) == ["chair.taken", "chair.left", "chair.taken"]


def test_chair_needs_who_may_steer(dialogue: Dialogue):
    ada = lead_of(dialogue, "Ada")
    learner = make_participation(
        dialogue, "lead_moderator", qualified=False, seen_at=clock.now()
    )

    assert refusal_of(desk.take_chair, moderator=learner).code == (
        "qualification.missing"
    )
    desk.take_chair(moderator=ada)
    refused = refusal_of(desk.hand_chair, moderator=ada, to_pk=learner.pk)
    assert refused.code == "right.missing"


def test_chair_of_who_may_not_steer_any_more_holds_nobody_up(dialogue: Dialogue):
    make_item(dialogue)
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    desk.take_chair(moderator=ada)
    ConflictStatement.objects.filter(participation=ada).delete()

    actions.go_on(moderator=ben)
    desk.take_chair(moderator=ben)

    assert Desk.objects.get(dialogue=dialogue).chair == ben


def test_who_may_not_steer_any_more_can_give_the_chair_away(dialogue: Dialogue):
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    desk.take_chair(moderator=ada)
    ConflictStatement.objects.filter(participation=ada).delete()

    desk.hand_chair(moderator=ada, to_pk=ben.pk)

    assert Desk.objects.get(dialogue=dialogue).chair == ben


@pytest.mark.parametrize("role", ["table_moderator", "technical_host", "participant"])
def test_chair_goes_to_lead_moderators_only(dialogue: Dialogue, role: str):
    ada = lead_of(dialogue, "Ada")
    other = make_participation(dialogue, role)
    desk.take_chair(moderator=ada)

    assert (
        refusal_of(desk.hand_chair, moderator=ada, to_pk=other.pk).code
        == "right.missing"
    )


def test_chair_of_another_dialogue_is_no_target(dialogue: Dialogue):
    ada = lead_of(dialogue, "Ada")
    stranger = lead_of(make_dialogue(), "Fremd")
    desk.take_chair(moderator=ada)

    assert (
        refusal_of(desk.hand_chair, moderator=ada, to_pk=stranger.pk).code
        == "right.missing"
    )


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(0, "chair.held"), (20, "chair.held"), (21, "taken")]
)
def test_chair_is_taken_over_once_its_holder_is_gone(
    dialogue: Dialogue, seconds: int, outcome: str
):
    with time_machine.travel(NOON, tick=False) as time:
        ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
        desk.take_chair(moderator=ada)
        time.shift(timedelta(seconds=seconds))
        mark_seen(dialogue.pk, [ben.pk], clock.now())
        if outcome == "taken":
            desk.take_chair(moderator=ben)
            gone, taken = entries_since(dialogue.stream_id, 1)
            assert (gone.kind, gone.payload) == ("chair.gone", {"holder": ada.pk})
            assert (taken.payload["by"], taken.payload["before"]) == (ben.pk, ada.pk)
        else:
            assert refusal_of(desk.take_chair, moderator=ben).code == outcome


def test_desk_shows_that_the_holder_is_gone(dialogue: Dialogue):
    said = "holds the chair and is gone"
    with time_machine.travel(NOON, tick=False) as time:
        ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
        desk.take_chair(moderator=ada)

        def look(*here: Participation, after: int) -> bool:
            time.shift(timedelta(seconds=after))
            mark_seen(dialogue.pk, [who.pk for who in here], clock.now())
            return said in draw_chair(dialogue, View("desk", "en"))

        with override("en"):
            shown = [
                look(ada, ben, after=4),
                look(ben, after=20),
                look(ben, after=1),
                look(ben, after=4),
                look(ada, ben, after=4),
                look(ada, ben, after=4),
            ]

    assert shown == [False, False, True, True, False, False]
    assert kinds(dialogue) == ["chair.taken", "chair.gone", "chair.back"]


def test_chair_that_was_taken_over_is_not_gone(dialogue: Dialogue):
    with time_machine.travel(NOON, tick=False) as time:
        ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
        desk.take_chair(moderator=ada)
        time.shift(timedelta(seconds=21))
        mark_seen(dialogue.pk, [ben.pk], clock.now())
        desk.take_chair(moderator=ben)
        mark_seen(dialogue.pk, [ada.pk, ben.pk], clock.now())

    row = Desk.objects.get(dialogue=dialogue)
    assert (row.chair, row.is_chair_gone) == (ben, False)
    assert kinds(dialogue) == ["chair.taken", "chair.gone", "chair.taken"]


def test_closed_dialogue_misses_nobody(dialogue: Dialogue):
    with time_machine.travel(NOON, tick=False) as time:
        desk.take_chair(moderator=lead_of(dialogue, "Ada"))
        Dialogue.objects.filter(pk=dialogue.pk).update(state="closed")
        time.shift(timedelta(hours=1))
        mark_seen(dialogue.pk, [], clock.now())

    assert kinds(dialogue) == ["chair.taken"]


def test_holder_who_loses_the_role_holds_nobody_up(dialogue: Dialogue):
    make_item(dialogue)
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    desk.take_chair(moderator=ada)
    Participation.objects.filter(pk=ada.pk).update(role="participant")

    assert refusal_of(actions.go_on, moderator=ada).code == "agenda.not_now"
    actions.go_on(moderator=ben)
    desk.take_chair(moderator=ben)

    assert desk.holder_of(dialogue) == ben


@pytest.mark.django_db(transaction=True)
@pytest.mark.databases
def test_two_who_take_the_chair_at_once(dialogue: Dialogue):
    people = [lead_of(dialogue, name) for name in ("Ada", "Ben", "Cem", "Dea")]

    done = at_once([partial(desk.take_chair, moderator=who) for who in people])

    refused = [one for one in done if isinstance(one, Refusal)]
    assert [one.code for one in refused] == ["chair.held"] * 3
    holder = desk.holder_of(dialogue)
    assert holder is not None
    assert all(holder.display_name in str(one.message) for one in refused)
    assert kinds(dialogue) == ["chair.taken"]


# --- claims -------------------------------------------------------------------------


def test_entry_is_claimed_once(dialogue: Dialogue):
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    entry = {"kind": "queuehelp", "subject": 7}
    desk.claim_entry(moderator=ada, **entry)

    refused = refusal_of(desk.claim_entry, moderator=ben, **entry)

    assert (refused.code, "Ada" in str(refused.message)) == ("queue.claimed", True)
    desk.claim_entry(moderator=ada, **entry)
    desk.release_entry(moderator=ben, **entry)
    assert Claim.objects.get().claimed_by == ada
    desk.release_entry(moderator=ada, **entry)
    desk.claim_entry(moderator=ben, **entry)
    assert kinds(dialogue) == ["queue.claimed", "queue.released", "queue.claimed"]


@pytest.mark.parametrize("why", ["old", "gone"])
def test_forgotten_claim_holds_nobody_up(dialogue: Dialogue, why: str):
    with time_machine.travel(NOON, tick=False) as time:
        ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
        desk.claim_entry(moderator=ada, kind="queuehelp", subject=7)
        if why == "old":
            time.shift(desk.CLAIM_LASTS + timedelta(seconds=1))
            mark_seen(dialogue.pk, [ada.pk, ben.pk], clock.now())
        else:
            time.shift(desk.GONE_AFTER + timedelta(seconds=1))
            mark_seen(dialogue.pk, [ben.pk], clock.now())

        desk.claim_entry(moderator=ben, kind="queuehelp", subject=7)

    assert Claim.objects.get().claimed_by == ben


@pytest.mark.django_db(transaction=True)
@pytest.mark.databases
def test_two_who_claim_at_once(dialogue: Dialogue):
    people = [lead_of(dialogue, name) for name in ("Ada", "Ben", "Cem")]

    done = at_once(
        [
            partial(desk.claim_entry, moderator=who, kind="queuehelp", subject=7)
            for who in people
        ]
    )

    assert sorted(type(one).__name__ for one in done) == ["Claim", "Refusal", "Refusal"]
    assert kinds(dialogue) == ["queue.claimed"]


# --- announcements and the team -----------------------------------------------


def test_announcement_is_taken_back_once(dialogue: Dialogue):
    ada = lead_of(dialogue, "Ada")
    made = desk.make_announcement(moderator=ada, text="Pause")
    desk.withdraw_announcement(moderator=ada, announcement_pk=made.pk)

    again = refusal_of(
        desk.withdraw_announcement, moderator=ada, announcement_pk=made.pk
    )

    assert again.code == "announcement.gone"
    assert "Ada" in str(again.message)
    assert kinds(dialogue) == ["announcement.made", "announcement.withdrawn"]


@pytest.mark.parametrize("verb", [desk.make_announcement, desk.write_to_team])
def test_empty_text_is_refused(dialogue: Dialogue, verb: Any):
    refused = refusal_of(verb, moderator=lead_of(dialogue, "Ada"), text="")

    assert (refused.status, refused.field) == (400, "text")


def test_call_is_taken_by_the_first(dialogue: Dialogue):
    ada, ben, cem = (lead_of(dialogue, name) for name in ("Ada", "Ben", "Cem"))
    call = desk.write_to_team(moderator=ada, text="Hilfe an Tisch 3", is_call=True)
    take_team_call(moderator=ben, message_pk=call.pk)

    refused = refusal_of(take_team_call, moderator=cem, message_pk=call.pk)

    assert (refused.code, "Ben" in str(refused.message)) == ("team.taken", True)
    refused = refusal_of(take_back_call, moderator=ada, message_pk=call.pk)
    assert refused.code == "team.taken"


def test_nobody_takes_the_own_call(dialogue: Dialogue):
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    call = desk.write_to_team(moderator=ada, text="Hilfe an Tisch 3", is_call=True)

    refused = refusal_of(take_team_call, moderator=ada, message_pk=call.pk)

    call.refresh_from_db()
    assert (refused.code, call.taken_at) == ("team.own_call", None)
    assert kinds(dialogue) == ["team.sent"]
    take_team_call(moderator=ben, message_pk=call.pk)
    assert kinds(dialogue) == ["team.sent", "team.taken"]


def test_caller_takes_the_call_back(dialogue: Dialogue):
    ada, ben = lead_of(dialogue, "Ada"), lead_of(dialogue, "Ben")
    call = desk.write_to_team(moderator=ada, text="Hilfe an Tisch 3", is_call=True)
    assert (
        refusal_of(take_back_call, moderator=ben, message_pk=call.pk).code
        == "team.not_yours"
    )

    take_back_call(moderator=ada, message_pk=call.pk)

    assert kinds(dialogue) == ["team.sent", "team.taken_back"]
    call.refresh_from_db()
    assert call.is_taken_back
    for verb, who in ((take_team_call, ben), (take_back_call, ada)):
        refused = refusal_of(verb, moderator=who, message_pk=call.pk)
        assert refused.code == "team.taken_back"


def test_message_without_call_is_not_taken(dialogue: Dialogue):
    ada = lead_of(dialogue, "Ada")
    said = desk.write_to_team(moderator=ada, text="Alles gut")

    assert (
        refusal_of(take_team_call, moderator=ada, message_pk=said.pk).code
        == "right.missing"
    )


# --- the pace ------------------------------------------------------------------


def test_slow_mode_spaces_contributions(dialogue: Dialogue):
    with time_machine.travel(NOON, tick=False) as time:
        ada = lead_of(dialogue, "Ada")
        citizen = make_participation(dialogue)
        proposal = submit_proposal(author=citizen, title="Erster")
        desk.set_pace(moderator=ada, seconds=30)
        facts = {"author": citizen, "proposal_pk": proposal.pk, "text": "Und"}

        refused = refusal_of(add_comment, **facts)
        assert (refused.code, refused.status, refused.retry_after) == (
            "pace.slow",
            429,
            30,
        )
        add_comment(author=ada, proposal_pk=proposal.pk, text="Eins")
        add_comment(author=ada, proposal_pk=proposal.pk, text="Zwei")
        time.shift(timedelta(seconds=30))
        add_comment(**facts)
        assert refusal_of(add_comment, **facts).code == "pace.slow"
        desk.set_pace(moderator=ada, seconds=0)
        add_comment(**facts)

    assert proposal.comments.count() == 4


@pytest.mark.parametrize("seconds", [-1, 601])
def test_impossible_pace_is_refused(dialogue: Dialogue, seconds: int):
    refused = refusal_of(
        desk.set_pace, moderator=lead_of(dialogue, "Ada"), seconds=seconds
    )

    assert (refused.code, refused.field) == ("pace.seconds", "seconds")


# --- two moderators, any order --------------------------------------------------------


class TwoModerators(RuleBasedStateMachine):
    """Whatever two moderators do in turn: one wins, the other is told, and the
    ledger has a record of every change."""

    @initialize()
    def begin(self) -> None:
        self.dialogue = make_dialogue(allows="propose")
        make_item(self.dialogue)
        self.people = [lead_of(self.dialogue, name) for name in ("Ada", "Ben")]
        self.holder: Participation | None = None
        self.claimed: Participation | None = None
        self.records = 0

    def _try(self, verb: Any, **facts: Any) -> str:
        try:
            verb(**facts)
        except Refusal as refusal:
            return refusal.code if str(refusal.message) else "untold"
        return "done"

    @rule(who=sampled_from([0, 1]))
    def take(self, who: int) -> None:
        me = self.people[who]
        got = self._try(desk.take_chair, moderator=me)
        if self.holder in (None, me):
            assert got == "done"
            self.records += self.holder is None
            self.holder = me
        else:
            assert got == "chair.held"

    @rule(who=sampled_from([0, 1]), away=sampled_from([True, False]))
    def hand(self, who: int, away: bool) -> None:
        me, other = self.people[who], self.people[1 - who]
        to = None if away else other
        got = self._try(
            desk.hand_chair, moderator=me, to_pk=to.pk if to is not None else None
        )
        if self.holder == me:
            assert got == "done"
            self.holder = to
            self.records += 1
        else:
            assert got == "chair.not_yours"

    @rule(who=sampled_from([0, 1]), forward=sampled_from([True, False]))
    def steer(self, who: int, forward: bool) -> None:
        me = self.people[who]
        self.dialogue.refresh_from_db()
        verb = actions.go_on if forward else actions.go_back
        got = self._try(verb, moderator=me)
        at_end = (self.dialogue.current.position == 1) == forward  # type: ignore[union-attr]
        if at_end:
            assert got == "agenda.end"
        elif self.holder in (None, me):
            assert got == "done"
            self.records += 1
        else:
            assert got == "chair.held"

    @rule(who=sampled_from([0, 1]))
    def claim(self, who: int) -> None:
        me = self.people[who]
        got = self._try(desk.claim_entry, moderator=me, kind="queuehelp", subject=1)
        if self.claimed in (None, me):
            assert got == "done"
            self.records += self.claimed is None
            self.claimed = me
        else:
            assert got == "queue.claimed"

    @rule(who=sampled_from([0, 1]))
    def release(self, who: int) -> None:
        me = self.people[who]
        assert (
            self._try(desk.release_entry, moderator=me, kind="queuehelp", subject=1)
            == "done"
        )
        if self.claimed == me:
            self.claimed = None
            self.records += 1

    @invariant()
    def one_state_and_a_record_for_every_change(self) -> None:
        if not hasattr(self, "dialogue"):
            return
        assert desk.holder_of(self.dialogue) == self.holder
        assert [claim.claimed_by for claim in Claim.objects.all()] == (
            [self.claimed] if self.claimed else []
        )
        assert len(kinds(self.dialogue)) == self.records


class TestTwoModerators(TestCase):
    def test_any_order_of_acts(self) -> None:
        """A thousand acts: fifty evenings of twenty."""

        def machine() -> TwoModerators:
            Claim.objects.all().delete()
            return TwoModerators()

        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=50,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
