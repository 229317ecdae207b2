"""Start one web process: `HOST=… PORT=… SERVER=uvicorn python deploy/serve.py`.

The one place where the servers' options stand: systemd, the image, `make run` and
the tests take them from here. Daphne is the default and comes with every
installation; uvicorn carries more people and comes with requirements-scale.txt.
"""

import os
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
APPLICATION = "asgi:application"

DAPHNE = {
    "verbosity": "0",
    # 64 KiB: no command of a citizen comes near it. The limit of messages holds for
    # what the server sends, too: a desk's snapshot with full lists has about a
    # million signs. A longer one would never arrive, however often the desk came back.
    "websocket-max-frame-size": "65536",
    "websocket-max-message-size": "4194304",
    # Half-open lines are given up after 27 seconds at most.
    "ping-interval": "15",
    "ping-timeout": "12",
    # A storm of reconnects waits in line longer than the default of 5 seconds.
    "websocket_connect_timeout": "60",
}
UVICORN = {
    "loop": "uvloop",
    "http": "h11",
    # websockets-sansio, with frames that are made once for all.
    "ws": "live.framed:FramedProtocol",
    # What clients send only. The application refuses more than 64 Ki signs, each
    # up to four bytes; here the memory of one message is bounded.
    "ws-max-size": "262144",
    "ws-ping-interval": "15",
    "ws-ping-timeout": "12",
    # Frames are written once and sent to all; deflating costs each socket 35 KB.
    "ws-per-message-deflate": "false",
    "lifespan": "on",
    # Longer than a proxy keeps an idle connection: so it is never the one that
    # finds it closed under a request.
    "timeout-keep-alive": "75",
    # live/lifespan.py has drained before; this is for what would not end.
    "timeout-graceful-shutdown": "2",
    "log-level": "warning",
}
# Forwarded headers are read by the application, if TRUSTED_PROXIES says so.
UVICORN_FLAGS = ["--no-access-log", "--no-server-header", "--no-proxy-headers"]


def command(server: str, host: str, port: int) -> list[str]:
    """The whole command line of a web process."""
    if server == "daphne":
        options = {"endpoint": direct_endpoint(host, port)} | DAPHNE
        flags = ["--no-server-name"]
    elif server == "uvicorn":
        options = {"host": host, "port": str(port)} | UVICORN
        flags = UVICORN_FLAGS
    else:
        sys.exit(f"SERVER is daphne or uvicorn, not {server}.")
    parts = [part for key, value in options.items() for part in (f"--{key}", value)]
    return [sys.executable, "-m", server, *parts, *flags, APPLICATION]


def direct_endpoint(host: str, port: int) -> str:
    """Where Daphne listens, by our own endpoint: twisted/plugins/direct_endpoint.py."""
    interface = host.strip("[]").replace(":", r"\:")
    return f"direct:port={port}:interface={interface}"


def is_on(name: str) -> bool:
    """Whether an environment variable says yes, as django-environ reads it."""
    yes = {"1", "true", "yes", "y", "ok", "on"}
    return os.environ.get(name, "").strip().lower() in yes


def refuse_exposure(host: str) -> None:
    """Demo and debug mode tell whoever reaches them too much."""
    for name in ("DEMO", "DEBUG"):
        if is_on(name) and host not in LOOPBACK:
            sys.exit(
                f"{name} is for this machine alone, so nothing listens on {host}. "
                f"Unset {name}, or leave HOST out: docs/operations.md"
            )


def main() -> None:
    """Become the server: signals and exit codes are its own."""
    host = os.environ.get("HOST", "127.0.0.1")
    port = int(os.environ.get("PORT", "8000"))
    refuse_exposure(host)
    words = command(os.environ.get("SERVER", "daphne"), host, port)
    os.chdir(BASE_DIR)
    os.execv(words[0], words)  # noqa: S606 -- no shell is meant


if __name__ == "__main__":
    main()
