"""Our map beside the official result of a real Pol.is conversation.

The files are not ours to ship: SHARED_DATA (or ../shared/data) says where they are.
Every conversation there that has an official result is compared. Pol.is' database has
the opposite sign: there -1 is agreement.
"""

import gzip
import json
import os
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

pytestmark = pytest.mark.oracle

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data") / "polis"
OFFICIAL = "math-pca2.json.gz"
WITH_RESULT = sorted(path.parent for path in DATA.glob(f"*/{OFFICIAL}"))
ALL = sorted(path.parent for path in DATA.glob("*/votes.csv"))
WITHOUT = "no Pol.is data in SHARED_DATA"
CLOSE = 1e-6

with_result = pytest.mark.parametrize(
    "directory",
    WITH_RESULT or [pytest.param(None, marks=pytest.mark.skip(reason=WITHOUT))],
    ids=lambda path: path.name if path else "none",
)


@cache
def official(directory: Path) -> dict[str, Any]:
    with gzip.open(directory / OFFICIAL) as file:
        return dict(json.load(file))


@cache
def ours(directory: Path, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("opinion_map", str(directory), *options, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def with_groups(directory: Path) -> dict[str, Any]:
    return ours(directory, "--groups", str(directory / "participants-votes.csv"))


@with_result
def test_centre_axes_and_places(directory: Path):
    found, known = with_groups(directory), official(directory)
    assert found["statements"] == known["tids"]
    assert len(found["participants"]) == known["n"]
    assert sorted(found["in_conversation"]) == sorted(known["in-conv"])

    center = -np.array(known["pca"]["center"])
    assert np.allclose(found["center"], center, rtol=0, atol=CLOSE)
    axes, theirs = np.array(found["components"]), np.array(known["pca"]["comps"])
    turned = np.sign((axes * theirs).sum(axis=1))
    assert np.allclose(axes * turned[:, None], theirs, rtol=0, atol=CLOSE)
    # The official result has places of small clusters only: means of their members'.
    clusters = known["base-clusters"]
    for members, *place in zip(
        clusters["members"], clusters["x"], clusters["y"], strict=True
    ):
        own = np.mean([found["projection"][str(one)] for one in members], axis=0)
        assert np.allclose(own * -turned, place, rtol=0, atol=CLOSE)


@with_result
def test_votes_of_groups_and_what_unites_them(directory: Path):
    found, known = with_groups(directory), official(directory)
    assert {str(group["id"]) for group in found["groups"]} == set(known["group-votes"])
    for group in found["groups"]:
        theirs = known["group-votes"][str(group["id"])]
        assert len(group["members"]) == theirs["n-members"]
        assert {
            pk: (row["agree"], row["disagree"], row["seen"])
            for pk, row in group["votes"].items()
        } == {pk: (row["A"], row["D"], row["S"]) for pk, row in theirs["votes"].items()}
        for row in group["votes"].values():
            assert row["pass"] == row["seen"] - row["agree"] - row["disagree"]
    assert found["group_aware_consensus"] == pytest.approx(
        known["group-aware-consensus"], abs=CLOSE
    )


@with_result
def test_what_groups_stand_for(directory: Path):
    found, known = with_groups(directory), official(directory)
    for group in found["groups"]:
        theirs = known["repness"][str(group["id"])]
        assert [
            (row["statement"], row["direction"]) for row in group["representative"]
        ] == [(row["tid"], row["repful-for"]) for row in theirs]
        for row, other in zip(group["representative"], theirs, strict=True):
            assert [
                row["probability"],
                row["test"],
                row["ratio"],
                row["ratio_test"],
            ] == pytest.approx(
                [
                    other["p-success"],
                    other["p-test"],
                    other["repness"],
                    other["repness-test"],
                ],
                abs=1e-5,
            )


@with_result
def test_consensus_and_priorities(directory: Path):
    found, known = with_groups(directory), official(directory)
    for side in ("agree", "disagree"):
        theirs = known["consensus"][side]
        rows = found["consensus"][side]
        assert [(row["statement"], row["count"], row["seen"]) for row in rows] == [
            (row["tid"], row["n-success"], row["n-trials"]) for row in theirs
        ]
        for row, other in zip(rows, theirs, strict=True):
            assert row["probability"] == pytest.approx(other["p-success"], abs=CLOSE)
            assert row["test"] == pytest.approx(other["p-test"], abs=CLOSE)
    assert found["priority"] == pytest.approx(known["comment-priorities"], abs=CLOSE)


@with_result
def test_group_step_from_the_official_clusters(directory: Path):
    found = ours(directory, "--base-clusters", str(directory / OFFICIAL))
    clusters = official(directory)["base-clusters"]
    members = dict(zip(clusters["id"], clusters["members"], strict=True))
    known = [
        sorted(one for base in group["members"] for one in members[base])
        for group in official(directory)["group-clusters"]
    ]
    assert sorted(group["members"] for group in found["groups"]) == sorted(known)


@pytest.mark.parametrize(
    "directory",
    ALL or [pytest.param(None, marks=pytest.mark.skip(reason=WITHOUT))],
    ids=lambda path: path.name if path else "none",
)
def test_every_conversation_has_a_map(directory: Path):
    """Older ones had other rules: nothing to compare, but all must hold together."""
    found = ours(directory)
    inside = set(found["in_conversation"])
    members = [one for group in found["groups"] for one in group["members"]]
    assert len(members) == len(set(members)) == len(inside)
    assert 2 <= len(found["groups"]) <= 5
    assert found["center"]
    assert np.abs(found["center"]).max() <= 1
    assert all(0 < value < 1 for value in found["group_aware_consensus"].values())
    axes = np.array(found["components"])
    assert np.allclose(axes @ axes.T, np.eye(2), atol=1e-9)
    # Agreement among all in the map is what the export itself says of them.
    for pk in map(str, found["statements"]):
        seen = sum(group["votes"][pk]["seen"] for group in found["groups"])
        assert seen <= len(inside)
