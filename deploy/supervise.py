"""Start the platform with one command, and end all of it with Ctrl-C.

Meant for `make run`: the demo city on this machine's own address. A server that
citizens reach is run by systemd or containers, see docs.
"""

import ctypes
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from deploy import serve  # noqa: E402 -- the path comes first

LOOPBACK = {"127.0.0.1", "::1"}
# A web process drains for up to ten seconds.
GRACE = 12.0
LONGEST_PAUSE = 30.0


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def prepare_environment() -> tuple[str, int]:
    """Fill in the demo's defaults; return host and port."""
    os.environ.setdefault("DEMO", "1")
    host = os.environ.get("HOST", "127.0.0.1").replace("localhost", "127.0.0.1")
    port = int(os.environ.get("PORT", "8000"))
    if os.environ["DEMO"].lower() in {"1", "true", "yes", "on"} and (
        host not in LOOPBACK
    ):
        sys.exit(
            f"The demo has published passwords, so it does not listen on {host}. "
            "Leave HOST out, or set up a real server: docs/operations.md"
        )
    data = Path(os.environ.setdefault("DATA_DIR", str(BASE_DIR / "var")))
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    data.chmod(0o700)
    if not {"SECRET_KEY", "SECRET_KEY_FILE"} & os.environ.keys():
        os.environ["SECRET_KEY_FILE"] = str(secret_key_file(data / "secret_key"))
    return host, port


def secret_key_file(path: Path) -> Path:
    """The key that signs sessions, made once and readable by its owner only."""
    if not path.exists() or not path.read_text().strip():
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
            f.write(secrets.token_urlsafe(50))
    return path


def refuse_taken_port(host: str, port: int) -> None:
    """Say so before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Perhaps Mitwirken runs already; else: make run PORT={port + 1}"
            )


def end_with_parent() -> None:
    """Linux: a killed supervisor takes its children along."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class Child:
    """One process that is started again when it dies."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = [sys.executable, *command]
        self.pause = 1.0
        self.start()

    def start(self) -> None:
        self.started = time.monotonic()
        self.due = 0.0
        # Its own session: Ctrl-C reaches the supervisor alone, which ends all.
        self.process = subprocess.Popen(
            self.command,
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self.print_lines, daemon=True).start()

    def print_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            say(f"{self.name:>6} | {line.rstrip()}")

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def watch(self) -> None:
        """Start again what died, after pauses that grow while it keeps dying."""
        if not self.is_dead():
            return
        now = time.monotonic()
        if not self.due:
            if now - self.started > 2 * LONGEST_PAUSE:
                self.pause = 1.0
            code = self.process.returncode
            say(f"{self.name} ended ({code}); again in {self.pause:.0f} s.")
            self.due = now + self.pause
            self.pause = min(2 * self.pause, LONGEST_PAUSE)
        elif now >= self.due:
            self.start()


def end(children: list[Child]) -> None:
    """Ask all to end, and kill whoever still runs after the grace."""
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + GRACE
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{child.name} does not end; killing it.")
            child.process.kill()
            child.process.wait()


def answers(host: str, port: int) -> bool:
    """Whether the server answers HTTP at all."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def print_welcome(city: dict[str, list[dict[str, str]]], base: str) -> None:
    """Who can look where, and sign in as whom."""
    say(f"\nMitwirken runs on {base}/ (Ctrl-C ends it)\n")
    for address in city.get("addresses", []):
        # The city does not know the port; only the path counts.
        parts = urlsplit(address["url"])
        query = f"?{parts.query}" if parts.query else ""
        say(f"  {address['who']:<28} {base}{parts.path}{query}")
    if logins := city.get("logins", []):
        say("\nSign in as:")
    for login in logins:
        say(f"  {login['who']:<28} {login['email']}  {login['password']}")
    say("")


def main() -> int:
    """Prepare, start, watch, end."""
    host, port = prepare_environment()
    refuse_taken_port(host, port)
    # SIGTERM ends everything the way Ctrl-C does; a shell that starts this in the
    # background would have SIGINT ignored.
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.default_int_handler)
    children: list[Child] = []
    try:
        prepared = subprocess.run(
            [sys.executable, "deploy/prepare.py"], cwd=BASE_DIR, stdout=subprocess.PIPE
        )
        if prepared.returncode:
            return prepared.returncode
        server = os.environ.get("SERVER", "daphne")
        children.append(Child("web", serve.command(server, host, port)[1:]))
        children.append(Child("jobs", ["manage.py", "db_worker", "--no-startup-delay"]))
        rehearsals = ["--queue-name", "rehearsals", "--no-startup-delay"]
        children.append(Child("crowds", ["manage.py", "db_worker", *rehearsals]))
        children.append(Child("clock", ["manage.py", "tick", "--loop"]))
        while not answers(host, port):
            if children[0].is_dead():
                say("The web server could not start; its reasons stand above.")
                return 1
            time.sleep(0.1)
        shown = f"[{host}]" if ":" in host else host
        print_welcome(json.loads(prepared.stdout), f"http://{shown}:{port}")
        while True:
            for child in children:
                child.watch()
            time.sleep(0.3)
    except KeyboardInterrupt:
        say("\nEnding …")
        return 0
    finally:
        # A second Ctrl-C must not leave children behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end(children)


if __name__ == "__main__":
    sys.exit(main())
