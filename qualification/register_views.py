"""Pages of staff about certificates: who has one, issuing, revoking."""

import rules
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from qualification.actions import grant_certificate, revoke_certificate
from qualification.forms import GrantForm, RevokeForm
from qualification.models import SOON
from qualification.queries import (
    access_learner,
    certified_people,
    find_certificate,
)
from shared import clock
from shared.errors import Refusal

PER_PAGE = 50


@require_safe
@login_required
def register(request: HttpRequest) -> HttpResponse:
    """Everybody with a certificate; what ends first stands on top."""
    access_learner(request.user, "qualification.view_register")
    return _page(request, GrantForm())


@require_POST
@login_required
def grant(request: HttpRequest) -> HttpResponse:
    person = access_learner(request.user, "qualification.issue_certificate")
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            issued = grant_certificate(administrator=person, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request,
                _("%(name)s has a certificate now.") % {"name": issued.person},
            )
            return redirect("register:register")
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the reason, and end the certificate."""
    person = access_learner(request.user, "qualification.issue_certificate")
    certificate = find_certificate(number)
    if certificate is None:
        raise Http404
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            revoke_certificate(
                administrator=person, number=number, reason=form.cleaned_data["reason"]
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The certificate is revoked."))
            return redirect("register:register")
    return render(
        request,
        "qualification/revoke.html",
        {"certificate": certificate, "form": form},
        status=400 if form.errors else 200,
    )


def _page(request: HttpRequest, form: GrantForm) -> HttpResponse:
    now = clock.now()
    page = Paginator(certified_people(), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "qualification/register.html",
        {
            "page": page,
            "now": now,
            "soon": now + SOON,
            "form": form,
            "may_issue": rules.has_perm(
                "qualification.issue_certificate", request.user
            ),
        },
        status=400 if form.errors else 200,
    )
