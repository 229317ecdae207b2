"""The settings of a next version: for `manage.py migrate` beside running processes."""

from settings import *  # noqa: F403
from settings import INSTALLED_APPS as USUAL

INSTALLED_APPS = [*USUAL, "tests.faults.expansion"]
