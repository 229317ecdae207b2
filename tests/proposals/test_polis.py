import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Consent
from dialogue.models import Dialogue
from moderation.models import Decision
from proposals.models import Proposal, Stance
from proposals.polis import (
    LONGEST_TITLE,
    WITHOUT_TEXT,
    Counts,
    ExportUnreadable,
    PolisStatement,
    read_export,
    shortened,
)
from tests.factories import make_project
from tests.mini_polis import LONG, write_export


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_export(tmp_path / "mini")


def statement(text: str) -> PolisStatement:
    return PolisStatement(id=1, author=1, text=text, moderated=0, created=0)


def test_votes_come_in_order_of_time(directory: Path):
    moments = [vote.at for vote in read_export(directory).votes]

    assert moments == sorted(moments)
    assert len(moments) == 8 * 5 + 3 + 2 + 1


def test_last_vote_of_a_person_counts(directory: Path):
    export = read_export(directory)

    last = {(vote.voter, vote.statement): vote.sign for vote in export.final_votes}
    assert [last[voter, 0] for voter in range(3)] == [0, 0, -1]
    assert len(export.final_votes) == len(last) == 8 * 5 + 1


def test_counts_are_taken_from_votes_alone(directory: Path):
    export = read_export(directory)
    counts = export.final_counts()

    assert counts[99] == Counts(agrees=1)
    assert counts[5] == Counts()
    for pk in range(5):
        seen = counts[pk]
        assert seen.agrees + seen.disagrees + seen.passes == 8
    assert counts[0].passes >= 2
    assert counts[0].disagrees >= 1


def test_later_row_of_a_statement_holds(directory: Path):
    export = read_export(directory)

    assert export.statements[4].text == "Der spätere Wortlaut"
    assert len(export.statements) == 6
    assert [row.id for row in export.in_order()] == list(range(6))


def test_votes_without_statement_are_left_out(directory: Path):
    export = read_export(directory)

    assert all(vote.statement != 99 for vote in export.known_votes)
    assert len(export.known_votes) == len(export.votes) - 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Kurz und gut", "Kurz und gut"),
        ("  Zwei\n Zeilen ", "Zwei Zeilen"),
        ("", WITHOUT_TEXT),
        (LONG, "Vor der Schule soll am Morgen niemand mehr halten dürfen."),
    ],
)
def test_title(text: str, title: str):
    assert statement(text).wording[0] == title


def test_long_statement_keeps_its_whole_text():
    assert statement(LONG).wording[1] == LONG
    assert statement("Kurz").wording[1] == ""


@pytest.mark.parametrize("text", ["wort " * 60, "x" * 300, "a" * 139 + " " + "b" * 30])
def test_title_without_sentence_ends_at_a_word(text: str):
    title = shortened(" ".join(text.split()))

    assert len(title) <= LONGEST_TITLE
    assert title.endswith("…")
    assert title.removesuffix("…").split()[-1] in text.split() or " " not in title


@pytest.mark.parametrize("name", ["votes.csv", "comments.csv"])
def test_missing_file_is_named(directory: Path, name: str):
    (directory / name).unlink()

    with pytest.raises(ExportUnreadable, match=name):
        read_export(directory)


def test_bad_line_is_named(directory: Path):
    with (directory / "votes.csv").open("a") as file:
        file.write("1,,0,0,7\n")

    with pytest.raises(ExportUnreadable, match=r"votes\.csv, line 48: 7"):
        read_export(directory)


def imported(directory: Path, project: str) -> dict[str, object]:
    out = StringIO()
    call_command("import_polis", directory, project=project, json=True, stdout=out)
    facts: dict[str, object] = json.loads(out.getvalue())
    return facts


@pytest.mark.django_db
def test_import_keeps_every_count(directory: Path):
    project = make_project()
    export = read_export(directory)

    facts = imported(directory, project.slug)

    dialogue = Dialogue.objects.get(slug=facts["dialogue"])
    counts = {
        row.title: Counts(row.agrees, row.disagrees, row.passes)
        for row in Proposal.objects.filter(dialogue=dialogue)
    }
    assert counts == {
        row.wording[0]: export.final_counts()[row.id] for row in export.in_order()
    }
    assert Stance.objects.filter(proposal__dialogue=dialogue).count() == 40
    assert facts["votes_on_unknown_statements"] == 1
    assert dialogue.mode == "online"
    assert dialogue.participations.filter(display_name="Person 7").exists()


@pytest.mark.django_db
def test_rejected_statement_is_hidden_with_its_counts(directory: Path):
    imported(directory, make_project().slug)

    hidden = Proposal.objects.get(state=Proposal.State.HIDDEN)
    assert hidden.title == "These Nummer 2"
    assert hidden.stances_count == 8
    assert Decision.objects.get().proposal == hidden


@pytest.mark.django_db
def test_statements_are_as_old_as_they_were(directory: Path):
    imported(directory, make_project().slug)

    oldest = Proposal.objects.order_by("published_at").first()
    assert oldest is not None
    assert oldest.kind == "statement"
    assert oldest.published_at is not None
    assert oldest.published_at.year == 2023


@pytest.mark.django_db
def test_nobody_is_said_to_have_consented(directory: Path):
    imported(directory, make_project().slug)

    assert not Consent.objects.exists()


@pytest.mark.django_db
def test_second_import_is_a_second_dialogue(directory: Path):
    project = make_project()

    first, second = (imported(directory, project.slug) for __ in range(2))

    assert first["dialogue"] != second["dialogue"]
    assert Proposal.objects.count() == 12


@pytest.mark.django_db
def test_unknown_project_is_refused(directory: Path):
    with pytest.raises(CommandError, match="no project nowhere"):
        call_command("import_polis", directory, project="nowhere")
