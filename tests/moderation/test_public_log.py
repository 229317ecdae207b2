"""What the public reads of the moderation: the right numbers, no names, no texts."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from dialogue.models import Dialogue, Participation
from moderation.actions import approve_contribution, hide_contribution
from moderation.appealing import appeal, rule_on_appeal
from moderation.models import Decision
from moderation.people import silence
from moderation.public_log import figures
from moderation.public_views import took
from moderation.reporting import Reporter, report_contribution
from proposals.models import Proposal
from shared import clock
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_proposal,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Clock:
    """The server's clock, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = NOON
        monkeypatch.setattr(clock, "now", lambda: self.moment)

    def later(self, **span: float) -> None:
        self.moment += timedelta(**span)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def lead(hand: Clock) -> Participation:
    return make_participation(
        make_dialogue(), "lead_moderator", display_name="Moderatorin Möwe"
    )


def hide(lead: Participation, row: Proposal, rule: str = "insult") -> Decision:
    return hide_contribution(
        moderator=lead, kind="proposal", pk=row.pk, rule=rule, reason="Geheimgrund"
    )


@pytest.fixture
def evening(lead: Participation, hand: Clock) -> Participation:
    """Three hidden, of which two are appealed against and one is reversed; one
    reported and left; one held and approved; one person silenced."""
    author = make_participation(lead.dialogue, display_name="Autor Amsel")
    rows = [make_proposal(author, title=f"Kanarie {n}") for n in range(4)]
    reporter = Reporter(person=make_guest(), name="Melder Meise")
    for row in (rows[0], rows[3]):
        report_contribution(
            dialogue=lead.dialogue, reporter=reporter, kind="proposal", pk=row.pk,
            rule="insult", explanation="Weil Kanarie",
        )  # fmt: skip
    held = make_proposal(author, state="pending", published_at=None, title="Kanarie 5")
    hand.later(minutes=10)
    decisions = [hide(lead, row) for row in rows[:2]]
    decisions.append(hide(lead, rows[2], "off_topic"))
    approve_contribution(
        moderator=lead, kind="proposal", pk=held.pk, reason="In Ordnung"
    )
    hand.later(minutes=10)
    approve_contribution(
        moderator=lead, kind="proposal", pk=rows[3].pk, reason="In Ordnung"
    )
    silence(
        moderator=lead, participation_pk=author.pk, minutes=5, rule="insult",
        reason="Geheimgrund",
    )  # fmt: skip
    second = make_participation(lead.dialogue, "table_moderator")
    for decision, outcome in zip(decisions, ("upheld", "reversed"), strict=False):
        made = appeal(person=author.person, decision_pk=decision.pk, text="Amselklage")
        hand.later(hours=1)
        rule_on_appeal(
            person=second.person, appeal_pk=made.pk, outcome=outcome, reason="Möwe"
        )
    return lead


EXPECTED = {
    "decisions": [
        {"action": "approve", "rule": "none", "number": 2},
        {"action": "hide", "rule": "insult", "number": 2},
        {"action": "hide", "rule": "off_topic", "number": 1},
        {"action": "restore", "rule": "insult", "number": 1},
        {"action": "silence", "rule": "insult", "number": 1},
    ],
    "decisions_total": 7,
    "taken_after_report": 1,
    "taken_while_held": 0,
    "taken_on_own_initiative": 3,
    "reports_received": 2,
    "reports_by_rule": [{"rule": "insult", "number": 2}],
    "reports_open": 0,
    "reports_median_minutes": 15.0,
    "held_median_minutes": 10.0,
    "decisions_open_to_appeal": 4,
    "appeals_received": 2,
    "appeals_open": 0,
    "appeals_upheld": 1,
    "appeals_reversed": 1,
    "appeals_reversed_percent": 50,
    "appeals_median_minutes": 60.0,
}


def test_figures(evening: Participation):
    found = figures(year=2026)

    assert found.as_dict() == EXPECTED
    assert found.rules == [
        {"rule": "insult", "number": 3},
        {"rule": "off_topic", "number": 1},
    ]


