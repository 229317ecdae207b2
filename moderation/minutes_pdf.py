"""The minutes as a tagged PDF: headings, tables and lists are known as such.

Set by Typst, with a font of its own in the file. Texts are handed over as
data, so nothing that anybody wrote is read as markup.
"""

import json
import logging
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import typst
from django.conf import settings

from moderation.minutes_blocks import Block
from shared.kept import Kept

logger = logging.getLogger(__name__)
_kept = Kept(50, 600.0)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return (settings.BASE_DIR / "templates/minutes/minutes.typ").read_bytes()


def minutes_pdf(
    *, title: str, lead: list[str], blocks: list[Block], language: str
) -> bytes:
    """The file; PDF/UA-1 where every sign can be shown."""
    facts = {
        "title": title,
        "author": settings.CITY_NAME,
        "lang": language,
        "lead": lead,
        "blocks": [asdict(block) for block in blocks],
    }
    words = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    made: bytes = _kept.get(words, lambda: _made(words))
    return made


def _made(words: str) -> bytes:
    # The standard forbids signs that no font has. Fonts of the machine may have
    # them; else the file is tagged all the same, and does not claim the standard.
    tries: list[dict[str, Any]] = [
        {"ignore_system_fonts": True, "pdf_standards": ["ua-1"]},
        {"pdf_standards": ["ua-1"]},
        {},
    ]
    for choices in tries:
        try:
            made = typst.compile(
                _template(),
                format="pdf",
                sys_inputs={"document": words},
                pdf_tags=True,
                **choices,
            )
        except typst.TypstError as error:
            if choices is tries[-1]:
                raise
            logger.info("the minutes were set again: %s", error)
        else:
            return bytes(made)
    raise AssertionError  # the last try returns or raises
