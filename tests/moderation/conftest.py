"""What every test of the moderation begins with."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rates are counted there, by keys that return in the next test."""
    cache.clear()
