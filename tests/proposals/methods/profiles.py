"""Terms and valid votes of every method, to try what holds for all of them."""

from dataclasses import replace

from hypothesis import strategies as st

from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Sheet, Terms

A, B, C, D = 1, 2, 3, 4
ABSTAIN = 9
OPEN = Terms((A, B, C, D), {"abstain": ABSTAIN}, eligible=40)
TERMS = {
    "single": OPEN,
    "multiple": replace(OPEN, most=2),
    "approval": OPEN,
    "score": replace(OPEN, lowest=-2, highest=2),
    "dots": replace(OPEN, points=4, per_option=2),
    "consensing": replace(OPEN, keys={"abstain": ABSTAIN, "status_quo": D}),
    "borda": OPEN,
}


def fixed_terms(method: str, **named: object) -> Terms:
    """The fixed choices, numbered from 1 on; abstain is the last."""
    keys = {key: number for number, key in enumerate(METHODS[method].FIXED, 1)}
    options = tuple(number for key, number in keys.items() if key != "abstain")
    return replace(Terms(options, keys, eligible=40), **named)  # type: ignore[arg-type]


for name in ("hands", "yes_no", "gradients", "consent"):
    TERMS[name] = fixed_terms(name)


def ranks(options: tuple[int, ...]) -> st.SearchStrategy[Sheet]:
    """Ranks without a gap; some options share one, some have none."""
    drawn = st.dictionaries(
        st.sampled_from(options), st.integers(1, len(options)), min_size=1
    )
    return drawn.map(
        lambda sheet: {
            option: sorted(set(sheet.values())).index(rank) + 1
            for option, rank in sheet.items()
        }
    )


def sheets(method: str) -> st.SearchStrategy[Sheet]:
    """Valid votes, abstentions among them."""
    terms, form = TERMS[method], METHODS[method].FORM
    own: st.SearchStrategy[Sheet]
    if form == "one":
        own = st.sampled_from(terms.options).map(lambda option: {option: 1})
    elif form == "some":
        most = terms.most if method == "multiple" else len(terms.options)
        own = st.sets(st.sampled_from(terms.options), min_size=1, max_size=most).map(
            lambda chosen: dict.fromkeys(chosen, 1)
        )
    elif form == "scale":
        values = st.integers(terms.lowest, terms.highest)
        own = st.fixed_dictionaries(dict.fromkeys(terms.options, values))
    elif form == "points":
        own = st.lists(
            st.sampled_from(terms.options * terms.per_option),
            min_size=1,
            max_size=terms.points,
        ).map(lambda dots: {o: min(dots.count(o), terms.per_option) for o in dots})
    else:
        own = ranks(terms.options)
    return st.one_of(own, st.just({terms.keys["abstain"]: 1}))


def votes(method: str) -> st.SearchStrategy[list[Sheet]]:
    return st.lists(sheets(method), max_size=12)


def casts(sheets: list[Sheet]) -> list[Cast]:
    return [Cast(sheet) for sheet in sheets]
