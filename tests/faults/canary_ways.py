"""Ways in which moderators hide something, and what they hide by each."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tests.faults.canary_town import STAYING, WORD, Town
from tests.faults.ears import Canary, Ear

RULE = {"rule": "insult", "reason": "Das setzt andere herab."}
Hide = Callable[[], Awaitable[Any]]
Deed = tuple[list[Canary], Hide]


async def _proposal(town: Town, author: Ear, canary: Canary) -> int:
    done = await author.send(
        "submit_proposal",
        title=f"{WORD} {canary.name}",
        text=f"Für alle {canary.name}",
        reason=canary.name,
    )
    return int(done["proposal"])


def _hide(town: Town, kind: str, pk: int, do: str = "hide") -> Hide:
    lead = town.chance.choice(town.leads)
    return lambda: lead.send(do, kind=kind, pk=pk, **RULE)


async def hidden_proposal(town: Town, author: Ear, other: Ear) -> Deed:
    canary = town.breed("proposal", author)
    pk = await _proposal(town, author, canary)
    return [canary], _hide(town, "proposal", pk)


async def hidden_comment(town: Town, author: Ear, other: Ear) -> Deed:
    canary = town.breed("comment", author)
    proposal = town.chance.choice(town.room["proposals"])
    done = await author.send("add_comment", proposal=proposal, text=canary.name)
    return [canary], _hide(town, "comment", done["comment"])


async def hidden_question(town: Town, author: Ear, other: Ear) -> Deed:
    """It was on the stage: the projector and the wall had it, too."""
    canary = town.breed("question on stage", author)
    done = await author.send("ask_question", text=f"Wer zahlt {canary.name}?")
    lead, pk = town.leads[0], done["question"]
    await lead.send("sort_question", question=pk, is_shortlisted=True)
    await lead.send("stage_question", question=pk)
    return [canary], _hide(town, "question", pk)


async def hidden_topic(town: Town, author: Ear, other: Ear) -> Deed:
    canary = town.breed("topic kept for later", author)
    done = await author.send("park_topic", text=f"Später: {canary.name}")
    return [canary], _hide(town, "topic", done["topic"])


async def sent_back(town: Town, author: Ear, other: Ear) -> Deed:
    canary = town.breed("proposal sent back", author)
    pk = await _proposal(town, author, canary)
    return [canary], _hide(town, "proposal", pk, "ask_revision")


async def old_wording(town: Town, author: Ear, other: Ear) -> Deed:
    """The wording before stood in the history that everybody can read."""
    old, new = town.breed("old wording", author), town.breed("new wording", author)
    pk = await _proposal(town, author, old)
    await town.wait_until_seen([old])
    await author.send("revise_proposal", proposal=pk, title=f"{WORD} {new.name}")
    return [old, new], _hide(town, "proposal", pk)


async def merged(town: Town, author: Ear, other: Ear) -> Deed:
    """A source is hidden after it was merged: others' screens credit it."""
    canary = town.breed("merged proposal", author)
    pk = await _proposal(town, author, canary)
    into = town.room["proposals"][0]
    await _merge(town, [pk], into=into)
    return [canary], _hide(town, "proposal", pk)


async def synthesis(town: Town, author: Ear, other: Ear) -> Deed:
    """What was put together is hidden; those whose words it holds may know it."""
    canary = town.breed("synthesis", author, other)
    pks = []
    for who in (author, other):
        plain = await who.send("submit_proposal", title=f"Bäume pflanzen {who.pk}")
        pks.append(plain["proposal"])
    done = await _merge(town, pks, title=f"{WORD} {canary.name}")
    return [canary], _hide(town, "proposal", done["proposal"])


async def _merge(town: Town, pks: list[int], **facts: Any) -> dict[str, Any]:
    lead = town.leads[0]
    page = await lead.browser.get(f"/d/{town.code}/desk/synthesis/")
    picked = [
        re.search(rf'value="({pk}-[0-9a-f]+)"', page.text)[1]  # type: ignore[index]
        for pk in pks
    ]
    return await lead.send(
        "merge", kind="proposal", picked=picked, reason="Dasselbe.", **facts
    )


async def option(town: Town, author: Ear, other: Ear) -> Deed:
    """An option of an open ballot, in which others have voted."""
    canary = town.breed("option of an open ballot", author)
    pk = await _proposal(town, author, canary)
    lead = town.leads[0]
    drafted = await lead.send(
        "draft_ballot",
        title="Was zuerst?",
        method="multiple",
        proposals=[pk, town.room["proposals"][1]],
        most_options=2,
    )
    await lead.send("open_ballot", ballot=drafted["ballot"])
    return [canary], _hide(town, "proposal", pk)


WAYS = [
    hidden_proposal, hidden_comment, hidden_question, hidden_topic, sent_back,
    old_wording, merged, synthesis, option,
]  # fmt: skip


async def tell(town: Town, deed: Deed) -> None:
    """Hide; from the confirmation on it counts."""
    canaries, hide = deed
    await hide()
    for canary in canaries:
        await town.aviary.confirm(canary)


async def at_tables(town: Town) -> None:
    """Remarks, and findings that are brought back: some hear the table's screen.

    Half of the findings are hidden while their tables sit, half after the round.
    """
    lead = town.leads[0]
    await lead.send("begin_round", method="random", tables=6, expected=0)
    seats: dict[int, list[int]] = {}
    for place in STAYING[:60]:
        answer = await town.ears[place].browser.get(
            f"/d/{town.code}/table/", follow_redirects=True
        )
        if found := re.search(r"/table/(\d+)/", str(answer.url)):
            seats.setdefault(int(found[1]), []).append(place)
    listening: list[Ear] = []
    remarks: list[Deed] = []
    findings: dict[int, Deed] = {}
    for table, places in seats.items():
        here = [town.ear(place, f"table-{table}") for place in places]
        for ear in here:
            await ear.connect()
        listening += here
        author = here[0]
        remark = town.breed("remark at a table", author)
        done = await author.send("add_remark", table=table, text=remark.name)
        hide = partial(lead.send, "hide_remark", remark=done["remark"], **RULE)
        remarks.append(([remark], hide))
        finding = town.breed("finding", author)
        await author.send("write_finding", table=table, title=f"Fund {finding.name}")
        findings[table] = [finding], partial(_hide_finding, town, finding)
    deeds = [*remarks, *findings.values()]
    await town.wait_until_seen([deed[0][0] for deed in deeds])
    early = set(list(findings)[::2])
    for table in early:
        await lead.send("bring_back", table=table)
    sitting = [*remarks, *(findings[table] for table in early)]
    await asyncio.gather(*(tell(town, deed) for deed in sitting))
    await asyncio.sleep(2)
    for ear in listening:
        await ear.missed(epoch="none", since=0, version=0)
        await ear.browser.get(f"/d/{town.code}/table/", follow_redirects=True)
    await lead.send("end_round", expected=1)
    later = (deed for table, deed in findings.items() if table not in early)
    await asyncio.gather(*(tell(town, deed) for deed in later))
    await asyncio.sleep(2)
    for ear in listening:
        await ear.leave()


async def _hide_finding(town: Town, canary: Canary) -> None:
    """Brought back, it is a contribution: the desk knows its number."""
    page = await town.leads[0].browser.get(f"/d/{town.code}/desk/synthesis/")
    text = page.text[: page.text.index(canary.name)]
    pk = int(re.findall(r'name="picked" value="(\d+)-', text)[-1])
    await town.leads[0].send("hide", kind="proposal", pk=pk, **RULE)
