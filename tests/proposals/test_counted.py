"""What was counted at closing is kept: no page waits for a slow count."""

import threading
import time
from typing import Any

import pytest

from dialogue.models import Participation
from proposals import counted
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.methods import METHODS
from proposals.methods.outcome import Outcome
from proposals.models import Ballot
from proposals.results import result_of
from tests.factories import make_dialogue, make_participation


@pytest.fixture
def closed() -> Ballot:
    lead: Participation = make_participation(
        make_dialogue(allows="vote"), "lead_moderator"
    )
    ballot = draft_ballot(moderator=lead, title="Was?")
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    return close_ballot(moderator=lead, ballot_pk=ballot.pk)


@pytest.mark.django_db
def test_result_is_shown_from_the_count_of_the_closing(
    closed: Ballot, monkeypatch: pytest.MonkeyPatch
):
    counts: list[Any] = []
    method = METHODS[closed.method]
    count = method.count

    def counting(*facts: Any) -> Outcome:
        counts.append(facts)
        return count(*facts)

    monkeypatch.setattr(method, "count", counting)

    shown = result_of(closed, list(closed.options.all()))

    assert shown.verdict == closed.tally.verdict
    assert counts == []
    # Another process has kept nothing: it counts once, and then not again.
    monkeypatch.setattr(counted, "_outcomes", counted.Kept(300, float("inf")))
    for __ in range(2):
        assert result_of(closed, list(closed.options.all())) == shown
    assert len(counts) == 1


def test_many_who_ask_at_once_wait_for_one_count():
    counts: list[int] = []

    def count() -> Outcome:
        counts.append(1)
        time.sleep(0.2)
        return Outcome({}, (), "none")

    threads = [
        threading.Thread(target=counted.outcome_by, args=[("a key",), count])
        for __ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [1]
