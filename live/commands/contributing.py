"""What somebody in the room contributes: proposals, comments, questions, signs."""

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from accounts.names import LONGEST_NAME
from dialogue import joining
from dialogue.models import Participation
from live import mine
from live.commands.table import ContributionKind, Done, Nothing, Row, command
from live.screens import View
from proposals import actions as contributions
from proposals import responding
from proposals.duplicates import look_first
from proposals.models import Comment, Contribution, Proposal, ReactionCount
from shared.payloads import Line, Payload, Text


@command("mine", Nothing)
def _mine(participation: Participation, __: Nothing, view: View) -> Done:
    dialogue = participation.dialogue
    return Done(
        {"may": mine.may(participation)},
        lambda: mine.all_slots(participation, dialogue, view),
    )


def _held(row: Contribution) -> str:
    """What the author reads about a contribution that waits; else nothing."""
    if row.state != Proposal.State.PENDING:
        return ""
    return " ".join(
        [_("It waits for the moderation; only you can see it."), *row.hold_reasons]
    )


class SaveDraft(Payload):
    """What the form says so far; `look_first` stands in it for its publishing."""

    look_first: bool = False

    kind: Literal["proposal", "statement", "idea"] = "proposal"
    title: Line(140, shortest=0) = ""  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]


@command("save_draft", SaveDraft)
def _save_draft(who: Participation, said: SaveDraft, __: View) -> Done:
    contributions.save_draft(
        author=who,
        kind=said.kind,
        title=said.title,
        text=said.text,
        reason=said.reason,
    )
    return Done({})


class SubmitProposal(Payload):
    kind: Literal["proposal", "statement", "idea"] = "proposal"
    title: Line(140)  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]
    district: Row | None = None
    look_first: bool = False
    place_x: Annotated[int, Field(ge=0, le=1000)] | None = None
    place_y: Annotated[int, Field(ge=0, le=1000)] | None = None


@command("submit_proposal", SubmitProposal)
def _submit_proposal(who: Participation, said: SubmitProposal, __: View) -> Done:
    if said.look_first:
        look_first(who.dialogue, "proposal", said.title)
    has_place = said.place_x is not None and said.place_y is not None
    proposal = contributions.submit_proposal(
        author=who,
        kind=said.kind,
        title=said.title,
        text=said.text,
        reason=said.reason,
        district_pk=said.district,
        place=(said.place_x, said.place_y) if has_place else None,  # type: ignore[arg-type]
    )
    return Done(
        {
            "proposal": proposal.pk,
            "message": _held(proposal) or _("Your proposal is published."),
        },
        lambda: (
            mine.own_slot(who, who.dialogue)
            | mine.proposal_slots(who, who.dialogue, [proposal.pk])
        ),
    )


class ReviseProposal(Payload):
    proposal: Row
    title: Line(140)  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]
    revision: Row | None = None


@command("revise_proposal", ReviseProposal)
def _revise_proposal(who: Participation, said: ReviseProposal, __: View) -> Done:
    proposal = contributions.revise_proposal(
        author=who,
        proposal_pk=said.proposal,
        title=said.title,
        text=said.text,
        reason=said.reason,
        expected_revision=said.revision,
    )
    return Done(
        {
            "message": _held(proposal)
            or _("The new wording is published. The old one stays readable.")
        },
        lambda: mine.own_slot(who, who.dialogue),
    )


class Withdraw(Payload):
    kind: ContributionKind
    pk: Row


@command("withdraw", Withdraw, takes_away=True)
def _withdraw(who: Participation, said: Withdraw, __: View) -> Done:
    contributions.withdraw(author=who, kind=said.kind, pk=said.pk)
    return Done(
        {"message": _("Your contribution is withdrawn.")},
        lambda: mine.own_slot(who, who.dialogue),
    )


class AddComment(Payload):
    proposal: Row
    text: Text(1000)  # type: ignore[valid-type]
    alignment: Literal["pro", "contra", "neutral"] = "neutral"
    parent: Row | None = None


@command("add_comment", AddComment)
def _add_comment(who: Participation, said: AddComment, __: View) -> Done:
    comment = contributions.add_comment(
        author=who,
        proposal_pk=said.proposal,
        text=said.text,
        alignment=Comment.Alignment(said.alignment),
        parent_pk=said.parent,
    )
    return Done(
        {
            "comment": comment.pk,
            "message": _held(comment) or _("Your comment is published."),
        },
        lambda: mine.own_slot(who, who.dialogue),
    )


class AskQuestion(Payload):
    text: Text(500)  # type: ignore[valid-type]
    look_first: bool = False


@command("ask_question", AskQuestion)
def _ask_question(who: Participation, said: AskQuestion, __: View) -> Done:
    if said.look_first:
        look_first(who.dialogue, "question", said.text)
    question = contributions.ask_question(author=who, text=said.text)
    return Done(
        {
            "question": question.pk,
            "message": _held(question) or _("Your question is on the wall."),
        },
        lambda: (
            mine.own_slot(who, who.dialogue)
            | mine.question_slots(who, who.dialogue, [question.pk])
        ),
    )


class SetSupport(Payload):
    kind: Literal["proposal", "question"]
    pk: Row
    supported: bool = True
    instead: bool = False


@command("support", SetSupport)
def _support(who: Participation, said: SetSupport, __: View) -> Done:
    responding.set_support(
        participation=who, kind=said.kind, pk=said.pk, supported=said.supported
    )
    draw = mine.proposal_slots if said.kind == "proposal" else mine.question_slots
    told = {"message": _("You support that one. Yours was not published.")}
    return Done(
        told if said.instead else {},
        lambda: draw(who, who.dialogue, [said.pk], also_unchanged=True),
    )


class React(Payload):
    kind: Literal["agree", "question", "slower", "louder"]


@command("react", React)
def _react(who: Participation, said: React, __: View) -> Done:
    responding.react(participation=who, kind=ReactionCount.Kind(said.kind))
    return Done({})


class ParkTopic(Payload):
    text: Line(200)  # type: ignore[valid-type]


@command("park_topic", ParkTopic)
def _park_topic(who: Participation, said: ParkTopic, __: View) -> Done:
    topic = responding.park_topic(author=who, text=said.text)
    return Done(
        {
            "topic": topic.pk,
            "message": _held(topic) or _("The topic is kept for later."),
        },
        lambda: mine.own_slot(who, who.dialogue),
    )


class CallHelp(Payload):
    text: Text(600)  # type: ignore[valid-type]


@command("call_help", CallHelp)
def _call_help(who: Participation, said: CallHelp, __: View) -> Done:
    joining.call_help(
        person=who.person,
        dialogue=who.dialogue,
        name=who.display_name[:LONGEST_NAME],
        text=said.text,
    )
    return Done({"message": _("Your call has reached the technical host.")})
