"""Bring database, static files and demo city up to date, in one Django start.

Prints the addresses and logins of the demo city as JSON, or `{}` without one.
"""

import io
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django  # noqa: E402 -- the path comes first
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402


def is_migrated() -> bool:
    """Whether no migration is waiting."""
    with redirect_stdout(io.StringIO()):
        try:
            call_command("migrate", check_unapplied=True, verbosity=0)
        except SystemExit:
            return False
    return True


def is_collected() -> bool:
    """Whether no source is newer than the collected static files."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return False
    # Files brought by packages change with the lock file only.
    sources = [BASE_DIR / "requirements.txt", *(BASE_DIR / "static").rglob("*")]
    return max(path.stat().st_mtime for path in sources) < manifest.stat().st_mtime


def main() -> None:
    """Do what is still undone."""
    django.setup()
    with redirect_stdout(sys.stderr):
        if not is_migrated():
            print("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)
        if not is_collected():
            print("Gathering the static files …")
            call_command("collectstatic", interactive=False, verbosity=0)
    if settings.DEMO:
        call_command("demo", json=True, stdout=sys.stdout)
    else:
        print("{}")


if __name__ == "__main__":
    main()
