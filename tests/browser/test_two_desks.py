"""Two moderators at two desks press at once: one wins, the other is told by whom."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.people import DESK, Visitor
from tests.conftest import LiveCity


def begin_to_hide(desk: Page, pk: int, reason: str) -> None:
    card = desk.locator(f"#proposal-{pk}")
    card.locator("details.menu > summary").first.click()
    form = card.locator("form[data-command=hide]")
    form.locator("[name=rule]").select_option("insult")
    form.locator("[name=reason]").fill(reason)


def test_second_one_is_told_by_whom_and_keeps_what_was_written(
    planted: dict[str, Any], visitor: Callable[..., Visitor], live_city: LiveCity
) -> None:
    facts = planted["two_desks"]
    path = f"/d/{facts['code']}/desk/"
    jonas = visitor(DESK).enter("moderator").visit(path)
    olga = visitor(DESK).log_in(live_city.login("Citizen")).visit(path)
    pk, __ = facts["proposals"]
    # Both read the same and write why, when Jonas is the first to send.
    begin_to_hide(olga, pk, "Olgas Grund.")
    begin_to_hide(jonas, pk, "Jonas' Grund.")

    jonas.locator(f"#proposal-{pk} form[data-command=hide] [type=submit]").click()
    for desk in (jonas, olga):
        expect(desk.locator(f"#proposal-{pk}")).to_contain_text("Ausgeblendet:")
    # His form is gone with what it was for, hers stays as long as her words are in it.
    expect(jonas.locator(f"#proposal-{pk} form[data-command=hide]")).to_have_count(0)
    hers = olga.locator(f"#proposal-{pk} form[data-command=hide]")
    expect(hers.locator("[name=reason]")).to_have_value("Olgas Grund.")
    hers.locator("[type=submit]").click()

    expect(hers.locator("[role=alert], .form__error").first).to_contain_text(
        "Inzwischen geändert von Moderation"
    )
    expect(hers.locator("[name=reason]")).to_have_value("Olgas Grund.")


def test_answer_is_not_overwritten_unread(
    planted: dict[str, Any], visitor: Callable[..., Visitor], live_city: LiveCity
) -> None:
    facts = planted["two_desks"]
    path = f"/d/{facts['code']}/desk/"
    jonas = visitor(DESK).enter("moderator").visit(path)
    olga = visitor(DESK).log_in(live_city.login("Citizen")).visit(path)
    card = f"#question-{facts['question']}"
    for desk, words in ((olga, "Die Stadt."), (jonas, "Das Land.")):
        desk.locator(f"{card} details.menu > summary").first.click()
        form = desk.locator(f"{card} form.form[data-command=answer_question]")
        form.locator("[name=answer]").fill(words)

    jonas.locator(
        f"{card} form.form[data-command=answer_question] [type=submit]"
    ).click()
    expect(olga.locator(card)).to_contain_text("Das Land.")
    form = olga.locator(f"{card} form.form[data-command=answer_question]")
    form.locator("[type=submit]").click()

    expect(form.locator("[role=alert], .form__error").first).to_contain_text(
        "von Moderation"
    )
    expect(form.locator("[name=answer]")).to_have_value("Die Stadt.")
    expect(olga.locator(card)).to_contain_text("Das Land.")
    # Told, she may say it all the same: now she knows what she replaces.
    form.locator("[type=submit]").click()
    expect(jonas.locator(card)).to_contain_text("Die Stadt.")
