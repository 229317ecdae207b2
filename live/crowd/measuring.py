"""What runs report beside the client's own figures."""

import os
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import Person


def peak_memory(pid: int | None) -> float | None:
    """The most memory a process ever held, in MB (Linux); None if unknown."""
    return _memory(pid, "VmHWM")


def memory(pid: int | None) -> float | None:
    """The memory a process holds now, in MB (Linux); None if unknown."""
    return _memory(pid, "VmRSS")


def processor_seconds(pid: int | None) -> float:
    """Processor time a process has used (Linux); on a busy machine the figure
    that can be compared. 0 if unknown."""
    stat = Path(f"/proc/{pid}/stat")
    if pid is None or not stat.is_file():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int | None, name: str) -> float | None:
    status = Path(f"/proc/{pid}/status")
    if pid is None or not status.is_file():
        return None
    for line in status.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return round(int(line.split()[1]) / 1024, 1)
    return None


def session_cookie(person: Person) -> dict[str, str]:
    """A session of `person`, as signing in makes it: for moderators of a run."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return {settings.SESSION_COOKIE_NAME: session.session_key}
