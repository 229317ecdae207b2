"""The state of a screen, without any server."""

import pytest

from live.room_state import RoomState

REGION = (
    '<ol id="cards" data-limit="3">'
    '<li id="card-3" data-place="30">drei</li><li id="card-1" data-place="10">eins</li>'
    "</ol>"
)


def snapshot(**regions: str) -> RoomState:
    return RoomState.from_snapshot(
        {
            "kind": "snapshot",
            "epoch": "e",
            "seq": 5,
            "version": 7,
            "regions": regions or {"cards": REGION},
            "counts": {},
        }
    )


def ops(*ops: dict[str, str], after: int = 5, seq: int = 6) -> dict[str, object]:
    return {"kind": "ops", "epoch": "e", "after": after, "seq": seq, "ops": ops}


def put(
    pk: int, place: int, *, into: str = "cards", text: str = "neu"
) -> dict[str, str]:
    html = f'<li id="card-{pk}" data-place="{place}">{text}</li>'
    return {"target": into, "swap": "put", "html": html}


def cards(state: RoomState) -> list[str]:
    found = state.element("cards")
    return [card.id for card in found.elements] if found else []


@pytest.mark.parametrize(
    ("pk", "place", "expected"),
    [
        (4, 40, ["card-4", "card-3", "card-1"]),
        (2, 20, ["card-3", "card-2", "card-1"]),
        (0, 5, ["card-3", "card-1", "card-0"]),
        (3, 30, ["card-3", "card-1"]),
    ],
)
def test_put_keeps_places_falling(pk: int, place: int, expected: list[str]):
    state = snapshot()

    assert state.apply(ops(put(pk, place)))

    assert cards(state) == expected


def test_what_is_owed_is_drawn_and_brings_no_seq():
    state = snapshot()

    assert state.apply(ops(put(4, 40), after=5, seq=5))
    assert (cards(state)[0], state.seq) == ("card-4", 5)
    # A newer screen gets what was owed to an older one: it was drawn today.
    assert state.apply(ops(put(6, 60), after=4, seq=4))
    assert (cards(state)[0], state.seq) == ("card-6", 5)
    # Owed for what is missing here.
    assert not state.apply(ops(put(7, 70), after=6, seq=6))
    assert (cards(state)[0], state.seq) == ("card-6", 5)


def test_put_into_rising_list():
    state = snapshot(cards=REGION.replace("data-limit", 'data-order="rising" data-x'))
    state.apply(ops({"target": "card-3", "swap": "remove"}))

    state.apply(ops(put(2, 20), put(0, 5), after=6, seq=7))

    assert cards(state) == ["card-0", "card-1", "card-2"]


def test_put_cuts_to_limit():
    state = snapshot()

    state.apply(ops(put(4, 40), put(5, 50)))

    assert cards(state) == ["card-5", "card-4", "card-3"]


def test_ops_for_what_is_not_shown_are_ignored():
    state = snapshot()
    before = state.comparable()

    assert state.apply(
        ops(put(1, 1, into="elsewhere"), {"target": "gone", "swap": "remove"})
    )

    assert state.comparable() == before


def test_old_frame_changes_nothing():
    state = snapshot()

    assert state.apply(ops(put(9, 90), after=3, seq=5))

    assert cards(state) == ["card-3", "card-1"]


@pytest.mark.parametrize(
    "frame",
    [
        ops(put(9, 90), after=6, seq=7),
        {**ops(put(9, 90)), "epoch": "another"},
        {"kind": "heartbeat", "epoch": "e", "seq": 6, "version": 7, "now": 0},
        {"kind": "heartbeat", "epoch": "e", "seq": 5, "version": 8, "now": 0},
    ],
)
def test_gap_is_noticed(frame: dict[str, object]):
    state = snapshot()

    assert not state.apply(frame)

    assert (state.seq, state.version) == (5, 7)


def test_heartbeat_of_what_is_known_is_no_gap():
    beat = {"kind": "heartbeat", "epoch": "e", "seq": 5, "version": 7, "now": 0}

    assert snapshot().apply(beat)


def test_numbers_are_shown_where_they_belong():
    state = snapshot(
        now='<p id="now"><b data-count="proposal-1.agrees">1</b>'
        '<b data-count="proposal-1.passes">2</b></p>'
    )

    state.apply(
        {
            "kind": "counts",
            "epoch": "e",
            "version": 8,
            "counts": {"proposal-1": {"agrees": 4}, "proposal-2": {"agrees": 9}},
        }
    )

    assert state.version == 8
    assert state.tree.text == "4 2"


def test_own_content_stays_over_broadcast():
    card = '<p id="card"><i data-mine="card">{}</i></p>'
    state = snapshot(card=card.format("alle"))
    state.take_mine({"card": "<b>ich</b>"})

    state.apply(ops({"target": "card", "swap": "replace", "html": card.format("alle")}))

    assert state.tree.text == "ich"
    assert (
        state.comparable() == snapshot(card=card.format("wer auch immer")).comparable()
    )


def test_comparison_sees_one_letter_and_no_spaces():
    same = snapshot(cards=REGION.replace("><", ">\n <"))
    other = snapshot(cards=REGION.replace("drei", "Drei"))

    assert same.comparable() == snapshot().comparable()
    assert other.comparable() != snapshot().comparable()


@pytest.mark.parametrize("keeps_regions", [True, False])
def test_page_brings_its_state(keeps_regions: bool):
    page = (
        '<body><main class="room" id="room" data-epoch="e" data-seq="4" '
        f'data-version="2"><br>{REGION}</main></body>'
    )

    state = RoomState.from_page(page, keeps_regions=keeps_regions)

    assert (state.epoch, state.seq, state.version) == ("e", 4, 2)
    assert cards(state) == (["card-3", "card-1"] if keeps_regions else [])


def test_state_without_regions_counts_all_the_same():
    state = RoomState(keeps_regions=False)
    state.apply({"kind": "snapshot", "epoch": "e", "seq": 5, "version": 7})

    assert state.apply(ops(put(4, 40)))
    assert not state.apply(ops(put(5, 50), after=8, seq=9))

    assert state.seq == 6


def counts(version: int, **numbers: int) -> dict[str, object]:
    named = {name.replace("_", "-"): {"agrees": n} for name, n in numbers.items()}
    return {"kind": "counts", "epoch": "e", "version": version, "counts": named}


def test_broadcast_during_resume_hides_nothing_that_was_missed():
    numbers = "".join(f'<b data-count="proposal-{pk}.agrees">0</b>' for pk in (1, 2))
    state = snapshot(now=f'<p id="now">{numbers}</p>')

    state.resuming()
    # Version 8 was missed; 9 comes by itself, before the answer brings both.
    state.apply(counts(9, proposal_2=5))
    assert state.version == 7
    state.apply(counts(9, proposal_1=4, proposal_2=5))
    state.resumed()

    assert state.tree.text == "4 5"
    assert state.version == 9


def test_cut_before_the_answer_asks_for_everything_again():
    state = snapshot()

    state.resuming()
    state.apply(counts(9, proposal_2=5))

    assert state.version == 7
