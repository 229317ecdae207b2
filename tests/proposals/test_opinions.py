"""The opinion map: its formulas on small tables, and what of a dialogue counts."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from proposals.models import OpinionMap, Proposal, Stance, StatementMark
from proposals.opinions import groups as grouping
from proposals.opinions import keeping
from proposals.opinions.asking import UNSEEN, Asking, asking_of, chance
from proposals.opinions.groups import BaseClusters, Smoother, group, matched, silhouette
from proposals.opinions.mapping import as_json, draw_up
from proposals.opinions.projection import project
from proposals.opinions.reading import counting_of, table_of
from proposals.opinions.sheet import sheet_of
from proposals.opinions.shown import FEWEST_SHOWN, facts_of, interval, spread_of
from proposals.opinions.table import NONE, StanceTable, stance_table
from proposals.opinions.weighing import difference_test, priority, share_test
from proposals.queries import next_statement
from proposals.stances import StanceRequest, take_stances
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation

# Two camps: the first half agrees to even statements, the second to odd ones; all
# agree to the last one.
CAMPS = 2


def camps(
    people: int, statements: int = 10, missing: int = 0, **facts: Any
) -> StanceTable:
    """Everybody answers all but `missing` statements, not the same ones."""
    rows = []
    for person in range(people):
        camp = person * CAMPS // people
        for pk in range(1, statements + 1):
            if pk < statements and (pk + person) % statements < missing:
                continue
            agrees = pk == statements or pk % CAMPS == camp
            # Somebody in each camp passes here and there.
            value = 0 if (person * 7 + pk) % 11 == 0 else 1 if agrees else -1
            rows.append((person + 100, pk, value))
    people_, pks, values = zip(*rows, strict=True)
    return stance_table(people_, pks, values, **facts)


# --- the table ------------------------------------------------------------------
def test_later_stance_of_a_person_holds():
    table = stance_table([1, 1, 2, 1], [5, 6, 5, 5], [1, 0, -1, -1])

    assert table.values.tolist() == [[-1, 0], [-1, NONE]]
    assert (table.people.tolist(), table.statements.tolist()) == ([1, 2], [5, 6])
    assert table.counts().seen.tolist() == [2, 1]
    assert table.counts().passed.tolist() == [0, 1]


def test_who_is_sorted_into_groups():
    """Seven stances are enough; with fewer than fifteen people those with the most."""
    many = stance_table(
        *zip(*[(p, s, 1) for p in range(20) for s in range(p + 1)], strict=True)
    )
    assert many.people[many.rows_in()].tolist() == list(range(5, 20))
    crowd = stance_table(
        *zip(
            *[(p, s, 1) for p in range(40) for s in range(7 if p % 2 else 6)],
            strict=True,
        )
    )
    assert crowd.people[crowd.rows_in()].tolist() == list(range(1, 40, 2))
    few = stance_table([1, 2], [1, 1], [1, -1])
    assert few.rows_in().tolist() == [0, 1]


# --- the projection ---------------------------------------------------------------
def test_axes_are_those_of_the_filled_table():
    """Beside the plain way: fill with means, take them off, decompose."""
    table = camps(30, missing=3)
    found = project(table)
    values = np.where(table.seen, table.values, np.nan)
    center = np.nanmean(values, axis=0)
    filled = np.where(table.seen, values, center) - center
    __, sizes, axes = np.linalg.svd(filled)

    assert np.allclose(found.center, center)
    assert np.allclose(np.abs((found.axes * axes[:2]).sum(axis=1)), 1)
    assert np.allclose(found.spread, sizes[:2] ** 2 / (sizes**2).sum())
    taken = table.seen.sum(axis=1)
    places = filled @ found.axes.T * np.sqrt(10 / taken)[:, None]
    assert np.allclose(found.points, places)


@pytest.mark.parametrize(
    ("people", "statements"), [(1, 1), (3, 1), (1, 5), (3, 40), (40, 3)]
)
def test_any_size_has_a_projection(people: int, statements: int):
    found = project(camps(people, statements))

    assert found.axes.shape == (2, statements)
    assert np.isfinite(found.points).all()
    assert draw_up(camps(people, statements)).groups


def test_everybody_alike_is_one_group():
    table = stance_table(
        *zip(*[(p, s, 1) for p in range(60) for s in range(8)], strict=True)
    )
    found = draw_up(table)

    assert [len(one.members) for one in found.groups] == [60]
    assert np.allclose(found.projection.points, 0)
    # No difference to test: neither better nor worse than the others, who are nobody.
    assert found.consensus["agree"]
    assert not found.consensus["disagree"]


def test_directions_are_kept_from_the_earlier_map():
    table = camps(30)
    axes = project(table).axes

    assert np.allclose(project(table, -axes).axes, -axes)
    assert np.allclose(project(table, axes).axes, axes)


def test_left_out_statement_counts_nowhere_but_in_its_votes():
    """As if everybody had passed on it: it only draws people towards the middle."""
    plain, without = draw_up(camps(60)), draw_up(camps(60, left_out=[2, 4]))
    columns = [1, 3]

    assert np.abs(plain.projection.axes[0, columns]).min() > 0.01
    assert not without.projection.axes[:, columns].any()
    assert not without.projection.center[columns].any()
    assert not without.projection.extremity[columns].any()
    assert without.table.counts().seen[columns].all()
    named = {
        int(without.table.statements[row.column])
        for one in without.groups
        for row in one.representative
    } | {int(without.table.statements[r.column]) for r in without.consensus["agree"]}
    assert named
    assert not named & {2, 4}


def test_meta_statement_is_left_out_but_asked_first():
    found = draw_up(camps(60, meta=[3]))

    assert found.table.left_out.tolist() == [pk == 3 for pk in range(1, 11)]
    assert found.priority[2] == 49
    assert found.priority.argmax() == 2


# --- groups ---------------------------------------------------------------------
def test_two_camps_are_two_groups():
    table = camps(80, 20, missing=6)
    found = draw_up(table)
    halves = [{int(table.people[row]) for row in one.members} for one in found.groups]

    assert sorted(map(sorted, halves)) == [list(range(100, 140)), list(range(140, 180))]
    assert [one.id for one in found.groups] == [0, 1]
    assert found.silhouettes[2] == max(found.silhouettes.values())


def test_group_sees_what_it_stands_for_and_what_unites():
    found = as_json(draw_up(camps(80)))
    first = next(g for g in found["groups"] if 100 in g["members"])

    assert {
        row["statement"] % 2
        for row in first["representative"]
        if row["direction"] == "agree"
    } == {0}
    assert {
        row["statement"] % 2
        for row in first["representative"]
        if row["direction"] == "disagree"
    } <= {1}
    best = max(found["group_aware_consensus"], key=found["group_aware_consensus"].get)
    assert best == "10"
    assert found["consensus"]["agree"][0]["statement"] == 10


def clusters(*places: tuple[float, float], people: int = 5) -> BaseClusters:
    return BaseClusters(
        np.arange(len(places)),
        [np.arange(people) + 100 * n for n in range(len(places))],
        np.array(places, float),
    )


TWO = [(x + 0.1 * n, float(n % 3)) for x in (0.0, 20.0) for n in range(6)]


def test_number_of_groups_changes_only_after_some_turns():
    base = clusters(*TWO)
    smoother = Smoother(shown=3, last=3, turns=9)
    shown = []
    for __ in range(4):
        found = group(base, smoother)
        assert found.smoother is not None
        smoother = found.smoother
        shown.append(found.number)

    assert shown == [3, 3, 3, 2]
    assert group(base).number == 2


def test_groups_of_too_few_people_are_not_made():
    base = clusters((200.0, 0.0), *TWO)
    lonely = BaseClusters(base.ids, [np.array([9999]), *base.members[1:]], base.centers)

    assert np.bincount(group(lonely).labels, lonely.weights).min() == 1
    assert group(lonely, fewest=5).number == 1
    assert group(base, fewest=5).number > 1


def test_silhouette_beside_its_definition():
    points = np.array([[0.0, 0], [1, 0], [10, 0], [12, 0], [30, 0]])
    labels = np.array([0, 0, 1, 1, 2])
    apart = np.abs(points[:, 0][:, None] - points[:, 0][None])
    expected = []
    for one in range(5):
        own = [apart[one, n] for n in range(5) if labels[n] == labels[one] and n != one]
        if not own:
            expected.append(0.0)
            continue
        others = [
            np.mean([apart[one, n] for n in range(5) if labels[n] == which])
            for which in set(labels.tolist()) - {int(labels[one])}
        ]
        a, b = float(np.mean(own)), float(min(others))
        expected.append((b - a) / max(a, b))

    assert silhouette(apart, labels) == pytest.approx(np.mean(expected))


def test_groups_keep_their_letters():
    before = {0: (0.0, 0.0), 1: (10.0, 0.0)}

    assert matched(np.array([[9.0, 1.0], [1.0, 0.0]]), before) == [1, 0]
    assert matched(np.array([[9.0, 1.0], [5.0, 9.0], [0.0, 0.0]]), before) == [1, 2, 0]
    assert matched(np.array([[10.0, 0.0]]), before) == [1]


def test_k_means_ends_where_it_is_settled(monkeypatch: pytest.MonkeyPatch):
    points = np.array([[0.0, 0], [0.2, 0], [5, 0], [5.2, 0]])
    labels, centers = grouping.k_means(points, points[:2].copy())
    assert labels.tolist() == [0, 0, 1, 1]
    assert np.allclose(centers, [[0.1, 0], [5.1, 0]])
    monkeypatch.setattr(grouping, "STEPS", 1)
    assert grouping.k_means(points, points[:2].copy())[0].tolist() == [0, 1, 1, 1]


# --- weighing ---------------------------------------------------------------------
def test_tests_by_hand():
    one = np.array([9])
    assert share_test(one, np.array([9]))[0] == pytest.approx(2 * 10**0.5 * 0.5)
    # 8 of 10 beside 2 of 10, one added to each.
    p1, p2, p = 9 / 11, 3 / 11, 12 / 22
    z = (p1 - p2) / (p * (1 - p) * (2 / 11)) ** 0.5
    found = difference_test(
        np.array([8]), np.array([2]), np.array([10]), np.array([10])
    )
    assert found[0] == pytest.approx(z)
    # Everybody of everybody: no noise, no difference.
    assert difference_test(one, one, one, one)[0] == 0


def test_priority_of_what_nobody_has_seen():
    nobody = camps(2).counts() - camps(2).counts()

    assert priority([nobody], np.zeros(10), np.zeros(10, bool))[0] == pytest.approx(
        UNSEEN
    )


def test_group_without_anything_passing_still_says_its_best():
    """With three people nothing is significant: one is listed all the same."""
    table = stance_table(
        [1, 2, 3, 4, 1, 2, 3, 4], [1, 1, 1, 1, 2, 2, 2, 2], [1, -1, 1, -1, 0, 0, 0, 0]
    )
    found = draw_up(table, assigned={1: 0, 2: 0, 3: 1, 4: 1})

    for one in found.groups:
        (row,) = one.representative
        assert (row.column, row.ratio, row.ratio_test) == (0, 1.0, 0.0)


# --- what everybody may see -------------------------------------------------------
def test_interval_and_spread():
    assert interval(0, 0) == (0, 100)
    low, high = interval(50, 100)
    assert (low, high) == (42, 58)
    assert interval(0, 10)[0] == 0
    assert interval(10, 10)[1] == 100
    assert spread_of(5, 5, 10) == 100
    assert spread_of(10, 0, 10) == spread_of(0, 0, 10) == spread_of(0, 0, 0) == 0


def test_below_fifty_only_agreement_and_spread():
    facts = facts_of(camps(49))

    assert not facts["has_groups"]
    assert not {"groups", "places", "spots", "unites"} & set(facts)
    assert facts["table"][0][0] == 1
    assert len(facts["table"]) == 10
    assert facts_of(camps(50))["has_groups"]


def test_every_statement_is_in_the_table():
    assert len(facts_of(camps(20, 45))["table"]) == 45


def test_nothing_of_fewer_than_five_people_is_shown():
    facts = facts_of(camps(120, 12, missing=4))

    assert facts["groups"]
    assert all(one["size"] >= FEWEST_SHOWN for one in facts["groups"])
    assert facts["spots"]
    assert all(row[2] >= FEWEST_SHOWN for row in facts["spots"])
    for one in facts["groups"]:
        assert all(row[3] >= FEWEST_SHOWN for row in one["stands_for"])
    for name in ("unites", "divides"):
        for __, cells in facts[name]:
            assert all(seen >= FEWEST_SHOWN for __, seen in cells)
    # People are participations with numbers from 100 on: none is named.
    assert "219" not in json.dumps(facts["groups"])


def test_lonely_group_is_not_shown():
    """Three people far from all others would be a group of their own."""
    rows = [(p, s, 1 if s % 2 else -1) for p in range(60) for s in range(1, 13)]
    rows += [(p, s, -1 if s % 2 else 1) for p in range(60, 63) for s in range(1, 13)]
    table = stance_table(*zip(*rows, strict=True))

    assert {len(one.members) for one in draw_up(table).groups} == {60, 3}
    facts = facts_of(table)
    assert not facts["has_groups"]
    assert "groups" not in facts


# --- in a dialogue ------------------------------------------------------------------
@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue(allows="propose stance")


@pytest.fixture
def lead(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator")


@pytest.fixture
def seeds(lead: Participation) -> list[Proposal]:
    lines = "\n".join(f"Aussage {number}" for number in range(1, 9))
    return keeping.seed_statements(moderator=lead, lines=lines)


def answer(
    dialogue: Dialogue, people: int, seeds: list[Proposal]
) -> list[Participation]:
    """Two camps take stances on all statements."""
    citizens = [make_participation(dialogue) for __ in range(people)]
    take_stances(
        [
            StanceRequest(
                citizen.pk,
                row.pk,
                "agree" if (n % 2 == number % 2) or number == 7 else "disagree",
            )
            for n, citizen in enumerate(citizens)
            for number, row in enumerate(seeds)
        ]
    )
    return citizens


def shown(lead: Participation, **facts: Any) -> OpinionMap:
    return keeping.set_opinion_map(moderator=lead, is_shown=True, **facts)


def kinds(dialogue: Dialogue) -> list[str]:
    return [entry.kind for entry in entries_since(dialogue.stream_id, 0)]


@pytest.mark.django_db
class TestDialogue:
    def test_table_is_what_people_said(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        citizens = answer(dialogue, 3, seeds)
        take_stances([StanceRequest(citizens[0].pk, seeds[0].pk, "pass")])
        answer(make_dialogue(allows="propose stance"), 0, [])
        table = table_of(dialogue)

        assert table.people.tolist() == [one.pk for one in citizens]
        for row, citizen in zip(table.values, citizens, strict=True):
            own = dict(
                Stance.objects.filter(participation=citizen).values_list(
                    "proposal", "value"
                )
            )
            signs = {"agree": 1, "pass": 0, "disagree": -1}
            assert row.tolist() == [signs[own[pk]] for pk in table.statements.tolist()]

    def test_what_counts(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        hidden, out, meta, new = seeds[:4]
        Proposal.objects.filter(pk=hidden.pk).update(state="hidden")
        keeping.mark_statement(moderator=lead, proposal_pk=out.pk, state="out")
        keeping.mark_statement(
            moderator=lead, proposal_pk=meta.pk, state="in", is_meta=True
        )
        keeping.mark_statement(moderator=lead, proposal_pk=new.pk, state="open")

        counting = counting_of(dialogue)
        assert counting.left_out == {hidden.pk, out.pk}
        assert counting.meta == {meta.pk}
        # Strict: what nobody has looked at does not count either.
        strict = counting_of(dialogue, strict=True)
        assert strict.left_out == {hidden.pk, out.pk, new.pk}
        assert strict.basis != counting.basis
        shown(lead, mode="strict")
        assert counting_of(dialogue) == strict

    def test_seeds(self, dialogue: Dialogue, lead: Participation):
        rows = keeping.seed_statements(
            moderator=lead, lines=" Erstens \n\nZweitens\nErstens"
        )
        again = keeping.seed_statements(moderator=lead, lines="erstens\nDrittens")

        assert [row.title for row in rows + again] == [
            "Erstens",
            "Zweitens",
            "Drittens",
        ]
        assert all(row.kind == "statement" and row.is_published for row in rows)
        assert StatementMark.objects.filter(state="in").count() == 3
        assert kinds(dialogue) == ["proposal.published"] * 3

    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            ("  \n ", "opinions.no_seeds"),
            ("\n".join(map(str, range(51))), "opinions.many_seeds"),
            ("gut\n" + "x" * 141, "opinions.long_seed"),
        ],
    )
    def test_seeds_refused(self, lead: Participation, lines: str, code: str):
        with pytest.raises(Refusal) as refused:
            keeping.seed_statements(moderator=lead, lines=lines)

        assert (refused.value.code, refused.value.field) == (code, "lines")
        assert not Proposal.objects.exists()

    def test_mark_refused(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        elsewhere = make_participation(make_dialogue(), "lead_moderator")
        with pytest.raises(Refusal):
            keeping.mark_statement(
                moderator=elsewhere, proposal_pk=seeds[0].pk, state="out"
            )
        with pytest.raises(Refusal):
            keeping.mark_statement(
                moderator=lead,
                proposal_pk=seeds[0].pk,
                state="gone",  # type: ignore[arg-type]
            )
        with pytest.raises(Refusal):
            keeping.set_opinion_map(moderator=lead, is_shown=True, mode="loose")

    def test_drawn_only_when_something_changed(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        assert not keeping.redraw(dialogue)
        row = shown(lead)
        citizens = answer(dialogue, 4, seeds)
        assert keeping.redraw(dialogue)
        assert not keeping.redraw(dialogue)
        row.refresh_from_db()
        assert (row.facts["people"], row.facts["statements"]) == (4, 8)

        take_stances([StanceRequest(citizens[0].pk, seeds[1].pk, "pass")])
        # Just drawn by another process: to be asked for again.
        OpinionMap.objects.update(drawn_at=clock.now())
        assert keeping.redraw(dialogue) is None
        OpinionMap.objects.update(drawn_at=None)
        assert keeping.redraw(dialogue)
        assert kinds(dialogue).count("opinions.drawn") == 2

    def test_hidden_statement_leaves_the_map(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        shown(lead)
        answer(dialogue, 4, seeds)
        keeping.redraw(dialogue)
        OpinionMap.objects.update(drawn_at=None)
        Proposal.objects.filter(pk=seeds[0].pk).update(state="hidden")

        assert keeping.redraw(dialogue)
        facts = OpinionMap.objects.get().facts
        assert (facts["statements"], facts["left_out"]) == (7, 1)

    def test_last_map_stays(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        shown(lead)
        answer(dialogue, 60, seeds)
        keeping.redraw(dialogue)
        dialogue.state = Dialogue.State.CLOSED
        dialogue.save()
        keeping.redraw(dialogue)
        kept = OpinionMap.objects.get()
        assert kept.is_final

        Stance.objects.all().delete()
        assert not keeping.redraw(dialogue)
        assert OpinionMap.objects.get().facts == kept.facts
        sheet = sheet_of(dialogue)
        assert sheet is not None
        assert sheet["people"] == 60

    def test_sheet_has_whole_numbers_and_texts_only(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        assert sheet_of(dialogue) is None
        shown(lead)
        citizens = answer(dialogue, 60, seeds)
        sheet = sheet_of(dialogue)

        def leaves(value: Any) -> list[Any]:
            if isinstance(value, dict):
                return [leaf for one in value.values() for leaf in leaves(one)]
            if isinstance(value, list):
                return [leaf for one in value for leaf in leaves(one)]
            return [value]

        assert sheet is not None
        assert {type(leaf) for leaf in leaves(sheet)} == {int, str}
        assert [one["size"] for one in sheet["groups"]] == [30, 30]
        assert sheet["unites"][0]["proposal"] == seeds[7].pk
        assert sheet == sheet_of(dialogue)
        assert citizens

    def test_next_statement_by_priority(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        shown(lead)
        asked = {
            getattr(next_statement(make_participation(dialogue)), "pk", 0)
            for __ in range(60)
        }
        # Nobody has seen any: people begin with different ones.
        assert len(asked) > 4
        person = make_participation(dialogue)
        assert next_statement(person) == next_statement(person)

        heavy = {str(row.pk): 1e-6 for row in seeds} | {str(seeds[5].pk): 1e6}
        OpinionMap.objects.update(facts={"priority": heavy})
        assert next_statement(person) == seeds[5]
        keeping.mark_statement(moderator=lead, proposal_pk=seeds[5].pk, state="out")
        assert next_statement(person) != seeds[5]

    def test_strict_asks_only_what_was_taken_in(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        for row in seeds[1:]:
            keeping.mark_statement(moderator=lead, proposal_pk=row.pk, state="open")
        shown(lead, mode="strict")
        person = make_participation(dialogue)

        assert next_statement(person) == seeds[0]
        keeping.mark_statement(moderator=lead, proposal_pk=seeds[0].pk, state="open")
        assert next_statement(person) is None

    def test_command_of_a_dialogue(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        out = StringIO()
        with pytest.raises(CommandError, match="Nobody has taken"):
            call_command("opinion_map", dialogue=dialogue.slug)
        answer(dialogue, 6, seeds)
        call_command("opinion_map", dialogue=dialogue.slug, stdout=out)
        assert "6 people, 8 statements" in out.getvalue()
        assert "Fewer than 50" in out.getvalue()
        with pytest.raises(CommandError, match="no dialogue nowhere"):
            call_command("opinion_map", dialogue="nowhere")


def test_chance_falls_evenly():
    asking = Asking({"1": 1.0, "2": 3.0}, frozenset(), None)
    second = sum(asking.next_of(person, [1, 2]) == 2 for person in range(4000))

    assert 0.72 < second / 4000 < 0.78
    assert all(0 < chance(person, 7) <= 1 for person in range(100))
    assert asking.next_of(1, []) is None


@pytest.mark.django_db
def test_no_map_no_asking(dialogue: Dialogue, lead: Participation):
    assert asking_of(dialogue.pk) is None
    shown(lead)
    keeping.set_opinion_map(moderator=lead, is_shown=False)
    assert asking_of(dialogue.pk) is None


# --- the command ------------------------------------------------------------------
def write(directory: Path, votes: list[tuple[int, int, int]], **moderated: int) -> Path:
    directory.mkdir(exist_ok=True)
    with (directory / "votes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["timestamp", "datetime", "comment-id", "voter-id", "vote"])
        for at, (person, pk, value) in enumerate(votes):
            rows.writerow([at, "Mon, Jan 1", pk, person, value])
    with (directory / "comments.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["timestamp", "comment-id", "moderated", "comment-body", "is-meta"]
        )
        for pk in sorted({vote[1] for vote in votes}):
            state = moderated.get(f"m{pk}", 1)
            rows.writerow(
                [
                    0,
                    pk,
                    state if state < 9 else 1,
                    'Text, "so"',
                    "true" if state == 9 else "",
                ]
            )
    return directory


VOTES = [(p, s, 1 if s % 2 == p % 2 else -1) for p in range(40) for s in range(9)]


def drawn(directory: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("opinion_map", str(directory), as_json=True, stdout=out, **options)
    return dict(json.loads(out.getvalue()))


def test_command_reads_moderation(tmp_path: Path):
    directory = write(tmp_path, VOTES, m2=-1, m3=0, m4=9)

    found = drawn(directory)
    assert [
        found["center"][n] == 0 and not any(a[n] for a in found["components"])
        for n in (2, 3, 4)
    ] == [True, False, True]
    assert found["priority"]["4"] == 49
    strict = drawn(directory, strict=True)
    assert not any(axis[3] for axis in strict["components"])


def test_command_takes_groups_and_clusters(tmp_path: Path):
    directory = write(tmp_path / "export", VOTES)
    groups = tmp_path / "groups.csv"
    groups.write_text("participant,group\n1,7\n2,5\n3,7\n4,\n999,5\n")
    found = drawn(directory, groups=groups)
    assert [(one["id"], one["members"]) for one in found["groups"]] == [
        (5, [2]),
        (7, [1, 3]),
    ]
    assert found["in_conversation"] == [1, 2, 3]
    assert found["groups"][0]["votes"]["0"] == {
        "agree": 1,
        "disagree": 0,
        "pass": 0,
        "seen": 1,
    }

    folded = {"id": [4, 9], "members": [[1, 2], [3]], "x": [0, 5], "y": [1, 1]}
    listed = [
        {"id": 4, "members": [1, 2], "center": [0, 1]},
        {"id": 9, "members": [3], "center": [5, 1]},
    ]
    for content in (folded, listed, {"base-clusters": folded}):
        base = tmp_path / "base.json"
        base.write_text(json.dumps(content))
        found = drawn(directory, base_clusters=base)
        assert [one["members"] for one in found["groups"]] == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: (d / "votes.csv").unlink(), "votes.csv is missing"),
        (lambda d: (d / "comments.csv").unlink(), "comments.csv is missing"),
        (
            lambda d: (d / "votes.csv").write_text("a,b\n1,2\n"),
            "line 1: no column timestamp",
        ),
        (
            lambda d: (d / "votes.csv").write_text(
                "timestamp,comment-id,voter-id,vote\n1,1,1,1\n1,1,x,1\n"
            ),
            "line 3: no whole number",
        ),
        (
            lambda d: (d / "votes.csv").write_text(
                "timestamp,comment-id,voter-id,vote\n1,1,1,1\n1,1,2,5\n"
            ),
            "line 3: 5 is no value of vote",
        ),
        (
            lambda d: (d / "votes.csv").write_text(
                "timestamp,comment-id,voter-id,vote\n"
            ),
            "holds no votes",
        ),
        (
            lambda d: (d / "comments.csv").write_text("comment-id,moderated\nx,1\n"),
            "comments.csv, line 2: no whole number",
        ),
    ],
)
def test_command_names_what_is_wrong(tmp_path: Path, spoil: Any, said: str):
    directory = write(tmp_path / "export", VOTES)
    spoil(directory)

    with pytest.raises(CommandError, match=said):
        drawn(directory)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("groups", "participant,group\n1,a\n", "line 2: no whole number"),
        ("groups", "person,group\n1,1\n", "no column participant"),
        ("groups", "participant,group\n1,\n", "puts nobody in a group"),
        ("base_clusters", "[", "holds no base clusters"),
        (
            "base_clusters",
            '{"id": [1], "members": [[1]], "x": [0]}',
            "holds no base clusters",
        ),
        ("base_clusters", "[]", "without members"),
        (
            "base_clusters",
            '[{"id": 1, "members": [], "center": [0, 0]}]',
            "without members",
        ),
        ("groups", "participant,group\n999,1\n", "Nobody of these groups"),
    ],
)
def test_command_names_what_is_wrong_with_groups(
    tmp_path: Path, name: str, content: str, said: str
):
    directory = write(tmp_path / "export", VOTES)
    path = tmp_path / "given"
    path.write_text(content)

    with pytest.raises(CommandError, match=said):
        drawn(directory, **{name: path})


def test_command_wants_one_source(tmp_path: Path):
    with pytest.raises(CommandError, match="either a directory"):
        call_command("opinion_map")
    with pytest.raises(CommandError, match="either a directory"):
        call_command("opinion_map", str(tmp_path), dialogue="x")
    with pytest.raises(CommandError, match="either --groups"):
        call_command(
            "opinion_map", str(tmp_path), groups=tmp_path, base_clusters=tmp_path
        )
