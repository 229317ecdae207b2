"""Many people at once: each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connections


def on_own_connection(do: Callable[[], Any]) -> Any:
    """Run `do`, then give this thread's connection back."""
    try:
        return do()
    finally:
        connections.close_all()


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all jobs in threads that start together; results or exceptions in order."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return on_own_connection(job)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


class Meanwhile:
    """One job in another thread, which a test may let run while it holds locks."""

    def __init__(self, job: Callable[[], Any]) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.future: Future[Any] = self.pool.submit(on_own_connection, job)

    def give_time(self, seconds: float = 0.3) -> bool:
        """Whether the job ended without waiting for what this thread holds."""
        try:
            self.future.exception(timeout=seconds)
        except TimeoutError:
            return False
        return True

    def end(self) -> Any:
        """The job's result, or the exception it raised."""
        try:
            return self.future.exception(60) or self.future.result()
        finally:
            self.pool.shutdown()
