"""Verbs of those who listen: support, react, keep a topic for later."""

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.guard import refuse_often
from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, fresh, require, share_lock
from dialogue.telling import tell
from ledger.actions import act, record, tallied
from proposals.events import TopicParked, TopicRemoved
from proposals.holding import held_event, reasons_to_hold, speaking
from proposals.models import ParkedTopic, ReactionCount, Support
from proposals.queries import contributions
from shared import clock

# Pressed in time with what is said, but not by a script.
REACTIONS = {"most": 60, "seconds": 60}


@act()
def set_support(
    *, participation: Participation, kind: str, pk: int, supported: bool
) -> bool:
    """Support a proposal or question, or take the support back; True if changed."""
    participation, dialogue = _counted(participation)
    require("proposals.support_contribution", participation, dialogue)
    if kind not in ("proposal", "question"):
        raise forbidden()
    share_lock(contributions(kind).model, [pk])
    rows = contributions(kind).filter(pk=pk, dialogue=dialogue, state="published")
    if not rows.exists():
        raise forbidden()
    link: dict[str, Any] = {"participation": participation, f"{kind}_id": pk}
    if supported:
        changed = Support.objects.get_or_create(**link)[1]
    else:
        changed = bool(Support.objects.filter(**link).delete()[0])
    if changed:
        step = 1 if supported else -1

        def write(version: int) -> None:
            rows.update(supports=F("supports") + step, counts_version=version)

        tallied(dialogue.stream_id, write)
    return changed


@act()
def react(*, participation: Participation, kind: str) -> None:
    """A quick reaction to what happens now. Only the sum is kept."""
    participation, dialogue = fresh(participation)
    require("proposals.react", participation, dialogue)
    refuse_often(f"react:{participation.pseudonym}", **REACTIONS)
    if kind not in ReactionCount.Kind.values:
        raise forbidden()
    item = dialogue.current
    ReactionCount.objects.get_or_create(item=item, kind=kind)

    def write(version: int) -> None:
        ReactionCount.objects.filter(item=item, kind=kind).update(
            number=F("number") + 1, counts_version=version
        )

    tallied(dialogue.stream_id, write)


@act()
def park_topic(*, author: Participation, text: str) -> ParkedTopic:
    """Keep a side topic for later, or hold it."""
    author, dialogue = speaking(author, "proposals.park_topic")
    held_for = reasons_to_hold(author, dialogue, text)
    moment = clock.now()
    topic = ParkedTopic.objects.create(
        dialogue=dialogue,
        author=author,
        text=text,
        state=ParkedTopic.State.PENDING if held_for else ParkedTopic.State.PUBLISHED,
        held_for=" ".join(held_for),
        written_at=moment,
        published_at=None if held_for else moment,
    )
    record(
        dialogue.stream_id,
        held_event(topic) if held_for else TopicParked(topic=topic.pk),
    )
    return topic


@act()
def remove_topic(*, moderator: Participation, topic_pk: int) -> None:
    """Take a parked topic off the list, when it was dealt with; the author is told.

    What breaks a rule is hidden instead, with the rule, a reason and an appeal.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.remove_topic", moderator, dialogue)
    topic = (
        dialogue.parked_topics.select_for_update(of=("self",), no_key=True)
        .select_related("author__person")
        .filter(pk=topic_pk, state=ParkedTopic.State.PUBLISHED)
        .first()
    )
    if topic is None:
        raise forbidden()
    topic.state = ParkedTopic.State.REMOVED
    topic.save(update_fields=["state"])
    record(dialogue.stream_id, TopicRemoved(topic=topic.pk, by=moderator.pk))
    if topic.author_id != moderator.pk:
        tell(
            topic.author,
            dialogue,
            _("Your topic was taken off the list"),
            _(
                "Dialogue: %(dialogue)s\nTaken off by: %(name)s\n\n"
                "Your words: %(words)s\n\n"
                "Topics leave the list when they were dealt with. Please ask the "
                "moderation if you do not know why."
            ),
            name=moderator.display_name,
            words=topic.text,
        )


def _counted(participation: Participation) -> tuple[Participation, Dialogue]:
    """Lock the person's row, so that two tabs count one after the other."""
    Participation.objects.select_for_update(no_key=True).get(pk=participation.pk)
    return fresh(participation)
