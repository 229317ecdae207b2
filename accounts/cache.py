"""Redis as the cache, without pickle, and without being needed.

Whoever can write to Redis must not run code, so values are JSON. What is kept here
are counts against guessing and flooding: when Redis is gone, each process counts by
itself, so that nobody meets an error and guessing is still held off.
"""

import json
import logging
import time
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Seconds: how long a request waits for Redis, and how long none is sent after.
WITHIN = 0.5
LEFT_ALONE = 5.0


class JSONSerializer:
    """Values as JSON; integers bare, so that Redis can count."""

    def __init__(self, protocol: int | None = None) -> None:
        del protocol  # RedisCacheClient's interface; JSON has none

    def dumps(self, obj: Any) -> Any:
        return obj if type(obj) is int else json.dumps(obj).encode()

    def loads(self, data: Any) -> Any:
        try:
            return int(data)
        except ValueError:
            return json.loads(data)


class _JSONClient(RedisCacheClient):
    def __init__(self, servers: Any, **options: Any) -> None:
        options |= {"socket_timeout": WITHIN, "socket_connect_timeout": WITHIN}
        # Once more on a new line: Redis was restarted, or closed an idle one.
        options["retry"] = Retry(NoBackoff(), 1)
        super().__init__(servers, serializer=JSONSerializer(), **options)


class _JSONRedis(RedisCache):
    """Django's Redis cache with the JSON serializer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _JSONClient


class _Outage:
    """One for all threads: Django makes a cache for each."""

    until = 0.0
    is_on = False


class JSONRedisCache(BaseCache):
    """Asks Redis; while that fails, the memory of this process."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.redis = _JSONRedis(server, params)
        self.memory = LocMemCache("without-redis", params)

    def _ask(self, verb: str, *args: Any, **options: Any) -> Any:
        if time.monotonic() >= _Outage.until:
            try:
                answer = getattr(self.redis, verb)(*args, **options)
            except RedisError as error:
                _Outage.until = time.monotonic() + LEFT_ALONE
                if not _Outage.is_on:
                    logger.warning("Redis fails (%s): each process counts alone", error)
                _Outage.is_on = True
            else:
                if _Outage.is_on:
                    logger.warning("Redis answers again")
                _Outage.is_on = False
                return answer
        return getattr(self.memory, verb)(*args, **options)

    def add(self, *args: Any, **options: Any) -> bool:
        return bool(self._ask("add", *args, **options))

    def get(self, *args: Any, **options: Any) -> Any:
        return self._ask("get", *args, **options)

    def set(self, *args: Any, **options: Any) -> None:
        self._ask("set", *args, **options)

    def touch(self, *args: Any, **options: Any) -> bool:
        return bool(self._ask("touch", *args, **options))

    def delete(self, *args: Any, **options: Any) -> bool:
        return bool(self._ask("delete", *args, **options))

    def has_key(self, *args: Any, **options: Any) -> bool:
        return bool(self._ask("has_key", *args, **options))

    def incr(self, *args: Any, **options: Any) -> int:
        number: int = self._ask("incr", *args, **options)
        return number

    def clear(self) -> None:
        self._ask("clear")
