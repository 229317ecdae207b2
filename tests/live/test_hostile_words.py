"""Hostile text in every reason, note and name: it reaches every screen as text."""

from typing import Any

import pytest

from live.commands import run_command
from live.mine import all_slots
from live.screens import View
from tests.live.scene import ACTS, LATER_ACTS, Scene, make_scene
from tests.live.test_verify_action import fresh

pytestmark = pytest.mark.django_db

# Quotes, a tag, an own place of the page, a template's tag, and what turns text round.
HOSTILE = "\"'><img src=x onerror=pwn()><!--csrf--><!--mine:me-->{{ 7 }}\u202ename"
# Of a line that has no room for more.
SHORT = "\"'><img src=x onerror=pwn()>"
SHORT_LINES = {"label", "name", "topic"}
RAW = ("<img src=x", "{{ 7 }}\u202e")
# What somebody types; the other fields are chosen from what is there.
TYPED = {
    "about", "answer", "explanation", "label", "lines", "name", "reason", "text",
    "title", "topic",
}  # fmt: skip
VIEWS = [
    View(screen, language)
    for screen in ("room", "desk", "projector")
    for language in ("de", "en")
]


def with_hostile(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (SHORT if name in SHORT_LINES else HOSTILE)
        if name in TYPED and isinstance(value, str)
        else value
        for name, value in facts.items()
    }


def everything_shown(scene: Scene) -> list[str]:
    """All that any screen gets, and what is one person's own."""
    shown = [
        html
        for view in VIEWS
        for html in fresh(scene.dialogue, view)["regions"].values()
    ]
    shown += [
        html
        for table in scene.dialogue.tables.all()
        for html in fresh(scene.dialogue, View("table", "de", table.pk))[
            "regions"
        ].values()
    ]
    for who in (scene.citizen, scene.neighbour, scene.lead):
        who.refresh_from_db()
        view = View("desk" if who.is_moderator else "room", "de")
        shown += all_slots(who, scene.dialogue, view).values()
    return shown


@pytest.mark.parametrize("name", sorted(ACTS | LATER_ACTS))
def test_words_of_every_command_stay_words(name: str) -> None:
    scene = make_scene()
    who, facts, screen, *before = (ACTS | LATER_ACTS)[name]
    for earlier in before[0] if before else ():
        actor, earlier_facts, earlier_screen = (ACTS | LATER_ACTS)[earlier][:3]
        run_command(
            earlier,
            with_hostile(earlier_facts(scene)),
            getattr(scene, actor),
            View(earlier_screen, "de"),
        )
    given = with_hostile(facts(scene))

    run_command(name, given, getattr(scene, who), View(screen, "de"))

    shown = "".join(everything_shown(scene))
    for raw in RAW:
        assert raw not in shown
    # An own place that somebody typed is no place.
    assert "src=x onerror=pwn()&gt;<!--" not in shown


def test_hostile_words_were_shown_at_all() -> None:
    """Else the test above could not fail."""
    for name in ("submit_proposal", "announce", "annul_ballot", "write_to_team"):
        scene = make_scene()
        who, facts, screen = ACTS[name][:3]
        run_command(
            name, with_hostile(facts(scene)), getattr(scene, who), View(screen, "de")
        )

        assert "&lt;img src=x onerror=pwn()&gt;" in "".join(everything_shown(scene))
