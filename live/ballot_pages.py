"""Pages on which a ballot is prepared: which method, and by which terms."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.second_factor import second_factor_required
from dialogue.models import Participation
from dialogue.queries import require
from live import mine
from live.entering import enter
from live.frames import Heads
from live.pages import live_facts
from live.screens import view_of
from proposals.ballot_forms import FAMILIES, BallotForm, initial_of
from proposals.drafting import change_draft, draft_ballot
from proposals.methods import METHODS
from proposals.models import Ballot
from proposals.option_files import OptionFileForm
from proposals.queries import access_ballot
from shared.errors import Refusal


@require_GET
@second_factor_required
def methods(request: HttpRequest, code: str) -> HttpResponse:
    """Every method: when it fits, what is counted, and the way to its form."""
    who, heads = _entered(request, code)
    families = [
        (
            title,
            [
                (name, Ballot.Method(name).label, METHODS[name])
                for name in names
                if name in METHODS
            ],
        )
        for title, names in FAMILIES
    ]
    return desk_page(request, who, heads, "live/ballot_methods.html", families=families)


@require_http_methods(["GET", "POST"])
@second_factor_required
def draft(request: HttpRequest, code: str, method: str) -> HttpResponse:
    """A new ballot by `method`; a file with options only fills its form."""
    who, heads = _entered(request, code)
    if method not in METHODS:
        return redirect("live:ballot_methods", code=code)
    initial: dict[str, Any] = {"hides_count": True, "secrecy": Ballot.Secrecy.SECRET}
    file_form = OptionFileForm(method=method)
    is_file = file_form.add_prefix("is_sent") in request.POST
    notes: list[str] = []
    if is_file:
        file_form = OptionFileForm(request.POST, request.FILES, method=method)
        if file_form.is_valid():
            found = file_form.prefilled()
            initial |= found.initial
            notes = found.notes
    form = BallotForm(
        None if is_file else request.POST or None,
        dialogue=who.dialogue,
        method=method,
        initial=initial,
    )
    if form.is_fixed:
        return _written(request, who, heads, form, method, None)
    return _written(
        request, who, heads, form, method, None, file_form=file_form, notes=notes
    )


@require_http_methods(["GET", "POST"])
@second_factor_required
def change(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A draft, written anew."""
    who, heads = _entered(request, code)
    ballot = access_ballot(who.dialogue, pk)
    if ballot.state != Ballot.State.DRAFT:
        messages.info(request, _("This ballot was opened already."))
        return redirect("live:desk", code=who.dialogue.code)
    form = BallotForm(
        request.POST or None,
        dialogue=who.dialogue,
        method=ballot.method,
        instance=ballot,
        initial=initial_of(ballot),
    )
    return _written(request, who, heads, form, ballot.method, ballot)


def _entered(request: HttpRequest, code: str) -> tuple[Participation, Heads]:
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    require("proposals.draft_ballot", who, who.dialogue)
    return who, heads


def _written(
    request: HttpRequest,
    who: Participation,
    heads: Heads,
    form: BallotForm,
    method: str,
    ballot: Ballot | None,
    file_form: OptionFileForm | None = None,
    notes: Sequence[str] = (),
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            if ballot is None:
                written = draft_ballot(moderator=who, **form.plan())
            else:
                written = change_draft(
                    moderator=who,
                    ballot_pk=ballot.pk,
                    seen=form.was_seen,
                    **form.plan(),
                )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The ballot is prepared."))
            desk = reverse("live:desk", args=[who.dialogue.code])
            return redirect(f"{desk}#ballot-{written.pk}")
    return desk_page(
        request,
        who,
        heads,
        "live/ballot_form.html",
        status=422 if form.errors or (file_form and file_form.errors) else 200,
        form=form,
        file_form=file_form,
        notes=notes,
        method=METHODS[method],
        method_key=method,
        method_name=Ballot.Method(method).label,
        ballot=ballot,
    )


def desk_page(
    request: HttpRequest,
    who: Participation,
    heads: Heads,
    template: str,
    status: int = 200,
    screen: str = "desk",
    **facts: Any,
) -> HttpResponse:
    """A page beside the desk, or another screen, with a live link and no regions."""
    language = (translation.get_language() or "de")[:2]
    return render(
        request,
        template,
        {
            "dialogue": who.dialogue,
            "participation": who,
            "may": mine.may(who),
            **facts,
            **live_facts(who.dialogue, view_of(screen, language), heads),
        },
        status=status,
    )
