"""The Pol.is export: as Pol.is writes it, without names, and back again."""

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dialogue.models import Dialogue
from moderation.importing import import_polis
from projects.actions import assign_staff
from proposals.conversations import conversation_of
from proposals.formats.polis import FILES, Conversation, moment, write_polis
from proposals.models import Stance
from proposals.polis import PolisExport, read_export
from tests.factories import (
    make_dialogue,
    make_participation,
    make_project,
    make_proposal,
    make_staff,
)
from tests.mini_polis import write_export


def written(conversation: Conversation, directory: Path) -> Path:
    directory.mkdir()
    for name, text in write_polis(conversation).items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return directory


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def what_was_said(export: PolisExport) -> Any:
    """Statements in order, and per person the stances: whoever is called what."""
    place = {row.id: number for number, row in enumerate(export.in_order())}
    people: dict[int, list[tuple[int, int]]] = {}
    for vote in export.final_votes:
        if vote.statement in place:
            people.setdefault(vote.voter, []).append((place[vote.statement], vote.sign))
    writers = Counter(row.author for row in export.statements.values())
    return (
        [
            (" ".join(row.text.split()), row.moderated, row.created)
            for row in export.in_order()
        ],
        sorted(sorted(rows) for rows in people.values()),
        sorted(writers.values()),
        {place[pk]: row for pk, row in export.final_counts().items() if pk in place},
    )


@pytest.mark.django_db
def test_imported_conversation_comes_back_equal(tmp_path: Path):
    before = read_export(write_export(tmp_path / "mini", people=12, statements=9))
    dialogue, __ = import_polis(export=before, project=make_project(), slug="mini")

    once = written(conversation_of(dialogue, "https://x.example/"), tmp_path / "once")
    assert what_was_said(read_export(once)) == what_was_said(before)

    second, __ = import_polis(
        export=read_export(once), project=dialogue.project, slug="again"
    )
    twice = written(conversation_of(second, "https://x.example/"), tmp_path / "twice")
    assert what_was_said(read_export(twice)) == what_was_said(before)


@pytest.mark.django_db
def test_files_are_as_polis_writes_them():
    dialogue = make_dialogue(title="Ein Thema", summary="Worum es geht")
    first, second, third = (make_participation(dialogue) for __ in range(3))
    one = make_proposal(first, title="Mehr Bänke", text="Im Schatten.")
    other = make_proposal(second, title='Weniger "Lärm"', text="")
    make_proposal(second, title="Ohne Stimme", text="")
    for person, row, value in (
        (first, one, "agree"),
        (second, one, "disagree"),
        (third, one, "agree"),
        (third, other, "pass"),
    ):
        Stance.objects.create(participation=person, proposal=row, value=value)

    files = write_polis(conversation_of(dialogue, "https://stadt.example/p"))

    assert tuple(files) == FILES
    comments = table(files["comments.csv"])
    assert ",".join(comments[0]) == (
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body"
    )
    assert [row[4:] for row in comments[1:]] == [
        ["2", "1", "0", "Mehr Bänke Im Schatten."],
        ["0", "0", "0", 'Weniger "Lärm"'],
        ["0", "0", "0", "Ohne Stimme"],
    ]
    votes = table(files["votes.csv"])
    assert votes[0] == ["timestamp", "datetime", "comment-id", "voter-id", "vote"]
    assert Counter((row[2], row[4]) for row in votes[1:]) == {
        ("0", "1"): 2,
        ("0", "-1"): 1,
        ("1", "0"): 1,
    }
    people = table(files["participants-votes.csv"])
    assert people[0] == [
        "participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree",
        "0", "1",
    ]  # fmt: skip
    # Voters and authors are numbered apart: no line has stances and statements.
    assert sorted(row[2:6] for row in people[1:]) == [
        ["0", "1", "0", "1"],
        ["0", "1", "1", "0"],
        ["0", "2", "1", "0"],
        ["1", "0", "0", "0"],
        ["2", "0", "0", "0"],
    ]
    assert dict(row[:2] for row in table(files["summary.csv"])) == {
        "topic": "Ein Thema",
        "url": "https://stadt.example/p",
        "views": "3",
        "voters": "3",
        "voters-in-conv": "3",
        "commenters": "2",
        "comments": "3",
        "groups": "0",
        "conversation-description": "Worum es geht",
    }
    everything = "".join(files.values())
    for person in (first, second, third):
        assert person.display_name not in everything
        assert person.pseudonym not in everything


def test_moments_have_no_locale():
    assert moment(1651045893819) == "Wed Apr 27 07:51:33 UTC 2022"


@pytest.mark.django_db
def test_hidden_statements_are_moderated_out_and_drafts_are_not_there():
    dialogue = make_dialogue()
    person = make_participation(dialogue)
    make_proposal(person, title="Sichtbar")
    make_proposal(person, title="Verborgen", state="hidden")
    make_proposal(person, title="Zurück", state="withdrawn")
    make_proposal(person, title="Entwurf", state="draft", published_at=None)

    rows = conversation_of(dialogue, "").statements

    assert [(row.text[:8], row.moderated) for row in rows] == [
        ("Sichtbar", 0),
        ("Verborge", -1),
    ]


@pytest.mark.django_db
def test_export_is_for_those_who_plan_the_dialogue():
    dialogue: Dialogue = make_dialogue()
    lead = make_participation(dialogue, "lead_moderator")
    staff = make_staff()
    assign_staff(project=dialogue.project, person=staff)
    address = reverse("holding:polis_export", args=[dialogue.code])
    got = []
    for person in (
        make_participation(dialogue).person,
        lead.person,
        make_staff(),
        staff,
    ):
        client = Client()
        client.force_login(person)
        got.append(client.get(address).status_code)
    assert got == [403, 403, 403, 200]
    assert Client().get(address).status_code == 302

    answer = client.get(address)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert tuple(archive.namelist()) == FILES
