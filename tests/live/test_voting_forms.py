"""Voting in every method, by form and by socket, and what is shown of the result."""

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from live import frames
from live.answers import VoteCall, cast_and_draw
from live.room_state import RoomState
from live.screens import View
from live.voting_forms import vote_form
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from proposals.ballots import casts_of, close_ballot, open_ballot
from proposals.drafting import draft_next_round
from proposals.explaining import EXPLAIN
from proposals.exporting import files_of
from proposals.methods import METHODS
from proposals.models import Ballot, Option, SealedMark, Vote
from proposals.queries import coarse, counts_since, shown_turnout
from proposals.result_parts import in_figures
from proposals.results import result_of, without_small_cells
from proposals.voting import VoteRequest, cast_votes
from shared.errors import Refusal
from tests.factories import make_participation
from tests.live.scene import Scene, make_scene
from tests.live.sockets import open_socket
from tests.live.voting import WAYS, fields_of, marked, open_one

EVERY = [method.value for method in Ballot.Method]
VIEWS = [View(screen, "de") for screen in ("room", "desk", "projector")]
JSON = {"Accept": "application/json"}
CHECKED = re.compile(r'name="(options|value-\d+)" value="(-?\d+)"[^>]* checked')
NUMBERED = re.compile(r'type="number"[^>]* name="(value-\d+)"[^>]* value="(\d+)"')
SELECTED = re.compile(
    r'<select[^>]* name="(value-\d+)">(?:(?!</select>).)*?value="(\d+)" selected',
    re.DOTALL,
)


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def client_of(who: Any) -> Client:
    client = Client()
    client.force_login(who.person)
    return client


def cast(scene: Scene, who: Any, ballot: Ballot, **fields: Any) -> Any:
    return client_of(who).post(
        reverse("live:do", args=[scene.dialogue.code, "cast_vote"]),
        {"ballot": ballot.pk, **fields},
        headers=JSON,
    )


def filled_in(html: str) -> set[tuple[str, str]]:
    """(name, value) of what a form shows as chosen."""
    found = CHECKED.findall(html) + NUMBERED.findall(html) + SELECTED.findall(html)
    return {(name, value) for name, value in found}


def own_card(scene: Scene, who: Any, ballot: Ballot) -> str:
    page = client_of(who).get(reverse("live:room", args=[scene.dialogue.code]))
    html = page.content.decode()
    return html[html.index(f'id="ballot-{ballot.pk}"') :].split("</article>")[0]


def voted(ballot: Ballot, *by_position: dict[int, int], **more: Any) -> None:
    """So many people of the roll vote, one after the other."""
    rows = ballot.roll.filter(has_voted=False).order_by("pk")
    for number, (row, marks) in enumerate(zip(rows, by_position, strict=False)):
        (answer,) = cast_votes(
            [
                VoteRequest(
                    row.participation_id,
                    ballot.pk,
                    marked(ballot, marks),
                    f"key-{ballot.pk}-{number}",
                    **more,
                )
            ]
        )
        assert not isinstance(answer, Refusal), answer.code


# --- every method is voted in ------------------------------------------------
def test_every_method_can_be_shown_and_explained():
    assert set(EVERY) == set(METHODS) == set(EXPLAIN) == set(WAYS)
    assert {method.FORM for method in METHODS.values()} == {
        "one",
        "some",
        "scale",
        "points",
        "order",
    }


def test_open_ballot_says_its_terms(scene: Scene):
    plain = open_one(scene, "single")
    strict = open_one(scene, "single", quorum=30)
    with translation.override("de"):
        terms = vote_form(strict, list(strict.options.all()), {})["terms"]

    cards = [own_card(scene, scene.citizen, ballot) for ballot in (plain, strict)]

    assert [f"<p>{terms[0]}</p>" in card for card in cards] == [False, True]
    # Without them there is no empty paragraph either.
    without, with_terms = (card.count("<p>") for card in cards)
    assert with_terms == without + 1


@pytest.mark.parametrize("method", EVERY)
def test_cast_by_form(scene: Scene, method: str):
    way, ballot = WAYS[method], open_one(scene, method, secrecy="open")
    kind = METHODS[method].FORM
    sent = fields_of(ballot, kind, way.first)

    answer = cast(scene, scene.citizen, ballot, **sent, **way.more)

    assert "receipt" in answer.json()["ok"]
    (counted,) = casts_of(ballot)
    assert counted.sheet == marked(ballot, way.first)
    # The answer and the page show what was chosen, and only that.
    expected = {
        (name, str(value))
        for name, values in sent.items()
        for value in (values if isinstance(values, list) else [values])
    }
    slot = answer.json()["mine"][f"ballot-{ballot.pk}"]
    assert filled_in(slot) == expected
    assert filled_in(own_card(scene, scene.citizen, ballot)) == expected
    assert filled_in(own_card(scene, scene.neighbour, ballot)) == set()

    # An open vote is changed by the next one.
    again = fields_of(ballot, kind, way.second)
    assert "ok" in cast(scene, scene.citizen, ballot, **again, **way.more).json()
    (counted,) = casts_of(ballot)
    assert counted.sheet == marked(ballot, way.second)


