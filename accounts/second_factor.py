"""The second factor: asked of everybody whose rights reach beyond their own words.

A page (or a socket) of the staff or of the desk asks `is_satisfied`; it is not
enough that a second factor exists, this session must have used it.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import Person

# Recovery codes stand in for one of these, they are none themselves.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class Missing(StrEnum):
    """What stands between a person and a protected page."""

    ACCOUNT = "account"  # a guest, or nobody: first an account
    SET_UP = "set_up"  # an account without a second factor
    USE = "use"  # set up, but not used in this session


def was_used(person: Person, session: Any) -> bool:
    """Whether `person` has used a second factor in `session` (allauth's records)."""
    # A socket has a session but no request; allauth reads nothing else of it.
    records = get_authentication_records(SimpleNamespace(session=session), person)
    return any(record.get("method") == "mfa" for record in records)


def missing(person: Any, session: Any) -> Missing | None:
    """What is missing for a protected page; None if nothing, or in demo mode."""
    if settings.DEMO:
        return None
    if not person.is_authenticated or person.is_guest:
        return Missing.ACCOUNT
    if not is_mfa_enabled(person, FACTORS):
        return Missing.SET_UP
    return None if was_used(person, session) else Missing.USE


def is_satisfied(person: Any, session: Any) -> bool:
    """For sockets and commands: `missing` as yes or no."""
    return missing(person, session) is None


def second_factor_required(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Decorator of a view of staff or desk: without second factor, explain."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if missing(request.user, request.session) is None:
            return view(request, *args, **kwargs)
        # A form sent in must be sent again: only the way to its page is kept.
        target = request.get_full_path() if request.method == "GET" else ""
        explanation = reverse("accounts:second_factor")
        return HttpResponseRedirect(
            f"{explanation}?{urlencode({'next': target})}" if target else explanation
        )

    return guarded
