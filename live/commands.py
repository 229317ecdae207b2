"""Every command of the room: its payload, its verb, and the slots it changes.

The one table for socket and form. Rights are checked inside the verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from accounts.names import LONGEST_NAME
from accounts.second_factor import is_satisfied
from dialogue import actions as steering
from dialogue import joining
from dialogue.models import Participation
from live import mine
from live.screens import View
from moderation.actions import hide_contribution, restore_contribution
from moderation.closing import close_dialogue
from proposals import actions as contributing
from proposals import ballots
from proposals.models import Ballot, Comment, ReactionCount, Stance
from proposals.stances import StanceRequest, StanceTaken, take_stances
from proposals.voting import Receipt, VoteRequest, cast_votes
from shared.errors import Refusal
from shared.payloads import Line, Payload, Text, parse

Row = Annotated[int, Field(ge=1, le=2**62)]
ContributionKind = Literal["proposal", "comment", "question"]


@dataclass(frozen=True)
class Done:
    """A verb's answer: facts for the sender, and the sender's changed slots."""

    ok: dict[str, Any]
    mine: dict[str, str]


@dataclass(frozen=True)
class Command:
    payload: type[Payload]
    run: Callable[[Participation, Any, View], Done]


COMMANDS: dict[str, Command] = {}


def command(name: str, payload: type[Payload]) -> Callable[..., Any]:
    """Enter the decorated function into the table."""

    def enter(run: Callable[[Participation, Any, View], Done]) -> Any:
        COMMANDS[name] = Command(payload, run)
        return run

    return enter


def run_command(
    name: str, facts: dict[str, Any], participation: Participation, view: View
) -> Done:
    """Parse and run; raises a Refusal for anything that is not in order."""
    return _find(name).run(participation, parse(_find(name).payload, facts), view)


def _find(name: str) -> Command:
    known = COMMANDS.get(name)
    if known is None:
        raise Refusal(
            "command.unknown",
            _("This is not known here. Please reload the page."),
            status=404,
        )
    return known


def check_second_factor(participation: Participation, session: Any) -> None:
    """Refuse an official role whose session lacks the second factor."""
    if participation.is_moderator and not is_satisfied(participation.person, session):
        raise Refusal(
            "second_factor.missing",
            _("Your role needs a second factor. Please sign in with it."),
            status=403,
        )


class Nothing(Payload):
    """A command without facts."""


# --- what is mine -------------------------------------------------------------


@command("mine", Nothing)
def _mine(participation: Participation, __: Nothing, view: View) -> Done:
    dialogue = participation.dialogue
    return Done(
        {"may": mine.may(participation)},
        mine.all_slots(participation, dialogue, view),
    )


# --- contributions ------------------------------------------------------------


class SaveDraft(Payload):
    kind: Literal["proposal", "statement", "idea"] = "proposal"
    title: Line(140, shortest=0) = ""  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]


@command("save_draft", SaveDraft)
def _save_draft(who: Participation, said: SaveDraft, __: View) -> Done:
    contributing.save_draft(
        author=who,
        kind=said.kind,
        title=said.title,
        text=said.text,
        reason=said.reason,
    )
    return Done({}, {})


class SubmitProposal(Payload):
    kind: Literal["proposal", "statement", "idea"] = "proposal"
    title: Line(140)  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]
    district: Row | None = None
    place_x: Annotated[int, Field(ge=0, le=1000)] | None = None
    place_y: Annotated[int, Field(ge=0, le=1000)] | None = None


@command("submit_proposal", SubmitProposal)
def _submit_proposal(who: Participation, said: SubmitProposal, __: View) -> Done:
    has_place = said.place_x is not None and said.place_y is not None
    proposal = contributing.submit_proposal(
        author=who,
        kind=said.kind,
        title=said.title,
        text=said.text,
        reason=said.reason,
        district_pk=said.district,
        place=(said.place_x, said.place_y) if has_place else None,  # type: ignore[arg-type]
    )
    return Done(
        {"proposal": proposal.pk, "message": _("Your proposal is published.")},
        mine.own_slot(who, who.dialogue)
        | mine.proposal_slots(who, who.dialogue, [proposal.pk]),
    )


class ReviseProposal(Payload):
    proposal: Row
    title: Line(140)  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]
    revision: Row | None = None


@command("revise_proposal", ReviseProposal)
def _revise_proposal(who: Participation, said: ReviseProposal, __: View) -> Done:
    contributing.revise_proposal(
        author=who,
        proposal_pk=said.proposal,
        title=said.title,
        text=said.text,
        reason=said.reason,
        expected_revision=said.revision,
    )
    return Done(
        {"message": _("The new wording is published. The old one stays readable.")},
        mine.own_slot(who, who.dialogue),
    )


class Withdraw(Payload):
    kind: ContributionKind
    pk: Row


@command("withdraw", Withdraw)
def _withdraw(who: Participation, said: Withdraw, __: View) -> Done:
    contributing.withdraw(author=who, kind=said.kind, pk=said.pk)
    return Done(
        {"message": _("Your contribution is withdrawn.")},
        mine.own_slot(who, who.dialogue),
    )


class AddComment(Payload):
    proposal: Row
    text: Text(1000)  # type: ignore[valid-type]
    alignment: Literal["pro", "contra", "neutral"] = "neutral"
    parent: Row | None = None


@command("add_comment", AddComment)
def _add_comment(who: Participation, said: AddComment, __: View) -> Done:
    comment = contributing.add_comment(
        author=who,
        proposal_pk=said.proposal,
        text=said.text,
        alignment=Comment.Alignment(said.alignment),
        parent_pk=said.parent,
    )
    return Done(
        {"comment": comment.pk, "message": _("Your comment is published.")},
        mine.own_slot(who, who.dialogue),
    )


class AskQuestion(Payload):
    text: Text(500)  # type: ignore[valid-type]


@command("ask_question", AskQuestion)
def _ask_question(who: Participation, said: AskQuestion, __: View) -> Done:
    question = contributing.ask_question(author=who, text=said.text)
    return Done(
        {"question": question.pk, "message": _("Your question is on the wall.")},
        mine.own_slot(who, who.dialogue)
        | mine.question_slots(who, who.dialogue, [question.pk]),
    )


class SetSupport(Payload):
    kind: Literal["proposal", "question"]
    pk: Row
    supported: bool = True


@command("support", SetSupport)
def _support(who: Participation, said: SetSupport, __: View) -> Done:
    contributing.set_support(
        participation=who, kind=said.kind, pk=said.pk, supported=said.supported
    )
    draw = mine.proposal_slots if said.kind == "proposal" else mine.question_slots
    return Done({}, draw(who, who.dialogue, [said.pk], also_unchanged=True))


class React(Payload):
    kind: Literal["agree", "question", "slower", "louder"]


@command("react", React)
def _react(who: Participation, said: React, __: View) -> Done:
    contributing.react(participation=who, kind=ReactionCount.Kind(said.kind))
    return Done({}, {})


class ParkTopic(Payload):
    text: Line(200)  # type: ignore[valid-type]


@command("park_topic", ParkTopic)
def _park_topic(who: Participation, said: ParkTopic, __: View) -> Done:
    contributing.park_topic(author=who, text=said.text)
    return Done({"message": _("The topic is kept for later.")}, {})


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
    return Done({"message": _("Your call has reached the technical host.")}, {})


# --- stances and votes: also taken in batches, see ballot_box -------------------


class TakeStance(Payload):
    proposal: Row
    value: Literal["agree", "disagree", "pass"]
    # From the panel that shows one statement at a time.
    wants_next: bool = False


def stance_request(participation_pk: int, said: TakeStance) -> StanceRequest:
    return StanceRequest(participation_pk, said.proposal, Stance.Value(said.value))


def stance_done(who: Participation, said: TakeStance, taken: StanceTaken) -> Done:
    """The sender's slots after a stance; the next statement if it was asked for."""
    slots = mine.proposal_slots(who, who.dialogue, [taken.proposal_pk])
    if said.wants_next:
        slots["statement"] = mine.statement_slot(who, who.dialogue)
    return Done({"proposal": taken.proposal_pk, "value": taken.value}, slots)


