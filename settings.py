"""Settings, all from the environment; `.env.example` lists every name.

Unsafe combinations do not start, saying why.
"""

from ipaddress import ip_network
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent
env = environ.Env()

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))


def read_secret_key() -> str:
    """The secret from SECRET_KEY, or from SECRET_KEY_FILE (var/secret_key)."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    path = Path(env.str("SECRET_KEY_FILE", default=str(DATA_DIR / "secret_key")))
    if not path.is_file():
        raise ImproperlyConfigured(
            f"Set SECRET_KEY, or write one to {path} (make run does so)."
        )
    return path.read_text().strip()


SECRET_KEY = read_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS=* would let any page open a socket here. Name the hosts."
    )
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
if DEMO and not set(ALLOWED_HOSTS) <= LOOPBACK:
    raise ImproperlyConfigured(
        "DEMO has published passwords and is for this machine alone. Unset DEMO, or "
        "leave ALLOWED_HOSTS to localhost."
    )
if DEBUG and not set(ALLOWED_HOSTS) <= LOOPBACK:
    raise ImproperlyConfigured(
        "DEBUG shows settings and code to whoever causes an error, so it is for this "
        "machine alone. Unset DEBUG, or leave ALLOWED_HOSTS to localhost."
    )
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- the web process: see portal/safety.py and portal/monitoring.py -------------
# WEB_CONCURRENCY is uvicorn's own name for its --workers.
WEB_PROCESSES = env.int("WEB_PROCESSES", default=env.int("WEB_CONCURRENCY", default=1))
# Not from the environment: the tests import asgi.py before there is a database.
ASK_DATABASE_AT_START = True
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_FROM = [
    ip_network(text)
    for text in env.list("METRICS_FROM", default=["127.0.0.0/8", "::1/128"])
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    "rules.apps.AutodiscoverRulesConfig",
    "ledger",
    "accounts",
    "qualification",
    "projects",
    "dialogue",
    "proposals",
    "moderation",
    "live",
    "portal",
]

MIDDLEWARE = [
    "portal.middleware.security_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Against BREACH it pads every answer; the form token is masked anew each time.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.refusals",
]
# A third of what a room page costs: off where a proxy compresses.
if not env.bool("COMPRESS_PAGES", default=True):
    MIDDLEWARE.remove("django.middleware.gzip.GZipMiddleware")

ROOT_URLCONF = "urls"
ASGI_APPLICATION = "asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.city",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data -----------------------------------------------------------------
DATABASES = {
    "default": env.db_url(
        "DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'mitwirken.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # FULL: an acknowledged vote survives a power cut. IMMEDIATE: a transaction
    # that reads first cannot fail later for want of the write lock.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA secure_delete=ON; PRAGMA cache_size=-20000;"
        ),
    }
    # Kept by the threads of `portal.serving`, which live as long as the process.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["TEST"] = {
        "NAME": env.str("TEST_SQLITE", default=str(DATA_DIR / "test.sqlite3"))
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        # Seconds. A pool that has given up tries again for whoever asks next: by
        # default it would wait ever longer, and be back minutes after PostgreSQL.
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", default=16),
            "timeout": 5,
            "reconnect_timeout": 3,
        },
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Pages share one core with the room: more threads would only wait for each other.
PAGE_THREADS = env.int("PAGE_THREADS", default=4)

# Seconds. Whoever was away for longer gets a fresh screen instead of what was missed.
RESUME_WINDOW = env.int("RESUME_WINDOW", default=600)

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "accounts.cache.JSONRedisCache",
            "LOCATION": REDIS_URL,
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # Counts of a whole hall: Django's 300 would forget those of guessers.
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
    }

# Rehearsals last for an hour or more: a worker of their own (--queue-name rehearsals).
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "rehearsals"],
    }
}

# --- people ---------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "portal:home"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "dialogue.adapter.DialogueAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
# Only in the browser that signed up: its session holds the pending log in.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# A guest is a signed-in person too, and must still be able to open an account.
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
# Limits by account first: a whole hall shares one address.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "100/m/ip,5/5m/key",
    "signup": "60/m/ip",
    "confirm_email": "1/3m/key",
    "reset_password": "60/m/ip,5/m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO

# Guests from one address: a hall of thousand people shares one.
JOINS_PER_MINUTE = env.int("JOINS_PER_MINUTE", default=1500)

# Six months to appeal against a decision of the moderation; how long hidden texts
# and reports stay after the last word on them.
APPEAL_DAYS = env.int("APPEAL_DAYS", default=183)
SEALED_DAYS = env.int("SEALED_DAYS", default=30)

SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not (DEMO or DEBUG)
SESSION_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.csrf_failed"
if not (DEMO or DEBUG):
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=60 * 60 * 24 * 30)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_SUBDOMAINS", default=True)
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- words ----------------------------------------------------------------
LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Dates in English as they are written here.
FORMAT_MODULE_PATH = ["shared.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
CITY_NAME = env.str("CITY_NAME", default="Dortmund")
CONTACT_MAIL = env.str("CONTACT_MAIL", default="beteiligung@stadt.example")
# How long a moderator's certificate is valid.
CERTIFICATE_MONTHS = env.int("CERTIFICATE_MONTHS", default=24)
CONTACT_PHONE = env.str("CONTACT_PHONE", default="0231 00 00 00")

# --- conference and minutes: see dialogue/conference.py -------------------
JITSI_URL = env.str("JITSI_URL", default="").rstrip("/")
JITSI_APP_ID = env.str("JITSI_APP_ID", default="")
JITSI_SECRET = env.str("JITSI_SECRET", default="")
BBB_URL = env.str("BBB_URL", default="").rstrip("/")
BBB_SECRET = env.str("BBB_SECRET", default="")
# Origins that the room may show inside its page when their address was planned.
CONFERENCE_FRAMES = env.list("CONFERENCE_FRAMES", default=[])
if bool(JITSI_APP_ID) != bool(JITSI_SECRET) or (JITSI_SECRET and not JITSI_URL):
    raise ImproperlyConfigured(
        "Jitsi needs JITSI_URL, and JITSI_APP_ID and JITSI_SECRET both or neither."
    )
if bool(BBB_URL) != bool(BBB_SECRET):
    raise ImproperlyConfigured("BigBlueButton needs BBB_URL and BBB_SECRET.")
# Hours in which those who took part may ask for corrections of the minutes.
CORRECTION_HOURS = env.int("CORRECTION_HOURS", default=72)

# --- files ----------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = str(DATA_DIR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_STORAGE",
            default="portal.static_files.StaticFiles",
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- mail and log ---------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="noreply@stadt.example")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
    # A forged Host is answered with 400; a traceback for each would fill the disk.
    "loggers": {"django.security.DisallowedHost": {"propagate": False}},
}
