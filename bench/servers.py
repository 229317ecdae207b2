"""The servers that are measured."""

import os

from bench.machine import prefer
from tests.servers import City

# Autobahn holds its limit against what the server sends as well, and the snapshot
# of a full room is longer than any frame of a citizen may be (the consumer refuses
# those beyond 64 KiB itself).
LONGEST_FRAME = str(2 * 2**20)


# Who is calling is read in one thread for all sockets, before the handshake ends.
# When everybody comes back at once that takes longer than Daphne's five seconds,
# and who is turned away calls again: the crowd then never gets in.
HANDSHAKE = ["--websocket_connect_timeout", "60"]


class RoomCity(City):
    """The application under Daphne, fit for a full room."""

    def command(self) -> list[str]:
        *parts, application = super().command()
        parts = [LONGEST_FRAME if part == "65536" else part for part in parts]
        return [*parts, *HANDSHAKE, application]

    def start(self) -> None:
        """NICE=-15 (root): on a machine that others use, let it go first."""
        super().start()
        prefer(self.pid, int(os.environ.get("NICE", "0")))


class PlainCity(City):
    """The baseline under the same Daphne."""

    name = "plain"

    def command(self) -> list[str]:
        return [*super().command()[:-1], "bench.baseline:application"]
