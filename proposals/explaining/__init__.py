"""A result in words: who won and why, what a tie meant, what would have changed it.

One function per method, `explain(outcome, terms, names)`, where `names` are the
options' titles by number: pure, in the language that is active. Two sentences say who
won and why; `easy` says the same in easy language; `steps` has a sentence for each of
`outcome.rounds`; `tie` and `change` are empty where there is nothing to say.
What would have changed it (`changing.py`) is true: whoever changes the votes or costs
as it says, and counts again, finds another result.
"""

from proposals.explaining import (
    budget,
    moods,
    points,
    ranked,
    runoff,
    shares,
    votes,
)
from proposals.explaining.explanation import Explain, Explanation, Names

EXPLAIN: dict[str, Explain] = {
    "hands": moods.explain_hands,
    "yes_no": votes.explain_yes_no,
    "gradients": moods.explain_gradients,
    "consent": moods.explain_consent,
    "single": votes.explain_single,
    "multiple": votes.explain_marks,
    "approval": votes.explain_marks,
    "score": points.explain_score,
    "dots": points.explain_dots,
    "consensing": points.explain_consensing,
    "borda": points.explain_borda,
    "irv": runoff.explain_irv,
    "schulze": ranked.explain_schulze,
    "pairwise": ranked.explain_pairwise,
    "stv": runoff.explain_stv,
    "knapsack": budget.explain_most_choices,
    "greedy": budget.explain_most_choices,
    "equal_shares": shares.explain_equal_shares,
}

__all__ = ["EXPLAIN", "Explain", "Explanation", "Names"]