@pytest.mark.parametrize("method", EVERY)
def test_abstaining_is_a_choice_of_its_own(scene: Scene, method: str):
    ballot = open_one(scene, method)
    abstain = ballot.options.get(key="abstain").pk
    name = "options" if METHODS[method].FORM == "one" else "abstain"
    page = own_card(scene, scene.citizen, ballot)
    assert re.search(rf'name="{name}" value="{abstain}"', page)

    answer = cast(scene, scene.citizen, ballot, **{name: abstain})

    assert "ok" in answer.json()
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    assert [cast.sheet for cast in casts_of(ballot)] == [{abstain: 1}]


@pytest.mark.parametrize("method", EVERY)
def test_refused_votes_say_why_and_come_back_filled_in(scene: Scene, method: str):
    ballot = open_one(scene, method)
    kind = METHODS[method].FORM
    for marks, code in WAYS[method].wrong:
        sent = fields_of(ballot, kind, marks)

        refused = cast(scene, scene.citizen, ballot, **sent).json()["refused"]
        page = client_of(scene.citizen).post(
            reverse("live:do", args=[scene.dialogue.code, "cast_vote"]),
            {"ballot": ballot.pk, **sent},
        )

        assert (refused["code"], page.status_code) == (code, 400)
        html = page.content.decode()
        assert refused["message"] in html.replace("&quot;", '"')
        assert 'name="csrfmiddlewaretoken"' in html
        if kind != "one":
            values = {
                (name, str(value))
                for name, values in sent.items()
                for value in (values if isinstance(values, list) else [values])
            }
            # A list and radio buttons cannot hold what is not in them.
            kept = {pair for pair in values if f'value="{pair[1]}"' in html}
            assert filled_in(html.split("<main")[1]) >= kept - {
                pair for pair in values if pair[1] == "11"
            }
    assert not ballot.roll.filter(has_voted=True).exists()


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"abstain": "ABSTAIN", "value-0": 2}, "vote.abstains_and_chooses", "abstain"),
        ({"value-0": "viel"}, "vote.not_a_number", "value-0"),
        ({"value-0": 10**9}, "vote.scale", "value-0"),
        ({"value-0": "x" * 21}, "input.invalid", "marks"),
        ({"value-x": 1}, "input.invalid", "marks"),
        ({"value-0": -1}, "vote.points", "options"),
        ({"value-999999": 1}, "vote.unknown_option", "options"),
        ({"reason": "x" * 601, "value-0": 1}, "input.invalid", "reason"),
    ],
)
def test_bad_values(scene: Scene, fields: dict[str, Any], code: str, field: str):
    ballot = open_one(scene, "dots")
    options = list(ballot.options.order_by("position"))

    def real(text: Any) -> Any:
        text = str(text).replace("ABSTAIN", str(options[-1].pk))
        return text.replace("value-0", f"value-{options[0].pk}")

    sent = {real(name): real(value) for name, value in fields.items()}
    refused = cast(scene, scene.citizen, ballot, **sent).json()["refused"]

    assert (refused["code"], refused["field"]) == (code, real(field))
    assert not ballot.roll.filter(has_voted=True).exists()


async def make() -> Scene:
    return await sync_to_async(make_scene)()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
async def test_cast_every_method_by_socket():
    scene = await make()
    for method in EVERY:
        way = WAYS[method]
        ballot = await sync_to_async(open_one)(scene, method, secrecy="open")
        marks = await sync_to_async(marked)(ballot, way.first)
        fields = await sync_to_async(fields_of)(ballot, METHODS[method].FORM, way.first)

        async with open_socket(scene.citizen) as one, open_socket(scene.lead) as two:
            by_marks = await one.do(
                "cast_vote", ballot=ballot.pk, marks=marks, **way.more
            )
            # As the script sends a form: names and texts.
            texts = {
                name: [*map(str, v)] if isinstance(v, list) else str(v)
                for name, v in fields.items()
            }
            by_fields = await two.do("cast_vote", ballot=ballot.pk, **texts, **way.more)

        assert ("ok" in by_marks, "ok" in by_fields) == (True, True), method
        sheets = [cast.sheet for cast in await sync_to_async(casts_of)(ballot)]
        assert sheets == [marks, marks]


