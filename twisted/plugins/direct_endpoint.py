"""An endpoint for Twisted, and so for Daphne: `direct:port=8000:interface=127.0.0.1`.

Like `tcp:`, but what is written goes to the kernel at once, as asyncio's transports
do it, instead of one turn of the reactor later: that turn, with a registration at
epoll and its removal, was nearly half of what Daphne needs for a frame. Only what the
kernel does not take is queued, by Twisted's own means.

Twisted finds it by its plugin system: this folder is on the path where a server is
started (deploy/serve.py), and must stay without an `__init__.py`.
"""

from typing import Any

from twisted.internet import defer, tcp
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IReactorTCP,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from twisted.plugin import IPlugin
from zope.interface import implementer


class _Connection(tcp.Server):
    """`is_queued` holds while the reactor has yet to write what came before."""

    is_queued = False

    def startWriting(self) -> None:
        self.is_queued = True
        super().startWriting()

    def stopWriting(self) -> None:
        self.is_queued = False
        super().stopWriting()

    def write(self, data: bytes) -> None:
        if data and self._may_go_at_once():
            taken = self.writeSomeData(data)
            # Anything but a number is a broken line: the reactor finds it again in
            # its turn and ends the connection as it does for every other.
            if isinstance(taken, int) and taken > 0:
                data = data[taken:]
                if not data:
                    return
        super().write(data)

    def _may_go_at_once(self) -> bool:
        # A pulled producer is asked for more by the reactor's turn alone.
        is_pulled = self.producer is not None and not self.streamingProducer
        return (
            self.connected
            and not self.disconnecting
            and not self.is_queued
            and not is_pulled
        )


class _Port(tcp.Port):
    transport = _Connection


@implementer(IStreamServerEndpoint)
class _Endpoint:
    def __init__(
        self, reactor: IReactorTCP, port: int, backlog: int, interface: str
    ) -> None:
        self.reactor = reactor
        self.port = port
        self.backlog = backlog
        self.interface = interface

    def listen(self, factory: IProtocolFactory) -> "defer.Deferred[IListeningPort]":
        port = _Port(self.port, factory, self.backlog, self.interface, self.reactor)

        def listening() -> Any:
            port.startListening()
            return port

        return defer.execute(listening)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _Parser:
    prefix = "direct"

    def parseStreamServer(
        self,
        reactor: IReactorTCP,
        port: str,
        backlog: str = "1024",
        interface: str = "",
    ) -> _Endpoint:
        return _Endpoint(reactor, int(port), int(backlog), interface)


direct = _Parser()
