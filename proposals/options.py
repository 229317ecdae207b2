"""The options of a ballot: what stands on it, how it reads, what may not stand so."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from dialogue.models import Dialogue
from dialogue.queries import share_lock
from proposals.choices import ADDED, WITHOUT_NONE, folded, names_of
from proposals.methods import METHODS
from proposals.models import Ballot, Option, Proposal, Question
from proposals.planning import Plan
from shared.errors import Refusal

MOST_OPTIONS = 100


def options_of_plan(ballot: Ballot, dialogue: Dialogue, plan: Plan) -> list[Option]:
    """The options that `plan` gives a ballot, in their order and not yet saved.

    Holds the contributions that become options. A Refusal where the plan does not
    make a ballot.
    """
    fixed = getattr(METHODS[ballot.method], "FIXED", ())
    rows = _fixed(dialogue, plan, fixed) if fixed else _free(dialogue, plan)
    added = [] if fixed else _added(ballot, plan)
    _check_options(ballot, rows, added)
    return rows + added


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


def title_twice(rows: Iterable[Option]) -> str:
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
    if len(rows) > MOST_OPTIONS or title_twice(rows):
        raise Refusal(
            "ballot.options",
            gettext_lazy("Please give at most 100 options, each only once."),
            status=400,
            field="options",
        )
    if title := title_twice([*rows, *added]):
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
