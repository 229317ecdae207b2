"""Receipts of counted votes: that a vote was counted, never what it was.

A receipt is made of the request that carried the vote, so it says nothing of the
choice; it lies with the roll, never in the box. After closing the receipts of a secret
ballot are shown sorted by their signs: which says neither who, nor in which order.
"""

from proposals.models import Ballot, Option, RollEntry, Vote

Choice = tuple[Option, int]


def counted_receipts(ballot: Ballot) -> list[str]:
    """All receipts of a closed ballot, sorted; none while it runs or if annulled."""
    if ballot.state != Ballot.State.CLOSED:
        return []
    return sorted(
        RollEntry.objects.filter(ballot=ballot, has_voted=True)
        .exclude(receipt="")
        .order_by()
        .values_list("receipt", flat=True)
    )


def plain_receipt(typed: str) -> str:
    """As it is stored, however it was typed: "abcde fghjk" is "ABCDE-FGHJK"."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    return f"{signs[:5]}-{signs[5:]}" if len(signs) == 10 else ""


def vote_of(ballot: Ballot, **whose: object) -> list[Choice] | None:
    """The vote that was counted in a closed open ballot: its options and values.

    `whose`: a receipt, or a participation. None: there is none, or the ballot is
    secret, where nobody can tell.
    """
    if (
        ballot.state != Ballot.State.CLOSED
        or ballot.is_secret
        or not all(whose.values())
    ):
        return None
    vote = (
        Vote.objects.filter(
            ballot=ballot,
            **{f"roll_entry__{key}": value for key, value in whose.items()},
        )
        .prefetch_related("marks__option__proposal", "marks__option__question")
        .first()
    )
    if vote is None:
        return None
    marks = sorted(vote.marks.all(), key=lambda mark: mark.option.position)
    return [(mark.option, mark.value) for mark in marks]
