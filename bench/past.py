"""What was said and voted before: stances, comments and closed ballots in bulk."""

from dialogue.models import Dialogue, Participation
from proposals.models import (
    Ballot,
    Comment,
    Mark,
    Option,
    Proposal,
    RollEntry,
    Stance,
    Tally,
    Vote,
)
from shared import clock


def add_past(
    dialogue: Dialogue,
    guests: list[Participation],
    proposals: list[Proposal],
    votes: int,
) -> int:
    """Half of `votes` are stances, half votes in closed ballots, by the last of the
    guests; each proposal has a comment. Returns the stances of each proposal."""
    if not votes:
        return 0
    each = votes // 2 // len(proposals)
    Stance.objects.bulk_create(
        (
            Stance(participation=guest, proposal=proposal, value=Stance.Value.AGREE)
            for proposal in proposals
            for guest in guests[len(guests) - each :]
        ),
        batch_size=500,
    )
    Proposal.objects.filter(dialogue=dialogue).update(agrees=each, comments_count=1)
    Comment.objects.bulk_create(
        Comment(proposal=row, author=guests[0], text="Ja.", written_at=clock.now())
        for row in proposals
    )
    voters = guests[-1000:]
    for number in range(votes // 2 // len(voters)):
        _add_ballot(dialogue, voters, number)
    return each


def _add_ballot(dialogue: Dialogue, voters: list[Participation], number: int) -> None:
    ballot = Ballot.objects.create(
        dialogue=dialogue,
        title=f"Abstimmung {number + 1}",
        method=Ballot.Method.YES_NO,
        secrecy=Ballot.Secrecy.OPEN,
        state=Ballot.State.CLOSED,
        opened_at=clock.now(),
        closed_at=clock.now(),
        roll_size=len(voters),
        turnout=len(voters),
    )
    option, other = Option.objects.bulk_create(
        Option(ballot=ballot, position=place, title=title, key=key)
        for place, (title, key) in enumerate([("Ja", "yes"), ("Nein", "no")])
    )
    roll = RollEntry.objects.bulk_create(
        RollEntry(ballot=ballot, participation=voter, has_voted=True)
        for voter in voters
    )
    cast = Vote.objects.bulk_create(
        [Vote(roll_entry=entry, ballot=ballot) for entry in roll]
    )
    Mark.objects.bulk_create([Mark(vote=vote, option=option) for vote in cast])
    tally = Tally.objects.create(
        ballot=ballot,
        eligible=len(voters),
        turnout=len(voters),
        verdict="adopted",
        ballots_digest="0" * 64,
        counted_at=clock.now(),
    )
    for row in (option, other):
        number = len(voters) if row == option else 0
        tally.rows.create(option=row, number=number, is_chosen=bool(number))
