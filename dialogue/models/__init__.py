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

__all__ = [
    "AgendaItem",
    "AgendaStep",
    "Dialogue",
    "HelpCall",
    "Invitation",
    "Material",
    "Participation",
    "new_code",
    "new_pseudonym",
]
