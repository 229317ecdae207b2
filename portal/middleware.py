"""Headers of every answer, and refusals of every view. Sync and async."""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _

from shared.errors import Refusal, wants_json

logger = logging.getLogger(__name__)

# No inline script or style exists, so no nonce is needed.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)


@sync_and_async_middleware
def security_headers(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Content policy for all; no shared cache for what a person sees."""

    def finish(response: HttpResponse) -> HttpResponse:
        origin = getattr(response, "frame_origin", "")
        response.headers.setdefault(
            "Content-Security-Policy",
            f"{POLICY}; frame-src {origin}" if origin else POLICY,
        )
        response.headers.setdefault("Permissions-Policy", "interest-cohort=()")
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    if iscoroutinefunction(get_response):

        async def in_async(request: HttpRequest) -> HttpResponse:
            return finish(await get_response(request))

        return markcoroutinefunction(in_async)

    def in_sync(request: HttpRequest) -> HttpResponse:
        return finish(get_response(request))

    return in_sync


class refusals:  # noqa: N801 -- named like the function it stands for in settings
    """A Refusal raised by any view becomes a page (or JSON) that says what to do."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError):
            logger.error("the database failed a request: %s", exception)
            exception = _unavailable()
        if not isinstance(exception, Refusal):
            return None
        response = _answer(request, exception)
        if exception.retry_after is not None:
            response["Retry-After"] = str(exception.retry_after)
        return response


def _answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"refused": refusal.as_dict()}, status=refusal.status)
    try:
        return render(
            request, refusal.page, {"refusal": refusal}, status=refusal.status
        )
    except DatabaseError:
        # Not even who is signed in can be read: the page that needs nothing.
        return HttpResponse(render_to_string("500.html"), status=refusal.status)


def _unavailable() -> Refusal:
    """The database restarts, is full or is gone."""
    return Refusal(
        "server.unavailable",
        _("This does not work just now, and nothing was saved. Please try again soon."),
        status=503,
        retry_after=5,
    )
