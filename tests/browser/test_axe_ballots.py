"""No barriers where people decide: every kind of form, results, tickets, hand counts,
recount and opinion map.

As `test_axe`; the dialogue and its votes are planted, so that pages are all it loads.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.audit import audit
from tests.browser.people import Visitor
from tests.browser.test_axe_moderation import again, look, refused, send
from tests.conftest import LiveCity

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# Forms of ballots: one of each kind, and what hides in the kind (prices, reasons).
KINDS = {"gradients", "consent", "multiple", "consensing", "dots", "schulze", "greedy"}


@pytest.fixture(scope="module")
def decided(live_city: LiveCity) -> dict[str, Any]:
    """A dialogue with ballots of all kinds, and people who have answered statements."""
    facts: dict[str, Any] = json.loads(
        live_city.server.run("-m", "tests.browser.planting", "decided")
    )
    return facts


def known(visitor: Callable[..., Visitor], cookie: dict[str, str]) -> Visitor:
    """Somebody who was planted, by the session they have."""
    person = visitor()
    ((name, value),) = cookie.items()
    person.context.add_cookies([{"name": name, "value": value, "url": person.url}])
    return person


def test_voting_and_results(
    decided: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code, room = decided["code"], f"/d/{decided['code']}/"
    lead, ada = visitor().enter("moderator"), known(visitor, decided["ada"])
    assert set(decided["open"]) == KINDS
    lead.visit(f"{room}desk/")
    lead.do(code, "show_on_projector", shown=f"ballot-{decided['open']['schulze']}")

    faults = look(ada, room)
    assert ada.page.locator("form[data-vote]").count() == len(KINDS)
    faults += again(lead, f"{room}desk/", f"{room}projector/")
    for pk in decided["open"].values():
        lead.do(code, "close_ballot", ballot=pk)
    faults += look(ada, room)
    assert ada.page.locator(".result").count() == len(KINDS) + len(decided["closed"])
    expect(ada.page.locator(".table--pairs")).to_have_count(1)
    faults += again(lead, f"{room}desk/", f"{room}projector/")
    for method in ("equal_shares", "mixed"):
        shown = f"ballot-{decided['closed'][method]}"
        lead.do(code, "show_on_projector", shown=shown)
        faults += again(lead, f"{room}projector/")
    assert faults == []


def test_hall_and_recount(
    decided: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    room = f"/d/{decided['code']}/"
    lead, ada = visitor().enter("moderator"), known(visitor, decided["ada"])

    faults = look(lead, f"{room}desk/tickets/", f"{room}desk/tickets/print/")
    lead.visit(f"{room}desk/tickets/")
    faults += refused(send(lead, "main form", code="nichts"), lead)
    faults += look(ada, f"{room}ticket/")
    ada.visit(f"{room}ticket/")
    faults += refused(send(ada, "main form", code="nichts"), ada)
    hands, paper = (
        f"{room}desk/ballots/{decided[how]}/count/" for how in ("hands", "paper")
    )
    faults += look(lead, hands, paper)
    lead.visit(paper)
    faults += refused(send(lead, "main form", sheets="1,2\n9"), lead)

    secret, open_one = (
        f"{room}ballots/{decided['closed'][how]}/" for how in ("equal_shares", "single")
    )
    faults += look(ada, "/recount/", secret)
    faults += again(ada, open_one)
    # A receipt that is known, one that is not, and one that cannot be.
    for receipt, kind in ((decided["receipt"], "success"), ("AAAAA-AAAAA", "warning")):
        ada.visit(secret)
        page = send(ada, "#receipt form", receipt=receipt)
        expect(page.locator(f"#receipt .alert--{kind}")).to_be_visible()
        faults += audit(page)
    ada.visit(secret)
    faults += refused(send(ada, "#receipt form", receipt="zu kurz"), ada)
    assert faults == []


def test_opinions_and_filed_result(
    decided: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code, room = decided["code_of_map"], f"/d/{decided['code_of_map']}/"
    lead, ada = visitor().enter("moderator"), known(visitor, decided["ada_at_map"])

    faults = look(ada, room)
    expect(ada.page.locator(".opinions__map")).to_be_visible()
    faults += again(lead, f"{room}desk/", f"{room}projector/")
    lead.visit(f"{room}desk/")
    digest = lead.do(code, "close_dialogue", confirm="close")["digest"]
    faults += look(ada, f"/projects/{decided['project']}/results/{digest}/")
    faults += again(ada, room, f"{room}minutes/")
    assert faults == []
