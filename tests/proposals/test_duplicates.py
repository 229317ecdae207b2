"""Similar contributions are shown before another one is published."""

import time
from typing import Any

import pytest
from django.test import Client

from dialogue.models import Participation
from live.commands import run_command
from live.screens import View
from proposals.duplicates import SimilarFound, clustered, similar_to
from proposals.models import Proposal
from shared import clock
from tests.factories import (
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)

pytestmark = pytest.mark.django_db

TITLE = "Mehr Bänke im Stadtpark aufstellen"


@pytest.fixture
def author() -> Participation:
    return make_participation(make_dialogue(allows="propose ask"))


@pytest.mark.parametrize(
    "text",
    [
        "Mehr Bänke im Stadtpark aufstellen!",
        "Im Stadtpark mehr Bänke aufstellen",
        "mehr baenke im Stadtpark aufstellen",
        "Bänke im Stadtpark aufgestellt",
    ],
)
def test_similar_is_found(author: Participation, text: str):
    row = make_proposal(author, title=TITLE, supports=4)

    (found,) = similar_to(author.dialogue, "proposal", text)

    assert (found.pk, found.title, found.supports) == (row.pk, TITLE, 4)


@pytest.mark.parametrize(
    "text",
    ["Tempo 30 auf der Hauptstraße", "Bänke", "Der Stadtpark soll offen sein", ""],
)
def test_other_is_not(author: Participation, text: str):
    make_proposal(author, title=TITLE)

    assert similar_to(author.dialogue, "proposal", text) == []


def test_only_what_everybody_may_read(author: Participation):
    make_proposal(make_participation(make_dialogue()), title=TITLE)
    for state in ("pending", "hidden", "withdrawn", "merged"):
        make_proposal(author, title=TITLE, state=state)
    make_question(author, text=TITLE)

    assert similar_to(author.dialogue, "proposal", TITLE) == []


def test_a_thousand_are_compared_fast(
    author: Participation, django_assert_num_queries: Any
):
    moment = clock.now()
    Proposal.objects.bulk_create(
        Proposal(
            dialogue=author.dialogue,
            author=author,
            title=f"Vorschlag {number}: Radweg an der Straße {number} sicherer machen",
            state="published",
            written_at=moment,
            published_at=moment,
        )
        for number in range(1000)
    )
    started = time.process_time()

    with django_assert_num_queries(1):
        similar_to(author.dialogue, "proposal", TITLE)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("name", "field"), [("submit_proposal", "title"), ("ask_question", "text")]
)
def test_command_looks_first_where_asked(author: Participation, name: str, field: str):
    make_proposal(author, title=TITLE)
    make_question(author, text=TITLE)
    view = View("room", "de")

    with pytest.raises(SimilarFound) as refused:
        run_command(name, {field: TITLE, "look_first": True}, author, view)

    facts = refused.value.as_dict()
    assert facts["code"] == "contribution.similar"
    assert TITLE in facts["hint"]
    assert 'name="look_first" value="false"' in facts["hint"]
    assert run_command(name, {field: TITLE}, author, view).ok["message"]


def test_form_shows_the_hint_and_keeps_the_text(author: Participation):
    make_proposal(author, title=TITLE)
    page = Client()
    page.force_login(author.person)
    address = f"/d/{author.dialogue.code}/do/submit_proposal/"
    said = {"title": TITLE + " bitte", "text": "Mit <Lehne>", "look_first": "true"}

    hint = page.post(address, said)

    html = hint.content.decode()
    assert hint.status_code == 409
    assert "Mit &lt;Lehne&gt;" in html
    assert f'value="{TITLE} bitte"' in html
    assert 'name="instead"' in html
    assert page.post(address, said | {"look_first": "false"}).status_code == 302
    assert author.proposals.filter(title=said["title"], state="published").exists()


def test_what_sounds_alike_is_laid_together():
    texts = [
        "Mehr Bänke auf dem Marktplatz",
        "Tempo 30 vor der Grundschule",
        "Bänke auf den Marktplatz stellen",
        "Ein Brunnen im Park",
        "Vor der Grundschule soll Tempo 30 gelten",
        "Mehr Bänke und Schatten auf dem Marktplatz",
    ]

    assert clustered(texts) == [[0, 2, 5], [1, 4], [3]]
    assert clustered([]) == []
    assert clustered(["", ""]) == [[0], [1]]


def test_alike_through_another_one_is_one_cluster():
    texts = ["Bänke am Markt", "Linden am Kanal", "Bänke am Markt, Linden am Kanal"]

    assert clustered(texts) == [[0, 1, 2]]
