"""Names: what looks alike is alike, and nobody looks like the city."""

import pytest

from accounts.names import check_display_name, skeleton
from shared.errors import Refusal


@pytest.mark.parametrize(
    "disguise",
    [
        "Mоderation",  # Cyrillic о
        "Μoderation",  # Greek capital mu
        "Ｍｏｄｅｒａｔｉｏｎ",  # fullwidth
        "M\u0335o\u0336d\u0337e\u0338r\u0335ation",  # struck through
        "M\u0301\u0302\u0303\u0304oderation",  # marks piled up
        "\u202eModeration\u202c",  # turned round by a bidi control
        "Mod\u200beration",  # zero width space
        "Moderati0n",
        "M.o.d.e.r.a.t.i.o.n",
        "M o d e r a t i o n",
        "M0D3R4T10N",
        "𝐌𝐨𝐝𝐞𝐫𝐚𝐭𝐢𝐨𝐧",  # mathematical bold
        "Ⓜⓞⓓⓔⓡⓐⓣⓘⓞⓝ",
    ],
)
def test_skeleton_of_a_disguise_is_that_of_the_word(disguise):
    assert skeleton(disguise) == skeleton("Moderation")


@pytest.mark.parametrize(
    ("one", "other"), [("Kim", "Tim"), ("Anna B", "Anna C"), ("Kim 2", "Kim 6")]
)
def test_skeleton_of_other_names_differs(one, other):
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    "name",
    [
        "Moderati0n",
        "Mоderation",
        "S t a d t",
        "STADT",
        "Die Stadtverwaltung",
        "Oberbürgermeister",
        "Oberbuergermeister",
        "Adm1n",
        "Αdmin",
        "Ｔｅａｍ",
        "Ombudsstelle",
    ],
)
def test_names_that_look_official_are_refused(name):
    with pytest.raises(Refusal) as caught:
        check_display_name(name)

    assert (caught.value.code, caught.value.field) == ("name.official", "name")


@pytest.mark.parametrize("name", ["Moderation", "Stadt Dortmund"])
def test_official_people_may_use_official_names(name):
    assert check_display_name(name, official=True) == name


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u200b", "–––", "🙂", "\u202e"])
def test_names_without_letters_are_refused(name):
    with pytest.raises(Refusal) as caught:
        check_display_name(name)

    assert caught.value.code == "name.empty"


def test_a_name_of_41_characters_is_refused():
    with pytest.raises(Refusal) as caught:
        check_display_name("k" * 41)

    assert caught.value.code == "name.too_long"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Kim", "Kim"),
        ("  Kim \n Muster ", "Kim Muster"),
        ("Stadtkind", "Stadtkind"),
        ("Jürgen Ş.", "Jürgen Ş."),
        ("k" * 40, "k" * 40),
        ("\u202eKim\u202c", "Kim"),
        ("李", "李"),
    ],
)
def test_ordinary_names_are_kept_cleaned(typed, kept):
    assert check_display_name(typed) == kept
