"""Everything a dialogue keeps, a file for each part of it."""

from dialogue.models.core import (
    AgendaItem,
    AgendaStep,
    Dialogue,
    HelpCall,
    Invitation,
    Material,
    Participation,
    new_code,
    new_pseudonym,
)
from dialogue.models.desk import Announcement, Claim, Desk, TeamMessage
from dialogue.models.minutes import (
    Conference,
    CorrectionRequest,
    FrozenMinutes,
    MinutesText,
    Remark,
)
from dialogue.models.qualified import ConflictStatement, QualificationException
from dialogue.models.rehearsal import Rehearsal
from dialogue.models.speaking import (
    PLENARY,
    Hand,
    Side,
    Speaker,
    SpeakersList,
    TakenHand,
    Turn,
)
from dialogue.models.tables import (
    Seat,
    SeatingGroup,
    Table,
    TableCall,
    TableNote,
    TableRemark,
    TableRound,
)

__all__ = [
    "PLENARY",
    "AgendaItem",
    "AgendaStep",
    "Announcement",
    "Claim",
    "Conference",
    "ConflictStatement",
    "CorrectionRequest",
    "Desk",
    "Dialogue",
    "FrozenMinutes",
    "Hand",
    "HelpCall",
    "Invitation",
    "Material",
    "MinutesText",
    "Participation",
    "QualificationException",
    "Rehearsal",
    "Remark",
    "Seat",
    "SeatingGroup",
    "Side",
    "Speaker",
    "SpeakersList",
    "Table",
    "TableCall",
    "TableNote",
    "TableRemark",
    "TableRound",
    "TakenHand",
    "TeamMessage",
    "Turn",
    "new_code",
    "new_pseudonym",
]
