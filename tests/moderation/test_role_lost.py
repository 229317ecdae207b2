"""A moderator who loses the role while a form is open: nothing happens, it is said."""

from collections.abc import Callable
from typing import Any

import pytest

from dialogue.actions import extend, go_on
from dialogue.desk import claim_entry, set_pace, take_chair, write_to_team
from dialogue.models import Participation
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker, raise_hand
from dialogue.speaking_turns import give_floor
from dialogue.table_rounds import begin_round
from ledger.queries import entries_since
from moderation.actions import hide_contribution, restore_contribution
from moderation.merging import merge_contributions
from moderation.models import Decision
from moderation.people import exclude, silence
from proposals.ballots import open_ballot
from shared.errors import Refusal
from tests.ledger.threads import at_once
from tests.live.scene import Scene, make_scene

WORDS = {"rule": "insult", "reason": "Grob"}


def _hide(s: Scene) -> Any:
    return hide_contribution(
        moderator=s.lead, kind="proposal", pk=s.proposal.pk, **WORDS
    )


ACTS: dict[str, Callable[[Scene], Any]] = {
    "hide": _hide,
    "merge": lambda s: merge_contributions(
        moderator=s.lead,
        kind="proposal",
        pks=[s.proposal.pk],
        into=s.other.pk,
        reason="Dasselbe",
    ),
    "silence": lambda s: silence(
        moderator=s.lead, participation_pk=s.citizen.pk, minutes=5, **WORDS
    ),
    "exclude": lambda s: exclude(
        moderator=s.lead, participation_pk=s.citizen.pk, **WORDS
    ),
    "go_on": lambda s: go_on(moderator=s.lead),
    "extend": lambda s: extend(moderator=s.lead, minutes=5),
    "take_chair": lambda s: take_chair(moderator=s.lead),
    "claim": lambda s: claim_entry(
        moderator=s.lead, kind="queuehelp", subject=s.call.pk
    ),
    "set_pace": lambda s: set_pace(moderator=s.lead, seconds=30),
    "write_to_team": lambda s: write_to_team(moderator=s.lead, text="Hallo"),
    "set_speakers": lambda s: set_speakers(moderator=s.lead, seconds=30),
    "enter_speaker": lambda s: enter_speaker(moderator=s.lead, name="Frau Ay"),
    "give_floor": lambda s: give_floor(moderator=s.lead),
    "begin_round": lambda s: begin_round(moderator=s.lead, method="random"),
    "open_ballot": lambda s: open_ballot(moderator=s.lead, ballot_pk=s.draft_ballot.pk),
}


def _ready(scene: Scene) -> None:
    """So that nothing but the role speaks against any of these."""
    set_speakers(moderator=scene.lead, is_open=True)
    raise_hand(participation=scene.citizen)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACTS))
@pytest.mark.parametrize("loss", [{"role": "participant"}, {"state": "excluded"}])
def test_role_lost_since_the_form_was_opened(name: str, loss: dict[str, str]) -> None:
    """The moderator's screen and its rows are from before."""
    scene = make_scene()
    _ready(scene)
    Participation.objects.filter(pk=scene.lead.pk).update(**loss)
    before = len(entries_since(scene.dialogue.stream_id, 0))
    assert scene.lead.role == "lead_moderator"

    with pytest.raises(Refusal) as refused:
        ACTS[name](scene)

    assert str(refused.value.message)
    assert len(entries_since(scene.dialogue.stream_id, 0)) == before
    assert Decision.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACTS))
def test_with_the_role_it_is_done(name: str) -> None:
    """Else the test above could not fail."""
    scene = make_scene()
    _ready(scene)
    before = len(entries_since(scene.dialogue.stream_id, 0))

    ACTS[name](scene)

    assert len(entries_since(scene.dialogue.stream_id, 0)) > before


@pytest.mark.django_db(transaction=True)
def test_role_taken_in_the_same_moment() -> None:
    """Either the decision came before, and stands with its record, or it is refused."""
    for __ in range(5):
        scene = make_scene()

        def lose(scene: Scene = scene) -> None:
            Participation.objects.filter(pk=scene.lead.pk).update(role="observer")

        def hide(scene: Scene = scene) -> Any:
            return _hide(scene)

        at_once([hide, lose])

        scene.proposal.refresh_from_db()
        decisions = Decision.objects.filter(dialogue=scene.dialogue).count()
        entries = entries_since(scene.dialogue.stream_id, 0)
        recorded = [entry for entry in entries if entry.kind == "contribution.hidden"]
        is_hidden = scene.proposal.state == "hidden"
        assert decisions == len(recorded) == int(is_hidden)
        with pytest.raises(Refusal):
            restore_contribution(
                moderator=scene.lead, kind="proposal", pk=scene.proposal.pk, reason="-"
            )
