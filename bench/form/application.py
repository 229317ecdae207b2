"""The one view, and the application that serves it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.form.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()

from django.db import transaction  # noqa: E402 -- needs loaded apps
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from bench.form.models import FormVote  # noqa: E402


def ready(request: HttpRequest) -> HttpResponse:
    """Says that the server is there."""
    del request
    return HttpResponse()


@require_POST
def cast(request: HttpRequest) -> HttpResponse:
    """Kept and committed before it is answered."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    with transaction.atomic():
        FormVote.objects.update_or_create(
            voter=request.user,
            ballot=int(request.POST["ballot"]),
            defaults={"option": int(request.POST["options"])},
        )
    return JsonResponse({"ok": {}})


urlpatterns = [path("healthz", ready), path("cast/", cast)]
