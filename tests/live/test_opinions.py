"""The opinion map on the screens: nobody is named, and nobody waits for it."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dialogue.models import Dialogue, Participation
from live.commands import run_command
from live.mapper import Mapper, draw_again
from live.parts.opinions import draw_own_place, own_place
from live.screens import View, draw_regions, load_dialogue
from moderation.actions import hide_contribution
from proposals.models import OpinionMap, Proposal, StatementMark
from proposals.opinions import keeping
from proposals.opinions.projection import project
from proposals.opinions.reading import table_of
from proposals.stances import StanceRequest, take_stances
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation
from tests.live.test_verify_action import verify_action

ROOM, DESK = View("room", "en"), View("desk", "en")
PROJECTOR = View("projector", "en")
STATEMENTS = 9


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue(allows="propose stance")


@pytest.fixture
def lead(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator")


@pytest.fixture
def seeds(lead: Participation) -> list[Proposal]:
    lines = "\n".join(f"Aussage <{number}>" for number in range(STATEMENTS))
    return keeping.seed_statements(moderator=lead, lines=lines)


def answer(
    dialogue: Dialogue, seeds: list[Proposal], people: int
) -> list[Participation]:
    """Two camps; all agree to the last statement."""
    citizens = [make_participation(dialogue) for __ in range(people)]
    take_stances(
        [
            StanceRequest(
                citizen.pk,
                row.pk,
                "agree" if n % 2 == number % 2 or row == seeds[-1] else "disagree",
            )
            for n, citizen in enumerate(citizens)
            for number, row in enumerate(seeds)
        ]
    )
    return citizens


def crowd(
    dialogue: Dialogue, lead: Participation, seeds: list[Proposal], people: int = 60
) -> list[Participation]:
    """The map is shown, people have answered, and it is drawn."""
    keeping.set_opinion_map(moderator=lead, is_shown=True)
    citizens = answer(dialogue, seeds, people)
    assert keeping.redraw(dialogue)
    return citizens


def shown(dialogue: Dialogue, view: View = ROOM, name: str = "opinions") -> str:
    return draw_regions(load_dialogue(dialogue.pk), view, [name])[name]


@pytest.mark.django_db
class TestScreens:
    def test_nothing_until_it_is_shown(self, dialogue: Dialogue, lead: Participation):
        assert shown(dialogue) == '<div id="opinions" hidden></div>\n'
        keeping.set_opinion_map(moderator=lead, is_shown=True)
        assert "Nobody has said yet" in shown(dialogue)

    def test_groups_with_figures_beside_the_drawing(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        crowd(dialogue, lead, seeds)
        html = shown(dialogue)

        assert "group A with 30 people, group B with 30 people" in html
        assert html.count("<ellipse") == 2
        assert "What unites the groups" in html
        assert "Aussage &lt;8&gt;" in html
        assert "Group A agrees" in html
        assert "told apart clearly" in html
        assert re.search(r"100 % <span[^>]*>\(\d\d–100\)", html)
        # No style of its own: the page's policy forbids it.
        assert "style=" not in html
        assert "<script" not in html

    def test_nobody_is_in_it(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        citizens = crowd(dialogue, lead, seeds)
        facts = str(OpinionMap.objects.get().facts)
        for view in (ROOM, DESK, PROJECTOR):
            html = shown(dialogue, view)
            assert not any(one.display_name in html for one in citizens)
            assert html.count("<circle") < 20
        assert not any(one.display_name in facts for one in citizens)

    def test_few_people_have_no_groups(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        crowd(dialogue, lead, seeds, 12)
        html = shown(dialogue)

        assert "With fewer than 50 people there are no groups" in html
        assert "<svg" not in html
        assert "How far apart (0 to 100)" in html
        assert draw_own_place(lead, dialogue, ROOM) is None

    def test_projector_only_when_asked(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        crowd(dialogue, lead, seeds)
        assert "<svg" not in shown(dialogue, PROJECTOR)
        keeping.set_opinion_map(moderator=lead, is_shown=True, on_projector=True)
        assert "<svg" in shown(dialogue, PROJECTOR)
        keeping.set_opinion_map(moderator=lead, is_shown=False, on_projector=True)
        assert "<svg" not in shown(dialogue, PROJECTOR)

    def test_hidden_wording_leaves_every_screen_at_once(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        crowd(dialogue, lead, seeds)
        title = "Aussage &lt;8&gt;"
        assert title in shown(dialogue)

        with verify_action(dialogue):
            hide_contribution(
                moderator=lead,
                kind="proposal",
                pk=seeds[8].pk,
                rule="insult",
                reason="Beleidigend",
            )
        for view in (ROOM, DESK, PROJECTOR):
            assert title not in shown(dialogue, view)

    def test_new_map_reaches_every_view(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        keeping.set_opinion_map(moderator=lead, is_shown=True, on_projector=True)
        answer(dialogue, seeds, 60)

        with verify_action(dialogue):
            assert keeping.redraw(dialogue)

    def test_desk_marks_statements(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        StatementMark.objects.filter(proposal=seeds[0]).delete()
        html = shown(dialogue, DESK, "statements")

        assert html.index("Aussage &lt;0&gt;") < html.index("Aussage &lt;8&gt;")
        assert "Not looked at" in html
        assert html.count("Taken in") == STATEMENTS - 1

    def test_desk_says_that_it_is_over(self, dialogue: Dialogue):
        dialogue.state = Dialogue.State.CLOSED
        dialogue.save()

        assert "Nothing more is taken into the map" in shown(
            dialogue, DESK, "statements"
        )
        assert "<form" not in shown(dialogue, DESK, "statements")


@pytest.mark.django_db
class TestOwnPlace:
    def test_as_the_map_reckons_it(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        citizens = crowd(dialogue, lead, seeds)
        facts = OpinionMap.objects.get().facts
        table = table_of(dialogue)
        axes = [
            [facts["places"][str(pk)][axis] for pk in table.statements.tolist()]
            for axis in (1, 2)
        ]
        places = project(table, np.array(axes)).points
        for row in (0, 1, 17):
            own = dict(
                zip(table.statements.tolist(), table.values[row].tolist(), strict=True)
            )
            assert own_place(facts, own) == pytest.approx(tuple(places[row]), abs=1e-2)
        assert table.people[0] == citizens[0].pk

    def test_only_in_ones_own_slot(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        citizens = crowd(dialogue, lead, seeds)
        letters = set()
        for one in citizens[:2]:
            html = draw_own_place(one, dialogue, ROOM) or ""
            assert "opinions__own" in html
            letters.add(re.search(r"nearest to group (\w)", html)[1])  # type: ignore[index]
        assert letters == {"A", "B"}
        assert "opinions__own" not in shown(dialogue)

    def test_after_seven_answers(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        crowd(dialogue, lead, seeds)
        new = make_participation(dialogue)
        take_stances([StanceRequest(new.pk, row.pk, "agree") for row in seeds[:6]])
        assert "Answer 1 more statement to" in (
            draw_own_place(new, dialogue, ROOM) or ""
        )
        take_stances([StanceRequest(new.pk, seeds[6].pk, "pass")])
        assert "opinions__own" in (draw_own_place(new, dialogue, ROOM) or "")

    def test_costs_one_look_where_there_is_none(
        self, dialogue: Dialogue, django_assert_num_queries
    ):
        person = make_participation(dialogue)
        with django_assert_num_queries(1):
            assert draw_own_place(person, dialogue, ROOM) is None

    def test_asked_for_by_command(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        one = crowd(dialogue, lead, seeds)[0]
        done = run_command("find_my_place", {}, one, ROOM)

        assert "opinions__own" in done.mine()["mapplace"]

    def test_drawn_for_who_asks_where_no_hub_is(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        keeping.set_opinion_map(moderator=lead, is_shown=True)
        one = answer(dialogue, seeds, 60)[0]
        done = run_command("find_my_place", {}, one, ROOM)

        assert OpinionMap.objects.get().facts["people"] == 60
        assert "opinions__own" in done.mine()["mapplace"]

    def test_page_without_a_script(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        """The place stands on the page; the forms of the desk work as forms."""
        one = crowd(dialogue, lead, seeds)[0]
        client = Client()
        client.force_login(one.person)
        page = client.get(reverse("live:room", args=[dialogue.code])).content.decode()
        assert page.count("opinions__own") == 1
        assert (
            'action="' + reverse("live:do", args=[dialogue.code, "find_my_place"])
            in page
        )


@pytest.mark.django_db
class TestCommands:
    def test_what_was_typed_is_told_to_be_wrong(
        self, dialogue: Dialogue, lead: Participation
    ):
        with pytest.raises(Refusal) as refused:
            run_command("seed_statements", {"lines": "x" * 141}, lead, DESK)
        assert refused.value.field == "lines"

    def test_seeds_are_counted_in_the_answer(self, lead: Participation):
        done = run_command("seed_statements", {"lines": "Eins\nZwei"}, lead, DESK)
        assert done.ok["message"] == "2 statements are published."

    def test_checkbox_that_is_not_sent_is_off(
        self, dialogue: Dialogue, lead: Participation
    ):
        facts = {"is_shown": "true", "on_projector": "true", "mode": "strict"}
        run_command("set_opinion_map", facts, lead, DESK)
        row = OpinionMap.objects.get()
        assert (row.is_shown, row.on_projector, row.mode) == (True, True, "strict")
        run_command("set_opinion_map", {"mode": "open"}, lead, DESK)
        row.refresh_from_db()
        assert (row.is_shown, row.on_projector, row.mode) == (False, False, "open")

    def test_drawn_again_only_where_one_is_shown(
        self, dialogue: Dialogue, lead: Participation, seeds: list[Proposal]
    ):
        answer(dialogue, seeds, 3)
        draw_again(dialogue.stream_id)
        assert not OpinionMap.objects.exists()
        keeping.set_opinion_map(moderator=lead, is_shown=True)
        draw_again(dialogue.stream_id)
        assert OpinionMap.objects.get().facts["people"] == 3


# --- the mapper -----------------------------------------------------------------
class Work:
    """Notes when it is called, and for what."""

    def __init__(self, takes: float = 0.0, fails: int = 0) -> None:
        self.takes, self.fails = takes, fails
        self.calls: list[tuple[int, float]] = []
        self.threads: set[str] = set()

    def __call__(self, stream_pk: int) -> None:
        self.calls.append((stream_pk, time.monotonic()))
        self.threads.add(threading.current_thread().name)
        time.sleep(self.takes)
        if len(self.calls) <= self.fails:
            raise RuntimeError("not now")


async def test_many_movements_are_few_drawings():
    work = Work()
    mapper = Mapper(asyncio.get_running_loop(), work, pause=0.2)
    began = time.monotonic()
    for __ in range(50):
        mapper.moved(1)
        await asyncio.sleep(0.01)
    mapper.moved(2)
    await asyncio.sleep(0.3)
    await mapper.close()

    moments = [at for stream, at in work.calls if stream == 1]
    # At once, and again after 0.2 s as long as it moves: the last one is not lost.
    assert 3 <= len(moments) <= (time.monotonic() - began) / 0.2 + 2
    gaps = [after - before for before, after in pairwise(moments)]
    assert min(gaps) > 0.15
    assert [stream for stream, __ in work.calls].count(2) == 1
    assert all(name.startswith("mapper") for name in work.threads)


async def test_nobody_waits_for_a_drawing():
    work = Work(takes=0.3)
    mapper = Mapper(asyncio.get_running_loop(), work, pause=0.05)
    mapper.moved(1)
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await asyncio.sleep(0)
    assert time.monotonic() - began < 0.1
    # What was begun is finished.
    await mapper.close()
    assert len(work.calls) == 1
    mapper.moved(1)
    await asyncio.sleep(0.1)
    assert len(work.calls) == 1


async def test_movement_while_drawing_is_drawn_after_the_pause():
    work = Work(takes=0.3)
    mapper = Mapper(asyncio.get_running_loop(), work, pause=0.2)
    mapper.moved(1)
    await asyncio.sleep(0.1)
    mapper.moved(1)
    mapper.moved(1)
    await asyncio.sleep(1.2)
    await mapper.close()

    (__, first), (___, second) = work.calls
    assert second - first >= 0.5


async def test_map_drawn_elsewhere_a_moment_ago_is_looked_at_again():
    answers = [True, True, False]
    mapper = Mapper(asyncio.get_running_loop(), lambda __: answers.pop(0), pause=0.05)
    mapper.moved(1)
    await asyncio.sleep(0.5)
    await mapper.close()

    assert answers == []


async def test_failed_drawing_is_tried_again(caplog: pytest.LogCaptureFixture):
    work = Work(fails=1)
    mapper = Mapper(asyncio.get_running_loop(), work, pause=0.05)
    mapper.moved(1)
    await asyncio.sleep(0.4)
    await mapper.close()

    assert len(work.calls) == 2
    assert "could not be drawn" in caplog.text
