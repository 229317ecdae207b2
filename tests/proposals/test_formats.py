"""Reading and writing files of votes, and what is refused in them."""

from fractions import Fraction
from pathlib import Path

import pytest

from proposals.formats.counting import count_file, report
from proposals.formats.pabulib import read_pabulib, write_pabulib
from proposals.formats.preflib import read_preflib, write_preflib
from proposals.formats.votefile import FileUnreadable

SOC = """\
# TITLE: Example
# DATA TYPE: soc
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 9
# NUMBER UNIQUE ORDERS: 2
# ALTERNATIVE NAME 1: A
# ALTERNATIVE NAME 2: B
# ALTERNATIVE NAME 3: C
5: 1,2,3
4: 3,2,1
"""
PB = """\
META
key; value
description; Wieliczka
budget; 2500
num_projects; 3
num_votes; 3
vote_type; approval
rule; greedy
PROJECTS
project_id; cost; name
7; 600; "Bank; am See"
8; 800; Baum
11; 1400; Brunnen
VOTES
voter_id; age; vote
1; 34; 7,8
2; 51; 11
3; 23;
"""


OLD_SOC = """\
3
1,A
2,B, the second
3,C
9,9,2
5,1,2,3
4,3,2,1
"""


# --- PrefLib ------------------------------------------------------------------
def test_file_from_before_there_were_headers():
    file = read_preflib(OLD_SOC.encode(), ".soc")

    assert file.names == {1: "A", 2: "B, the second", 3: "C"}
    assert [tuple(cast) for cast in file.casts] == [
        ({1: 1, 2: 2, 3: 3}, 5),
        ({3: 1, 2: 2, 1: 3}, 4),
    ]
    assert [row.line for row in file.lines] == [6, 7]
    tied = OLD_SOC.replace("5,1,2,3", "5,{1,2},3")
    assert read_preflib(tied.encode(), "toc").casts[0].sheet == {1: 1, 2: 1, 3: 2}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("4,3,2,1", "4,3,2,4", "Line 7: There is no alternative 4."),
        ("4,3,2,1", "4", "Line 7: A vote must be"),
        ("4,3,2,1", "3,3,2,1", "Line 5: NUMBER VOTERS is 9, but the file has 8."),
        ("9,9,2", "9,9", "Line 5: Here three numbers must stand"),
        ("9,9,2", "9,9,3", "Line 5: NUMBER UNIQUE ORDERS is 3"),
        ("2,B, the second", "2 B", "Line 3: An alternative must be"),
        ("2,B, the second", "1,B", "Line 3: Alternative 1 is named twice."),
        ("3\n", "9\n", "The line of voters, sum and orders is missing."),
        ("9,9,2\n5,1,2,3\n4,3,2,1\n", "0,0,0\n", "The file has no votes."),
    ],
)
def test_malformed_old_preflib(old: str, new: str, said: str):
    assert old in OLD_SOC
    with pytest.raises(FileUnreadable) as error:
        read_preflib(OLD_SOC.replace(old, new, 1).encode(), ".soc")

    assert said in str(error.value)


def test_strict_orders():
    file = read_preflib(SOC.encode(), ".soc")

    assert file.names == {1: "A", 2: "B", 3: "C"}
    assert [tuple(cast) for cast in file.casts] == [
        ({1: 1, 2: 2, 3: 3}, 5),
        ({3: 1, 2: 2, 1: 3}, 4),
    ]
    assert [row.line for row in file.lines] == [9, 10]


def test_ties_and_gaps():
    text = "# NUMBER ALTERNATIVES: 4\n# NUMBER VOTERS: 3\n2: 1, {2,3} ,4\n1: {4, 1}\n"

    file = read_preflib(text.encode(), "toi")

    assert file.names == {1: "1", 2: "2", 3: "3", 4: "4"}
    assert [tuple(cast) for cast in file.casts] == [
        ({1: 1, 2: 2, 3: 2, 4: 3}, 2),
        ({4: 1, 1: 1}, 1),
    ]


def test_windows_lines_mark_and_numbers_from_zero():
    text = SOC.replace("NAME 1", "NAME 0").replace("1,", "0,").replace(",1", ",0")

    file = read_preflib(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), "soc")

    assert file.names == {0: "A", 2: "B", 3: "C"}


