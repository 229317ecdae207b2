"""Options from a CSV, PrefLib or Pabulib file: what the ballot's form begins with."""

from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from proposals.formats.options import read_options
from proposals.formats.votefile import FileUnreadable, Listed, OptionList
from proposals.option_files import LARGEST, OptionFileForm, Prefilled, prefilled
from proposals.planning import line_of_option, option_of_line

CSV = """\
Title,Text,Cost
Bank am See,Aus Holz,1200
"Baum, groß",,300
'=Brunnen,Mit Wasser,
"""
PB = """\
META
key;value
description;Haushalt 2026
budget;2500
num_projects;2
vote_type;approval
PROJECTS
project_id;cost;name;description
7;600;"Bank; am See";Aus Holz
8;800.00;Baum;
VOTES
voter_id;vote
1;7,8
"""
SOC = """\
# TITLE: Was zuerst?
# DATA TYPE: soc
# NUMBER ALTERNATIVES: 2
# ALTERNATIVE NAME 1: Bank
# ALTERNATIVE NAME 2: Baum
5: 1,2
"""


def listed(*titles: str, **facts: Any) -> OptionList:
    rows = tuple(Listed(title, "", 0, line) for line, title in enumerate(titles, 2))
    return OptionList("", rows, **facts)


# --- reading --------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", [CSV, "\ufeff" + CSV, CSV.replace("\n", "\r\n"), CSV + "\n,,\n"]
)
def test_list_as_csv(text: str):
    read = read_options("options.csv", text.encode())

    assert read == OptionList(
        "",
        (
            Listed("Bank am See", "Aus Holz", 1200, 2),
            Listed("Baum, groß", "", 300, 3),
            Listed("=Brunnen", "Mit Wasser", 0, 4),
        ),
    )


def test_columns_in_german_in_any_order_by_semicolon():
    read = read_options("Liste.CSV", b"Kosten;Beschreibung;Titel\n5;x;Bank\n")

    assert read.options == (Listed("Bank", "x", 5, 2),)
    assert read_options("a.csv", b"Titel\nBank\nBaum\n").options == (
        Listed("Bank", "", 0, 2),
        Listed("Baum", "", 0, 3),
    )


def test_projects_and_budget_of_pabulib():
    read = read_options("city.pb", PB.encode())

    assert read == OptionList(
        "Haushalt 2026",
        (Listed("Bank; am See", "Aus Holz", 600, 9), Listed("Baum", "", 800, 10)),
        2500,
    )


def test_votes_in_the_file_are_not_looked_at():
    """So a file of a large city is read at once."""
    assert read_options("a.pb", PB.replace("1;7,8", "1;9").encode()).options
    assert read_options("a.pb", PB.partition("VOTES")[0].encode()).budget == 2500
    assert len(read_options("a.soc", SOC.replace("5: 1,2", "?").encode()).options) == 2


def test_projects_without_names_have_their_numbers():
    text = PB.replace("name;description", "votes;target").replace(
        '"Bank; am See";Aus Holz', "3;x"
    )

    read = read_options("a.pb", text.replace("Baum;", "4;y").encode())

    assert [row.title for row in read.options] == ["7", "8"]


def test_alternatives_of_preflib():
    old = "2\n1,Bank\n2,Baum\n5,5,1\n5,1,2\n"

    assert read_options("a.soc", SOC.encode()) == OptionList(
        "Was zuerst?", (Listed("Bank", "", 0, 4), Listed("Baum", "", 0, 5))
    )
    assert [row.title for row in read_options("a.toi", old.encode()).options] == [
        "Bank",
        "Baum",
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", CSV, "The file’s name must end in one of these: .csv, .pb, .soc"),
        ("csv", CSV, "The file’s name must end in one of these"),
        ("a.csv", " \n", "The file is empty."),
        ("a.csv", "\ufeff", "Line 1: A column must be called “Title”."),
        ("a.csv", "Vote,a,b\n1,1,2\n", "Line 1: A column must be called “Title”."),
        ("a.csv", "Title,Votes\nBank,3\n", "Line 1: The column 'Votes' is not known"),
        ("a.csv", "Title,Titel\nBank,3\n", "Line 1: The column 'Titel' stands there"),
        ("a.csv", "Title,Text\nBank\n", "Line 2: The row has 1 cells, but there are 2"),
        ("a.csv", "Title\nBank, rot\n", "Line 2: The row has 2 cells, but there are 1"),
        ("a.csv", 'Title\nBank\n"Baum\n', "Line 3: The row cannot be read"),
        ("a.csv", "Title,Cost\nBank,12.50\n", "Line 2: The cost is no whole number"),
        ("a.csv", "Title,Cost\nBank,-1\n", "Line 2: The cost is -1, less than 0."),
        ("a.csv", "Title\nBa\0nk\n", "Line 2: This is no UTF-8 text."),
        ("a.pb", PB.replace("8;800.00", "7;1"), "Line 10: The project 7 stands there"),
        ("a.pb", PB.replace("800.00", "x"), "Line 10: The cost is no whole number"),
        (
            "a.pb",
            PB.replace("num_projects;2", "num_projects;3"),
            "Line 5: num_projects",
        ),
        ("a.pb", "META\nkey;value\n", "The section PROJECTS is missing."),
        ("a.pb", CSV, "Line 1: The file must begin with META."),
        ("a.soc", SOC.replace("NAME 2", "NAME 1"), "Line 5: Alternative 1 is named"),
        ("a.soc", SOC.replace("VES: 2", "VES: 3"), "Line 3: NUMBER ALTERNATIVES is 3"),
        ("a.toc", SOC, "Line 2: The data type is soc, but the file’s name ends in"),
        ("a.soc", CSV, "The header NUMBER ALTERNATIVES is missing."),
    ],
)
def test_malformed_file(name: str, text: str, said: str):
    with pytest.raises(FileUnreadable) as error:
        read_options(name, text.encode())

    assert str(error.value).startswith(said)


