"""Two moderators press at once: one wins, the other is told who was quicker."""

from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from ledger.models import Entry
from shared.errors import Refusal


def changed_meanwhile(
    dialogue: Dialogue,
    code: str,
    *kinds: str,
    seen: str | int | None = None,
    **facts: str | int,
) -> Refusal:
    """Names who did the last act of these kinds, as the ledger has it.

    `seen` is what the form would have as seen by now: sent again, it is not refused.
    """
    pk = last_by(dialogue, *kinds, **facts)
    who = dialogue.participations.filter(pk=pk or 0).first()
    return changed_by(who, code, seen=seen)


def changed_by(
    who: Participation | None, code: str, *, seen: str | int | None = None
) -> Refusal:
    """Names who was quicker. None: the city's staff, or nobody knows."""
    if who is None or not who.display_name:
        return Refusal(
            code, _("This was changed meanwhile. Please look again."), seen=seen
        )
    return Refusal(
        code,
        _("Changed meanwhile by %(name)s. Please look again.")
        % {"name": who.display_name},
        seen=seen,
    )


def last_by(dialogue: Dialogue, *kinds: str, **facts: str | int) -> int | None:
    """The participation that did the last act of these kinds about `facts`."""
    about = {f"payload__{name}": value for name, value in facts.items()}
    entry = (
        Entry.objects.filter(stream=dialogue.stream_id, kind__in=kinds, **about)
        .order_by("-seq")
        .first()
    )
    said = entry.payload if entry else {}
    # Whoever acts for themselves is not named twice.
    by: int | None = said.get("by") or said.get("participation")
    return by
