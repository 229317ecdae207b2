"""Verbs of a ballot before it opens: draft, change, discard, a further round.

A draft may still lack something (a budget, costs): `draft_findings` says what, and
opening refuses until nothing is left.
"""

from collections.abc import Iterable
from typing import Unpack

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require
from ledger.actions import act, record
from proposals.choices import BUDGETS
from proposals.events import BallotChanged, BallotDiscarded, BallotDrafted
from proposals.methods import METHODS
from proposals.models import Ballot, Option
from proposals.options import options_of_plan, title_now, title_twice
from proposals.planning import Plan
from proposals.queries import access_ballot
from proposals.terms import terms_of
from shared.errors import Refusal
from shared.signs import sign_of

# An objection does not weigh, a mood is one's own, and so is a share of a budget.
WITHOUT_WEIGHTS = ("hands", "gradients", "consent", *BUDGETS)


_NOT_COLUMNS = (
    "has_none",
    "status_quo",
    "options",
    "proposals",
    "questions",
    "costs",
)
_COLUMNS = tuple(name for name in Plan.__annotations__ if name not in _NOT_COLUMNS)


@act()
def draft_ballot(*, moderator: Participation, **plan: Unpack[Plan]) -> Ballot:
    """Prepare a ballot."""
    moderator, dialogue = _asked(moderator)
    ballot = Ballot(dialogue=dialogue)
    _write(ballot, dialogue, plan)
    record(dialogue.stream_id, BallotDrafted(ballot=ballot.pk, by=moderator.pk))
    return ballot


@act()
def change_draft(
    *,
    moderator: Participation,
    ballot_pk: int,
    seen: str | None = None,
    **plan: Unpack[Plan],
) -> Ballot:
    """Write a draft anew. What has been opened stays as it is.

    `seen` is the `draft_sign` of what the moderator read.
    """
    moderator, dialogue = _asked(moderator)
    ballot = access_draft(dialogue, ballot_pk)
    check_read(ballot, seen)
    ballot.options.all().delete()
    _write(ballot, dialogue, plan)
    record(dialogue.stream_id, BallotChanged(ballot=ballot.pk, by=moderator.pk))
    return ballot


@act()
def discard_draft(
    *, moderator: Participation, ballot_pk: int, seen: str | None = None
) -> None:
    """Throw a draft away: nobody has voted in it, nobody but moderators saw it.

    `seen` as in `change_draft`.
    """
    moderator, dialogue = _asked(moderator)
    ballot = access_draft(dialogue, ballot_pk)
    check_read(ballot, seen)
    number = ballot.pk
    ballot.delete()
    record(dialogue.stream_id, BallotDiscarded(ballot=number, by=moderator.pk))


@act()
def draft_next_round(*, moderator: Participation, ballot_pk: int) -> Ballot:
    """The same question again, as a draft that may be improved before it opens.

    A closed ballot is never reopened: its result stands, the new round is compared
    with it.
    """
    moderator, dialogue = _asked(moderator)
    before = access_ballot(dialogue, ballot_pk, lock=True)
    if before.state not in (Ballot.State.CLOSED, Ballot.State.ANNULLED):
        raise Refusal(
            "ballot.not_closed",
            gettext_lazy("Please close this ballot before its next round."),
        )
    if Ballot.objects.filter(previous=before).exists():
        raise Refusal(
            "ballot.has_next",
            gettext_lazy("The next round of this ballot is prepared already."),
        )
    options = list(before.options.order_by("position"))
    ballot = Ballot.objects.get(pk=before.pk)
    ballot.pk = None
    ballot._state.adding = True
    ballot.previous, ballot.round = before, before.round + 1
    ballot.state, ballot.item = Ballot.State.DRAFT, None
    ballot.opened_at = ballot.closed_at = ballot.published_at = None
    ballot.annulled_reason = ballot.roll_digest = ""
    ballot.roll_size = ballot.roll_weight = ballot.turnout = ballot.counts_version = 0
    ballot.save()
    for option in options:
        option.pk, option.ballot, option.marks_count = None, ballot, 0
        option._state.adding = True
    Option.objects.bulk_create(options)
    record(dialogue.stream_id, BallotDrafted(ballot=ballot.pk, by=moderator.pk))
    return ballot


