"""No barriers where people decide: forms and results, hall tickets, hand counts, the
recount and the opinion map.

As `test_axe`; the votes are planted, so that pages are all that a browser does here.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.audit import audit
from tests.browser.people import DESK, Visitor
from tests.browser.test_axe_moderation import again, look, plain, refused, send
from tests.conftest import LiveCity

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def decided(live_city: LiveCity) -> dict[str, Any]:
    """Ballots with votes, and people who have answered statements."""
    said = live_city.server.run("-m", "tests.browser.planting_ballots")
    facts: dict[str, Any] = json.loads(said)
    return facts


def known(
    visitor: Callable[..., Visitor], cookie: dict[str, str], *size: tuple[int, int]
) -> Visitor:
    """Somebody who was planted, by the session they have."""
    person = visitor(*size)
    ((name, value),) = cookie.items()
    person.context.add_cookies([{"name": name, "value": value, "url": person.url}])
    return person


def test_voting_and_results(
    decided: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    facts = decided["ballots"]
    code, room = facts["code"], f"/d/{facts['code']}/"
    lead = visitor().enter("moderator")
    ada = known(visitor, facts["ada"], DESK)
    lead.visit(f"{room}desk/")

    # With the script phones show one at a time; without it, all stand there.
    faults = again(ada, room)
    on_phone = plain(known(visitor, facts["ada"]))
    faults += look(on_phone, room)
    for pk in (*facts["open"].values(), facts["hands"], facts["paper"]):
        expect(on_phone.page.locator(f"#ballot-{pk} form[data-vote]")).to_be_visible()
    faults += again(lead, f"{room}desk/")

    for pk in facts["open"].values():
        lead.do(code, "close_ballot", ballot=pk)
    faults += look(ada, room)
    for pk in (*facts["open"].values(), *facts["closed"].values()):
        expect(ada.page.locator(f"#ballot-{pk} .result")).to_be_visible()
    pairs = ada.page.locator(f"#ballot-{facts['open']['schulze']} .table--pairs")
    expect(pairs.first).to_be_visible()
    faults += again(lead, f"{room}desk/")
    shown = facts["open"]["schulze"], facts["closed"]["mixed"]
    for pk in shown:
        lead.do(code, "show_on_projector", shown=f"ballot-{pk}")
        faults += again(lead, f"{room}projector/")
        expect(lead.page.locator(".projector__verdict")).to_be_visible()
    assert faults == []


def test_hall_and_recount(
    decided: dict[str, Any],
    visitor: Callable[..., Visitor],
    browser: Browser,
    tmp_path: Path,
) -> None:
    facts = decided["ballots"]
    room = f"/d/{facts['code']}/"
    lead, ada = visitor().enter("moderator"), known(visitor, facts["ada"])

    faults = look(lead, f"{room}desk/tickets/", f"{room}desk/tickets/print/")
    lead.visit(f"{room}desk/tickets/")
    faults += refused(send(lead, "main form", code="nichts"), lead)
    faults += look(ada, f"{room}ticket/")
    ada.visit(f"{room}ticket/")
    faults += refused(send(ada, "main form", code="nichts"), ada)
    hands, paper = (
        f"{room}desk/ballots/{facts[how]}/count/" for how in ("hands", "paper")
    )
    faults += look(lead, hands, paper)
    lead.visit(paper)
    faults += refused(send(lead, "main form", sheets="1,2\n9"), lead)

    counted = f"{room}ballots/{facts['closed']['equal_shares']}/"
    faults += look(ada, counted)
    # A receipt that was counted, one that was not, and none at all.
    for receipt, kind in ((facts["receipt"], "success"), ("AAAAA-AAAAA", "warning")):
        ada.visit(counted)
        page = send(ada, "#receipt form", receipt=receipt)
        expect(page.locator(f"#receipt .alert--{kind}[role=status]")).to_be_visible()
        faults += audit(page)
    ada.visit(counted)
    faults += refused(send(ada, "#receipt form", receipt="kurz"), ada)
    # The page that counts again is a file: opened from the disk, not from here.
    path = tmp_path / "recount.html"
    path.write_bytes(ada.context.request.get(f"{counted}recount.html").body())
    file = browser.new_page(viewport={"width": 360, "height": 760})
    file.goto(path.as_uri())
    expect(file.get_by_role("status")).to_be_visible()
    for name in ("Deutsch", "English"):
        file.get_by_role("button", name=name).click()
        faults += audit(file)
    file.close()
    assert faults == []


def test_opinions_and_filed_result(
    decided: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    facts = decided["opinions"]
    code, room = facts["code"], f"/d/{facts['code']}/"
    lead, ada = visitor().enter("moderator"), known(visitor, facts["ada"])

    faults = look(ada, room)
    expect(ada.page.locator(".opinions__map")).to_be_visible()
    faults += again(lead, f"{room}desk/", f"{room}projector/")
    digest = lead.do(code, "close_dialogue", confirm="close")["digest"]
    faults += look(ada, f"/projects/{facts['project']}/results/{digest}/")
    faults += again(ada, room)
    assert faults == []
