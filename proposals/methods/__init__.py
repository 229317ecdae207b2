"""Decision methods: one pure module each, named like `Ballot.Method`.

A module offers `check(marks, options, most)`, which refuses a vote that the
method does not know, and `count(sheets, options, most)`, which is exact,
deterministic and touches no database.
"""

from types import ModuleType

from proposals.methods import multiple, single, yes_no

METHODS: dict[str, ModuleType] = {
    "yes_no": yes_no,
    "single": single,
    "multiple": multiple,
}
