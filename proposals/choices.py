"""What the choices with a fixed meaning are called, in every language.

They are known by their key; a person, a spreadsheet or a file has only the name.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy, override

from proposals.methods import METHODS

BUDGETS = ("knapsack", "greedy", "equal_shares")
# What is rated one by one has no "none of these".
WITHOUT_NONE = ("score", "dots", "consensing", *BUDGETS)
# The options that a ballot gets by itself.
ADDED: Mapping[str, Any] = {
    "none": gettext_lazy("None of these"),
    "abstain": gettext_lazy("Abstain"),
}


def folded(title: str) -> str:
    """A title as it is compared: capitals and spaces do not tell two apart."""
    return " ".join(title.casefold().split())


@cache
def names_of(key: str) -> frozenset[str]:
    """What an option of ADDED is called, folded; nothing for other keys."""
    return _in_all_languages(ADDED[key]) if key in ADDED else frozenset()


def keys_in(method: str) -> dict[str, frozenset[str]]:
    """The keys that options of `method` may have, with their folded names.

    Fixed choices go by their key, too. The status quo has whatever name it was given.
    """
    module = METHODS[method]
    if fixed := getattr(module, "FIXED", ()):
        return {
            key: _in_all_languages(module.LABELS[key]) | {folded(key)} for key in fixed
        }
    out = {"none"} if method in WITHOUT_NONE else set()
    return {key: names_of(key) for key in ADDED if key not in out}


def _in_all_languages(label: Any) -> frozenset[str]:
    names = set()
    for language, __ in settings.LANGUAGES:
        with override(language):
            names.add(folded(str(label)))
    return frozenset(names)
