"""The endpoint that Daphne listens on writes at once, in order, and all of it."""

import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.serve import command
from tests.servers import free_port

BASE_DIR = Path(__file__).resolve().parent.parent
PIECES = 4000


def numbered(count: int) -> bytes:
    """Lines of growing length, so that a piece lost or swapped is seen."""
    return b"".join(b"%d " % place + b"x" * (place % 900) for place in range(count))


SERVER = textwrap.dedent(
    """
    import sys
    from twisted.internet import asyncioreactor
    asyncioreactor.install()
    from twisted.internet import endpoints, protocol, reactor

    class Talker(protocol.Protocol):
        def dataReceived(self, data):
            kind = data.decode().strip()
            pieces = [b"%d " % n + b"x" * (n % 900) for n in range(int(sys.argv[2]))]
            if kind == "pulled":
                self.pieces = iter(pieces)
                self.transport.registerProducer(self, False)
                return
            if kind == "mixed":
                self.transport.writeSequence(pieces[:100])
                pieces = pieces[100:]
            for piece in pieces:
                self.transport.write(piece)
            self.transport.loseConnection()

        def resumeProducing(self):
            for piece in self.pieces:
                self.transport.write(piece)
                return
            self.transport.unregisterProducer()
            self.transport.loseConnection()

        def stopProducing(self):
            pass

        def connectionLost(self, reason):
            print(type(reason.value).__name__, flush=True)

    factory = protocol.Factory.forProtocol(Talker)
    endpoints.serverFromString(reactor, sys.argv[1]).listen(factory)
    reactor.run()
    """
)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """A server with this endpoint, and its port."""
    port = free_port()
    description = f"direct:port={port}:interface=127.0.0.1"
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, description, str(PIECES)],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, process
        process.kill()


def heard(port: int, kind: str, *, pause: float) -> bytes:
    """All that the server says, read slowly."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        line.settimeout(20)
        line.connect(("127.0.0.1", port))
        line.sendall(kind.encode())
        time.sleep(pause)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize("kind", ["pushed", "mixed", "pulled"])
def test_whole_and_in_order_when_kernel_is_full(server, kind):
    port, __ = server

    assert heard(port, kind, pause=0.3) == numbered(PIECES)


def test_peer_that_goes_ends_the_connection(server):
    port, process = server
    assert process.stdout is not None
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )
        line.sendall(b"pushed")

    names = {process.stdout.readline().strip() for __ in range(5)}
    assert names == {"ConnectionDone", "ConnectionLost"}


def test_daphne_listens_with_it():
    words = command("daphne", "[::1]", 8000)

    at = words.index("--endpoint")
    assert words[at + 1] == r"direct:port=8000:interface=\:\:1"
    assert "--bind" not in words
