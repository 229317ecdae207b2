"""What one would write first: a plain Channels consumer and `group_send`.

The yardstick for the hub. No database, no rights, no drawing: only delivery, by the
channel layer: in memory, or Redis pub/sub with REDIS_URL.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 -- needs the setup

# The application itself has no channel layer.
settings.CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [settings.REDIS_URL]},
    }
    if settings.REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

GROUP = "room"


class PlainConsumer(AsyncWebsocketConsumer):
    """Hands every message to everybody, by the channel layer."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        del code
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        del bytes_data
        await self.channel_layer.group_send(
            GROUP, {"type": "forward", "text": text_data}
        )

    async def forward(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


async def ready(scope: Any, receive: Any, send: Any) -> None:
    """Answers every page with nothing, to say that the server is there."""
    del scope, receive
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


application = ProtocolTypeRouter({"http": ready, "websocket": PlainConsumer.as_asgi()})
