"""What led to a decision stands in its statement of reasons, and in the figures."""

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Message
from dialogue.models import Participation
from moderation.actions import (
    approve_contribution,
    ask_revision,
    hide_contribution,
    reword,
)
from moderation.appealing import appeal, rule_on_appeal
from moderation.models import Decision
from moderation.occasions import Occasion, occasion_of, occasions
from moderation.people import silence
from moderation.reporting import Reporter, report_contribution
from proposals.models import Proposal
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_proposal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(), "lead_moderator")


@pytest.fixture
def author(lead: Participation) -> Participation:
    return make_participation(lead.dialogue)


def hide(lead: Participation, row: Proposal) -> Decision:
    return hide_contribution(
        moderator=lead, kind="proposal", pk=row.pk, rule="insult", reason="Grund"
    )


def report(row: Proposal) -> None:
    report_contribution(
        dialogue=row.dialogue,
        reporter=Reporter(person=make_guest(), name="Meise"),
        kind="proposal",
        pk=row.pk,
        rule="insult",
        explanation="Weil",
    )


def held(author: Participation, **facts: str) -> Proposal:
    return make_proposal(author, state="pending", published_at=None, **facts)


def told(author: Participation) -> list[str]:
    """The lines about it in the author's messages, oldest first."""
    return [
        line.partition(": ")[2]
        for message in Message.objects.filter(person=author.person).order_by("pk")
        for line in message.body.splitlines()
        if line.startswith(heading())
    ]


def heading() -> str:
    with translation.override("de"):
        return str(translation.gettext("What led to it: %s")).partition(":")[0]


def words(occasion: Occasion) -> str:
    with translation.override("de"):
        return str(occasion.label)


def test_report(lead: Participation, author: Participation):
    row = make_proposal(author)
    report(row)

    decision = hide(lead, row)

    assert occasion_of(decision) == Occasion.REPORT
    assert told(author) == [words(Occasion.REPORT)]
    assert "Meise" not in Message.objects.get(person=author.person).body


def test_report_that_was_answered_before_led_to_nothing_new(
    lead: Participation, author: Participation
):
    row = make_proposal(author)
    report(row)
    approve_contribution(moderator=lead, kind="proposal", pk=row.pk, reason="Gut")

    decision = hide(lead, row)

    assert occasion_of(decision) == Occasion.OWN
    assert told(author) == [words(Occasion.REPORT), words(Occasion.OWN)]


def test_held_by_a_rule_of_the_house(lead: Participation, author: Participation):
    decision = hide(lead, held(author, held_for="links"))

    assert occasion_of(decision) == Occasion.HELD
    assert told(author) == [words(Occasion.HELD)]


def test_reworded_on_request(lead: Participation, author: Participation):
    row = make_proposal(author)
    ask_revision(
        moderator=lead, kind="proposal", pk=row.pk, rule="insult", reason="Bitte"
    )
    reword(author=author, kind="proposal", pk=row.pk, title="b", text="c")

    decision = hide(lead, row)

    assert occasion_of(decision) == Occasion.REWORDED
    assert told(author) == [words(Occasion.OWN), words(Occasion.REWORDED)]


def test_appeal(lead: Participation, author: Participation):
    first = hide(lead, make_proposal(author))
    made = appeal(person=author.person, decision_pk=first.pk)
    second = make_participation(lead.dialogue, "table_moderator")
    rule_on_appeal(
        person=second.person, appeal_pk=made.pk, outcome="reversed", reason="Doch"
    )

    restored = Decision.objects.get(action="restore")

    assert occasion_of(restored) == Occasion.APPEAL
    assert told(author) == [words(Occasion.OWN), words(Occasion.APPEAL)]


def test_people_are_decided_about_on_own_initiative(
    lead: Participation, author: Participation
):
    decision = silence(
        moderator=lead,
        participation_pk=author.pk,
        minutes=5,
        rule="insult",
        reason="Grund",
    )

    assert occasion_of(decision) == Occasion.OWN


def test_page_of_the_decision_says_it(lead: Participation, author: Participation):
    row = make_proposal(author)
    report(row)
    decision = hide(lead, row)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(author.person)

    page = client.get(f"/d/{lead.dialogue.code}/decisions/{decision.pk}/")

    assert "A report: somebody told the moderation." in page.content.decode()


def test_figures(lead: Participation, author: Participation):
    reported = make_proposal(author)
    report(reported)
    hide(lead, reported)
    hide(lead, held(author, held_for="links"))
    hide(lead, make_proposal(author))
    hide(lead, make_proposal(author))
    # Nothing was taken away.
    left = make_proposal(author)
    report(left)
    approve_contribution(moderator=lead, kind="proposal", pk=left.pk, reason="Gut")

    assert occasions(Decision.objects.all()) == {"report": 1, "held": 1, "own": 2}
