"""What would have changed a result: how far it was, and the sentence that says so.

Every number is such that the change gives another result, and one fewer does not, but
"enough", which may be more than needed.
"""

from collections.abc import Sequence
from functools import partial

from django.utils.translation import ngettext

from proposals.explaining.explanation import Names
from proposals.explaining.saying import quoted
from proposals.methods.choosing import votes_needed
from proposals.methods.gradients import STEPS, median_of
from proposals.methods.outcome import Outcome, Terms, Turn
from proposals.methods.turning import fewest


# --- how far it was -----------------------------------------------------------
def behind(outcome: Outcome, option: int) -> int:
    """How far an option is behind the one in front; 0 for one of equals."""
    first = outcome.ranking[0][0]
    return abs(outcome.numbers[first] - outcome.numbers[option])


def more_votes(outcome: Outcome, terms: Terms, option: int) -> Turn:
    return Turn("votes", behind(outcome, option) + 1, option)


def more_points(outcome: Outcome, terms: Terms, option: int) -> Turn:
    return Turn("points", behind(outcome, option) + 1, option)


def higher_ratings(outcome: Outcome, terms: Terms, option: int) -> Turn:
    """Points, if the votes cast have room for them; else votes."""
    gap, span = behind(outcome, option), terms.highest - terms.lowest
    room = terms.highest * _rated(outcome, terms) - outcome.numbers[option]
    if gap < room:
        return Turn("points", gap + 1, option)
    return Turn("rated", gap // span + 1, option)


def less_resistance(outcome: Outcome, terms: Terms, option: int) -> Turn:
    """As far as there is some; else votes without any."""
    gap = behind(outcome, option)
    if gap < outcome.numbers[option]:
        return Turn("resistance", gap + 1, option)
    return Turn("accepted", gap // terms.highest + 1, option)


def more_first_places(outcome: Outcome, terms: Terms, option: int) -> Turn:
    """Borda: alone in front of n options, it gains n points on each of the others."""
    return Turn("alone", behind(outcome, option) // len(terms.options) + 1, option)


def _rated(outcome: Outcome, terms: Terms) -> int:
    turnout = next(step for step in outcome.rounds if step.kind == "turnout")
    return int(turnout.facts["votes"]) - int(turnout.facts["abstained"])


def votes_to_threshold(outcome: Outcome, terms: Terms, option: int) -> Turn:
    """Of the votes cast, or of the roll."""
    turnout = next(step for step in outcome.rounds if step.kind == "turnout")
    kind, of = "of_votes", int(turnout.facts["votes"])
    if terms.base == "roll":
        kind, of = "to_threshold", terms.eligible
    needed = votes_needed(terms.threshold, of)
    return Turn(kind, needed - outcome.numbers[option], option)


def ratings_to_threshold(outcome: Outcome, terms: Terms, option: int) -> Turn:
    votes = _rated(outcome, terms)
    needed = votes_needed(terms.threshold, (terms.highest - terms.lowest) * votes)
    missing = needed + terms.lowest * votes - outcome.numbers[option]
    return Turn("points_to_threshold", missing, option)


def resistance_to_threshold(outcome: Outcome, terms: Terms, option: int) -> Turn:
    strongest = terms.highest * _rated(outcome, terms)
    most = strongest - votes_needed(terms.threshold, strongest)
    return Turn("resistance_to_threshold", outcome.numbers[option] - most, option)


def dots_to_threshold(outcome: Outcome, terms: Terms, option: int) -> Turn:
    given = sum(outcome.numbers[o] for o in terms.options)
    missing = votes_needed(terms.threshold, given) - outcome.numbers[option]
    return Turn("of_points", missing, option)


def ranks_to_threshold(outcome: Outcome, terms: Terms, option: int) -> Turn:
    possible = 2 * (len(terms.options) - 1) * _rated(outcome, terms)
    missing = votes_needed(terms.threshold, possible) - outcome.numbers[option]
    return Turn("points_to_threshold", missing, option)


def middle_moved(outcome: Outcome, terms: Terms) -> Turn:
    """The fewest votes at one end of the steps that move the middle."""
    steps = {terms.keys[key]: outcome.numbers[terms.keys[key]] for key in STEPS}
    middle, given = median_of(steps), sum(steps.values())

    def moves(option: int, number: int) -> bool:
        return median_of({**steps, option: steps[option] + number}) != middle

    found = [
        Turn("middle", fewest(partial(moves, end), given + 1), end)
        for end in (terms.keys[STEPS[0]], terms.keys[STEPS[-1]])
        if moves(end, given + 1)
    ]
    return min(found, key=lambda turn: turn.number)


# --- in a sentence --------------------------------------------------------------
def said_of(turn: Turn, names: Names) -> str:
    """With this change, another result."""
    number = turn.number
    match turn.kind:
        case "votes":
            says = ngettext(
                "With %(number)d more vote, %(option)s would have been in front.",
                "With %(number)d more votes, %(option)s would have been in front.",
                number,
            )
        case "alone":
            says = ngettext(
                "With %(number)d more vote that names only %(option)s, this option "
                "would have been in front.",
                "With %(number)d more votes that name only %(option)s, this option "
                "would have been in front.",
                number,
            )
        case "enough":
            says = ngettext(
                "%(number)d more vote that names only %(option)s would certainly have "
                "put this option in front; perhaps fewer would have.",
                "%(number)d more votes that name only %(option)s would certainly have "
                "put this option in front; perhaps fewer would have.",
                number,
            )
        case "points":
            says = ngettext(
                "With %(number)d more point, %(option)s would have been in front.",
                "With %(number)d more points, %(option)s would have been in front.",
                number,
            )
        case "rated":
            says = ngettext(
                "With %(number)d more vote that rates %(option)s highest and all "
                "others lowest, this option would have been in front.",
                "With %(number)d more votes that rate %(option)s highest and all "
                "others lowest, this option would have been in front.",
                number,
            )
        case "resistance":
            says = ngettext(
                "With %(number)d point of resistance less, %(option)s would have been "
                "in front.",
                "With %(number)d points of resistance less, %(option)s would have been "
                "in front.",
                number,
            )
        case "accepted":
            says = ngettext(
                "With %(number)d more vote without resistance against %(option)s and "
                "with the strongest against all others, this option would have been "
                "in front.",
                "With %(number)d more votes without resistance against %(option)s and "
                "with the strongest against all others, this option would have been "
                "in front.",
                number,
            )
        case "middle":
            says = ngettext(
                "With %(number)d more vote on the step %(option)s, the middle would "
                "have moved.",
                "With %(number)d more votes on the step %(option)s, the middle would "
                "have moved.",
                number,
            )
        case _:
            says = _of_threshold(turn)
    return says % {"number": number, "option": quoted(names, turn.option)}


def _of_threshold(turn: Turn) -> str:
    match turn.kind:
        case "of_votes":
            return ngettext(
                "Had %(number)d more of the votes cast been for %(option)s, this "
                "option would have reached the threshold.",
                "Had %(number)d more of the votes cast been for %(option)s, this "
                "option would have reached the threshold.",
                turn.number,
            )
        case "of_points":
            return ngettext(
                "Had %(number)d more of the points given gone to %(option)s, this "
                "option would have reached the threshold.",
                "Had %(number)d more of the points given gone to %(option)s, this "
                "option would have reached the threshold.",
                turn.number,
            )
        case "points_to_threshold":
            return ngettext(
                "With %(number)d more point, %(option)s would have reached the "
                "threshold.",
                "With %(number)d more points, %(option)s would have reached the "
                "threshold.",
                turn.number,
            )
        case "resistance_to_threshold":
            return ngettext(
                "With %(number)d point of resistance less, %(option)s would have "
                "reached the threshold.",
                "With %(number)d points of resistance less, %(option)s would have "
                "reached the threshold.",
                turn.number,
            )
    return ngettext(
        "With %(number)d more vote, %(option)s would have reached the threshold.",
        "With %(number)d more votes, %(option)s would have reached the threshold.",
        turn.number,
    )


def said_of_all(turns: Sequence[Turn], names: Names) -> str:
    return " ".join(said_of(turn, names) for turn in turns)


def said_of_seat(turns: Sequence[Turn], names: Names) -> str:
    """The same where several have a seat."""
    if not turns:
        return ""
    turn = turns[0]
    if turn.kind == "enough":
        says = ngettext(
            "%(number)d more vote that names only %(option)s would certainly have been "
            "enough for a seat; perhaps fewer would have been.",
            "%(number)d more votes that name only %(option)s would certainly have been "
            "enough for a seat; perhaps fewer would have been.",
            turn.number,
        )
    else:
        says = ngettext(
            "With %(number)d more vote that names only %(option)s, this option would "
            "have had a seat.",
            "With %(number)d more votes that name only %(option)s, this option would "
            "have had a seat.",
            turn.number,
        )
    return says % {"number": turn.number, "option": quoted(names, turn.option)}
