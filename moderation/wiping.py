"""Wiping a rehearsal: everything that hangs on it is removed, and nothing else.

Found by the relations between the tables, so that a table which somebody adds later is
wiped too. The database itself refuses to remove what is protected, except for a stream
that was made for a rehearsal (`ledger.triggers`).
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, Message, Person
from dialogue.models import Dialogue, HelpCall, Material
from dialogue.rehearsing import end_rehearsal, lost_rehearsals, rehearsals_to_wipe
from ledger.actions import act
from ledger.models import Stream
from projects.models import Project
from proposals import box
from proposals.models import Ballot
from shared.errors import Refusal
from shared.rows import Listed

logger = logging.getLogger(__name__)
Model = type[models.Model]


@act()
def wipe_rehearsal(*, dialogue: Dialogue) -> None:
    """Remove a rehearsal that is over: rows, boxes, files, guests, messages."""
    dialogue = (
        Dialogue.objects.select_for_update(of=("self",))
        .select_related("stream")
        .get(pk=dialogue.pk)
    )
    if not (dialogue.is_rehearsal and dialogue.stream.is_rehearsal):
        raise Refusal(
            "rehearsal.none", _("This is no rehearsal. Nothing of it can be wiped.")
        )
    if not dialogue.rehearsal.is_over:
        raise Refusal(
            "rehearsal.running",
            _("The simulated citizens are still there. Please stop them first."),
        )
    secret = dialogue.ballots.filter(
        state__in=Ballot.RUNNING, secrecy=Ballot.Secrecy.SECRET
    )
    for ballot in secret.select_for_update():
        box.drop(ballot)
    files = _own_files(dialogue)
    guests = _guests(dialogue)
    Consent.objects.filter(context=f"dialogue:{dialogue.pk}").delete()
    Message.objects.filter(link__contains=f"/d/{dialogue.code}/").delete()
    _remove(_belonging_to(dialogue))
    Person.objects.filter(
        pk__in=Listed(guests), email=None, participations=None
    ).delete()
    transaction.on_commit(lambda: _forget(files))


def look_after_rehearsals() -> None:
    """By the clock: end those whose crowd is lost, wipe those that are long over."""
    for rehearsal in lost_rehearsals():
        end_rehearsal(rehearsal_pk=rehearsal.pk, trouble=str(_LOST))
    for rehearsal in rehearsals_to_wipe().select_related("dialogue"):
        try:
            wipe_rehearsal(dialogue=rehearsal.dialogue)
        except Refusal:
            logger.exception("rehearsal %s cannot be wiped", rehearsal.pk)


_LOST = _("The simulated citizens are gone. Is a worker for rehearsals running?")


def _belonging_to(dialogue: Dialogue) -> dict[Model, set[Any]]:
    """Model -> keys of the rows that cannot be without this dialogue or its stream.

    In the order of discovery: what points to something stands after it.
    """
    found: dict[Model, set[Any]] = {
        Stream: {dialogue.stream_id},
        Dialogue: {dialogue.pk},
    }
    fresh: list[tuple[Model, set[Any]]] = list(found.items())
    while fresh:
        target, keys = fresh.pop(0)
        for model, field in _pointing_to(target):
            if _lets_go(field):
                continue
            rows = model._base_manager.filter(**{f"{field.name}__in": Listed(keys)})
            new = set(rows.values_list("pk", flat=True)) - found.get(model, set())
            if new:
                found[model] = found.pop(model, set()) | new
                if not isinstance(model._meta.pk, models.CompositePrimaryKey):
                    fresh.append((model, new))
    if found[Dialogue] != {dialogue.pk} or {Person, Project} & found.keys():
        raise RuntimeError("A rehearsal's rows lead to what is no part of it.")
    return found


def _pointing_to(target: Model) -> Iterator[tuple[Model, models.ForeignKey]]:
    for relation in target._meta.get_fields(include_hidden=True):
        if relation.auto_created and (relation.one_to_many or relation.one_to_one):
            yield relation.related_model, relation.field  # type: ignore[misc, union-attr]


def _lets_go(field: models.ForeignKey) -> bool:
    """Whether its row can be without what it points to."""
    return field.remote_field.on_delete is models.SET_NULL


def _remove(found: dict[Model, set[Any]]) -> None:
    """Foreign keys are checked at the commit, so rows may go in any order; what a
    trigger asks about (the stream, the dialogue, a decision) goes after what asks."""
    for target, keys in found.items():
        if isinstance(target._meta.pk, models.CompositePrimaryKey):
            continue
        for model, field in _pointing_to(target):
            if _lets_go(field):
                rows = model._base_manager.filter(**{f"{field.name}__in": Listed(keys)})
                rows.exclude(pk__in=_plain(found.get(model, ()))).update(
                    **{field.name: None}
                )
    later: list[Model] = [Dialogue, Stream]
    for model in [*(m for m in reversed(found) if m not in later), *later]:
        rows = model._base_manager.filter(pk__in=_plain(found[model]))
        rows._raw_delete(rows.db)


def _plain(keys: Any) -> Any:
    """Composite keys cannot go as one parameter."""
    composite = any(isinstance(key, tuple) for key in keys)
    return list(keys) if composite or not keys else Listed(keys)


def _guests(dialogue: Dialogue) -> set[int]:
    """Who is known by this rehearsal alone; all simulated citizens are."""
    inside = dialogue.participations.values_list("person_id", flat=True)
    called = HelpCall.objects.filter(dialogue=dialogue)
    return {*inside, *called.values_list("person_id", flat=True)}


def _own_files(dialogue: Dialogue) -> list[str]:
    """Files that no other dialogue uses."""
    files = Material.objects.exclude(file="")
    own = set(files.filter(item__dialogue=dialogue).values_list("file", flat=True))
    others = files.filter(file__in=own).exclude(item__dialogue=dialogue)
    return sorted(own - set(others.values_list("file", flat=True)))


def _forget(files: list[str]) -> None:
    for name in files:
        default_storage.delete(name)
