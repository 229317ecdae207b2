"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import Person


class AccountAdapter(DefaultAccountAdapter):
    """Accounts have no user name; a guest's participations move to the account."""

    def populate_username(self, request: HttpRequest, user: Person) -> None:
        del request, user  # people are named by their e-mail address

    def login(self, request: HttpRequest, user: Person) -> None:
        guest_pk = (
            request.user.pk
            if request.user.is_authenticated and request.user.is_guest
            else None
        )
        super().login(request, user)
        if guest_pk:
            # Kept for the floor above, which owns participations.
            request.session["was_guest"] = guest_pk
