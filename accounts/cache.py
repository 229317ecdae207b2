"""Redis cache without pickle: whoever can write to Redis must not run code."""

import json
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


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
        super().__init__(servers, serializer=JSONSerializer(), **options)


class JSONRedisCache(RedisCache):
    """Django's Redis cache with the JSON serializer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _JSONClient
