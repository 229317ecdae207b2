"""Explanations of the methods in which a vote is a mark."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.changing import more_votes, votes_to_threshold
from proposals.explaining.choices import Wording, explain_choice
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import (
    count_step,
    facts_of,
    figures,
    of_votes,
    quoted,
    steps_of,
    undecided,
)
from proposals.methods.outcome import Outcome, Round, Terms


def votes(number: int) -> str:
    return ngettext("%(number)d vote", "%(number)d votes", number) % {"number": number}


def _of_all(outcome: Outcome, option: int) -> dict[str, int]:
    return {
        "number": outcome.numbers[option],
        "votes": int(facts_of(outcome, "turnout")["votes"]),
    }


# --- one of several ----------------------------------------------------------
def explain_single(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    wording = Wording(
        amount=votes,
        why=lambda option: (
            _("It has %(number)d of %(votes)d votes cast, more than any other option.")
            % _of_all(outcome, option)
        ),
        easy=lambda option: (
            _("It has the most votes: %(number)d.")
            % {"number": outcome.numbers[option]}
        ),
        turn=more_votes,
        reach=votes_to_threshold,
        of=of_votes(terms),
        after_tie=_("A new round among these options can decide."),
        steps={"count": count_step},
    )
    return explain_choice(outcome, terms, names, wording)


# --- several of several ------------------------------------------------------
def explain_marks(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    """Multiple and approval: on how many votes an option stands."""
    wording = Wording(
        amount=votes,
        why=lambda option: (
            _(
                "It was chosen in %(number)d of %(votes)d votes cast, more often than "
                "any other option."
            )
            % _of_all(outcome, option)
        ),
        easy=lambda option: (
            _(
                "People could choose more than one option. This one was chosen most "
                "often: %(number)d."
            )
            % {"number": outcome.numbers[option]}
        ),
        turn=more_votes,
        reach=votes_to_threshold,
        of=of_votes(terms),
        after_tie=_("A new round among these options can decide."),
        steps={"count": count_step},
    )
    return explain_choice(outcome, terms, names, wording)


# --- yes and no --------------------------------------------------------------
def explain_yes_no(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    steps = steps_of(outcome, terms, names, {"majority": _majority_step})
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    yes, no = terms.keys["yes"], terms.keys["no"]
    facts = {
        "yes": quoted(names, yes),
        "no": quoted(names, no),
        "ayes": outcome.numbers[yes],
        "noes": outcome.numbers[no],
    }
    counted = (
        ngettext(
            "%(ayes)d vote is for %(yes)s, %(noes)d for %(no)s",
            "%(ayes)d votes are for %(yes)s, %(noes)d for %(no)s",
            outcome.numbers[yes],
        )
        % facts
    )
    if outcome.verdict == "adopted":
        result = _("The proposal is adopted.")
        easy = _(
            "The proposal has won. Votes for %(yes)s: %(ayes)d. Votes for %(no)s: "
            "%(noes)d."
        )
    else:
        result = _("The proposal is rejected.")
        easy = _(
            "The proposal has not won. Votes for %(yes)s: %(ayes)d. Votes for %(no)s: "
            "%(noes)d."
        )
    return Explanation(
        result,
        f"{counted}; {_needed(outcome, terms)}",
        easy % facts,
        steps,
        tie=_("As many yes as no votes are a rejection: so the published rule says.")
        if outcome.ties
        else "",
        change=_turned(outcome, terms),
    )


def _needed(outcome: Outcome, terms: Terms) -> str:
    """What a majority would have been, at the end of a sentence."""
    facts = facts_of(outcome, "majority")
    named = {
        "needed": facts["needed"],
        "votes": facts["of"],
        "percent": terms.threshold,
        "of": of_votes(terms),
    }
    if terms.majority == "simple":
        says = _("needed were more yes than no votes.")
    elif terms.majority == "absolute":
        says = _("needed was more than half, at least %(needed)d of %(votes)d.")
    else:
        says = _("needed were two thirds, at least %(needed)d of %(votes)d.")
    if terms.threshold:
        also = _("Besides, yes had to reach %(percent)d percent %(of)s.")
        says = f"{says} {also}"
    return says % named


def _turned(outcome: Outcome, terms: Terms) -> str:
    """How many votes, cast the other way, would have turned the result."""
    yes = outcome.numbers[terms.keys["yes"]]
    no = outcome.numbers[terms.keys["no"]]
    facts = facts_of(outcome, "majority")
    base = int(facts["of"])
    least = -(-terms.threshold * base // 100)
    if outcome.verdict == "adopted":
        # So many yes votes may become no before it is rejected.
        spare = yes - max(int(facts["needed"]), least)
        if terms.majority == "simple":
            spare = min((yes - no - 1) // 2, yes - least)
        return ngettext(
            "Had %(number)d yes vote been a no vote, the proposal would have been "
            "rejected.",
            "Had %(number)d yes votes been no votes, the proposal would have been "
            "rejected.",
            spare + 1,
        ) % {"number": spare + 1}
    more = max(int(facts["needed"]), least) - yes
    # A no that becomes a yes counts twice where yes and no are compared.
    missing = more
    if terms.majority == "simple":
        missing = max((no - yes) // 2 + 1, least - yes)
    if missing > no and terms.base != "roll":
        return _("Had fewer abstained, the proposal could have been adopted.")
    if missing > no:
        return ngettext(
            "%(number)d more yes vote was needed.",
            "%(number)d more yes votes were needed.",
            more,
        ) % {"number": more}
    return ngettext(
        "Had %(number)d no vote been a yes vote, the proposal would have been adopted.",
        "Had %(number)d no votes been yes votes, the proposal would have been adopted.",
        missing,
    ) % {"number": missing}


def _majority_step(step: Round, terms: Terms, names: Names) -> str:
    facts = {
        "figures": figures(step.numbers, names),
        "needed": step.facts["needed"],
        "votes": step.facts["of"],
    }
    if terms.majority == "simple":
        says = _("%(figures)s. For the simple majority, more yes than no are needed.")
    elif terms.majority == "absolute":
        says = _(
            "%(figures)s. For the absolute majority, at least %(needed)d yes of "
            "%(votes)d votes are needed."
        )
    else:
        says = _(
            "%(figures)s. For two thirds, at least %(needed)d yes of %(votes)d votes "
            "are needed."
        )
    reached = _("It was reached.") if step.chosen else _("It was not reached.")
    return f"{says % facts} {reached}"
