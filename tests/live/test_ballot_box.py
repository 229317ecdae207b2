"""The box between sockets and the verb: batches, backpressure, failures, the end."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError

from live import ballot_box
from live.ballot_box import BallotBox
from shared.errors import Refusal


@pytest.fixture
def writer() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as thread:
        yield thread


async def put_all(box: BallotBox, calls: Sequence[str]) -> list[str]:
    """The answer for each call, or the code of its Refusal."""
    answers = await asyncio.gather(
        *(box.put(call) for call in calls), return_exceptions=True
    )
    return [
        answer.code if isinstance(answer, Refusal) else str(answer)
        for answer in answers
    ]


async def test_one_batch_for_what_comes_together(writer: ThreadPoolExecutor):
    batches: list[list[str]] = []

    def cast(calls: Sequence[str]) -> list[str]:
        batches.append(list(calls))
        return [call.upper() for call in calls]

    answers = await put_all(BallotBox(cast, writer), ["a", "b", "c"])

    assert (answers, batches) == (["A", "B", "C"], [["a", "b", "c"]])


async def test_one_bad_vote_harms_no_other(writer: ThreadPoolExecutor):
    def cast(calls: Sequence[str]) -> list[str]:
        if "bad" in calls:
            raise ValueError
        return list(calls)

    answers = await put_all(BallotBox(cast, writer), ["a", "b", "bad", "c", "d"])

    assert answers == ["a", "b", "server.fault", "c", "d"]


async def test_broken_connection_is_tried_once_more(writer: ThreadPoolExecutor):
    tries: list[int] = []

    def cast(calls: Sequence[str]) -> list[str]:
        tries.append(len(calls))
        if len(tries) == 1:
            raise OperationalError("the connection is closed")
        return list(calls)

    answers = await put_all(BallotBox(cast, writer), ["a", "b"])

    assert (answers, tries) == (["a", "b"], [2, 2])


async def test_database_that_is_gone_costs_two_tries_for_all(
    writer: ThreadPoolExecutor,
):
    tries: list[int] = []

    def cast(calls: Sequence[str]) -> list[str]:
        tries.append(len(calls))
        raise OperationalError("disk is full")

    answers = await put_all(BallotBox(cast, writer), ["a", "b", "c"])

    assert (answers, tries) == (["server.fault"] * 3, [3, 3])


async def test_too_many_are_told_when_to_come_again(
    writer: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ballot_box, "MOST_WAITING", 2)
    box: BallotBox[str] = BallotBox(list, writer)

    answers = asyncio.gather(box.put("a"), box.put("b"))
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await box.put("c")

    assert list(await answers) == ["a", "b"]
    assert (refused.value.code, refused.value.status) == ("vote.queue_full", 503)
    assert refused.value.retry_after == 5


async def test_closing_answers_what_was_taken(writer: ThreadPoolExecutor):
    box: BallotBox[str] = BallotBox(list, writer)

    taken = asyncio.create_task(box.put("a"))
    await asyncio.sleep(0)
    await box.close()

    assert await taken == "a"
    with pytest.raises(ballot_box.Closing):
        await box.put("b")
