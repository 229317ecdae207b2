"""Counting in a real Redis, and without it when it dies, freezes or is full."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client

from accounts import cache as caches
from accounts.cache import JSONRedisCache
from tests.servers import Redis

pytestmark = pytest.mark.redis


@pytest.fixture
def server(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(caches, "LEFT_ALONE", 0.2)
    monkeypatch.setattr(caches._Outage, "until", 0.0)
    monkeypatch.setattr(caches._Outage, "is_on", False)
    with Redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def cache(server: Redis):
    cache = JSONRedisCache(server.url, {})
    cache.memory.clear()
    yield cache
    disconnect(cache)


def disconnect(cache: JSONRedisCache) -> None:
    client: Any = cache.redis._cache
    client._get_connection_pool(write=True).disconnect()


def count(cache: JSONRedisCache, key: str = "guesses") -> int:
    """As accounts/guard.py counts."""
    if cache.add(key, 1, 60):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        cache.set(key, 1, 60)
        return 1


def test_values_are_json_and_are_counted_together(cache, server):
    other = JSONRedisCache(server.url, {})
    cache.set("facts", {"a": [1, "ü", None]})

    assert [count(cache), count(other), count(cache)] == [1, 2, 3]
    assert other.get("facts") == {"a": [1, "ü", None]}
    with redis_client.Redis.from_url(server.url) as line:
        assert {line.get(key) for key in line.scan_iter()} == {
            b"3",
            b'{"a": [1, "\\u00fc", null]}',
        }
    disconnect(other)


def test_without_redis_each_process_counts_alone_and_says_so_once(
    cache, server, caplog
):
    count(cache)
    server.kill()

    counted = [count(cache) for __ in range(5)]
    time.sleep(0.3)
    counted += [count(cache) for __ in range(5)]

    assert counted == list(range(1, 11))
    assert cache.get("guesses") == 10
    assert caplog.text.count("each process counts alone") == 1

    server.start()
    time.sleep(0.3)
    # What was counted meanwhile stays here: limits are kind after an outage.
    assert [count(cache), count(cache)] == [1, 2]
    assert "answers again" in caplog.text


def test_restarted_redis_is_no_outage(cache, server, caplog):
    count(cache)
    server.kill()
    server.start()

    assert [count(cache), count(cache)] == [1, 2]
    assert caplog.text == ""


def test_frozen_redis_holds_up_one_request_shortly(cache, server):
    count(cache)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert [count(cache) for __ in range(20)] == list(range(1, 21))
        assert time.monotonic() - began < 3
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_full_redis_is_an_outage_too(cache, server):
    with redis_client.Redis.from_url(server.url) as line:
        line.config_set("maxmemory", "1")
        line.config_set("maxmemory-policy", "noeviction")

    assert [count(cache), count(cache)] == [1, 2]