@command("take_stance", TakeStance)
def _take_stance(who: Participation, said: TakeStance, __: View) -> Done:
    (answer,) = take_stances([stance_request(who.pk, said)])
    if isinstance(answer, Refusal):
        raise answer
    return stance_done(who, said, answer)


class CastVote(Payload):
    ballot: Row
    options: list[Row] = Field(default_factory=list, max_length=50)
    request_key: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None
    ) = None


def vote_request(participation_pk: int, said: CastVote) -> VoteRequest:
    """A key is random, from the page or the script, or made here: were it made
    from the choice, the roll could be tried for it after a secret ballot."""
    key = said.request_key or token_hex(16)
    return VoteRequest(
        participation_pk, said.ballot, dict.fromkeys(said.options, 1), key
    )


def vote_done(who: Participation, said: CastVote, receipt: Receipt) -> Done:
    """The sender's receipt, and the slot that shows it."""
    ballot = Ballot.objects.prefetch_related("options__proposal").get(
        pk=receipt.ballot_pk
    )
    return Done(
        {
            "ballot": receipt.ballot_pk,
            "receipt": receipt.code,
            "message": _("Your vote is counted. Receipt: %(code)s")
            % {"code": receipt.code},
        },
        mine.voted_slot(who.dialogue.code, ballot, receipt.code, said.options),
    )


