"""What people type is kept as they meant it, without what nobody sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.texts import clean_line, clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\r\nb\rc\n", "a\nb\nc"),
        ("a\tb", "a\tb"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("\u202eabc\u202c", "abc"),
        ("a\u2066b\u2069c", "abc"),
        ("\u200eA\u200f", "A"),
        ("pass\u00adwort", "passwort"),
        ("a\u200bb\ufeffc\u2060d", "abcd"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("a\ud800b\udfffc", "abc"),
        ("a\u2028b\u2029c", "abc"),
        ("a\U000e0041b", "ab"),
        ("a\ufff9b", "ab"),
        ("x" + "\u0336" * 50, "x" + "\u0336" * 4),
        # U+034F has combining class 0 and must not start a new count.
        ("x" + "\u0336\u034f" * 50, "x" + "\u0336\u034f" * 2),
        ("x" + "\u20dd" * 9, "x" + "\u20dd" * 4),
        ("👩\u200d🌾", "👩\u200d🌾"),
        ("❤\ufe0f 1\ufe0f\u20e3", "❤\ufe0f 1\ufe0f\u20e3"),
        ("क्षत्रिय", "क्षत्रिय"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("Dvořák, Łódź, Ørsted", "Dvořák, Łódź, Ørsted"),
        ("", ""),
    ],
)
def test_clean_text_exact(text: str, cleaned: str):
    assert clean_text(text) == unicodedata.normalize("NFC", cleaned)


def test_clean_line_collapses_space():
    assert clean_line(" a \n\n b\t\tc\u00a0d ") == "a b c d"


signs = st.characters(codec=None) | st.sampled_from(
    "\u0301\u0336\u034f\u20dd\u200b\u202e\r\n\t\x00\ud800\u1100\u1161\u09c7\u09be "
)


@given(st.text(signs))
def test_clean_text_is_idempotent(text: str):
    cleaned = clean_text(text)

    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode().decode() == cleaned


@given(st.text(signs))
def test_clean_line_is_idempotent(text: str):
    line = clean_line(text)

    assert clean_line(line) == line
    assert len(line.splitlines()) <= 1
