"""The one ASGI application: pages by HTTP, rooms by WebSocket."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import get_resolver, path  # noqa: E402

from live.consumers import room_socket  # noqa: E402
from live.lifespan import lifespan  # noqa: E402
from portal.monitoring import Monitoring  # noqa: E402
from portal.safety import check_start  # noqa: E402
from portal.serving import PageHandler  # noqa: E402
from proposals.box import empty_log_soon  # noqa: E402

check_start()
empty_log_soon()
application = lifespan.around(
    ProtocolTypeRouter(
        {
            "http": Monitoring(PageHandler()),
            "websocket": AllowedHostsOriginValidator(
                URLRouter([path("ws/d/<slug:code>/", room_socket)])  # type: ignore[arg-type]
            ),
        }
    )
)

# Imports all pages: else the first one who votes would wait for it.
get_resolver().url_patterns  # noqa: B018

# With thousands of sockets a full collection holds everybody up for half a second.
# What was loaded until here stays anyway; what comes later is mostly short-lived.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
