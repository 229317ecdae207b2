"""`manage.py count`: what it prints, and what it refuses."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from proposals.formats.own import FileResult, read_own, write_own
from proposals.formats.preparing import ALIASES, COUNTABLE, method_named
from proposals.formats.votefile import FileUnreadable
from proposals.methods import METHODS
from tests.ballot_files import random_file

# The worked example of the Schulze method (Schulze 2011): 45 votes.
SCHULZE = """\
# TITLE: Worked example
# DATA TYPE: soc
# NUMBER ALTERNATIVES: 5
# NUMBER VOTERS: 45
# NUMBER UNIQUE ORDERS: 8
# ALTERNATIVE NAME 1: A
# ALTERNATIVE NAME 2: B
# ALTERNATIVE NAME 3: C
# ALTERNATIVE NAME 4: D
# ALTERNATIVE NAME 5: E
5: 1,3,2,5,4
5: 1,4,5,3,2
8: 2,5,4,1,3
3: 3,1,2,5,4
7: 3,1,5,2,4
2: 3,2,1,4,5
7: 4,3,5,2,1
8: 5,2,1,4,3
"""
PB = """\
META
key;value
budget;100
vote_type;approval
PROJECTS
project_id;cost
p1;60
p2;50
p3;40
VOTES
voter_id;vote
1;p1,p2
2;p1,p2
3;p1
4;p3
5;
"""


@pytest.fixture
def soc(tmp_path: Path) -> Path:
    path = tmp_path / "example.soc"
    path.write_text(SCHULZE)
    return path


@pytest.fixture
def pb(tmp_path: Path) -> Path:
    path = tmp_path / "example.pb"
    path.write_text(PB)
    return path


def count(path: Path, method: str = "", **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("count", path, method=method, json=True, stdout=out, **options)
    facts: dict[str, Any] = json.loads(out.getvalue())
    return facts


@pytest.mark.parametrize(
    ("method", "winners"),
    [
        ("schulze", ["E"]),
        ("instant-runoff", ["C"]),
        ("borda", ["E"]),
        ("plurality", ["C"]),
        ("copeland", ["A", "B", "C", "E"]),
    ],
)
def test_worked_example(soc: Path, method: str, winners: list[str]):
    facts = count(soc, method)

    assert sorted(facts) == [
        "explanation", "method", "ranking", "rounds", "ties", "winners",
    ]  # fmt: skip
    assert facts["winners"] == winners or method == "copeland"
    assert set(facts["explanation"]) == {"de", "en"}
    assert all(winners[0] in words for words in facts["explanation"].values())


def test_schulze_ranks_the_worked_example(soc: Path):
    facts = count(soc, "Schulze")

    assert facts["ranking"] == ["E", "A", "C", "B", "D"]
    assert facts["ties"] == []
    duels = facts["rounds"][1]
    assert duels["kind"] == "duels"
    assert duels["pairs"]["A"]["B"] == 20
    assert facts["rounds"][2]["pairs"]["E"]["D"] == 31


def test_equals_stand_together_in_the_ranking(tmp_path: Path):
    path = tmp_path / "tie.toc"
    path.write_text("# NUMBER ALTERNATIVES: 3\n1: 1,{2,3}\n")

    assert count(path, "borda")["ranking"] == ["1", ["2", "3"]]


def test_seats(soc: Path):
    facts = count(soc, "single transferable vote", seats=2)

    assert facts["method"] == "stv"
    assert len(facts["winners"]) == 2


def test_fractions_are_texts(tmp_path: Path):
    path = tmp_path / "tie.toc"
    path.write_text("# NUMBER ALTERNATIVES: 3\n1: {1,2},3\n")

    numbers = count(path, "irv")["rounds"][1]["numbers"]
    assert numbers == {"1": "1/2", "2": "1/2", "3": 0}


@pytest.mark.parametrize(
    ("method", "winners"),
    [("greedy", ["p1", "p3"]), ("mes", ["p1", "p3"]), ("approval", ["p1"])],
)
def test_projects_have_their_ids(pb: Path, method: str, winners: list[str]):
    assert count(pb, method)["winners"] == winners


def test_other_budget(pb: Path):
    assert count(pb, "greedy", budget=60)["winners"] == ["p1"]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_own_file_counts_as_it_was_announced(tmp_path: Path, method: str):
    path = tmp_path / "ballot.json"
    for seed in range(25):
        file = random_file(method, seed)
        path.write_bytes(write_own(file))

        facts = count(path)

        titles = [option.title for option in file.options]
        assert facts["method"] == method
        assert facts["winners"] == [titles[place] for place in file.result.chosen]
        assert facts["explanation"]["de"]
        assert facts["explanation"]["en"]


def test_readable_text_has_winners_rounds_and_words(soc: Path):
    out = StringIO()
    call_command("count", soc, method="irv", stdout=out)

    lines = out.getvalue().splitlines()
    assert "winners  C" in lines
    assert "round 2: runoff" in lines
    assert lines[-1].strip()


# --- refusals -------------------------------------------------------------------
def refused(path: Path, method: str = "", **options: Any) -> str:
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("count", path, method=method, json=True, stdout=out, **options)
    assert out.getvalue() == ""
    assert error.value.returncode == 1
    return str(error.value)


def test_methods_that_cannot_be_counted_for_these_votes(soc: Path, pb: Path):
    for method in set(METHODS) - set(COUNTABLE["order"]):
        assert "cannot be counted by" in refused(soc, method)
    for method in set(METHODS) - set(COUNTABLE["approval"]):
        assert "cannot be counted by" in refused(pb, method)


def test_method_is_asked_for(soc: Path):
    assert "Please name a --method: single" in refused(soc)
    assert "There is no method 'coin'" in refused(soc, "coin")


def test_options_without_effect_are_refused(soc: Path, pb: Path):
    assert "--seats says nothing" in refused(soc, "schulze", seats=2)
    assert "--budget says nothing" in refused(soc, "schulze", budget=2)
    assert "--most says nothing" in refused(pb, "greedy", most=2)
    assert "--seats must be at least 1" in refused(soc, "stv", seats=0)


def test_terms_that_cannot_be_counted(soc: Path, pb: Path):
    assert "ballot.seats" in refused(soc, "stv", seats=5)
    # Smaller than every project.
    assert "ballot.budget" in refused(pb, "greedy", budget=39)
    assert "Line 12" in refused(pb, "knapsack")
    assert "vote.over_budget" in refused(pb, "knapsack")
    assert "Line 12" in refused(pb, "multiple", most=1)


def test_several_first_choices_are_no_single_choice(tmp_path: Path):
    path = tmp_path / "tie.toc"
    path.write_text("# NUMBER ALTERNATIVES: 3\n1: 1,{2,3}\n1: {1,2},3\n")

    assert "Line 3: this vote has several first choices" in refused(path, "single")


def test_files_that_are_none(tmp_path: Path, soc: Path):
    other = tmp_path / "votes.txt"
    other.write_text(SCHULZE)
    assert "must end in .soc" in refused(other, "schulze")
    assert "No such file" in refused(tmp_path / "missing.soc", "schulze")
    assert "Is a directory" in refused(_directory(tmp_path), "schulze")
    soc.write_text(SCHULZE.replace("8: 5,2,1,4,3", "8: 5,2,1,4,9"))
    assert refused(soc, "schulze") == "Line 18: There is no alternative 9."


def _directory(parent: Path) -> Path:
    path = parent / "folder.soc"
    path.mkdir()
    return path


def test_other_names_of_methods():
    assert set(ALIASES.values()) <= set(METHODS)
    assert {method_named(name) for name in ALIASES} == set(ALIASES.values())
    assert method_named("Method-of-Equal Shares") == "equal_shares"
    assert method_named("K-of-N") == "multiple"
    assert {name for kind in COUNTABLE.values() for name in kind} <= set(METHODS)


# --- our own file -----------------------------------------------------------------
@pytest.mark.parametrize("method", sorted(METHODS))
def test_own_file_is_read_as_it_was_written(method: str):
    for seed in range(20):
        file = random_file(method, seed)

        assert read_own(write_own(file)) == file


def changed(**facts: Any) -> bytes:
    whole = json.loads(write_own(random_file("single", 4)))
    for key, value in facts.items():
        if value is None:
            del whole[key]
        else:
            whole[key] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"format": "other"}, "its format is not 'mitwirken-ballot'"),
        ({"version": 2}, "not of version 1"),
        ({"method": "coin"}, "The method 'coin' is not known"),
        ({"votes": None}, "is not whole: votes"),
        ({"votes": [[[0, 1, 2]]], "turnout": 1}, "Vote 1 is not made of pairs"),
        ({"votes": [[[0, 1], [0, 2]]], "turnout": 1}, "Vote 1 names an option twice"),
        ({"votes": [[[0, 1]]], "turnout": 1}, "The digest is not that of the votes"),
        ({"turnout": 99}, "The turnout is 99, but"),
        ({"weights": [1] * 50}, "The weights are not those of the votes"),
        ({"options": []}, "The options are not numbered in order"),
        ({"note": "x"}, "unknown fields: ['note']"),
        ({"turnout": 1.5}, "whole numbers"),
    ],
)
def test_own_file_that_is_not_whole(facts: dict[str, Any], said: str):
    with pytest.raises(FileUnreadable) as error:
        read_own(changed(**facts))

    assert said in str(error.value)


def test_broken_json_names_the_line():
    with pytest.raises(FileUnreadable, match="Line 2: This is no JSON"):
        read_own(b'{"format": "mitwirken-ballot",\n!}')


def test_unknown_terms_are_refused(tmp_path: Path):
    file = random_file("single", 4)
    path = tmp_path / "ballot.json"
    path.write_bytes(write_own(type(file)(**{**vars(file), "terms": {"luck": 1}})))

    assert "The term 'luck' is not known" in refused(path)


def test_announced_result_does_not_decide_the_count(tmp_path: Path):
    """The file's own result is not believed: its votes are counted."""
    file = random_file("single", 4)
    false = FileResult("chosen", [9] * len(file.options), [0], [])
    path = tmp_path / "ballot.json"
    path.write_bytes(write_own(type(file)(**{**vars(file), "result": false})))

    titles = [option.title for option in file.options]
    assert count(path)["winners"] == [titles[place] for place in file.result.chosen]
