"""Verbs of planning: a dialogue, its agenda and its materials.

The views have checked "dialogue.plan_dialogue". A closed dialogue is never
changed; one that is known already tells its open screens.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dialogue.actions import note_agenda_changed
from dialogue.models import AgendaItem, Dialogue, Material
from dialogue.planning_facts import DialogueFacts, ItemFacts
from dialogue.queries import forbidden
from dialogue.running_orders import RunningOrder
from dialogue.uploads import CheckedFile
from ledger.actions import act
from ledger.models import Stream
from projects.models import Project
from projects.slugs import free_slug
from shared.errors import Refusal
from shared.texts import clean_text

State = Dialogue.State
MOST_ITEMS = 60
MOST_MATERIALS = 20
# What people accept when they come in is not changed behind their backs.
KEPT_WHEN_BEGUN = ("mode", "ground_rules", "privacy_notice")


def has_begun(dialogue: Dialogue) -> bool:
    """Whether somebody may have come in already."""
    return dialogue.state not in (State.DRAFT, State.ANNOUNCED)


@act()
def create_dialogue(*, project: Project, facts: DialogueFacts) -> Dialogue:
    """A draft with its own ledger stream, code and address."""
    dialogue = Dialogue(
        project=project,
        stream=Stream.objects.create(),
        slug=free_slug(Dialogue, facts.title, "dialog"),
    )
    for field in fields(facts):
        setattr(dialogue, field.name, getattr(facts, field.name))
    dialogue.save()
    return dialogue


@act()
def save_dialogue(*, dialogue: Dialogue, facts: DialogueFacts) -> Dialogue:
    """Change the basics. Once the doors are open, mode and accepted texts stay."""
    dialogue = _open_for_planning(dialogue)
    if has_begun(dialogue):
        for name in KEPT_WHEN_BEGUN:
            if clean_text(getattr(facts, name)) != clean_text(getattr(dialogue, name)):
                raise Refusal(
                    "dialogue.begun",
                    _("The doors are open: mode, ground rules and privacy notice "
                      "stay as people accepted them."),
                    field=name,
                )  # fmt: skip
    for field in fields(facts):
        setattr(dialogue, field.name, getattr(facts, field.name))
    dialogue.save(update_fields=[field.name for field in fields(facts)])
    if dialogue.mode != Dialogue.Mode.ONLINE:
        # Dates of an item go before its minutes; in one evening they mean nothing.
        dialogue.agenda.update(opens_at=None, closes_at=None)
    _tell(dialogue)
    return dialogue


@act()
def save_item(
    *, dialogue: Dialogue, facts: ItemFacts, item_pk: int | None = None
) -> AgendaItem:
    """Change an agenda item, or add one at the end."""
    dialogue = _open_for_planning(dialogue)
    if item_pk is not None:
        item = _item(dialogue, item_pk)
    elif dialogue.agenda.count() >= MOST_ITEMS:
        raise Refusal("agenda.full", _("An agenda has at most 60 items."))
    else:
        last = dialogue.agenda.aggregate(last=Max("position"))["last"]
        item = AgendaItem(dialogue=dialogue, position=0 if last is None else last + 1)
    _check_dates(dialogue, facts)
    _write_item(item, facts)
    _tell(dialogue)
    return item


def _check_dates(dialogue: Dialogue, facts: ItemFacts) -> None:
    online = dialogue.mode == Dialogue.Mode.ONLINE
    if not online and (facts.opens_at or facts.closes_at):
        raise Refusal(
            "agenda.dates_of_evening",
            _("Only a dialogue over several days has dates per agenda item."),
            status=400,
            field="opens_at",
        )
    if online and not (facts.opens_at and facts.closes_at):
        raise Refusal(
            "agenda.dates_missing",
            _("An online dialogue needs the dates of each agenda item."),
            status=400,
            field="closes_at" if facts.opens_at else "opens_at",
        )
    if facts.opens_at and facts.closes_at and facts.closes_at <= facts.opens_at:
        raise Refusal(
            "agenda.closes_before_opening",
            _("An agenda item cannot close before it opens."),
            status=400,
            field="closes_at",
        )


def _write_item(item: AgendaItem, facts: ItemFacts) -> None:
    for field in fields(facts):
        if field.name != "allowed":
            setattr(item, field.name, getattr(facts, field.name))
    for action in AgendaItem.ACTIONS:
        setattr(item, f"allows_{action}", action in facts.allowed)
    item.save()


@act()
def move_item(*, dialogue: Dialogue, item_pk: int, step: int) -> None:
    """Move an item up (-1) or down (1); at the ends nothing happens."""
    dialogue = _open_for_planning(dialogue)
    item = _item(dialogue, item_pk)
    agenda = list(dialogue.agenda.all())
    here = agenda.index(item)
    there = min(max(here + step, 0), len(agenda) - 1)
    agenda.insert(there, agenda.pop(here))
    for position, row in enumerate(agenda):
        row.position = position
    AgendaItem.objects.bulk_update(agenda, ["position"])
    _tell(dialogue)


@act()
def delete_item(*, dialogue: Dialogue, item_pk: int) -> None:
    """Take an item off the agenda; refused for one that runs or has run."""
    dialogue = _open_for_planning(dialogue)
    item = _item(dialogue, item_pk)
    if item.pk == dialogue.current_id:
        raise Refusal(
            "agenda.current",
            _("This agenda item is running. Move on before you delete it."),
        )
    if item.steps.exists():
        raise Refusal(
            "agenda.has_run",
            _("This agenda item has run and belongs to the record."),
        )
    _forget_files(item.materials.all())
    item.delete()
    _tell(dialogue)


@act()
def apply_running_order(*, dialogue: Dialogue, order: RunningOrder) -> list[AgendaItem]:
    """Fill an empty agenda with `order`, counted from the dialogue's beginning."""
    dialogue = _open_for_planning(dialogue)
    if dialogue.agenda.exists():
        raise Refusal(
            "agenda.not_empty",
            _("The agenda has items already. A running order fills an empty one."),
        )
    if order.is_online != (dialogue.mode == Dialogue.Mode.ONLINE):
        raise Refusal(
            "agenda.other_mode",
            _("This running order does not fit the mode of the dialogue."),
        )
    items = []
    for position, step in enumerate(order.steps):
        item = AgendaItem(dialogue=dialogue, position=position)
        for name in step.COPIED:
            setattr(item, name, getattr(step, name))
        for action in step.allows.split():
            setattr(item, f"allows_{action}", True)
        if step.days is not None:
            first, last = step.days
            # Local time: the hour stays the same when the clocks change.
            begins_at = timezone.localtime(dialogue.starts_at)
            item.opens_at = begins_at + timedelta(days=first)
            item.closes_at = begins_at + timedelta(days=last)
        items.append(item)
    AgendaItem.objects.bulk_create(items)
    _tell(dialogue)
    return items