# --- reasons -----------------------------------------------------------------
def test_objection_keeps_its_reason_and_loses_it_with_the_objection(scene: Scene):
    ballot = open_one(scene, "consent")
    consent, concerns, objection, __ = ballot.options.order_by("position")

    cast(scene, scene.citizen, ballot, options=objection.pk, reason="Zu <teuer>.")
    assert Vote.objects.get(ballot=ballot).reason == "Zu <teuer>."
    assert "Zu &lt;teuer&gt;." in own_card(scene, scene.citizen, ballot)
    assert "teuer" not in own_card(scene, scene.neighbour, ballot)
    cast(scene, scene.citizen, ballot, options=concerns.pk, reason="Doch nicht.")
    assert Vote.objects.get(ballot=ballot).reason == "Doch nicht."
    cast(scene, scene.citizen, ballot, options=consent.pk, reason="Egal.")

    assert Vote.objects.get(ballot=ballot).reason == ""


def test_reasons_stand_with_the_result_without_names(scene: Scene):
    ballot = open_one(scene, "consent")
    voted(ballot, {2: 1}, reason="Zu teuer.")
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)

    card = own_card(scene, scene.neighbour, ballot)

    assert "Zu teuer." in card
    assert scene.citizen.display_name not in card


# --- nothing tells one secret choice from another ------------------------------
@pytest.mark.parametrize("method", [m for m in EVERY if m != "consent"])
def test_answers_to_secret_votes_are_equal_but_for_the_receipt(
    scene: Scene, method: str
):
    way, ballot = WAYS[method], open_one(scene, method)
    abstain = ballot.options.get(key="abstain").pk
    choices = [
        marked(ballot, way.first),
        marked(ballot, way.second),
        {abstain: 1},
    ]
    people = [scene.citizen, scene.neighbour, scene.lead]

    calls = [
        VoteCall(VoteRequest(who.pk, ballot.pk, marks, f"key-{number}"), "de")
        for number, (who, marks) in enumerate(zip(people, choices, strict=True))
    ]
    answers = cast_and_draw(calls)

    texts = set()
    for answer in answers:
        assert isinstance(answer, str)
        receipt = json.loads(f"{{{answer}}}")["ok"]["receipt"]
        texts.add(answer.replace(receipt, "RECEIPT"))
    assert len(texts) == 1
    assert len({len(str(answer)) for answer in answers}) == 1
    assert SealedMark.objects.count() == 0


def test_thousand_open_votes_are_drawn_without_queries(scene: Scene):
    ballot = open_one(scene, "score", secrecy="open")
    options = list(ballot.options.exclude(key="abstain"))
    calls = [
        VoteCall(
            VoteRequest(
                who.pk, ballot.pk, {option.pk: n for option in options}, f"k{n}"
            ),
            "de",
        )
        for n, who in enumerate([scene.citizen, scene.neighbour, scene.lead])
    ]
    cast_and_draw(calls[:1])
    with CaptureQueriesContext(connection) as one:
        cast_and_draw(calls[1:2])
    with CaptureQueriesContext(connection) as two:
        answers = cast_and_draw(calls[1:])

    assert len(two) <= len(one)
    for n, answer in enumerate(answers, 1):
        slot = json.loads(f"{{{answer}}}")["mine"][f"ballot-{ballot.pk}"]
        assert {value for __, value in filled_in(slot)} == {str(n)}


# --- what was hidden ------------------------------------------------------------
def test_hidden_option_is_marked_and_stays_countable(scene: Scene):
    ballot = open_one(
        scene, "single", proposals=(scene.other.pk,), options=("Rot", "Grün")
    )
    option = ballot.options.get(proposal=scene.other)
    hide_contribution(
        moderator=scene.lead,
        kind="proposal",
        pk=scene.other.pk,
        rule="off_topic",
        reason="Gehört nicht hierher",
    )

    card = own_card(scene, scene.citizen, ballot)
    assert scene.other.title not in card
    assert f'id="option-{option.pk}-title"' in card
    assert "ok" in cast(scene, scene.citizen, ballot, options=option.pk).json()
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)

    ballot = Ballot.objects.select_related("tally").get(pk=ballot.pk)
    result = result_of(ballot, list(ballot.options.all()))
    (figure,) = [row for row in result.figures if row.is_hidden]
    assert (figure.text, figure.sign) == ("1", "chosen")
    assert scene.other.title not in own_card(scene, scene.citizen, ballot)


