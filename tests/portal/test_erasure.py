"""Erasing a person takes names and texts, and no result its digest."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.actions import give_consents, write_message
from accounts.models import Person
from dialogue.joining import call_help
from dialogue.models import Participation
from ledger.models import Entry
from ledger.queries import broken_links
from moderation.verifying import verify
from portal.erasure import erase_person
from projects.models import Assignment, ResultText
from projects.reading import text_file
from proposals.actions import add_comment, ask_question, save_draft, submit_proposal
from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Comment, Option, ParkedTopic, Proposal, Question, Revision
from proposals.responding import park_topic
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_project,
)
from tests.filed import ALLOWS, Evening, hold_evening

pytestmark = [pytest.mark.databases, pytest.mark.django_db]


def erased_keys(evening: Evening) -> set[str]:
    return set(
        ResultText.objects.filter(record=evening.record, salt="").values_list(
            "key", flat=True
        )
    )


def texts_file(evening: Evening) -> bytes:
    return json.dumps(text_file(evening.record)).encode()


# --- the person -----------------------------------------------------------------
def test_person_becomes_nobody():
    person = make_person(name="Ada", is_staff_member=True, is_administrator=True)
    give_consents(person=person, context="dialogue:1", texts={"privacy": "Text"})
    write_message(person=person, subject="Hallo", body="Text")
    dialogue = make_dialogue()
    call_help(person=person, dialogue=dialogue, name="Ada", text="Kein Ton")
    Assignment.objects.create(project=make_project(), person=person)

    erase_person(person)

    row = Person.objects.get(pk=person.pk)
    assert (row.email, row.name, row.is_active) == (None, "", False)
    assert (row.is_staff_member, row.is_administrator) == (False, False)
    assert not row.has_usable_password()
    related = [
        row.messages, row.consents, row.help_calls, row.assignments,
        EmailAddress.objects.filter(user=row),
    ]  # fmt: skip
    assert [rows.count() for rows in related] == [0, 0, 0, 0, 0]


def test_names_go_and_others_stay():
    dialogue = make_dialogue()
    mine = make_participation(dialogue, display_name="Ada")
    other = make_participation(dialogue, display_name="Bea")

    erase_person(mine.person)

    names = dict(Participation.objects.values_list("pk", "display_name"))
    assert names == {mine.pk: f"–{mine.pseudonym[:6]}", other.pk: "Bea"}


def test_open_screens_are_told():
    dialogue = make_dialogue()
    mine = make_participation(dialogue)
    closed = make_participation(make_dialogue(state="closed"), person=mine.person)

    erase_person(mine.person)

    assert list(Entry.objects.values_list("stream", "kind", "payload__concerns")) == [
        (dialogue.stream_id, "participation.changed", mine.pk)
    ]
    assert closed.dialogue.stream.entries.count() == 0


def test_erasing_twice_changes_nothing():
    evening = hold_evening()

    erase_person(evening.author.person, texts=True)
    before = erased_keys(evening)
    erase_person(evening.author.person, texts=True)

    assert erased_keys(evening) == before


# --- results --------------------------------------------------------------------
def test_without_texts_only_the_name_goes_from_the_result():
    evening = hold_evening()

    erase_person(evening.author.person)

    assert erased_keys(evening) == {f"author-{evening.author.pseudonym}"}
    assert Proposal.objects.get(pk=evening.proposals[0].pk).title == "Zebrastreifen"
    assert verify(evening.raw, texts_file(evening)).holds


def test_with_texts_every_own_text_goes_from_the_result():
    evening = hold_evening()
    facts = json.loads(evening.raw)
    several: list[dict[str, Any]] = facts["ballots"][1]["options"]
    options = {
        f"option-2-{option['position']}"
        for option in several
        if option["proposal"] in (1, 2)
    }

    erase_person(evening.author.person, texts=True)

    assert len(options) == 2
    assert erased_keys(evening) == options | {
        f"author-{evening.author.pseudonym}",
        "proposal-1",
        "proposal-2",
        "question-1",
        "parked-2",
    }
    kept = ResultText.objects.get(record=evening.record, key="option-1-0")
    assert (kept.text, len(kept.salt)) == (Option.objects.get(key="yes").title, 32)


@pytest.mark.parametrize("texts", [False, True])
def test_result_and_ledger_verify_after_erasure(texts):
    evening = hold_evening()
    stored = evening.record.canonical

    erase_person(evening.author.person, texts=texts)

    evening.record.refresh_from_db()
    evening.dialogue.stream.refresh_from_db()
    assert evening.record.canonical == stored
    assert broken_links(evening.dialogue.stream) == []
    for file in (None, texts_file(evening)):
        report = verify(evening.raw, file)
        assert [check.line for check in report.checks if check.ok is False] == []


# --- rows -----------------------------------------------------------------------
def test_rows_of_a_closed_dialogue_are_emptied_and_the_filed_stay_published():
    evening = hold_evening()

    erase_person(evening.author.person, texts=True)

    mine = Proposal.objects.filter(author=evening.author).order_by("pk")
    assert list(mine.values_list("title", "text", "reason", "salt", "state")) == [
        ("", "", "", "", "published"),
        ("", "", "", "", "published"),
    ]
    assert list(Comment.objects.values_list("text", "salt", "state")) == [
        ("", "", "withdrawn")
    ]
    assert list(Question.objects.values_list("text", "salt", "state")) == [
        ("", "", "withdrawn")
    ]
    assert sorted(ParkedTopic.objects.values_list("text", flat=True)) == [
        "",
        "Spielplatz",
    ]
    assert Revision.objects.count() == 0
    assert sorted(
        Option.objects.filter(ballot__title="Was zuerst?").values_list(
            "title", flat=True
        )
    ) == ["Bänke", "Enthaltung", "–", "–"]
    assert Proposal.objects.get(title="Bänke").text == "Zum Sitzen."


def test_rows_of_a_running_dialogue_are_withdrawn_and_screens_hear_of_it():
    dialogue = make_dialogue(allows=ALLOWS)
    author, other = make_participation(dialogue), make_participation(dialogue)
    theirs = submit_proposal(author=other, title="Fremd")
    own = submit_proposal(author=author, title="Eigen", text="Text")
    comment = add_comment(author=author, proposal_pk=theirs.pk, text="Gut")
    question = ask_question(author=author, text="Wann?")
    topic = park_topic(author=author, text="Später")
    save_draft(author=author, title="Halb fertig")
    seq = Entry.objects.filter(stream=dialogue.stream).count()

    erase_person(author.person, texts=True)

    assert list(
        Proposal.objects.order_by("pk").values_list("title", "state", "comments_count")
    ) == [("Fremd", "published", 0), ("", "withdrawn", 0)]
    assert ParkedTopic.objects.get().state == "withdrawn"
    entries = Entry.objects.filter(stream=dialogue.stream, seq__gt=seq)
    assert list(entries.values_list("kind", "payload")) == [
        ("proposal.withdrawn", {"proposal": own.pk, "concerns": author.pk}),
        (
            "comment.withdrawn",
            {"comment": comment.pk, "proposal": theirs.pk, "concerns": author.pk},
        ),
        ("question.withdrawn", {"question": question.pk, "concerns": author.pk}),
        ("topic.withdrawn", {"topic": topic.pk, "concerns": author.pk}),
        ("participation.changed", {"participation": author.pk, "concerns": author.pk}),
    ]


def test_texts_are_not_erased_while_they_are_voted_on():
    dialogue = make_dialogue(allows=ALLOWS)
    lead = make_participation(dialogue, "lead_moderator")
    author = make_participation(dialogue, display_name="Ada")
    proposal = submit_proposal(author=author, title="Eigen")
    ballot = draft_ballot(moderator=lead, title="Ja?", proposals=(proposal.pk,))
    open_ballot(moderator=lead, ballot_pk=ballot.pk)

    with pytest.raises(Refusal) as refused:
        erase_person(author.person, texts=True)

    assert refused.value.code == "erasure.ballot_open"
    author.refresh_from_db()
    assert author.display_name == "Ada"
    erase_person(author.person)
    assert Proposal.objects.get().title == "Eigen"


# --- the command ----------------------------------------------------------------
def test_command_erases_by_address(capsys):
    evening = hold_evening()

    call_command("erase_person", "ADA@example.org", texts=True)

    assert not Person.objects.filter(email="ada@example.org").exists()
    assert "proposal-1" in erased_keys(evening)


def test_command_refuses_an_unknown_address():
    make_guest()

    with pytest.raises(CommandError, match="nobody with this address"):
        call_command("erase_person", "nobody@example.org")
