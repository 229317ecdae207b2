"""Before the doors open, the desk says what the go-live check has found."""

from django.template.loader import get_template

from dialogue.golive import check
from dialogue.models import Dialogue
from live.screens import View, region

# Once the doors are open nobody can use it any more.
BEFORE = (Dialogue.State.DRAFT, Dialogue.State.ANNOUNCED)


@region(
    "golive",
    screens=("desk",),
    nouns=(
        "dialogue",
        "lobby",
        "agenda",
        "ballot",
        "participation",
        "conflict",
        "exception",
    ),
)
def draw_golive(dialogue: Dialogue, view: View) -> str:
    """One line with all of it below; empty when the doors are open."""
    del view  # the language is set already
    findings = check(dialogue) if dialogue.state in BEFORE else []
    blocking = sum(finding.blocks for finding in findings)
    html: str = get_template("live/parts/golive.html").render(
        {
            "dialogue": dialogue,
            "findings": findings,
            "blocking": blocking,
            "icon": "danger" if blocking else "info",
        }
    )
    return html
