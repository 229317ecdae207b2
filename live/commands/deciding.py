"""Stances and votes, which are also taken in batches (see ballot_box)."""

import json
from collections.abc import Mapping
from secrets import token_hex
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints, model_validator

from dialogue.models import Participation
from live import mine
from live.answers import VoteCall, cast_and_draw
from live.ballot_box import Closing
from live.commands.table import Done, Row, command
from live.hub import cast_by_page
from live.screens import View
from proposals.models import Ballot, Stance
from proposals.stances import StanceRequest, take_stances
from proposals.voting import VoteRequest
from shared.errors import Refusal
from shared.payloads import Payload, Text

# Of the fields of a form that has one for each option.
VALUE = "value-"
MOST_MARKS = 100


class TakeStance(Payload):
    proposal: Row
    value: Literal["agree", "disagree", "pass"]
    # From the panel that shows one statement at a time.
    wants_next: bool = False


def stance_request(participation_pk: int, said: TakeStance) -> StanceRequest:
    return StanceRequest(participation_pk, said.proposal, Stance.Value(said.value))


@command("take_stance", TakeStance)
def _take_stance(who: Participation, said: TakeStance, __: View) -> Done:
    (answer,) = take_stances([stance_request(who.pk, said)])
    if isinstance(answer, Refusal):
        raise answer

    def slots() -> dict[str, str]:
        drawn = mine.proposal_slots(who, who.dialogue, [answer.proposal_pk])
        if said.wants_next:
            drawn["statement"] = mine.statement_slot(who, who.dialogue)
        return drawn

    return Done({"proposal": answer.proposal_pk, "value": answer.value}, slots)


class CastVote(Payload):
    ballot: Row
    # Options that are marked; "abstain" instead of all else; values of the others.
    options: list[Row] = Field(default_factory=list, max_length=MOST_MARKS)
    abstain: Row | None = None
    marks: dict[Row, int | Annotated[str, StringConstraints(max_length=20)]] = Field(
        default_factory=dict, max_length=MOST_MARKS
    )
    # Why somebody objects.
    reason: Text(600, shortest=0) = ""  # type: ignore[valid-type]
    request_key: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None
    ) = None

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, facts: Any) -> Any:
        """A form's `value-12` is the value of option 12."""
        if not isinstance(facts, dict) or not any(
            isinstance(name, str) and name.startswith(VALUE) for name in facts
        ):
            return facts
        known = facts.get("marks", {})
        gathered: dict[str, Any] = {
            name: value for name, value in facts.items() if not name.startswith(VALUE)
        }
        if not isinstance(known, dict):
            return gathered
        values = {
            name.removeprefix(VALUE): value
            for name, value in facts.items()
            if name.startswith(VALUE)
        }
        return gathered | {"marks": known | values}


def vote_request(participation_pk: int, said: CastVote) -> VoteRequest:
    """A key is random, from the page or the script, or made here: were it made
    from the choice, the roll could be tried for it after a secret ballot."""
    key = said.request_key or token_hex(16)
    return VoteRequest(
        participation_pk, said.ballot, marks_of(said), key, reason=said.reason
    )


def marks_of(said: CastVote) -> Mapping[int, int]:
    """Option -> value, of a vote as it was sent; a Refusal if it is none."""
    marks = dict.fromkeys(said.options, 1)
    for option, value in said.marks.items():
        try:
            marks[option] = int(value)
        except ValueError:
            raise Refusal(
                "vote.not_a_number",
                _("Please give a whole number."),
                status=400,
                field=f"{VALUE}{option}",
            ) from None
        if abs(marks[option]) > 10**6:
            raise Refusal(
                "vote.scale",
                _("This value is not on the scale."),
                status=400,
                field=f"{VALUE}{option}",
            )
    if said.abstain is None:
        return marks
    if any(marks.values()):
        raise Refusal(
            "vote.abstains_and_chooses",
            _("You have chosen to abstain, and something else as well. Please decide."),
            status=400,
            field="abstain",
        )
    return {said.abstain: 1}


class VoteRefused(Refusal):
    """A vote by plain form that is not in order: the form comes back filled in."""

    page = "live/ballot_again.html"

    def __init__(self, refusal: Refusal, who: Participation, said: CastVote) -> None:
        super().__init__(
            refusal.code,
            refusal.message,
            status=refusal.status,
            field=refusal.field,
            retry_after=refusal.retry_after,
        )
        self.who, self.said = who, said

    @property
    def ballot(self) -> Ballot | None:
        return self.who.dialogue.ballots.filter(pk=self.said.ballot).first()

    def form(self) -> str:
        """The slot of the ballot with what was typed, for the page of the refusal."""
        said = self.said
        chosen = [*said.options, said.abstain] if said.abstain else said.options
        return mine.typed_ballot(
            self.who,
            said.ballot,
            {**dict.fromkeys(chosen, 1), **said.marks},
            said.reason,
        )


@command("cast_vote", CastVote)
def _cast_vote(who: Participation, said: CastVote, view: View) -> Done:
    try:
        drawn = _cast_by_form(VoteCall(vote_request(who.pk, said), view.language))
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        # A mistake in the form, which can be mended there.
        raise VoteRefused(refusal, who, said) from None
    facts = json.loads(f"{{{drawn}}}")
    return Done(facts["ok"], lambda: facts["mine"])


def _cast_by_form(call: VoteCall) -> str:
    try:
        drawn = cast_by_page(call)
    except Closing:
        drawn = None
    if drawn is not None:
        return drawn
    (answer,) = cast_and_draw([call])
    if isinstance(answer, Refusal):
        raise answer
    return answer
