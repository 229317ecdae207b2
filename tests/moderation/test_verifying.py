"""A result file is checked by itself, with its texts, and against the ledger."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from ledger import triggers
from ledger.chain import canonical
from moderation import verifying
from moderation.verifying import verify
from projects.models import ResultRecord, ResultText
from projects.reading import text_file
from tests.filed import Evening, hold_evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening() -> Evening:
    return hold_evening()


@pytest.fixture(scope="module")
def filed(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """A result file whose database is gone."""
    with django_db_blocker.unblock(), transaction.atomic():
        raw = hold_evening().raw
        transaction.set_rollback(True)
    return raw


def faults(raw: bytes, texts: bytes | None = None, *, ask: bool = True) -> list[str]:
    report = verify(raw, texts, ask_database=ask)
    return [check.line for check in report.checks if check.ok is False]


def tampered(raw: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    facts = json.loads(raw)
    change(facts)
    return canonical(facts)


def ballot_at(facts: dict[str, Any], number: int) -> dict[str, Any]:
    ballot: dict[str, Any] = facts["ballots"][number - 1]
    return ballot


def texts_of(evening: Evening) -> bytes:
    return json.dumps(text_file(evening.record)).encode()


# --- what holds -----------------------------------------------------------------
@pytest.mark.databases
def test_filed_result_holds(evening):
    report = verify(evening.raw, texts_of(evening))

    assert [check.line for check in report.checks if check.ok is False] == []
    assert report.holds
    assert report.digest == evening.record.digest
    assert report.digest == hashlib.sha256(evening.raw).hexdigest()


def test_stored_texts_are_checked_without_a_texts_file(evening):
    assert faults(evening.raw) == []

    ResultText.objects.filter(key="proposal-1").update(text="Anders")

    assert faults(evening.raw) == ["Text proposal-1 is not the one of the result."]


def test_recount_gives_the_filed_numbers(evening):
    ballots = json.loads(evening.raw)["ballots"]

    assert [ballot["verdict"] for ballot in ballots] == [
        "adopted",
        "chosen",
        "annulled",
    ]
    assert [ballot["turnout"] for ballot in ballots] == [3, 2, 0]
    assert [option["number"] for option in ballots[0]["options"]] == [2, 1, 0]


def test_file_is_checked_without_this_database(evening):
    report = verify(evening.raw, texts_of(evening), ask_database=False)

    assert report.holds
    assert report.checks[-1] == verifying.Check(
        None, "This database has no such result: not compared with it."
    )


def test_unknown_dialogue_is_said_to_be_unknown(evening):
    raw = tampered(
        evening.raw,
        lambda facts: facts.update(dialogue="elsewhere", ledger_digest="0" * 64),
    )

    report = verify(raw)

    assert report.holds
    assert report.checks[-1].line == (
        "This database has no such result: not compared with it."
    )


# --- what does not --------------------------------------------------------------
def test_flipped_byte_is_found(evening):
    places = [*range(0, len(evening.raw), 67), evening.raw.index(b"dialogue-"), -1]
    for place in places:
        raw = bytearray(evening.raw)
        raw[place] ^= 1

        assert faults(bytes(raw)) != [], place


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"", "The file is not JSON made of texts and integers."),
        (b"[1.5]", "The file is not JSON made of texts and integers."),
        (b"NaN", "The file is not JSON made of texts and integers."),
        (b"[" * 100_000, "The file is not JSON made of texts and integers."),
        (b"\xff", "The file is not JSON made of texts and integers."),
        (b"[]", "The file is not a result of version 1."),
        (b'{"version":2}', "The file is not a result of version 1."),
        (
            b'{"version": 1}',
            "The file is not canonical JSON: it was written by something else.",
        ),
        (
            b'{"a":"\\ud800","version":1}',
            "The file is not canonical JSON: it was written by something else.",
        ),
        (b'{"version":1}', "The file is not a whole result: title."),
    ],
)
def test_other_files_are_refused(raw, line):
    assert faults(raw, ask=False) == [line]


def test_spaces_are_refused(filed):
    raw = json.dumps(json.loads(filed), ensure_ascii=False).encode()

    assert faults(raw, ask=False) == [
        "The file is not canonical JSON: it was written by something else."
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.update(note="one more field"),
        lambda facts: ballot_at(facts, 1).update(turnout="3"),
        lambda facts: ballot_at(facts, 1)["options"][0].update(is_chosen=1),
        lambda facts: facts["proposals"][0].update(name="Ada"),
    ],
)
def test_strange_fields_are_refused(filed, change):
    assert faults(tampered(filed, change), ask=False) == [
        "The file holds something that does not belong to a result."
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda facts: ballot_at(facts, 1).update(
                votes=[[[0, 1]], [[1, 1]], [[1, 1]]]
            ),
            "Ballot 1: option 0 has 2 votes, counted again 1.",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(verdict="rejected"),
            "Ballot 1: the verdict is 'rejected', counted again 'adopted'.",
        ),
        (
            lambda facts: ballot_at(facts, 1)["options"][1].update(is_chosen=True),
            "Ballot 1: option 1 has the wrong mark of being chosen.",
        ),
        (
            lambda facts: ballot_at(facts, 1)["options"][0].update(number=3),
            "Ballot 1: option 0 has 3 votes, counted again 2.",
        ),
        (
            lambda facts: ballot_at(facts, 1)["options"][0].update(position=7),
            "Ballot 1: the options are not numbered in order.",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(eligible=2),
            "Ballot 1: 3 voted, but 2 could vote.",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(turnout=4),
            "Ballot 1: the turnout is 4, but 3 votes are there.",
        ),
        (
            lambda facts: ballot_at(facts, 1)["votes"].reverse(),
            "Ballot 1: the votes are not sorted, so their order may tell something.",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(
                votes=[[[0, 1]], [[0, 1]], [[1, 2]]]
            ),
            "Ballot 1: vote 3 is against the rules (vote.unknown_option).",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(
                votes=[[[0, 1], [0, 1]], [[0, 1]], [[1, 1]]]
            ),
            "Ballot 1: vote 1 names an option twice.",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(votes=[[], [[0, 1]], [[1, 1]]]),
            "Ballot 1: vote 1 is against the rules (vote.empty).",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(votes=[[[0]], [[0, 1]], [[1, 1]]]),
            "Ballot 1: vote 1 cannot be read.",
        ),
        (
            lambda facts: ballot_at(facts, 2).update(
                votes=[[[0, 1], [1, 1], [2, 1]], [[0, 1]]]
            ),
            "Ballot 2: vote 1 is against the rules (vote.too_many).",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(method="lottery"),
            "Ballot 1: the method 'lottery' is not known.",
        ),
        (
            lambda facts: ballot_at(facts, 1).update(state="open"),
            "Ballot 1: its state is 'open', neither closed nor annulled.",
        ),
        (
            lambda facts: ballot_at(facts, 1)["options"].pop(),
            "Ballot 1: it has not exactly yes, no and abstain.",
        ),
        (
            lambda facts: ballot_at(facts, 1)["options"][0].update(proposal=9),
            "Ballot 1: an option names a proposal that is not in the result.",
        ),
        (
            lambda facts: ballot_at(facts, 3).update(verdict="chosen"),
            "Ballot 3: it is annulled, but has votes or a verdict.",
        ),
        (
            lambda facts: ballot_at(facts, 3)["options"][0].update(number=1),
            "Ballot 3: it is annulled, but an option has votes.",
        ),
        (
            lambda facts: facts["ballots"].reverse(),
            "The ballots are not numbered in order.",
        ),
        (
            lambda facts: facts["proposals"].reverse(),
            "The proposals are not numbered in order.",
        ),
    ],
)
def test_changed_figures_are_found_in_the_file_alone(filed, change, line):
    assert faults(tampered(filed, change), ask=False)[0] == line


def test_consistent_forgery_is_found_by_the_ledger(evening):
    """A forged file that adds up by itself is still not what was filed."""

    def forge(facts: dict[str, Any]) -> None:
        ballot = ballot_at(facts, 1)
        ballot["votes"] = [[[0, 1]], [[0, 1]], [[0, 1]]]
        ballot["options"][0]["number"], ballot["options"][1]["number"] = 3, 0

    raw = tampered(evening.raw, forge)

    assert faults(raw, ask=False) == []
    assert faults(raw) == [
        "The file is not the stored record of this dialogue "
        f"({evening.record.digest}).",
        "The ledger notes another digest at the closing of the dialogue.",
        "The votes of a ballot are not those the ledger notes at its closing.",
    ]


def test_other_roll_is_found_by_the_ledger(evening):
    raw = tampered(evening.raw, lambda facts: ballot_at(facts, 1).update(eligible=99))

    assert (
        "The roll of a ballot is not the one the ledger notes at its opening."
        in faults(raw)
    )


def test_other_ledger_head_is_found(evening):
    head = json.loads(evening.raw)["ledger_head"]
    raw = tampered(evening.raw, lambda facts: facts.update(ledger_digest="0" * 64))

    assert f"Entry {head} of the ledger is not the one the result names." in faults(raw)


# --- texts ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda file: file["texts"]["proposal-1"].update(text="Anders"),
            "Text proposal-1 is not the one of the result.",
        ),
        (
            lambda file: file["texts"]["ballot-1"].update(salt="0"),
            "Text ballot-1 is not the one of the result.",
        ),
        (
            lambda file: file["texts"]["proposal-1"].update(salt=""),
            "Text proposal-1 has no salt and cannot be checked.",
        ),
        (
            lambda file: file["texts"].pop("option-1-0"),
            "Text option-1-0 is missing.",
        ),
        (
            lambda file: file["texts"].update(proposal={"salt": "a", "text": "b"}),
            "Text proposal does not belong to the result.",
        ),
        (
            lambda file: file.update(record="another"),
            "The texts file belongs to another result: another.",
        ),
        (lambda file: file.pop("texts"), "The texts file cannot be read."),
        (
            lambda file: file["texts"].update(note={"salt": 1, "text": "b"}),
            "The texts file cannot be read.",
        ),
    ],
)
def test_changed_texts_are_found(evening, change, line):
    file = json.loads(texts_of(evening))
    change(file)

    assert faults(evening.raw, json.dumps(file).encode()) == [line]


def test_erased_texts_are_fine_and_counted(evening):
    file = json.loads(texts_of(evening))
    file["texts"]["proposal-1"] = {"salt": "", "text": ""}

    report = verify(evening.raw, json.dumps(file).encode())

    assert report.holds
    assert "20 texts compared with their digests (erased: 1)." in [
        check.line for check in report.checks
    ]


# --- the database ---------------------------------------------------------------
@pytest.mark.databases
def test_update_of_a_record_is_refused_by_trigger(evening):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ResultRecord.objects.update(canonical="{}")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ResultRecord.objects.filter(pk=evening.record.pk).update(digest="0" * 64)


@pytest.mark.databases
def test_record_changed_without_triggers_is_found(evening):
    raw = tampered(evening.raw, lambda facts: facts.update(participants=99))
    triggers.remove(connection, ["projects_resultrecord"])
    ResultRecord.objects.update(canonical=raw.decode())

    assert faults(evening.raw) == [
        f"The stored record was changed: it was filed under {evening.record.digest}.",
        "The file is not the stored record of this dialogue "
        f"({evening.record.digest}).",
    ]
    assert faults(raw) == [
        f"The stored record was changed: it was filed under {evening.record.digest}.",
        "The ledger notes another digest at the closing of the dialogue.",
    ]


@pytest.mark.databases
def test_record_and_digest_changed_without_triggers_is_found(evening):
    raw = tampered(evening.raw, lambda facts: facts.update(participants=99))
    triggers.remove(connection, ["projects_resultrecord"])
    ResultRecord.objects.update(
        canonical=raw.decode(), digest=hashlib.sha256(raw).hexdigest()
    )

    assert faults(raw) == [
        "The ledger notes another digest at the closing of the dialogue."
    ]


@pytest.mark.databases
def test_changed_ledger_entry_is_found(evening):
    triggers.remove(connection, ["ledger_entry"])
    evening.dialogue.stream.entries.filter(seq=2).update(kind="nothing.happened")

    assert faults(evening.raw) == ["The ledger's chain is broken at 2."]


# --- the command ----------------------------------------------------------------
def test_command_tells_what_holds(evening, tmp_path: Path, capsys):
    (tmp_path / "result.json").write_bytes(evening.raw)
    (tmp_path / "texts.json").write_bytes(texts_of(evening))

    call_command(
        "verify_result", tmp_path / "result.json", texts=tmp_path / "texts.json"
    )

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"SHA-256 {evening.record.digest}"
    assert lines[-1] == "This result holds."
    assert [line for line in lines if line.startswith("FAIL")] == []


def test_command_fails_with_one_line_per_fault(evening, tmp_path: Path, capsys):
    raw = tampered(
        evening.raw, lambda facts: ballot_at(facts, 1).update(verdict="none")
    )
    (tmp_path / "result.json").write_bytes(raw)

    with pytest.raises(CommandError) as error:
        call_command("verify_result", tmp_path / "result.json", as_json=True)

    assert error.value.returncode == 1
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is False
    assert {
        "ok": False,
        "line": "Ballot 1: the verdict is 'none', counted again 'adopted'.",
    } in told["checks"]


def test_command_says_when_there_is_no_file(tmp_path: Path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("verify_result", tmp_path / "nothing.json")
