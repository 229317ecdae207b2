"""A small tree of a page's elements, for clients without a browser."""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}
    | {"param", "source", "track", "wbr"}
)
# What live updates leave alone or what is a person's own: not the room's state.
OWN = ("data-mine", "data-keep", "data-loaded")


class Element:
    """One element of a page; texts are plain strings among its children."""

    __slots__ = ("attributes", "children", "parent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []
        self.parent: Element | None = None

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def elements(self) -> list["Element"]:
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def place(self) -> int:
        return int(self.attributes.get("data-place") or 0)

    @property
    def text(self) -> str:
        """All text below, with single spaces."""
        parts = (
            part.text if isinstance(part, Element) else part for part in self.children
        )
        return " ".join(" ".join(parts).split())

    def walk(self) -> Iterator["Element"]:
        """This element and all below, in the order of the page."""
        ahead = [self]
        while ahead:
            element = ahead.pop()
            yield element
            ahead += reversed(element.elements)

    def find(self, name: str, value: str | None = None) -> Iterator["Element"]:
        """Elements at or below with attribute `name` (of `value`, if given)."""
        for element in self.walk():
            found = element.attributes.get(name)
            if found is not None and value in (None, found):
                yield element

    def copy(self) -> "Element":
        """The same element and all below, to be changed by somebody else."""
        made = Element(self.tag, self.attributes)
        for child in self.children:
            if isinstance(child, Element):
                made.insert(len(made.children), child.copy())
            else:
                made.children.append(child)
        return made

    def insert(self, position: int, child: "Element") -> None:
        child.parent = self
        self.children.insert(position, child)

    def leave(self) -> None:
        if self.parent is not None:
            self.parent.children.remove(self)
            self.parent = None

    def written(self) -> str:
        """Canonical HTML: attributes sorted, spaces collapsed, own parts empty."""
        if self.attributes.get("name") == "csrfmiddlewaretoken":
            return ""
        attributes = "".join(
            f' {name}="{value}"' for name, value in sorted(self.attributes.items())
        )
        inner = ""
        if not any(name in self.attributes for name in OWN):
            parts = (
                part.written() if isinstance(part, Element) else " ".join(part.split())
                for part in self.children
            )
            inner = "\n".join(part for part in parts if part)
        return f"<{self.tag}{attributes}>{inner}</{self.tag}>"


class _Builder(HTMLParser):
    """Builds a tree; end tags close whatever was left open inside."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.here = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.here.insert(len(self.here.children), element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        here = self.here
        self.handle_starttag(tag, attrs)
        self.here = here

    def handle_endtag(self, tag: str) -> None:
        element: Element | None = self.here
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self.here = element.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """A root element whose children are the top elements of `html`."""
    return _parsed(html).copy()


# Broadcasts reach many clients of one process as the same text.
@lru_cache(maxsize=128)
def _parsed(html: str) -> Element:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


class Index:
    """Finds elements of a tree by what live updates name, without a walk."""

    def __init__(self) -> None:
        self.by_id: dict[str, Element] = {}
        self.by_count: dict[str, list[Element]] = defaultdict(list)
        self.by_slot: dict[str, list[Element]] = defaultdict(list)

    def enter(self, top: Element) -> None:
        """`top` and all below have come into the tree."""
        for element in top.walk():
            if element.id:
                self.by_id[element.id] = element
            for rows, name in self._lists(element):
                rows[name].append(element)

    def leave(self, top: Element) -> None:
        """`top` and all below are about to go."""
        for element in top.walk():
            if self.by_id.get(element.id) is element:
                del self.by_id[element.id]
            for rows, name in self._lists(element):
                rows[name].remove(element)

    def _lists(
        self, element: Element
    ) -> Iterator[tuple[dict[str, list[Element]], str]]:
        if (name := element.attributes.get("data-count")) is not None:
            yield self.by_count, name
        if (name := element.attributes.get("data-mine")) is not None:
            yield self.by_slot, name
