"""The servers that are measured."""

from tests.servers import City

# Autobahn holds its limit against what the server sends as well, and the snapshot
# of a full room is longer than any frame of a citizen may be (the consumer refuses
# those beyond 64 KiB itself).
LONGEST_FRAME = str(2 * 2**20)


class RoomCity(City):
    """The application under Daphne, able to send a snapshot of a full room."""

    def command(self) -> list[str]:
        return [
            LONGEST_FRAME if part == "65536" else part for part in super().command()
        ]


class PlainCity(City):
    """The baseline under the same Daphne."""

    name = "plain"

    def command(self) -> list[str]:
        return [*super().command()[:-1], "bench.baseline:application"]