@pytest.mark.parametrize("method", ["approval", "score", "dots", "stv", "irv"])
def test_hidden_option_is_in_no_form_and_in_no_file(scene: Scene, method: str):
    plan = {"proposals": (scene.other.pk,), "options": ("Rot", "Grün")}
    ballot = open_one(scene, method, **plan)
    voted(ballot, WAYS[method].first, WAYS[method].second)
    hide_contribution(
        moderator=scene.lead,
        kind="proposal",
        pk=scene.other.pk,
        rule="off_topic",
        reason="Gehört nicht hierher",
    )

    assert scene.other.title not in own_card(scene, scene.citizen, ballot)
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    ballot.refresh_from_db()

    assert scene.other.title not in own_card(scene, scene.citizen, ballot)
    client = Client()
    client.force_login(scene.citizen.person)
    texts = []
    for what in files_of(method):
        place = [scene.dialogue.code, ballot.pk, what]
        address = reverse("recount:ballot_file", args=place)
        texts.append(client.get(address).content.decode())
    assert len(texts) >= 3
    assert [text for text in texts if scene.other.title in text] == []


# --- turnout -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("turnout", "roll_size", "shown"),
    [
        (0, 30, 0),
        (4, 30, 0),
        (5, 30, 5),
        (29, 30, 25),
        (30, 30, 30),
        (3, 3, 3),
        (19, 100, 10),
        (999, 4000, 800),
    ],
)
def test_coarse_turnout(turnout: int, roll_size: int, shown: int):
    assert coarse(turnout, roll_size) == shown


def test_turnout_of_a_hidden_count_is_coarse_everywhere(scene: Scene):
    for __ in range(5):
        make_participation(scene.dialogue)
    ballot = open_one(scene, "yes_no")
    seen = open_one(scene, "single", secrecy="open", hides_count=False)
    voted(ballot, *[{0: 1}] * 4)
    voted(seen, *[{0: 1}] * 4)

    numbers = counts_since(scene.dialogue, -1, 0).numbers

    assert numbers[f"ballot-{ballot.pk}"] == {"turnout": 0}
    assert numbers[f"ballot-{seen.pk}"] == {"turnout": 4}
    for view in VIEWS[:2]:
        html = frames.snapshot(scene.dialogue.pk, view)["regions"]["ballots"]
        found = re.findall(rf'"ballot-{ballot.pk}\.turnout">(\d+)<', html)
        assert found == ["0"]
    voted(ballot, {1: 1})
    assert shown_turnout(Ballot.objects.get(pk=ballot.pk)) == 5


# --- the result --------------------------------------------------------------
@pytest.mark.parametrize("method", EVERY)
def test_old_snapshot_and_events_are_the_new_snapshot(scene: Scene, method: str):
    """Closing, on every screen and in both languages, with the result in words."""
    ballot = open_one(
        scene, method, **({"secrecy": "open"} if method == "consent" else {})
    )
    voted(
        ballot,
        WAYS[method].first,
        WAYS[method].second,
        WAYS[method].first,
        **WAYS[method].more,
    )
    pk = scene.dialogue.pk
    scene.dialogue.projected = f"ballot-{ballot.pk}"
    scene.dialogue.save(update_fields=["projected"])
    views = [View(view.screen, language) for view in VIEWS for language in ("de", "en")]
    before = {view: frames.snapshot(pk, view) for view in views}

    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)

    for view in views:
        first = before[view]
        missed = frames.catch_up(
            pk, view, epoch=first["epoch"], since=first["seq"], version=first["version"]
        ).frames
        state = RoomState.from_snapshot(first)
        for frame in missed:
            if frame["kind"] == "ops":
                assert state.apply(frame)
        new = RoomState.from_snapshot(frames.snapshot(pk, view))
        assert state.comparable() == new.comparable()
        with translation.override(view.language):
            row = Ballot.objects.select_related("tally").get(pk=ballot.pk)
            words = result_of(row, list(row.options.all())).explanation
        region = "stage" if view.screen == "projector" else "ballots"
        shown = new.element(region)
        assert shown is not None
        html = re.sub(r"\s+", " ", shown.written())
        for sentence in (words.result, words.why):
            assert sentence
            assert str(sentence)[:20] in html.replace("&quot;", '"')


