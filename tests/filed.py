"""An evening that was held and closed by the real verbs, with its filed result."""

from dataclasses import dataclass
from typing import Any

from dialogue.models import Dialogue, Participation
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from projects.models import ResultRecord
from proposals.actions import (
    add_comment,
    ask_question,
    revise_proposal,
    submit_proposal,
)
from proposals.ballots import annul_ballot, close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot, Proposal
from proposals.responding import park_topic
from proposals.voting import VoteRequest, cast_votes
from tests.factories import make_dialogue, make_participation, make_person

ALLOWS = "propose comment ask stance vote"


@dataclass
class Evening:
    dialogue: Dialogue
    lead: Participation
    author: Participation
    voters: list[Participation]
    proposals: list[Proposal]
    record: ResultRecord

    @property
    def raw(self) -> bytes:
        return self.record.canonical.encode()

    @property
    def address(self) -> str:
        return self.record.get_absolute_url()


def vote(ballot: Ballot, voter: Participation, *positions: int) -> None:
    """Vote for the options at `positions`."""
    options = list(ballot.options.order_by("position"))
    marks = {options[position].pk: 1 for position in positions}
    (answer,) = cast_votes(
        [VoteRequest(voter.pk, ballot.pk, marks, f"{voter.pk}-{ballot.pk}")]
    )
    if isinstance(answer, Exception):
        raise answer


def hold_evening(**facts: Any) -> Evening:
    """One author with two proposals, three voters, three ballots, one annulled."""
    dialogue = make_dialogue(allows=ALLOWS, title="Abend", **facts)
    lead = make_participation(dialogue, "lead_moderator", display_name="Lea Leitung")
    author = make_participation(
        dialogue, display_name="Ada", person=make_person(email="ada@example.org")
    )
    voters = [make_participation(dialogue) for __ in range(3)]
    proposals = [
        submit_proposal(author=author, title="Zebrastreifen", text="An der Schule."),
        submit_proposal(author=author, title="Tempo 30", reason="Sicherheit."),
        submit_proposal(author=voters[0], title="Bänke", text="Zum Sitzen."),
    ]
    revise_proposal(author=author, proposal_pk=proposals[1].pk, title="Tempo 20")
    add_comment(author=author, proposal_pk=proposals[2].pk, text="Gern im Schatten.")
    ask_question(author=author, text="Wann geht es los?")
    park_topic(author=voters[0], text="Spielplatz")
    park_topic(author=author, text="Radweg")
    bad = submit_proposal(author=voters[1], title="Beleidigung")
    hide_contribution(
        moderator=lead, kind="proposal", pk=bad.pk, rule="insult", reason="Grob."
    )
    secret = draft_ballot(
        moderator=lead, title="Zebrastreifen bauen?", proposals=(proposals[0].pk,)
    )
    open_ballot(moderator=lead, ballot_pk=secret.pk)
    for voter, position in zip(voters, (0, 0, 1), strict=True):
        vote(secret, voter, position)
    close_ballot(moderator=lead, ballot_pk=secret.pk)
    several = draft_ballot(
        moderator=lead,
        title="Was zuerst?",
        method="multiple",
        secrecy="open",
        most_options=2,
        proposals=tuple(proposal.pk for proposal in proposals),
    )
    open_ballot(moderator=lead, ballot_pk=several.pk)
    order = list(
        several.options.order_by("position").values_list("proposal", flat=True)
    )
    first, second = order.index(proposals[0].pk), order.index(proposals[1].pk)
    vote(several, voters[0], first, second)
    vote(several, voters[1], second)
    mistake = draft_ballot(
        moderator=lead, title="Irrtum", method="single", options=("A", "B")
    )
    open_ballot(moderator=lead, ballot_pk=mistake.pk)
    vote(mistake, voters[0], 0)
    annul_ballot(moderator=lead, ballot_pk=mistake.pk, reason="Falsche Frage.")
    record = close_dialogue(moderator=lead)
    dialogue.refresh_from_db()
    return Evening(dialogue, lead, author, voters, proposals, record)
