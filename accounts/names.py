"""Display names: distinct within a dialogue, and no mask of somebody official."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from shared.errors import Refusal
from shared.texts import clean_line

LONGEST_NAME = 40
# What a citizen's name must not look like, as skeletons (see `skeleton`).
OFFICIAL = (
    "moderat", "rnoderat", "verwaltung", "stadtverwaltung", "rathaus", "admin",
    "administrat", "oberburgermeister", "burgermeister", "oberbuergermeister",
    "buergermeister", "mayor", "ombuds", "technikhost", "technicalhost",
    "redaktionsteam", "editorialteam", "mitwirken", "system", "support",
)  # fmt: skip
OFFICIAL_WHOLE = {"stadt", "city", "staff", "team", "host", "technik", "leitung"}
# Letters that look like a Latin one (after NFKD), from Unicode's confusables.
_LOOKALIKES = str.maketrans(
    {
        "а": "a", "в": "b", "е": "e", "ё": "e", "к": "k", "м": "m", "н": "h",
        "о": "o", "р": "p", "с": "c", "т": "t", "у": "y", "х": "x", "і": "i",
        "ј": "j", "ѕ": "s", "ԁ": "d", "ɡ": "g", "һ": "h", "ӏ": "l", "д": "d",
        "и": "u", "п": "n", "г": "r", "ɑ": "a", "α": "a", "β": "b", "ε": "e",
        "η": "n", "ι": "i", "κ": "k", "μ": "m", "ν": "v", "ο": "o", "ρ": "p",
        "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ı": "i", "ł": "l", "ø": "o",
        "đ": "d", "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t",
        "$": "s", "@": "a", "!": "i", "|": "i", "ß": "ss",
    }
)  # fmt: skip


def skeleton(name: str) -> str:
    """`name` reduced to what the eye sees: two names that look alike are equal.

    After Unicode TR 39: compatibility form, no marks, look-alike letters as
    Latin ones, letters only.
    """
    bare = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return re.sub(r"[\W_]", "", bare.translate(_LOOKALIKES))


def check_display_name(name: str, *, official: bool = False) -> str:
    """The cleaned `name`, or a Refusal. `official` people may use any name."""
    name = clean_line(name)
    bare = skeleton(name)
    if not bare:
        raise Refusal(
            "name.empty",
            _("Please enter a name. It need not be your real one."),
            status=400,
            field="name",
        )
    if len(name) > LONGEST_NAME:
        raise Refusal(
            "name.too_long",
            _("Please choose a name of at most 40 characters."),
            status=400,
            field="name",
        )
    if not official and (
        bare in OFFICIAL_WHOLE or any(word in bare for word in OFFICIAL)
    ):
        raise Refusal(
            "name.official",
            _("This name looks like the city or the moderation. Choose another one."),
            status=400,
            field="name",
        )
    return name
