"""Pages of an account that allauth does not have."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.second_factor import Missing, missing


def safe_target(request: HttpRequest, target: str) -> str:
    """`target` if it leads to a page of this site, else nothing."""
    safe = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, request.is_secure()
    )
    return target if safe and target.startswith("/") else ""


@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Explain why a second factor is needed, and lead to the next step."""
    target = safe_target(request, request.GET.get("next", ""))
    lacking = missing(request.user, request.session)
    if lacking is None and target:
        return HttpResponseRedirect(target)
    ways = []
    if lacking == Missing.USE:
        ways = [
            way
            for way in get_adapter().get_reauthentication_methods(request.user)
            if way["id"].startswith("mfa_")
        ]
    back = request.get_full_path()
    return render(
        request,
        "account/second_factor.html",
        {
            "lacking": lacking,
            "ways": ways,
            # After each step back to here, which leads on.
            "query": urlencode({"next": back}),
        },
    )
