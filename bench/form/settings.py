"""Session, CSRF and sign-in as everywhere; the database as in the project."""

import settings as project

SECRET_KEY = project.SECRET_KEY
ALLOWED_HOSTS = ["*"]
DATABASES = project.DATABASES
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "bench.form",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
ROOT_URLCONF = "bench.form.application"
USE_TZ = True
LOGGING = {"version": 1, "disable_existing_loggers": True}