def draft_findings(ballot: Ballot) -> list[str]:
    """What keeps a draft from being opened, in the reader's language."""
    options = list(ballot.options.all())
    findings = []
    if len(options) < 2:
        findings.append(_("Please give at least two options."))
    for row in options:
        if row.is_gone:
            findings.append(
                _("“%(title)s” is not there any more.") % {"title": row.title}
            )
    if title := title_twice(options):
        findings.append(
            _("“%(title)s” stands on the ballot twice. Please leave one of them out.")
            % {"title": title}
        )
    if ballot.uses_weights:
        findings += _weight_findings(ballot)
    if ballot.is_secret and ballot.method == Ballot.Method.CONSENT:
        findings.append(_("Objections have reasons: an open ballot, please."))
    try:
        METHODS[ballot.method].suits(terms_of(ballot, options))
    except Refusal as refusal:
        findings.append(str(refusal.message))
    return findings


def _weight_findings(ballot: Ballot) -> Iterable[str]:
    if ballot.is_secret:
        yield _("Weights would tell who voted what: an open ballot, please.")
    if ballot.method in WITHOUT_WEIGHTS:
        yield _("By this method everybody counts once: without weights, please.")
    if not ballot.text:
        yield _("Please say in the explanation why votes are weighted.")


def _asked(moderator: Participation) -> tuple[Participation, Dialogue]:
    moderator, dialogue = fresh(moderator)
    require("proposals.draft_ballot", moderator, dialogue)
    if dialogue.is_over:
        raise Refusal("dialogue.closed", gettext_lazy("This dialogue is closed."))
    return moderator, dialogue


def access_draft(dialogue: Dialogue, ballot_pk: int) -> Ballot:
    """The draft, held."""
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state != Ballot.State.DRAFT:
        raise Refusal(
            "ballot.not_draft", gettext_lazy("This ballot was opened already.")
        )
    return ballot


def check_read(ballot: Ballot, seen: str | None) -> None:
    """Refuse unless a held draft reads as it was `seen` (a `draft_sign`, or unsaid)."""
    now = draft_sign(ballot, ballot.options.select_related("proposal", "question"))
    if seen is None or seen == now:
        return
    if seen.partition("-")[0] == now.partition("-")[0]:
        raise Refusal(
            "ballot.reworded_meanwhile",
            gettext_lazy(
                "An option reads otherwise by now. Please read the draft again."
            ),
            seen=now,
        )
    raise changed_meanwhile(
        ballot.dialogue,
        "ballot.changed_meanwhile",
        BallotChanged.kind,
        seen=now,
        ballot=ballot.pk,
    )


def draft_sign(ballot: Ballot, options: Iterable[Option]) -> str:
    """Two short signs of a draft: of what was planned, and of how that reads now."""
    rows = sorted(options, key=lambda option: option.position)
    columns = [str(getattr(ballot, name)) for name in _COLUMNS]
    sources = [(row.proposal_id, row.question_id) for row in rows]
    free = [(row.key, row.cost, "" if row.source else row.title) for row in rows]
    words = [(title_now(row), row.proposal and row.proposal.title) for row in rows]
    return f"{sign_of(columns, sources, free)}-{sign_of(words)}"


def _write(ballot: Ballot, dialogue: Dialogue, plan: Plan) -> None:
    for name, value in plan.items():
        if name not in _NOT_COLUMNS:
            setattr(ballot, name, value)
    ballot.method = ballot.method or Ballot.Method.YES_NO
    rows = options_of_plan(ballot, dialogue, plan)
    ballot.save()
    for position, row in enumerate(rows):
        row.ballot, row.position = ballot, position
    Option.objects.bulk_create(rows)
