"""Verbs of planning about people: roles by account, invitations in number."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Person
from dialogue.joining import assign_role, invite
from dialogue.models import Dialogue, Invitation, Participation
from ledger.actions import act
from shared.errors import Refusal
from shared.texts import clean_line

MOST_AT_ONCE = 200
LONGEST_LABEL = 120


@act()
def assign_role_by_mail(
    *, dialogue: Dialogue, email: str, role: str, name: str
) -> Participation:
    """Put the account with `email` into `role` of a dialogue that is not closed."""
    _refuse_closed(dialogue)
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise Refusal(
            "account.unknown",
            _("There is no account with this address. The person can open one first."),
            status=400,
            field="email",
        )
    return assign_role(person=person, dialogue=dialogue, role=role, name=name)


@act()
def invite_many(
    *, dialogue: Dialogue, labels: str, role: str
) -> list[tuple[Invitation, str]]:
    """One invitation per filled line of `labels`, each with its token."""
    _refuse_closed(dialogue)
    lines = [line for raw in labels.splitlines() if (line := clean_line(raw))]
    if not lines:
        raise Refusal(
            "invitation.unlabelled",
            _("Please enter at least one name."),
            status=400,
            field="labels",
        )
    if len(lines) > MOST_AT_ONCE:
        raise Refusal(
            "invitation.too_many",
            ngettext(
                "Please enter at most %(most)d name at once.",
                "Please enter at most %(most)d names at once.",
                MOST_AT_ONCE,
            )
            % {"most": MOST_AT_ONCE},
            status=400,
            field="labels",
        )
    if any(len(line) > LONGEST_LABEL for line in lines):
        raise Refusal(
            "invitation.label_too_long",
            _("A name has at most 120 characters."),
            status=400,
            field="labels",
        )
    return [invite(dialogue=dialogue, label=line, role=role) for line in lines]


@act()
def withdraw_invitation(*, dialogue: Dialogue, invitation_pk: int) -> None:
    """Make an unused invitation void; a used one belongs to who came with it."""
    withdrawn, __ = dialogue.invitations.filter(pk=invitation_pk, used_by=None).delete()
    if not withdrawn:
        raise Refusal(
            "invitation.used",
            _("This invitation was used already, or it does not exist any more."),
        )


def _refuse_closed(dialogue: Dialogue) -> None:
    if dialogue.is_over:
        raise Refusal(
            "dialogue.closed",
            _("This dialogue is closed. Its plan belongs to the record."),
        )
