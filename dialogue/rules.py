"""Rights in a dialogue, asked of a Participation.

The stage is part of the right: `stage_allows` reads the current agenda item.
Names are "dialogue.verb_noun"; predicates get (participation, dialogue).
"""

import rules

from accounts.models import Person
from accounts.rules import is_administrator
from dialogue.models import Dialogue, Participation
from dialogue.qualified_queries import qualification_in
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
def is_live(__: object, dialogue: Dialogue) -> bool:
    return dialogue.state == Dialogue.State.LIVE


@rules.predicate
def is_over(__: object, dialogue: Dialogue) -> bool:
    return dialogue.is_over


@rules.predicate
def is_qualified(participation: Participation, dialogue: Dialogue) -> bool:
    """Asks the database: stand behind a predicate that is false for citizens."""
    return qualification_in(participation, dialogue).is_complete


leads = has_role(Role.LEAD_MODERATOR)
# Dialogues are led by those who have learned it; see `explain_steering`.
steers = leads & is_qualified
hosts = has_role(Role.LEAD_MODERATOR, Role.TECHNICAL_HOST)
moderates = has_role(Role.LEAD_MODERATOR, Role.TABLE_MODERATOR)
on_desk = has_role(*Participation.OFFICIAL_ROLES)
takes_part = has_role(Role.PARTICIPANT, *Participation.OFFICIAL_ROLES)

rules.add_perm("dialogue.enter_room", is_admitted)
rules.add_perm("dialogue.enter_desk", on_desk)
rules.add_perm("dialogue.steer_agenda", steers)
rules.add_perm("dialogue.close_dialogue", steers)
rules.add_perm("dialogue.state_conflict", on_desk & ~is_over)
rules.add_perm("dialogue.show_projection", leads | hosts)
rules.add_perm("dialogue.answer_help", hosts)
rules.add_perm("dialogue.change_participation", hosts)
# Which circle's list it is, is asked in dialogue/circles.py.
rules.add_perm("dialogue.raise_hand", takes_part & may_speak & is_live)
rules.add_perm("dialogue.lower_hand", takes_part & is_running)
rules.add_perm("dialogue.keep_speakers", moderates & is_running)
rules.add_perm("dialogue.give_floor", moderates & is_live)
# Whoever asks is forgotten, after the end as well.
rules.add_perm("dialogue.forget_speaker", leads)
rules.add_perm("dialogue.take_chair", steers & ~is_over)
# Whoever may steer no longer can still give it away.
rules.add_perm("dialogue.hand_chair", leads & ~is_over)
rules.add_perm("dialogue.claim_entry", on_desk)
rules.add_perm("dialogue.make_announcement", hosts & ~is_over)
rules.add_perm("dialogue.write_to_team", on_desk & ~is_over)
rules.add_perm("dialogue.set_pace", moderates & ~is_over)
rules.add_perm("dialogue.arrange_tables", leads & ~is_over)
# What runs is brought to its end whatever became of a certificate, as a ballot is.
rules.add_perm("dialogue.begin_round", steers & ~is_over)
rules.add_perm("dialogue.lead_table", moderates & ~is_over)
rules.add_perm("dialogue.choose_table", has_role(Role.PARTICIPANT) & ~is_over)
rules.add_perm("dialogue.speak_at_table", takes_part & may_speak & is_running)


@rules.predicate
def works_on(person: Person | None, dialogue: Dialogue) -> bool:
    return works_on_project(person, dialogue.project)


# Planning is a right of the city's staff, not of a role in the room.
rules.add_perm("dialogue.plan_dialogue", works_on | is_administrator)
rules.add_perm("dialogue.grant_exception", is_administrator)

rules.add_perm("dialogue.read_minutes", (is_admitted & is_over) | on_desk)
rules.add_perm("dialogue.remark_minutes", moderates)
rules.add_perm("dialogue.ask_correction", takes_part & is_over)
rules.add_perm("dialogue.answer_correction", moderates & is_over)
rules.add_perm("dialogue.freeze_minutes", leads & is_over)
