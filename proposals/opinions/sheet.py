"""The opinion map for the result record: whole numbers and short texts only."""

from typing import Any

from dialogue.models import Dialogue
from proposals.models import OpinionMap
from proposals.opinions.reading import counting_of, table_of
from proposals.opinions.shown import Facts, facts_of, interval, picture, spread_of


def sheet_of(dialogue: Dialogue) -> dict[str, Any] | None:
    """The map as it stands in the record; None for a dialogue that shows none.

    Drawn from the stances, near to what was last on the screens. Statements are named
    by their number; their texts stand with the proposals.
    """
    row = OpinionMap.objects.filter(dialogue=dialogue, is_shown=True).first()
    if row is None:
        return None
    facts = (
        row.facts
        if row.is_final
        else facts_of(table_of(dialogue, counting=counting_of(dialogue)), row.facts)
    )
    return {"mode": row.mode, **sheet(facts)}


def sheet(facts: Facts) -> dict[str, Any]:
    """The record's part of what is shown."""
    found = {
        "people": facts["people"],
        "statements": facts["statements"],
        "left_out": facts["left_out"],
        "stances": [
            {
                "proposal": pk,
                "agree": agree,
                "disagree": disagree,
                "pass": passed,
                "percent": _percent(agree, agree + disagree + passed),
                "between": list(interval(agree, agree + disagree + passed)),
                "spread": spread_of(agree, disagree, agree + disagree + passed),
            }
            for pk, agree, disagree, passed in facts["table"]
        ],
        "groups": [
            {
                "id": group["id"],
                "size": group["size"],
                "center": [f"{x:.2f}" for x in group["center"]],
                "stands_for": [
                    {"proposal": pk, "direction": side, "count": count, "seen": seen}
                    for pk, side, count, seen in group["stands_for"]
                ],
            }
            for group in facts.get("groups", ())
        ],
        "clearness": facts.get("clearness", 0),
    }
    if found["groups"]:
        found["picture"] = picture(facts)
    for name in ("unites", "divides"):
        found[name] = [
            {"proposal": pk, "groups": [{"agree": a, "seen": s} for a, s in cells]}
            for pk, cells in facts.get(name, ())
        ]
    return found


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
