"""`make run`: one command starts everything, one signal ends everything."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from tests import prepared
from tests.servers import BASE_DIR, free_port

COMMAND = [sys.executable, "deploy/supervise.py"]


def environment(directory: Path, **more: str) -> Mapping[str, str]:
    """What a newcomer's shell holds: none of the settings of the tests."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    directories = {"DATA_DIR": str(directory), "STATIC_ROOT": str(directory / "static")}
    return {**kept, **directories, "PORT": str(free_port()), **more}


@pytest.fixture
def supervisor(tmp_path: Path):
    process = subprocess.Popen(
        COMMAND,
        cwd=BASE_DIR,
        env=environment(tmp_path / "var"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    pytest.fail(f"ended without {text!r}:\n{''.join(lines)}")


# One start for many questions: it costs five processes and a fresh city.
def test_city_starts_mends_itself_and_ends(
    supervisor: subprocess.Popen[str], tmp_path: Path
):
    read_until(supervisor, "Sign in as:")
    children = psutil.Process(supervisor.pid).children()
    data = tmp_path / "var"
    assert len(children) == 4
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert len((data / "secret_key").read_text()) > 50

    workers = [child for child in children if "db_worker" in child.cmdline()]
    (worker,) = (child for child in workers if "rehearsals" not in child.cmdline())
    worker.kill()
    read_until(supervisor, "jobs ended (-9); again in 1 s.")

    children = psutil.Process(supervisor.pid).children()
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0
    assert not any(child.is_running() for child in children)


@pytest.fixture
def migrated(tmp_path: Path) -> None:
    """A database is there already: nothing is asked about how it is made."""
    (tmp_path / "var").mkdir()
    assert prepared.fill(f"sqlite:///{tmp_path / 'var/mitwirken.sqlite3'}")


def test_killed_supervisor_takes_children_along(
    migrated: None, supervisor: subprocess.Popen[str]
):
    read_until(supervisor, "Sign in as:")
    children = psutil.Process(supervisor.pid).children()

    supervisor.kill()

    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


def test_demo_refuses_other_addresses(tmp_path: Path):
    done = subprocess.run(
        COMMAND,
        cwd=BASE_DIR,
        env=environment(tmp_path, HOST="0.0.0.0"),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "does not listen on 0.0.0.0" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_taken_port_is_explained(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            COMMAND,
            cwd=BASE_DIR,
            env=environment(tmp_path, PORT=str(port)),
            capture_output=True,
            text=True,
        )

    assert done.returncode == 1
    assert f"make run PORT={port + 1}" in done.stderr
