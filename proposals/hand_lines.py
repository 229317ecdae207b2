"""The line of a raised hand, which everybody reads beside the name.

A hand is a place in the list and is never held. What a rule of the house holds is left
off it: nobody reads lines before they are shown, and a place must not wait for that.
"""

from dialogue import speaking
from dialogue.models import PLENARY, Hand, Participation, Side
from dialogue.queries import fresh
from ledger.actions import act
from proposals.holding import reasons_to_hold


@act()
def raise_hand(
    *,
    participation: Participation,
    circle: str = PLENARY,
    side: str = Side.NEUTRAL,
    about: str = "",
) -> tuple[Hand, tuple[str, ...]]:
    """Ask for the floor as `dialogue.speaking.raise_hand` does.

    Returns the hand, and the HoldReasons for which `about` was left off it: then an
    earlier line stays. At a table, where nothing is held, there are none.
    """
    participation, dialogue = fresh(participation)
    found: tuple[str, ...] = ()
    if about and circle == PLENARY:
        found = reasons_to_hold(participation, dialogue, about)
    if found:
        hands = Hand.objects.filter(
            participation=participation, speakers_list__circle=circle
        )
        about = hands.values_list("about", flat=True).first() or ""
    hand = speaking.raise_hand(
        participation=participation, circle=circle, side=side, about=about
    )
    return hand, found
