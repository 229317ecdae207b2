"""What people contribute, and how they decide."""

from proposals.house import HoldingRule, WordList
from proposals.models.ballots import (
    Ballot,
    Mark,
    Option,
    RollEntry,
    SealedMark,
    Tally,
    TallyRow,
    Vote,
)
from proposals.models.contributions import (
    Comment,
    ParkedTopic,
    Proposal,
    Question,
    ReactionCount,
    Revision,
    Stance,
    Support,
    new_salt,
)

__all__ = [
    "Ballot",
    "Comment",
    "HoldingRule",
    "Mark",
    "Option",
    "ParkedTopic",
    "Proposal",
    "Question",
    "ReactionCount",
    "Revision",
    "RollEntry",
    "SealedMark",
    "Stance",
    "Support",
    "Tally",
    "TallyRow",
    "Vote",
    "WordList",
    "new_salt",
]
