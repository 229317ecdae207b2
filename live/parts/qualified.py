"""What a lead moderator lacks for steering, and what is stated about interests."""

from dialogue.models import ConflictStatement, Dialogue, Participation
from dialogue.qualified_queries import qualification_in
from live.mine import draw_mine, slot
from live.screens import View

Kind = ConflictStatement.Kind


@slot("qualified", screens=("desk",))
def draw_qualified(
    participation: Participation, dialogue: Dialogue, view: View
) -> str | None:
    """Warnings, and the first statement; nothing for who may steer for long."""
    if participation.role != Participation.Role.LEAD_MODERATOR:
        return None
    here = qualification_in(participation, dialogue)
    if here.is_complete and not here.is_expiring:
        return None
    return draw_mine(
        "qualified", dialogue=dialogue, here=here, kind=here.kind, kinds=Kind.choices
    )


@slot("interest", screens=("desk",))
def draw_interest(
    participation: Participation, dialogue: Dialogue, view: View
) -> str | None:
    """What is stated already, and how to state something else."""
    is_lead = participation.role == Participation.Role.LEAD_MODERATOR
    if not is_lead or dialogue.is_over or dialogue.rehearsal_of_id is not None:
        return None
    row = ConflictStatement.objects.filter(participation=participation.pk).first()
    if row is None:
        return None
    return draw_mine(
        "interest",
        dialogue=dialogue,
        stated=row.get_kind_display(),
        kind=row.kind,
        kinds=Kind.choices,
    )