@command("cast_vote", CastVote)
def _cast_vote(who: Participation, said: CastVote, __: View) -> Done:
    (answer,) = cast_votes([vote_request(who.pk, said)])
    if isinstance(answer, Refusal):
        raise answer
    return vote_done(who, said, answer)


# --- steering -------------------------------------------------------------------


class Expected(Payload):
    """What the moderator saw as current when pressing the button; 0: nothing yet."""

    expected: Annotated[int, Field(ge=0, le=2**62)] | None = None


@command("open_lobby", Nothing)
def _open_lobby(who: Participation, __: Nothing, ___: View) -> Done:
    steering.open_lobby(moderator=who)
    return Done({"message": _("The doors are open.")}, {})


@command("go_on", Expected)
def _go_on(who: Participation, said: Expected, __: View) -> Done:
    steering.go_on(moderator=who, expected_pk=said.expected)
    return Done({}, {})


@command("go_back", Expected)
def _go_back(who: Participation, said: Expected, __: View) -> Done:
    steering.go_back(moderator=who, expected_pk=said.expected)
    return Done({}, {})


class GoTo(Expected):
    item: Row


@command("go_to", GoTo)
def _go_to(who: Participation, said: GoTo, __: View) -> Done:
    steering.go_to(moderator=who, item_pk=said.item, expected_pk=said.expected)
    return Done({}, {})


class Extend(Payload):
    minutes: int


@command("extend", Extend)
def _extend(who: Participation, said: Extend, __: View) -> Done:
    steering.extend(moderator=who, minutes=said.minutes)
    return Done({}, {})


@command("pause", Nothing)
def _pause(who: Participation, __: Nothing, ___: View) -> Done:
    steering.pause(moderator=who)
    return Done({}, {})


@command("continue_dialogue", Nothing)
def _continue(who: Participation, __: Nothing, ___: View) -> Done:
    steering.resume(moderator=who)
    return Done({}, {})


class ShowOnProjector(Payload):
    shown: Annotated[
        str,
        StringConstraints(
            pattern=r"^(now|join|agenda|(proposal|question|ballot)-\d+)$"
        ),
    ]


@command("show_on_projector", ShowOnProjector)
def _show(who: Participation, said: ShowOnProjector, __: View) -> Done:
    steering.show_on_projector(moderator=who, shown=said.shown)
    return Done({"message": _("The projector shows it.")}, {})


class AnswerHelp(Payload):
    call: Row
    answer: Text(600, shortest=0) = ""  # type: ignore[valid-type]
    let_in: bool = False


@command("answer_help", AnswerHelp)
def _answer_help(who: Participation, said: AnswerHelp, __: View) -> Done:
    joining.answer_help(
        host=who, call_pk=said.call, answer=said.answer, let_in=said.let_in
    )
    return Done({"message": _("Your answer is sent.")}, {})


