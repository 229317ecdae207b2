"""Staff plan a dialogue: who may, and the rules of the agenda."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from dialogue.actions import go_on
from dialogue.models import AgendaItem, Dialogue
from dialogue.planning import (
    add_material,
    apply_running_order,
    delete_item,
    move_item,
    remove_material,
    save_dialogue,
    save_item,
)
from dialogue.planning_people import invite_many
from dialogue.planning_queries import plan_of
from dialogue.running_orders_long import RUNNING_ORDERS
from tests.dialogue.planning_support import (
    EVENING,
    FOREIGN,
    JSON,
    address,
    basics,
    kinds_recorded,
    refused_code,
    signed_in,
    step,
)
from tests.factories import (
    make_dialogue,
    make_guest,
    make_item,
    make_participation,
    make_person,
    make_project,
    make_staff,
)

pytestmark = pytest.mark.django_db


# --- who may not -------------------------------------------------------------
@pytest.mark.parametrize("stranger", [make_person, make_guest, make_staff])
@pytest.mark.parametrize(
    ("method", "name", "rest"),
    [
        ("get", "overview", 0),
        ("get", "poster", 0),
        ("get", "basics", 0),
        ("post", "basics", 0),
        ("post", "announce", 0),
        ("get", "people", 0),
        ("post", "role_assign", 0),
        ("post", "invite", 0),
        ("post", "invitation_withdraw", 1),
        ("get", "agenda", 0),
        ("post", "agenda_fill", 0),
        ("get", "item_new", 0),
        ("post", "item_new", 0),
        ("get", "item_edit", 1),
        ("post", "item_edit", 1),
        ("post", "item_move", 1),
        ("get", "item_delete", 1),
        ("post", "item_delete", 1),
        ("post", "material_add", 1),
        ("get", "material_file", 2),
        ("post", "material_remove", 2),
    ],
)
def test_foreign_dialogue_is_refused_like_a_missing_one(
    stranger: Callable[[], Person],
    method: str,
    name: str,
    rest: int,
    dialogue: Dialogue,
) -> None:
    item = dialogue.agenda.get()
    material = item.materials.create(kind="link", title="x", link="https://a.example")
    invitation = invite_many(dialogue=dialogue, labels="Kim", role="participant")[0][0]
    pks = [item.pk, material.pk][:rest]
    if name == "invitation_withdraw":
        pks = [invitation.pk]
    client = signed_in(stranger())

    there = getattr(client, method)(address(name, dialogue, *pks), headers=JSON)
    missing = getattr(client, method)(
        reverse(f"planning:{name}", args=["XXXXXXXX", *pks]), headers=JSON
    )

    assert (there.status_code, there.json()) == (403, FOREIGN)
    assert (missing.status_code, missing.json()) == (403, FOREIGN)
    assert dialogue.agenda.get() == item
    assert item.materials.get() == material
    assert dialogue.invitations.get() == invitation


@pytest.mark.parametrize("stranger", [make_person, make_guest, make_staff])
def test_only_staff_of_the_project_plan_for_it(
    stranger: Callable[[], Person],
) -> None:
    project = make_project()
    client = signed_in(stranger())

    there = client.get(
        reverse("planning:dialogue_new", args=[project.slug]), headers=JSON
    )
    missing = client.get(reverse("planning:dialogue_new", args=["none"]), headers=JSON)

    assert (there.status_code, there.json()) == (403, FOREIGN)
    assert (missing.status_code, missing.json()) == (403, FOREIGN)


def test_a_moderator_of_the_room_does_not_plan(dialogue: Dialogue) -> None:
    lead = make_participation(dialogue, "lead_moderator")

    answer = signed_in(lead.person).get(address("agenda", dialogue), headers=JSON)

    assert answer.status_code == 403


def test_administrator_plans_everything(dialogue: Dialogue) -> None:
    client = signed_in(make_person(is_administrator=True))

    assert client.get(address("agenda", dialogue)).status_code == 200


def test_nobody_is_sent_to_log_in(dialogue: Dialogue) -> None:
    answer = Client().get(address("overview", dialogue))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_item_of_another_dialogue_is_refused(page: Client, dialogue: Dialogue) -> None:
    foreign = make_dialogue(state="draft").agenda.get()

    assert (
        page.get(address("item_edit", dialogue, foreign.pk), headers=JSON).json()
        == FOREIGN
    )
    assert (
        refused_code(save_item, dialogue=dialogue, item_pk=foreign.pk, facts=step())
        == "right.missing"
    )
    assert (
        refused_code(move_item, dialogue=dialogue, item_pk=foreign.pk, step=1)
        == "right.missing"
    )
    assert (
        refused_code(delete_item, dialogue=dialogue, item_pk=foreign.pk)
        == "right.missing"
    )


# --- agenda: verbs -----------------------------------------------------------
def test_new_item_comes_last_with_what_it_allows(dialogue: Dialogue) -> None:
    item = save_item(dialogue=dialogue, facts=step(allowed=frozenset({"ask", "vote"})))

    assert list(dialogue.agenda.all())[-1] == item
    assert item.allowed == {"ask", "vote"}
    assert kinds_recorded(dialogue) == []


def test_changing_an_item_replaces_what_it_allows(dialogue: Dialogue) -> None:
    item = make_item(dialogue, allows="propose vote")

    save_item(
        dialogue=dialogue,
        item_pk=item.pk,
        facts=step(title="Neu", allowed=frozenset({"ask"})),
    )

    item.refresh_from_db()
    assert (item.title, item.position) == ("Neu", 1)
    assert item.allowed == {"ask"}


@pytest.mark.parametrize("state", ["announced", "lobby", "live", "paused"])
def test_known_dialogue_tells_its_screens(state: str) -> None:
    dialogue = make_dialogue(state=state)
    item = make_item(dialogue)

    save_item(dialogue=dialogue, item_pk=item.pk, facts=step())
    move_item(dialogue=dialogue, item_pk=item.pk, step=-1)
    material = add_material(
        dialogue=dialogue, item_pk=item.pk, title="x", link="https://a.example"
    )
    remove_material(dialogue=dialogue, item_pk=item.pk, material_pk=material.pk)
    delete_item(dialogue=dialogue, item_pk=item.pk)

    assert kinds_recorded(dialogue) == ["agenda.changed"] * 5


def test_closed_dialogue_is_never_changed() -> None:
    dialogue = make_dialogue(state="closed")
    item = make_item(dialogue)
    material = item.materials.create(kind="link", title="x", link="https://a.example")
    here = {"dialogue": dialogue, "item_pk": item.pk}

    assert [
        refused_code(save_dialogue, dialogue=dialogue, facts=basics()),
        refused_code(save_item, dialogue=dialogue, facts=step()),
        refused_code(save_item, **here, facts=step()),
        refused_code(move_item, **here, step=-1),
        refused_code(delete_item, **here),
        refused_code(
            apply_running_order, dialogue=dialogue, order=RUNNING_ORDERS["90"]
        ),
        refused_code(add_material, **here, title="x", link="https://a.example"),
        refused_code(remove_material, **here, material_pk=material.pk),
        refused_code(invite_many, dialogue=dialogue, labels="Kim", role="participant"),
    ] == ["dialogue.closed"] * 9
    assert kinds_recorded(dialogue) == []


@pytest.mark.parametrize(
    ("moved", "step", "after"),
    [
        (0, 1, [1, 0, 2]),
        (2, -1, [0, 2, 1]),
        (0, -1, [0, 1, 2]),
        (2, 1, [0, 1, 2]),
    ],
)
def test_moving_changes_places(
    moved: int, step: int, after: list[int], dialogue: Dialogue
) -> None:
    items = [dialogue.agenda.get(), make_item(dialogue), make_item(dialogue)]
    # Equal positions, as after two insertions at once: moving mends them.
    AgendaItem.objects.filter(pk=items[2].pk).update(position=1)

    move_item(dialogue=dialogue, item_pk=items[moved].pk, step=step)

    agenda = list(dialogue.agenda.all())
    assert agenda == [items[number] for number in after]
    assert [item.position for item in agenda] == [0, 1, 2]


def test_running_item_is_not_deleted() -> None:
    dialogue = make_dialogue(state="live")

    assert (
        refused_code(delete_item, dialogue=dialogue, item_pk=dialogue.current_id)
        == "agenda.current"
    )


def test_item_that_has_run_is_not_deleted() -> None:
    dialogue = make_dialogue(state="live")
    first = dialogue.current_id
    make_item(dialogue)
    go_on(moderator=make_participation(dialogue, "lead_moderator"))

    assert (
        refused_code(delete_item, dialogue=dialogue, item_pk=first) == "agenda.has_run"
    )


def test_full_agenda_takes_no_more(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialogue.planning.MOST_ITEMS", 1)

    assert refused_code(save_item, dialogue=dialogue, facts=step()) == "agenda.full"


@pytest.mark.parametrize(
    ("mode", "opens", "closes", "code"),
    [
        ("live", 0, None, "agenda.dates_of_evening"),
        ("hybrid", None, 1, "agenda.dates_of_evening"),
        ("online", None, None, "agenda.dates_missing"),
        ("online", 0, None, "agenda.dates_missing"),
        ("online", 1, 1, "agenda.closes_before_opening"),
        ("online", 2, 1, "agenda.closes_before_opening"),
    ],
)
def test_dates_must_fit_the_mode(
    mode: str, opens: int | None, closes: int | None, code: str, dialogue: Dialogue
) -> None:
    Dialogue.objects.update(mode=mode)
    day = timedelta(days=1)
    facts = step(
        opens_at=None if opens is None else EVENING + opens * day,
        closes_at=None if closes is None else EVENING + closes * day,
    )

    assert refused_code(save_item, dialogue=dialogue, facts=facts) == code


# --- agenda: running orders --------------------------------------------------
@pytest.mark.parametrize(("key", "minutes"), [("90", 90), ("135", 135)])
def test_running_order_fills_an_empty_agenda(
    key: str, minutes: int, dialogue: Dialogue
) -> None:
    dialogue.agenda.all().delete()

    apply_running_order(dialogue=dialogue, order=RUNNING_ORDERS[key])

    plan = plan_of(dialogue)
    assert (plan.minutes, plan.typical, plan.left) == (minutes, minutes, 0)
    assert plan.items[0].begins_at == EVENING
    assert plan.items[-1].ends_at == EVENING + timedelta(minutes=minutes)
    assert all(
        row.item.title_en and row.item.text_easy and row.item.suggested_words
        for row in plan.items
    )


def test_online_running_order_brings_dates(dialogue: Dialogue) -> None:
    dialogue.agenda.all().delete()
    Dialogue.objects.update(mode="online")

    items = apply_running_order(dialogue=dialogue, order=RUNNING_ORDERS["online"])

    assert items[0].opens_at == EVENING
    assert items[-1].closes_at == EVENING + timedelta(days=14)
    assert [item.opens_at for item in items[1:]] == [
        item.closes_at for item in items[:-1]
    ]


@pytest.mark.parametrize("order", RUNNING_ORDERS.values(), ids=RUNNING_ORDERS)
def test_running_orders_fit_the_fields(order: Any, dialogue: Dialogue) -> None:
    dialogue.agenda.all().delete()
    Dialogue.objects.update(mode="online" if order.is_online else "live")

    for item in apply_running_order(dialogue=dialogue, order=order):
        item.full_clean()
        assert len({item.title, item.title_en, item.text, item.text_en}) > 2


def test_running_order_is_refused_where_items_are(dialogue: Dialogue) -> None:
    assert (
        refused_code(apply_running_order, dialogue=dialogue, order=RUNNING_ORDERS["90"])
        == "agenda.not_empty"
    )
    assert dialogue.agenda.count() == 1


def test_running_order_must_fit_the_mode(dialogue: Dialogue) -> None:
    dialogue.agenda.all().delete()

    assert (
        refused_code(
            apply_running_order, dialogue=dialogue, order=RUNNING_ORDERS["online"]
        )
        == "agenda.other_mode"
    )
