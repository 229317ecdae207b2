"""Pages of planning: basics, agenda, materials."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from dialogue import texts
from dialogue.models import AgendaItem, Dialogue, Material
from dialogue.planning import (
    add_material,
    delete_item,
    remove_material,
    save_dialogue,
)
from dialogue.planning_queries import plan_of
from dialogue.running_orders import ALLOWED_BY_KIND
from dialogue.uploads import check_upload
from projects.actions import assign_staff
from tests.dialogue.planning_support import (
    BERLIN,
    EVENING,
    FOREIGN,
    JSON,
    address,
    basics,
    kinds_recorded,
    refused_code,
    sent,
    signed_in,
)
from tests.factories import (
    make_dialogue,
    make_item,
)

pytestmark = pytest.mark.django_db


# --- basics ------------------------------------------------------------------
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
    facts = vars(basics()) | {
        "starts_at": "2027-03-04T18:00",
        "ends_by": "",
        "mode": "hybrid",
    }

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
    facts = vars(basics(summary="Eigene Worte.")) | {"starts_at": "soon", "ends_by": ""}

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
    facts = vars(basics(ground_rules="Neu")) | {
        "starts_at": "2027-03-04T18:00",
        "ends_by": "",
    }

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


# --- agenda: pages -----------------------------------------------------------
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


# --- materials ---------------------------------------------------------------
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
