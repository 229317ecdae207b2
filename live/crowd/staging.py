"""What a run needs beforehand: a dialogue of ten items, and somebody to lead it."""

from accounts.models import Person
from dialogue.actions import announce_dialogue, open_lobby
from dialogue.joining import assign_role
from dialogue.models import AgendaItem, Dialogue, Participation
from dialogue.qualified import let_program_lead
from ledger.actions import act
from ledger.models import Stream
from projects.models import Project
from shared import clock

Kind = AgendaItem.Kind
# Kind, title, minutes, what is allowed.
AGENDA = (
    (Kind.ARRIVAL, "Ankommen", 5, ""),
    (Kind.INPUT, "Wo es auf dem Schulweg eng wird", 10, "ask"),
    (Kind.QUESTIONS, "Fragen an die Planerin", 10, "ask"),
    (Kind.SMALL_GROUPS, "Vorschläge sammeln", 20, "propose"),
    (Kind.PROPOSALS, "Vorschläge besprechen", 20, "propose comment"),
    (Kind.BREAK, "Pause", 5, ""),
    (Kind.GALLERY, "Meinungsbild", 15, "comment stance"),
    (Kind.BALLOT, "Abstimmung: Womit beginnen?", 5, "vote"),
    (Kind.BALLOT, "Geheime Abstimmung", 5, "vote"),
    (Kind.EVALUATION, "Ausblick und Dank", 5, "comment"),
)


@act()
def evening_of(*, project: Project, slug: str) -> Dialogue:
    """A live dialogue about the way to school; its doors are open."""
    dialogue = Dialogue.objects.create(
        project=project,
        stream=Stream.objects.create(),
        slug=slug,
        title="Sicher zur Schule",
        summary="Ein simulierter Abend.",
        access=Dialogue.Access.OPEN,
        starts_at=clock.now(),
        ground_rules="Wir hören einander zu.",
        privacy_notice="Alle Beteiligten sind simuliert.",
    )
    for position, (kind, title, minutes, allows) in enumerate(AGENDA):
        AgendaItem.objects.create(
            dialogue=dialogue,
            position=position,
            kind=kind,
            title=title,
            minutes=minutes,
            **{f"allows_{action}": True for action in allows.split()},
        )
    announce_dialogue(dialogue=dialogue)
    open_lobby(moderator=lead_of(dialogue))
    return dialogue


def lead_of(dialogue: Dialogue) -> Participation:
    """A lead moderator of the dialogue; made if it has none."""
    role = Participation.Role.LEAD_MODERATOR
    present = dialogue.participations.filter(role=role).select_related("person").first()
    if present is not None:
        return present
    lead = assign_role(
        person=Person.objects.create_guest(),
        dialogue=dialogue,
        role=role,
        name="Moderation (Simulation)",
    )
    let_program_lead(participation=lead, reason="Simulierter Dialog")
    return lead
