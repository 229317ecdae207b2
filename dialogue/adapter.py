"""Signing in as a guest who takes part already."""

from django.http import HttpRequest

from accounts.adapter import WAS_GUEST, AccountAdapter
from accounts.models import Person
from dialogue.joining import adopt_guest


class DialogueAccountAdapter(AccountAdapter):
    """The account signed in to takes over the guest's participations."""

    def login(self, request: HttpRequest, user: Person) -> None:
        super().login(request, user)
        guest_pk = request.session.pop(WAS_GUEST, None)
        if guest_pk is not None:
            adopt_guest(guest_pk=guest_pk, person=user)
