"""What moderators do with contributions and people, and what authors answer."""

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from dialogue.models import Participation
from live import mine
from live.commands.table import ContributionKind, Done, Row, command
from live.screens import View
from moderation import people
from moderation.actions import (
    approve_contribution,
    ask_revision,
    hide_contribution,
    restore_contribution,
    reword,
)
from moderation.appealing import appeal, rule_on_appeal
from moderation.models import NO_RULE
from proposals import responding
from shared.payloads import Line, Payload, Text

# The beginning of the digest of the wording that was read.
Wording = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")]


class Hide(Payload):
    kind: ContributionKind
    pk: Row
    rule: str
    reason: Text(600)  # type: ignore[valid-type]
    wording: Wording = ""


@command("hide", Hide, takes_away=True)
def _hide(who: Participation, said: Hide, __: View) -> Done:
    hide_contribution(
        moderator=who,
        kind=said.kind,
        pk=said.pk,
        rule=said.rule,
        reason=said.reason,
        wording=said.wording,
    )
    return Done({"message": _("Hidden. The author has been told why.")})


class Restore(Payload):
    kind: ContributionKind
    pk: Row
    reason: Text(600)  # type: ignore[valid-type]


@command("restore", Restore)
def _restore(who: Participation, said: Restore, __: View) -> Done:
    restore_contribution(moderator=who, kind=said.kind, pk=said.pk, reason=said.reason)
    return Done({"message": _("Visible again. The author has been told.")})


class Approve(Payload):
    kind: ContributionKind
    pk: Row
    rule: str = NO_RULE
    reason: Text(600)  # type: ignore[valid-type]
    wording: Wording = ""


@command("approve", Approve)
def _approve(who: Participation, said: Approve, __: View) -> Done:
    approve_contribution(
        moderator=who,
        kind=said.kind,
        pk=said.pk,
        rule=said.rule,
        reason=said.reason,
        wording=said.wording,
    )
    return Done({"message": _("Visible for all. The author has been told.")})


@command("ask_revision", Hide, takes_away=True)
def _ask_revision(who: Participation, said: Hide, __: View) -> Done:
    ask_revision(
        moderator=who,
        kind=said.kind,
        pk=said.pk,
        rule=said.rule,
        reason=said.reason,
        wording=said.wording,
    )
    return Done({"message": _("Sent back. The author has been told what to change.")})


class Reword(Payload):
    kind: ContributionKind
    pk: Row
    title: Line(140, shortest=0) = ""  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]


@command("reword", Reword)
def _reword(who: Participation, said: Reword, __: View) -> Done:
    reword(
        author=who,
        kind=said.kind,
        pk=said.pk,
        title=said.title,
        text=said.text,
        reason=said.reason,
    )
    dialogue = who.dialogue
    return Done(
        {"message": _("Sent. The moderation looks at it again.")},
        lambda: {
            "notices": mine.notices(who, dialogue),
            **mine.own_slot(who, dialogue),
        },
    )


class Silence(Payload):
    participation: Row
    minutes: Annotated[int, Field(ge=0, le=100_000)]
    rule: str
    reason: Text(600)  # type: ignore[valid-type]


@command("silence", Silence)
def _silence(who: Participation, said: Silence, __: View) -> Done:
    people.silence(
        moderator=who,
        participation_pk=said.participation,
        minutes=said.minutes,
        rule=said.rule,
        reason=said.reason,
    )
    return Done({"message": _("Asked to listen. The person has been told why.")})


class Exclude(Payload):
    participation: Row
    rule: str
    reason: Text(600)  # type: ignore[valid-type]


@command("exclude", Exclude)
def _exclude(who: Participation, said: Exclude, __: View) -> Done:
    people.exclude(
        moderator=who,
        participation_pk=said.participation,
        rule=said.rule,
        reason=said.reason,
    )
    return Done({"message": _("Excluded. The person has been told why.")})


class TakeBack(Payload):
    participation: Row
    reason: Text(600)  # type: ignore[valid-type]


@command("end_silence", TakeBack)
def _end_silence(who: Participation, said: TakeBack, __: View) -> Done:
    people.end_silence(
        moderator=who, participation_pk=said.participation, reason=said.reason
    )
    return Done({"message": _("May speak again. The person has been told.")})


@command("readmit", TakeBack)
def _readmit(who: Participation, said: TakeBack, __: View) -> Done:
    people.readmit(
        moderator=who, participation_pk=said.participation, reason=said.reason
    )
    return Done({"message": _("Let in again. The person has been told.")})


class Appeal(Payload):
    decision: Row
    text: Text(1200, shortest=0) = ""  # type: ignore[valid-type]


@command("appeal", Appeal)
def _appeal(who: Participation, said: Appeal, __: View) -> Done:
    appeal(person=who.person, decision_pk=said.decision, text=said.text)
    dialogue = who.dialogue
    return Done(
        {"message": _("Your appeal has arrived. Somebody else will look at it.")},
        lambda: {"notices": mine.notices(who, dialogue)},
    )


class RuleOnAppeal(Payload):
    appeal: Row
    outcome: Literal["upheld", "reversed"]
    reason: Text(600)  # type: ignore[valid-type]


@command("rule_on_appeal", RuleOnAppeal)
def _rule_on_appeal(who: Participation, said: RuleOnAppeal, __: View) -> Done:
    rule_on_appeal(
        person=who.person,
        appeal_pk=said.appeal,
        outcome=said.outcome,
        reason=said.reason,
    )
    return Done({"message": _("Decided. Both sides are told.")})


class RemoveTopic(Payload):
    topic: Row


@command("remove_topic", RemoveTopic, takes_away=True)
def _remove_topic(who: Participation, said: RemoveTopic, __: View) -> Done:
    responding.remove_topic(moderator=who, topic_pk=said.topic)
    return Done({})
