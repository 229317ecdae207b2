"""The rounds of a runoff side by side: one table that draws what the steps tell."""

from django.template.loader import render_to_string
from django.utils import translation

from proposals.methods import irv, single, stv
from proposals.methods.outcome import Cast, Terms
from proposals.result_parts import course_of

NAMES = {1: "Alder", 2: "Birch", 3: "Cedar"}
VOTES = [
    Cast({1: 1, 2: 2, 3: 3}, 4),
    Cast({2: 1, 3: 2, 1: 3}, 3),
    Cast({3: 1, 2: 2, 1: 3}, 2),
]
TERMS = Terms((1, 2, 3), eligible=9)


def test_instant_runoff_round_by_round():
    course = course_of(irv.count(VOTES, TERMS).rounds, NAMES)

    assert course is not None
    assert list(course["turns"]) == [1, 2]
    told = {
        label: [cell and (cell.text, cell.width, cell.sign) for cell in cells]
        for label, cells in course["lines"]
    }
    assert told == {
        "Alder": [("4", 80, ""), ("4", 80, "")],
        "Birch": [("3", 60, ""), ("5", 100, "chosen")],
        "Cedar": [("2", 40, "excluded"), None],
    }
    assert (course["has_resting"], course["quota"]) == (False, "")


def test_votes_that_rest_have_a_line():
    votes = [*VOTES[:2], Cast({3: 1}, 2)]

    course = course_of(irv.count(votes, TERMS).rounds, NAMES)

    assert course is not None
    assert (course["has_resting"], course["resting"]) == (True, ["0", "2"])


def test_seats_name_their_quota():
    terms = Terms((1, 2, 3), seats=2, eligible=9)

    course = course_of(stv.count(VOTES, terms).rounds, NAMES)

    assert course is not None
    assert course["quota"] == "4"
    assert next(cell.sign for cell in course["lines"][0][1] if cell) == "chosen"


def test_no_table_for_a_single_round_or_another_method():
    clear = [Cast({1: 1, 2: 2, 3: 3}, 9)]

    assert course_of(irv.count(clear, TERMS).rounds, NAMES) is None
    assert course_of(single.count([Cast({1: 1}, 3)], TERMS).rounds, NAMES) is None


def test_table_says_all_without_colour():
    course = course_of(irv.count(VOTES, TERMS).rounds, NAMES)

    with translation.override("en"):
        html = render_to_string("parts/result_course.html", {"course": course})

    assert html.count('<th scope="row">') == 3
    assert html.count('scope="col"') == 3
    assert html.count("goes on or wins") == html.count("drops out") == 1
    # As many bars as numbers; none where an option no longer stands.
    assert html.count("<svg") == 5
    assert "style=" not in html
