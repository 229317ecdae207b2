"""Verbs of a ballot before it opens: draft, change, discard, a further round.

A draft may still lack something (a budget, costs): `draft_findings` says what, and
opening refuses until nothing is left.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require, share_lock
from ledger.actions import act, record
from proposals.choices import ADDED, BUDGETS, WITHOUT_NONE, folded, names_of
from proposals.events import BallotChanged, BallotDiscarded, BallotDrafted
from proposals.methods import METHODS
from proposals.models import Ballot, Option, Proposal, Question
from proposals.queries import access_ballot
from proposals.terms import terms_of
from shared.errors import Refusal
from shared.signs import sign_of

MOST_OPTIONS = 100
# Whose usual terms do without a word more.
QUICK = (
    "hands", "yes_no", "gradients", "consent", "single", "multiple", "approval",
    "dots", "consensing", "schulze",
)  # fmt: skip
# An objection does not weigh, a mood is one's own, and so is a share of a budget.
WITHOUT_WEIGHTS = ("hands", "gradients", "consent", *BUDGETS)
_COST = re.compile(r"^(?P<title>.*?)\s*[;|]\s*(?P<cost>\d[\d. ]*)\s*(?:€|EUR|Euro)?$")


class Plan(TypedDict, total=False):
    """What a moderator plans; what is left out is usual (`Terms`).

    `options` are titles, or titles and costs; `proposals` and `questions` (row
    numbers) become options by link, `costs` are theirs by "proposal-7" or
    "question-7". `status_quo` is the title of the option that leaves all as it is.
    """

    title: str
    text: str
    text_easy: str
    method: str
    secrecy: str
    electorate: str
    most_options: int
    points: int
    per_option: int
    lowest: int
    highest: int
    seats: int
    budget: int
    majority: str
    base: str
    quorum: int
    threshold: int
    uses_weights: bool
    is_mixed: bool
    hides_count: bool
    has_none: bool
    status_quo: str
    options: tuple[str | tuple[str, int], ...]
    proposals: tuple[int, ...]
    questions: tuple[int, ...]
    costs: Mapping[str, int]


_NOT_COLUMNS = (
    "has_none",
    "status_quo",
    "options",
    "proposals",
    "questions",
    "costs",
)
_COLUMNS = tuple(name for name in Plan.__annotations__ if name not in _NOT_COLUMNS)


def option_of_line(line: str) -> tuple[str, int]:
    """Title and cost in whole euros of "Title; 12.000 €"; the cost is 0 if not said."""
    line = " ".join(line.split())
    said = _COST.match(line)
    if said is None:
        return line[:200], 0
    cost = re.sub(r"[. ]", "", said["cost"])[:12]
    return said["title"][:200], int(cost)


def options_of_lines(text: str) -> tuple[tuple[str, int], ...]:
    """One option a line."""
    return tuple(option_of_line(line) for line in text.split("\n") if line.strip())


def line_of_option(title: str, cost: int) -> str:
    """The line of which `option_of_line` makes this title and cost."""
    # A title that ends like a cost would lose its end.
    return f"{title}; {cost}" if cost or _COST.match(title) else title


def usual_terms(method: str, options: int, *, most: int = 1) -> Plan:
    """Terms for so many options, where nothing else was said.

    Dots: about a third of the options (Mehrpunktabfrage), at most two on one.
    """
    if method == Ballot.Method.APPROVAL or method in BUDGETS:
        most = max(options, 1)
    plan = Plan(most_options=most)
    if method == Ballot.Method.DOTS:
        plan |= {"points": max(2, -(-options // 3)), "per_option": 2}
    if method == Ballot.Method.STV:
        plan["seats"] = max(1, options // 2)
    if method == Ballot.Method.CONSENT:
        plan["secrecy"] = Ballot.Secrecy.OPEN
    return plan


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
    if title := _title_twice(options):
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
    fixed = getattr(METHODS[ballot.method], "FIXED", ())
    rows = _fixed(dialogue, plan, fixed) if fixed else _free(dialogue, plan)
    added = [] if fixed else _added(ballot, plan)
    _check_options(ballot, rows, added)
    rows += added
    ballot.save()
    for position, row in enumerate(rows):
        row.ballot, row.position = ballot, position
    Option.objects.bulk_create(rows)


def _fixed(dialogue: Dialogue, plan: Plan, keys: Iterable[str]) -> list[Option]:
    """The choices a method knows; the first is linked to what the ballot is about."""
    labels = METHODS[plan.get("method", Ballot.Method.YES_NO)].LABELS
    rows = [Option(title=str(labels[key]), key=key) for key in keys]
    about = linked_proposals(dialogue, plan.get("proposals", ())[:1])
    rows[0].proposal = next(iter(about), None)
    return rows


def _added(ballot: Ballot, plan: Plan) -> list[Option]:
    keys = ["abstain"]
    if plan.get("has_none") and ballot.method not in WITHOUT_NONE:
        keys.insert(0, "none")
    return [Option(title=str(ADDED[key]), key=key) for key in keys]


def _free(dialogue: Dialogue, plan: Plan) -> list[Option]:
    costs = plan.get("costs", {})
    rows = [
        Option(title=row.title, proposal=row, cost=costs.get(f"proposal-{row.pk}", 0))
        for row in linked_proposals(dialogue, plan.get("proposals", ()))
    ]
    rows += [
        Option(
            title=shortened(row.text),
            question=row,
            cost=costs.get(f"question-{row.pk}", 0),
        )
        for row in linked_questions(dialogue, plan.get("questions", ()))
    ]
    for said in plan.get("options", ()):
        title, cost = (said, 0) if isinstance(said, str) else said
        if title:
            rows.append(Option(title=title, cost=cost))
    if status_quo := plan.get("status_quo", ""):
        rows.append(Option(title=status_quo, key="status_quo"))
    return rows


def shortened(text: str) -> str:
    """A question as an option's title."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"


