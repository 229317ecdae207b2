"""The page that counts again, opened as a file in a real Chromium: every method."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from proposals.formats.counting import report_figures
from proposals.formats.own import BallotFile, as_vote_file, write_own
from proposals.methods import METHODS
from proposals.recount import single_file
from tests.ballot_files import random_file

pytestmark = pytest.mark.browser

COUNT = """texts => texts.map((text) => {
  const ballot = readBallot(text);
  const counted = METHODS[ballot.file.method](ballot.votes, ballot.terms);
  return {
    figures: JSON.parse(JSON.stringify(figures(ballot, counted))),
    wrong: compare(ballot, counted).filter(([, right]) => !right).map(([key]) => key),
  };
})"""


@pytest.fixture(scope="module")
def recount_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recount") / "recount.html"
    path.write_text(single_file(), encoding="utf-8")
    return path


def counted(file: BallotFile) -> dict[str, Any]:
    """What Python counts, in the words of `count --json`."""
    votes = as_vote_file(file)
    terms = file.as_terms()
    outcome = METHODS[file.method].count(votes.casts, terms)
    facts = report_figures(file.method, outcome, votes.names)
    return {**facts, "verdict": outcome.verdict}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_both_programs_count_alike(page: Page, recount_page: Path, method: str):
    files = [random_file(method, seed) for seed in range(40)]
    page.goto(recount_page.as_uri())

    found = page.evaluate(COUNT, [write_own(file).decode() for file in files])

    for seed, (file, row) in enumerate(zip(files, found, strict=True)):
        assert row == {"figures": counted(file), "wrong": []}, seed


def test_page_knows_every_method(page: Page, recount_page: Path):
    page.goto(recount_page.as_uri())

    assert sorted(page.evaluate("() => Object.keys(METHODS)")) == sorted(METHODS)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_step_has_words(page: Page, recount_page: Path, method: str):
    page.goto(recount_page.as_uri())
    kinds: set[str] = {f"method_{method}"}
    for seed in range(80):
        facts = counted(random_file(method, seed))
        kinds.add(f"verdict_{facts['verdict']}")
        kinds |= {f"rule_{tie['rule']}" for tie in facts["ties"]}
        for row in facts["rounds"]:
            kinds.add(f"step_{row['kind']}")
            kinds |= {f"fact_{name}" for name in row["facts"]}
            kinds |= {
                f"value_{value}"
                for value in row["facts"].values()
                if isinstance(value, str) and value and "/" not in value
            }
    for language in ("de", "en"):
        known = set(page.evaluate("words => Object.keys(WORDS[words])", language))
        assert kinds <= known
    assert page.evaluate("() => Object.keys(WORDS.de).sort()") == page.evaluate(
        "() => Object.keys(WORDS.en).sort()"
    )


@pytest.mark.parametrize("method", sorted(METHODS))
def test_somebody_opens_a_file(
    page: Page, recount_page: Path, tmp_path: Path, method: str
):
    file = random_file(method, 3)
    path = tmp_path / "ballot.json"
    path.write_bytes(write_own(file))
    page.goto(recount_page.as_uri())

    page.get_by_role("button", name="Deutsch").click()
    page.get_by_label("Abstimmungsdatei (JSON)").set_input_files(path)

    expect(page.get_by_role("status")).to_contain_text("Das Ergebnis stimmt")
    expect(page.locator("#digest")).to_have_text(file.digest)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("status")).to_contain_text("The result is right")
    assert "undefined" not in page.locator("main").inner_text()


def test_downloaded_page_holds_its_ballot(page: Page, tmp_path: Path):
    file = random_file("single", 4)
    path = tmp_path / "ballot.html"
    path.write_text(single_file(write_own(file)), encoding="utf-8")

    page.goto(path.as_uri())

    expect(page.locator("#verdict")).to_have_attribute("data-holds", "true")
    expect(page.get_by_role("heading", level=2).first).to_have_text(file.title)
    expect(page.locator("main b")).to_have_count(0)
    shown = json.loads(page.locator("#figures").text_content() or "")
    assert shown == counted(file)


def changed(file: BallotFile, **facts: Any) -> str:
    return json.dumps({**json.loads(write_own(file)), **facts})


@pytest.mark.parametrize(
    ("what", "keys"),
    [
        ({"digest": "0" * 64}, ["digest"]),
        ({"turnout": 1}, ["turnout"]),
        ({"verdict": "tied"}, ["verdict"]),
        ({"chosen": []}, ["winners"]),
        ({"numbers": [9, 9, 9, 9]}, ["numbers"]),
        ({"ranking": []}, ["ranking"]),
    ],
)
def test_what_was_changed_is_found(
    page: Page, recount_page: Path, what: dict[str, Any], keys: list[str]
):
    file = next(
        file
        for file in (random_file("single", seed) for seed in range(99))
        if file.result.verdict == "chosen" and file.turnout > 2
    )
    if not {"digest", "turnout"} & set(what):
        what = {"result": {**vars(file.result), **what}}
    page.goto(recount_page.as_uri())

    (found,) = page.evaluate(COUNT, [changed(file, **what)])

    assert found["wrong"] == keys


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "no_json"),
        ("[]", "no_ballot"),
        ({"version": 2}, "version"),
        ({"method": "coin"}, "method"),
        ({"options": None}, "not_whole"),
        ({"votes": [[[0, 1], [0, 1]]]}, "vote"),
        ({"votes": [[[0, 2]]]}, "vote"),
        ({"votes": [[[77, 1]]]}, "vote"),
        ({"votes": [[]]}, "vote"),
        ({"votes": [[[0, 1.5]]]}, "no_number"),
        ({"weights": [1]}, "weights"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    page: Page, recount_page: Path, tmp_path: Path, text: Any, code: str
):
    file = next(
        file
        for file in (random_file("single", seed) for seed in range(99))
        if file.turnout > 2 and not file.weights
    )
    path = tmp_path / "ballot.json"
    path.write_text(text if isinstance(text, str) else changed(file, **text))
    page.goto(recount_page.as_uri())

    page.locator("#file").set_input_files(path)

    expect(page.locator("#verdict")).to_have_attribute("data-code", code)
    expect(page.locator("#found")).to_be_empty()
