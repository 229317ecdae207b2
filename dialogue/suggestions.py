"""Names that are still free, for somebody whose wish was refused."""

from secrets import SystemRandom

from django.utils.translation import gettext as _

from accounts.names import LONGEST_NAME, check_display_name, skeleton
from dialogue.models import Dialogue, Participation
from shared.errors import Refusal

_random = SystemRandom()
# Not 0, 1, 3, 4, 5, 7: in a skeleton these are letters.
_ENDINGS = (*"2689", *(f"{letter}." for letter in "ABCDEFGHJKLMNPRSTUVWZ"))


def free_names(dialogue: Dialogue, wish: str, number: int = 3) -> list[str]:
    """`number` names that may be taken here, close to `wish` if that is allowed.

    Drawn by lot, so that neighbours in a hall get different ones.
    """
    try:
        name = check_display_name(wish)[: LONGEST_NAME - 3].strip()
        endings = list(_ENDINGS)
        names = [f"{name} {ending}" for ending in endings]
    except Refusal:
        birds = [_("Blackbird"), _("Robin"), _("Kingfisher"), _("Lark"), _("Heron")]
        names = [
            f"{bird} {_random.choice('2689')}{ending}"
            for bird in birds
            for ending in "2689"
        ]
    _random.shuffle(names)
    keys = {name: skeleton(name) for name in names}
    taken = set(
        Participation.objects.filter(
            dialogue=dialogue, name_key__in=keys.values()
        ).values_list("name_key", flat=True)
    )
    free: dict[str, str] = {}
    for name in names:
        if keys[name] not in taken and _is_allowed(name):
            # Two names with one key would refuse each other: the first one counts.
            free.setdefault(keys[name], name)
    return list(free.values())[:number]


def _is_allowed(name: str) -> bool:
    try:
        check_display_name(name)
    except Refusal:
        return False
    return True
