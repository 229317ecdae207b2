"""Verbs of coming in: join, invite, call for help, be let in, change roles."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions import give_consents
from accounts.models import Consent, Person
from accounts.names import check_display_name, skeleton
from dialogue.chair_watch import look_after_chair
from dialogue.events import (
    HelpAnswered,
    HelpCalled,
    ParticipationChanged,
    ParticipationJoined,
)
from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, HelpCall, Invitation, Participation
from dialogue.queries import forbidden, fresh, require, share_lock
from dialogue.seats import get_up, has_seats_for_late, take_seat
from dialogue.speakers_list import note_absent
from dialogue.speaking import may_have_floor
from dialogue.speaking_turns import erase_person as erase_speaking
from dialogue.speaking_turns import leave_floor
from dialogue.table_watch import look_after_tables
from dialogue.telling import tell
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal
from shared.rows import Listed
from shared.texts import clean_line, clean_text


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@act()
def invite(
    *,
    dialogue: Dialogue,
    label: str,
    role: str = Participation.Role.PARTICIPANT,
    days: int = 30,
) -> tuple[Invitation, str]:
    """A personal invitation and its token, which is shown once and not kept."""
    token = secrets.token_urlsafe(18)
    invitation = Invitation.objects.create(
        dialogue=dialogue,
        label=clean_line(label),
        role=role,
        token_digest=token_digest(token),
        expires_at=clock.now() + timedelta(days=days),
    )
    return invitation, token


def usable_invitation(
    dialogue: Dialogue, token: str, person: Person | None
) -> Invitation:
    """The invitation behind `token`; Refusal if unknown, expired or used up."""
    invitation = (
        dialogue.invitations.filter(token_digest=token_digest(token))
        .select_related("used_by")
        .first()
    )
    used_by_other = bool(
        invitation
        and invitation.used_by
        and (person is None or invitation.used_by.person_id != person.pk)
    )
    if invitation is None or invitation.expires_at < clock.now() or used_by_other:
        raise Refusal(
            "invitation.unusable",
            _("This invitation is not valid (any more). Please ask for help below."),
            status=403,
        )
    return invitation


@act()
def join(
    *,
    person: Person,
    dialogue: Dialogue,
    name: str,
    rules_accepted: bool,
    privacy_accepted: bool,
    invitation: Invitation | None = None,
) -> Participation:
    """Come into `dialogue` under a display name; a second time gives the first."""
    present = Participation.objects.filter(person=person, dialogue=dialogue).first()
    if present is not None:
        return present
    share_lock(Dialogue, [dialogue.pk])
    dialogue.refresh_from_db(fields=["state", "access"])
    if dialogue.state in (Dialogue.State.DRAFT, Dialogue.State.CLOSED):
        raise Refusal(
            "dialogue.not_open", _("This dialogue is not open (any more)."), status=403
        )
    let_in = HelpCall.objects.filter(dialogue=dialogue, person=person, let_in=True)
    if (
        dialogue.access == Dialogue.Access.INVITATION
        and invitation is None
        and not let_in.exists()
    ):
        raise Refusal(
            "invitation.needed",
            _("This dialogue is by invitation. Please use your personal link."),
            status=403,
        )
    if not (rules_accepted and privacy_accepted):
        raise Refusal(
            "consent.missing",
            _("Please accept the ground rules and the privacy notice."),
            status=400,
            field="rules_accepted" if not rules_accepted else "privacy_accepted",
        )
    role = invitation.role if invitation else Participation.Role.PARTICIPANT
    official = role in Participation.OFFICIAL_ROLES
    try:
        participation = _create(
            dialogue, person, check_display_name(name, official=official), role
        )
    except IntegrityError:
        # The person came in meanwhile, by another tab.
        return Participation.objects.get(person=person, dialogue=dialogue)
    give_consents(
        person=person,
        context=f"dialogue:{dialogue.pk}",
        texts={
            Consent.About.GROUND_RULES: dialogue.ground_rules,
            Consent.About.PRIVACY: dialogue.privacy_notice,
        },
    )
    if invitation is not None:
        claimed = Invitation.objects.filter(pk=invitation.pk, used_by=None).update(
            used_by=participation
        )
        if not claimed:
            raise Refusal(
                "invitation.unusable",
                _("This invitation was just used on another device."),
            )
    record(
        dialogue.stream_id,
        ParticipationJoined(participation=participation.pk, concerns=participation.pk),
    )
    if role == Participation.Role.PARTICIPANT and has_seats_for_late(dialogue):
        take_seat(participation=participation)
    return participation


def _create(dialogue: Dialogue, person: Person, name: str, role: str) -> Participation:
    try:
        with transaction.atomic():
            return Participation.objects.create(
                dialogue=dialogue,
                person=person,
                role=role,
                display_name=name,
                name_key=skeleton(name),
                joined_at=clock.now(),
                seen_at=clock.now(),
            )
    except IntegrityError as error:
        if not _is_about_name(error):
            raise
        raise Refusal(
            "name.taken",
            _(
                "Somebody in this dialogue has this name or one that looks like it. "
                "Please add a letter or a number."
            ),
            field="name",
        ) from None


def _is_about_name(error: IntegrityError) -> bool:
    """PostgreSQL names the constraint, SQLite its columns."""
    return "distinct_display_names" in str(error) or "name_key" in str(error)


@act()
def assign_role(
    *, person: Person, dialogue: Dialogue, role: str, name: str
) -> Participation:
    """Staff put somebody into a role, before or during the dialogue."""
    share_lock(Dialogue, [dialogue.pk])
    participation = Participation.objects.filter(
        person=person, dialogue=dialogue
    ).first()
    if participation is None:
        participation = _create(
            dialogue, person, check_display_name(name, official=True), role
        )
        record(
            dialogue.stream_id,
            ParticipationJoined(participation=participation.pk),
        )
        return participation
    participation.role = role
    participation.state = Participation.State.ADMITTED
    participation.save(update_fields=["role", "state"])
    record(
        dialogue.stream_id,
        ParticipationChanged(participation=participation.pk, concerns=participation.pk),
    )
    return participation


@act()
def call_help(*, person: Person, dialogue: Dialogue, name: str, text: str) -> HelpCall:
    """Ask the technical host for help, from the lobby or from the room."""
    if (
        HelpCall.objects.filter(
            dialogue=dialogue, person=person, answered_at=None
        ).count()
        >= 3
    ):
        raise Refusal(
            "help.waiting",
            _("Your calls have arrived. The technical host will answer soon."),
            status=429,
        )
    call = HelpCall.objects.create(
        dialogue=dialogue,
        person=person,
        name=clean_line(name)[:80],
        text=clean_text(text)[:600],
        called_at=clock.now(),
    )
    record(dialogue.stream_id, HelpCalled(call=call.pk))
    return call


@act()
def answer_help(
    *, host: Participation, call_pk: int, answer: str = "", let_in: bool = False
) -> HelpCall:
    """Answer a call; `let_in` opens a dialogue by invitation to the caller.

    What somebody else has answered is not replaced; the caller can still be let in.
    """
    host, dialogue = fresh(host)
    require("dialogue.answer_help", host, dialogue)
    call = (
        HelpCall.objects.select_for_update()
        .filter(pk=call_pk, dialogue=dialogue)
        .first()
    )
    if call is None:
        raise forbidden()
    answer = clean_text(answer)[:600]
    is_by_other = call.answered_at is not None and call.answered_by_id != host.pk
    if is_by_other and (answer or call.let_in or not let_in):
        raise changed_meanwhile(
            dialogue, "help.changed_meanwhile", HelpAnswered.kind, call=call.pk
        )
    call.answer = answer or call.answer
    call.answered_at, call.answered_by = clock.now(), host
    call.let_in = call.let_in or let_in
    call.save()
    caller = Participation.objects.filter(dialogue=dialogue, person=call.person).first()
    record(
        dialogue.stream_id,
        HelpAnswered(call=call.pk, by=host.pk, concerns=caller.pk if caller else None),
    )
    return call


@act()
def change_participation(
    *,
    host: Participation,
    participation_pk: int,
    role: str,
) -> Participation:
    """Give another role; takes effect on open sockets.

    Excluding is a decision with rule and reason: `moderation.people`.
    """
    host, dialogue = fresh(host)
    require("dialogue.change_participation", host, dialogue)
    other = (
        Participation.objects.select_for_update(no_key=True)
        .filter(pk=participation_pk, dialogue=dialogue)
        .first()
    )
    if other is None or other.pk == host.pk:
        raise forbidden()
    official = {role, other.role} & set(Participation.OFFICIAL_ROLES)
    if official and host.role != Participation.Role.LEAD_MODERATOR:
        raise forbidden()
    if other.role == role:
        return other
    before, other.role = other.role, role
    other.save(update_fields=["role"])
    if not may_have_floor(other):
        leave_floor(participation=other, by=host.pk)
    if other.role != Participation.Role.PARTICIPANT:
        get_up(participation=other)
    record(
        dialogue.stream_id,
        ParticipationChanged(
            participation=other.pk,
            by=host.pk,
            role=role,
            before=before,
            concerns=other.pk,
        ),
    )
    tell(
        other,
        dialogue,
        _("Your role in the dialogue has changed"),
        _(
            "Dialogue: %(dialogue)s\nYour role now: %(role)s\n"
            "Changed by: %(name)s\n"
            "Please ask the moderation if you do not know why."
        ),
        role=Participation.Role(role).label,
        name=host.display_name,
    )
    return other


def mark_seen(
    dialogue_pk: int,
    participation_pks: list[int],
    moment: datetime,
    *,
    more_follow: bool = False,
) -> None:
    """Note who is connected: one statement for all of them, no entry. Unless
    `more_follow`, hands, tables and chair of those who have gone, or come back, are
    shown so."""
    Participation.objects.filter(
        dialogue_id=dialogue_pk, pk__in=Listed(participation_pks)
    ).update(seen_at=moment)
    if more_follow:
        return
    note_absent(dialogue_pk=dialogue_pk, moment=moment)
    look_after_tables(dialogue_pk=dialogue_pk)
    look_after_chair(dialogue_pk=dialogue_pk)


@act()
def adopt_guest(*, guest_pk: int, person: Person) -> None:
    """Move a guest's participations to the account just signed in to.

    Consents and calls for help go along. Where the account takes part already,
    the guest's row stays with the guest.
    """
    guest = Person.objects.filter(pk=guest_pk, email=None).first()
    if guest is None:
        return
    taken = Participation.objects.filter(person=person).values("dialogue_id")
    moved = Participation.objects.filter(person=guest).exclude(dialogue_id__in=taken)
    contexts = [f"dialogue:{pk}" for pk in moved.values_list("dialogue_id", flat=True)]
    moved.update(person=person)
    Consent.objects.filter(person=guest, context__in=contexts).update(person=person)
    HelpCall.objects.filter(person=guest).update(person=person)


def erase_person(person: Person) -> None:
    """Take the names out of every dialogue; what was said keeps its pseudonym."""
    erase_speaking(person)
    for participation in Participation.objects.filter(person=person):
        participation.display_name = f"–{participation.pseudonym[:6]}"
        participation.name_key = participation.pseudonym
        participation.save(update_fields=["display_name", "name_key"])
    Invitation.objects.filter(used_by__person=person).update(label="–")
    HelpCall.objects.filter(person=person).delete()
