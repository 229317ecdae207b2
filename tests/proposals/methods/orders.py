"""Orders as they are written in books: "A>B=C" """

from django.utils import translation
from hypothesis import strategies as st

from proposals.explaining import EXPLAIN, Explanation
from proposals.methods.outcome import Cast, Outcome, Sheet, Terms
from tests.proposals.methods.profiles import ranks

A, B, C, D, E = 1, 2, 3, 4, 5
ABSTAIN = 9
FIVE = Terms((A, B, C, D, E), {"abstain": ABSTAIN}, eligible=40)
THREE = Terms((A, B, C), {"abstain": ABSTAIN}, eligible=40)


def order(written: str) -> Sheet:
    return {
        "ABCDE".index(letter) + 1: rank
        for rank, group in enumerate(written.split(">"), 1)
        for letter in group.split("=")
    }


def casts(**times: int) -> list[Cast]:
    """casts(ABC=2) are two votes A>B>C."""
    return [Cast(order(">".join(written)), n) for written, n in times.items()]


# Schulze 2011, section 3; also Wikipedia's example.
WIKIPEDIA = casts(
    ACBED=5, ADECB=5, BEDAC=8, CABED=3, CAEBD=7, CBADE=2, DCEBA=7, EBADC=8
)
# Tennessee chooses its capital: Memphis, Nashville, Chattanooga, Knoxville.
TENNESSEE = casts(ABCD=42, BCDA=26, CDBA=15, DCBA=17)
TOWNS = Terms((A, B, C, D))


def votes(terms: Terms = FIVE) -> st.SearchStrategy[list[Sheet]]:
    """Valid votes with equal and missing ranks, and abstentions."""
    sheet = st.one_of(ranks(terms.options), st.just({ABSTAIN: 1}))
    return st.lists(sheet, max_size=9)


def explained(method: str, outcome: Outcome, terms: Terms) -> Explanation:
    """In English; options by their letters."""
    names = dict(enumerate("ABCDEFGHX", 1))
    with translation.override("en"):
        return EXPLAIN[method](outcome, terms, names)
