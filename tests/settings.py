"""The settings under test: the real ones, with an environment fit for tests.

Loaded by pytest before anything else, so this is the place to choose the
database: `TEST_DATABASE=postgres pytest` starts a PostgreSQL of its own, which
the workers of pytest-xdist inherit.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.servers import Postgres

os.environ.setdefault("SECRET_KEY", "tests")
os.environ.setdefault("DEMO", "1")
# Hashed names need collected files; tests read the sources.
os.environ.setdefault(
    "STATICFILES_STORAGE", "django.contrib.staticfiles.storage.StaticFilesStorage"
)

if "MITWIRKEN_TEST_DIR" not in os.environ:
    directory = tempfile.mkdtemp(prefix="mitwirken-")
    os.environ["MITWIRKEN_TEST_DIR"] = directory
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgres":
        server = Postgres(Path(directory) / "postgres")
        server.start()
        atexit.register(server.stop)
        os.environ["DATABASE_URL"] = server.url
    else:
        os.environ.pop("DATABASE_URL", None)
os.environ["DATA_DIR"] = os.environ["MITWIRKEN_TEST_DIR"]
# Nothing is collected, but WhiteNoise warns when the directory is missing.
static_root = Path(os.environ["MITWIRKEN_TEST_DIR"]) / "static"
static_root.mkdir(exist_ok=True)
os.environ["STATIC_ROOT"] = str(static_root)
os.environ.pop("REDIS_URL", None)

from settings import *  # noqa: E402, F403 -- they read the environment set above

# Argon2 is slow on purpose; no test is about its strength.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# This process is no server: it has no database before the first test.
ASK_DATABASE_AT_START = False
