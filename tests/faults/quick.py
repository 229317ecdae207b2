"""A city whose process can be killed and be back within a fraction of a second."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from deploy.supervise import end_with_parent
from tests.servers import City, Uvicorn


class Forked:
    """A process that somebody else started, with what `Server` asks of one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.process = psutil.Process(pid)

    def poll(self) -> int | None:
        return None if self.process.is_running() else 1

    def send_signal(self, kind: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self.process.send_signal(kind)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, seconds: float | None = None) -> None:
        try:
            self.process.wait(seconds)
        except psutil.TimeoutExpired as error:
            raise subprocess.TimeoutExpired("server", seconds or 0) from error


class QuickCity(City):
    """A city forked from a process that has imported everything already: under Daphne
    on SQLite and uvicorn on PostgreSQL, as they are deployed."""

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        directory: Path | None = None,
    ) -> None:
        super().__init__(env, port, directory)
        self.application = "asgi:application"
        self.mother: subprocess.Popen[str] | None = None

    def command(self) -> list[str]:
        if self.env["DATABASE_URL"].startswith("sqlite"):
            return super().command()
        return Uvicorn.command(self)  # type: ignore[arg-type]

    def start(self) -> None:
        """Fork the server; the first time, start what it is forked from."""
        assert self.process is None, f"{self.name} is running already"
        if self.mother is None or self.mother.poll() is not None:
            self.mother = self._mother()
        assert self.mother.stdin is not None
        assert self.mother.stdout is not None
        self.mother.stdin.write("\n")
        self.mother.stdin.flush()
        pid = self.mother.stdout.readline()
        assert pid, self.log.read_text(errors="replace")[-3000:]
        self.process = Forked(int(pid))  # type: ignore[assignment]
        self.wait_for(self.is_ready)

    @property
    def is_running(self) -> bool:
        """Whether the server lives; it may have ended by itself."""
        return self.process is not None and self.process.poll() is None

    def _mother(self) -> "subprocess.Popen[str]":
        # The command line of the deployed server: python -m SERVER ... APPLICATION.
        __, __, server, *arguments, __ = self.command()
        command = [sys.executable, "-m", "tests.faults.fork_server", server]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*command, *arguments, self.application],
                cwd=self.cwd,
                env=dict(self.environment()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def stop(self) -> None:
        """End the server and what it was forked from."""
        self.end(signal.SIGTERM)
        if self.mother is not None:
            self.mother.kill()
            self.mother.communicate()
        super().stop()
