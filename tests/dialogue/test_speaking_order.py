"""The order of raised hands: every rule, with hands and pasts of all kinds."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.models import SpeakersList
from dialogue.speaking_order import RULES, Past, Place, Raised, in_order

SIDES = ("pro", "contra", "neutral")
GROUPS = ("", "table-1", "table-2", "table-3")
PEOPLE = [f"p{n}" for n in range(8)]


@st.composite
def rooms(draw: st.DrawFn) -> tuple[list[Raised], Past]:
    """Some hands, each of another person, in any order, and what went before."""
    who = draw(st.lists(st.sampled_from(PEOPLE), unique=True))
    times = draw(st.permutations(range(len(who))))
    hands = [
        Raised(
            pk,
            name,
            times[pk],
            draw(st.sampled_from(SIDES)),
            draw(st.sampled_from(GROUPS)),
        )
        for pk, name in enumerate(who)
    ]
    turns = draw(
        st.lists(
            st.tuples(
                st.sampled_from(PEOPLE),
                st.integers(0, 200),
                st.sampled_from(SIDES),
                st.sampled_from(GROUPS),
            ),
            max_size=12,
        )
    )
    seconds: dict[str, int] = {}
    number: dict[str, int] = {}
    for name, lasted, __, ___ in turns:
        seconds[name] = seconds.get(name, 0) + lasted
        number[name] = number.get(name, 0) + 1
    past = Past(seconds, number, tuple(t[2] for t in turns), tuple(t[3] for t in turns))
    return hands, past


def hands_of(places: list[Place]) -> list[Raised]:
    return [place.hand for place in places]


def test_every_rule_that_can_be_chosen_has_an_order():
    assert set(RULES) == set(SpeakersList.Rule.values)


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None)
@given(room=rooms())
def test_nobody_is_lost_and_every_place_adds_up(rule: str, room):
    hands, past = room

    places = in_order(rule, hands, past)

    assert sorted(hands_of(places), key=lambda h: h.pk) == hands
    for at, place in enumerate(places):
        assert place.place == at + 1
        assert place.by_rule + place.earlier == at
        assert min(place.by_rule, place.earlier) >= 0


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None)
@given(room=rooms(), rng=st.randoms(use_true_random=False))
def test_order_in_which_hands_are_read_does_not_matter(rule: str, room, rng):
    hands, past = room
    shuffled = list(hands)
    rng.shuffle(shuffled)

    assert in_order(rule, shuffled, past) == in_order(rule, hands, past)


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None)
@given(room=rooms())
def test_who_ends_first_is_next_and_the_others_keep_their_order(rule: str, room):
    """What is announced comes: once the next has had a turn, the others follow as
    they stood. (Not where the turn itself changes what the rule looks at.)"""
    hands, past = room
    before = hands_of(in_order(rule, hands, past))
    if not before:
        return
    first, *others = before
    after = Past(
        past.seconds,
        {**past.turns, first.who: past.turns.get(first.who, 0) + 1},
        (*past.sides, first.side),
        (*past.groups, first.group),
    )

    assert hands_of(in_order(rule, others, after)) == others


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None)
@given(room=rooms())
def test_same_kind_goes_by_the_time_of_the_hand(rule: str, room):
    hands, past = room
    ordered = hands_of(in_order(rule, hands, past))

    for at, hand in enumerate(ordered):
        for later in ordered[at + 1 :]:
            alike = (
                hand.side == later.side
                and hand.group == later.group
                and past.seconds.get(hand.who, 0) == past.seconds.get(later.who, 0)
                and past.turns.get(hand.who, 0) == past.turns.get(later.who, 0)
            )
            assert not alike or hand.raised < later.raised


@settings(deadline=None)
@given(room=rooms())
def test_first_come(room):
    hands, past = room

    places = in_order("first_come", hands, past)

    raised = [hand.raised for hand in hands_of(places)]
    assert raised == sorted(raised)
    assert all(place.by_rule == 0 for place in places)


@settings(deadline=None)
@given(room=rooms())
def test_least_time(room):
    hands, past = room

    places = in_order("least_time", hands, past)

    spoken = [past.seconds.get(hand.who, 0) for hand in hands_of(places)]
    assert spoken == sorted(spoken)
    for at, place in enumerate(places):
        assert place.by_rule == sum(less < spoken[at] for less in spoken[:at])


@settings(deadline=None)
@given(room=rooms())
def test_first_timers(room):
    hands, past = room

    places = in_order("first_timers", hands, past)

    has_spoken = [past.turns.get(hand.who, 0) > 0 for hand in hands_of(places)]
    assert has_spoken == sorted(has_spoken)
    for at, place in enumerate(places):
        assert place.by_rule == (has_spoken.count(False) if has_spoken[at] else 0)


@settings(deadline=None)
@given(room=rooms())
def test_no_side_speaks_twice_while_the_other_waits(room):
    hands, past = room
    sided = [side for side in past.sides if side != "neutral"]

    ordered = hands_of(in_order("alternating", hands, past))

    last = sided[-1] if sided else ""
    for at, hand in enumerate(ordered):
        if hand.side == last:
            # Only where nobody else is left.
            assert {left.side for left in ordered[at:]} == {last}
        if hand.side != "neutral":
            last = hand.side


@settings(deadline=None)
@given(room=rooms())
def test_who_takes_no_side_is_overtaken_by_nobody(room):
    hands, past = room
    ordered = hands_of(in_order("alternating", hands, past))

    for at, hand in enumerate(ordered):
        if hand.side == "neutral":
            overtaking = [h for h in ordered[:at] if h.raised > hand.raised]
            assert overtaking == []


@settings(deadline=None)
@given(room=rooms())
def test_no_table_comes_twice_before_another_that_waits(room):
    hands, past = room

    ordered = hands_of(in_order("tables", hands, past))

    for at, (one, two) in enumerate(pairwise(ordered)):
        if one.group == two.group:
            assert {left.group for left in ordered[at:]} == {one.group}


@settings(deadline=None)
@given(room=rooms())
def test_tables_without_a_turn_come_before_those_that_had_one(room):
    hands, past = room

    ordered = hands_of(in_order("tables", hands, past))

    firsts = {hand.group: at for at, hand in reversed(list(enumerate(ordered)))}
    for one in firsts:
        for two in firsts:
            if one not in past.groups and two in past.groups:
                assert firsts[one] < firsts[two]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("first_come", [("a", 0, 0), ("b", 0, 1), ("c", 0, 2), ("d", 0, 3)]),
        ("least_time", [("c", 0, 0), ("d", 0, 1), ("b", 2, 0), ("a", 3, 0)]),
        ("first_timers", [("c", 0, 0), ("d", 0, 1), ("a", 2, 0), ("b", 2, 1)]),
        ("alternating", [("b", 0, 0), ("a", 1, 0), ("c", 0, 2), ("d", 0, 3)]),
        ("tables", [("b", 0, 0), ("d", 0, 1), ("a", 2, 0), ("c", 1, 2)]),
    ],
)
def test_one_evening_by_every_rule(rule: str, expected: list):
    """Anna spoke last, in favour, from table 1; Bert before her, shorter."""
    hands = [
        Raised(1, "a", 1, "pro", "table-1"),
        Raised(2, "b", 2, "contra", "table-2"),
        Raised(3, "c", 3, "pro", "table-1"),
        Raised(4, "d", 4, "pro", "table-3"),
    ]
    past = Past({"a": 90, "b": 30}, {"a": 1, "b": 1}, ("contra", "pro"), ("table-1",))

    places = in_order(rule, hands, past)

    assert [(p.hand.who, p.by_rule, p.earlier) for p in places] == expected
