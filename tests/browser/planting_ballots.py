"""Dialogues in which people decide, for browser tests, made by the verbs.

Runs in the environment of a live city, as `planting` does, and prints JSON.
"""

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import django

django.setup()

from accounts.models import Person  # noqa: E402 -- after the setup of Django
from dialogue.actions import go_to, open_lobby  # noqa: E402
from dialogue.joining import assign_role  # noqa: E402
from dialogue.models import Dialogue, Participation  # noqa: E402
from live.crowd.measuring import session_cookie  # noqa: E402
from portal import demo  # noqa: E402
from projects.models import Project  # noqa: E402
from proposals.ballots import close_ballot  # noqa: E402
from proposals.channels import (  # noqa: E402
    check_in,
    count_by_hand,
    issue_tickets,
    tick_off,
)
from proposals.models import Ballot  # noqa: E402
from proposals.opinions import keeping  # noqa: E402
from proposals.stances import StanceRequest, take_stances  # noqa: E402
from proposals.voting import Receipt, VoteRequest, cast_votes  # noqa: E402
from tests.browser.planting import (  # noqa: E402
    EVERYTHING,
    Facts,
    let_in,
    make_dialogue,
    make_project,
)
from tests.live.voting import WAYS, marked, open_one  # noqa: E402

# For the forms: one method of each kind, and those whose form has something more.
FORMS = ("gradients", "consent", "multiple", "consensing", "dots", "schulze", "greedy")
# Each wins against one and loses to another: only then are there paths to be told.
CIRCLE = ({0: 1, 1: 2, 2: 3}, {1: 1, 2: 2, 0: 3}, {2: 1, 0: 2, 1: 3})
STATEMENTS = (
    "Die Straße soll für Autos gesperrt werden.",
    "Es braucht mehr Parkplätze.",
    "Der Bus soll alle zehn Minuten fahren.",
    "Radwege sind wichtiger als Parkplätze.",
    "Bäume und Bänke sollen Vorrang haben.",
    "Schulwege müssen sicher sein.",
)
# What the two sides say to these; the last one unites them.
SIDES = (
    ("agree", "disagree", "agree", "agree", "agree", "agree"),
    ("disagree", "agree", "pass", "disagree", "disagree", "agree"),
)


def begun(
    project: Project, title: str, people: int
) -> tuple[Dialogue, Participation, list[Participation]]:
    dialogue, lead = make_dialogue(project, EVERYTHING, title=title)
    open_lobby(moderator=lead)
    go_to(moderator=lead, item_pk=dialogue.agenda.get().pk)
    return (
        dialogue,
        lead,
        [let_in(dialogue, f"Gast {number}") for number in range(people)],
    )


def cast(
    ballot: Ballot, voters: Sequence[Participation], votes: Sequence[Mapping[int, int]]
) -> str:
    """One after the other as `votes` say, over and over; gives the first receipt."""
    reason = WAYS[ballot.method].more.get("reason", "")
    answers = cast_votes(
        [
            VoteRequest(
                voter.pk,
                ballot.pk,
                marked(ballot, dict(votes[number % len(votes)])),
                f"planted-{voter.pk}-{ballot.pk}",
                reason=reason if 2 in votes[number % len(votes)] else "",
            )
            for number, voter in enumerate(voters)
        ]
    )
    receipts = [answer.code for answer in answers if isinstance(answer, Receipt)]
    assert len(receipts) == len(voters), answers
    return receipts[0]


def by_hand(scene: Any, second: Participation, ballot: Ballot) -> None:
    """Five in the hall have voted, and two people have counted the same."""
    (yes, *__) = ballot.options.order_by("position")
    for counting in (scene.lead, second):
        count_by_hand(
            moderator=counting,
            ballot_pk=ballot.pk,
            channel="hall",
            sheets=[({yes.pk: 1}, 5)],
        )


def ballots() -> Facts:
    """Open ones that the first guest has not voted in, counted ones, and two that
    are counted by hand."""
    project = make_project("entschieden", title="Entschieden")
    dialogue, lead, guests = begun(project, "Entscheiden", 12)
    second = assign_role(
        person=Person.objects.get(email=demo.CITIZEN),
        dialogue=dialogue,
        role=Participation.Role.TABLE_MODERATOR,
        name="Zweite Moderation",
    )
    scene: Any = SimpleNamespace(lead=lead)
    closed, receipts = {}, {}
    for method in ("equal_shares", "irv", "single"):
        ballot = open_one(scene, method)
        way = WAYS[method]
        receipts[method] = cast(ballot, guests, (way.first, way.first, way.second))
        close_ballot(moderator=lead, ballot_pk=ballot.pk)
        closed[method] = ballot.pk
    for ticket in issue_tickets(moderator=lead, number=6)[1:]:
        check_in(moderator=lead, code=ticket.code)
    mixed = open_one(scene, "yes_no", is_mixed=True)
    for number in range(2, 7):
        tick_off(moderator=lead, ballot_pk=mixed.pk, code=str(number))
    cast(mixed, guests, ({0: 1}, {1: 1}))
    by_hand(scene, second, mixed)
    close_ballot(moderator=lead, ballot_pk=mixed.pk)
    forms = {}
    for method in FORMS:
        ballot = open_one(scene, method)
        way = WAYS[method]
        votes = CIRCLE if method == "schulze" else (way.first, way.second)
        cast(ballot, guests[1:], votes)
        forms[method] = ballot.pk
    return {
        "code": dialogue.code,
        "ada": session_cookie(guests[0].person),
        "open": forms,
        "closed": {**closed, "mixed": mixed.pk},
        "receipt": receipts["equal_shares"],
        "hands": open_one(scene, "yes_no", is_mixed=True).pk,
        "paper": open_one(scene, "multiple", is_mixed=True).pk,
    }


def opinions() -> Facts:
    """Two sides of thirty people, drawn as a map."""
    project = make_project("meinungen", title="Meinungen")
    dialogue, lead, guests = begun(project, "Was denken Sie?", 60)
    seeds = keeping.seed_statements(moderator=lead, lines="\n".join(STATEMENTS))
    keeping.set_opinion_map(moderator=lead, is_shown=True, on_projector=True)
    take_stances(
        [
            StanceRequest(guest.pk, seed.pk, SIDES[number % 2][place])
            for number, guest in enumerate(guests)
            for place, seed in enumerate(seeds)
            # Nobody answers everything.
            if (number + place) % 7
        ]
    )
    assert keeping.redraw(dialogue)
    return {
        "code": dialogue.code,
        "project": project.slug,
        "ada": session_cookie(guests[0].person),
    }


if __name__ == "__main__":
    print(json.dumps({"ballots": ballots(), "opinions": opinions()}))
