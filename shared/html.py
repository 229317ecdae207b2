"""The only place that turns a person's text into HTML.

Markdown (raw HTML off) -> bleach, one pass of clean and linkify -> nh3 as the
last gate. docs/decisions/0002-two-sanitisers.md says why there are two.
"""

from functools import lru_cache
from typing import Any

import nh3
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a"})
ATTRIBUTES = {"a": {"href", "title", "rel"}}
SCHEMES = frozenset({"http", "https", "mailto"})
# Sanitisers are slower than linear on hostile input, so length is cut first.
LONGEST_SOURCE = 20_000

_markdown = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "list", "blockquote", "newline", "escape", "entity", "link"]
)
_documents = MarkdownIt("commonmark", {"html": False}).enable("table")


Attributes = dict[Any, Any]  # bleach's: (namespace, name) -> value


def _outside_link(attributes: Attributes, new: bool = False) -> Attributes | None:
    """Mark a link as written by a person; None makes it plain text.

    Relative addresses go: "/account/logout/" and "//elsewhere" look like ours.
    """
    address = attributes.get((None, "href"), "").lower()
    if not address.startswith(("http://", "https://", "mailto:")):
        return None
    attributes[(None, "rel")] = "nofollow noopener ugc"
    return attributes


_cleaner = Cleaner(
    tags=TAGS,
    attributes={tag: list(names) for tag, names in ATTRIBUTES.items()},
    protocols=SCHEMES,
    strip=True,
    filters=[lambda source: LinkifyFilter(source, callbacks=[_outside_link])],
)


def render_document(source: str) -> SafeString:
    """A text of our own documents as HTML, with tables; raw HTML stays text."""
    return mark_safe(str(_documents.render(source)))  # noqa: S308 -- our own text


@lru_cache(maxsize=4096)
def render_markdown(source: str) -> SafeString:
    """Limited Markdown (emphasis, lists, quotes, links) as safe HTML."""
    rendered = _markdown.render(source[:LONGEST_SOURCE])
    cleaned = _cleaner.clean(rendered)
    return mark_safe(  # noqa: S308 -- the one place where text becomes markup
        nh3.clean(
            cleaned,
            tags=set(TAGS),
            attributes=ATTRIBUTES,
            url_schemes=set(SCHEMES),
            link_rel=None,
            url_relative="deny",
        )
    )