def test_equal_names_are_told_apart():
    file = read_preflib(SOC.replace("2: B", "2: A").encode(), "soc")

    assert file.names == {1: "A (1)", 2: "A (2)", 3: "C"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("4: 3,2,1", "4: 3,2,4", "Line 10: There is no alternative 4."),
        ("4: 3,2,1", "4: 3,2,3", "Line 10: Alternative 3 stands there twice."),
        ("4: 3,2,1", "4: 3,2", "Line 10: The order has 2 of 3"),
        ("4: 3,2,1", "4: 3,{2,1}", "Line 10: A tie cannot stand in a .soc"),
        ("4: 3,2,1", "4: 3,2,", "Line 10: The alternative is no whole number"),
        ("4: 3,2,1", "4:", "Line 10: The alternative is no whole number"),
        ("4: 3,2,1", "4: 3,2 1", "Line 10: The alternative is no whole number"),
        ("4: 3,2,1", "3,2,1", "Line 10: A vote must be"),
        ("4: 3,2,1", "0: 3,2,1", "Line 10: How often the order was voted is 0"),
        ("4: 3,2,1", "-4: 3,2,1", "Line 10: How often the order was voted is -4"),
        ("4: 3,2,1", "4.5: 3,2,1", "Line 10: How often the order was voted is no"),
        ("4: 3,2,1", "٤: 3,2,1", "Line 10: How often the order was voted is no"),
        ("4: 3,2,1", "3: 3,2,1", "Line 4: NUMBER VOTERS is 9, but the file has 8."),
        ("4: 3,2,1\n", "", "Line 4: NUMBER VOTERS is 9, but the file has 5."),
        ("ORDERS: 2", "ORDERS: 3", "Line 5: NUMBER UNIQUE ORDERS is 3"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: 4", "Line 3: NUMBER ALTERNATIVES is 4"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: x", "Line 3: NUMBER ALTERNATIVES is no"),
        ("# NUMBER ALTERNATIVES: 3\n", "", "NUMBER ALTERNATIVES is missing"),
        ("NAME 3: C", "NAME 2: C", "Line 8: Alternative 2 is named twice."),
        ("TYPE: soc", "TYPE: soi", "Line 2: The data type is soi, but"),
        ("TYPE: soc", "TYPE: cat", "Line 2: The data type 'cat' is none of"),
        ("5: 1,2,3\n4: 3,2,1\n", "", "The file has no votes."),
    ],
)
def test_malformed_preflib(old: str, new: str, said: str):
    assert old in SOC
    with pytest.raises(FileUnreadable) as error:
        read_preflib(SOC.replace(old, new).encode(), ".soc")

    assert str(error.value).startswith(said) or said in str(error.value)


def test_unbalanced_braces():
    for order in ("{1,2", "1,2}", "{1,{2}}", "{}", "{1,2}3"):
        with pytest.raises(FileUnreadable, match="Line 2:"):
            read_preflib(f"# NUMBER ALTERNATIVES: 3\n1: {order}\n".encode(), "toi")


def test_no_text():
    with pytest.raises(FileUnreadable, match=r"Line 2: This is no UTF-8 text."):
        read_preflib(b"# TITLE: x\n\xff\n", "soc")


@pytest.mark.parametrize(
    ("sheets", "kind"),
    [
        ([{0: 1, 1: 2, 2: 3}, {0: 1, 1: 2, 2: 3}, {2: 1, 1: 2, 0: 3}], "soc"),
        ([{0: 1, 1: 2, 2: 3}, {2: 1}], "soi"),
        ([{0: 1, 1: 1, 2: 2}], "toc"),
        ([{0: 1, 1: 1}, {2: 1, 0: 2}], "toi"),
    ],
)
def test_preflib_round_trip(sheets: list[dict[int, int]], kind: str):
    written, text = write_preflib("Two\nlines", {0: "X", 1: "Y", 2: "Z"}, sheets)

    read = read_preflib(text.encode(), kind)
    assert written == kind
    back = [
        {option - 1: rank for option, rank in cast.sheet.items()}
        for cast in read.casts
        for __ in range(cast.weight)
    ]
    assert sorted(back, key=str) == sorted(sheets, key=str)
    assert list(read.names.values()) == ["X", "Y", "Z"]


# --- Pabulib ------------------------------------------------------------------
def test_approvals():
    file = read_pabulib(PB.encode())

    assert file.kind == "approval"
    assert file.names == {1: "7", 2: "8", 3: "11"}
    assert file.facts == {"budget": 2500, "costs": {1: 600, 2: 800, 3: 1400}}
    assert [cast.sheet for cast in file.casts] == [{1: 1, 2: 1}, {3: 1}, {}]
    assert [row.line for row in file.lines] == [16, 17, 18]


