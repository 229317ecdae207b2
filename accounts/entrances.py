"""Guests at the entrances: for allauth a guest is nobody yet.

Allauth sends whoever is signed in away from the steps of logging in, or logs
them out. A guest must be able to log in, and meanwhile to go on in the room.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse


def as_nobody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorator: the view sees a guest as signed out; `request.guest` is the guest.

    The session stays the guest's until `AccountAdapter.login` is reached.
    """

    @wraps(view)
    def entrance(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_guest:
            request.guest = request.user  # type: ignore[attr-defined]
            request.user = AnonymousUser()
        return view(request, *args, **kwargs)

    return entrance