class ChangeParticipation(Payload):
    participation: Row
    role: (
        Literal[
            "participant",
            "observer",
            "table_moderator",
            "lead_moderator",
            "technical_host",
        ]
        | None
    ) = None
    state: Literal["admitted", "excluded"] | None = None


@command("change_participation", ChangeParticipation)
def _change(who: Participation, said: ChangeParticipation, __: View) -> Done:
    joining.change_participation(
        host=who,
        participation_pk=said.participation,
        role=said.role,
        state=said.state,
    )
    return Done({}, {})


class CloseDialogue(Payload):
    confirm: Literal["close"]


@command("close_dialogue", CloseDialogue)
def _close(who: Participation, __: CloseDialogue, ___: View) -> Done:
    record = close_dialogue(moderator=who)
    return Done(
        {"digest": record.digest, "message": _("The dialogue is closed and recorded.")},
        {},
    )


# --- moderation -------------------------------------------------------------------


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
    return Done({"message": _("Hidden. The author has been told why.")}, {})


class Restore(Payload):
    kind: ContributionKind
    pk: Row
    reason: Text(600)  # type: ignore[valid-type]


@command("restore", Restore)
def _restore(who: Participation, said: Restore, __: View) -> Done:
    restore_contribution(moderator=who, kind=said.kind, pk=said.pk, reason=said.reason)
    return Done({"message": _("Visible again. The author has been told.")}, {})


class AnswerQuestion(Payload):
    question: Row


@command("answer_question", AnswerQuestion)
def _answer_question(who: Participation, said: AnswerQuestion, __: View) -> Done:
    contributing.answer_question(moderator=who, question_pk=said.question)
    return Done({}, {})


class RemoveTopic(Payload):
    topic: Row


@command("remove_topic", RemoveTopic)
def _remove_topic(who: Participation, said: RemoveTopic, __: View) -> Done:
    contributing.remove_topic(moderator=who, topic_pk=said.topic)
    return Done({}, {})


# --- ballots ------------------------------------------------------------------------


class DraftBallot(Payload):
    title: Line(140)  # type: ignore[valid-type]
    text: Text(1200, shortest=0) = ""  # type: ignore[valid-type]
    method: Literal["yes_no", "single", "multiple"] = "yes_no"
    secrecy: Literal["open", "secret"] = "secret"
    electorate: Literal["room", "account"] = "room"
    most_options: Annotated[int, Field(ge=1, le=30)] = 1
    hides_count: bool = False
    options: Text(6000, shortest=0) = ""  # type: ignore[valid-type]
    proposals: list[Row] = Field(default_factory=list, max_length=30)


@command("draft_ballot", DraftBallot)
def _draft_ballot(who: Participation, said: DraftBallot, __: View) -> Done:
    lines = tuple(
        " ".join(line.split())[:200]
        for line in said.options.split("\n")
        if line.strip()
    )
    ballot = ballots.draft_ballot(
        moderator=who,
        title=said.title,
        text=said.text,
        method=Ballot.Method(said.method),
        secrecy=Ballot.Secrecy(said.secrecy),
        electorate=Ballot.Electorate(said.electorate),
        most_options=said.most_options,
        hides_count=said.hides_count,
        options=lines,
        proposals=tuple(said.proposals),
    )
    return Done({"ballot": ballot.pk, "message": _("The ballot is prepared.")}, {})


class BallotRow(Payload):
    ballot: Row


@command("open_ballot", BallotRow)
def _open_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.open_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("The ballot is open.")}, {})


@command("close_ballot", BallotRow)
def _close_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.close_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("The ballot is closed and counted.")}, {})


class AnnulBallot(BallotRow):
    reason: Text(600)  # type: ignore[valid-type]


@command("annul_ballot", AnnulBallot)
def _annul_ballot(who: Participation, said: AnnulBallot, __: View) -> Done:
    ballots.annul_ballot(moderator=who, ballot_pk=said.ballot, reason=said.reason)
    return Done({"message": _("The ballot is annulled.")}, {})
