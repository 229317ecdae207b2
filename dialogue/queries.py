"""Reading dialogues. `access_*` fetches an object together with its right."""

from typing import Any

import rules
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.models import Dialogue, Participation
from dialogue.qualified_queries import explain_steering
from shared.errors import Refusal


def forbidden() -> Refusal:
    """The same answer for "is not there" and "is not yours"."""
    return Refusal(
        "right.missing",
        _("You cannot do this here. It may not exist, or it is not open to you."),
        status=403,
    )


def dialogues_for(person: Person | None) -> QuerySet[Dialogue]:
    """Dialogues the public may know of: announced or later, in public projects."""
    del person  # staff see their drafts on the staff pages
    return (
        Dialogue.objects.exclude(state=Dialogue.State.DRAFT)
        .filter(project__published_at__isnull=False, rehearsal_of=None)
        .select_related("project", "current")
    )


def find_dialogue(code: str) -> Dialogue:
    """The dialogue with this join code, in any state; Refusal if there is none."""
    dialogue = (
        Dialogue.objects.filter(code=code.upper())
        .select_related("project", "stream", "current")
        .first()
    )
    if dialogue is None:
        raise Refusal(
            "code.unknown",
            _("There is no dialogue with this code. Please check the eight signs."),
            status=404,
            field="code",
        )
    return dialogue


def participation_of(person: Any, dialogue: Dialogue) -> Participation | None:
    """The person's participation, or None; excluded ones included."""
    if not person.is_authenticated:
        return None
    return (
        Participation.objects.filter(person=person, dialogue=dialogue)
        .select_related("person")
        .first()
    )


def access_participation(
    person: Any, dialogue: Dialogue, right: str = "dialogue.enter_room"
) -> Participation:
    """The person's participation if it holds `right`; Refusal otherwise."""
    participation = participation_of(person, dialogue)
    if not rules.has_perm(right, participation, dialogue):
        raise forbidden()
    assert participation is not None  # noqa: S101 -- no right holds for nobody
    return participation


def share_lock(model: Any, pks: list[int]) -> None:
    """Hold rows against closing and hiding, not against counting.

    PostgreSQL: FOR KEY SHARE lets ordinary updates pass (the counts) and stops
    FOR UPDATE (closing). SQLite has one writer at a time anyway. Whoever counts
    on a row or names it by foreign key shares it before the stream is locked;
    else the two would wait for each other.
    """
    if connection.vendor == "postgresql" and pks:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {model._meta.db_table} "  # noqa: S608 -- a table of ours
                "WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [pks],
            )


def fresh(participation: Participation) -> tuple[Participation, Dialogue]:
    """Participation and dialogue as they stand now, for a command's checks.

    Holds the dialogue against being closed before the command has committed.
    """
    share_lock(Dialogue, [participation.dialogue_id])
    row = Participation.objects.select_related(
        "person", "dialogue__project", "dialogue__current"
    ).get(pk=participation.pk)
    return row, row.dialogue


def require(right: str, participation: Participation, dialogue: Dialogue) -> None:
    """Refuse unless `participation` holds `right`, saying what is missing."""
    if rules.has_perm(right, participation, dialogue):
        return
    if participation.state == Participation.State.EXCLUDED:
        raise Refusal(
            "participation.excluded",
            _("You are excluded from this dialogue."),
            status=403,
        )
    if participation.is_silenced() and not participation.is_moderator:
        raise Refusal(
            "participation.silenced",
            _("The moderation has asked you to listen for a while."),
            status=403,
        )
    if dialogue.state == Dialogue.State.CLOSED:
        raise Refusal(
            "dialogue.closed",
            _("This dialogue is closed. The result stands in the project."),
        )
    explain_steering(right, participation, dialogue)
    if dialogue.state == Dialogue.State.PAUSED:
        raise Refusal(
            "dialogue.paused",
            _("The dialogue is paused. Please try again when it goes on."),
        )
    if participation.role == Participation.Role.OBSERVER:
        raise Refusal(
            "role.observer",
            _("You are here as an observer: you can follow, but not take part."),
            status=403,
        )
    raise Refusal(
        "agenda.not_now",
        _("This is not open at this point of the agenda. Your text stays here."),
        status=403,
    )
