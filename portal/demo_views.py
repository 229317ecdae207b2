"""One-click addresses of the demo: only in demo mode, only from this machine."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts.models import Person
from dialogue.joining import join
from dialogue.models import Dialogue, Participation
from portal import demo

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_GET
def enter(request: HttpRequest, who: str) -> HttpResponse:
    """Sign in as citizen, moderator or staff of the demo city."""
    dialogue = Dialogue.objects.filter(slug=demo.RUNNING).first()
    if not settings.DEMO or not _is_local(request) or dialogue is None:
        raise Http404
    if who == "citizen":
        _enter_as_guest(request, dialogue)
        return redirect("live:room", dialogue.code)
    if who in ("moderator", "projector"):
        login(request, Person.objects.get(email=demo.MODERATOR), BACKEND)
        return redirect(f"live:{'desk' if who == 'moderator' else who}", dialogue.code)
    if who == "staff":
        login(request, Person.objects.get(email=demo.STAFF), BACKEND)
        return redirect("staff:home")
    raise Http404


def _is_local(request: HttpRequest) -> bool:
    address = request.META.get("REMOTE_ADDR", "")
    return (
        bool(address)
        and ip_address(address).is_loopback
        and "X-Forwarded-For" not in request.headers
    )


def _enter_as_guest(request: HttpRequest, dialogue: Dialogue) -> None:
    person = request.user
    if person.is_authenticated and person.is_guest:
        return
    guest = Person.objects.create_guest()
    if not dialogue.is_over:
        join(
            person=guest,
            dialogue=dialogue,
            name=f"Gast {Participation.objects.filter(dialogue=dialogue).count()}",
            rules_accepted=True,
            privacy_accepted=True,
        )
    login(request, guest, BACKEND)
