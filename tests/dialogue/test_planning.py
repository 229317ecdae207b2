"""Staff plan a dialogue: rules of the verbs, rights and pages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import Person
from dialogue import texts
from dialogue.actions import go_on
from dialogue.joining import token_digest
from dialogue.models import AgendaItem, Dialogue, Material
from dialogue.planning import (
    add_material,
    apply_running_order,
    create_dialogue,
    delete_item,
    move_item,
    remove_material,
    save_dialogue,
    save_item,
)
from dialogue.planning_facts import DialogueFacts, ItemFacts
from dialogue.planning_people import invite_many, withdraw_invitation
from dialogue.planning_queries import plan_of
from dialogue.running_orders import ALLOWED_BY_KIND
from dialogue.running_orders_long import RUNNING_ORDERS
from dialogue.uploads import check_upload
from ledger.models import Entry
from projects.actions import assign_staff
from shared.errors import Refusal
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
JSON = {"Accept": "application/json"}
BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2027, 3, 4, 18, 0, tzinfo=BERLIN)
FOREIGN = {
    "refused": {
        "code": "right.missing",
        "message": "You cannot do this here. It may not exist, or it is not open to "
        "you.",
    }
}


def signed_in(person: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def staff() -> Person:
    return make_staff()


@pytest.fixture
def dialogue(staff: Person) -> Dialogue:
    """A draft of `staff` with one agenda item, at 18:00."""
    dialogue = make_dialogue(state="draft", starts_at=EVENING)
    assign_staff(project=dialogue.project, person=staff)
    return dialogue


@pytest.fixture
def page(staff: Person, dialogue: Dialogue) -> Client:
    del dialogue
    return signed_in(staff)


def address(name: str, dialogue: Dialogue, *rest: int) -> str:
    return reverse(f"planning:{name}", args=[dialogue.code, *rest])


def basics(**facts: Any) -> DialogueFacts:
    return DialogueFacts(
        **{
            "title": "Sicher zur Schule",
            "summary": "Ein Abend.",
            "starts_at": EVENING,
            "ground_rules": "Wir hören einander zu.",
            "privacy_notice": "Wir speichern wenig.",
            **facts,
        }
    )


def step(**facts: Any) -> ItemFacts:
    return ItemFacts(**{"kind": "input", "title": "Punkt", "minutes": 10, **facts})


def kinds_recorded(dialogue: Dialogue) -> list[str]:
    entries = Entry.objects.filter(stream=dialogue.stream).order_by("seq")
    return list(entries.values_list("kind", flat=True))


def sent(kind: str = "PNG") -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (8, 8), "green").save(file, kind)
    return SimpleUploadedFile("plan.png", file.getvalue(), "image/png")


def refused_code(verb: Callable[..., Any], **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


# --- who may not ------------------------------------------------------------
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


# --- basics -----------------------------------------------------------------
def test_new_dialogue_begins_with_good_texts(page: Client, dialogue: Dialogue) -> None:
    answer = page.get(reverse("planning:dialogue_new", args=[dialogue.project.slug]))

    initial = answer.context["form"].initial
    assert initial["ground_rules"] == texts.GROUND_RULES
    assert "Stadt Dortmund" in initial["privacy_notice"]
    assert "{" not in initial["privacy_notice"]
    assert len(initial["ground_rules"]) < 4000
    assert len(initial["privacy_notice"]) < 6000


def test_creating_makes_a_draft_with_its_own_stream(
    page: Client, dialogue: Dialogue
) -> None:
    facts = vars(basics()) | {"starts_at": "2027-03-04T18:00", "mode": "hybrid"}

    answer = page.post(
        reverse("planning:dialogue_new", args=[dialogue.project.slug]), facts
    )

    created = Dialogue.objects.latest("pk")
    assert answer["Location"] == address("agenda", created)
    assert (created.state, created.slug, created.mode) == (
        "draft",
        "sicher-zur-schule",
        "hybrid",
    )
    assert created.starts_at == EVENING
    assert created.stream != dialogue.stream


def test_mistake_in_basics_keeps_what_was_typed(
    page: Client, dialogue: Dialogue
) -> None:
    facts = vars(basics(summary="Eigene Worte.")) | {"starts_at": "soon"}

    answer = page.post(address("basics", dialogue), facts)

    assert answer.status_code == 400
    assert "Eigene Worte." in answer.content.decode()
    assert list(answer.context["form"].errors) == ["starts_at"]


@pytest.mark.parametrize("name", ["mode", "ground_rules", "privacy_notice"])
@pytest.mark.parametrize("state", ["lobby", "live", "paused"])
def test_accepted_texts_stay_once_doors_are_open(state: str, name: str) -> None:
    dialogue = make_dialogue(state=state)

    code = refused_code(
        save_dialogue, dialogue=dialogue, facts=basics(**{name: "online"})
    )

    dialogue.refresh_from_db()
    assert code == "dialogue.begun"
    assert dialogue.title != "Sicher zur Schule"


def test_title_may_change_while_live_and_screens_hear() -> None:
    dialogue = make_dialogue(state="live")

    save_dialogue(dialogue=dialogue, facts=basics())

    dialogue.refresh_from_db()
    assert dialogue.title == "Sicher zur Schule"
    assert kinds_recorded(dialogue) == ["agenda.changed"]


def test_frozen_fields_are_ignored_in_the_form(staff: Person) -> None:
    dialogue = make_dialogue(state="live")
    assign_staff(project=dialogue.project, person=staff)
    facts = vars(basics(ground_rules="Neu")) | {"starts_at": "2027-03-04T18:00"}

    answer = signed_in(staff).post(address("basics", dialogue), facts)

    dialogue.refresh_from_db()
    assert answer.status_code == 302
    assert dialogue.ground_rules == "Wir hören einander zu."


def test_leaving_online_mode_forgets_dates(dialogue: Dialogue) -> None:
    dialogue.mode = "online"
    dialogue.save()
    dialogue.agenda.update(opens_at=EVENING, closes_at=EVENING + timedelta(days=1))

    save_dialogue(dialogue=dialogue, facts=basics(mode="live"))

    item = dialogue.agenda.get()
    assert (item.opens_at, item.closes_at) == (None, None)


# --- agenda: verbs ----------------------------------------------------------
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


# --- agenda: running orders -------------------------------------------------
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


# --- agenda: pages ----------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3])
def test_agenda_asks_the_same_number_of_queries(
    number: int, page: Client, dialogue: Dialogue, django_assert_num_queries: Any
) -> None:
    for __ in range(number - 1):
        make_item(dialogue)

    # session, person, dialogue with project, assignment, agenda, materials
    with django_assert_num_queries(6):
        answer = page.get(address("agenda", dialogue))

    assert len(answer.context["plan"].items) == number


def test_agenda_shows_times_and_sum(page: Client, dialogue: Dialogue) -> None:
    make_item(dialogue, minutes=25)

    plan = page.get(address("agenda", dialogue)).context["plan"]

    assert [
        (row.number, f"{row.begins_at.astimezone(BERLIN):%H:%M}") for row in plan.items
    ] == [
        (1, "18:00"),
        (2, "18:20"),
    ]
    assert (plan.minutes, plan.typical, plan.left) == (45, 90, 45)


def test_too_long_an_evening_is_said(dialogue: Dialogue) -> None:
    make_item(dialogue, minutes=200)

    plan = plan_of(dialogue)

    assert (plan.typical, plan.left) == (180, -40)


@pytest.mark.parametrize("kind", AgendaItem.Kind.values)
def test_kind_brings_what_it_usually_allows(
    kind: str, page: Client, dialogue: Dialogue
) -> None:
    answer = page.get(address("item_new", dialogue), {"kind": kind})

    form = answer.context["form"]
    assert form["allowed"].value() == sorted(ALLOWED_BY_KIND[kind])
    assert form["kind"].value() == kind


def test_item_is_added_and_changed_by_form(page: Client, dialogue: Dialogue) -> None:
    facts = {"kind": "ballot", "title": "Abstimmung", "minutes": "8"}

    page.post(address("item_new", dialogue), facts | {"allowed": ["vote"]})
    item = dialogue.agenda.get(title="Abstimmung")
    shown = page.get(address("item_edit", dialogue, item.pk)).context["form"]
    page.post(
        address("item_edit", dialogue, item.pk),
        facts | {"minutes": "9", "allowed": ["vote", "comment"]},
    )

    assert shown["allowed"].value() == ["vote"]
    assert "opens_at" not in shown.fields
    item.refresh_from_db()
    assert item.minutes == 9
    assert item.allowed == {"vote", "comment"}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"minutes": "0"}, "minutes"),
        ({"minutes": "601"}, "minutes"),
        ({"title": ""}, "title"),
        ({"kind": "party"}, "kind"),
        ({"allowed": ["everything"]}, "allowed"),
    ],
)
def test_impossible_item_is_refused(
    facts: dict[str, Any], field: str, page: Client, dialogue: Dialogue
) -> None:
    answer = page.post(
        address("item_new", dialogue),
        {"kind": "input", "title": "Eigener Titel", "minutes": "10"} | facts,
    )

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert dialogue.agenda.count() == 1


def test_online_item_without_dates_keeps_what_was_typed(
    page: Client, dialogue: Dialogue
) -> None:
    Dialogue.objects.update(mode="online")

    answer = page.post(
        address("item_new", dialogue),
        {"kind": "input", "title": "Eigener Titel", "minutes": "10"},
    )

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["opens_at"]
    assert "Eigener Titel" in answer.content.decode()


def test_moving_and_deleting_by_button(page: Client, dialogue: Dialogue) -> None:
    first, second = dialogue.agenda.get(), make_item(dialogue)

    page.post(address("item_move", dialogue, second.pk), {"direction": "up"})
    assert list(dialogue.agenda.all()) == [second, first]

    asked = page.get(address("item_delete", dialogue, second.pk))
    assert asked.status_code == 200
    assert dialogue.agenda.count() == 2

    page.post(address("item_delete", dialogue, second.pk))
    assert list(dialogue.agenda.all()) == [first]


def test_unknown_direction_or_order_is_refused(
    page: Client, dialogue: Dialogue
) -> None:
    item = dialogue.agenda.get()

    moved = page.post(
        address("item_move", dialogue, item.pk), {"direction": "out"}, headers=JSON
    )
    filled = page.post(address("agenda_fill", dialogue), {"order": "x"}, headers=JSON)

    assert (moved.status_code, filled.status_code) == (403, 403)


def test_filling_by_button(page: Client, dialogue: Dialogue) -> None:
    dialogue.agenda.all().delete()

    page.post(address("agenda_fill", dialogue), {"order": "135"})

    assert sum(dialogue.agenda.values_list("minutes", flat=True)) == 135


# --- materials --------------------------------------------------------------
def test_picture_is_added_shown_and_removed(
    page: Client, dialogue: Dialogue, django_capture_on_commit_callbacks: Any
) -> None:
    item = dialogue.agenda.get()
    page.post(
        address("material_add", dialogue, item.pk),
        {"material-title": "Plan", "material-description": "Ein Plan."}
        | {"material-file": sent()},
    )
    material = item.materials.get()
    path = Path(material.file.path)
    assert (material.kind, material.title) == ("picture", "Plan")

    shown = page.get(address("material_file", dialogue, item.pk, material.pk))
    assert shown.getvalue()[8:12] == b"WEBP"
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert path.exists()

    with django_capture_on_commit_callbacks(execute=True):
        page.post(address("material_remove", dialogue, item.pk, material.pk))
    assert item.materials.count() == 0
    assert not path.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "file"),
        ({"file": True, "link": "https://a.example", "description": "x"}, "file"),
        ({"file": True}, "description"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "ftp://a.example/x"}, "link"),
        ({"file": b"<svg/>", "description": "x"}, "file"),
        ({"link": "https://a.example", "title": ""}, "title"),
    ],
)
def test_impossible_material_is_refused(
    facts: dict[str, Any], field: str, page: Client, dialogue: Dialogue
) -> None:
    item = dialogue.agenda.get()
    facts = {"title": "Eigener Titel"} | facts
    if facts.get("file") is True:
        facts["file"] = sent()
    elif "file" in facts:
        facts["file"] = SimpleUploadedFile("a.png", facts["file"], "image/png")

    answer = page.post(
        address("material_add", dialogue, item.pk),
        {f"material-{name}": value for name, value in facts.items()},
    )

    assert answer.status_code == 400
    assert list(answer.context["material_form"].errors) == [field]
    assert item.materials.count() == 0


def test_material_limit(dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialogue.planning.MOST_MATERIALS", 0)

    assert (
        refused_code(
            add_material,
            dialogue=dialogue,
            item_pk=dialogue.agenda.get().pk,
            title="x",
            link="https://a.example",
        )
        == "material.full"
    )


def test_no_file_stays_when_its_row_fails(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = check_upload(sent())
    kept: list[str] = []

    def fail(self: Material, *args: Any, **kwargs: Any) -> None:
        kept.append(self.file.path)
        assert Path(self.file.path).exists()
        raise RuntimeError

    monkeypatch.setattr(Material, "save", fail)

    with pytest.raises(RuntimeError), transaction.atomic():
        add_material(
            dialogue=dialogue,
            item_pk=dialogue.agenda.get().pk,
            title="x",
            description="x",
            checked=checked,
        )

    assert [Path(path).exists() for path in kept] == [False]


def test_material_of_another_item_is_refused(page: Client, dialogue: Dialogue) -> None:
    other = make_item(dialogue)
    material = other.materials.create(kind="link", title="x", link="https://a.example")
    item = dialogue.agenda.get(position=0)

    shown = page.get(
        address("material_file", dialogue, item.pk, material.pk), headers=JSON
    )

    assert (shown.status_code, shown.json()) == (403, FOREIGN)
    assert (
        refused_code(
            remove_material, dialogue=dialogue, item_pk=item.pk, material_pk=material.pk
        )
        == "right.missing"
    )


def test_files_of_a_deleted_item_go_after_the_commit(
    dialogue: Dialogue, django_capture_on_commit_callbacks: Any
) -> None:
    item = make_item(dialogue)
    material = add_material(
        dialogue=dialogue,
        item_pk=item.pk,
        title="x",
        description="x",
        checked=check_upload(sent()),
    )

    with django_capture_on_commit_callbacks(execute=True):
        delete_item(dialogue=dialogue, item_pk=item.pk)
        assert Path(material.file.path).exists()

    assert not Path(material.file.path).exists()


# --- people and announcing --------------------------------------------------
def test_role_by_address(page: Client, dialogue: Dialogue) -> None:
    person = make_person(email="mod@example.org")

    page.post(
        address("role_assign", dialogue),
        {
            "role-email": "Mod@Example.org",
            "role-name": "Moderation Kim",
            "role-role": "lead_moderator",
        },
    )

    participation = dialogue.participations.get()
    assert (participation.person, participation.role, participation.display_name) == (
        person,
        "lead_moderator",
        "Moderation Kim",
    )


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "nobody@example.org"}, "email"),
        ({"email": "gone@example.org"}, "email"),
        ({"name": "\u2060"}, "name"),
        ({"role": "king"}, "role"),
        ({"name": "Robin"}, "name"),
    ],
)
def test_impossible_role_is_refused(
    facts: dict[str, str], field: str, page: Client, dialogue: Dialogue
) -> None:
    make_person(email="mod@example.org")
    make_person(email="gone@example.org", is_active=False)
    make_participation(dialogue, display_name="Robin", name_key="robin")
    facts = {"email": "mod@example.org", "name": "Kim", "role": "observer"} | facts

    answer = page.post(
        address("role_assign", dialogue),
        {f"role-{name}": text for name, text in facts.items()},
    )

    assert answer.status_code == 400
    errors = answer.context["role_form"].errors
    assert list(errors) in ([field], ["__all__"])
    assert dialogue.participations.count() == 1


def test_links_are_shown_once(page: Client, dialogue: Dialogue) -> None:
    answer = page.post(
        address("invite", dialogue),
        {"invitations-labels": "Kim\n\n  Robin \n", "invitations-role": "observer"},
    )

    fresh = answer.context["fresh"]
    again = page.get(address("people", dialogue)).content.decode()
    assert [row["label"] for row in fresh] == ["Kim", "Robin"]
    for row in fresh:
        door, token = row["link"].split("?invitation=")
        assert door == f"http://testserver/d/{dialogue.code}/join/"
        invitation = dialogue.invitations.get(token_digest=token_digest(token))
        assert (invitation.label, invitation.role) == (row["label"], "observer")
        assert token in answer.content.decode()
        assert token not in again


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (" \n\u200b\n", "invitation.unlabelled"),
        ("x\n" * 201, "invitation.too_many"),
        ("x" * 121, "invitation.label_too_long"),
    ],
)
def test_impossible_invitations_are_refused(
    labels: str, code: str, dialogue: Dialogue
) -> None:
    assert (
        refused_code(invite_many, dialogue=dialogue, labels=labels, role="participant")
        == code
    )
    assert dialogue.invitations.count() == 0


def test_only_unused_invitations_are_withdrawn(
    page: Client, dialogue: Dialogue
) -> None:
    made = invite_many(dialogue=dialogue, labels="Kim\nRobin", role="participant")
    unused, used = [invitation for invitation, __ in made]
    used.used_by = make_participation(dialogue)
    used.save()

    page.post(address("invitation_withdraw", dialogue, unused.pk))

    assert list(dialogue.invitations.all()) == [used]
    assert (
        refused_code(withdraw_invitation, dialogue=dialogue, invitation_pk=used.pk)
        == "invitation.used"
    )


def test_invitation_of_another_dialogue_is_not_withdrawn(dialogue: Dialogue) -> None:
    other = make_dialogue(state="draft")
    invitation = invite_many(dialogue=other, labels="Kim", role="participant")[0][0]

    assert (
        refused_code(
            withdraw_invitation, dialogue=dialogue, invitation_pk=invitation.pk
        )
        == "invitation.used"
    )


def test_people_page_names_no_address_of_participants(
    page: Client, dialogue: Dialogue
) -> None:
    make_participation(dialogue, "table_moderator", display_name="Tisch 1")
    citizen = make_person(email="citizen@example.org")
    make_participation(dialogue, person=citizen, display_name="Leise")
    observer = make_person(email="observer@example.org")
    make_participation(dialogue, "observer", person=observer, display_name="Presse")

    text = page.get(address("people", dialogue)).content.decode()

    assert "Tisch 1" in text
    assert "Presse" in text
    assert "Leise" not in text
    assert "citizen@example.org" not in text
    assert "observer@example.org" not in text


def test_announcing(page: Client, dialogue: Dialogue) -> None:
    page.post(address("announce", dialogue))

    dialogue.refresh_from_db()
    assert dialogue.state == "announced"
    assert kinds_recorded(dialogue) == ["dialogue.announced"]


def test_announcing_an_empty_agenda_is_refused(
    page: Client, dialogue: Dialogue
) -> None:
    dialogue.agenda.all().delete()

    answer = page.post(address("announce", dialogue), follow=True)

    dialogue.refresh_from_db()
    assert dialogue.state == "draft"
    assert "at least one agenda item" in answer.content.decode()


@pytest.mark.parametrize("name", ["overview", "poster"])
def test_way_in_is_shown(name: str, page: Client, dialogue: Dialogue) -> None:
    text = page.get(address(name, dialogue)).content.decode()

    assert f"http://testserver/d/{dialogue.code}/" in text
    assert f"{dialogue.code[:4]} {dialogue.code[4:]}" in text
    assert '<svg viewBox="' in text
    assert "style=" not in text


def test_created_dialogues_have_different_addresses() -> None:
    project = make_project()

    first = create_dialogue(project=project, facts=basics())
    second = create_dialogue(project=project, facts=basics())

    assert (first.slug, second.slug) == ("sicher-zur-schule", "sicher-zur-schule-2")
    assert first.code != second.code
