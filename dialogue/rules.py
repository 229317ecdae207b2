"""Rights in a dialogue, asked of a Participation.

The stage is part of the right: `stage_allows` reads the current agenda item.
Names are "dialogue.verb_noun"; predicates get (participation, dialogue).
"""

import rules

from accounts.models import Person
from accounts.rules import is_administrator
from dialogue.models import Dialogue, Participation
from projects.rules import works_on as works_on_project

Role = Participation.Role


def has_role(*roles: str) -> rules.Predicate:
    """Predicate: admitted in one of `roles`."""

    @rules.predicate(f"has_role:{','.join(roles)}")
    def predicate(participation: Participation | None, __: object) -> bool:
        return bool(
            participation
            and participation.state == Participation.State.ADMITTED
            and participation.role in roles
        )

    return predicate


def stage_allows(action: str) -> rules.Predicate:
    """Predicate: the dialogue is live and its current item allows `action`."""

    @rules.predicate(f"stage_allows:{action}")
    def predicate(__: object, dialogue: Dialogue) -> bool:
        return dialogue.allows(action)

    return predicate


@rules.predicate
def is_admitted(participation: Participation | None, __: object) -> bool:
    return bool(participation and participation.state == Participation.State.ADMITTED)


@rules.predicate
def may_speak(participation: Participation | None, __: object) -> bool:
    return bool(participation and not participation.is_silenced())


@rules.predicate
def is_running(__: object, dialogue: Dialogue) -> bool:
    return dialogue.state in (Dialogue.State.LIVE, Dialogue.State.PAUSED)


@rules.predicate
def is_over(__: object, dialogue: Dialogue) -> bool:
    return dialogue.is_over


leads = has_role(Role.LEAD_MODERATOR)
hosts = has_role(Role.LEAD_MODERATOR, Role.TECHNICAL_HOST)
moderates = has_role(Role.LEAD_MODERATOR, Role.TABLE_MODERATOR)
on_desk = has_role(*Participation.OFFICIAL_ROLES)
takes_part = has_role(Role.PARTICIPANT, *Participation.OFFICIAL_ROLES)

rules.add_perm("dialogue.enter_room", is_admitted)
rules.add_perm("dialogue.enter_desk", on_desk)
rules.add_perm("dialogue.steer_agenda", leads)
rules.add_perm("dialogue.close_dialogue", leads)
rules.add_perm("dialogue.show_projection", leads | hosts)
rules.add_perm("dialogue.answer_help", hosts)
rules.add_perm("dialogue.change_participation", hosts)


@rules.predicate
def works_on(person: Person | None, dialogue: Dialogue) -> bool:
    return works_on_project(person, dialogue.project)


# Planning is a right of the city's staff, not of a role in the room.
rules.add_perm("dialogue.plan_dialogue", works_on | is_administrator)