def test_figures_of_nothing(lead: Participation):
    found = figures(year=2026)

    assert (found.total, found.reports_minutes, found.share_overturned) == (0,) + (
        None,
    ) * 2


def test_figures_of_another_year_and_of_rehearsals(evening: Participation):
    assert figures(year=2025).total == 0

    real = make_dialogue()
    Dialogue.objects.filter(pk=evening.dialogue_id).update(rehearsal_of=real)

    assert figures(year=2026).total == 0


def test_year_turns_at_midnight_here(lead: Participation, hand: Clock):
    author = make_participation(lead.dialogue)
    # In Berlin the new year has begun.
    hand.moment = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    hide(lead, make_proposal(author))

    assert (figures(year=2025).total, figures(year=2026).total) == (0, 1)


def test_report_as_json_and_csv(evening: Participation, client: Client):
    facts = client.get("/moderation/report/2026.json").json()
    table = client.get("/moderation/report/2026.csv").content.decode()

    rows = list(csv.DictReader(io.StringIO(table)))
    assert {name: facts[name] for name in EXPECTED} == EXPECTED
    assert [
        {"action": r["action"], "rule": r["rule"], "number": int(r["value"])}
        for r in rows
        if r["figure"] == "decisions"
    ] == EXPECTED["decisions"]
    assert [
        {"rule": r["rule"], "number": int(r["value"])}
        for r in rows
        if r["figure"] == "reports_by_rule"
    ] == EXPECTED["reports_by_rule"]
    singles = {r["figure"]: r["value"] for r in rows if not r["rule"]}
    assert singles == {
        name: str(value)
        for name, value in EXPECTED.items()
        if not isinstance(value, list)
    }


@pytest.mark.parametrize("year", [1, 2024, 2027, 9999, 10000, 99999999])
def test_no_report_of_that_year(evening: Participation, client: Client, year: int):
    for ending in ("/", ".json", ".csv"):
        assert client.get(f"/moderation/report/{year}{ending}").status_code == 404


@pytest.mark.parametrize("who", ["nobody", "author", "moderator"])
def test_public_pages_have_no_name_and_no_text(
    evening: Participation, client: Client, who: str
):
    people: dict[str, Any] = {
        "author": Participation.objects.get(display_name="Autor Amsel").person,
        "moderator": evening.person,
    }
    if who in people:
        client.force_login(people[who])
    code = evening.dialogue.code
    pages = [
        client.get(address)
        for address in (
            f"/d/{code}/moderation/",
            "/moderation/",
            "/moderation/rules/",
            "/moderation/report/2026/",
            "/moderation/report/2026.json",
            "/moderation/report/2026.csv",
        )
    ]

    assert [page.status_code for page in pages] == [200] * 6
    for page in pages:
        text = page.content.decode()
        for secret in ("Kanarie", "Amsel", "Möwe", "Meise", "Geheimgrund"):
            assert secret not in text


def test_log_of_a_dialogue_lists_every_act(evening: Participation, client: Client):
    page = client.get(f"/d/{evening.dialogue.code}/moderation/")

    acts = page.context["page_obj"].object_list
    assert len(acts) == 7
    assert sorted(str(act.outcome) for act in acts if act.appealed_at) == [
        "reversed",
        "upheld",
    ]


def test_log_of_the_city_leaves_out_what_is_not_public(
    evening: Participation, client: Client
):
    evening.dialogue.project.published_at = None
    evening.dialogue.project.save()

    page = client.get("/moderation/")

    assert list(page.context["page_obj"].object_list) == []
    assert evening.dialogue.title not in page.content.decode()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (None, "–"),
        (0.0, "0 seconds"),
        (0.05, "3 seconds"),
        (0.5, "30 seconds"),
        (1.5, "1.5 minutes"),
        (90.0, "90 minutes"),
        (150.0, "2.5 hours"),
        (60.0 * 24 * 12, "12 days"),
    ],
)
def test_spans_in_the_unit_that_fits(minutes: float | None, words: str):
    with translation.override("en"):
        assert took(minutes) == words