def test_ordinal_cumulative_and_scoring():
    ordinal = read_pabulib(PB.replace("approval", "ordinal").encode())
    points = PB.replace("voter_id; age; vote", "voter_id; points; vote")
    points = points.replace("34; 7,8", '"3,2"; 7,8').replace("51; 11", "5; 11")
    points = points.replace("23;", ";")
    cumulative = read_pabulib(points.replace("approval", "cumulative").encode())
    scoring = read_pabulib(points.replace("approval", "scoring").encode())

    assert ordinal.kind == "order"
    assert ordinal.casts[0].sheet == {1: 1, 2: 2}
    assert cumulative.casts[0].sheet == {1: 3, 2: 2}
    assert cumulative.facts["points"] == 5
    assert scoring.casts[0].sheet == {1: 3, 2: 2, 3: 0}
    assert (scoring.facts["lowest"], scoring.facts["highest"]) == (0, 5)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2; 51; 11", "2; 51; 12", "Line 17: There is no project '12'."),
        ("2; 51; 11", "2; 51; 11,11", "Line 17: A project stands twice"),
        ("2; 51; 11", "1; 51; 11", "Line 17: The voter 1 stands there twice."),
        ("2; 51; 11", "2; 51", "Line 17: The row has 2 cells, but there are 3"),
        ("2; 51; 11", "2; 51; 11; 8", "Line 17: The row has 4 cells"),
        ("2; 51; 11", '2; 51; "11', "Line 17: The row cannot be read"),
        ("8; 800; Baum", "8; x; Baum", "Line 12: The cost is no whole number"),
        ("8; 800; Baum", "8; -5; Baum", "Line 12: The cost is -5, less than 0."),
        ("8; 800; Baum", "8; 8.505; Baum", "Line 12: The cost is no amount of"),
        ("8; 800; Baum", "8; 8.x; Baum", "Line 12: The cost is no amount of"),
        ("8; 800; Baum", "8; -0.5; Baum", "Line 12: The cost is no amount of"),
        ("8; 800; Baum", "7; 800; Baum", "Line 12: The project 7 stands there twice"),
        ("8; 800; Baum", "; 800; Baum", "Line 12: '' is no project_id."),
        ("budget; 2500", "budget; viel", "Line 4: The budget is no whole number"),
        ("budget; 2500\n", "", "The budget is missing in META."),
        ("num_votes; 3", "num_votes; 4", "Line 6: num_votes is 4, but the file has 3"),
        ("num_projects; 3", "num_projects; 2", "Line 5: num_projects is 2"),
        ("rule; greedy", "budget; 1", "Line 8: budget is given twice."),
        ("approval", "guess", "Line 7: The vote_type 'guess' is none of"),
        ("META\n", "", "Line 1: The file must begin with META."),
        ("PROJECTS\n", "VOTES\n", "Line 9: VOTES stands where PROJECTS must."),
        ("project_id; cost", "id; cost", "Line 10: PROJECTS needs one column"),
        ("approval", "cumulative", "Line 16: 2 projects, but 0 points."),
    ],
)
def test_malformed_pabulib(old: str, new: str, said: str):
    assert old in PB
    with pytest.raises(FileUnreadable) as error:
        read_pabulib(PB.replace(old, new).encode())

    assert str(error.value).startswith(said)


def test_sections_that_are_not_there():
    with pytest.raises(FileUnreadable, match="The section VOTES is missing"):
        read_pabulib(PB.partition("VOTES\n")[0].encode())
    with pytest.raises(FileUnreadable, match="The section META is missing"):
        read_pabulib(b"")


def test_whole_sums_may_have_decimals():
    file = read_pabulib(PB.replace("; 600;", "; 600.00;").encode())

    assert file.facts["costs"][1] == 600


def test_pabulib_round_trip(tmp_path: Path):
    sheets = [{0: 1, 2: 1}, {1: 1}]
    text = write_pabulib(
        title="Haushalt; 2026",
        kind="approval",
        rule="equalshares",
        budget=100,
        projects=[("0", 60, 'Eine "Bank"'), ("1", 50, "Baum"), ("2", 40, "Rest; mehr")],
        sheets=sheets,
        year="2026",
    )

    read = read_pabulib(text.encode())
    assert read.facts == {"budget": 100, "costs": {1: 60, 2: 50, 3: 40}}
    assert [cast.sheet for cast in read.casts] == [{1: 1, 3: 1}, {2: 1}]


# --- cents ----------------------------------------------------------------------
@pytest.mark.parametrize("method", ["greedy", "equal_shares", "knapsack"])
def test_cents_are_counted_exactly(method: str):
    """In cents, whole numbers all of them, the same projects are paid for."""
    exact = (
        PB.replace("7,8", "7,11")
        .replace("2500", "2000.50")
        .replace("; 600;", "; 600.25;")
    )
    exact = exact.replace("; 1400;", '; "1400,25";').replace("; 800;", "; 1400.26;")
    cents = exact.replace("2000.50", "200050").replace("600.25", "60025")
    cents = cents.replace('"1400,25"', "140025").replace("1400.26", "140026")

    ours, whole = (
        count_file(read_pabulib(text.encode()), method) for text in (exact, cents)
    )

    assert ours[2].chosen == whole[2].chosen
    # Both fit to the cent: rounded up they would not.
    assert method == "equal_shares" or set(ours[2].chosen) == {1, 3}
    assert (ours[2].verdict, ours[2].ranking) == (whole[2].verdict, whole[2].ranking)
    assert ours[1].budget == Fraction(4001, 2)
    names = {1: "See", 2: "Baum", 3: "Brunnen"}
    assert report(*ours, names)["explanation"]["en"]