def test_result_is_for_the_desk_alone_until_published(scene: Scene):
    ballot = open_one(scene, "single", title="Welcher Baum?")
    voted(ballot, {0: 1}, {0: 1})
    scene.dialogue.projected = f"ballot-{ballot.pk}"
    scene.dialogue.save(update_fields=["projected"])
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk, publishes=False)

    def shows(view: View) -> bool:
        regions = frames.snapshot(scene.dialogue.pk, view)["regions"]
        html = regions["stage"] if view.screen == "projector" else regions["ballots"]
        return 'class="bars"' in html.split("Welcher Baum?")[1].split("</li>")[0] or (
            "bars__fill" in html
        )

    assert [shows(view) for view in VIEWS] == [False, True, False]


def test_result_is_counted_once_and_worded_in_every_language(scene: Scene):
    ballot = open_one(scene, "borda")
    voted(ballot, {0: 1, 1: 2}, {0: 1})
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    row = Ballot.objects.select_related("tally").get(pk=ballot.pk)
    options = list(row.options.select_related("proposal", "question"))
    words = set()
    with translation.override("de"):
        words.add(result_of(row, options).explanation.easy)
    with CaptureQueriesContext(connection) as queries, translation.override("en"):
        result = result_of(row, options)
        words.add(result.explanation.easy)

    assert len(queries) == 0
    assert len(words) == 2
    assert result.is_good_news
    assert len(result.steps) == len(result.explanation.steps)


def test_rounds_of_one_question_stand_side_by_side(scene: Scene):
    first = open_one(scene, "single")
    voted(first, {0: 1}, {0: 1}, {1: 1})
    close_ballot(moderator=scene.lead, ballot_pk=first.pk)
    draft = draft_next_round(moderator=scene.lead, ballot_pk=first.pk)
    Option.objects.filter(ballot=draft, position=2).update(title="Esche")
    second = open_ballot(moderator=scene.lead, ballot_pk=draft.pk)
    voted(second, {1: 1}, {1: 1}, {2: 1})
    close_ballot(moderator=scene.lead, ballot_pk=second.pk)

    card = own_card(scene, scene.citizen, second)
    table = (
        card[card.index("<caption>Runden im Vergleich") :]
        if "Runden im Vergleich" in card
        else card[card.index("<caption>Rounds compared") :]
    )
    rows = {
        name: re.findall(r'class="number">([^<]+)<', cells)
        for name, cells in re.findall(
            r'<th scope="row">([^<]+)</th>(.*?)</tr>', table.split("</table>")[0]
        )
    }
    assert rows["Linde"] == ["2", "0"]
    assert rows["Ahorn"] == ["1", "2"]
    assert rows["Kastanie"] == ["0", "–"]
    assert rows["Esche"] == ["–", "1"]
    assert "Esche" not in own_card(scene, scene.citizen, first)


@pytest.mark.parametrize("method", EVERY)
def test_public_result_says_the_same(scene: Scene, method: str):
    ballot = open_one(
        scene, method, **({"secrecy": "open"} if method == "consent" else {})
    )
    voted(ballot, WAYS[method].first, WAYS[method].second, **WAYS[method].more)
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    row = Ballot.objects.select_related("tally").get(pk=ballot.pk)
    with translation.override("de"):
        words = result_of(row, list(row.options.all())).explanation

    record = close_dialogue(moderator=scene.lead)
    page = Client(headers={"Accept-Language": "de"}).get(
        reverse("projects:result", args=[scene.dialogue.project.slug, record.digest])
    )

    html = re.sub(r"\s+", " ", page.content.decode())
    assert words.result in html.replace("&quot;", '"').replace("&#x27;", "'")
    assert words.why in html.replace("&quot;", '"').replace("&#x27;", "'")


# --- few people ----------------------------------------------------------------
def test_small_cells_are_not_told_and_cannot_be_computed():
    told = without_small_cells(
        {
            "online": {1: 40, 2: 12, 3: 3},
            "hall": {1: 20, 2: 9, 3: 8},
            "phone": {1: 7, 2: 6, 3: 9},
        }
    )

    assert told["online"][3] is None
    for option in (1, 2, 3):
        gaps = [numbers[option] is None for numbers in told.values()]
        assert sum(gaps) != 1
    assert told["online"][1] == 40


def test_large_cells_are_told():
    channels = {"online": {1: 40, 2: 12}, "hall": {1: 20, 2: 9}}

    assert without_small_cells(channels) == channels


def test_exact_numbers_are_read_in_two_digits():
    with translation.override("de"):
        assert in_figures(Fraction(1234567, 100)) == "12.345,67"
        assert in_figures(Fraction(4, 2)) == "2"
        assert in_figures(1200) == "1.200"
