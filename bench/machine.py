"""What was measured on, how busy it was, and what the processes used."""

import os
import platform
import resource
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

PACKAGES = (
    "Django", "channels", "channels-redis", "daphne", "Twisted", "autobahn",
    "uvicorn", "uvloop", "websockets", "psycopg",
)  # fmt: skip


# The server's core and the generator's. Read once: a pinned process sees one only.
ALL_CORES = os.sched_getaffinity(0)
_allowed = sorted(ALL_CORES)
SERVER_CORE, OWN_CORE = _allowed[0], _allowed[min(1, len(_allowed) - 1)]


def prefer(pid: int, nice: int) -> None:
    """Let a process of ours go before others. On Linux niceness counts within a
    session only, and between sessions that of the session ("autogroup")."""
    if not nice:
        return
    os.setpriority(os.PRIO_PROCESS, pid, nice)
    group = Path(f"/proc/{pid}/autogroup")
    if group.exists():
        group.write_text(str(nice))


def flush_ms(directory: Path) -> float:
    """How long the disk takes to say that something is kept: median of 100."""
    path = directory / "flush"
    seconds = []
    with path.open("wb", buffering=0) as file:
        for __ in range(100):
            file.write(b"x" * 4096)
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - started)
    path.unlink()
    return median(seconds) * 1000


def pace() -> float:
    """Million additions a second: tells a slowed machine from a slow server."""
    started, total = time.perf_counter(), 0
    for number in range(2_000_000):
        total += number
    return 2 / (time.perf_counter() - started)


def facts(directory: Path) -> dict[str, Any]:
    """The machine in a few words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return {
        "processor": f"{names[0] if names else platform.machine()}, "
        f"{os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "fdatasync": f"{flush_ms(directory):.2f} ms (median of 100)",
    }


def allow_many_files() -> None:
    """A socket is a file; children inherit the limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most_sockets() -> int:
    """So many a process can have open, with some files for other things."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500


def memory(pid: int) -> int:
    """Bytes that a process really holds."""
    rss: int = psutil.Process(pid).memory_info().rss
    return rss


@dataclass
class Use:
    """CPU between two looks."""

    seconds: float
    server: float
    generator: float
    others_on_server_core: float

    @property
    def server_share(self) -> float:
        return self.server / self.seconds

    @property
    def generator_share(self) -> float:
        return self.generator / self.seconds

    @property
    def noise(self) -> float:
        """The share of the server's core that other people's processes took."""
        return self.others_on_server_core / self.seconds


class Meter:
    """`start`, do something, `stop`: what it used."""

    def __init__(self, *server_pids: int) -> None:
        self.servers = [psutil.Process(pid) for pid in server_pids]
        self.own = psutil.Process()

    def _look(self) -> tuple[float, float, float, float]:
        whole = psutil.cpu_times(percpu=True)[SERVER_CORE]
        busy = whole.user + whole.nice + whole.system + whole.irq + whole.softirq
        server = sum(sum(row.cpu_times()[:2]) for row in self.servers)
        return time.monotonic(), server, sum(self.own.cpu_times()[:2]), busy

    def start(self) -> None:
        self.before = self._look()

    def stop(self) -> Use:
        now = self._look()
        seconds, server, own, busy = (
            b - a for a, b in zip(self.before, now, strict=True)
        )
        return Use(seconds, server, own, max(0.0, busy - server))
