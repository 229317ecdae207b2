"""Two moderators press at once: one wins, the other is told who was quicker."""

from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue
from ledger.models import Entry
from shared.errors import Refusal


def changed_meanwhile(
    dialogue: Dialogue, code: str, *kinds: str, **facts: str | int
) -> Refusal:
    """Names who did the last act of these kinds, as the ledger has it."""
    about = {f"payload__{name}": value for name, value in facts.items()}
    entry = (
        Entry.objects.filter(stream=dialogue.stream_id, kind__in=kinds, **about)
        .order_by("-seq")
        .first()
    )
    said = entry.payload if entry else {}
    # Whoever acts for themselves is not named twice.
    by = said.get("by") or said.get("participation")
    who = dialogue.participations.filter(pk=by or 0).values_list("display_name")
    name = next((row[0] for row in who), "–")
    return Refusal(
        code, _("Changed meanwhile by %(name)s. Please look again.") % {"name": name}
    )
