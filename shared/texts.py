"""What people type, as it is stored: no signs that nobody sees or that smear a page.

By itself, since it needs none of what makes HTML of it (shared/html.py).
"""

import re
import unicodedata

# A base letter with more marks than any script needs only smears the page.
MOST_MARKS = 4
# Not Mc: vowel signs that take room of their own may follow each other.
MARKS = ("Mn", "Me")
_invisible = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def clean_text(text: str) -> str:
    """Text as it is stored: NFC, without control, bidi or invisible characters.

    Line breaks and tabs stay; runs of combining marks are cut to MOST_MARKS.
    """
    text = _invisible.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    # Only now: an invisible sign between letter and accent keeps them apart.
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return text.strip()
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) in MARKS else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept).strip()


def clean_line(text: str) -> str:
    """One line of `clean_text`, with its spaces collapsed."""
    return " ".join(clean_text(text).split())
