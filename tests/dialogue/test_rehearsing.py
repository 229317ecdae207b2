"""Rehearsals: what is copied, how fast it passes, where it does not show."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from dialogue.actions import extend, go_on, open_lobby
from dialogue.golive import check
from dialogue.models import (
    AgendaItem,
    Conference,
    Dialogue,
    Participation,
    Rehearsal,
)
from dialogue.planning import add_material
from dialogue.queries import dialogues_for
from dialogue.rehearsing import (
    begin_rehearsal,
    end_rehearsal,
    keep_rehearsing,
    lost_rehearsals,
    plan_rehearsal,
    practised,
    stop_rehearsal,
)
from ledger.queries import broken_links
from live.rehearsal.tasks import run_rehearsal
from moderation.wiping import look_after_rehearsals
from projects.queries import public_dialogues
from proposals.actions import submit_proposal
from proposals.drafting import draft_ballot
from proposals.models import WordList
from qualification.models import Practice
from shared import clock
from shared.errors import Refusal
from tests.dialogue.planning_support import refused_code, signed_in
from tests.factories import make_dialogue, make_item, make_participation, make_staff

pytestmark = pytest.mark.django_db
Role = Participation.Role


@pytest.fixture
def dialogue(dialogue: Dialogue) -> Dialogue:
    """Announced, with lead and host, a citizen, and a prepared ballot."""
    Dialogue.objects.filter(pk=dialogue.pk).update(
        state="announced", access="invitation"
    )
    dialogue.refresh_from_db()
    make_item(dialogue, allows="propose vote", title="Abstimmen", minutes=10)
    lead = make_participation(dialogue, "lead_moderator", display_name="Leitung")
    make_participation(dialogue, "technical_host", display_name="Technik")
    make_participation(dialogue, display_name="Bürgerin")
    draft_ballot(
        moderator=lead, title="Wohin?", method="single", options=("Rot", "Grün")
    )
    return dialogue


def plan(dialogue: Dialogue, **facts) -> Rehearsal:
    return plan_rehearsal(
        dialogue=dialogue, **{"speed": 5, "citizens": 7, "minutes": 30, **facts}
    )


def begun(dialogue: Dialogue, **facts) -> tuple[Rehearsal, Participation]:
    """A rehearsal whose crowd is there, at its first item; and who leads."""
    rehearsal = plan(dialogue, **facts)
    begin_rehearsal(rehearsal_pk=rehearsal.pk, kinds=("quiet", "insulting", "helpful"))
    lead = rehearsal.dialogue.participations.get(role="lead_moderator")
    open_lobby(moderator=lead)
    go_on(moderator=lead)
    rehearsal.refresh_from_db()
    return rehearsal, lead


# --- the copy ---------------------------------------------------------------------
def test_copy_has_plan_and_roles_and_nobody_else(dialogue, staff):
    item = dialogue.agenda.first()
    add_material(
        dialogue=dialogue, item_pk=item.pk, title="Plan", link="https://stadt.example/"
    )
    copy = plan(dialogue).dialogue

    assert copy.rehearsal_of == dialogue
    assert copy.code != dialogue.code
    assert copy.stream_id != dialogue.stream_id
    assert copy.stream.is_rehearsal
    assert copy.state == "announced"
    assert copy.access == "code"
    assert copy.ground_rules == dialogue.ground_rules
    rows = [(row.title, row.minutes, row.allowed) for row in dialogue.agenda.all()]
    assert [(row.title, row.minutes, row.allowed) for row in copy.agenda.all()] == rows
    assert [row.title for row in copy.agenda.earliest("position").materials.all()] == [
        "Plan"
    ]
    assert {(row.role, row.person) for row in copy.participations.all()} == {
        (row.role, row.person)
        for row in dialogue.participations.exclude(role=Role.PARTICIPANT)
    }
    ballot = copy.ballots.get()
    assert [option.title for option in ballot.options.all()] == [
        "Rot",
        "Grün",
        "Enthaltung",
    ]
    assert not copy.invitations.exists()
    assert mail.outbox == []


def test_settings_come_along(dialogue):
    item = dialogue.agenda.last()
    dialogue.holding_rules.create(holds_links=True)
    dialogue.holding_rules.create(item=item, holds_everything=True)
    WordList.objects.create(dialogue=dialogue, words="Unfug")
    Conference.objects.create(
        dialogue=dialogue, kind="link", link="https://video.example/1"
    )
    dialogue.speakers_lists.create(rule="alternating", is_open=True, people=9)
    dialogue.speakers_lists.create(circle="table-1")

    copy = plan(dialogue).dialogue

    rules = copy.holding_rules.order_by("pk").values_list("item__title", "holds_links")
    assert list(rules) == [(None, True), (item.title, False)]
    assert copy.holding_rules.get(holds_everything=True).item in copy.agenda.all()
    assert copy.word_list.words == "Unfug"
    assert copy.conference.link == "https://video.example/1"
    speakers = copy.speakers_lists.get()
    assert (speakers.rule, speakers.is_open, speakers.people) == (
        "alternating", False, 0,
    )  # fmt: skip
    assert dialogue.holding_rules.count() == 2


def test_copying_leaves_the_original_alone(dialogue):
    before = Dialogue.objects.filter(pk=dialogue.pk).values().get()
    entries = dialogue.stream.entries.count()

    plan(dialogue)

    assert Dialogue.objects.filter(pk=dialogue.pk).values().get() == before
    assert dialogue.stream.entries.count() == entries
    assert dialogue.agenda.count() == 2
    assert dialogue.ballots.count() == 1


def test_copy_of_a_running_dialogue_begins_anew(dialogue):
    Dialogue.objects.filter(pk=dialogue.pk).update(
        state="live", current=dialogue.agenda.first(), opened_at=clock.now()
    )

    copy = plan(dialogue).dialogue

    assert (copy.state, copy.current, copy.opened_at) == ("announced", None, None)


def test_copy_of_days_is_an_evening(dialogue):
    moment = clock.now()
    Dialogue.objects.filter(pk=dialogue.pk).update(mode="online")
    dialogue.agenda.update(opens_at=moment, closes_at=moment + timedelta(days=9))

    copy = plan(dialogue).dialogue

    assert copy.mode == "live"
    assert set(copy.agenda.values_list("closes_at", flat=True)) == {None}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"speed": 0}, "speed"),
        ({"speed": 6}, "speed"),
        ({"citizens": 0}, "citizens"),
        ({"citizens": 101}, "citizens"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 181}, "minutes"),
    ],
)
def test_limits(facts, field, dialogue):
    with pytest.raises(Refusal) as refused:
        plan(dialogue, **facts)

    assert (refused.value.code, refused.value.field) == ("rehearsal.limits", field)
    assert not Rehearsal.objects.exists()


def test_one_at_a_time(dialogue):
    first = plan(dialogue)

    assert refused_code(plan, dialogue=dialogue) == "rehearsal.running"

    stop_rehearsal(dialogue=first.dialogue)
    plan(dialogue)


def test_no_rehearsal_of_a_rehearsal(dialogue):
    copy = plan(dialogue).dialogue

    assert refused_code(plan, dialogue=copy) == "rehearsal.of_rehearsal"


def test_somebody_has_to_rehearse(dialogue):
    dialogue.participations.filter(role=Role.LEAD_MODERATOR).update(role="observer")

    assert refused_code(plan, dialogue=dialogue) == "rehearsal.no_lead"


def test_empty_agenda_is_not_rehearsed(dialogue):
    AgendaItem.objects.all().delete()

    assert refused_code(plan, dialogue=dialogue) == "agenda.empty"


def test_unqualified_may_rehearse(dialogue):
    lead = dialogue.participations.get(role="lead_moderator")
    lead.conflict_statement.delete()
    lead.person.certificates.all().delete()

    rehearsal, __ = begun(dialogue)

    assert (
        rehearsal.dialogue.state == "live"
        or Dialogue.objects.get(pk=rehearsal.pk).state == "live"
    )
    assert "qualified" in {finding.code for finding in check(dialogue)}


# --- the clock --------------------------------------------------------------------
@pytest.mark.parametrize(("speed", "seconds"), [(1, 1200), (2, 600), (5, 240)])
def test_minutes_pass_faster(speed, seconds, dialogue, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    __, lead = begun(dialogue, speed=speed)
    copy = Dialogue.objects.get(pk=lead.dialogue_id)

    assert copy.item_ends_at is not None
    assert copy.item_ends_at - clock.now() == timedelta(seconds=seconds)

    extend(moderator=lead, minutes=10)
    copy.refresh_from_db()
    assert copy.item_ends_at is not None
    assert copy.item_ends_at - clock.now() == timedelta(seconds=seconds + 600 / speed)


# --- its crowd --------------------------------------------------------------------
def test_stopped_crowd_hears_of_it(dialogue):
    rehearsal, __ = begun(dialogue)
    assert keep_rehearsing(rehearsal.pk)

    stop_rehearsal(dialogue=rehearsal.dialogue)

    assert not keep_rehearsing(rehearsal.pk)


def test_closed_dialogue_sends_the_crowd_home(dialogue):
    rehearsal, __ = begun(dialogue)
    Dialogue.objects.filter(pk=rehearsal.pk).update(state="closed")

    assert not keep_rehearsing(rehearsal.pk)


def test_crowd_sets_out_once(dialogue):
    rehearsal = plan(dialogue)

    assert begin_rehearsal(rehearsal_pk=rehearsal.pk, kinds=()) is not None
    assert begin_rehearsal(rehearsal_pk=rehearsal.pk, kinds=()) is None


def test_stopped_before_it_set_out(dialogue):
    rehearsal = plan(dialogue)
    stop_rehearsal(dialogue=rehearsal.dialogue)

    assert begin_rehearsal(rehearsal_pk=rehearsal.pk, kinds=()) is None
    assert refused_code(stop_rehearsal, dialogue=rehearsal.dialogue) == "rehearsal.over"


@pytest.mark.parametrize(("state", "minutes"), [("running", 3), ("waiting", 61)])
def test_lost_crowd_is_ended_by_the_clock(state, minutes, dialogue, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    rehearsal = plan(dialogue)
    if state == "running":
        begin_rehearsal(rehearsal_pk=rehearsal.pk, kinds=())
    look_after_rehearsals()
    assert not lost_rehearsals().exists()

    time_machine.shift(minutes * 60)
    look_after_rehearsals()

    rehearsal.refresh_from_db()
    assert rehearsal.is_over
    assert rehearsal.trouble


# --- practice ---------------------------------------------------------------------
def test_moderating_long_enough_is_practice(dialogue, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    rehearsal, lead = begun(dialogue)
    time_machine.shift(11 * 60)
    go_on(moderator=lead)

    end_rehearsal(rehearsal_pk=rehearsal.pk)

    practice = Practice.objects.get()
    assert practice.person == lead.person
    # Of the agenda: eleven minutes at five times the speed.
    assert practice.minutes == 55
    assert practice.kinds == "insulting quiet"
    assert practice.dialogue_title == dialogue.title
    # Once, however often it ends.
    end_rehearsal(rehearsal_pk=rehearsal.pk)
    assert Practice.objects.count() == 1


def test_looking_on_is_no_practice(dialogue, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    rehearsal, lead = begun(dialogue)
    time_machine.shift(9 * 60)
    go_on(moderator=lead)
    time_machine.shift(60 * 60)

    assert practised(rehearsal) == {}
    end_rehearsal(rehearsal_pk=rehearsal.pk)
    assert not Practice.objects.exists()


# --- nowhere listed ---------------------------------------------------------------
def test_rehearsal_is_listed_nowhere(dialogue, client, page):
    rehearsal, __ = begun(dialogue)
    author = make_participation(rehearsal.dialogue)
    rehearsal.dialogue.agenda.update(allows_propose=True)
    submit_proposal(author=author, title="Nur geprobt")
    copy = Dialogue.objects.get(pk=rehearsal.pk)
    code = copy.code

    assert copy not in dialogues_for(None)
    groups = public_dialogues(dialogue.project)
    assert [row for rows in groups.values() for row in rows] == [dialogue]
    for address in (reverse("portal:home"), dialogue.project.get_absolute_url()):
        assert code not in client.get(address).content.decode()
    for name in ("home", "project_edit"):
        words = [dialogue.project.slug] if name == "project_edit" else []
        staff_page = page.get(reverse(f"staff:{name}", args=words)).content.decode()
        assert dialogue.code in staff_page
        assert code not in staff_page


def test_chain_of_a_rehearsal_holds(dialogue):
    rehearsal, __ = begun(dialogue)

    assert broken_links(Dialogue.objects.get(pk=rehearsal.pk).stream) == []


# --- pages ------------------------------------------------------------------------
def there(dialogue: Dialogue, name: str = "overview") -> str:
    return reverse(f"rehearsal:{name}", args=[dialogue.code])


@pytest.fixture
def enqueued(monkeypatch) -> list[tuple]:
    calls: list[tuple] = []
    monkeypatch.setattr(type(run_rehearsal), "enqueue", lambda _, *a: calls.append(a))
    return calls


def test_button_starts_a_rehearsal(page: Client, dialogue, enqueued):
    answer = page.post(
        there(dialogue, "start"), {"speed": 3, "citizens": 12, "minutes": 20}
    )

    assert answer.status_code == 302
    rehearsal = Rehearsal.objects.get()
    assert (rehearsal.citizens, rehearsal.minutes) == (12, 20)
    assert rehearsal.dialogue.speed == 3
    assert enqueued == [(rehearsal.pk, "http://testserver/")]
    html = page.get(there(dialogue)).content.decode()
    assert f"/d/{rehearsal.dialogue.code}/desk/" in html
    assert there(rehearsal.dialogue, "stop") in html
    assert there(dialogue, "start") not in html


def test_wrong_numbers_are_kept_and_explained(page: Client, dialogue, enqueued):
    answer = page.post(
        there(dialogue, "start"), {"speed": 3, "citizens": 700, "minutes": 20}
    )

    assert answer.status_code == 400
    assert 'value="700"' in answer.content.decode()
    assert enqueued == []


def test_second_start_is_refused(page: Client, dialogue, enqueued):
    plan(dialogue)

    answer = page.post(
        there(dialogue, "start"), {"speed": 3, "citizens": 7, "minutes": 20}
    )

    assert answer.status_code == 400
    assert Rehearsal.objects.count() == 1
    assert enqueued == []


def test_stop_and_wipe_by_button(page: Client, dialogue):
    copy = plan(dialogue).dialogue

    page.post(there(copy, "wipe"))
    assert Dialogue.objects.filter(pk=copy.pk).exists()
    page.post(there(copy, "stop"))
    assert Rehearsal.objects.get().is_over
    answer = page.post(there(copy, "wipe"))

    assert answer["Location"] == there(dialogue)
    assert not Dialogue.objects.filter(pk=copy.pk).exists()


@pytest.mark.parametrize("name", ["stop", "wipe"])
def test_real_dialogue_has_no_such_button(name, page: Client, dialogue):
    assert page.post(there(dialogue, name)).status_code == 403
    assert Dialogue.objects.filter(pk=dialogue.pk).exists()


@pytest.mark.parametrize("name", ["overview", "start", "stop", "wipe"])
def test_staff_of_other_projects_stay_out(name, dialogue):
    copy = plan(dialogue).dialogue
    stranger = signed_in(make_staff())

    assert stranger.post(there(copy, name)).status_code in (403, 405)
    assert stranger.get(there(copy)).status_code == 403
    assert not Rehearsal.objects.get().stop_wanted


def test_pages_of_a_rehearsal_say_so(page: Client, dialogue):
    copy = plan(dialogue).dialogue

    assert page.get(there(copy))["Location"] == there(dialogue)
    html = page.get(reverse("planning:overview", args=[copy.code])).content.decode()
    assert "This is the plan of a rehearsal" in html


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("screen", ["room", "desk", "projector"])
def test_every_screen_says_rehearsal(screen, language, dialogue):
    rehearsal, lead = begun(dialogue)
    client = Client(headers={"Accept-Language": language})
    client.force_login(lead.person)

    html = client.get(
        reverse(f"live:{screen}", args=[rehearsal.dialogue.code])
    ).content.decode()

    assert 'class="rehearsal-banner"' in html
    with translation.override(language):
        assert f"<strong>{gettext('Rehearsal')}</strong>" in html


def test_real_screen_does_not(dialogue):
    lead = make_participation(make_dialogue(), "lead_moderator")
    client = signed_in(lead.person)

    for screen in ("room", "desk", "projector"):
        html = client.get(reverse(f"live:{screen}", args=[lead.dialogue.code]))
        assert "rehearsal-banner" not in html.content.decode()
