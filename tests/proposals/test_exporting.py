"""Files, pages and receipts of counted ballots: what is in them, and for whom."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dialogue.models import Participation
from moderation.recounting import ballot_faults
from projects.sheet import BallotResult, OptionResult
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.exporting import (
    FILES,
    ballot_file,
    download,
    filed_ballot,
    files_of,
)
from proposals.formats.own import BallotFile, as_vote_file, read_own
from proposals.formats.pabulib import read_pabulib
from proposals.formats.preflib import read_preflib
from proposals.formats.table import cell
from proposals.method_card import card
from proposals.methods import METHODS
from proposals.methods.outcome import Terms
from proposals.models import Ballot, RollEntry
from proposals.receipts import counted_receipts, plain_receipt, vote_of
from proposals.voting import VoteRequest, cast_votes
from shared.errors import Refusal
from tests.ballot_files import random_file
from tests.factories import make_dialogue, make_guest, make_participation, make_staff
from tests.filed import hold_evening

pytestmark = pytest.mark.django_db


def held(*sheets: dict[int, int], publishes: bool = True, **plan: Any) -> Ballot:
    """A ballot in which somebody cast each of `sheets` (position -> value)."""
    dialogue = make_dialogue(allows="vote")
    lead = make_participation(dialogue, "lead_moderator")
    voters = [make_participation(dialogue) for __ in sheets]
    ballot = draft_ballot(moderator=lead, **{"title": "Was?", **plan})
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    options = list(ballot.options.order_by("position"))
    for voter, sheet in zip(voters, sheets, strict=True):
        marks = {options[place].pk: value for place, value in sheet.items()}
        (answer,) = cast_votes(
            [VoteRequest(voter.pk, ballot.pk, marks, f"k{voter.pk}")]
        )
        assert not isinstance(answer, Refusal), answer.message
    close_ballot(moderator=lead, ballot_pk=ballot.pk, publishes=publishes)
    ballot.refresh_from_db()
    return ballot


def ranked(**plan: Any) -> Ballot:
    return held(
        {0: 1, 1: 2, 2: 3},
        {0: 1, 1: 2, 2: 3},
        {2: 1, 1: 1},
        **{"method": "schulze", "options": ("Baum", "=Bank", "Brunnen"), **plan},
    )


# --- files ----------------------------------------------------------------------
def test_ballot_file_has_what_was_announced_and_nobody():
    ballot = ranked()
    file = ballot_file(ballot)

    assert file == read_own(download(file, "ballot.json").content)
    assert file.digest == ballot.tally.ballots_digest
    assert (file.turnout, file.result.verdict) == (3, "chosen")
    assert [option.title for option in file.options][:3] == ["Baum", "=Bank", "Brunnen"]
    assert file.result.chosen == [0]
    raw = download(file, "ballot.json").content.decode()
    for entry in RollEntry.objects.filter(ballot=ballot):
        assert entry.participation.display_name not in raw
        assert entry.participation.pseudonym not in raw
        assert not entry.receipt or entry.receipt not in raw


def test_ranked_ballot_can_be_read_as_preflib():
    file = ballot_file(ranked())
    found = download(file, "orders.preflib")

    assert found.name.endswith(".toi")
    read = read_preflib(found.content, "toi")
    assert sorted(read.names.values())[:1] == ["=Bank"]
    assert sum(cast.weight for cast in read.casts) == 3


def test_budget_can_be_read_as_pabulib():
    ballot = held(
        {0: 1, 1: 1},
        {1: 1},
        method="greedy",
        budget=100,
        options=(("Baum", 60), ("Bank", 50)),
    )
    read = read_pabulib(download(ballot_file(ballot), "votes.pb").content)

    assert read.facts == {"budget": 100, "costs": {1: 60, 2: 50}}
    assert sorted(len(cast.sheet) for cast in read.casts) == [1, 2]


def test_table_has_a_line_per_vote_and_no_formulas():
    text = download(ballot_file(ranked()), "votes.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert rows[0][1:4] == ["Baum", "'=Bank", "Brunnen"]
    assert len(rows) == 4
    assert sorted(row[1] for row in rows[1:]) == ["", "1", "1"]
    assert cell("@SUM(A1)\nx") == "'@SUM(A1) x"


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_offers_its_files(method: str):
    file = random_file(method, 5)

    for what in files_of(method):
        assert download(file, what).content
    for what in set(FILES) - set(files_of(method)):
        with pytest.raises(Refusal):
            download(file, what)


def test_filed_result_gives_the_same_file():
    evening = hold_evening()
    ballots = list(evening.dialogue.ballots.order_by("opened_at", "pk"))
    for number in (1, 2):
        now, filed = (
            ballot_file(ballots[number - 1]),
            filed_ballot(evening.record, number),
        )

        assert filed.votes == now.votes
        assert filed.digest == now.digest
        assert filed.result == now.result
        assert filed.terms == now.terms
        assert filed.options == now.options


def test_annulled_and_unknown_ballots_have_no_file():
    evening = hold_evening()
    annulled = evening.dialogue.ballots.get(state="annulled")

    for wrong in (
        lambda: ballot_file(annulled),
        lambda: filed_ballot(evening.record, 3),
    ):
        with pytest.raises(Refusal):
            wrong()
    with pytest.raises(Refusal):
        filed_ballot(evening.record, 9)


# --- who may --------------------------------------------------------------------
def addresses(ballot: Ballot) -> list[str]:
    places = [ballot.dialogue.code, ballot.pk]
    return [
        reverse("recount:ballot", args=places),
        *(reverse("recount:ballot_file", args=[*places, what]) for what in FILES[:3]),
    ]


def statuses(ballot: Ballot, person: Any) -> set[int]:
    client = Client()
    if person is not None:
        client.force_login(person)
    return {client.get(address).status_code for address in addresses(ballot)}


def test_published_ballot_is_for_the_room_alone():
    ballot = ranked()
    voter = ballot.roll.exclude(participation__role="lead_moderator").first()
    assert voter is not None
    other = make_participation(make_dialogue())

    assert statuses(ballot, voter.participation.person) == {200}
    assert statuses(ballot, make_participation(ballot.dialogue, "observer").person) == {
        200
    }
    for person in (None, make_guest(), other.person, make_staff()):
        assert statuses(ballot, person) == {403}
    Participation.objects.filter(pk=voter.participation_id).update(state="excluded")
    assert statuses(ballot, voter.participation.person) == {403}


def test_unpublished_ballot_is_for_the_desk():
    ballot = ranked(publishes=False)
    lead = ballot.dialogue.participations.get(role="lead_moderator")
    voter = ballot.roll.exclude(participation=lead).first()
    assert voter is not None

    assert statuses(ballot, lead.person) == {200}
    assert statuses(ballot, voter.participation.person) == {403}


def test_running_and_annulled_ballots_give_nothing():
    ballot = ranked()
    lead = ballot.dialogue.participations.get(role="lead_moderator")
    for state in ("draft", "open", "paused", "annulled"):
        Ballot.objects.filter(pk=ballot.pk).update(state=state)

        assert statuses(ballot, lead.person) == {403}


def test_filed_ballot_is_public_as_its_project():
    evening = hold_evening()
    places = [evening.dialogue.project.slug, evening.record.digest, 1]
    page = Client().get(reverse("recount:filed", args=places))
    file = Client().get(reverse("recount:filed_file", args=[*places, "ballot.json"]))

    assert page.status_code == 200
    assert read_own(file.content) == filed_ballot(evening.record, 1)
    assert file.headers["Content-Disposition"].startswith("attachment")
    missing = Client().get(reverse("recount:filed", args=[*places[:2], 3]))
    assert missing.status_code == 403
    assert reverse("recount:filed", args=places) in (
        Client().get(evening.address).content.decode()
    )


def test_page_is_a_download_that_runs_nothing_in_our_name():
    answer = Client().get(reverse("recount:page"))

    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="recount.html"'
    )
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    text = answer.content.decode()
    assert not re.search(r"(?:src|href|url)\s*[=(]", text.partition("<script>")[0])
    assert "default-src 'none'" in text


def test_page_says_what_is_counted_how():
    ballot = ranked()
    client = Client()
    client.force_login(ballot.dialogue.participations.get(role="lead_moderator").person)

    page = client.get(addresses(ballot)[0], headers={"Accept-Language": "en"})

    words = page.content.decode()
    module = METHODS["schulze"]
    for text in (module.COUNTED, module.TIES, module.FITS):
        assert str(text).split(";")[0].split("'")[0][:40] in words
    assert ballot.tally.ballots_digest in words


@pytest.mark.parametrize("method", sorted(METHODS))
def test_method_card_of_every_method(method: str):
    for seed in range(10):
        found = card(random_file(method, seed))
        assert all(map(str, (found.method, found.counted, found.ties, found.fits)))
        assert len(found.terms) >= 2


# --- receipts -------------------------------------------------------------------
def receipt_page(ballot: Ballot, person: Any, typed: str) -> Any:
    client = Client()
    client.force_login(person)
    address = reverse("recount:receipt", args=[ballot.dialogue.code, ballot.pk])
    return client.post(address, {"receipt": typed}, headers={"Accept-Language": "en"})


def test_secret_receipts_are_sorted_and_say_nothing_more():
    ballot = ranked()
    entries = list(ballot.roll.filter(has_voted=True))
    receipts = sorted(entry.receipt for entry in entries)
    person = entries[0].participation.person

    assert counted_receipts(ballot) == receipts
    assert vote_of(ballot, receipt=receipts[0]) is None
    assert vote_of(ballot, participation=entries[0].participation) is None
    page = receipt_page(ballot, person, receipts[0].lower().replace("-", " "))
    assert "The vote with this receipt was counted." in page.content.decode()
    shown = re.findall(r"<li><code>(.{11})</code>", page.content.decode())
    assert shown == receipts
    assert "counted like this" not in page.content.decode()


def test_two_secret_choices_give_pages_of_equal_bytes():
    """Who looks at the page of another voter's ballot learns nothing of the choice."""
    ballot = held({0: 1}, {1: 1}, method="single", options=("A", "B"))
    pages = []
    for entry in ballot.roll.filter(has_voted=True):
        client = Client()
        client.force_login(entry.participation.person)
        words = client.get(addresses(ballot)[0]).content.decode()
        pages.append(re.sub(r'value="[A-Za-z0-9]{64}"', "", words))
    assert len(pages) == 2
    assert pages[0] == pages[1]


