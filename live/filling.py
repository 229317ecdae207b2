"""Pages made once for everybody, with one person's own put in.

What is personal has a place in the shared HTML: `<!--mine:NAME-->`, what everybody
gets, `<!--/mine:NAME-->`; the form's token and a vote's key have theirs. No text of
a person can hold such a place: it is escaped, or cleaned of comments.
"""

import re
from collections.abc import Callable, Mapping
from secrets import token_hex
from types import SimpleNamespace
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import get_template, render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString

from live.keeping import Drawn
from live.mine import part_names
from live.screens import View
from shared import clock
from shared.kept import Kept

_slot = re.compile(r"<!--mine:([a-z]+(?:-[a-z\d]+)?)-->(.*?)<!--/mine:\1-->", re.DOTALL)
_shared = re.compile(r"<!--(frame|region):([a-z]+)-->")
_place = re.compile("<!--(csrf|token|key)-->")
_FIELD = '<input type="hidden" name="{}" value="{}">'
# Of one kind of page: themes, roles, addresses with other queries.
MOST_PAGES = 20
WITH_REASON = "with_reason"
OWN_IN_SHELL = ("me", "own", "notices", "statement", "may", "now", "messages")


def place(name: str) -> SafeString:
    """Where `fill` puts the slot `name`; nothing for those who have none."""
    return SafeString(f"<!--mine:{name}--><!--/mine:{name}-->")


class Page:
    """Shared HTML, taken apart once at its places."""

    def __init__(self, html: str) -> None:
        # Text, name, what everybody gets, text, name, ...
        pieces = _slot.split(html)
        self.slots = dict(zip(pieces[1::3], pieces[2::3], strict=True))
        self.pieces: list[Any] = [
            piece if at % 3 == 1 else _place.split(piece)
            for at, piece in enumerate(pieces)
        ]

    def fill(self, own: Mapping[str, str], request: HttpRequest) -> SafeString:
        """The page of one person. Slots are templates' output: escaped already."""
        token = get_token(request)
        field = _FIELD.format("csrfmiddlewaretoken", token)
        filled: list[str] = []

        def put(parts: list[str]) -> None:
            filled.append(parts[0])
            for at in range(1, len(parts), 2):
                name, text = parts[at], parts[at + 1]
                if name == "key":
                    filled.append(_fresh_key())
                else:
                    filled.append(field if name == "csrf" else token)
                filled.append(text)

        put(self.pieces[0])
        for at in range(1, len(self.pieces), 3):
            name, shared, text = self.pieces[at : at + 3]
            put(_place.split(own[name]) if name in own else shared)
            put(text)
        return SafeString("".join(filled))


def _fresh_key() -> str:
    """A vote sent twice from one page has one effect and one receipt."""
    return _FIELD.format("request_key", token_hex(16))


def personal(html: str, own: Mapping[str, str], request: HttpRequest) -> SafeString:
    """A piece of shared HTML with this person's slots and form tokens put in."""
    return Page(html).fill(own, request)


_shells = Kept(MOST_PAGES * 20, 30.0)


def page_of(
    request: HttpRequest,
    drawn: Drawn,
    view: View,
    *,
    official: bool,
    variant: str = "",
    facts: Callable[[], dict[str, Any]] = dict,
) -> Page:
    """The whole page of a live screen as everybody of a kind gets it.

    The kind: an official role or none, the theme, the address (which stands in its
    forms), and `variant` for what else the template asks. `facts` are the same for
    everybody of the kind.
    """
    kind = (
        official,
        variant,
        _theme(request),
        request.get_host(),
        request.get_full_path(),
    )
    page = drawn.pages.get(kind)
    if page is None:
        dialogue = drawn.dialogue
        shell = _shells.get(
            (dialogue.pk, dialogue.state, view, kind),
            lambda: _shell(request, drawn, view, official, variant, facts()),
        )
        if len(drawn.pages) >= MOST_PAGES:
            drawn.pages.clear()
        page = drawn.pages[kind] = Page(_shared.sub(_put_in(drawn), shell))
    return page


def _theme(request: HttpRequest) -> str:
    theme = request.COOKIES.get("theme", "")
    return theme if theme in ("light", "dark") else ""


def _put_in(drawn: Drawn) -> Callable[[re.Match[str]], str]:
    """Regions, and where the stream stood when they were drawn."""
    at = drawn.moment
    frame = {
        "epoch": at.epoch,
        "seq": str(at.heard),
        "version": str(at.version),
        "allows": drawn.allows,
    }
    kinds = {"frame": frame, "region": drawn.regions}
    return lambda match: kinds[match[1]][match[2]]


def _shell(
    request: HttpRequest,
    drawn: Drawn,
    view: View,
    official: bool,
    variant: str,
    facts: dict[str, Any],
) -> str:
    """The page around the regions. It sees no person, only places."""
    kind = {
        "COOKIES": {"theme": _theme(request)},
        "get_host": request.get_host(),
        "get_full_path": request.get_full_path(),
        "path": request.path,
    }
    frame = {
        name: SafeString(f"<!--frame:{name}-->")
        for name in ("epoch", "seq", "version", "allows")
    }
    own = {name: place(name) for name in (*OWN_IN_SHELL, *part_names())}
    html: str = get_template(f"live/{view.screen}.html").render(
        {
            "request": SimpleNamespace(**kind),
            "dialogue": drawn.dialogue,
            "participation": {"is_moderator": official},
            "view": view,
            "screen": view.screen,
            "regions": {
                name: SafeString(f"<!--region:{name}-->") for name in drawn.regions
            },
            "slots": own,
            "frame": frame,
            "allows": frame["allows"],
            "may": own["may"],
            "server_now": own["now"],
            "draft": {
                "title": place("draft-title"),
                "text": place("draft-text"),
                "reason": place("draft-reason") if variant == WITH_REASON else "",
            },
            "messages_place": own["messages"],
            "csrf_token": SafeString("<!--token-->"),
            **facts,
        }
    )
    return html


def page_slots(request: HttpRequest, may: str) -> dict[str, str]:
    """What every page of a live screen says to this person at this moment."""
    said = get_messages(request)
    return {
        "may": escape(may),
        "now": str(clock.milliseconds(clock.now())),
        "messages": _messages(said) if said else "",
    }


def _messages(said: Any) -> str:
    html = render_to_string("parts/messages.html", {"messages": said})
    return f'<div class="page">{html}</div>'
