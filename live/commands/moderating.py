"""What moderators do with contributions."""

from django.utils.translation import gettext as _

from dialogue.models import Participation
from live.commands.table import ContributionKind, Done, Row, command
from live.screens import View
from moderation.actions import hide_contribution, restore_contribution
from proposals import actions as contributions
from shared.payloads import Payload, Text


class Hide(Payload):
    kind: ContributionKind
    pk: Row
    rule: str
    reason: Text(600)  # type: ignore[valid-type]


@command("hide", Hide)
def _hide(who: Participation, said: Hide, __: View) -> Done:
    hide_contribution(
        moderator=who, kind=said.kind, pk=said.pk, rule=said.rule, reason=said.reason
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


class AnswerQuestion(Payload):
    question: Row


@command("answer_question", AnswerQuestion)
def _answer_question(who: Participation, said: AnswerQuestion, __: View) -> Done:
    contributions.answer_question(moderator=who, question_pk=said.question)
    return Done({})


class RemoveTopic(Payload):
    topic: Row


@command("remove_topic", RemoveTopic)
def _remove_topic(who: Participation, said: RemoveTopic, __: View) -> Done:
    contributions.remove_topic(moderator=who, topic_pk=said.topic)
    return Done({})
