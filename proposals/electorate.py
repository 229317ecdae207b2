"""Who may vote in a ballot: what each electorate guards against, and what not."""

from dialogue.models import Dialogue, Participation
from dialogue.rules import takes_part
from proposals.models import Ballot


def electors(ballot: Ballot, dialogue: Dialogue) -> list[Participation]:
    """Everybody who belongs on the roll now, in the order of joining."""
    rows = dialogue.participations.select_related("person", "invitation", "ticket")
    return [
        row
        for row in rows.order_by("pk")
        if takes_part(row, dialogue) and _belongs(row, ballot.electorate)
    ]


def _belongs(row: Participation, electorate: str) -> bool:
    if electorate == Ballot.Electorate.ACCOUNT:
        return not row.person.is_guest
    if electorate == Ballot.Electorate.CODE:
        return hasattr(row, "invitation")
    if electorate == Ballot.Electorate.HALL:
        return hasattr(row, "ticket") and row.ticket.checked_in_at is not None
    return True
