"""The page that counts a ballot file again: one file, no server, its own counting.

Its JavaScript is a second implementation of every method, made from their rules and
not from our Python, so that an error in one of them shows as a difference.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_SCRIPTS = (
    "fraction.js",
    "counting.js",
    "choices.js",
    "rankings.js",
    "budgets.js",
    "reading.js",
    "words.js",
    "page.js",
)


@cache
def _parts() -> dict[str, str]:
    script = "\n" + "\n".join(
        (_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS
    )
    script = '\n"use strict";' + script
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    return {
        "@SCRIPT_HASH@": _hash(script),
        "@STYLE_HASH@": _hash(style),
        "@SCRIPT@": script,
        "@STYLE@": style,
    }


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def single_file(ballot: bytes = b"") -> str:
    """The whole page; with `ballot`, a ballot file, it shows that one at once.

    Its own policy lets it run nothing but its script and speak to nobody.
    """
    # In a script element only "<" could end the text.
    inside = ballot.decode().replace("<", "\\u003c")
    page = (_HERE / "page.html").read_text(encoding="utf-8")
    head, __, tail = page.partition("@BALLOT@")
    for name, text in _parts().items():
        head, tail = head.replace(name, text), tail.replace(name, text)
    return head + inside + tail
