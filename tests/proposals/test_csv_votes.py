"""Votes as CSV: what we wrote is read back, and nothing malformed is counted."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from proposals.choices import WITHOUT_NONE
from proposals.exporting import download
from proposals.formats.cells import guarded, unguarded
from proposals.formats.counting import count_file
from proposals.formats.own import BallotFile, as_vote_file, result_of
from proposals.formats.preparing import Countless, prepare
from proposals.formats.table import read_csv
from proposals.formats.votefile import FileUnreadable, VoteFile
from proposals.methods import METHODS
from proposals.models import Option
from tests.ballot_files import BUDGETS, random_file

VOTES = """\
Vote,Channel,Weight,Bank,Baum,Abstain
1,online,2,1,,
2,hall,1,,1,
3,online,1,,,1
"""


def ballot(method: str, seed: int) -> BallotFile:
    """Without what a table does not say, and with names that say the rest."""
    file = random_file(method, seed, quorum=0, threshold=0, majority="simple")
    options = [
        replace(row, title="Nichts davon", key="" if method in WITHOUT_NONE else "none")
        if row.key == "none"
        else row
        for row in file.options
    ]
    file = replace(file, options=options)
    outcome = METHODS[method].count(as_vote_file(file).casts, file.as_terms())
    return replace(file, result=result_of(outcome, range(len(options))))


def asked(file: BallotFile) -> dict[str, Any]:
    """The terms that somebody gives who counts the table."""
    names = {
        "stv": ("seats",),
        "dots": ("points",),
        "score": ("lowest", "highest"),
        "consensing": ("highest",),
        **dict.fromkeys(BUDGETS, ("budget",)),
    }
    return {name: file.terms[name] for name in names.get(file.method, ())}


def sheets(file: VoteFile, first: int) -> list[tuple[list[tuple[int, int]], int]]:
    return sorted(
        (sorted((pk - first, value) for pk, value in sheet.items()), weight)
        for sheet, weight in file.casts
    )


@pytest.mark.parametrize("method", sorted(METHODS))
def test_export_is_read_back_and_counts_the_same(method: str):
    for seed in range(25):
        file = ballot(method, seed)
        for language in ("de", "en"):
            with override(language):
                raw = download(file, "votes.csv").content

            read = read_csv(raw)

            assert sheets(read, 1) == sheets(as_vote_file(file), 0)
            assert list(read.names.values()) == [row.title for row in file.options]
            costs = {row.position + 1: row.cost for row in file.options if row.cost}
            assert read.facts == ({"costs": costs} if costs else {})
            *__, outcome = count_file(read, method, **asked(file))
            assert [option - 1 for option in outcome.chosen] == file.result.chosen
            assert outcome.verdict == file.result.verdict
            assert list(outcome.numbers.values()) == file.result.numbers


@pytest.mark.parametrize("method", sorted(METHODS))
def test_titles_of_fixed_choices_are_known_in_every_language(method: str):
    labels = getattr(METHODS[method], "LABELS", None)
    if labels is None:
        return
    for language in ("de", "en"):
        with override(language):
            titles = [str(labels[key]) for key in METHODS[method].FIXED]
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["Stimme", *titles])
        writer.writerow([1, 1, *[0] * (len(titles) - 1)])

        terms, casts = prepare(read_csv(text.getvalue().encode()), method)

        assert list(terms.keys) == list(METHODS[method].FIXED)
        assert [tuple(cast) for cast in casts] == [({1: 1}, 1)]


@pytest.mark.parametrize("titles", [("Weg", "Kanal"), ("Weight", "Gewicht", "Channel")])
def test_options_that_are_called_like_columns(titles: Sequence[str]):
    file = ballot("single", 4)
    options = [
        replace(row, title=title, key="")
        for row, title in zip(file.options, titles, strict=False)
    ]
    file = replace(file, options=options, votes=[[[1, 1]]], weights=[], channels={})

    read = read_csv(download(replace(file, turnout=1), "votes.csv").content)

    assert list(read.names.values()) == list(titles)
    assert sheets(read, 1) == [([(1, 1)], 1)]


@pytest.mark.parametrize(
    "title", ["=1+1", "'=1+1", "''=1+1", "'quoted'", "@x", "-5", "+", "a;b", 'a,"b"']
)
def test_guarded_titles_are_read_as_they_were(title: str):
    file = ballot("single", 4)
    options = [replace(file.options[0], title=title, key=""), *file.options[1:]]

    raw = download(replace(file, options=options), "votes.csv").content

    assert read_csv(raw).names[1] == title
    assert unguarded(guarded(title)) == title
    head = next(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in head)


@pytest.mark.parametrize(
    "text",
    [
        VOTES,
        "\ufeff" + VOTES,
        VOTES.replace(",", ";"),
        VOTES.replace(",", "\t"),
        VOTES.replace("\n", "\r\n"),
        VOTES.replace("\n", "\r"),
        VOTES + "\n\n,,,,,\n",
        VOTES.replace("Vote,Channel,Weight", "Stimme,Kanal,Gewicht"),
        VOTES.replace("Vote,Channel,Weight", "VOTE , channel,Weight"),
        VOTES.replace("1,,\n", "1,0,0\n"),
        '"Vote";"Channel";"Weight";"Bank";"Baum";"Enthaltung"\r\n'
        '"1";"online";"2";"1";"";""\r\n"2";"hall";"1";"";"1";""\r\n'
        '"3";"online";"1";"";"";"1"\r\n',
    ],
)
def test_ways_in_which_programs_write_it(text: str):
    name, terms, outcome = count_file(read_csv(text.encode()), "single")

    assert (name, terms.options, terms.abstain) == ("single", (1, 2), 3)
    assert outcome.numbers == {1: 2, 2: 1, 3: 1}
    assert outcome.chosen == (1,)


def test_ballot_without_votes_has_no_winner():
    *__, outcome = count_file(read_csv(b"Vote,a,b\n"), "single")

    assert (outcome.verdict, outcome.chosen) == ("none", ())


BAUM = "2,hall,1,,1,\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (VOTES, "", "The file is empty."),
        (VOTES, "\ufeff \n\n", "The file is empty."),
        ("Vote,", "Name,", "Line 1: The first column must be called “Vote”."),
        (
            "Vote,",
            "\ufeff\ufeffVote,",
            "Line 1: The first column must be called “Vote”.",
        ),
        (",Bank,Baum,Abstain", "", "Line 1: The file has no options."),
        ("Baum", "", "Line 1: An option has no title."),
        ("Baum", "\u200b", "Line 1: An option has no title."),
        ("Baum", "BANK ", "Line 1: The option 'BANK' stands there twice."),
        ("Baum", "Ba\u200bnk", "Line 1: The option 'Bank' stands there twice."),
        ("Baum", ",".join(map(str, range(1000))), "Line 1: 1002 options are too"),
        (BAUM, "2,hall,1,,1\n", "Line 3: The row has 5 cells, but there are 6"),
        (BAUM, "2,hall,1,,1,,\n", "Line 3: The row has 7 cells, but there are 6"),
        (BAUM, "2;hall;1;;1;\n", "Line 3: The row has 1 cells, but there are 6"),
        (BAUM, "1,hall,1,,1,\n", "Line 3: The vote '1' stands twice."),
        (BAUM, ",hall,1,,1,\n", "Line 3: The vote has no number."),
        (BAUM, "2,post,1,,1,\n", "Line 3: The channel 'post' is none of"),
        (BAUM, "2,,1,,1,\n", "Line 3: The channel '' is none of"),
        (BAUM, "2,hall,-1,,1,\n", "Line 3: The weight is -1, less than 0."),
        (BAUM, "2,hall,,,1,\n", "Line 3: The weight is no whole number: ''."),
        (BAUM, "2,hall,1.5,,1,\n", "Line 3: The weight is no whole number: '1.5'."),
        (BAUM, "2,hall,1,,x,\n", "Line 3: The number is no whole number: 'x'."),
        (BAUM, "2,hall,1,,=1,\n", "Line 3: The number is no whole number: '=1'."),
        (BAUM, "2,hall,1,,¹,\n", "Line 3: The number is no whole number: '¹'."),
        (BAUM, f"2,hall,1,,{'9' * 16},\n", "Line 3: The number is no whole number"),
        (BAUM, "2,hall,1,,-9999999,\n", "Line 3: The number is -9999999, less"),
        (BAUM, '2,hall,1,,"1,\n', "Line 3: The row cannot be read"),
        (BAUM, f'2,hall,1,,"{"1" * 140_000}",\n', "Line 3: The row cannot be read"),
        (BAUM, "2,hall,1,\0,1,\n", "Line 3: This is no UTF-8 text."),
        ("1,online", "Cost,,", "Line 2: The row has 7 cells"),
        ("1,online,2,1,,", "Cost,,,-1,1,", "Line 2: The cost is -1, less than 0."),
    ],
)
def test_malformed_table(old: str, new: str, said: str):
    assert old in VOTES
    with pytest.raises(FileUnreadable) as error:
        read_csv(VOTES.replace(old, new, 1).encode())

    assert str(error.value).startswith(said)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_other_encodings_are_refused(encoding: str):
    with pytest.raises(FileUnreadable, match="This is no UTF-8 text"):
        read_csv(VOTES.replace("Baum", "Bäume").encode(encoding))


def test_refusal_is_told_in_the_readers_language():
    with pytest.raises(FileUnreadable) as error:
        read_csv(VOTES.replace(BAUM, "2,hall,-1,,1,\n").encode())

    with override("en"):
        assert error.value.told() == "Line 3: The weight is -1, less than 0."


# --- what a method does not take ------------------------------------------------
@pytest.mark.parametrize(
    ("method", "wanted", "row", "said"),
    [
        ("single", {}, "1,1,1,", "Line 2: the method single does not know this vote"),
        ("single", {}, "1,2,,", "Line 2: the method single does not know this vote"),
        ("single", {}, "1,-1,,", "vote.unknown_option"),
        ("single", {}, "1,,,", "vote.empty"),
        ("single", {}, "1,0,0,0", "vote.empty"),
        ("single", {}, "1,1,,1", "Line 2"),
        ("approval", {}, "1,,,", "vote.empty"),
        ("multiple", {"most": 1}, "1,1,1,", "vote.too_many"),
        ("score", {"highest": 5}, "1,6,0,", "vote.scale"),
        ("score", {"highest": 5}, "1,-1,0,", "vote.scale"),
        ("score", {"highest": 5}, "1,5,,", "vote.unrated"),
        ("score", {}, "1,5,4,", "Please give --highest"),
        ("consensing", {}, "1,5,4,", "Please give --highest"),
        ("dots", {"points": 3}, "1,2,2,", "vote.too_many"),
        ("dots", {"points": 3}, "1,4,-1,", "vote.points"),
        ("dots", {}, "1,2,2,", "Please give --points"),
        ("borda", {}, "1,1,3,", "vote.ranks"),
        ("schulze", {}, "1,0,1,", "vote.ranks"),
        ("stv", {}, "1,1,2,", "Please give --seats"),
        ("greedy", {}, "1,1,,", "Please give --budget"),
        ("greedy", {"budget": 5}, "1,1,,", "ballot.costs"),
        ("yes_no", {}, "1,1,,", "a column is missing: yes, no"),
        ("single", {"highest": 5}, "1,1,,", "--highest says nothing"),
    ],
)
def test_votes_that_the_method_does_not_know(
    method: str, wanted: dict[str, int], row: str, said: str
):
    file = read_csv(f"Vote,a,b,Abstain\n{row}\n".encode())

    with pytest.raises(Countless) as error:
        prepare(file, method, **wanted)

    assert said in str(error.value)


def test_two_columns_of_one_meaning():
    file = read_csv(b"Vote,a,b,Abstain,Enthaltung\n1,1,,,\n")

    with pytest.raises(Countless, match="'Abstain' and 'Enthaltung' are the same"):
        prepare(file, "single")


def test_none_of_these_is_an_option_where_nothing_else_is_meant():
    file = read_csv(b"Vote,a,None of these\n1,1,2\n")

    assert prepare(file, "dots", points=4)[0].keys == {}
    assert prepare(file, "borda")[0].keys == {"none": 2}


def test_sums_that_would_overflow_are_refused():
    weights = "".join(f"{number},{'9' * 15},1,2\n" for number in range(1, 4))
    file = read_csv(f"Vote,Weight,a,b\n{weights}".encode())

    with pytest.raises(Countless, match="more votes than can be counted"):
        prepare(file, "schulze")


def test_command_counts_a_table(tmp_path: Path):
    path = tmp_path / "votes.CSV"
    path.write_text("Vote,a,b\n1,1,5\n2,0,3\n")
    out = StringIO()

    call_command("count", path, method="score", highest=5, stdout=out)

    assert "winners  b" in out.getvalue().splitlines()
    with pytest.raises(CommandError, match="Line 2: the method score does not"):
        call_command("count", path, method="score", highest=4, stdout=out)
    with pytest.raises(CommandError, match="Please name a --method"):
        call_command("count", path, stdout=out)


def test_title_of_an_option_can_stand_in_the_table():
    """A limit of the reader must not be below what a ballot may have."""
    longest = "Ä" * (Option._meta.get_field("title").max_length or 0)

    assert read_csv(f"Vote,{longest},b\n".encode()).names[1] == longest
