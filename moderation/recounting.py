"""A filed ballot counted again: whether its votes give what the result says."""

import hashlib

from ledger.chain import canonical
from projects.sheet import BallotResult
from proposals.methods import METHODS
from proposals.methods.outcome import Cast
from proposals.terms import terms_in_file
from shared.errors import Refusal


def votes_digest(ballot: BallotResult) -> str:
    """SHA-256 of the anonymised votes, as the ledger notes it at closing."""
    weighed = sorted(all_votes(ballot))
    sheets = [sheet for sheet, __ in weighed]
    weights = [weight for __, weight in weighed]
    facts = [sheets, weights] if set(weights) - {1} else sheets
    return hashlib.sha256(canonical(facts)).hexdigest()


def all_votes(ballot: BallotResult) -> list[tuple[list[list[int]], int]]:
    """The votes of all channels with their weights, in the file's order."""
    weights = ballot.weights or [1] * len(ballot.votes)
    rows = list(zip(ballot.votes, weights, strict=True))
    rows += [(sheet, 1) for sheets in ballot.channels.values() for sheet in sheets]
    return rows


def ballot_faults(
    ballot: BallotResult, proposals: set[int], questions: set[int]
) -> list[str]:
    """What does not hold in a ballot; its votes are counted again."""
    faults = []
    positions = [option.position for option in ballot.options]
    if positions != list(range(len(positions))):
        faults.append("the options are not numbered in order.")
    if any(option.proposal not in {None, *proposals} for option in ballot.options):
        faults.append("an option names a proposal that is not in the result.")
    if any(option.question not in {None, *questions} for option in ballot.options):
        faults.append("an option names a question that is not in the result.")
    if ballot.previous is not None and not 0 < ballot.previous < ballot.number:
        faults.append("it is the next round of a ballot that was not before it.")
    if bool(ballot.annulled) and ballot.state != "annulled":
        faults.append("it has a reason for being annulled, but is not.")
    if ballot.turnout > ballot.eligible:
        faults.append(f"{ballot.turnout} voted, but {ballot.eligible} could vote.")
    if ballot.weights and (
        len(ballot.weights) != len(ballot.votes) or min(ballot.weights) < 0
    ):
        return [*faults, "the weights are not those of its votes."]
    votes = len(all_votes(ballot))
    if ballot.turnout != votes:
        faults.append(f"the turnout is {ballot.turnout}, but {votes} votes are there.")
    if ballot.state == "annulled":
        if ballot.votes or ballot.channels or ballot.verdict != "annulled":
            faults.append("it is annulled, but has votes or a verdict.")
        if any(option.number or option.is_chosen for option in ballot.options):
            faults.append("it is annulled, but an option has votes.")
        return faults
    if ballot.state != "closed":
        faults.append(f"its state is {ballot.state!r}, neither closed nor annulled.")
    if ballot.method not in METHODS:
        return [*faults, f"the method {ballot.method!r} is not known."]
    if ballot.method == "yes_no" and len(positions) != 3:
        return [*faults, "it has not exactly yes, no and abstain."]
    if faults:
        return faults
    return _recount(ballot)


def _recount(ballot: BallotResult) -> list[str]:
    method = METHODS[ballot.method]
    try:
        terms = terms_in_file(
            ballot.method,
            [(option.position, option.key, option.cost) for option in ballot.options],
            ballot.terms,
            most=ballot.most_options,
            eligible=ballot.eligible,
        )
    except KeyError as error:
        return [f"the term {error} is not known."]
    sheets = []
    for number, (pairs, weight) in enumerate(all_votes(ballot), 1):
        if any(len(pair) != 2 for pair in pairs):
            return [f"vote {number} cannot be read."]
        sheet = {pair[0]: pair[1] for pair in pairs}
        try:
            method.check(sheet, terms)
        except Refusal as refusal:
            return [f"vote {number} is against the rules ({refusal.code})."]
        if len(sheet) != len(pairs):
            return [f"vote {number} names an option twice."]
        sheets.append(Cast(sheet, weight))
    faults = []
    if any(
        votes != sorted(sorted(pairs) for pairs in votes)
        for votes in (ballot.votes, *ballot.channels.values())
    ):
        faults.append("the votes are not sorted, so their order may tell something.")
    outcome = method.count(sheets, terms)
    for option in ballot.options:
        counted = outcome.numbers[option.position]
        if option.number != counted:
            faults.append(
                f"option {option.position} has {option.number} votes, "
                f"counted again {counted}."
            )
        if option.is_chosen != (option.position in outcome.chosen):
            faults.append(
                f"option {option.position} has the wrong mark of being chosen."
            )
    if ballot.verdict != outcome.verdict:
        faults.append(
            f"the verdict is {ballot.verdict!r}, counted again {outcome.verdict!r}."
        )
    return faults