def title_now(option: Option) -> str:
    """An option that is a contribution reads as this does now."""
    if option.proposal is not None and not option.key:
        return option.proposal.title
    if option.question is not None:
        return shortened(option.question.text)
    return option.title


def _title_twice(rows: Iterable[Option]) -> str:
    """The first title that another option has as well; empty without one."""
    taken: set[str] = set()
    for row in sorted(rows, key=lambda row: row.key not in ADDED):
        names = {folded(title_now(row)), *names_of(row.key)}
        if names & taken:
            return title_now(row)
        taken |= names
    return ""


def linked_proposals(dialogue: Dialogue, pks: tuple[int, ...]) -> list[Proposal]:
    """The published proposals `pks`, in this order; a Refusal if one is not there."""
    share_lock(Proposal, sorted(pks))
    found = dialogue.proposals.filter(state=Proposal.State.PUBLISHED).in_bulk(pks)
    if set(found) != set(pks):
        raise _gone("proposals")
    return [found[pk] for pk in dict.fromkeys(pks)]


def linked_questions(dialogue: Dialogue, pks: tuple[int, ...]) -> list[Question]:
    """The published questions `pks`, in this order; a Refusal if one is not there."""
    share_lock(Question, sorted(pks))
    found = dialogue.questions.filter(state=Question.State.PUBLISHED).in_bulk(pks)
    if set(found) != set(pks):
        raise _gone("questions")
    return [found[pk] for pk in dict.fromkeys(pks)]


def _gone(field: str) -> Refusal:
    return Refusal(
        "ballot.proposal_gone",
        gettext_lazy("A contribution chosen as option is not there any more."),
        field=field,
    )


def _check_options(ballot: Ballot, rows: list[Option], added: list[Option]) -> None:
    # One option is enough beside "none of these".
    if len(rows) + any(row.key == "none" for row in added) < 2:
        raise Refusal(
            "ballot.options",
            gettext_lazy("Please give at least two options."),
            status=400,
            field="options",
        )
    if len(rows) > MOST_OPTIONS or _title_twice(rows):
        raise Refusal(
            "ballot.options",
            gettext_lazy("Please give at most 100 options, each only once."),
            status=400,
            field="options",
        )
    if title := _title_twice([*rows, *added]):
        raise Refusal(
            "ballot.options",
            gettext_lazy("“%(title)s” is added by itself. Please leave it out here.")
            % {"title": title},
            status=400,
            field="options",
        )
    if ballot.method == Ballot.Method.MULTIPLE and not (
        1 <= ballot.most_options <= len(rows)
    ):
        raise Refusal(
            "ballot.most_options",
            gettext_lazy("Please say how many options each person may choose."),
            status=400,
            field="most_options",
        )
