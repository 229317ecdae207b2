"""Starts a server as often as wanted, each within a tenth of a second.

`python -m tests.faults.fork_server daphne ARGUMENTS... module:application` imports the
application once and forks for every line it reads, printing the child's id. The child
runs `python -m daphne ARGUMENTS...` as its own process: killing it kills all there is.
"""

import importlib
import os
import runpy
import selectors
import signal
import sys
import threading

from django.db import connections

from deploy.supervise import end_with_parent


def preload(application: str) -> None:
    # Django's start makes Daphne's event loop. An epoll would be shared between all
    # children; a poll has no life in the kernel.
    usual = selectors.DefaultSelector
    selectors.DefaultSelector = selectors.PollSelector  # type: ignore
    importlib.import_module(application.partition(":")[0])
    importlib.import_module("urls")
    selectors.DefaultSelector = usual  # type: ignore
    # What is checked at the start asks the database: a pool's threads would not be
    # in the children.
    for connection in connections.all():
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
    assert threading.active_count() == 1, threading.enumerate()


def main() -> None:
    server, *arguments = sys.argv[1:]
    preload(arguments[-1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for __ in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            end_with_parent()
            # The pipes are the parent's; what a server prints belongs in its log.
            os.dup2(2, 1)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.argv = [server, *arguments]
            runpy.run_module(server, run_name="__main__")
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
