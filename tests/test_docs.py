"""What the documents list is what the code has."""

import re
from pathlib import Path

import pytest

from ledger.events import Event
from live.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
# Set by the tests alone: see tests/settings.py and tests/servers.py.
OF_TESTS = {"TEST_SQLITE", "STATICFILES_STORAGE"}
# Other tests make events of their own.
EVENTS = [
    e
    for e in Event.__subclasses__()
    if hasattr(e, "kind")
    and e.__module__.endswith("events")
    and not e.__module__.startswith("tests")
]


def block_of(command: str) -> str:
    """The part of the protocol about a command; empty if there is none."""
    __, heading, rest = PROTOCOL.partition(f"\n### `{command}`\n")
    return heading + re.split(r"\n##+ ", rest)[0]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_is_described(name: str):
    block = block_of(name)

    missing = [f for f in COMMANDS[name].payload.model_fields if f"`{f}`" not in block]

    assert (block != "", missing) == (True, [])


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.kind)
def test_event_is_described(event: type[Event]):
    own = set(event.model_fields) - set(Event.model_fields)

    rows = re.findall(rf"^\| `{event.kind}` \| (\w+) \| (.*) \|$", PROTOCOL, re.M)

    assert [audience for audience, __ in rows] == [event.audience]
    assert [f for f in sorted(own) if f"`{f}`" not in rows[0][1]] == []


@pytest.mark.parametrize("path", [".env.example", "docs/operations.md"])
def test_every_setting_is_listed(path: str):
    names = re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "settings.py").read_text())

    listed = re.findall(r"[A-Z][A-Z_]+", (ROOT / path).read_text())

    assert names
    assert set(names) - OF_TESTS - set(listed) == set()
