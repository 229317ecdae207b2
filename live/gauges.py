"""What this process has done since its start, and how it stands: for /metrics.

Plain numbers, written on the event loop (and by the ballot box's writer) and read
anywhere: a read may be one behind, which is good enough for a graph.
"""

from dataclasses import dataclass


@dataclass
class Gauges:
    """Counters only grow; the rest is as it is now."""

    # Counters.
    sockets_opened: int = 0
    sockets_cut: int = 0  # closed by us because they did not read
    frames_sent: int = 0
    commands: int = 0
    refusals: int = 0
    faults: int = 0  # commands that failed on our side
    votes: int = 0
    stances: int = 0
    batches: int = 0
    wakeups_lost: int = 0  # could not be sent to other processes
    # As it is now.
    sockets_open: int = 0
    votes_waiting: int = 0
    oldest_waiting: float = 0.0  # when the oldest waiting vote came, time.monotonic()
    lag: float = 0.0  # seconds the last look took, from wake-up to written
    relay_up: int = 1  # 0: wake-ups of other processes are not heard


gauges = Gauges()
