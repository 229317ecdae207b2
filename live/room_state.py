"""What a screen knows: a snapshot or page, and the frames since.

The same rules as static/live.js, without a browser: clients, tests and replays
use it to prove that (old snapshot + frames) is what a fresh snapshot shows.
Frames are kept and drawn into the tree only when somebody looks.
"""

import re
from collections.abc import Mapping
from typing import Any

from live.page_tree import OWN, Element, Index, parse

Frame = Mapping[str, Any]


class RoomState:
    """`seq`, `version` and `epoch` are always current, `tree` is drawn on demand.

    `keeps_regions=False` counts and orders frames without keeping them: for a
    thousand clients of which only the traffic matters.
    """

    def __init__(self, *, keeps_regions: bool = True) -> None:
        self.keeps_regions = keeps_regions
        self.epoch = ""
        self.seq = 0
        self.version = 0
        # While `resume` is under way, broadcasts may be newer than its answer: their
        # numbers are shown, but only the answer says that none before are missing.
        self._heard: int | None = None
        self._tree = Element("root", {})
        self._index = Index()
        self._waiting: list[Frame] = []

    @classmethod
    def from_snapshot(cls, frame: Frame) -> "RoomState":
        state = cls()
        state.apply(frame)
        return state

    @classmethod
    def from_page(cls, html: str, *, keeps_regions: bool = True) -> "RoomState":
        """The state that a page brings along on its root `#room`."""
        opening = re.search(r'<[^<>]*\bid="room"[^<>]*>', html)
        if opening is None:
            raise ValueError("This page has no room.")
        root = parse(html if keeps_regions else opening[0])
        room = next(root.find("id", "room"))
        state = cls(keeps_regions=keeps_regions)
        state.epoch = room.attributes.get("data-epoch", "")
        state.seq = int(room.attributes.get("data-seq") or 0)
        state.version = int(room.attributes.get("data-version") or 0)
        if keeps_regions:
            room.leave()
            state._insert(state._tree, 0, room)
        return state

    def apply(self, frame: Frame) -> bool:
        """Take a frame in; False if something is missing: then `resume`."""
        kind = frame["kind"]
        if kind == "snapshot":
            self.epoch = frame["epoch"]
            self.seq, self.version = frame["seq"], frame["version"]
            self._keep(frame)
            return True
        if kind not in ("ops", "counts", "heartbeat"):
            return True
        if frame["epoch"] != self.epoch:
            return False
        if kind == "heartbeat":
            return bool(frame["seq"] <= self.seq and frame["version"] <= self.version)
        if kind == "counts":
            # The same version again may bring more: what a resume has missed.
            if frame["version"] >= self.version:
                if self._heard is None:
                    self.version = frame["version"]
                else:
                    self._heard = max(self._heard, frame["version"])
                self._keep(frame)
            return True
        if frame["after"] > self.seq:
            return False
        is_owed = frame["after"] == frame["seq"]
        if frame["seq"] > self.seq or is_owed:
            self.seq = max(self.seq, frame["seq"])
            self._keep(frame)
        return True

    def resuming(self) -> None:
        """`resume` was sent with `seq` and `version` as they are now."""
        self._heard = self.version

    def resumed(self) -> None:
        """`resume` was answered: nothing is missing any more."""
        self.version = max(self.version, self._heard or 0)
        self._heard = None

    def take_mine(self, slots: Mapping[str, str]) -> None:
        """What is this person's own, as a reply or `mine` brings it."""
        if slots:
            self._keep({"kind": "slots", "slots": slots})

    def _keep(self, frame: Frame) -> None:
        if self.keeps_regions:
            self._waiting.append(frame)

    @property
    def tree(self) -> Element:
        """The page as it reads now, with all frames drawn in."""
        self._draw_waiting()
        return self._tree

    def _draw_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        # Numbers in a row are shown at once: they come five times a second.
        numbers: dict[str, dict[str, int]] = {}
        for frame in waiting:
            if frame["kind"] == "counts":
                for subject, new in frame["counts"].items():
                    numbers[subject] = numbers.get(subject, {}) | new
                continue
            self._show(numbers)
            numbers = {}
            if frame["kind"] == "snapshot":
                for name, html in frame["regions"].items():
                    self._replace(name, html, or_append=True)
                self._show(frame["counts"])
            elif frame["kind"] == "slots":
                self._fill(frame["slots"])
            else:
                for op in frame["ops"]:
                    self._draw(op)
        self._show(numbers)

    def element(self, id: str) -> Element | None:
        """The element with this id, as it reads now."""
        self._draw_waiting()
        return self._index.by_id.get(id)

    @property
    def allows(self) -> set[str]:
        """What the agenda allows now."""
        now = self.element("now")
        return set(now.attributes.get("data-allows", "").split()) if now else set()

    def comparable(self, regions: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Region id -> canonical HTML, without what is a person's own.

        `regions` names them for a state that began with a page.
        """
        names = (
            list(regions) if regions is not None else [e.id for e in self.tree.elements]
        )
        found = {name: self.element(name) for name in names}
        return {name: row.written() if row else "" for name, row in found.items()}

    # --- drawing -----------------------------------------------------------------
    def _draw(self, op: Mapping[str, str]) -> None:
        target = self._index.by_id.get(op["target"])
        if target is None:
            return
        if op["swap"] == "remove":
            self._remove(target)
        elif op["swap"] == "replace":
            self._replace(op["target"], op["html"])
        else:
            self._put(target, op["html"])

    def _insert(self, into: Element, position: int, new: Element) -> None:
        into.insert(position, new)
        self._index.enter(new)

    def _remove(self, old: Element) -> None:
        self._index.leave(old)
        old.leave()

    def _exchange(self, old: Element, new: Element) -> None:
        parent = old.parent or self._tree
        position = parent.children.index(old)
        self._remove(old)
        _keep_own(old, new)
        self._insert(parent, position, new)

    def _replace(self, name: str, html: str, *, or_append: bool = False) -> None:
        new = next(iter(parse(html).elements), None)
        old = self._index.by_id.get(name)
        if new is None:
            return
        if old is not None:
            self._exchange(old, new)
        elif or_append:
            self._insert(self._tree, len(self._tree.children), new)

    def _put(self, into: Element, html: str) -> None:
        new = next(iter(parse(html).elements), None)
        if new is None:
            return
        old = next((row for row in into.elements if row.id == new.id), None)
        if old is not None:
            self._exchange(old, new)
        else:
            self._insert(into, _position(into, new), new)
        limit = into.attributes.get("data-limit")
        for surplus in into.elements[int(limit) :] if limit else []:
            self._remove(surplus)

    def _show(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        for subject, numbers in counts.items():
            for name, number in numbers.items():
                for element in self._index.by_count.get(f"{subject}.{name}", ()):
                    element.children = [str(number)]

    def _fill(self, slots: Mapping[str, str]) -> None:
        for slot, html in slots.items():
            for element in list(self._index.by_slot.get(slot, ())):
                for own in element.elements:
                    self._remove(own)
                element.children = []
                for child in parse(html).children:
                    if isinstance(child, Element):
                        self._insert(element, len(element.children), child)
                    else:
                        element.children.append(child)


def _keep_own(old: Element, new: Element) -> None:
    """What was a person's own in `old` stays in `new`."""
    for name in OWN:
        kept = {row.attributes[name] or row.id: row for row in old.find(name)}
        for row in list(new.find(name)):
            before = kept.get(row.attributes[name] or row.id)
            if before is not None:
                row.children = before.children
                for child in row.elements:
                    child.parent = row


def _position(into: Element, new: Element) -> int:
    """Where `new` stands so that places fall, or rise if the list says so."""
    sign = -1 if into.attributes.get("data-order") == "rising" else 1
    for position, row in enumerate(into.children):
        if isinstance(row, Element) and sign * row.place < sign * new.place:
            return position
    return len(into.children)
