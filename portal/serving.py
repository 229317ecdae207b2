"""Pages under ASGI with one change of thread per request.

Django's own handler changes threads for every middleware, and starts a thread, so
also a database connection, for every request: that costs more than most pages.
Here a few threads answer whole requests by Django's synchronous chain, and keep
their connections.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix


class PageHandler(ASGIHandler):
    """The HTTP half of `asgi.py`."""

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(settings.PAGE_THREADS, "page")

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        in_thread = asyncio.get_running_loop().run_in_executor
        # A copy, so that language and prefix of a request end with it.
        run = copy_context().run
        response = await in_thread(self.threads, run, self.answer, scope, body)
        await self.send_response(response, send)
        if response.streaming:
            await in_thread(self.threads, response.close)

    def answer(self, scope: Any, body: Any) -> HttpResponseBase:
        """All of the request, in the thread whose connection it uses."""
        with body:
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=self.__class__, scope=scope)
            request, refused = self.create_request(scope, body)
            if request is None:
                return cast(HttpResponseBase, refused)
            response = self.get_response(request)
            # What was collected in memory can be sent after its end.
            if not response.streaming:
                response.close()
            return response