@act()
def add_material(
    *,
    dialogue: Dialogue,
    item_pk: int,
    title: str,
    description: str = "",
    checked: CheckedFile | None = None,
    link: str = "",
) -> Material:
    """Add a checked file or a link to an item: one of the two.

    A picture needs words for those who cannot see it.
    """
    dialogue = _open_for_planning(dialogue)
    item = _item(dialogue, item_pk)
    if (checked is None) == (not link):
        raise Refusal(
            "material.one_of_two",
            _("Please choose a file or enter a link, one of the two."),
            status=400,
            field="file",
        )
    kind = checked.kind if checked else Material.Kind.LINK
    if kind == Material.Kind.PICTURE and not description:
        raise Refusal(
            "material.undescribed",
            _("Please say what the picture shows, for those who cannot see it."),
            status=400,
            field="description",
        )
    facts = item.materials.aggregate(last=Max("position"))
    if item.materials.count() >= MOST_MATERIALS:
        raise Refusal("material.full", _("An agenda item has at most 20 materials."))
    material = Material(
        item=item,
        kind=kind,
        title=title,
        description=description,
        link=link,
        position=0 if facts["last"] is None else facts["last"] + 1,
    )
    if checked is not None:
        material.file.save(checked.name, ContentFile(checked.content), save=False)
    try:
        with transaction.atomic():
            material.save()
            _tell(dialogue)
    except BaseException:
        # No file without its row.
        if material.file:
            material.file.storage.delete(str(material.file.name))
        raise
    return material


@act()
def remove_material(*, dialogue: Dialogue, item_pk: int, material_pk: int) -> None:
    """Take a material away; its file goes after the commit."""
    dialogue = _open_for_planning(dialogue)
    material = _item(dialogue, item_pk).materials.filter(pk=material_pk).first()
    if material is None:
        raise forbidden()
    _forget_files([material])
    material.delete()
    _tell(dialogue)


def _forget_files(materials: Iterable[Material]) -> None:
    for material in materials:
        if material.file:
            _forget_file(material.file.storage, str(material.file.name))


def _forget_file(storage: Storage, name: str) -> None:
    transaction.on_commit(lambda: storage.delete(name))


def _item(dialogue: Dialogue, item_pk: int) -> AgendaItem:
    item = dialogue.agenda.filter(pk=item_pk).first()
    if item is None:
        raise forbidden()
    return item


def _open_for_planning(dialogue: Dialogue) -> Dialogue:
    """The dialogue, locked against a change of course; Refusal if it is closed."""
    dialogue = Dialogue.objects.select_for_update().get(pk=dialogue.pk)
    if dialogue.is_over:
        raise Refusal(
            "dialogue.closed",
            _("This dialogue is closed. Its plan belongs to the record."),
        )
    return dialogue


def _tell(dialogue: Dialogue) -> None:
    """Open screens hear of a changed plan; nobody watches a draft."""
    if dialogue.state != State.DRAFT:
        note_agenda_changed(dialogue=dialogue)
