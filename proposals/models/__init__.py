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
from proposals.models.channels import (
    Channel,
    HandCount,
    HandMark,
    HandSheet,
    Ticket,
    TicketRollEntry,
)
from proposals.models.contributions import (
    Comment,
    Contribution,
    ParkedTopic,
    Proposal,
    Question,
    ReactionCount,
    Revision,
    Stance,
    Support,
    new_salt,
)
from proposals.models.maps import OpinionMap, StatementMark

__all__ = [
    "Ballot",
    "Channel",
    "Comment",
    "Contribution",
    "HandCount",
    "HandMark",
    "HandSheet",
    "HoldingRule",
    "Mark",
    "OpinionMap",
    "Option",
    "ParkedTopic",
    "Proposal",
    "Question",
    "ReactionCount",
    "Revision",
    "RollEntry",
    "SealedMark",
    "Stance",
    "StatementMark",
    "Support",
    "Tally",
    "TallyRow",
    "Ticket",
    "TicketRollEntry",
    "Vote",
    "WordList",
    "new_salt",
]
