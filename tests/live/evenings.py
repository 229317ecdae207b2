"""Dialogues in a running city, for tests that come in by its own doors."""

import json

from tests.servers import City

_MADE = """
import json
from dialogue.models import AgendaItem
from live.crowd.measuring import session_cookie
from live.crowd.staging import evening_of, lead_of
from projects.models import Project
from dialogue.actions import go_on
dialogue = evening_of(project=Project.objects.earliest("pk"), slug={slug!r})
AgendaItem.objects.filter(dialogue=dialogue).update(
    **{{"allows_" + action: True for action in AgendaItem.ACTIONS}}
)
go_on(moderator=lead_of(dialogue))
print(json.dumps([dialogue.code, session_cookie(lead_of(dialogue).person)]))
"""


def hold_evening(city: City, slug: str) -> tuple[str, dict[str, str]]:
    """A live dialogue that allows everything: its code, and the lead's cookies."""
    said = city.manage("shell", "-v0", "-c", _MADE.format(slug=slug))
    code, cookies = json.loads(said.splitlines()[-1])
    return code, cookies


def a_project(city: City) -> str:
    """The short name of some project of the city."""
    code = (
        "from projects.models import Project\n"
        "print(Project.objects.earliest('pk').slug)"
    )
    return city.manage("shell", "-v0", "-c", code).splitlines()[-1]