def test_open_vote_is_found_by_its_receipt_and_by_its_voter():
    ballot = held({0: 1}, {1: 1}, method="single", secrecy="open", options=("A", "B"))
    first = ballot.roll.filter(has_voted=True).order_by("pk")[0]

    found = vote_of(ballot, receipt=first.receipt)
    assert found == vote_of(ballot, participation=first.participation)
    assert found is not None
    assert [(option.title, value) for option, value in found] == [("A", 1)]
    lead = ballot.dialogue.participations.get(role="lead_moderator")
    assert vote_of(ballot, participation=lead) is None
    page = receipt_page(ballot, lead.person, first.receipt).content.decode()
    assert "The vote with this receipt was counted like this:" in page
    own = receipt_page(ballot, first.participation.person, "AAAAA-AAAAA")
    assert "Your vote was counted like this:" in own.content.decode()
    assert "There is no such receipt in this ballot." in own.content.decode()


def test_receipt_that_is_none_keeps_what_was_typed():
    ballot = ranked()
    lead = ballot.dialogue.participations.get(role="lead_moderator")

    page = receipt_page(ballot, lead.person, "ABC")

    assert page.status_code == 400
    assert "A receipt has ten signs" in page.content.decode()
    assert 'value="ABC"' in page.content.decode()
    assert plain_receipt("abcde fghjk") == "ABCDE-FGHJK"
    assert plain_receipt("") == ""