def test_no_text():
    with pytest.raises(FileUnreadable, match=r"Line 2: This is no UTF-8 text."):
        read_options("a.csv", b"Title\n\xff\n")


# --- what the form begins with ----------------------------------------------------
@pytest.mark.parametrize(
    ("title", "cost"),
    [
        ("Bank", 0),
        ("Bank", 1200),
        ("Plan; 2", 0),
        ("Plan | 2", 0),
        ("Plan; 2", 5),
        ("Plan; 2 €", 0),
        ("; 5", 0),
        ("1; 2; 3", 4),
        ("Bank", 10**12 - 1),
    ],
)
def test_line_of_an_option_is_read_as_it_was_meant(title: str, cost: int):
    assert option_of_line(line_of_option(title, cost)) == (title, cost)


def test_costs_and_budget_are_for_budgets():
    read = read_options("a.pb", PB.encode())
    with override("en"):
        budget, approval = prefilled(read, "greedy"), prefilled(read, "approval")

    assert budget == Prefilled(
        {
            "options": "Bank; am See; 600\nBaum; 800",
            "title": "Haushalt 2026",
            "budget": 2500,
            "text": "Bank; am See: Aus Holz",
        },
        [
            "2 options were read from the file. Nothing is saved yet: please check "
            "them.",
            "The texts of the options stand in the explanation.",
        ],
    )
    assert approval.initial["options"] == "Bank; am See\nBaum"
    assert "budget" not in approval.initial
    assert "The costs were left out" in approval.notes[1]


def test_texts_that_have_no_room_are_named():
    rows = tuple(Listed(f"Bank {n}", "x" * 595, 0, n) for n in range(3))
    with override("en"):
        found = prefilled(OptionList("", rows), "single")

    assert found.initial["text"].count("\n") == 0
    assert found.notes[-1] == "It has room for 1 of 3 texts only."


def test_long_question_is_shortened_where_it_is_seen():
    found = prefilled(OptionList("Frage " * 40, listed("a", "b").options), "single")

    assert len(found.initial["title"]) <= 140
    assert found.initial["title"].endswith("…")


def test_titles_are_cleaned():
    found = prefilled(listed("a\u202e\nb; 5\tc", "<b>d</b>"), "single")

    assert found.initial["options"] == "a b; 5 c\n<b>d</b>"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (listed(), "The file has no options."),
        (listed(*map(str, range(101))), "The file has 101 options; a ballot has at"),
        (listed("Bank", "\u200b"), "Line 3: An option has no title."),
        (listed("Bank", "x" * 201), "Line 3: The title is longer than 200 signs: xxx"),
        (listed("Bank", " BANK"), "Line 3: The option BANK stands there twice."),
        (
            OptionList("", (Listed("Bank", "", Fraction(5, 2), 7),)),
            "Line 7: Please give amounts in whole euros, without cents.",
        ),
        (OptionList("", (Listed("a", "", 10**12, 7),)), "Line 7: This amount is too"),
        (listed("Bank", budget=Fraction(5, 2)), "Please give amounts in whole euros"),
    ],
)
def test_what_no_ballot_can_have(options: OptionList, said: str):
    with pytest.raises(FileUnreadable) as error:
        prefilled(options, "greedy")

    assert str(error.value).startswith(said)


def test_cents_matter_only_for_budgets():
    rows = (Listed("a", "", Fraction(5, 2), 1), Listed("b", "", 1, 2))

    assert prefilled(OptionList("", rows), "single").initial["options"] == "a\nb"


def test_file_that_is_too_large():
    upload = SimpleUploadedFile("a.csv", b"Title\n" + b"x" * LARGEST)
    form = OptionFileForm({}, {"source-file": upload}, method="single")

    with override("en"):
        assert not form.is_valid()
        assert form.errors["file"] == ["This file is too large: at most 5 MB."]
