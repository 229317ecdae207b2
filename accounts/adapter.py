"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.hashing import place
from accounts.models import Person

WAS_GUEST = "was_guest"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts have no user name; a guest's session goes on as the account's."""

    # Allauth's own German says "Du".
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is not in use any more."),
        "cannot_remove_primary_email": _("The main address cannot be removed."),
        "duplicate_email": _("This address belongs to your account already."),
        "email_password_mismatch": _("E-mail address or password are not right."),
        "email_taken": _("There is an account with this address already."),
        "enter_current_password": _("Please type your present password."),
        "incorrect_code": _("This code is not right."),
        "incorrect_password": _("This password is not right."),
        "invalid_login": _("That did not work. Please try again."),
        "invalid_password_reset": _("This link is not valid (any more)."),
        "max_email_addresses": _("You cannot have more than %d addresses."),
        "too_many_login_attempts": _(
            "Too many attempts. Please wait five minutes, or choose a new password."
        ),
        "unverified_primary_email": _("Please confirm the main address first."),
        "select_only_one": _("Please choose only one."),
        "same_as_current": _("Please choose something else than before."),
        "rate_limited": _("That was too often. Please wait a moment."),
    }

    def authenticate(
        self, request: HttpRequest, **credentials: Any
    ) -> AbstractBaseUser | None:
        """Refused for want of a place, nothing counts as a failed attempt."""
        with place():
            user: AbstractBaseUser | None = super().authenticate(request, **credentials)
            return user

    def populate_username(self, request: HttpRequest, user: Person) -> None:
        del request, user  # people are named by their e-mail address

    def format_email_subject(self, subject: str) -> str:
        return f"Mitwirken {settings.CITY_NAME}: {subject}"

    def login(self, request: HttpRequest, user: Person) -> None:
        """Log in; a guest's key is kept as WAS_GUEST for the floor above.

        Django empties the session when another person was signed in. The guest
        is the same human being, and the session holds allauth's record of the
        second factor, so only the guest's own keys go.
        """
        guest = get_user(request)  # of the session: see accounts.entrances
        if guest.is_authenticated and guest.is_guest and guest.pk != user.pk:
            for key in (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY):
                request.session.pop(key, None)
            request.session[WAS_GUEST] = guest.pk
        super().login(request, user)
