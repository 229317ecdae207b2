"""The checker must see what it is there to see: a lost vote, above all."""

from copy import deepcopy
from typing import Any

import pytest

from tests.faults.checker import problems
from tests.faults.journal import Deed, Journal


def voted(journal: Journal, person: int, ballot: int, option: int) -> Deed:
    deed = journal.add(
        person, "cast_vote", f"key-{person}-{ballot}", ballot=ballot, option=option
    )
    deed.receipts.append(f"R{person}-{ballot}")
    return deed


def evening() -> tuple[Journal, dict[str, Any]]:
    """Three people, all kept: an open ballot (1), a secret one (2)."""
    journal = Journal()
    journal.add(1, "submit_proposal", "key-a", title="key-a").receipts.append("7")
    journal.add(2, "add_comment", "key-b", proposal=7).receipts.append("8")
    journal.add(3, "take_stance", "key-c", proposal=7, value="agree").receipts.append(
        ""
    )
    for person in (1, 2, 3):
        voted(journal, person, 1, 10 + person % 2)
        voted(journal, person, 2, 20 + person % 2)
    found = {
        "broken_links": [],
        "proposals": [[1, "key-a Schulstraße"], [1, "Vorschlag 1"]],
        "comments": [[2, "key-b Gute Idee"]],
        "stances": [[3, 7, "agree"]],
        "counts": [{"proposal": 7, "running": [1, 0, 0, 1], "counted": [1, 0, 0, 1]}],
        "ballots": [
            {
                "ballot": 1,
                "secret": False,
                "turnout": 3,
                "roll": [[person, True, f"R{person}-1"] for person in (1, 2, 3)],
                "votes": [[1, 11], [2, 10], [3, 11]],
                "votes_without_mark": 0,
                "running": {"10": 1, "11": 2},
            },
            {
                "ballot": 2,
                "secret": True,
                "turnout": 3,
                "roll": [[person, True, f"R{person}-2"] for person in (1, 2, 3)],
                "sheets": [["a", 21], ["b", 20], ["c", 21]],
            },
        ],
    }
    return journal, found


def test_kept_promises_are_no_problem():
    assert problems(*evening()) == []


def test_lost_acknowledged_vote_is_seen_open():
    journal, found = evening()
    row = found["ballots"][0]
    # As if the transaction had never been: the sums alone still add up.
    row["roll"][1] = [2, False, ""]
    row["votes"].remove([2, 10])
    row.update(turnout=2, running={"10": 0, "11": 2})

    assert "lost: vote of 2 in ballot 1" in problems(journal, found)


def test_lost_acknowledged_vote_is_seen_secret():
    journal, found = evening()
    row = found["ballots"][1]
    row["roll"][1] = [2, False, ""]
    row["sheets"].remove(["b", 20])
    row["turnout"] = 2

    lines = problems(journal, found)
    assert "lost: vote of 2 in ballot 2" in lines
    assert "lost: 1 votes for 20, ballot 2" in lines


def _lose_proposal(found: dict[str, Any]) -> None:
    found["proposals"].pop(0)


def _double_proposal(found: dict[str, Any]) -> None:
    found["proposals"].append(found["proposals"][0])


def _change_stance(found: dict[str, Any]) -> None:
    found["stances"][0][2] = "pass"


def _lose_stance(found: dict[str, Any]) -> None:
    found["stances"].clear()


def _double_vote(found: dict[str, Any]) -> None:
    found["ballots"][0]["votes"].append([2, 11])


def _change_vote(found: dict[str, Any]) -> None:
    found["ballots"][0]["votes"][1] = [2, 11]
    found["ballots"][0]["running"] = {"10": 0, "11": 3}


def _swap_sheet(found: dict[str, Any]) -> None:
    found["ballots"][1]["sheets"][1] = ["b", 21]


def _add_sheet(found: dict[str, Any]) -> None:
    found["ballots"][1]["sheets"].append(["d", 20])


def _change_receipt(found: dict[str, Any]) -> None:
    found["ballots"][1]["roll"][0][2] = "other"


def _miscount(found: dict[str, Any]) -> None:
    found["counts"][0]["running"][0] = 2


def _break_chain(found: dict[str, Any]) -> None:
    found["broken_links"].append(3)


@pytest.mark.parametrize(
    "damage",
    [
        _lose_proposal,
        _double_proposal,
        _change_stance,
        _lose_stance,
        _double_vote,
        _change_vote,
        _swap_sheet,
        _add_sheet,
        _change_receipt,
        _miscount,
        _break_chain,
    ],
)
def test_damage_is_seen(damage):
    journal, found = evening()
    damaged = deepcopy(found)
    damage(damaged)

    assert problems(journal, damaged)


def test_unanswered_vote_may_be_there_or_not():
    journal, found = evening()
    found["ballots"][1]["roll"].append([4, False, ""])
    journal.add(4, "cast_vote", "key-4", ballot=2, option=20)
    assert problems(journal, found) == []

    found["ballots"][1]["roll"][-1] = [4, True, "R4-2"]
    found["ballots"][1]["sheets"].append(["d", 20])
    found["ballots"][1]["turnout"] = 4
    assert problems(journal, found) == []


def test_second_receipt_for_one_request_is_seen():
    journal, found = evening()
    journal.of("cast_vote")[0].receipts.insert(0, "another")

    assert any("receipts" in line for line in problems(journal, found))
