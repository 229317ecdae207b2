"""Decision methods: one pure module each, named like `Ballot.Method`.

A module offers `check(marks, terms)`, which refuses a vote that the method does not
know; `count(casts, terms)`, which is exact, deterministic and touches no database;
`suits(terms)`, which refuses terms that cannot be counted; `FORM`, how a vote is
given ("one", "some", "scale", "points", "order"); `FIXED`, the keys of its choices
where the method knows them ("yes", "no"...); and the texts of its method card:
`COUNTED`, `TIES` and `FITS`.
"""

from types import ModuleType

from proposals.methods import (
    approval,
    borda,
    consensing,
    consent,
    dots,
    equal_shares,
    gradients,
    greedy,
    hands,
    irv,
    knapsack,
    multiple,
    pairwise,
    schulze,
    score,
    single,
    stv,
    yes_no,
)

METHODS: dict[str, ModuleType] = {
    "hands": hands,
    "yes_no": yes_no,
    "gradients": gradients,
    "consent": consent,
    "single": single,
    "multiple": multiple,
    "approval": approval,
    "score": score,
    "dots": dots,
    "consensing": consensing,
    "borda": borda,
    "irv": irv,
    "schulze": schulze,
    "pairwise": pairwise,
    "stv": stv,
    "knapsack": knapsack,
    "greedy": greedy,
    "equal_shares": equal_shares,
}
