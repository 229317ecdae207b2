"""How a simulated citizen fills in a ballot: by the fields that the form shows."""

import random
from typing import Any

from live.page_tree import Element

# Of a hundred people so many abstain.
ABSTAINING = 0.06
VALUE = "value-"


def form_of(card: Element | None) -> Element | None:
    """The form in which a vote can be given now, if the card shows one."""
    if card is None or card.attributes.get("data-state") != "open":
        return None
    return next(card.find("data-vote"), None)


def filled(form: Element, chance: random.Random) -> dict[str, Any]:
    """The fields of a vote that is in order, as `cast_vote` takes them."""
    abstain = next(form.find("name", "abstain"), None)
    if abstain is not None and chance.random() < ABSTAINING:
        return {"options": [], "abstain": _number(abstain)}
    boxes = list(form.find("name", "options"))
    boxes = [box for box in boxes if box.tag == "input"]
    if boxes and boxes[0].attributes["type"] == "radio":
        return _one(form, boxes, chance)
    if boxes:
        return {"options": _some(form, boxes, chance)}
    return {"options": [], "marks": _values(form, chance)}


def _number(field: Element) -> int:
    return int(field.attributes["value"])


def _liking(option: int, chance: random.Random) -> float:
    """Between 0 and 1: partly what most think of this option, partly one's own."""
    common = random.Random(option).random()  # noqa: S311 -- a simulation
    return (common + chance.random()) / 2


def _one(form: Element, boxes: list[Element], chance: random.Random) -> dict[str, Any]:
    # The last one of a form is to abstain.
    rows = boxes[-1:] if chance.random() < ABSTAINING else boxes[:-1]
    choice = _number(max(rows, key=lambda box: _liking(_number(box), chance)))
    said: dict[str, Any] = {"options": [choice]}
    if any(form.find("name", "reason")):
        said["reason"] = "Darüber müssen wir noch einmal sprechen."
    return said


def _some(form: Element, boxes: list[Element], chance: random.Random) -> list[int]:
    """The best liked ones, within the limits that the form states."""
    box = next(form.find("name", "options"))
    most = int(box.attributes.get("data-most", len(boxes)))
    money = int(box.attributes.get("data-budget", 0))
    # Free options only: "none of these" stands alone.
    free = {int(row.attributes["data-option"]) for row in form.find("data-option")}
    likings = {option: _liking(option, chance) for option in sorted(free)}
    costs = {
        _number(field): int(field.attributes.get("data-cost", 0)) for field in boxes
    }
    ordered = sorted(likings, key=likings.__getitem__, reverse=True)
    chosen: list[int] = []
    for option in ordered:
        spent = sum(costs[one] for one in chosen)
        if len(chosen) < most and (not money or spent + costs[option] <= money):
            if chosen and likings[option] < 0.4:
                break
            chosen.append(option)
    return chosen


def _values(form: Element, chance: random.Random) -> dict[int, int]:
    """Points, places or values of a scale."""
    steps: dict[int, list[int]] = {}
    numbers: dict[int, tuple[int, int]] = {}
    places: list[int] = []
    for field in form.walk():
        name = field.attributes.get("name", "")
        if not name.startswith(VALUE):
            continue
        option = int(name.removeprefix(VALUE))
        if field.tag == "select":
            places.append(option)
        elif field.attributes["type"] == "radio":
            steps.setdefault(option, []).append(_number(field))
        else:
            least, most = field.attributes["min"], field.attributes["max"]
            numbers[option] = int(least), int(most)
    if places:
        return _ranking(places, chance)
    points = next(form.find("data-points"), None)
    if points is not None:
        return _points(int(points.attributes["data-points"]), numbers, chance)
    ranges = numbers | {option: (min(of), max(of)) for option, of in steps.items()}
    return {
        option: least + round(_liking(option, chance) * (most - least))
        for option, (least, most) in ranges.items()
    }


def _ranking(options: list[int], chance: random.Random) -> dict[int, int]:
    """Some leave the last ones out."""
    likings = {option: _liking(option, chance) for option in options}
    ordered = sorted(likings, key=likings.__getitem__, reverse=True)
    ranked = ordered[: chance.randint(1, len(ordered))]
    return {option: place for place, option in enumerate(ranked, 1)}


def _points(
    points: int, most: dict[int, tuple[int, int]], chance: random.Random
) -> dict[int, int]:
    given = dict.fromkeys(most, 0)
    likings = {option: _liking(option, chance) for option in most}
    for __ in range(points):
        free = [option for option in most if given[option] < most[option][1]]
        if not free:
            break
        (option,) = chance.choices(free, [likings[one] + 0.01 for one in free])
        given[option] += 1
    return {option: number for option, number in given.items() if number}