def test_no_receipts_before_closing_or_after_annulment():
    ballot = ranked()
    for state in ("open", "paused", "annulled"):
        ballot.state = state
        assert counted_receipts(ballot) == []
        assert vote_of(ballot, receipt="ABCDE-FGHJK") is None


# --- the result record ------------------------------------------------------------
def as_result(file: BallotFile) -> BallotResult:
    """The ballot as a filed result has it."""
    usual = {"most", *(row for row in file.terms if row == "options")}
    plain = Terms(())
    return BallotResult(
        number=1,
        title="",
        method=file.method,
        secrecy=file.secrecy,
        electorate=file.electorate,
        most_options=int(file.terms["most"]),
        state="closed",
        eligible=file.roll_size,
        turnout=file.turnout,
        roll_digest=file.roll_digest,
        verdict=file.result.verdict,
        options=tuple(
            OptionResult(
                position=option.position,
                title="",
                number=file.result.numbers[option.position],
                is_chosen=option.position in file.result.chosen,
                proposal=None,
                key=option.key,
                cost=option.cost,
            )
            for option in file.options
        ),
        votes=file.votes,
        weights=file.weights,
        channels=file.channels,
        terms={
            name: value
            for name, value in file.terms.items()
            if name not in usual and value != getattr(plain, name)
        },
    )


@pytest.mark.parametrize("method", sorted(METHODS))
def test_result_of_every_method_is_verified(method: str):
    for seed in range(30):
        file = random_file(method, seed)
        result = as_result(file)

        assert ballot_faults(result, set(), set()) == [], seed
        first, *rest = result.options
        options = (type(first)(**{**vars(first), "number": first.number + 1}), *rest)
        wrong = type(result)(**{**vars(result), "options": options})
        assert ballot_faults(wrong, set(), set())
        wrong = type(result)(**{**vars(result), "verdict": "none of ours"})
        assert ballot_faults(wrong, set(), set())


def test_file_is_equal_wherever_it_was_counted():
    file = random_file("irv", 2)

    assert json.loads(download(file, "ballot.json").content)["digest"] == file.digest
    assert [tuple(cast) for cast in as_vote_file(file).casts] == [
        (dict(map(tuple, vote)), weight) for vote, weight in file.all_votes()
    ]
